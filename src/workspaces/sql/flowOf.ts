/** A flow as readers see it: its row, with what its history says where the row lags. */
import { deriveFlow } from '../../flows/deriveFlow';
import type { Attempt, Flow } from '../../flows/model';
import type { FlowRow } from './rows';

/**
 * Whether the row is ahead of the history: claimed, and the attempt's row not written yet. Settling it would take the
 * claim away from its starter.
 */
export function isClaimPending(row: FlowRow, attempts: readonly Attempt[]): boolean {
  return (
    row.status === 'CONVERTING' &&
    row.currentAttemptId !== null &&
    !attempts.some((attempt) => attempt.attemptId === row.currentAttemptId)
  );
}

export function flowOf(row: FlowRow, attempts: readonly Attempt[]): Flow {
  const { statusText: _statusText, ...plain } = row;
  const derived = deriveFlow(attempts);
  if (attempts.length === 0 || isClaimPending(row, attempts)) {
    // Without history the row is all there is: never converted, just claimed, or of an old system not yet migrated.
    const settled = attempts.length > 0 || row.status === 'CONVERTING' ? derived.settledStatus : row.status;
    return {
      ...plain,
      settledStatus: settled,
      generatedNotebooks: attempts.length > 0 ? derived.generatedNotebooks : row.generatedNotebooks,
      totalAttempts: row.totalAttempts ?? derived.totalAttempts,
      successfulConversions: row.successfulConversions ?? derived.successfulConversions,
    };
  }
  return { ...plain, ...derived };
}
