/** What became of a flow's processors, counted from the report that the agent may have left beside its notebooks. */
import { readReport, type AttemptKey } from '../../flows/attemptOutput';
import { levelCounts, type ConversionReport } from '../../flows/conversionReport';
import type { NotebookStore } from '../../flows/notebookStore';
import type { CoverageState } from './protocol';

/** Null where there is no report, or one of no processor. */
export function coverageOf(report: ConversionReport | null): CoverageState | null {
  return report === null || report.processors.length === 0 ? null : levelCounts(report.processors);
}

/** The counts of an attempt; null where it has no report. */
export async function readCoverage(
  notebooks: NotebookStore,
  attempt: AttemptKey,
  signal: AbortSignal,
): Promise<CoverageState | null> {
  return coverageOf(await readReport(notebooks, attempt, signal));
}
