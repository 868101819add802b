/** The Python tier: pytest in `.venv`, which is made on first use and brought up to date when its requirements change. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { repositoryRoot } from './hostPackage';
import { run } from './run';

const VENV = path.join(repositoryRoot, '.venv');
const REQUIREMENTS = path.join(repositoryRoot, 'test', 'python', 'requirements.txt');
const JAVA_INSTALL_LINE =
  'Java 17 is missing, so the Spark tests are skipped. Install: sudo apt-get install openjdk-17-jre-headless ' +
  '(macOS: brew install openjdk@17, Windows: winget install EclipseAdoptium.Temurin.17.JRE).';

/** Path of the virtual environment's Python, with the pinned packages installed. */
export function preparedPython(): string {
  const python = path.join(VENV, ...(process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python']));
  const stamp = path.join(VENV, '.requirements');
  const wanted = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex');
  if (existsSync(python) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return python;
  if (!existsSync(python)) execFileSync(systemPython(), ['-m', 'venv', VENV], { stdio: 'inherit' });
  console.log('Installing the Python test packages …');
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS], {
    stdio: 'inherit',
  });
  writeFileSync(stamp, wanted);
  return python;
}

/** The first Python that is new enough (3.9, as for the local workspace). */
export function systemPython(): string {
  const candidates = process.platform === 'win32' ? ['py', 'python'] : ['python3', 'python'];
  const found = candidates.find(
    (name) =>
      spawnSync(name, ['-c', 'import sys; sys.exit(sys.version_info < (3, 9))'], { stdio: 'ignore' }).status === 0,
  );
  if (found === undefined) throw new Error('Python 3.9 or newer is needed: install it from your system or python.org.');
  return found;
}

/** Major version of the Java that Spark would take; null where there is none. */
export function javaVersion(): number | null {
  const home = process.env['JAVA_HOME'];
  const java = home === undefined ? 'java' : path.join(home, 'bin', 'java');
  const answer = spawnSync(java, ['-version'], { encoding: 'utf8' });
  const version = /version "(\d+)(?:\.(\d+))?/.exec(`${answer.stderr}${answer.stdout}`);
  if (answer.status !== 0 || version === null) return null;
  const [, first, second] = version;
  return Number(first === '1' ? second : first);
}

export async function runPytest(report: string, args: readonly string[], timeoutMs: number): Promise<number | null> {
  const java = javaVersion();
  if (java === null || java < 17) console.log(JAVA_INSTALL_LINE);
  return run(preparedPython(), ['-m', 'pytest', '-q', 'test/python', `--junitxml=${report}`, ...args], { timeoutMs });
}
