/** Runs the converter's `assess` in a process of its own, with progress, and asks it for what it has when cancelled. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { ConverterProcess } from './runConverter';

export interface AssessRequest {
  /** Files, `FILE#GROUP` and folders. */
  readonly sources: readonly string[];
  readonly signal: AbortSignal;
  /** Each line that it writes while it works. */
  readonly onLine: (line: string) => void;
}

export interface AssessAnswer {
  /** 0 all read, 1 some files could not be, 3 nothing found, 130 cancelled; null where it was ended by force. */
  readonly exitCode: number | null;
  readonly output: string;
  /** The end of what it said that was no progress. */
  readonly said: string;
}

/** More than the rows of 100,000 flows. */
const MAX_OUTPUT = 512 * 1024 * 1024;
/** What has been read is printed at once; a process that does not end by itself then is ended. */
const GRACE_MS = 10_000;

/** The names come in by stdin: a command line cannot hold those of a large estate. */
const START = [
  'import json, runpy, sys',
  'package, names = sys.argv[1], json.load(sys.stdin)',
  'sys.path.insert(0, package)',
  'sys.argv = ["nifi_converter", "assess", "--json", "--progress", "--", *names]',
  'runpy.run_module("nifi_converter", run_name="__main__", alter_sys=True)',
].join('\n');

/** Rejects only where the process could not be started. A cancel resolves with what was read until then. */
export function assessFlows(process: ConverterProcess, request: AssessRequest): Promise<AssessAnswer> {
  const { sources, signal, onLine } = request;
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const child = spawn(
      process.python,
      ['-I', '-u', '-X', `pycache_prefix=${process.cachePath}`, '-c', START, process.packagePath],
      { env: process.environment, windowsHide: true, stdio: ['pipe', 'pipe', 'pipe'] },
    );
    const output: Buffer[] = [];
    let size = 0;
    let said = '';
    let force: NodeJS.Timeout | undefined;
    const cancel = (): void => {
      child.kill('SIGTERM');
      force = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    };
    signal.addEventListener('abort', cancel, { once: true });
    child.stdout.on('data', (piece: Buffer) => {
      size += piece.length;
      if (size > MAX_OUTPUT) {
        child.kill('SIGKILL');
      } else {
        output.push(piece);
      }
    });
    createInterface({ input: child.stderr, crlfDelay: Infinity }).on('line', (line) => {
      if (!line.startsWith('{')) {
        said = `${said}\n${line}`.slice(-4000);
      }
      onLine(line);
    });
    child.stdin.on('error', () => undefined);
    child.on('error', (error) => {
      signal.removeEventListener('abort', cancel);
      clearTimeout(force);
      reject(error);
    });
    child.on('close', (exitCode) => {
      signal.removeEventListener('abort', cancel);
      clearTimeout(force);
      resolve({ exitCode, output: Buffer.concat(output).toString('utf8'), said: said.trim() });
    });
    child.stdin.end(JSON.stringify(sources), 'utf8');
  });
}
