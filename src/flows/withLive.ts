/** Rows with what is known beyond them laid over: the newest live state counts until the row was read again. */
import type { AttemptView } from './flowsModel';
import type { LiveAttempt } from './liveAttempt';
import { isActive, type Attempt, type Flow, type SettledFlowStatus } from './model';

/** The flow as one attempt more makes it; attempts come oldest first. */
export function withLiveFlow(flow: Flow, live: LiveAttempt): Flow {
  if (live.attemptNumber < flow.totalAttempts) {
    return flow;
  }
  const { end } = live;
  const common = {
    ...flow,
    currentAttemptId: live.attemptId,
    totalAttempts: live.attemptNumber,
    databricksJobId: live.jobId === '' ? flow.databricksJobId : live.jobId,
    databricksRunId: live.runId ?? flow.databricksRunId,
    lastAttemptAt: live.startedAt,
    firstAttemptAt: flow.firstAttemptAt ?? live.startedAt,
  };
  if (end === null) {
    return {
      ...common,
      status: 'CONVERTING',
      progressPercentage: live.progressPercentage ?? 0,
      iterations: live.iterations,
      validationPercentage: live.validationPercentage,
      statusMessage: live.statusMessage,
      errorMessage: null,
      conversionStartedAt: live.startedAt,
      conversionCompletedAt: null,
    };
  }
  if (end.status === 'CANCELLED') {
    return { ...common, status: flow.settledStatus };
  }
  const status: SettledFlowStatus = end.status === 'SUCCESS' ? 'DONE' : 'NEEDS_ATTENTION';
  return {
    ...common,
    status,
    settledStatus: status,
    progressPercentage: live.progressPercentage,
    iterations: live.iterations,
    validationPercentage: live.validationPercentage,
    statusMessage: live.statusMessage,
    errorMessage: end.errorMessage,
    conversionStartedAt: live.startedAt,
    conversionCompletedAt: end.completedAt,
    generatedNotebooks: end.generatedNotebooks,
    successfulConversions: flow.successfulConversions + (end.status === 'SUCCESS' && !counted(flow, live) ? 1 : 0),
  };
}

/** A flow that was read as ended already has this attempt in its totals. */
function counted(flow: Flow, live: LiveAttempt): boolean {
  return flow.currentAttemptId === live.attemptId && flow.status !== 'CONVERTING';
}

export function withLiveAttempt(attempt: Attempt, live: LiveAttempt | null): AttemptView {
  if (live === null || !isActive(attempt.status)) {
    return { ...attempt, live: null };
  }
  const { end } = live;
  const common = {
    ...attempt,
    live,
    databricksJobId: live.jobId === '' ? attempt.databricksJobId : live.jobId,
    databricksRunId: live.runId ?? attempt.databricksRunId,
    progressPercentage: live.progressPercentage ?? attempt.progressPercentage,
    iterations: live.iterations ?? attempt.iterations,
    validationPercentage: live.validationPercentage ?? attempt.validationPercentage,
    statusMessage: live.statusMessage ?? attempt.statusMessage,
  };
  if (end === null) {
    return common;
  }
  return {
    ...common,
    status: end.status,
    completedAt: end.completedAt,
    durationSeconds: Math.max(0, Math.floor((end.completedAt.getTime() - attempt.startedAt.getTime()) / 1000)),
    errorMessage: end.errorMessage,
    generatedNotebooks: end.generatedNotebooks.length > 0 ? end.generatedNotebooks : attempt.generatedNotebooks,
  };
}
