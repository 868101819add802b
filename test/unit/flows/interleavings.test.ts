/** What comes between two awaits: ends, starts and cancels while something else is being read. */
import assert from 'node:assert/strict';
import { AcceleratorError } from '../../../src/flows/errors';
import { FlowsModel } from '../../../src/flows/flowsModel';
import { startedAttemptOf } from '../../../src/flows/liveAttempt';
import { monitorSubject, type MonitorSubject } from '../../support/contract/monitorSubject';
import { registerFlows } from '../../support/contract/samples';
import { until } from '../../support/until';

const { signal } = new AbortController();

/** Something that a call waits for, and that tells when the call has come. */
function gate(): { readonly reached: Promise<void>; readonly pass: () => Promise<void>; readonly open: () => void } {
  let reach: () => void = () => undefined;
  let open: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => (reach = resolve));
  const opened = new Promise<void>((resolve) => (open = resolve));
  return {
    reached,
    pass: async () => {
      reach();
      await opened;
    },
    open,
  };
}

for (const paid of [true, false]) {
  describe(`interleavings where reading ${paid ? 'costs money' : 'is free'}`, () => {
    let s: MonitorSubject;
    let model: FlowsModel;
    beforeEach(async () => {
      s = await monitorSubject(paid);
      model = new FlowsModel(s.workspace, s.monitor, { clock: s.clock });
    });
    afterEach(async () => {
      model.dispose();
      await s.dispose();
    });

    const kind = (): string => model.loadState.kind;

    /** Holds the next reading of sources, which comes after the flows were read. */
    const holdReading = (): ReturnType<typeof gate> => {
      const held = gate();
      const read = s.workspace.sourceStates.bind(s.workspace);
      s.workspace.sourceStates = async (flowIds) => {
        s.workspace.sourceStates = read;
        await held.pass();
        return read(flowIds);
      };
      return held;
    };

    it('a cancel ends its own waiting, and the reading only where nobody else waits', async () => {
      await registerFlows(s.workspace.store, 1);
      const [first, second] = [new AbortController(), new AbortController()];
      const held = holdReading();
      const waits = [model.load(first.signal), model.load(second.signal)] as const;
      await held.reached;
      first.abort();
      await assert.rejects(waits[0], { reason: 'cancelled' });
      assert.equal(kind(), 'loading');
      held.open();
      await waits[1];
      assert.equal(model.flows().length, 1);

      const again = holdReading();
      const alone = new AbortController();
      const wait = model.load(alone.signal);
      await again.reached;
      alone.abort();
      await assert.rejects(wait, { reason: 'cancelled' });
      again.open();
      await model.load(signal);
      await assert.rejects(model.load(alone.signal), { reason: 'cancelled' });
      assert.equal(kind(), 'ready');
    });

    it('leaves no state of loading behind when a new try after a failure is cancelled', async () => {
      await registerFlows(s.workspace.store, 1);
      await model.load(signal);
      s.workspace.sourceStates = async () => Promise.reject(new AcceleratorError('offline', 'Not there.'));
      await assert.rejects(model.refresh(signal), { reason: 'offline' });
      const held = gate();
      s.workspace.sourceStates = async () => {
        await held.pass();
        throw new AcceleratorError('cancelled', 'Cancelled.');
      };
      const abort = new AbortController();
      const wait = model.refresh(abort.signal);
      await held.reached;
      abort.abort();
      held.open();
      await assert.rejects(wait, { reason: 'cancelled' });
      await until('the earlier state', () => model.loadState.kind === 'failed');
    });

    it('shows an end that comes while everything is read', async () => {
      const [attemptId] = await s.start(1);
      assert.ok(attemptId);
      await model.load(signal);
      await s.cycleDone();
      const held = holdReading();
      const reading = model.refresh(signal);
      await held.reached;
      await s.agent(attemptId, 'FAILED', 40);
      s.workspace.runner.endRun(attemptId, 'failed');
      await s.nextCycle();
      await until('the end', () => model.flows()[0]?.status === 'NEEDS_ATTENTION');
      held.open();
      await reading;
      const [flow] = model.flows();
      assert.deepEqual([flow?.status, flow?.errorMessage], ['NEEDS_ATTENTION', 'line 3, column 7']);
    });

    it('tells an end once, though an older list of active attempts comes after it', async () => {
      const [attemptId] = await s.start(1);
      assert.ok(attemptId);
      const older = (await s.workspace.store.activeAttempts(signal)).map(startedAttemptOf);
      await s.follow();
      await s.agent(attemptId, 'SUCCESS', 100);
      s.workspace.runner.endRun(attemptId, 'succeeded');
      await s.nextCycle();
      await model.load(signal);
      s.monitor.follow(older);
      assert.deepEqual(s.monitor.state.active, []);
      assert.equal(s.ended.length, 1);
      assert.equal(model.flows()[0]?.status, 'DONE');
    });

    it('lets go of a start that was given up without a run', async () => {
      const [flow] = await registerFlows(s.workspace.store, 1);
      assert.ok(flow);
      const { store } = s.workspace;
      const [claim] = await store.claim([{ flowId: flow.flowId, trigger: 'user', user: 'ann' }], s.clock.now(), signal);
      assert.ok(claim?.outcome === 'won');
      const { attemptId, attemptNumber, claimedAt: startedAt, triggeredBy } = claim;
      const ids = { attemptId, flowId: flow.flowId };
      await store.addAttempts([{ ...ids, attemptNumber, jobName: 'a job', startedAt, triggeredBy }], signal);
      await model.load(signal);
      await s.cycleDone();
      assert.equal(s.monitor.state.waiting, 1);
      // By this very connection, which for SQLite is no news.
      const closed = { completedAt: s.clock.now(), errorMessage: 'The start failed.', statusMessage: null };
      await store.closeAttempts([{ ...ids, ...closed, status: 'FAILED' }], signal);
      if (paid) {
        await model.refresh(signal);
      } else {
        await s.nextCycle();
      }
      assert.deepEqual(s.monitor.state.active, []);
      assert.deepEqual(
        s.ended.map((end) => [end.status, end.errorMessage]),
        [['FAILED', 'The start failed.']],
      );
      assert.deepEqual(s.clock.waits(), []);
    });

    it('tells the other ends where one of them cannot be read', async () => {
      const [broken, sound] = await s.start(2);
      assert.ok(broken && sound);
      await s.follow();
      const { runner } = s.workspace;
      const failureOf = runner.failureOf.bind(runner);
      runner.failureOf = async (run, ...rest) => {
        if (run.attemptId === broken) throw new AcceleratorError('noPermission', 'The run cannot be read.');
        return failureOf(run, ...rest);
      };
      runner.endRun(broken, 'failed', 'broken');
      runner.endRun(sound, 'failed', 'too');
      await s.nextCycle();
      assert.deepEqual(
        s.ended.map((end) => end.attemptId),
        [sound],
      );
      runner.failureOf = failureOf;
      await s.nextCycle();
      assert.deepEqual(
        s.ended.map((end) => end.attemptId),
        [sound, broken],
      );
    });
  });
}
