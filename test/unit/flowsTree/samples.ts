/** Flows and attempts for tests of what is shown; a test names only what it is about. */
import type { AttemptView, FlowView } from '../../../src/flows/flowsModel';
import type { LiveAttempt } from '../../../src/flows/liveAttempt';

export const NOW = new Date('2026-03-02T12:00:00Z');

export function minutesAgo(minutes: number): Date {
  return new Date(NOW.getTime() - minutes * 60_000);
}

export function sampleFlow(parts: Partial<FlowView> = {}): FlowView {
  return {
    flowId: 'orders-1',
    flowName: 'Orders ingest',
    server: 'prod-eu',
    nifiXmlPath: '/flows/prod-eu/orders.xml',
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
    settledStatus: 'NOT_STARTED',
    totalAttempts: 0,
    successfulConversions: 0,
    lastAttemptAt: null,
    firstAttemptAt: null,
    source: { exists: true, changedSinceLastAttempt: false },
    live: null,
    ...parts,
  };
}

export function sampleLive(parts: Partial<LiveAttempt> = {}): LiveAttempt {
  return {
    attemptId: 'orders-1_attempt_1772452000',
    flowId: 'orders-1',
    attemptNumber: 1,
    triggeredBy: 'user:ann',
    jobName: 'job',
    jobId: '1',
    runId: '2',
    startedAt: minutesAgo(2),
    phase: 'running',
    progressPercentage: 62,
    iterations: null,
    validationPercentage: null,
    statusMessage: 'Reading',
    lastSeenAt: minutesAgo(0),
    visible: true,
    whyNotVisible: null,
    end: null,
    ...parts,
  };
}

export function sampleAttempt(parts: Partial<AttemptView> = {}): AttemptView {
  return {
    attemptId: 'orders-1_attempt_1772452000',
    flowId: 'orders-1',
    databricksJobId: '1',
    databricksRunId: '2',
    jobName: 'NiFi conversion orders-1_attempt_1772452000',
    status: 'SUCCESS',
    startedAt: minutesAgo(10),
    completedAt: minutesAgo(7),
    durationSeconds: 184,
    progressPercentage: 100,
    iterations: 1,
    validationPercentage: null,
    generatedNotebooks: ['/out/01_read.py'],
    errorMessage: null,
    statusMessage: null,
    attemptNumber: 1,
    triggeredBy: 'user:ann',
    live: null,
    ...parts,
  };
}
