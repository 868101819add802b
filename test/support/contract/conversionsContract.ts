/** How conversions start, end and are mended, whatever workspace they run on. */
import assert from 'node:assert/strict';
import { Conversions, type StartResult } from '../../../src/flows/conversions';
import { AcceleratorError } from '../../../src/flows/errors';
import { jobNameOf } from '../../../src/flows/ids';
import type { Attempt } from '../../../src/flows/model';
import { Reconciler } from '../../../src/flows/reconciler';
import { Retention } from '../../../src/flows/retention';
import type { Workspace } from '../../../src/flows/workspace';
import { assertConsistent } from './invariants';
import { registerFlows } from './samples';
import type { ContractSubject, SubjectFactory } from './subject';

const MINUTE = 60_000;

export function describeConversions(name: string, factory: SubjectFactory): void {
  describe(`conversions on ${name}`, () => {
    const { signal } = new AbortController();
    let subject: ContractSubject;
    let workspace: Workspace;
    let conversions: Conversions;

    beforeEach(async () => {
      subject = await factory();
      workspace = subject.workspace;
      conversions = conversionsOf(workspace);
    });
    afterEach(async () => {
      await conversions.idle();
      await subject.dispose();
    });

    const conversionsOf = (on: Workspace): Conversions =>
      new Conversions(on, { parallelism: 3, keepLatestJobs: 3, now: subject.now });
    const reconcile = async () => new Reconciler(workspace, { now: subject.now }).reconcile(signal);
    const flows = async (count: number): Promise<readonly string[]> =>
      (await registerFlows(workspace.store, count)).map((flow) => flow.flowId);
    const one = async (): Promise<string> => {
      const [flowId] = await flows(1);
      assert.ok(flowId);
      return flowId;
    };
    const historyOf = async (flowId: string): Promise<readonly Attempt[]> =>
      workspace.store.history(flowId, { limit: 100 }, signal);
    const statusOf = async (flowId: string): Promise<string | undefined> =>
      (await workspace.store.getFlows([flowId], signal))[0]?.status;
    const started = (result: StartResult | undefined) => {
      assert.equal(result?.outcome, 'started', JSON.stringify(result));
      return result;
    };

    it('converts a flow for the first time', async () => {
      const flowId = await one();
      const result = started(await conversions.start(flowId, 'user', { signal }));
      const [row] = await historyOf(flowId);
      assert.deepEqual(
        [row?.status, row?.attemptNumber, row?.databricksJobId, row?.databricksRunId, row?.triggeredBy],
        ['RUNNING', 1, result.jobId, result.runId, 'user:ann'],
      );
      assert.equal(row?.jobName, jobNameOf(result.attemptId));
      await subject.agentEnds(result.attemptId, 'SUCCESS', ['/out/a']);
      await subject.endRun(result.attemptId, 'succeeded');
      const report = await reconcile();
      assert.deepEqual(report.settledFlowIds, [flowId]);
      const [flow] = await workspace.store.getFlows([flowId], signal);
      assert.deepEqual(
        [flow?.status, flow?.totalAttempts, flow?.successfulConversions, flow?.generatedNotebooks],
        ['DONE', 1, 1, ['/out/a']],
      );
      await assertConsistent(subject, [flowId]);
    });

    it('starts a failed flow again with a new run, and leaves the first record as it is', async () => {
      const flowId = await one();
      const first = started(await conversions.start(flowId, 'user', { signal }));
      await subject.agentEnds(first.attemptId, 'FAILED', []);
      await subject.endRun(first.attemptId, 'failed', 'exit 1');
      await reconcile();
      assert.equal(await statusOf(flowId), 'NEEDS_ATTENTION');
      const [before] = await historyOf(flowId);
      const second = started(await conversions.start(flowId, 'retry', { signal }));
      assert.notEqual(second.runId, first.runId);
      assert.notEqual(second.attemptId, first.attemptId);
      const rows = await historyOf(flowId);
      assert.deepEqual(
        rows.map((row) => [row.attemptNumber, row.triggeredBy]),
        [
          [2, 'retry:ann'],
          [1, 'user:ann'],
        ],
      );
      assert.deepEqual(rows[1], before);
    });

    it('starts many, one result for each distinct flow, and one failure stops nobody else', async () => {
      const [a, b, c] = await flows(3);
      assert.ok(a && b && c);
      const stop = subject.failCalls(
        'createJob',
        'before',
        new AcceleratorError('quotaExceeded', 'Too many jobs.'),
        (attemptId) => attemptId.startsWith(b),
      );
      const seen: number[] = [];
      const results = await conversions.startMany([a, b, 'no-such-flow', c, a], 'bulk', {
        signal,
        onProgress: ({ done, total }) => seen.push(done / total),
      });
      stop();
      assert.deepEqual(
        results.map((result) => [result.flowId, result.outcome]),
        [
          [a, 'started'],
          [b, 'failed'],
          ['no-such-flow', 'failed'],
          [c, 'started'],
        ],
      );
      assert.deepEqual(seen, [0.25, 0.5, 0.75, 1]);
      const failed = results[1];
      assert.ok(failed?.outcome === 'failed' && failed.error.reason === 'quotaExceeded');
      const unknown = results[2];
      assert.ok(unknown?.outcome === 'failed' && unknown.error.reason === 'flowNotRegistered');
      const [row] = await historyOf(b);
      assert.deepEqual([row?.status, row?.errorMessage], ['FAILED', 'Too many jobs.']);
      assert.equal(await statusOf(b), 'NEEDS_ATTENTION');
      await assertConsistent(subject, [a, b, c]);
    });

    it('tells a loser who converts the flow', async () => {
      const flowId = await one();
      const winner = started(await conversions.start(flowId, 'user', { signal }));
      const other = conversionsOf(await subject.sibling('bob'));
      const result = await other.start(flowId, 'user', { signal });
      assert.ok(result.outcome === 'lost');
      assert.deepEqual([result.by, result.attemptId], ['user:ann', winner.attemptId]);
      assert.ok(result.since);
      assert.equal((await historyOf(flowId)).length, 1);
    });

    /** 50 starters at once in five windows: exactly one converts, each loser learns who. */
    const race = async (flowId: string, attempts: number): Promise<void> => {
      const windows = await Promise.all(
        Array.from({ length: 5 }, async (_window, index) => subject.sibling(`user${index}`)),
      );
      const starters = Array.from({ length: 50 }, (_starter, index) => windows[index % windows.length]);
      const results = await Promise.all(
        starters.map(async (window) => conversionsOf(window ?? workspace).start(flowId, 'user', { signal })),
      );
      const winners = results.filter((result) => result.outcome === 'started');
      assert.equal(winners.length, 1, JSON.stringify(results.map((result) => result.outcome)));
      const rows = await historyOf(flowId);
      assert.equal(rows.length, attempts);
      for (const result of results.filter((each) => each.outcome !== 'started')) {
        assert.ok(result.outcome === 'lost', JSON.stringify(result));
        assert.deepEqual([result.attemptId, result.by], [rows[0]?.attemptId, rows[0]?.triggeredBy]);
      }
      await assertConsistent(subject, [flowId]);
    };

    it('lets exactly one of 50 starters in several windows convert a flow', async () => {
      await race(await one(), 1);
    });

    it('lets exactly one of 50 starters restart a flow whose row still says CONVERTING', async () => {
      const flowId = await one();
      const { attemptId } = started(await conversions.start(flowId, 'user', { signal }));
      await subject.agentEnds(attemptId, 'FAILED', []);
      await subject.endRun(attemptId, 'failed');
      await race(flowId, 2);
    });

    it('finds the job again whose creation lost its answer', async () => {
      const flowId = await one();
      const stop = subject.failCalls('createJob', 'after', new AcceleratorError('offline', 'The line was cut.'));
      const result = started(await conversions.start(flowId, 'user', { signal }));
      stop();
      assert.deepEqual(await subject.jobs(), [result.attemptId]);
      await assertConsistent(subject, [flowId]);
    });

    it('starts one run where the answer of the start was lost', async () => {
      const flowId = await one();
      let lost = 0;
      const stop = subject.failCalls(
        'startRun',
        'after',
        new AcceleratorError('offline', 'The line was cut.'),
        () => (lost += 1) === 1,
      );
      started(await conversions.start(flowId, 'user', { signal }));
      stop();
      assert.equal((await subject.activeRuns()).length, 1);
      await assertConsistent(subject, [flowId]);
    });

    it('stops the run whose start never came to an answer, and closes its attempt', async () => {
      const flowId = await one();
      const stop = subject.failCalls('startRun', 'after', new AcceleratorError('offline', 'The line was cut.'));
      const result = await conversions.start(flowId, 'user', { signal });
      stop();
      assert.ok(result.outcome === 'failed');
      const [row] = await historyOf(flowId);
      assert.equal(row?.status, 'FAILED');
      assert.deepEqual(await subject.activeRuns(), []);
      await assertConsistent(subject, [flowId]);
    });

    it('leaves an attempt open of which nobody knows whether it runs; reconcile adopts its run', async () => {
      const flowId = await one();
      const cut = new AcceleratorError('offline', 'The line was cut.');
      const restore = subject.failCalls('findJob', 'before', cut);
      const stop = subject.failCalls('startRun', 'after', cut);
      const result = await conversions.start(flowId, 'user', { signal });
      stop();
      restore();
      assert.ok(result.outcome === 'failed');
      assert.equal((await historyOf(flowId))[0]?.status, 'CREATING');
      subject.advance(13 * MINUTE);
      assert.deepEqual((await reconcile()).adopted, [result.attemptId]);
      assert.equal((await historyOf(flowId))[0]?.status, 'RUNNING');
      await assertConsistent(subject, [flowId]);
    });

    it('names the job that a cut-off start left without a run', async () => {
      const flowId = await one();
      const cut = new AcceleratorError('offline', 'The line was cut.');
      const restore = subject.failCalls('findJob', 'before', cut);
      const stop = subject.failCalls('startRun', 'before', cut);
      await conversions.start(flowId, 'user', { signal });
      stop();
      restore();
      subject.advance(13 * MINUTE);
      await reconcile();
      const [row] = await historyOf(flowId);
      assert.deepEqual([row?.status, row?.statusMessage], ['FAILED', 'start was cut off']);
      assert.notEqual(row?.databricksJobId, '');
      await assertConsistent(subject, [flowId]);
    });

    it('links the job of an agent that ended before its starter died, though the flow was settled meanwhile', async () => {
      const flowId = await one();
      const stop = subject.failCalls('findJob', 'before', new AcceleratorError('offline', 'The line was cut.'));
      const lost = subject.failCalls('startRun', 'after', new AcceleratorError('offline', 'The line was cut.'));
      await conversions.start(flowId, 'user', { signal });
      stop();
      lost();
      const [row] = await historyOf(flowId);
      await subject.agentEnds(row?.attemptId ?? '', 'SUCCESS', ['/out/a']);
      await subject.endRun(row?.attemptId ?? '', 'succeeded');
      await reconcile();
      assert.equal(await statusOf(flowId), 'DONE');
      assert.equal((await historyOf(flowId))[0]?.databricksJobId, '', 'its starter may still write the link');
      subject.advance(13 * MINUTE);
      await reconcile();
      const [linked] = await historyOf(flowId);
      assert.notEqual(linked?.databricksJobId, '');
      assert.notEqual(linked?.databricksRunId, null);
      assert.equal(linked?.status, 'SUCCESS');
      await assertConsistent(subject, [flowId]);
    });

    it('gives up when its deadline has passed, before it creates a job', async () => {
      const [a, b] = await flows(2);
      assert.ok(a && b);
      const slow = new Conversions(workspace, { parallelism: 1, keepLatestJobs: 3, now: subject.now });
      slow.onDidStart(() => subject.advance(11 * MINUTE));
      const results = await slow.startMany([a, b], 'bulk', { signal });
      started(results[0]);
      const late = results[1];
      assert.ok(late?.outcome === 'failed' && late.error.reason === 'deadlinePassed');
      assert.equal((await historyOf(b))[0]?.status, 'FAILED');
      assert.equal((await subject.jobs()).length, 1);
      await slow.idle();
    });

    it('stops starting when cancelled, and leaves what has started', async () => {
      const flowIds = await flows(4);
      const cancel = new AbortController();
      const serial = new Conversions(workspace, { parallelism: 1, keepLatestJobs: 3, now: subject.now });
      serial.onDidStart(() => cancel.abort());
      const results = await serial.startMany(flowIds, 'bulk', { signal: cancel.signal });
      assert.deepEqual(
        results.map((result) => result.outcome),
        ['started', 'cancelled', 'cancelled', 'cancelled'],
      );
      const statuses = await Promise.all(flowIds.map(async (flowId) => (await historyOf(flowId))[0]?.status));
      assert.deepEqual(statuses, ['RUNNING', 'CANCELLED', 'CANCELLED', 'CANCELLED']);
      assert.deepEqual(await Promise.all(flowIds.map(statusOf)), [
        'CONVERTING',
        'NOT_STARTED',
        'NOT_STARTED',
        'NOT_STARTED',
      ]);
      await assertConsistent(subject, flowIds);
      await serial.idle();
    });

    it('starts nothing when cancelled before the claim', async () => {
      const flowId = await one();
      const result = await conversions.start(flowId, 'user', { signal: AbortSignal.abort() });
      assert.equal(result.outcome, 'cancelled');
      assert.deepEqual(await historyOf(flowId), []);
      assert.equal(await statusOf(flowId), 'NOT_STARTED');
    });

    it('cancels a run and closes its attempt', async () => {
      const flowId = await one();
      const { attemptId } = started(await conversions.start(flowId, 'user', { signal }));
      assert.equal((await conversions.cancel(attemptId, signal)).outcome, 'cancelled');
      assert.equal((await historyOf(flowId))[0]?.status, 'CANCELLED');
      assert.equal(await statusOf(flowId), 'NOT_STARTED');
      assert.equal((await conversions.cancel(attemptId, signal)).outcome, 'alreadyEnded');
      await assertConsistent(subject, [flowId]);
    });

    it('leaves the end of an agent that was quicker than the cancel', async () => {
      const flowId = await one();
      const { attemptId } = started(await conversions.start(flowId, 'user', { signal }));
      await subject.agentEnds(attemptId, 'SUCCESS', ['/out/a']);
      assert.equal((await conversions.cancel(attemptId, signal)).outcome, 'alreadyEnded');
      assert.equal(await statusOf(flowId), 'DONE');
    });

    it('says that there is no such attempt', async () => {
      await assert.rejects(conversions.cancel('x_attempt_1', signal), { reason: 'notFound' });
    });

    it("closes attempts whose runs ended unseen, with the platform's reason", async () => {
      const [a, b, c] = await flows(3);
      assert.ok(a && b && c);
      const results = await conversions.startMany([a, b, c], 'bulk', { signal });
      const [first, second, third] = results.map(started);
      await subject.endRun(first?.attemptId ?? '', 'failed', 'The cluster was lost.');
      await subject.endRun(second?.attemptId ?? '', 'cancelled');
      await subject.endRun(third?.attemptId ?? '', 'succeeded');
      const report = await reconcile();
      assert.equal(report.closed.length, 3);
      const rows = await Promise.all([a, b, c].map(async (flowId) => (await historyOf(flowId))[0]));
      assert.deepEqual(
        rows.map((row) => row?.status),
        ['FAILED', 'CANCELLED', 'SUCCESS'],
      );
      assert.equal(rows[0]?.errorMessage, 'The cluster was lost.');
      await assertConsistent(subject, [a, b, c]);
    });

    it('closes a run that does not exist, and repairs nothing of one that it may not see', async () => {
      const [lost, hidden] = await flows(2);
      assert.ok(lost && hidden);
      const results = await conversions.startMany([lost, hidden], 'bulk', { signal });
      const [first, second] = results.map(started);
      await subject.loseRun(first?.attemptId ?? '');
      await subject.hideRun(second?.attemptId ?? '');
      const report = await reconcile();
      assert.deepEqual(report.closed, [first?.attemptId]);
      assert.deepEqual(
        report.left.map((left) => left.attemptId),
        [second?.attemptId],
      );
      assert.equal(await statusOf(lost), 'NEEDS_ATTENTION');
      assert.equal((await historyOf(hidden))[0]?.status, 'RUNNING');
    });

    it('learns nothing from a look that fails', async () => {
      const flowId = await one();
      const { attemptId } = started(await conversions.start(flowId, 'user', { signal }));
      const stop = subject.failCalls('lookAt', 'before', new AcceleratorError('offline', 'The line was cut.'));
      const report = await reconcile();
      stop();
      assert.deepEqual(
        report.left.map((left) => left.attemptId),
        [attemptId],
      );
      assert.equal((await historyOf(flowId))[0]?.status, 'RUNNING');
    });

    it('leaves a start alone until two minutes past its deadline', async () => {
      const flowId = await one();
      await workspace.store.claim([{ flowId, trigger: 'user', user: 'ann' }], subject.now(), signal);
      subject.advance(11.9 * MINUTE);
      const early = await reconcile();
      assert.deepEqual([early.rebuilt, early.closed, early.left.length], [[], [], 1]);
      assert.equal(await statusOf(flowId), 'CONVERTING');
      subject.advance(0.2 * MINUTE);
      const late = await reconcile();
      assert.deepEqual([late.rebuilt.length, late.closed.length], [1, 1]);
      const [row] = await historyOf(flowId);
      assert.deepEqual(
        [row?.status, row?.statusMessage, row?.triggeredBy, row?.attemptNumber],
        ['FAILED', 'start was cut off', 'user:ann', 1],
      );
      await assertConsistent(subject, [flowId]);
      started(await conversions.start(flowId, 'user', { signal }));
      await assertConsistent(subject, [flowId]);
    });

    it('keeps the latest jobs of a flow, the current one and what it does not know', async () => {
      const [flowId, other] = await flows(2);
      assert.ok(flowId && other);
      const all: string[] = [];
      for (let number = 1; number <= 5; number += 1) {
        const { attemptId } = started(await conversions.start(flowId, 'user', { signal }));
        await subject.agentEnds(attemptId, 'FAILED', []);
        await subject.endRun(attemptId, 'failed');
        await reconcile();
        all.push(attemptId);
      }
      await conversions.idle();
      assert.deepEqual(new Set(await subject.jobs()), new Set(all.slice(2)), 'a start removes what it pushes out');
      const running = started(await conversions.start(other, 'user', { signal }));
      const none = new Retention(workspace, 0);
      const plan = await none.plan(signal);
      assert.deepEqual(new Set(plan.remove.map((job) => job.attemptId)), new Set(all.slice(2, 4)));
      assert.equal((await subject.jobs()).length, 4, 'a plan removes nothing');
      const result = await none.apply(plan, signal);
      assert.equal(result.removed.length, 2);
      assert.deepEqual(new Set(await subject.jobs()), new Set([all[4], running.attemptId]));
      assert.equal((await historyOf(flowId)).length, 5, 'history stays');
    });
  });
}
