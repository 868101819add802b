/** Finding flows in folders, by their content. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { flowIdOf } from '../../../src/flows/ids';
import type { FlowRegistration } from '../../../src/flows/flowStore';
import { instanceGroups } from '../../../src/nifi/recognition/instance';
import { recognize } from '../../../src/nifi/recognition/recognize';
import { fileBytes } from '../../../src/workspaces/local/scan/fileBytes';
import { FlowScanner, type ScanResult } from '../../../src/workspaces/local/scan/scanner';
import { stemOf } from '../../../src/nifi/recognition/flowsInFile';
import { folderOf, serverOf, storedPath } from '../../../src/workspaces/local/scan/paths';
import { Place } from '../../support/localWindow';

const { signal } = new AbortController();
const CORPUS = path.resolve('../shared/corpus');

const TEMPLATE = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<template encoding-version="1.2"><description></description><groupId>g</groupId><name>A &amp; B</name>
<snippet><processors><id>1</id><name>inner</name></processors></snippet></template>`;
const DEFINITION = JSON.stringify({
  externalControllerServices: {},
  flowContents: { identifier: 'g', name: 'Definition', processors: [] },
});
const SNAPSHOT = JSON.stringify({
  snapshotMetadata: { bucketIdentifier: 'b' },
  flowContents: { identifier: 'g', name: 'inner' },
  flow: { name: 'Registered' },
});
const INSTANCE_JSON = {
  encodingVersion: { majorVersion: 2, minorVersion: 0 },
  parameterContexts: [{ identifier: 'pc', name: 'not a group', parameters: [] }],
  rootGroup: {
    processGroups: [
      {
        processors: [{ name: 'no', identifier: 'no' }],
        name: 'One',
        identifier: 'a',
        processGroups: [{ identifier: 'aa', name: 'deep' }],
      },
      { identifier: 'b', name: 'Two "quoted" é' },
    ],
    identifier: 'root',
    name: 'NiFi Flow',
    processors: [{ identifier: 'p', name: 'At root' }],
  },
};
const INSTANCE_XML = `<?xml version="1.0"?><flowController encoding-version="1.4"><maxTimerDrivenThreadCount>10</maxTimerDrivenThreadCount>
<rootGroup><id>root</id><name>NiFi Flow</name><processor><id>p</id><name>At root</name></processor>
<processGroup><id>a</id><name>One</name><processor><id>x</id><name>no</name></processor><processGroup><id>aa</id><name>deep</name></processGroup></processGroup>
<processGroup><id>b</id><name>Two &lt;2&gt;</name></processGroup></rootGroup><controllerServices/></flowController>`;

describe('scan', () => {
  let place: Place;
  beforeEach(() => (place = new Place()));
  afterEach(() => place.remove());

  function put(name: string, text: string | Buffer): string {
    const file = path.join(place.flows, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    return file;
  }

  function scan(scanner = new FlowScanner(), leftOut: readonly string[] = []): Promise<ScanResult> {
    return scanner.scan([{ path: place.flows, name: 'estate' }], new Set(leftOut), () => undefined, signal);
  }

  describe('recognize', () => {
    const cases: readonly [string, string | Buffer, string | null, string | null][] = [
      ['template', TEMPLATE, 'template', 'A & B'],
      ['old template', '<template><name>x</name><snippet/></template>', 'template', 'x'],
      [
        'several templates',
        `<templates>${TEMPLATE.slice(TEMPLATE.indexOf('<template'))}</templates>`,
        'template',
        'A & B',
      ],
      ['snippet', '<snippet><processors/></snippet>', 'template', null],
      [
        'comment before the root',
        `<!-- <html> -->\n<!-- x -->${TEMPLATE.split('\n').slice(1).join('\n')}`,
        'template',
        'A & B',
      ],
      ['flow.xml', INSTANCE_XML, 'instanceXml', null],
      ['definition', DEFINITION, 'flowDefinition', 'Definition'],
      ['snapshot', SNAPSHOT, 'registrySnapshot', 'Registered'],
      [
        'wrapped snapshot',
        JSON.stringify({ versionedFlowSnapshot: { flowContents: { name: 'x' } } }),
        'registrySnapshot',
        null,
      ],
      [
        'registry file',
        JSON.stringify({ header: {}, content: { flowSnapshot: { flowContents: {} } } }),
        'registrySnapshot',
        null,
      ],
      ['registry file, model 2', JSON.stringify({ header: {}, content: { processors: [] } }), 'registrySnapshot', null],
      ['flow.json', JSON.stringify(INSTANCE_JSON), 'instanceJson', null],
      ['gzip', gzipSync(TEMPLATE), 'template', 'A & B'],
      ['gzip json', gzipSync(DEFINITION), 'flowDefinition', 'Definition'],
      ['byte order mark', `\uFEFF${TEMPLATE}`, 'template', 'A & B'],
      ['UTF-16', Buffer.from(`\uFEFF${TEMPLATE}`, 'utf16le'), 'template', 'A & B'],
      ['white space first', `\n\n  ${DEFINITION}`, 'flowDefinition', 'Definition'],
      ['broken later', `${TEMPLATE.slice(0, -20)}</x>`, 'template', 'A & B'],
      ['broken json later', `${DEFINITION.slice(0, -10)},,`, 'flowDefinition', 'Definition'],
      ['page', '<html><template><p/></template></html>', null, null],
      ['a template of another product', '<template><div/></template>', null, null],
      ['pom', '<?xml version="1.0"?><project><groupId>x</groupId></project>', null, null],
      ['package.json', '{"name": "x", "version": "1"}', null, null],
      ['the words inside other JSON', '{"a": {"flowContents": {}, "rootGroup": {}}}', null, null],
      ['flowContents of another type', '{"flowContents": "x", "rootGroup": [1]}', 'instanceJson', null],
      ['list', '[{"flowContents": {}}]', null, null],
      ['text', 'hello', null, null],
      ['spaces', '   \n ', null, null],
    ];
    for (const [name, text, format, title] of cases) {
      it(name, async () => {
        const found = await recognize(fileBytes(put('file', text)), signal);
        assert.deepEqual(found, format === null ? null : { format, title });
      });
    }

    it('reads on where what comes first is long', async () => {
      const contexts = Array.from({ length: 3000 }, (_, index) => ({
        name: `context ${index}`,
        value: 'x'.repeat(100),
      }));
      const text = JSON.stringify({ parameterContexts: contexts, flowContents: { name: 'Late' } });
      assert.ok(text.length > 300_000);
      assert.deepEqual(await recognize(fileBytes(put('late.json', text)), signal), {
        format: 'flowDefinition',
        title: 'Late',
      });
    });

    it('reads no more than the beginning of other large files', async () => {
      const file = put('big.json', `{"a": "${'x'.repeat(20 * 1024 * 1024)}"}`);
      const started = process.cpuUsage();
      assert.equal(await recognize(fileBytes(file), signal), null);
      assert.ok(process.cpuUsage(started).user < 1_000_000);
    });

    it('says what is wrong with damaged gzip', async () => {
      const whole = gzipSync(TEMPLATE);
      await assert.rejects(recognize(fileBytes(put('cut.xml.gz', whole.subarray(0, 30))), signal));
    });

    it('takes any bytes', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom('', '<', '{', '<template', '{"flowContents":'),
          fc.uint8Array(),
          async (start, bytes) => {
            await recognize(fileBytes(put('any', Buffer.concat([Buffer.from(start), bytes]))), signal);
          },
        ),
        { numRuns: 100 },
      );
    });
  });

  describe('instances', () => {
    for (const [name, text, format] of [
      ['flow.xml', INSTANCE_XML, 'instanceXml'],
      ['flow.json', JSON.stringify(INSTANCE_JSON), 'instanceJson'],
    ] as const) {
      it(`${name}: one flow for each top-level group, one for the root`, async () => {
        put(`server/${name}.gz`, gzipSync(text));
        const { flows, problems } = await scan();
        assert.deepEqual(problems, []);
        const file = storedPath(path.join(place.flows, `server/${name}.gz`));
        assert.deepEqual(
          flows.map((flow) => [flow.nifiXmlPath, flow.flowName]),
          [
            [`${file}#a`, 'One'],
            [`${file}#b`, format === 'instanceXml' ? 'Two <2>' : 'Two "quoted" é'],
            [`${file}#root`, 'NiFi Flow (root)'],
          ],
        );
        assert.deepEqual(
          flows.map((flow) => flow.flowId),
          flows.map((flow) => flowIdOf(flow.nifiXmlPath)),
        );
      });
    }

    it('finds the groups wherever a piece of the text ends', async () => {
      const pad = ' '.repeat(64 * 1024 - 40);
      const file = put(
        'flow.xml',
        INSTANCE_XML.replace('<rootGroup>', `${pad}<rootGroup>`).replace('<id>b</id>', `${pad}<id>b</id>`),
      );
      const found = await instanceGroups(fileBytes(file), 'instanceXml', signal);
      assert.deepEqual(
        found.groups.map((group) => group.id),
        ['a', 'b'],
      );
    });

    it('keeps a broken instance in sight as one flow, with a word', async () => {
      const file = put('flow.xml', INSTANCE_XML.replace('<name>One</name>', '<name>One</nam>'));
      const { flows, problems } = await scan();
      assert.deepEqual(
        flows.map((flow) => flow.nifiXmlPath),
        [storedPath(file)],
      );
      assert.match(problems[0]?.message ?? '', /process groups cannot be listed/);
    });

    it('has a word for an instance without anything in it', async () => {
      put(
        'flow.json',
        JSON.stringify({ rootGroup: { identifier: 'r', name: 'n', processGroups: [], processors: [] } }),
      );
      assert.match((await scan()).problems[0]?.message ?? '', /without process groups/);
    });

    it('agrees with the converter on the whole corpus', function () {
      if (!existsSync(CORPUS)) {
        console.log('      the corpus is not there: skipped');
        this.skip();
      }
      this.timeout(60_000);
      const names = readdirSync(CORPUS).filter((name) => name !== 'manifest.tsv');
      return Promise.all(
        names.map(async (name) => {
          assert.notEqual(await recognize(fileBytes(path.join(CORPUS, name)), signal), null, name);
        }),
      ).then(() => assert.ok(names.length > 50));
    });
  });

  describe('folders', () => {
    const paths = (flows: readonly FlowRegistration[]): readonly string[] =>
      flows.map((flow) => path.relative(place.flows, flow.nifiXmlPath).replaceAll('\\', '/'));

    it('takes every flow by its content and leaves out tools, output and links to folders', async () => {
      put('prod/a.xml', TEMPLATE);
      put('prod/deep/er/b.json', DEFINITION);
      put('c', TEMPLATE);
      put('prod/readme.md', TEMPLATE);
      put('node_modules/x.xml', TEMPLATE);
      put('.git/x.xml', TEMPLATE);
      put('nifi-converted/f/x.xml', TEMPLATE);
      put('other.xml', '<other/>');
      if (process.platform !== 'win32') symlinkSync(place.flows, path.join(place.flows, 'loop'));
      const { flows, problems } = await scan(new FlowScanner(), [path.join(place.flows, 'nifi-converted')]);
      assert.deepEqual(paths(flows), ['c', 'prod/a.xml', 'prod/deep/er/b.json']);
      assert.deepEqual(
        flows.map((flow) => flow.server),
        ['estate', 'prod', 'prod'],
      );
      assert.deepEqual(
        flows.map((flow) => flow.flowName),
        ['c', 'a', 'b'],
      );
      assert.match(flows[1]?.description ?? '', /NiFi template “A & B”/);
      assert.deepEqual(problems, []);
    });

    it('names empty and damaged files, and files with a flow’s name and no flow', async () => {
      put('empty.xml', '');
      put('cut.json.gz', gzipSync(DEFINITION).subarray(0, 20));
      put('flow.json', '{"a": 1}');
      put('fine.txt', '');
      const { flows, problems } = await scan();
      assert.deepEqual(flows, []);
      assert.deepEqual(
        problems.map((problem) => [path.basename(problem.path), problem.message.split(':')[0]]),
        [
          ['cut.json.gz', 'cannot be read'],
          ['empty.xml', 'is empty'],
          ['flow.json', 'is not a NiFi flow, in spite of its name'],
        ],
      );
    });

    it('gives a path in two folders to the inner one, once', async () => {
      put('sub/server/a.xml', TEMPLATE);
      const folders = [
        { path: place.flows, name: 'estate' },
        { path: path.join(place.flows, 'sub'), name: 'sub' },
      ];
      const { flows } = await new FlowScanner().scan(folders, new Set(), () => undefined, signal);
      assert.deepEqual(
        flows.map((flow) => flow.server),
        ['server'],
      );
    });

    it('sees what changed, what is new and what is gone', async () => {
      const scanner = new FlowScanner();
      const first = put('a.xml', TEMPLATE);
      put('b.xml', TEMPLATE);
      assert.deepEqual(paths((await scan(scanner)).flows), ['a.xml', 'b.xml']);
      put('a.xml', '<other/>');
      utimesSync(first, 1, 1);
      rmSync(path.join(place.flows, 'b.xml'));
      put('c.xml', TEMPLATE);
      assert.deepEqual(paths((await scan(scanner)).flows), ['c.xml']);
    });

    it('reports as it goes and stops when it is told', async () => {
      for (let index = 0; index < 20; index++) put(`f${index}.xml`, TEMPLATE);
      const controller = new AbortController();
      let reports = 0;
      await assert.rejects(
        new FlowScanner().scan(
          [{ path: place.flows, name: 'estate' }],
          new Set(),
          () => {
            reports += 1;
            if (reports === 3) controller.abort(new Error('enough'));
          },
          controller.signal,
        ),
        /enough|abort/i,
      );
      assert.ok(reports >= 3 && reports < 20, String(reports));
    });
  });

  describe('paths', () => {
    it('are stored with forward slashes and a small drive letter', () => {
      assert.equal(storedPath('C:\\estate\\a.xml'), 'c:/estate/a.xml');
    });

    it('belong to the innermost folder, never to one that only begins alike', () => {
      const folders = ['/a', '/a/b', '/a/bc'].map((one) => ({ path: one, name: one }));
      assert.equal(folderOf('/a/bc/x.xml', folders)?.path, '/a/bc');
      assert.equal(folderOf('/ab/x.xml', folders), null);
    });

    it('name server and flow', () => {
      const folder = { path: '/estate/', name: 'estate' };
      assert.equal(serverOf('/estate/x.xml', folder), 'estate');
      assert.equal(serverOf('/estate/prod/deep/x.xml', folder), 'prod');
      assert.equal(stemOf('/estate/My.Flow.json.gz'), 'My.Flow');
      assert.equal(stemOf('/estate/.xml'), '.xml');
    });
  });
});
