/** Starts an agent's process so that it outlives this window. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { agentEnvironment } from './environment';
import type { RunFolder } from './runFolder';

export interface LaunchOptions {
  readonly python: string;
  /** `run_agent.py`. */
  readonly script: string;
  /** Where compiled modules go: the extension's own folder may be read-only. */
  readonly cachePath: string;
  readonly environment: NodeJS.ProcessEnv;
}

export interface Launched {
  readonly pid: number;
  /** Resolves when the process is gone. Never rejects. */
  readonly ended: Promise<void>;
}

/**
 * Starts the process in the run's own folder, in isolated mode, as the leader of a group of its own, with its output in
 * the log.
 *
 * @throws the system's error where the program cannot be started
 */
export async function launch(folder: RunFolder, options: LaunchOptions): Promise<Launched> {
  const log = await open(folder.logPath, 'a');
  try {
    const child = spawn(
      options.python,
      ['-I', '-u', '-X', 'utf8', '-X', `pycache_prefix=${options.cachePath}`, options.script, folder.orderPath],
      {
        cwd: dirname(folder.orderPath),
        detached: true,
        windowsHide: true,
        stdio: ['ignore', log.fd, log.fd],
        env: agentEnvironment(options.environment),
      },
    );
    // Before anything is awaited: a quick process would be gone before its end is listened for.
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    await once(child, 'spawn');
    child.unref();
    if (child.pid === undefined) throw new Error('The system gave the process no id.');
    return { pid: child.pid, ended };
  } finally {
    await log.close();
  }
}
