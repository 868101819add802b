/** What the engine needs beside npm's packages: the Python environment of the tests, Java 17 and Delta's jars. */
import { execFile } from 'node:child_process';
import { access, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '..', '..', '..');
const JARS = join(ROOT, '.cache', 'delta-jars');

/** Null where all is there, otherwise one line that says what to install. */
export async function missingForEngine(): Promise<string | null> {
  try {
    await enginePython();
  } catch {
    return 'the Python environment .venv is missing: run "npm test" once, or the line in test/python/requirements.txt';
  }
  for (const [program, args, hint] of [
    [
      'java',
      ['-version'],
      'Java 17 is missing: install a JDK 17 (for example "apt-get install openjdk-17-jdk-headless")',
    ],
    ['mvn', ['-v'], 'Maven is missing: install it (for example "apt-get install maven")'],
  ] as const) {
    try {
      await run(program, [...args]);
    } catch {
      return hint;
    }
  }
  return null;
}

/** The Python of `.venv`, which the Python tier of the tests makes. */
export async function enginePython(): Promise<string> {
  const path = join(ROOT, '.venv', process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
  await access(path);
  return path;
}

/** The folder of Delta's jars; fetched once by Maven. Two processes that come at once do not disturb each other. */
export async function deltaJars(): Promise<string> {
  try {
    if ((await readdir(JARS)).filter((name) => name.endsWith('.jar')).length >= 2) {
      return JARS;
    }
  } catch {
    // not fetched yet
  }
  const fresh = `${JARS}.${process.pid}`;
  await mkdir(fresh, { recursive: true });
  await run(
    'mvn',
    [
      '-q',
      '-B',
      '-f',
      join(import.meta.dirname, 'engine', 'pom.xml'),
      'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies',
      `-DoutputDirectory=${fresh}`,
    ],
    { timeout: 300_000 },
  );
  await rm(JARS, { recursive: true, force: true });
  await rename(fresh, JARS).catch(() => rm(fresh, { recursive: true, force: true }));
  return JARS;
}
