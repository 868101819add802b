/** Finds a Python that can run agents, without ever opening a dialog or a shop. */
import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, realpath } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import * as z from 'zod/mini';
import { AcceleratorError } from '../../../flows/errors';
import { agentEnvironment } from '../runs/environment';

export const OLDEST_PYTHON: readonly [number, number] = [3, 9];

export interface Python {
  /** The real program, not a launcher or a link by which it was found. */
  readonly path: string;
  readonly version: string;
}

export interface PythonSearch {
  /** The setting; the only one asked where it is not empty. */
  readonly configured: string;
  /** The Python extension's choice. */
  readonly candidates: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
}

type Probe =
  | { readonly kind: 'good'; readonly python: Python }
  | { readonly kind: 'old'; readonly path: string; readonly version: string }
  | { readonly kind: 'bad'; readonly path: string; readonly why: string };

/** A slow network drive or a virus scanner may hold up the first start. */
const PROBE_MILLISECONDS = 15_000;
/** Prints version and program; needs the two modules that a run needs and that odd builds leave out. */
const PROBE_CODE = 'import json, sqlite3, sys; print(json.dumps([list(sys.version_info[:3]), sys.executable]))';

/**
 * The first Python of the search that is new enough.
 *
 * @throws AcceleratorError pythonMissing or pythonTooOld, both mended by choosing one
 */
export async function findPython(search: PythonSearch, signal: AbortSignal): Promise<Python> {
  const old: string[] = [];
  const bad: string[] = [];
  for (const command of await commandsOf(search)) {
    signal.throwIfAborted();
    const probe = await probed(command.program, command.arguments, search);
    if (probe.kind === 'good') return probe.python;
    if (probe.kind === 'old') old.push(`${probe.path} is Python ${probe.version}`);
    else bad.push(`${probe.path}: ${probe.why}`);
  }
  const needed = OLDEST_PYTHON.join('.');
  if (search.configured !== '' && bad.length > 0) {
    throw new AcceleratorError(
      'pythonMissing',
      `The Python of the setting pythonPath cannot be used. ${bad.join('; ')}.`,
      { mend: 'choosePython' },
    );
  }
  if (old.length > 0) {
    throw new AcceleratorError('pythonTooOld', `Python ${needed} or newer is needed, but ${old.join(', ')}.`, {
      mend: 'choosePython',
    });
  }
  throw new AcceleratorError(
    'pythonMissing',
    `No Python was found. Converting on this computer needs Python ${needed} or newer.`,
    { mend: 'choosePython', ...(bad.length > 0 && { details: { tried: bad.join('; ') } }) },
  );
}

interface Command {
  readonly program: string;
  readonly arguments: readonly string[];
}

/** What to try, best first, each program once. */
async function commandsOf(search: PythonSearch): Promise<readonly Command[]> {
  if (search.configured !== '') {
    const path = isAbsolute(search.configured) ? search.configured : await onPath(search.configured, search);
    return [{ program: path ?? search.configured, arguments: [] }];
  }
  const commands: Command[] = search.candidates.map((program) => ({ program, arguments: [] }));
  if (search.platform === 'win32') {
    const launcher = await onPath('py', search);
    if (launcher !== null) commands.push({ program: launcher, arguments: ['-3'] });
  }
  for (const name of namesOf(search.platform)) {
    const found = await onPath(name, search);
    if (found !== null) commands.push({ program: found, arguments: [] });
  }
  const seen = new Set<string>();
  const usable: Command[] = [];
  for (const command of commands) {
    if (seen.has(command.program) || isStoreStub(command.program, search.platform)) continue;
    seen.add(command.program);
    if (!(await opensDialog(command.program, search))) usable.push(command);
  }
  return usable;
}

/** Newer ones by name, for systems whose `python3` is too old. */
function namesOf(platform: NodeJS.Platform): readonly string[] {
  if (platform === 'win32') return ['python', 'python3'];
  return ['python3', 'python', ...[14, 13, 12, 11, 10, 9].map((minor) => `python3.${String(minor)}`)];
}

async function onPath(name: string, search: PythonSearch): Promise<string | null> {
  const windows = search.platform === 'win32';
  const path = search.environment['PATH'] ?? search.environment['Path'] ?? '';
  // A VS Code that was started from the Dock may lack these two.
  const folders = [...path.split(delimiter), ...(windows ? [] : ['/opt/homebrew/bin', '/usr/local/bin'])];
  const endings = windows ? ['.exe', ''] : [''];
  for (const folder of folders) {
    // A relative entry would be looked for in whatever folder is current: never.
    if (!isAbsolute(folder)) continue;
    for (const ending of endings) {
      const program = join(folder, name + ending);
      if (isStoreStub(program, search.platform)) continue;
      try {
        await access(program, constants.X_OK);
        return program;
      } catch {
        // Not there: the next.
      }
    }
  }
  return null;
}

/** Windows puts programs of this folder on PATH that only open the Store. */
function isStoreStub(program: string, platform: NodeJS.Platform): boolean {
  return platform === 'win32' && /[\\/]microsoft[\\/]windowsapps[\\/]/i.test(program);
}

/** macOS ships a `/usr/bin/python3` that offers to install developer tools where there are none. */
async function opensDialog(program: string, search: PythonSearch): Promise<boolean> {
  if (search.platform !== 'darwin') return false;
  let real = program;
  try {
    real = await realpath(program);
  } catch {
    // A name that leads nowhere opens nothing.
  }
  if (!/^\/usr\/bin\/python/.test(real)) return false;
  return (await run('/usr/bin/xcode-select', ['-p'], search)).exitCode !== 0;
}

async function probed(program: string, first: readonly string[], search: PythonSearch): Promise<Probe> {
  const { exitCode, output, why } = await run(program, [...first, '-I', '-c', PROBE_CODE], search);
  if (exitCode !== 0) return { kind: 'bad', path: program, why: why === '' ? 'does not start' : why };
  const answer = parsedAnswer(output);
  if (answer === null) return { kind: 'bad', path: program, why: 'does not answer as Python does' };
  const [numbers, executable] = answer;
  const [major, minor] = numbers;
  const version = numbers.join('.');
  const path = executable === '' ? program : executable;
  const [oldestMajor, oldestMinor] = OLDEST_PYTHON;
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) return { kind: 'old', path, version };
  return { kind: 'good', python: { path, version } };
}

const answerSchema = z.tuple([z.tuple([z.number(), z.number(), z.number()]), z.string()]);

function parsedAnswer(output: string): z.infer<typeof answerSchema> | null {
  try {
    const parsed = answerSchema.safeParse(JSON.parse(output.trim().split('\n').at(-1) ?? ''));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

interface Finished {
  readonly exitCode: number | null;
  readonly output: string;
  /** The last line of what it said to stderr, or why it did not start. */
  readonly why: string;
}

function run(program: string, args: readonly string[], search: PythonSearch): Promise<Finished> {
  return new Promise((resolve) => {
    execFile(
      program,
      [...args],
      { timeout: PROBE_MILLISECONDS, windowsHide: true, env: agentEnvironment(search.environment), encoding: 'utf8' },
      (error, stdout, stderr) => {
        if (error === null) {
          resolve({ exitCode: 0, output: stdout, why: '' });
          return;
        }
        const said = stderr.trim().split('\n').at(-1) ?? '';
        const code = error.code === 'ENOENT' ? 'there is no such program' : error.message.split('\n')[0];
        resolve({ exitCode: null, output: stdout, why: said === '' ? (code ?? '') : said });
      },
    );
  });
}
