import assert from 'node:assert/strict';
import { AcceleratorError } from '../../../src/flows/errors';
import { FlowsModel } from '../../../src/flows/flowsModel';
import { startedAttemptOf } from '../../../src/flows/liveAttempt';
import { monitorSubject, type MonitorSubject } from '../../support/contract/monitorSubject';
import { until } from '../../support/until';

const { signal } = new AbortController();

for (const paid of [true, false]) {
  describe(`run monitor where reading ${paid ? 'costs money' : 'is free'}`, () => {
    let s: MonitorSubject;
    beforeEach(async () => {
      s = await monitorSubject(paid);
    });
    afterEach(async () => s.dispose());

    it('does nothing while nothing is active', () => {
      s.monitor.poke();
      s.monitor.setFocused(false);
      s.monitor.setFocused(true);
      assert.deepEqual(s.clock.waits(), []);
      assert.equal(s.client.statements, 0);
      assert.equal(s.looks(), 0);
    });

    it('asks for all runs in one look each cycle, and stops when nothing is active', async () => {
      const attempts = await s.start(3);
      await s.follow();
      assert.equal(s.looks(), 1);
      await s.nextCycle();
      assert.equal(s.looks(), 2);
      for (const attemptId of attempts) {
        await s.agent(attemptId, 'SUCCESS', 100);
        s.workspace.runner.endRun(attemptId, 'succeeded');
      }
      await s.nextCycle();
      assert.equal(s.monitor.state.active.length, 0);
      assert.deepEqual(s.clock.waits(), []);
      assert.deepEqual(
        s.ended.map((end) => [end.status, end.generatedNotebooks.join()]),
        [
          ['SUCCESS', '/out/a'],
          ['SUCCESS', '/out/a'],
          ['SUCCESS', '/out/a'],
        ],
      );
      assert.deepEqual(
        [s.monitor.state.started, s.monitor.state.ended, s.monitor.state.overallPercentage],
        [3, 3, 100],
      );
    });

    it('shows progress and counts what waits', async () => {
      const [first, second] = await s.start(2);
      assert.ok(first && second);
      await s.agent(first, 'RUNNING', 60);
      await s.follow();
      await s.nextCycle();
      const { active, overallPercentage, waiting } = s.monitor.state;
      assert.equal(active.find((live) => live.attemptId === first)?.progressPercentage, 60);
      assert.equal(overallPercentage, 30);
      assert.equal(waiting, 0);
    });

    it('tells each end once, and a view of it agrees with the row later', async () => {
      const [attemptId] = await s.start(1);
      assert.ok(attemptId);
      const model = new FlowsModel(s.workspace, s.monitor, { clock: s.clock });
      await model.load(signal);
      await s.cycleDone();
      assert.equal(model.flows()[0]?.status, 'CONVERTING');
      await s.agent(attemptId, 'FAILED', 40);
      s.workspace.runner.endRun(attemptId, 'failed');
      await s.nextCycle();
      assert.deepEqual(
        s.ended.map((end) => [end.attemptId, end.status, end.errorMessage]),
        [[attemptId, 'FAILED', 'line 3, column 7']],
      );
      await until('the ended flow', () => model.flows()[0]?.status === 'NEEDS_ATTENTION');
      const shown = model.flows()[0];
      await model.refresh(signal);
      const read = model.flows()[0];
      for (const key of [
        'status',
        'settledStatus',
        'errorMessage',
        'totalAttempts',
        'successfulConversions',
      ] as const) {
        assert.equal(read?.[key], shown?.[key], key);
      }
      assert.equal(read?.live, null);
      model.dispose();
    });

    it('closes what ended without the agent having said so', async () => {
      const [attemptId] = await s.start(1);
      assert.ok(attemptId);
      await s.follow();
      s.workspace.runner.endRun(attemptId, 'failed', 'The process was killed.');
      await s.nextCycle();
      assert.deepEqual(
        s.ended.map((end) => [end.status, end.errorMessage]),
        [['FAILED', 'The process was killed.']],
      );
      await until('the row', async () => (await s.rowOf(attemptId))?.status === 'FAILED');
      const [flow] = await s.workspace.store.listFlows(signal);
      assert.equal(flow?.status, 'NEEDS_ATTENTION');
      assert.deepEqual((await s.workspace.store.toReconcile(new Date(), signal)).unsettled, []);
    });

    it('takes "not visible" for no knowledge, and says so', async () => {
      const [attemptId] = await s.start(1);
      assert.ok(attemptId);
      await s.follow();
      s.workspace.runner.hidden.add(attemptId);
      await s.nextCycle();
      const [live] = s.monitor.state.active;
      assert.deepEqual([live?.visible, live?.whyNotVisible, live?.end], [false, 'permission denied', null]);
      assert.ok(live?.lastSeenAt);
      assert.deepEqual(s.ended, []);
      s.workspace.runner.hidden.clear();
      await s.nextCycle();
      assert.equal(s.monitor.state.active[0]?.visible, true);
    });

    it('learns nothing from a failed look, comes back later, and honours the time that it was asked for', async () => {
      await s.start(1);
      await s.follow();
      const [base] = s.clock.waits();
      assert.ok(base);
      s.workspace.runner.faults = {
        before: () => {
          throw new AcceleratorError('offline', 'The line was cut.');
        },
      };
      await s.nextCycle();
      assert.deepEqual(s.clock.waits(), [base * 2]);
      await s.nextCycle();
      assert.deepEqual(s.clock.waits(), [base * 4]);
      assert.equal(s.monitor.state.active.length, 1);
      s.workspace.runner.faults = {
        before: () => {
          throw new AcceleratorError('rateLimited', 'Slow down.', { details: { retryAfterMs: 3_600_000 } });
        },
      };
      await s.nextCycle();
      assert.deepEqual(s.clock.waits(), [3_600_000]);
      const before = s.looks();
      s.monitor.poke();
      assert.equal(s.looks(), before, 'a poke must wait as well');
      s.workspace.runner.faults = {};
      await s.nextCycle();
      assert.deepEqual(s.clock.waits(), [base]);
      assert.equal(s.log.length, 3);
    });

    it('slows down in an unfocused window, and looks at once on return', async () => {
      await s.start(1);
      await s.follow();
      const [focused] = s.clock.waits();
      s.monitor.setFocused(false);
      const [unfocused] = s.clock.waits();
      assert.ok(focused && unfocused && unfocused >= focused * 5);
      const before = s.looks();
      s.monitor.setFocused(true);
      await until('a look', () => s.looks() === before + 1);
      await s.cycleDone();
      assert.deepEqual(s.clock.waits(), [focused]);
    });

    it('never overlaps itself: a poke during a cycle makes one more after it', async () => {
      await s.start(1);
      let inside = 0;
      let most = 0;
      let release = (): void => undefined;
      const gate = new Promise<void>((resolve) => (release = resolve));
      s.workspace.runner.faults = {
        before: async () => {
          inside += 1;
          most = Math.max(most, inside);
          await gate;
        },
        after: () => void (inside -= 1),
      };
      s.monitor.follow((await s.workspace.store.activeAttempts(signal)).map(startedAttemptOf));
      await until('the first look', () => s.looks() === 1);
      s.monitor.poke();
      s.monitor.poke();
      s.monitor.poke();
      release();
      await until('the second look', () => s.looks() === 2);
      await s.cycleDone();
      assert.equal(s.looks(), 2);
      assert.equal(most, 1);
    });

    it('stops at dispose, in the middle of a cycle too', async () => {
      await s.start(1);
      await s.follow();
      s.monitor.dispose();
      assert.deepEqual(s.clock.waits(), []);
      s.monitor.poke();
      assert.deepEqual(s.clock.waits(), []);
    });
  });
}
