/** Runs the shipped converter in a process of its own: text in, text out. */
import { spawn } from 'node:child_process';

export interface ConverterProcess {
  /** The Python program. */
  readonly python: string;
  /** The folder that holds the package. */
  readonly packagePath: string;
  /** What the process sees of the environment. */
  readonly environment: NodeJS.ProcessEnv;
  /** A folder of our own for Python's compiled files; the extension's may be read-only. */
  readonly cachePath: string;
}

/** More than any document's description; a process that says more is out of hand. */
const MAX_OUTPUT = 256 * 1024 * 1024;
/** The package's folder goes in by hand: isolated mode takes no path from the environment. */
const START =
  'import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); runpy.run_module("nifi_converter", run_name="__main__", alter_sys=True)';

/**
 * What the converter printed. Exit codes other than 0 reject with what it said to stderr.
 *
 * @throws the signal's reason, with the process ended
 */
export function runConverter(
  process: ConverterProcess,
  args: readonly string[],
  input: string,
  signal: AbortSignal,
): Promise<string> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const child = spawn(
      process.python,
      ['-I', '-X', `pycache_prefix=${process.cachePath}`, '-c', START, process.packagePath, ...args],
      { env: process.environment, windowsHide: true, stdio: ['pipe', 'pipe', 'pipe'] },
    );
    const output: Buffer[] = [];
    let size = 0;
    let said = '';
    const stop = (): void => void child.kill('SIGKILL');
    signal.addEventListener('abort', stop, { once: true });
    child.stdout.on('data', (piece: Buffer) => {
      size += piece.length;
      if (size > MAX_OUTPUT) stop();
      else output.push(piece);
    });
    child.stderr.on('data', (piece: Buffer) => (said = (said + piece.toString('utf8')).slice(-4000)));
    // A process that ends early closes its end of the pipe; its exit code says why.
    child.stdin.on('error', () => undefined);
    child.on('error', reject);
    child.on('close', (code) => {
      signal.removeEventListener('abort', stop);
      if (signal.aborted) reject(signal.reason instanceof Error ? signal.reason : new Error('cancelled'));
      else if (code === 0) resolve(Buffer.concat(output).toString('utf8'));
      else reject(new Error(`the converter ended with code ${String(code)}: ${said.trim()}`));
    });
    child.stdin.end(input, 'utf8');
  });
}
