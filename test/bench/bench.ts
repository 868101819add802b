/** `npm run bench`: prints the figures of the README, measured on this machine. Nothing here passes or fails. */
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import path from 'node:path';
import { repositoryRoot } from '../support/hostPackage';
import { SAMPLE_FLOWS } from '../support/hostTier';
import { missingForEngine } from '../support/fakeWorkspace/install';
import { packageExtension } from '../support/packageExtension';
import { preparedPython } from '../support/pythonTier';
import { run } from '../support/run';
import { sqliteNode } from '../support/sqliteNode';
import { launchBrowser } from '../support/vscode/chromium';
import { benchActivation } from './activation';
import { benchEditor } from './editor';
import { megabytes, row } from './figures';
import { benchTree } from './tree';

const TIMEOUT_MS = 30 * 60_000;

async function main(only: string | undefined): Promise<void> {
  const wanted = (part: string): boolean => only === undefined || only === part;
  const vsix = await packageExtension();
  console.log(`\n${cpus().length} cores (${cpus()[0]?.model ?? '?'}), ${megabytes(totalmem())}, ${process.platform}\n`);
  row('What', 'Measured');
  row('---', '---');
  const folder = mkdtempSync(path.join(tmpdir(), 'nifi-accelerator-bench-'));
  const flows = path.join(folder, 'flows');
  cpSync(SAMPLE_FLOWS, flows, { recursive: true });
  if (['activation', 'tree', 'editor'].some(wanted)) {
    const browser = await launchBrowser();
    try {
      if (wanted('activation')) await benchActivation(browser, vsix, flows);
      if (wanted('tree')) await benchTree(browser, vsix);
      if (wanted('editor')) await benchEditor(browser, vsix);
    } finally {
      await browser.close();
    }
  }
  if (wanted('runs')) await program('runs', flows, folder);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  if (wanted('python')) await benchPython();
  if (wanted('databricks')) {
    const missing = await missingForEngine();
    if (missing === null) await program('databricks');
    else console.log(`Databricks is left out: ${missing}`);
  }
}

/** A bench that is a process of its own, on a Node that can open SQLite. */
async function program(name: string, ...args: readonly string[]): Promise<void> {
  const file = path.join(repositoryRoot, 'test', 'bench', `${name}.ts`);
  await run(await sqliteNode(), ['--import', 'tsx', file, ...args], { timeoutMs: TIMEOUT_MS });
}

/** The converter's own benches print their own lines. */
async function benchPython(): Promise<void> {
  const folder = path.join('test', 'python');
  const programs = readdirSync(path.join(repositoryRoot, folder)).filter((name) => /^bench_.*\.py$/.test(name));
  for (const program of programs.sort()) {
    console.log(`\n${program}`);
    await run(preparedPython(), [path.join(folder, program)], { timeoutMs: TIMEOUT_MS });
  }
}

main(process.argv[2]).then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
