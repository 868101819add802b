/**
 * `npm start`: builds and opens VS Code with the extension on a copy of the sample flows, with the local workspace. The
 * desktop VS Code where `code` is found, otherwise VS Code in the browser from npm.
 *
 *   npm start                          opens a window or prints an address
 *   npm start -- --browser             the browser even where `code` is found
 *   npm start -- --databricks-demo     the browser on a fake Databricks workspace with a real Spark behind it
 *   npm start -- --headless [FOLDER]   converts the flows of FOLDER (or of the samples) and prints what became of them
 */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, rmSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { startDemo } from './databricksDemo';
import { missingForEngine } from './fakeWorkspace/install';
import { npm, repositoryRoot } from './hostPackage';
import { SAMPLE_FLOWS } from './hostTier';
import { packageExtension } from './packageExtension';
import { run } from './run';
import { sqliteNode } from './sqliteNode';
import { startServer } from './vscode/server';
import type { ServerOptions } from './vscode/server';

const WORK = path.join(repositoryRoot, 'out', 'start');
/** A run without a window may take as long as its flows do. */
const HEADLESS_TIMEOUT_MS = 6 * 60 * 60_000;

async function main(args: readonly string[]): Promise<number> {
  if (args[0] === '--headless') return headless(args[1]);
  const flows = sampleFlows('window');
  if (args.includes('--databricks-demo')) return databricksDemo(flows);
  if (!args.includes('--browser') && hasDesktop()) {
    npm(['run', '--silent', 'build'], repositoryRoot);
    return openDesktop(flows);
  }
  return openBrowser(flows);
}

async function headless(folder: string | undefined): Promise<number> {
  const node = await sqliteNode();
  npm(['run', '--silent', 'build', '--', '--headless'], repositoryRoot);
  if (folder === undefined) rmSync(path.join(WORK, 'headless'), { recursive: true, force: true });
  const target = folder === undefined ? sampleFlows('headless') : path.resolve(folder);
  if (!existsSync(target)) throw new Error(`${target}: no such folder`);
  const key = createHash('sha256').update(target).digest('hex').slice(0, 12);
  const storage = path.join(WORK, folder === undefined ? 'headless' : 'folders', `storage-${key}`);
  const code = await run(node, [path.join(repositoryRoot, 'dist', 'headless.js'), target, storage, repositoryRoot], {
    timeoutMs: HEADLESS_TIMEOUT_MS,
  });
  return code ?? 2;
}

/** A copy, so that conversions write beside it and a flow may be mended without touching the repository. */
function sampleFlows(use: string): string {
  const copy = path.join(WORK, use, 'flows');
  if (!existsSync(copy)) cpSync(SAMPLE_FLOWS, copy, { recursive: true });
  return copy;
}

const windows = process.platform === 'win32';

function hasDesktop(): boolean {
  return spawnSync('code', ['--version'], { stdio: 'ignore', shell: windows }).status === 0;
}

async function openDesktop(flows: string): Promise<number> {
  console.log(`Opening VS Code on ${flows}`);
  const answer = spawnSync('code', ['--new-window', `--extensionDevelopmentPath=${repositoryRoot}`, flows], {
    stdio: 'inherit',
    shell: windows,
  });
  return answer.status ?? 1;
}

async function databricksDemo(flows: string): Promise<number> {
  const missing = await missingForEngine();
  if (missing !== null) {
    console.error(missing);
    return 1;
  }
  console.log('Starting Spark and setting up the fake workspace …');
  const demo = await startDemo('nifi', 'nifi_conversion_agent');
  try {
    return await openBrowser(flows, { settings: demo.settings, env: demo.env });
  } finally {
    await demo.stop();
  }
}

async function openBrowser(flows: string, more: Pick<ServerOptions, 'settings' | 'env'> = {}): Promise<number> {
  const vsix = await packageExtension();
  const server = await startServer({ ...more, vsix: [vsix], dataFolder: path.join(WORK, 'window', 'vscode') });
  console.log(
    `\nVS Code with the extension and the sample flows:\n\n  ${server.url({ open: flows })}\n\nCtrl+C ends it.`,
  );
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  await server.stop();
  return 0;
}

main(process.argv.slice(2)).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
