/** A flow's row is a function of its history: this one. */
import { isActive, type Attempt, type DerivedFlow } from './model';

/**
 * What a flow's attempts, in any order and with duplicates, make of its row. An active attempt shows through; otherwise
 * the newest one that succeeded or failed decides, so that a cancelled one changes no status. Figures follow the
 * attempt that decides; totals, first, last and the current attempt's ids come from all.
 */
export function deriveFlow(attempts: readonly Attempt[]): DerivedFlow {
  const all = dedupeAttempts(attempts);
  const newest = all[0];
  const active = all.find((attempt) => isActive(attempt.status));
  const ended = all.find((attempt) => attempt.status === 'SUCCESS' || attempt.status === 'FAILED');
  const settledStatus = ended === undefined ? 'NOT_STARTED' : ended.status === 'SUCCESS' ? 'DONE' : 'NEEDS_ATTENTION';
  const shown = active ?? ended;
  const current = active ?? newest;
  const started = all.map((attempt) => attempt.startedAt.getTime());
  return {
    status: active === undefined ? settledStatus : 'CONVERTING',
    settledStatus,
    databricksJobId: current === undefined || current.databricksJobId === '' ? null : current.databricksJobId,
    databricksRunId: current?.databricksRunId ?? null,
    progressPercentage: shown?.progressPercentage ?? null,
    iterations: shown?.iterations ?? null,
    validationPercentage: shown?.validationPercentage ?? null,
    conversionStartedAt: shown?.startedAt ?? null,
    conversionCompletedAt: shown?.completedAt ?? null,
    generatedNotebooks: ended?.generatedNotebooks ?? [],
    errorMessage: shown?.errorMessage ?? null,
    statusMessage: shown?.statusMessage ?? null,
    currentAttemptId: current?.attemptId ?? null,
    totalAttempts: Math.max(0, ...all.map((attempt) => attempt.attemptNumber)),
    successfulConversions: all.filter((attempt) => attempt.status === 'SUCCESS').length,
    lastAttemptAt: started.length === 0 ? null : new Date(Math.max(...started)),
    firstAttemptAt: started.length === 0 ? null : new Date(Math.min(...started)),
  };
}

/**
 * One row per attempt id, newest first. Where Delta holds a row twice, the one that ended stands, since an end never
 * changes again.
 */
export function dedupeAttempts(attempts: readonly Attempt[]): readonly Attempt[] {
  const byId = new Map<string, Attempt>();
  for (const attempt of attempts) {
    const known = byId.get(attempt.attemptId);
    if (known === undefined || rank(attempt) > rank(known)) {
      byId.set(attempt.attemptId, attempt);
    }
  }
  return [...byId.values()].sort(newestFirst);
}

/** Order of attempts for people: by number, then by id where an old system repeated a number. */
export function newestFirst(left: Attempt, right: Attempt): number {
  return right.attemptNumber - left.attemptNumber || (left.attemptId < right.attemptId ? 1 : -1);
}

function rank(attempt: Attempt): number {
  return attempt.status === 'CREATING' ? 0 : attempt.status === 'RUNNING' ? 1 : 2;
}
