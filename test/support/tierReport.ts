/** What a tier's run amounted to, whatever tool ran it. */
import { readFileSync } from 'node:fs';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export const NOTHING: Counts = { passed: 0, failed: 0, skipped: 0 };

export function sum(counts: readonly Counts[]): Counts {
  return counts.reduce(
    (total, one) => ({
      passed: total.passed + one.passed,
      failed: total.failed + one.failed,
      skipped: total.skipped + one.skipped,
    }),
    NOTHING,
  );
}

/** Reads what `reporter.cjs` wrote; a run that died before it could write counts as one failure. */
export function mochaCounts(file: string, exitCode: number | null): Counts {
  const report = read(file);
  if (report === null) return { ...NOTHING, failed: 1 };
  const counts = JSON.parse(report) as Counts;
  // A run that ends badly without a failed test (a crash, an unhandled rejection) is a failure all the same.
  return exitCode !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

/** Reads pytest's JUnit file. */
export function pytestCounts(file: string, exitCode: number | null): Counts {
  const report = read(file);
  const suite = report === null ? null : /<testsuite\s[^>]*>/.exec(report);
  if (suite === null) return { ...NOTHING, failed: 1 };
  const number = (name: string): number => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(suite[0])?.[1] ?? 0);
  const failed = number('failures') + number('errors');
  const skipped = number('skipped');
  const counts = { passed: Math.max(0, number('tests') - failed - skipped), failed, skipped };
  return exitCode !== 0 && failed === 0 ? { ...counts, failed: 1 } : counts;
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}
