import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { DocumentIndex } from '../../../src/nifi/document/lookup';
import type { FlowDocument, Span } from '../../../src/nifi/document/model';
import { parseDocument } from '../../../src/nifi/document/parse';
import { prettyPrinted } from '../../../src/nifi/document/pretty';

const root = path.resolve(__dirname, '../../..');
const FORMATS = path.join(root, 'test', 'fixtures', 'flows-read');
const SAMPLES = path.join(root, 'test', 'fixtures', 'flows');
/** Real flows of the world; beside the repository where they are at hand. */
const CORPUS = path.join(root, '..', 'shared', 'corpus');

function textOf(file: string): string {
  const bytes = readFileSync(file);
  return (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString('utf8');
}

function filesUnder(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(xml|json|snapshot)(\.gz)?$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name));
}

function parsed(text: string): FlowDocument {
  const { document, broken } = parseDocument(text);
  assert.equal(broken, null);
  assert.ok(document !== null, 'it is a NiFi document');
  return document;
}

/** Every span of a document, wherever it stands in it. */
function* spans(value: unknown): Generator<Span> {
  if (typeof value !== 'object' || value === null) return;
  if ('start' in value && 'end' in value && typeof value.start === 'number' && typeof value.end === 'number') {
    yield { start: value.start, end: value.end };
  }
  for (const one of Object.values(value)) yield* spans(one);
}

/** A processor's range is exactly its element: by itself it is whole, and says the same id. */
function checkElement(text: string, span: Span, id: string): void {
  const element = text.slice(span.start, span.end);
  if (element.startsWith('{')) {
    assert.equal((JSON.parse(element) as { identifier?: string }).identifier, id);
    return;
  }
  const tag = /^<([\w:]+)[\s>]/.exec(element)?.[1] ?? '';
  assert.ok(['processors', 'processor'].includes(tag.replace(/^.*:/, '')), element.slice(0, 40));
  assert.ok(element.endsWith(`</${tag}>`), element.slice(-40));
  const opened = element.match(new RegExp(`<${tag}[\\s>]`, 'g'))?.length;
  const closed = element.match(new RegExp(`</${tag}>`, 'g'))?.length;
  assert.deepEqual([opened, closed], [1, 1], 'one element and no neighbour');
  assert.match(element, new RegExp(`<(\\w+:)?id>\\s*${id.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\s*<`));
}

/** Written as it is unless XML or JSON write it in another way. */
function checkWritten(text: string, span: Span, value: string): void {
  const source = text.slice(span.start, span.end);
  if (!/[&\\\r<]/.test(source)) assert.equal(source, value);
}

function checkDocument(text: string): number {
  const document = parsed(text);
  for (const { span, id, name, nameSpan, type, properties } of document.processors) {
    checkElement(text, span, id);
    if (name !== '') checkWritten(text, nameSpan, name);
    if (type !== null) checkWritten(text, type.span, type.text);
    for (const { value, span: entry } of properties) {
      if (value !== null) checkWritten(text, value.span, value.text);
      assert.ok(span.start < entry.start && entry.end < span.end, 'a property lies in its processor');
    }
  }
  for (const { start, end } of spans(document)) assert.ok(0 <= start && start <= end && end <= text.length);
  return document.processors.length;
}

