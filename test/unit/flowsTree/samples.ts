/** Flows and attempts at a fixed moment, for tests of the tree. */
import type { AttemptView, FlowView } from '../../../src/flows/flowsModel';
import type { LiveAttempt } from '../../../src/flows/liveAttempt';
import { attemptSample, flowView, liveAttempt } from '../../support/flowSamples';

export const NOW = new Date('2026-03-02T12:00:00Z');
const FLOW = 'orders-1';

export function minutesAgo(minutes: number): Date {
  return new Date(NOW.getTime() - minutes * 60_000);
}

export function sampleFlow(parts: Partial<FlowView> = {}): FlowView {
  return flowView({ flowId: FLOW, nifiXmlPath: '/flows/prod-eu/orders.xml', ...parts });
}

export function sampleAttempt(parts: Partial<AttemptView> = {}): AttemptView {
  return attemptSample({
    attemptId: `${FLOW}_attempt_1772452000`,
    flowId: FLOW,
    databricksJobId: '1',
    databricksRunId: '2',
    startedAt: minutesAgo(10),
    completedAt: minutesAgo(7),
    iterations: 1,
    validationPercentage: null,
    generatedNotebooks: ['/out/01_read.py'],
    triggeredBy: 'user:ann',
    ...parts,
  });
}

export function sampleLive(parts: Partial<LiveAttempt> = {}): LiveAttempt {
  const attempt = sampleAttempt({ startedAt: minutesAgo(2) });
  return liveAttempt(attempt, { iterations: null, statusMessage: 'Reading', lastSeenAt: minutesAgo(0), ...parts });
}
