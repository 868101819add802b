/** Several processes on one SQLite file, and processes that die between any two writes. */
import assert from 'node:assert/strict';
import { Conversions } from '../../src/flows/conversions';
import { Reconciler } from '../../src/flows/reconciler';
import { ABANDONED_AFTER_MS } from '../../src/flows/timing';
import { assertConsistent } from '../support/contract/invariants';
import { readyStarter, type StarterOutcome } from '../support/contract/runStarter';
import { registerFlows } from '../support/contract/samples';
import { sqliteSubject, type SqliteSubject } from '../support/contract/sqliteSubject';
import type { StarterOrder } from '../support/contract/starter';

/** More steps than any start has: the crash tests must reach the end before this. */
const MANY = 60;

describe('processes on one SQLite file', function () {
  this.timeout(240_000);
  const { signal } = new AbortController();
  let subject: SqliteSubject;

  beforeEach(async () => {
    subject = await sqliteSubject();
  });
  afterEach(async () => subject.dispose());

  const flows = async (count: number): Promise<readonly string[]> =>
    (await registerFlows(subject.workspace.store, count)).map((flow) => flow.flowId);

  const run = async (flowIds: readonly string[], change: Partial<StarterOrder>): Promise<StarterOutcome> => {
    const starter = await readyStarter();
    return starter.go(orderFor(flowIds, change));
  };
  const orderFor = (flowIds: readonly string[], change: Partial<StarterOrder>): StarterOrder => ({
    file: subject.file,
    folder: subject.folder,
    flowIds: [...flowIds],
    user: 'ann',
    starters: 1,
    killAfterStep: null,
    work: 'start',
    clockAhead: 0,
    ...change,
  });

  it('lets exactly one of 50 starters in five processes convert each of two flows', async () => {
    const flowIds = await flows(2);
    const starters = await Promise.all(Array.from({ length: 5 }, readyStarter));
    const outcomes = await Promise.all(
      starters.map(async (starter, index) => starter.go(orderFor(flowIds, { starters: 10, user: `user${index}` }))),
    );
    const results = outcomes.flatMap((outcome) => outcome.answer?.answers ?? []);
    assert.equal(results.length, 100);
    for (const flowId of flowIds) {
      const own = results.filter((result) => result['flowId'] === flowId);
      const [row, ...others] = await subject.workspace.store.history(flowId, { limit: 100 }, signal);
      assert.equal(others.length, 0);
      const winners = own.filter((result) => result['outcome'] === 'started');
      assert.deepEqual(
        winners.map((result) => result['attemptId']),
        [row?.attemptId],
      );
      const losers = own.filter((result) => result['outcome'] === 'lost');
      assert.equal(losers.length, 49);
      for (const loser of losers) {
        assert.deepEqual([loser['attemptId'], loser['by']], [row?.attemptId, row?.triggeredBy]);
      }
    }
    await assertConsistent(subject, flowIds);
  });

  /** Kills a process after each of its writes in turn; what it leaves must be mended by a reconcile. */
  const killAtEachStep = async (
    prepare: () => Promise<readonly string[]>,
    work: Partial<StarterOrder>,
    check: (flowIds: readonly string[]) => Promise<void>,
  ): Promise<number> => {
    for (let step = 0; step < MANY; step += 1) {
      const flowIds = await prepare();
      const outcome = await run(flowIds, { ...work, killAfterStep: step });
      try {
        await check(flowIds);
      } catch (error) {
        throw new Error(`killed after step ${step}: ${error instanceof Error ? error.message : String(error)}`, {
          cause: error,
        });
      }
      if (!outcome.killed) {
        return step;
      }
    }
    throw new Error('the steps have no end');
  };

  const reconcileLater = async (): Promise<void> => {
    subject.advance(ABANDONED_AFTER_MS + 1_000);
    await new Reconciler(subject.workspace, { now: subject.now }).reconcile(signal);
  };

  /** After the repair every flow can be converted to its end: nothing is stuck. */
  const assertGoesOn = async (flowIds: readonly string[]): Promise<void> => {
    await assertConsistent(subject, flowIds);
    const conversions = new Conversions(subject.workspace, { parallelism: 2, keepLatestJobs: 3, now: subject.now });
    for (const flowId of flowIds) {
      const [flow] = await subject.workspace.store.getFlows([flowId], signal);
      if (flow?.status === 'CONVERTING' && flow.currentAttemptId !== null) {
        await subject.endRun(flow.currentAttemptId, 'succeeded');
      }
    }
    await new Reconciler(subject.workspace, { now: subject.now }).reconcile(signal);
    await assertConsistent(subject, flowIds);
    const results = await conversions.startMany(flowIds, 'retry', { signal });
    assert.deepEqual(
      results.map((result) => result.outcome),
      flowIds.map(() => 'started'),
    );
    await assertConsistent(subject, flowIds);
    for (const result of results) {
      if (result.outcome === 'started') await subject.endRun(result.attemptId, 'succeeded');
    }
    await new Reconciler(subject.workspace, { now: subject.now }).reconcile(signal);
    await conversions.idle();
    await assertConsistent(subject, flowIds);
  };

  it('mends a start of one that was killed between any two writes', async () => {
    const steps = await killAtEachStep(
      () => flows(1),
      {},
      async (flowIds) => {
        await reconcileLater();
        await assertGoesOn(flowIds);
      },
    );
    // Claim, history row, job, run, and the link's two statements.
    assert.equal(steps, 6);
  });

  it('mends a start of three that was killed between any two writes', async () => {
    const steps = await killAtEachStep(
      () => flows(3),
      {},
      async (flowIds) => {
        await reconcileLater();
        await assertGoesOn(flowIds);
      },
    );
    assert.equal(steps, 1 + 1 + 3 + 3 + 2);
  });

  it('mends a quick agent that ended before a killed starter could link its run', async () => {
    await killAtEachStep(
      () => flows(1),
      {},
      async (flowIds) => {
        const [attemptId] = await subject.activeRuns();
        if (attemptId !== undefined) {
          await subject.agentEnds(attemptId, 'SUCCESS', ['/out/a']);
          await subject.endRun(attemptId, 'succeeded');
        }
        await reconcileLater();
        await assertConsistent(subject, flowIds);
        if (attemptId !== undefined) {
          const [row] = await subject.workspace.store.getAttempts([attemptId], signal);
          assert.equal(row?.status, 'SUCCESS');
          assert.ok(row.databricksRunId, 'the row does not name its run');
        }
      },
    );
  });

  it('mends a cancel that was killed between any two writes', async () => {
    const prepare = async (): Promise<readonly string[]> => {
      const flowIds = await flows(1);
      await run(flowIds, {});
      return flowIds;
    };
    await killAtEachStep(prepare, { work: 'cancel' }, async (flowIds) => {
      await new Reconciler(subject.workspace, { now: subject.now }).reconcile(signal);
      await assertConsistent(subject, flowIds);
      const [row] = await subject.workspace.store.history(flowIds[0] ?? '', { limit: 1 }, signal);
      assert.equal(row?.status, 'CANCELLED');
    });
  });

  it('mends a reconcile that was killed between any two writes', async () => {
    const prepare = async (): Promise<readonly string[]> => {
      const [cutOff, ended] = await flows(2);
      assert.ok(cutOff && ended);
      // One flow whose start was cut off after the claim, one whose run ended unseen.
      await run([cutOff], { killAfterStep: 0 });
      await run([ended], {});
      const [flow] = await subject.workspace.store.getFlows([ended], signal);
      await subject.endRun(flow?.currentAttemptId ?? '', 'failed', 'lost');
      return [cutOff, ended];
    };
    await killAtEachStep(prepare, { work: 'reconcile', clockAhead: 13 }, async (flowIds) => {
      await reconcileLater();
      await assertConsistent(subject, flowIds);
    });
  });

  it('two reconciles at once do no harm', async () => {
    const flowIds = await flows(3);
    await run(flowIds, { killAfterStep: 6 });
    subject.advance(ABANDONED_AFTER_MS + 1_000);
    const sibling = await subject.sibling('bob');
    await Promise.all(
      [subject.workspace, sibling].map(async (workspace) =>
        new Reconciler(workspace, { now: subject.now }).reconcile(signal),
      ),
    );
    await assertGoesOn(flowIds);
  });
});
