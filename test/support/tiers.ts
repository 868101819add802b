/**
 * Runs the test tiers in order and ends with one line of sums.
 *
 *   npm test                         every tier
 *   npm run test:unit -- --grep id   one tier; what follows goes to its tool (mocha or pytest)
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { npm, repositoryRoot } from './hostPackage';
import { runHostTests } from './hostTier';
import { packageExtension } from './packageExtension';
import { preparedPython, runPytest, runPytestOnSpark35 } from './pythonTier';
import { missingForEngine } from './fakeWorkspace/install';
import { run, type RunOptions } from './run';
import { ENGINE_ADDRESS, shareEngine } from './fakeWorkspace/sharedEngine';
import { sqliteNode } from './sqliteNode';
import { brokenRun, failureLines, mochaCounts, NOTHING, pytestCounts, sum } from './tierReport';
import type { Counts } from './tierReport';

const MINUTE_MS = 60_000;

interface Tier {
  readonly name: string;
  /** Where its tests lie; a tier without any is left out. */
  readonly folder: string | null;
  readonly pattern: RegExp;
  /** Runs only when it is named: it needs what not every machine has. */
  readonly onDemand?: true;
  run(report: string, args: readonly string[]): Promise<Counts>;
}

const TYPESCRIPT_TEST = /\.test\.ts$/;
const PYTHON_TEST = /^test_.*\.py$/;

/** Two files at a time, each in a process of its own. */
const SIDE_BY_SIDE = ['--parallel', '--jobs', '2'];

/** mocha over TypeScript. */
function mochaTier(name: string, timeoutMs: number, prepare: () => Promise<void> = async () => undefined): Tier {
  return {
    name,
    folder: `test/${name}`,
    pattern: TYPESCRIPT_TEST,
    run: async (report, args) => {
      await prepare();
      return runMocha(report, [...SIDE_BY_SIDE, ...args, `test/${name}/**/*.test.ts`], { timeoutMs });
    },
  };
}

/** On a Node that can open SQLite. */
async function runMocha(report: string, args: readonly string[], { timeoutMs, env = {} }: RunOptions): Promise<Counts> {
  const mocha = path.join(repositoryRoot, 'node_modules', 'mocha', 'bin', 'mocha.js');
  const reporter = path.join(repositoryRoot, 'test', 'support', 'reporter.cjs');
  const code = await run(
    await sqliteNode(),
    ['--import', 'tsx', mocha, '--timeout', '20000', '--reporter', reporter, ...args],
    { timeoutMs, env: { TEST_REPORT: report, FORCE_COLOR: '0', ...env } },
  );
  return mochaCounts(report, code);
}

function check(): Promise<Counts> {
  const results = ['check:types', 'check:lint', 'check:format', 'check:manifest'].map((script): Counts => {
    try {
      npm(['run', '--silent', script], repositoryRoot);
      return { ...NOTHING, passed: 1 };
    } catch {
      return brokenRun(script, 'says above what it found');
    }
  });
  return Promise.resolve(sum(results));
}

function buildExtension(): Promise<void> {
  npm(['run', '--silent', 'build'], repositoryRoot);
  return Promise.resolve();
}

/** Its files that take longest begin first, so that none of them is left to run alone at the end. */
const LONGEST = ['window', 'chaos', 'conversionsContract', 'storeContract', 'setUpWindow', 'scenarios', 'setUp'];

/**
 * Real Spark with Delta behind a fake workspace. Two processes share one engine: each file has a fake workspace and tables
 * of its own. Comes after the Python tier, which makes the environment that it uses.
 */
