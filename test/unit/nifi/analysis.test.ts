import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Analysis, partKeys } from '../../../src/nifi/converter/analysis';
import { parseDescription } from '../../../src/nifi/converter/description';
import type { Description } from '../../../src/nifi/converter/description';
import { runConverter } from '../../../src/nifi/converter/runConverter';
import type { ConverterProcess } from '../../../src/nifi/converter/runConverter';
import type { FlowDocument } from '../../../src/nifi/document/model';
import { parseDocument } from '../../../src/nifi/document/parse';
import { prettyPrinted } from '../../../src/nifi/document/pretty';
import { sourceSpan, syntaxOf } from '../../../src/nifi/document/valueOffsets';
import { readLevelTable } from '../../../src/nifi/levels';
import { converterProcess } from '../../../src/workspaces/local/python/converterProcess';

const root = path.resolve(__dirname, '../../..');
const fixtures = path.join(root, 'test', 'fixtures');
const FLOWS = ['definition.json', 'flow.json', 'flow.xml', 'template.xml'].map((name) => path.join('flows-read', name));
const never = new AbortController().signal;

describe('what the converter says of a document', function () {
  this.timeout(30_000);
  let converter: ConverterProcess;
  let storagePath: string;

  before(async () => {
    storagePath = mkdtempSync(path.join(tmpdir(), 'nifi-describe-'));
    converter = await converterProcess(
      { extensionPath: root, storagePath, pythonPath: '', pythonCandidates: () => Promise.resolve([]) },
      never,
    );
  });
  after(() => rmSync(storagePath, { recursive: true, force: true }));

  const describeText = async (text: string): Promise<Description> =>
    parseDescription(await runConverter(converter, ['describe'], text, never));

  async function analysed(
    text: string,
  ): Promise<{ readonly analysis: Analysis; readonly document: FlowDocument; readonly text: string }> {
    const description = await describeText(text);
    const { document } = parseDocument(text);
    assert.ok(description.error === null && document !== null);
    return { analysis: new Analysis(description, document, text), document, text };
  }

  for (const name of [...FLOWS, path.join('editor', 'orders.json')]) {
    it(`finds each of its components in ${name}`, async () => {
      const original = readFileSync(path.join(fixtures, name), 'utf8');
      // On one line only the column tells components apart.
      const texts = [
        original,
        prettyPrinted(original),
        name.endsWith('.json') ? JSON.stringify(JSON.parse(original)) : original,
      ];
      for (const text of texts) {
        const { analysis, document } = await analysed(text);
        const keys = partKeys(document);
        const parts = [...document.processors, ...document.services.filter((one) => !one.external)];
        assert.equal(analysis.description.components.length, parts.length, 'both read the same');
        for (const part of parts) {
          const component = analysis.component(keys.get(part));
          assert.ok(component !== null, `${part.kind} ${part.name}`);
          assert.equal(component.kind, part.kind);
          assert.equal(analysis.type(component)?.name, part.type?.text);
        }
        for (const finding of analysis.findings) {
          assert.ok(
            finding.part !== null || finding.type === 'parameter context',
            `${finding.code} of ${finding.name}`,
          );
        }
      }
    });
  }

  it('names the exact place of a wrong expression, also where the source escapes characters', async () => {
    const original = readFileSync(path.join(fixtures, 'editor', 'orders.json'), 'utf8');
    const value = JSON.stringify('\u00e9\n"😀" ${filename:toUper()}');
    const { analysis, document, text } = await analysed(original.replace('"${filename:toUper()}"', value));
    const finding = analysis.findings.find((one) => one.code === 'expression');
    assert.ok(finding?.range !== undefined && finding.range !== null);
    const property = document.processors.flatMap((one) => one.properties).find((one) => one.name === finding.property);
    assert.ok(property?.value !== undefined && property.value !== null);
    const span = sourceSpan(text, property.value.span, syntaxOf(text), finding.range[0], finding.range[1]);
    assert.equal(text.slice(span.start, span.end), 'toUper');
  });

  it('has levels that are those of the table that ships', async () => {
    const levels = await readLevelTable(path.join(root, 'notebooks', 'nifi_converter', 'processor_types.json'));
    const { analysis, document } = await analysed(readFileSync(path.join(fixtures, 'editor', 'orders.json'), 'utf8'));
    const keys = partKeys(document);
    for (const processor of document.processors) {
      const level = analysis.type(analysis.component(keys.get(processor)))?.level;
      assert.equal(level?.level, levels.levelOf(processor.type?.text ?? ''), processor.name);
      if (level.known) assert.equal(level.target, levels.find(processor.type?.text ?? '')?.target);
    }
  });

  it('says what is wrong with a text that cannot be read, and still knows the functions', async () => {
    const description = await describeText('<template>\n<snippet>\n</template>');
    assert.equal(description.error?.reason, 'malformed');
    assert.equal(description.error.line, 3);
    assert.ok(description.functions.some((one) => one.name === 'toUpper' && one.subject === 'STRING'));
    assert.ok(description.functions.some((one) => one.name === 'now' && one.subject === null));
  });

  it('ends its process when it is cancelled', async () => {
    const abort = new AbortController();
    const text = readFileSync(path.join(fixtures, 'flows-read', 'flow.json'), 'utf8');
    const asked = runConverter(converter, ['describe'], text, abort.signal);
    abort.abort(new Error('typed on'));
    await assert.rejects(asked, /typed on/);
    await assert.rejects(runConverter(converter, ['describe'], text, abort.signal), /typed on/);
    await assert.rejects(runConverter(converter, ['nonsense'], '', never), /ended with code 2/);
    await assert.rejects(runConverter({ ...converter, python: '/no/such/python' }, ['describe'], '', never), /ENOENT/);
  });
});
