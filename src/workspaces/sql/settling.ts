/** Settling: a flow's row becomes what its history says. */
import { deriveFlow } from '../../flows/deriveFlow';
import type { DerivedFlow } from '../../flows/model';
import { asRead, stillAsRead } from './asRead';
import type { TextRow } from './dialect';
import { isClaimPending } from './flowOf';
import type { FlowRow } from './rows';
import type { Tables } from './tables';

/** Writes each flow's row as its history says, where it does not say so yet. */
export async function settleFlows(tables: Tables, flowIds: readonly string[], signal: AbortSignal): Promise<void> {
  const distinct = [...new Set(flowIds)];
  // The rows first: what is derived from the attempts is then never older than the row that it replaces.
  const rows = await tables.flowRows(distinct, signal);
  const attempts = await tables.attemptsByFlow(distinct, signal);
  const changes = rows.flatMap((row): TextRow[] => {
    const own = attempts.get(row.flowId) ?? [];
    if (own.length === 0 || isClaimPending(row, own)) {
      return [];
    }
    const derived = deriveFlow(own);
    return isSettled(row, derived) ? [] : [settledRow(row, derived)];
  });
  const { dialect } = tables;
  await tables.update(
    tables.flows,
    'flow_id',
    changes,
    (given) => ({
      set: {
        status: given('status'),
        databricks_job_id: given('databricks_job_id'),
        databricks_run_id: given('databricks_run_id'),
        progress_percentage: dialect.typedParameter(given('progress_percentage'), 'INT'),
        iterations: dialect.typedParameter(given('iterations'), 'INT'),
        validation_percentage: dialect.typedParameter(given('validation_percentage'), 'INT'),
        conversion_started_at: dialect.timestampParameter(given('conversion_started_at')),
        conversion_completed_at: dialect.timestampParameter(given('conversion_completed_at')),
        generated_notebooks: dialect.arrayParameter(given('generated_notebooks')),
        error_message: given('error_message'),
        status_message: given('status_message'),
        current_attempt_id: given('current_attempt_id'),
        total_attempts: dialect.typedParameter(given('total_attempts'), 'INT'),
        successful_conversions: dialect.typedParameter(given('successful_conversions'), 'INT'),
        last_attempt_at: dialect.timestampParameter(given('last_attempt_at')),
        first_attempt_at: dialect.timestampParameter(given('first_attempt_at')),
        last_updated: dialect.now,
      },
      // A claim or another settling in between has the newer word.
      where: stillAsRead(dialect, given),
    }),
    signal,
  );
}

const iso = (date: Date | null): string | null => date?.toISOString() ?? null;
const int = (value: number | null): string | null => (value === null ? null : String(value));

function settledRow(row: FlowRow, derived: DerivedFlow): TextRow {
  return {
    flow_id: row.flowId,
    ...asRead(row),
    ...derivedColumns(derived),
  };
}

function derivedColumns(derived: Omit<DerivedFlow, 'settledStatus'>): TextRow {
  return {
    status: derived.status,
    databricks_job_id: derived.databricksJobId,
    databricks_run_id: derived.databricksRunId,
    progress_percentage: int(derived.progressPercentage),
    iterations: int(derived.iterations),
    validation_percentage: int(derived.validationPercentage),
    conversion_started_at: iso(derived.conversionStartedAt),
    conversion_completed_at: iso(derived.conversionCompletedAt),
    generated_notebooks: derived.generatedNotebooks.length === 0 ? null : JSON.stringify(derived.generatedNotebooks),
    error_message: derived.errorMessage,
    status_message: derived.statusMessage,
    current_attempt_id: derived.currentAttemptId,
    total_attempts: String(derived.totalAttempts),
    successful_conversions: String(derived.successfulConversions),
    last_attempt_at: iso(derived.lastAttemptAt),
    first_attempt_at: iso(derived.firstAttemptAt),
  };
}

/** Whether the row already says what its history says: then nothing is written. */
function isSettled(row: FlowRow, derived: DerivedFlow): boolean {
  const written = derivedColumns({
    ...row,
    totalAttempts: row.totalAttempts ?? -1,
    successfulConversions: row.successfulConversions ?? -1,
  });
  const wanted = derivedColumns(derived);
  return row.statusText === row.status && Object.keys(wanted).every((column) => written[column] === wanted[column]);
}
