/** What a cycle may read and write, and what not: the rules of what may cost. */
import assert from 'node:assert/strict';
import { jobNameOf } from '../../../src/flows/ids';
import { monitorSubject, type MonitorSubject } from '../../support/contract/monitorSubject';
import { registerFlows } from '../../support/contract/samples';
import { until } from '../../support/until';

const { signal } = new AbortController();

describe('run monitor, what may cost', () => {
  let s: MonitorSubject;
  beforeEach(async () => {
    s = await monitorSubject(true);
  });
  afterEach(async () => s.dispose());

  it('runs no SQL on its timer, whatever happens', async () => {
    const [first, second] = await s.start(2);
    assert.ok(first && second);
    await s.follow();
    const before = s.client.statements;
    s.agentSays(first, 'RUNNING', 50);
    await s.nextCycle();
    assert.equal(s.monitor.live(first)?.progressPercentage, 50);
    s.agentSays(first, 'SUCCESS', 100);
    await s.nextCycle();
    assert.equal(s.ended.length, 1, 'the terminal progress file ends it, though the run is still there');
    s.monitor.setFocused(false);
    s.monitor.setFocused(true);
    await s.cycleDone();
    assert.equal(s.client.statements, before);
  });

  it('writes all ends in one batch when the last run has ended', async () => {
    const attempts = await s.start(10);
    await s.follow();
    const before = s.client.statements;
    for (const attemptId of attempts.slice(0, 9)) s.workspace.runner.endRun(attemptId, 'failed', 'broken');
    await s.nextCycle();
    assert.equal(s.ended.length, 9);
    assert.equal(s.client.statements, before);
    s.workspace.runner.endRun(attempts[9] ?? '', 'succeeded');
    await s.nextCycle();
    await until('the rows', async () => (await s.rowOf(attempts[9] ?? ''))?.status === 'SUCCESS');
    // The end's update, then the settling of the flows: two reads and one update.
    const reads = s.client.statements - before;
    assert.ok(reads >= 4 && reads <= 12, `${reads} statements`);
    const rows = await s.workspace.store.getAttempts(attempts, signal);
    assert.equal(rows.filter((row) => row.status === 'FAILED').length, 9);
    assert.deepEqual((await s.workspace.store.toReconcile(new Date(), signal)).unsettled, []);
  });

  it('wakes no stopped warehouse to write an end; whoever runs SQL next writes it', async () => {
    const [attemptId] = await s.start(1);
    assert.ok(attemptId);
    await s.follow();
    s.workspace.awake = false;
    const before = s.client.statements;
    s.workspace.runner.endRun(attemptId, 'failed', 'broken');
    await s.nextCycle();
    await s.monitor.close();
    assert.equal(s.client.statements, before);
    assert.equal(s.ended.length, 1);
    const report = await s.monitor.settle(signal);
    assert.deepEqual(report.closed, [], 'the end that was seen is written without another look');
    assert.equal((await s.rowOf(attemptId))?.errorMessage, 'broken');
  });

  it('writes at close while the warehouse runs', async () => {
    const [first, second] = await s.start(2);
    assert.ok(first && second);
    await s.follow();
    s.workspace.runner.endRun(first, 'failed', 'broken');
    await s.nextCycle();
    await s.monitor.close();
    assert.equal((await s.rowOf(first))?.status, 'FAILED');
    assert.equal((await s.rowOf(second))?.status, 'RUNNING');
  });

  it('ignores a progress file that is older than what is known', async () => {
    const [attemptId] = await s.start(1);
    assert.ok(attemptId);
    await s.follow();
    s.clock.advance(10);
    s.agentSays(attemptId, 'RUNNING', 50);
    const newer = s.workspace.notebooks.progress.get(attemptId);
    assert.ok(newer);
    await s.nextCycle();
    s.workspace.notebooks.progress.set(attemptId, {
      ...newer,
      progressPercentage: 20,
      updatedAt: new Date(newer.updatedAt.getTime() - 60_000),
    });
    await s.nextCycle();
    assert.equal(s.monitor.state.active[0]?.progressPercentage, 50);
  });
});

describe('run monitor, what is free', () => {
  let s: MonitorSubject;
  beforeEach(async () => {
    s = await monitorSubject(false);
  });
  afterEach(async () => s.dispose());

  it('reads rows only when the file has changed', async () => {
    const [attemptId] = await s.start(1);
    assert.ok(attemptId);
    await s.follow();
    await s.nextCycle();
    const before = s.client.statements;
    await s.nextCycle();
    await s.nextCycle();
    assert.equal(s.client.statements, before);
    await s.agentWrites(attemptId, 'RUNNING', 70);
    await s.nextCycle();
    assert.ok(s.client.statements > before);
    assert.equal(s.monitor.state.active[0]?.progressPercentage, 70);
  });

  it('follows what another window has started', async () => {
    await s.start(1);
    await s.follow();
    const [other] = await s.start(1);
    await s.agentWrites(other ?? '', 'RUNNING', 10);
    await s.nextCycle();
    await until('both runs', () => s.monitor.state.active.length === 2);
    await s.cycleDone();
    assert.equal(s.monitor.state.started, 2);
  });

  it('closes a start that was cut off, once it is late enough', async () => {
    const [flow] = await registerFlows(s.workspace.store, 1);
    const flowId = flow?.flowId ?? '';
    const [claim] = await s.workspace.store.claim([{ flowId, trigger: 'user', user: 'ann' }], s.clock.now(), signal);
    assert.ok(claim?.outcome === 'won');
    const { attemptId, attemptNumber, claimedAt, triggeredBy } = claim;
    await s.workspace.store.addAttempts(
      [{ attemptId, flowId, attemptNumber, jobName: jobNameOf(attemptId), startedAt: claimedAt, triggeredBy }],
      signal,
    );
    await s.follow();
    assert.equal(s.monitor.state.waiting, 1);
    s.clock.advance(13 * 60_000);
    await s.cycleDone();
    await s.nextCycle();
    await until('the end', () => s.ended.length === 1);
    assert.equal(s.ended[0]?.status, 'FAILED');
  });
});
