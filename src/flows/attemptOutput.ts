/** What an attempt left beside its notebooks: the report and the copy of the flow. Most agents write neither. */
import { parseReport, REPORT_FILE, type ConversionReport } from './conversionReport';
import type { NotebookStore } from './notebookStore';
import { parseSourceCopy, SOURCE_FILE, type SourceCopy } from './sourceCopy';

type Output = Pick<NotebookStore, 'outputPath' | 'readText'>;

export interface AttemptKey {
  readonly flowId: string;
  readonly attemptId: string;
}

/** Null where the attempt has no report: then there is nothing to show, and nothing is wrong. */
export async function readReport(
  output: Output,
  attempt: AttemptKey,
  signal: AbortSignal,
): Promise<ConversionReport | null> {
  const text = await readBeside(output, attempt, REPORT_FILE, signal);
  return text === null ? null : parseReport(text);
}

/** The same of the copy of the flow. */
export async function readSourceCopy(
  output: Output,
  attempt: AttemptKey,
  signal: AbortSignal,
): Promise<SourceCopy | null> {
  const text = await readBeside(output, attempt, SOURCE_FILE, signal);
  return text === null ? null : parseSourceCopy(text);
}

/** Where the copy of the flow lies. */
export function sourceCopyPath(output: Output, attempt: AttemptKey): string {
  return beside(output, attempt, SOURCE_FILE);
}

async function readBeside(
  output: Output,
  attempt: AttemptKey,
  name: string,
  signal: AbortSignal,
): Promise<string | null> {
  try {
    return await output.readText(beside(output, attempt, name), signal);
  } catch {
    return null;
  }
}

function beside(output: Output, { flowId, attemptId }: AttemptKey, name: string): string {
  return `${output.outputPath(flowId, attemptId).replace(/[\\/]+$/, '')}/${name}`;
}
