/** What a tier's run amounted to, whatever tool ran it. */
import { readFileSync } from 'node:fs';
import { SaxesParser } from 'saxes';
import * as z from 'zod';

const failureSchema = z.object({ title: z.string(), message: z.string() });
/** A test (or one of its hooks) that failed, by its whole title, with the reason. */
export type Failure = z.infer<typeof failureSchema>;

const countsSchema = z.object({ passed: z.number(), failed: z.number(), skipped: z.number() });
export interface Counts extends z.infer<typeof countsSchema> {
  readonly failures: readonly Failure[];
}
const mochaReportSchema = countsSchema.extend({ failures: z.array(failureSchema) });

export const NOTHING: Counts = { passed: 0, failed: 0, skipped: 0, failures: [] };

export function sum(counts: readonly Counts[]): Counts {
  return counts.reduce(
    (total, one) => ({
      passed: total.passed + one.passed,
      failed: total.failed + one.failed,
      skipped: total.skipped + one.skipped,
      failures: [...total.failures, ...one.failures],
    }),
    NOTHING,
  );
}

/** What failed as one failure: a tool that ended badly, or that left no report. */
export function brokenRun(title: string, message: string): Counts {
  return { ...NOTHING, failed: 1, failures: [{ title, message }] };
}

/** Reads what `reporter.cjs` wrote; a run that died before it could write counts as one failure. */
export function mochaCounts(file: string, exitCode: number | null): Counts {
  const report = read(file);
  if (report === null) return brokenRun('mocha', `ended with ${exitCode} before its report`);
  return withExitCode(mochaReportSchema.parse(JSON.parse(report)), exitCode);
}

/** Reads pytest's JUnit file. */
export function pytestCounts(file: string, exitCode: number | null): Counts {
  const report = read(file);
  if (report === null) return brokenRun('pytest', `ended with ${exitCode} before its report`);
  const totals = { tests: 0, errors: 0, failures: 0, skipped: 0 };
  const failures: Failure[] = [];
  let test = '';
  const parser = new SaxesParser();
  parser.on('opentag', ({ name, attributes }) => {
    if (name === 'testsuite') {
      for (const kind of ['tests', 'errors', 'failures', 'skipped'] as const)
        totals[kind] += Number(attributes[kind] ?? 0);
    } else if (name === 'testcase') {
      test = `${attributes['classname'] ?? ''}::${attributes['name'] ?? ''}`;
    } else if (name === 'failure' || name === 'error') {
      failures.push({ title: test, message: attributes['message'] ?? '' });
    }
  });
  parser.write(report).close();
  const failed = totals.failures + totals.errors;
  const passed = Math.max(0, totals.tests - failed - totals.skipped);
  return withExitCode({ passed, failed, skipped: totals.skipped, failures }, exitCode);
}

/** A run that ends badly without a failed test (a crash, an unhandled rejection) is a failure all the same. */
function withExitCode(counts: Counts, exitCode: number | null): Counts {
  if (exitCode === 0 || counts.failed > 0) return counts;
  return sum([counts, brokenRun('the run', `ended with ${exitCode} though no test failed`)]);
}

/** Each failure with its reason's first lines: the log of a long run is often kept in part only, and its end always. */
export function failureLines(failures: readonly Failure[]): readonly string[] {
  return failures.flatMap(({ title, message }) => {
    const reason = message.split('\n').slice(0, 12);
    return [`FAILED ${title}`, ...reason.map((line) => `    ${line.slice(0, 300)}`)];
  });
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