const databricksTier: Tier = {
  name: 'databricks',
  folder: 'test/databricks',
  pattern: TYPESCRIPT_TEST,
  run: async (report, args) => {
    preparedPython();
    const missing = await missingForEngine();
    if (missing !== null) {
      console.log(`Skipped: ${missing}`);
      return { ...NOTHING, skipped: 1 };
    }
    const engine = await shareEngine();
    try {
      await packageExtension();
      return await runMocha(report, [...SIDE_BY_SIDE, ...args, ...databricksFiles()], {
        timeoutMs: (process.env['TEST_ALL'] === undefined ? 30 : 90) * MINUTE_MS,
        env: { [ENGINE_ADDRESS]: engine.address },
      });
    } finally {
      await engine.stop();
    }
  },
};

function databricksFiles(): readonly string[] {
  const rank = (file: string): number => {
    const at = LONGEST.indexOf(path.basename(file, '.test.ts'));
    return at < 0 ? LONGEST.length : at;
  };
  return readdirSync(path.join(repositoryRoot, 'test', 'databricks'))
    .filter((name) => TYPESCRIPT_TEST.test(name))
    .map((name) => `test/databricks/${name}`)
    .sort((one, other) => rank(one) - rank(other));
}

const TIERS: readonly Tier[] = [
  { name: 'check', folder: null, pattern: /./, run: check },
  mochaTier('unit', 10 * MINUTE_MS),
  mochaTier('contract', 10 * MINUTE_MS),
  {
    name: 'python',
    folder: 'test/python',
    pattern: PYTHON_TEST,
    run: async (report, args) => pytestCounts(report, await runPytest(report, args, 30 * MINUTE_MS)),
  },
  {
    name: 'spark35',
    folder: 'test/python',
    pattern: PYTHON_TEST,
    onDemand: true,
    run: async (report, args) => pytestCounts(report, await runPytestOnSpark35(report, args, 30 * MINUTE_MS)),
  },
  databricksTier,
  {
    name: 'host',
    folder: 'test/host',
    pattern: TYPESCRIPT_TEST,
    run: async (report, args) => {
      await buildExtension();
      return mochaCounts(report, await runHostTests(report, grepOf(args)));
    },
  },
  mochaTier('e2e', 15 * MINUTE_MS, async () => {
    await packageExtension();
  }),
];

function grepOf(args: readonly string[]): string | undefined {
  const at = args.findIndex((arg) => arg === '--grep' || arg === '-g');
  return at < 0 ? undefined : args[at + 1];
}

function exists(tier: Tier): boolean {
  if (tier.folder === null) return true;
  const folder = path.join(repositoryRoot, tier.folder);
  return (
    existsSync(folder) &&
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).some((file) => tier.pattern.test(path.basename(file)))
  );
}

async function main(): Promise<void> {
  const [only, ...args] = process.argv.slice(2);
  const chosen = TIERS.filter((tier) => (only === undefined ? !tier.onDemand : tier.name === only) && exists(tier));
  if (chosen.length === 0) throw new Error(`No tests of tier "${only ?? ''}" found.`);
  const reports = mkdtempSync(path.join(tmpdir(), 'nifi-accelerator-tests-'));
  mkdirSync(reports, { recursive: true });
  const lines: string[] = [];
  const totals: Counts[] = [];
  for (const tier of chosen) {
    console.log(`\n=== ${tier.name} ===`);
    const start = Date.now();
    let counts: Counts;
    try {
      counts = await tier.run(path.join(reports, `${tier.name}.report`), args);
    } catch (error) {
      console.error(error);
      counts = brokenRun(`the tier ${tier.name}`, error instanceof Error ? error.message : String(error));
    }
    totals.push(counts);
    const seconds = ((Date.now() - start) / 1000).toFixed(1);
    lines.push(
      `${tier.name.padEnd(10)} ${seconds.padStart(7)} s  ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`,
    );
  }
  rmSync(reports, { recursive: true, force: true });
  const total = sum(totals);
  console.log(['', ...failureLines(total.failures), ''].join('\n'));
  console.log(`${lines.join('\n')}\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  process.exitCode = total.failed > 0 ? 1 : 0;
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
