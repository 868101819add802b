/** Child processes of the scripts: output passed through, ended with their children when they take too long. */
import { spawn, spawnSync } from 'node:child_process';
import { repositoryRoot } from './hostPackage';

export interface RunOptions {
  readonly timeoutMs: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** @returns the exit code; null where the program was ended by a signal or by the timeout */
export async function run(program: string, args: readonly string[], options: RunOptions): Promise<number | null> {
  const grouped = process.platform !== 'win32';
  const child = spawn(program, args, {
    cwd: options.cwd ?? repositoryRoot,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: grouped,
  });
  const endAll = (): void => {
    if (child.pid === undefined) return;
    if (!grouped) {
      spawnSync('taskkill', ['/pid', String(child.pid), '/T', '/F']);
      return;
    }
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // Already gone.
    }
  };
  const interrupted = (): void => {
    endAll();
    process.exit(130);
  };
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  process.once('exit', endAll);
  const timer = setTimeout(() => {
    console.error(`${program} took more than ${options.timeoutMs / 1000} s and was ended.`);
    endAll();
  }, options.timeoutMs);
  try {
    return await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code));
    });
  } finally {
    clearTimeout(timer);
    process.removeListener('SIGINT', interrupted);
    process.removeListener('SIGTERM', interrupted);
    process.removeListener('exit', endAll);
  }
}
