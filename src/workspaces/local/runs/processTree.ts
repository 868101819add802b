/** Ends a run's process with everything that it started. */
import { execFile } from 'node:child_process';

/** Asks the whole group to end; the run writes its exit record if it can. On Windows there is no asking. */
export function askToEnd(pid: number, platform: NodeJS.Platform = process.platform): void {
  if (platform !== 'win32') signalGroup(pid, 'SIGTERM');
}

/**
 * Ends the process, its group and all its descendants at once. The caller has made sure that `pid` is the run's: its
 * lock is held, or it is a child of this very process.
 *
 * @param descendants what `descendantsOf` said before anything ended: the parent's death would hide them
 */
export async function endTree(
  pid: number,
  descendants: readonly number[],
  platform: NodeJS.Platform = process.platform,
): Promise<void> {
  if (platform === 'win32') {
    await output('taskkill', ['/PID', String(pid), '/T', '/F']);
    return;
  }
  signalGroup(pid, 'SIGKILL');
  for (const one of descendants) signal(one, 'SIGKILL');
}

/** Children, their children and so on; those that left the process group too. Empty on Windows (taskkill knows them). */
export async function descendantsOf(
  pid: number,
  platform: NodeJS.Platform = process.platform,
): Promise<readonly number[]> {
  if (platform === 'win32') return [];
  const children = new Map<number, number[]>();
  for (const line of (await output('ps', ['-A', '-o', 'pid=,ppid='])).split('\n')) {
    const [child, parent] = line.trim().split(/\s+/).map(Number);
    if (child === undefined || parent === undefined) continue;
    children.set(parent, [...(children.get(parent) ?? []), child]);
  }
  const found: number[] = [];
  const waiting = [...(children.get(pid) ?? [])];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    found.push(next);
    waiting.push(...(children.get(next) ?? []));
  }
  return found;
}

/** False only where it is certain that no such process exists. */
export function mayExist(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}

function signalGroup(pid: number, name: NodeJS.Signals): void {
  // A detached child leads a group of its own, whose id is its pid.
  signal(-pid, name);
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone already.
  }
}

/** What a system tool printed; empty where it is missing or fails. */
function output(program: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(
      program,
      [...args],
      { windowsHide: true, encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 },
      (_error, stdout) => resolve(stdout),
    );
  });
}
