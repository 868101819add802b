/**
 * The test host package (test/support/host): VS Code, Node 24 and a Chromium as npm packages. It is installed when a
 * script first needs it, and again when its lockfile changes.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export const repositoryRoot = path.resolve(__dirname, '..', '..');
export const hostFolder = path.join(repositoryRoot, 'test', 'support', 'host');
export const hostModules = path.join(hostFolder, 'node_modules');

const INSTALL_TIMEOUT_MS = 10 * 60_000;

/** Installs the host package if need be; two scripts at once install it once. */
export async function ensureHostPackage(): Promise<void> {
  const stamp = path.join(hostModules, '.installed');
  const wanted = createHash('sha256')
    .update(readFileSync(path.join(hostFolder, 'package-lock.json')))
    .digest('hex');
  const installed = (): boolean => existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
  if (installed()) return;
  await withLock(path.join(hostFolder, '.installing'), () => {
    if (installed()) return;
    console.error('Installing the test host (VS Code, Node 24 and Chromium from npm, about 600 MB) …');
    npm(['ci', '--silent'], hostFolder);
    writeFileSync(stamp, wanted);
  });
}

/** Runs npm as the npm that runs us, so that no shell or PATH guess is needed (npm is a .cmd file on Windows). */
export function npm(args: readonly string[], cwd: string): void {
  const cli = process.env['npm_execpath'];
  if (cli !== undefined && /\.[cm]?js$/.test(cli)) {
    execFileSync(process.execPath, [cli, ...args], { cwd, stdio: ['ignore', 'inherit', 'inherit'] });
  } else {
    execFileSync('npm', args, { cwd, stdio: ['ignore', 'inherit', 'inherit'], shell: process.platform === 'win32' });
  }
}

/** A folder is made atomically, so it serves as a lock between processes; one older than any install is a dead one's. */
async function withLock(folder: string, work: () => void): Promise<void> {
  for (;;) {
    try {
      mkdirSync(folder);
      break;
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
      const age = existsSync(folder) ? Date.now() - statSync(folder).mtimeMs : 0;
      if (age > INSTALL_TIMEOUT_MS) rmSync(folder, { recursive: true, force: true });
      else await sleep(250);
    }
  }
  try {
    work();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
