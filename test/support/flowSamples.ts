/** Flows and attempts for tests of what is shown; a test names only what it is about. */
import type { AttemptView, FlowView } from '../../src/flows/flowsModel';
import type { LiveAttempt } from '../../src/flows/liveAttempt';

export function flowView(changes: Partial<FlowView> = {}): FlowView {
  return {
    flowId: 'orders_ingest-0123456789ab',
    flowName: 'Orders ingest',
    server: 'prod-eu',
    nifiXmlPath: '/estate/prod-eu/orders/orders_ingest.json',
    description: null,
    priority: null,
    owner: null,
    status: 'NOT_STARTED',
    databricksJobId: null,
    databricksRunId: null,
    progressPercentage: null,
    iterations: null,
    validationPercentage: null,
    createdAt: null,
    lastUpdated: null,
    conversionStartedAt: null,
    conversionCompletedAt: null,
    generatedNotebooks: [],
    errorMessage: null,
    statusMessage: null,
    currentAttemptId: null,
    totalAttempts: 0,
    successfulConversions: 0,
    lastAttemptAt: null,
    firstAttemptAt: null,
    source: { exists: true, changedSinceLastAttempt: false },
    live: null,
    settledStatus: 'NOT_STARTED',
    ...changes,
  };
}

/** Of the flow above; it took three minutes and has ended. */
export function attemptSample(changes: Partial<AttemptView> = {}): AttemptView {
  const { attemptNumber = 1, startedAt = new Date(Date.now() - 600_000), durationSeconds = 184 } = changes;
  return {
    attemptId: `orders_ingest-0123456789ab_attempt_${1_700_000_000 + attemptNumber}`,
    flowId: 'orders_ingest-0123456789ab',
    databricksJobId: `job-${attemptNumber}`,
    databricksRunId: `5f3a91c${attemptNumber}`,
    jobName: null,
    status: 'SUCCESS',
    startedAt,
    completedAt: durationSeconds === null ? null : new Date(startedAt.getTime() + durationSeconds * 1000),
    durationSeconds,
    progressPercentage: 100,
    iterations: 2,
    validationPercentage: 100,
    generatedNotebooks: [],
    errorMessage: null,
    statusMessage: null,
    attemptNumber,
    triggeredBy: 'user:data-eng',
    live: null,
    ...changes,
  };
}

/** @param secondsAgo when it started; @param took seconds, null while it runs. */
export function attemptView(
  attemptNumber: number,
  secondsAgo: number,
  took: number | null,
  changes: Partial<AttemptView> = {},
): AttemptView {
  const startedAt = new Date(Date.now() - secondsAgo * 1000);
  return attemptSample({ attemptNumber, startedAt, durationSeconds: took, ...changes });
}

/** A run of an attempt, seen two seconds ago. */
export function liveAttempt(attempt: AttemptView, changes: Partial<LiveAttempt> = {}): LiveAttempt {
  return {
    attemptId: attempt.attemptId,
    flowId: attempt.flowId,
    attemptNumber: attempt.attemptNumber,
    triggeredBy: attempt.triggeredBy,
    jobName: null,
    jobId: attempt.databricksJobId,
    runId: attempt.databricksRunId,
    startedAt: attempt.startedAt,
    phase: 'running',
    progressPercentage: 62,
    iterations: 2,
    validationPercentage: null,
    statusMessage: 'Iteration 2: checking 02_enrich_orders',
    lastSeenAt: new Date(Date.now() - 2000),
    visible: true,
    whyNotVisible: null,
    end: null,
    ...changes,
  };
}
