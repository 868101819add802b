/** Flows that no other test has: the tables may be shared. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { ClaimResult, FlowRegistration, FlowStore, NewAttempt, WonClaim } from '../../../src/flows/flowStore';
import { flowIdOf, jobNameOf } from '../../../src/flows/ids';

export async function registerFlows(
  store: FlowStore,
  count: number,
  change: Partial<FlowRegistration> = {},
): Promise<readonly FlowRegistration[]> {
  const run = randomBytes(6).toString('hex');
  const flows = Array.from({ length: count }, (_each, index): FlowRegistration => {
    const nifiXmlPath = `/flows/${run}/flow ${index}.xml`;
    return {
      flowId: flowIdOf(nifiXmlPath),
      flowName: `Flow ${index}`,
      server: 'east',
      nifiXmlPath,
      description: null,
      ...change,
    };
  });
  const result = await store.registerFlows(flows, new AbortController().signal);
  assert.equal(result.added.length, count);
  return flows;
}

export function oneWon(results: readonly ClaimResult[]): WonClaim {
  const [result] = results;
  assert.equal(results.length, 1);
  assert.equal(result?.outcome, 'won');
  return result;
}

/** The row of history that a won claim becomes. */
export function newAttemptOf({ attemptId, flow, attemptNumber, claimedAt, triggeredBy }: WonClaim): NewAttempt {
  return {
    attemptId,
    flowId: flow.flowId,
    attemptNumber,
    jobName: jobNameOf(attemptId),
    startedAt: claimedAt,
    triggeredBy,
  };
}