describe('positions in NiFi documents', () => {
  for (const file of [...filesUnder(FORMATS), ...filesUnder(SAMPLES)]) {
    if (path.basename(file) === 'GetFileEncodingInFlight.xml') continue; // damaged on purpose
    it(`finds every element of ${path.relative(root, file)}`, () => {
      const text = textOf(file);
      checkDocument(text);
      checkDocument(prettyPrinted(text));
    });
  }

  it('reads all formats', () => {
    const formats = filesUnder(FORMATS).map((file) => parsed(textOf(file)).format);
    assert.deepEqual(formats.sort(), ['flowDefinition', 'instanceJson', 'instanceXml', 'template']);
  });

  it('finds every element of the corpus', function () {
    if (!existsSync(CORPUS)) {
      console.log('      the corpus is not at hand');
      this.skip();
    }
    this.timeout(60_000);
    const processors = filesUnder(CORPUS).reduce((sum, file) => sum + checkDocument(textOf(file)), 0);
    assert.ok(processors > 1000, `${processors} processors`);
  });

  it('understands what a broken text says before and after its fault', () => {
    const text = textOf(path.join(root, 'test', 'fixtures', 'editor', 'orders.json'));
    const { document, broken } = parseDocument(text.replace('"name": "Score order",', '"name": "Score order"'));
    assert.ok(broken !== null);
    assert.ok((document?.processors.length ?? 0) >= 4);
    assert.equal(parseDocument('<template><snippet><processors><id>a</id>').document?.processors[0]?.id, 'a');
    for (const other of ['', '   ', 'a,b\n1,2', '[1]', '{}', '<html/>', '{"rootGroup": 1}', '<']) {
      assert.equal(parseDocument(other).document, null, other);
    }
  });

  it('finds the parts around a tag that is half typed in XML, wherever it stands', () => {
    const text = textOf(path.join(FORMATS, 'template.xml'));
    const whole = parsed(text);
    for (const { span, id } of whole.processors) {
      const cut = span.start + '<processors'.length;
      const { document, broken } = parseDocument(`${text.slice(0, cut)}${text.slice(cut + 1)}`);
      assert.ok(broken !== null, id);
      const before = whole.processors.filter((one) => one.span.end <= span.start).map((one) => one.id);
      const found = new Set(document?.processors.map((one) => one.id));
      assert.deepEqual(
        before.filter((one) => !found.has(one)),
        [],
        `what stands before ${id}`,
      );
    }
  });

  it('tells CDATA, comments, prefixes and line ends apart from what they stand around', () => {
    const text =
      '<?xml version="1.0"?>\r\n<!-- <processors> -->\r\n<n:template xmlns:n="x">\r\n<n:name>a</n:name><snippet><processors>\r\n' +
      '<id>p1</id><name><![CDATA[ <b> & ]]></name><type>x.Y</type><config><properties><entry><key>k</key><value/></entry>' +
      '<entry><key>l</key></entry></properties></config></processors></snippet></n:template>';
    const document = parsed(text);
    const [processor] = document.processors;
    assert.equal(processor?.name, '<b> &');
    assert.equal(text.slice(processor.span.start, processor.span.end).slice(0, 12), '<processors>');
    assert.deepEqual(
      processor.properties.map(({ name, value }) => [name, value?.text ?? null]),
      [
        ['k', ''],
        ['l', null],
      ],
    );
    assert.equal(document.groups[0]?.name, 'a');
  });
});

describe('what names in a document mean', () => {
  const index = (): DocumentIndex => {
    const text = textOf(path.join(FORMATS, 'flow.json'));
    return new DocumentIndex(parsed(text), text);
  };

  it('finds a service by the id that the document gives and by the one that NiFi shows', () => {
    const text = JSON.stringify({
      encodingVersion: {},
      rootGroup: {
        identifier: 'root',
        name: 'root',
        processors: [{ identifier: 'p', name: 'P', type: 'T', properties: { a: 'shown', b: 'own', c: 'none' } }],
        controllerServices: [{ identifier: 'own', instanceIdentifier: 'shown', name: 'S', type: 'U' }],
      },
    });
    const found = new DocumentIndex(parsed(text), text);
    const named = found.mentions().map(({ span }) => text.slice(span.start, span.end));
    assert.deepEqual(named, ['shown', 'own']);
    const service = found.document.services[0];
    assert.ok(service !== undefined);
    assert.equal(found.mentionsOf({ kind: 'part', part: service }).length, 2);
  });

  it('takes the nearest service of an id that groups repeat, and parameters of inherited contexts', () => {
    const group = (id: string, extra: object): object => ({ identifier: id, name: id, ...extra });
    const service = (name: string): object => ({ identifier: 's', name, type: 'U' });
    const processor = (id: string, properties: object): object => ({ identifier: id, name: id, type: 'T', properties });
    const text = JSON.stringify({
      flowContents: group('outer', {
        controllerServices: [service('outer service')],
        processors: [processor('p1', { service: 's' })],
        parameterContextName: 'child',
        processGroups: [
          group('inner', {
            controllerServices: [service('inner service')],
            processors: [processor('p2', { service: 's', url: "a#{'base'}/##{base}/#{none}" })],
            parameterContextName: 'child',
          }),
        ],
      }),
      parameterContexts: {
        parent: { name: 'parent', parameters: [{ name: 'base', value: 'x' }] },
        child: { name: 'child', parameters: [], inheritedParameterContexts: ['parent'] },
        other: { name: 'other', parameters: [{ name: 'base', value: 'y' }] },
      },
    });
    const found = new DocumentIndex(parsed(text), text);
    const meant = found
      .mentions()
      .map(({ span, target }) => [
        text.slice(span.start, span.end),
        target.kind === 'part' ? target.part.name : `${target.context.name}.${target.parameter.name}`,
      ]);
    assert.deepEqual(meant, [
      ['s', 'outer service'],
      ['s', 'inner service'],
      ['base', 'parent.base'],
    ]);
  });

  it('finds the ends of all connections of the formats that are whole', () => {
    const { document } = index();
    const found = index();
    for (const { source, destination } of document.connections) {
      for (const end of [source, destination]) assert.ok(end !== null && found.endpoint(end) !== null, end?.id.text);
    }
  });
});
