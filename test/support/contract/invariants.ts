/** What must hold after every reconcile, whatever was cut off before it. */
import assert from 'node:assert/strict';
import { isActive } from '../../../src/flows/model';
import type { ContractSubject } from './subject';

/** No attempt active without a run, no run without an attempt, no flow stuck, numbers without gap or repeat. */
export async function assertConsistent(subject: ContractSubject, flowIds: readonly string[]): Promise<void> {
  const { store } = subject.workspace;
  const { signal } = new AbortController();
  const running = new Set(await subject.activeRuns());
  const jobs = await subject.jobs();
  assert.equal(new Set(jobs).size, jobs.length, 'an attempt has two jobs');
  for (const flow of await store.getFlows(flowIds, signal)) {
    const attempts = await store.history(flow.flowId, { limit: 1000 }, signal);
    const active = attempts.filter((attempt) => isActive(attempt.status));
    for (const attempt of active) {
      assert.ok(running.has(attempt.attemptId), `${attempt.attemptId} is active without a run`);
      assert.ok(attempt.databricksRunId, `${attempt.attemptId} does not name its run`);
    }
    assert.ok(active.length <= 1, `${flow.flowId} has two active attempts`);
    assert.equal(flow.status === 'CONVERTING', active.length === 1, `${flow.flowId} is stuck as ${flow.status}`);
    assert.deepEqual(
      attempts.map((attempt) => attempt.attemptNumber),
      attempts.map((_attempt, index) => attempts.length - index),
      'attempt numbers have a gap or a repeat',
    );
    assert.equal(flow.totalAttempts, attempts.length);
    const known = new Set(active.map((attempt) => attempt.attemptId));
    const ofFlow = [...running].filter((attemptId) => attemptId.startsWith(`${flow.flowId}_attempt_`));
    assert.deepEqual(
      ofFlow.filter((attemptId) => !known.has(attemptId)),
      [],
      'a run has no active attempt',
    );
  }
  const ours = new Set(flowIds);
  const unsettled = (await store.toReconcile(new Date(), signal)).unsettled.filter((flow) => ours.has(flow.flowId));
  assert.deepEqual(
    unsettled.map((flow) => flow.flowId),
    [],
    'rows still lag',
  );
}
