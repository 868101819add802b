/** What became of a flow's processors, counted from the report that the agent may have left beside its notebooks. */
import { levelCounts, parseReport, REPORT_FILE, type ConversionReport } from '../../flows/conversionReport';
import type { NotebookStore } from '../../flows/notebookStore';
import type { CoverageState } from './protocol';

/** Null where the text is no report, or one of a form that this version does not know. */
export function parseCoverage(text: string): CoverageState | null {
  const report = parseReport(text);
  return report === null || report.processors.length === 0 ? null : levelCounts(report.processors);
}

/** Null where the attempt has no report: then there is nothing to show, and nothing is wrong. */
export async function readReport(
  notebooks: Pick<NotebookStore, 'outputPath' | 'readText'>,
  flowId: string,
  attemptId: string,
  signal: AbortSignal,
): Promise<ConversionReport | null> {
  const folder = notebooks.outputPath(flowId, attemptId).replace(/[\\/]+$/, '');
  try {
    return parseReport(await notebooks.readText(`${folder}/${REPORT_FILE}`, signal));
  } catch {
    // Most agents write none.
    return null;
  }
}

/** The counts alone; null where the attempt has no report. */
export async function readCoverage(
  notebooks: NotebookStore,
  flowId: string,
  attemptId: string,
  signal: AbortSignal,
): Promise<CoverageState | null> {
  const report = await readReport(notebooks, flowId, attemptId, signal);
  return report === null || report.processors.length === 0 ? null : levelCounts(report.processors);
}
