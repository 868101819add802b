/** The Python tiers: pytest in a virtual environment that is made on first use and follows its requirements. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { repositoryRoot } from './hostPackage';
import { run } from './run';

/** A virtual environment of the tests, by its folder and the file of its pinned packages. */
interface Environment {
  readonly folder: string;
  readonly requirements: string;
  /** The first minor version of Python 3 that its packages do not know; null where all do. */
  readonly below: number | null;
}

/** What the tests run with: Spark 4, as in the newest runtimes. */
const CURRENT: Environment = { folder: '.venv', requirements: 'test/python/requirements.txt', below: null };
/** Spark 3.5 and what else Databricks Runtime 15.4 LTS brings. */
const SPARK_35: Environment = {
  folder: '.venv35',
  requirements: 'test/python/requirements-spark35.txt',
  below: 12,
};

/** Of the version that requirements-spark35.txt pins. */
const CONNECT_SERVER = 'org.apache.spark:spark-connect_2.12:3.5.0';
const JAVA_INSTALL_LINE =
  'Java 17 is missing, so the Spark tests are skipped. Install: sudo apt-get install openjdk-17-jre-headless ' +
  '(macOS: brew install openjdk@17, Windows: winget install EclipseAdoptium.Temurin.17.JRE).';

/** Path of the virtual environment's Python, with the pinned packages installed. */
export function preparedPython(environment: Environment = CURRENT): string {
  const folder = path.join(repositoryRoot, environment.folder);
  const requirements = path.join(repositoryRoot, environment.requirements);
  const python = path.join(folder, ...(process.platform === 'win32' ? ['Scripts', 'python.exe'] : ['bin', 'python']));
  const stamp = path.join(folder, '.requirements');
  const wanted = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  if (existsSync(python) && existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return python;
  if (!existsSync(python)) execFileSync(systemPython(environment.below), ['-m', 'venv', folder], { stdio: 'inherit' });
  console.log('Installing the Python test packages …');
  execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements], {
    stdio: 'inherit',
  });
  writeFileSync(stamp, wanted);
  return python;
}

/** The first Python that is new enough (3.9, as for the local workspace), and old enough where that is asked for. */
export function systemPython(below: number | null = null): string {
  const plain = process.platform === 'win32' ? ['py', 'python'] : ['python3', 'python'];
  const candidates = below === null ? plain : [...plain, ...[11, 10, 9].map((minor) => `python3.${minor}`)];
  const check = `import sys; sys.exit(not (3, 9) <= sys.version_info[:2] < (3, ${below ?? 1000}))`;
  const found = candidates.find((name) => spawnSync(name, ['-c', check], { stdio: 'ignore' }).status === 0);
  if (found === undefined) {
    const wanted = below === null ? 'Python 3.9 or newer' : `A Python from 3.9 to 3.${below - 1}`;
    throw new Error(`${wanted} is needed: install it from your system or python.org.`);
  }
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

/** The whole Python tier, on Spark 4. */
export async function runPytest(report: string, args: readonly string[], timeoutMs: number): Promise<number | null> {
  const java = javaVersion();
  if (java === null || java < 17) console.log(JAVA_INSTALL_LINE);
  return pytest(preparedPython(), report, args, timeoutMs);
}

/** What runs emitted code, on Spark 3.5. */
export async function runPytestOnSpark35(
  report: string,
  args: readonly string[],
  timeoutMs: number,
): Promise<number | null> {
  const python = preparedPython(SPARK_35);
  return pytest(python, report, ['-m', 'spark', ...args], timeoutMs, { SPARK_CONNECT_JARS: connectJars() });
}

function pytest(
  python: string,
  report: string,
  args: readonly string[],
  timeoutMs: number,
  env: Readonly<Record<string, string>> = {},
): Promise<number | null> {
  return run(python, ['-m', 'pytest', '-q', 'test/python', `--junitxml=${report}`, ...args], { timeoutMs, env });
}

/** The folder with Spark 3.5's Connect server, which PySpark brings along only from 4 on; fetched once by Maven. */
function connectJars(): string {
  const folder = path.join(repositoryRoot, '.cache', 'spark-connect-3.5');
  if (existsSync(folder) && readdirSync(folder).length > 0) return folder;
  const fresh = `${folder}.${process.pid}`;
  const plugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy';
  const made = spawnSync('mvn', ['-q', '-B', plugin, `-Dartifact=${CONNECT_SERVER}`, `-DoutputDirectory=${fresh}`], {
    stdio: 'inherit',
    timeout: 300_000,
  });
  if (made.error !== undefined || made.status !== 0) {
    throw new Error(
      `Maven did not bring ${CONNECT_SERVER}. Spark 3.5 needs it: install Maven, or see its words above.`,
    );
  }
  rmSync(folder, { recursive: true, force: true });
  renameSync(fresh, folder);
  return folder;
}
