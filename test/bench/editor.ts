/** The largest flow at hand in the editor: time to outline and findings, what typing waits for, memory. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { build } from 'esbuild';
import { repositoryRoot } from '../support/hostPackage';
import { startServer } from '../support/vscode/server';
import type { EditorSample } from './editorSuite';
import { megabytes, milliseconds, row } from './figures';

/** Real flows, where they are at hand beside the repository. */
const CORPUS = path.join(repositoryRoot, '..', 'shared', 'corpus');
const SAMPLE = path.join(repositoryRoot, 'test', 'fixtures', 'flows', 'prod-us', 'mssql-northwind-to-crdb.json');

export async function benchEditor(browser: Browser, vsix: string): Promise<void> {
  const suite = path.join(repositoryRoot, 'out', 'bench', 'editorSuite.js');
  await build({
    entryPoints: [path.join(repositoryRoot, 'test', 'bench', 'editorSuite.ts')],
    outfile: suite,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['vscode'],
  });
  const folder = mkdtempSync(path.join(tmpdir(), 'nifi-accelerator-bench-'));
  const opened = path.join(folder, 'opened');
  mkdirSync(opened);
  const text = readFileSync(largestFlow(), 'utf8');
  const flow = path.join(opened, 'large-flow.xml');
  const other = path.join(opened, 'other.xml');
  const result = path.join(folder, 'sample.json');
  writeFileSync(flow, text);
  // A flow is known by its beginning: behind a long comment it is none.
  writeFileSync(other, `<!-- ${'x'.repeat(20_000)} -->\n${text.replace(/^<\?xml[^>]*\?>/, '')}`);
  const server = await startServer({
    vsix: [vsix],
    testDriver: true,
    env: { BENCH_RESULT: result, BENCH_FLOW: flow, BENCH_OTHER: other },
  });
  try {
    const page = await browser.newPage();
    const ended = new Promise<number>((resolve) => void page.exposeFunction('codeAutomationExit', resolve));
    await page.exposeFunction('codeAutomationLog', () => undefined);
    const empty = path.join(repositoryRoot, 'test', 'bench', 'empty-extension');
    const target = { open: opened, extensionDevelopmentPath: [empty], extensionTestsPath: suite };
    await page.goto(server.url(target), { waitUntil: 'commit' });
    const code = await ended;
    if (code !== 0 || !existsSync(result)) throw new Error(`the editor suite ended with ${code}\n${server.log()}`);
    await page.close();
    const sample = JSON.parse(readFileSync(result, 'utf8')) as EditorSample;
    const what = `${(text.length / 1e6).toFixed(1)} MB, ${text.match(/<processors>/g)?.length ?? 0} processors`;
    row(
      `Editor: outline of a template (${what}), first / again`,
      `${milliseconds(sample.outline)} / ${milliseconds(sample.outlineAgain)}`,
    );
    row('Editor: of that, until VS Code itself shows it', milliseconds(sample.shown));
    row('Editor: all findings of it shown after opening', milliseconds(sample.findings));
    row(
      `Editor: longest pause of the extension host in ${sample.keys} keys, in it / in other XML of that size`,
      `${milliseconds(sample.typingBlocked)} / ${milliseconds(sample.otherBlocked)}`,
    );
    row('Editor: heap taken by it', megabytes(sample.heap));
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function largestFlow(): string {
  if (!existsSync(CORPUS)) return SAMPLE;
  const files = readdirSync(CORPUS).filter((name) => name.endsWith('.xml'));
  const [largest] = files.map((name) => path.join(CORPUS, name)).sort((a, b) => statSync(b).size - statSync(a).size);
  return largest ?? SAMPLE;
}
