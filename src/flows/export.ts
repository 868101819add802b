/**
 * History as records that leave the product: CSV, JSON and the extension API. Names and order are the table's columns,
 * instants are ISO 8601 in UTC. Pure.
 */
import type { Attempt } from './model';

export const HISTORY_COLUMNS = [
  'attempt_id',
  'flow_id',
  'databricks_job_id',
  'databricks_run_id',
  'job_name',
  'status',
  'started_at',
  'completed_at',
  'duration_seconds',
  'progress_percentage',
  'iterations',
  'validation_percentage',
  'generated_notebooks',
  'error_message',
  'status_message',
  'attempt_number',
  'triggered_by',
] as const;
export type HistoryColumn = (typeof HISTORY_COLUMNS)[number];

/** One row of `nifi_conversion_history` as plain JSON. */
export interface HistoryRecord {
  readonly attempt_id: string;
  readonly flow_id: string;
  readonly databricks_job_id: string;
  readonly databricks_run_id: string | null;
  readonly job_name: string | null;
  readonly status: Attempt['status'];
  /** ISO 8601, UTC. */
  readonly started_at: string;
  readonly completed_at: string | null;
  readonly duration_seconds: number | null;
  readonly progress_percentage: number | null;
  readonly iterations: number | null;
  readonly validation_percentage: number | null;
  readonly generated_notebooks: readonly string[];
  readonly error_message: string | null;
  readonly status_message: string | null;
  readonly attempt_number: number;
  readonly triggered_by: string | null;
}

/** An attempt as its row. */
export function historyRecord(attempt: Attempt): HistoryRecord {
  return {
    attempt_id: attempt.attemptId,
    flow_id: attempt.flowId,
    databricks_job_id: attempt.databricksJobId,
    databricks_run_id: attempt.databricksRunId,
    job_name: attempt.jobName,
    status: attempt.status,
    started_at: attempt.startedAt.toISOString(),
    completed_at: attempt.completedAt?.toISOString() ?? null,
    duration_seconds: attempt.durationSeconds,
    progress_percentage: attempt.progressPercentage,
    iterations: attempt.iterations,
    validation_percentage: attempt.validationPercentage,
    generated_notebooks: [...attempt.generatedNotebooks],
    error_message: attempt.errorMessage,
    status_message: attempt.statusMessage,
    attempt_number: attempt.attemptNumber,
    triggered_by: attempt.triggeredBy,
  };
}

/** Starts of a cell that a spreadsheet would run as a formula. */
const FORMULA = /^[=+\-@\t\r]/;

function cell(value: string | number | readonly string[] | null): string {
  if (value === null) {
    return '';
  }
  if (typeof value === 'number') {
    return String(value);
  }
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  // An apostrophe keeps a text a text; error messages and names come from files that anyone may have written.
  const safe = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** RFC 4180 with a byte order mark, so that spreadsheets read it as UTF-8; lists as JSON in one cell. */
export function historyToCsv(attempts: readonly Attempt[]): string {
  const rows = attempts.map((attempt) => {
    const record = historyRecord(attempt);
    return HISTORY_COLUMNS.map((column) => cell(record[column])).join(',');
  });
  return `\uFEFF${[HISTORY_COLUMNS.join(','), ...rows].join('\r\n')}\r\n`;
}

/** An array of records, indented. */
export function historyToJson(attempts: readonly Attempt[]): string {
  return `${JSON.stringify(attempts.map(historyRecord), null, 2)}\n`;
}
