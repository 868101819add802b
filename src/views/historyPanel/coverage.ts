/** What became of a flow's processors, counted from the report that the agent may have left beside its notebooks. */
import * as z from 'zod/mini';
import type { NotebookStore } from '../../flows/notebookStore';
import type { CoverageState } from './protocol';

export const REPORT_FILE = 'conversion_report.json';

const LEVELS = { converted: 'converted', assisted: 'assisted', manual: 'manual', not_needed: 'notNeeded' } as const;

const reportSchema = z.object({
  processors: z.array(z.object({ level: z.enum(['converted', 'assisted', 'manual', 'not_needed']) })),
});

/** Null where the text is no report, or one of a form that this version does not know. */
export function parseCoverage(text: string): CoverageState | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const report = reportSchema.safeParse(value);
  if (!report.success || report.data.processors.length === 0) {
    return null;
  }
  const counts = { converted: 0, assisted: 0, manual: 0, notNeeded: 0 };
  for (const { level } of report.data.processors) {
    counts[LEVELS[level]] += 1;
  }
  return counts;
}

/** Null where the attempt has no report: then there is nothing to show, and nothing is wrong. */
export async function readCoverage(
  notebooks: NotebookStore,
  flowId: string,
  attemptId: string,
  signal: AbortSignal,
): Promise<CoverageState | null> {
  const folder = notebooks.outputPath(flowId, attemptId).replace(/[\\/]+$/, '');
  try {
    return parseCoverage(await notebooks.readText(`${folder}/${REPORT_FILE}`, signal));
  } catch {
    // Most agents write none.
    return null;
  }
}
