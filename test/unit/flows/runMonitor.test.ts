import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AcceleratorError } from '../../../src/flows/errors';
import { FlowsModel } from '../../../src/flows/flowsModel';
import { jobNameOf } from '../../../src/flows/ids';
import { startedAttemptOf } from '../../../src/flows/liveAttempt';
import type { TerminalAttemptStatus } from '../../../src/flows/model';
import { Reconciler } from '../../../src/flows/reconciler';
import { RunMonitor, type AttemptEnded } from '../../../src/flows/runMonitor';
import type { SqliteClient } from '../../../src/workspaces/local/sqlite/sqliteClient';
import type { SqlClient } from '../../../src/workspaces/sql/sqlClient';
import { openClient } from '../../support/contract/bundles';
import { FakeClock } from '../../support/contract/fakeClock';
import { FileJobRunner } from '../../support/contract/fileJobRunner';
import { registerFlows } from '../../support/contract/samples';
import { StoreWorkspace } from '../../support/contract/storeWorkspace';
import { until } from '../../support/until';

const { signal } = new AbortController();

/** Counts what would cost money. */
class CountedClient implements SqlClient {
  statements = 0;
  constructor(private readonly inner: SqliteClient) {}
  async execute(...call: Parameters<SqlClient['execute']>): ReturnType<SqlClient['execute']> {
    this.statements += 1;
    return this.inner.execute(...call);
  }
  async close(): Promise<void> {
    await this.inner.close();
  }
}

for (const paid of [true, false]) {
  describe(`run monitor where reading ${paid ? 'costs money' : 'is free'}`, () => {
    let folder: string;
    let sqlite: SqliteClient;
    let client: CountedClient;
    let workspace: StoreWorkspace;
    let clock: FakeClock;
    let monitor: RunMonitor;
    let ended: AttemptEnded[];
    let log: string[];

    beforeEach(async () => {
      folder = mkdtempSync(path.join(tmpdir(), 'nifi-accelerator-monitor-'));
      sqlite = await openClient(path.join(folder, 'accelerator.db'));
      client = new CountedClient(sqlite);
      clock = new FakeClock();
      workspace = new StoreWorkspace(client, new FileJobRunner(path.join(folder, 'jobs'), () => clock.now()), (each) =>
        sqlite.hasNews(each),
      );
      workspace.readsCostMoney = paid;
      log = [];
      monitor = new RunMonitor(workspace, {
        clock,
        reconciler: new Reconciler(workspace, { now: () => clock.now() }),
        log: (message) => log.push(message),
      });
      ended = [];
      monitor.onDidEnd((end) => ended.push(end));
    });
    afterEach(async () => {
      monitor.dispose();
      await client.close();
      rmSync(folder, { recursive: true, force: true });
    });

    /** Starts runs without the monitor's knowledge; returns their attempt ids. */
    const start = async (count: number): Promise<readonly string[]> => {
      const flows = await registerFlows(workspace.store, count);
      const claims = await workspace.store.claim(
        flows.map(({ flowId }) => ({ flowId, trigger: 'bulk', user: 'ann' })),
        clock.now(),
        signal,
      );
      const won = claims.filter((claim) => claim.outcome === 'won');
      await workspace.store.addAttempts(
        won.map(({ attemptId, flow, attemptNumber, claimedAt, triggeredBy }) => ({
          attemptId,
          flowId: flow.flowId,
          attemptNumber,
          jobName: jobNameOf(attemptId),
          startedAt: claimedAt,
          triggeredBy,
        })),
        signal,
      );
      for (const { attemptId, flow } of won) {
        const jobId = await workspace.runner.createJob({
          attemptId,
          flowId: flow.flowId,
          jobName: jobNameOf(attemptId),
          owner: null,
          parameters: {
            flow_id: flow.flowId,
            nifi_xml_path: flow.nifiXmlPath,
            output_path: '/out',
            attempt_id: attemptId,
            delta_table: workspace.historyTable,
          },
        });
        const runId = await workspace.runner.startRun(jobId, attemptId);
        await workspace.store.linkRuns([{ attemptId, flowId: flow.flowId, jobId, runId }], signal);
      }
      return won.map((claim) => claim.attemptId);
    };
    const follow = async (): Promise<void> => {
      monitor.follow((await workspace.store.activeAttempts(signal)).map(startedAttemptOf));
      await cycleDone();
    };
    /** A cycle is over when the next timer is set, or when there is nothing left to wait for. */
    const cycleDone = async (): Promise<void> => {
      await until('end of a cycle', () => clock.waits().length > 0 || monitor.state.active.length === 0);
    };
    const nextCycle = async (): Promise<void> => {
      clock.advance(clock.waits()[0] ?? 0);
      await cycleDone();
    };
    const looks = (): number => workspace.runner.calls.filter((call) => call.verb === 'lookAt').length;
    const agentSays = (attemptId: string, status: TerminalAttemptStatus | 'RUNNING', progress: number): void => {
      workspace.notebooks.progress.set(attemptId, {
        attemptId,
        status,
        progressPercentage: progress,
        iterations: 1,
        validationPercentage: null,
        statusMessage: `at ${progress}`,
        errorMessage: status === 'FAILED' ? 'line 3, column 7' : null,
        generatedNotebooks: status === 'SUCCESS' ? ['/out/a'] : [],
        updatedAt: clock.now(),
      });
    };
    const agentWrites = async (attemptId: string, status: TerminalAttemptStatus | 'RUNNING', progress: number) => {
      const other = await openClient(path.join(folder, 'accelerator.db'));
      await other.execute(
        `UPDATE nifi_conversion_history SET status = :status, progress_percentage = :progress,
           error_message = CASE :status WHEN 'FAILED' THEN 'line 3, column 7' END,
           generated_notebooks = CASE :status WHEN 'SUCCESS' THEN '["/out/a"]' END
         WHERE attempt_id = :id AND status IN ('CREATING', 'RUNNING')`,
        { id: attemptId, status, progress },
        { signal },
      );
      await other.close();
    };
    /** The agent's report on the way that this workspace has. */
    const agent = async (attemptId: string, status: TerminalAttemptStatus | 'RUNNING', progress: number) => {
      agentSays(attemptId, status, progress);
      await agentWrites(attemptId, status, progress);
    };
    const rowOf = async (attemptId: string) => (await workspace.store.getAttempts([attemptId], signal))[0];

    it('does nothing while nothing is active', () => {
      monitor.poke();
      monitor.setFocused(false);
      monitor.setFocused(true);
      assert.deepEqual(clock.waits(), []);
      assert.equal(client.statements, 0);
      assert.equal(looks(), 0);
    });

    it('asks for all runs in one look each cycle, and stops when nothing is active', async () => {
      const attempts = await start(3);
      await follow();
      assert.equal(looks(), 1);
      await nextCycle();
      assert.equal(looks(), 2);
      for (const attemptId of attempts) {
        await agent(attemptId, 'SUCCESS', 100);
        workspace.runner.endRun(attemptId, 'succeeded');
      }
      await nextCycle();
      assert.equal(monitor.state.active.length, 0);
      assert.deepEqual(clock.waits(), []);
      assert.deepEqual(
        ended.map((end) => [end.status, end.generatedNotebooks.join()]),
        [
          ['SUCCESS', '/out/a'],
          ['SUCCESS', '/out/a'],
          ['SUCCESS', '/out/a'],
        ],
      );
      assert.deepEqual([monitor.state.started, monitor.state.ended, monitor.state.overallPercentage], [3, 3, 100]);
    });

    it('shows progress and counts what waits', async () => {
      const [first, second] = await start(2);
      assert.ok(first && second);
      await agent(first, 'RUNNING', 60);
      await follow();
      await nextCycle();
      const { active, overallPercentage, waiting } = monitor.state;
      assert.equal(active.find((live) => live.attemptId === first)?.progressPercentage, 60);
      assert.equal(overallPercentage, 30);
      assert.equal(waiting, 0);
    });

    it('tells each end once, and a view of it agrees with the row later', async () => {
      const [attemptId] = await start(1);
      assert.ok(attemptId);
      const model = new FlowsModel(workspace, monitor, { clock });
      await model.load(signal);
      await cycleDone();
      assert.equal(model.flows()[0]?.status, 'CONVERTING');
      await agent(attemptId, 'FAILED', 40);
      workspace.runner.endRun(attemptId, 'failed');
      await nextCycle();
      assert.deepEqual(
        ended.map((end) => [end.attemptId, end.status, end.errorMessage]),
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
      const [attemptId] = await start(1);
      assert.ok(attemptId);
      await follow();
      workspace.runner.endRun(attemptId, 'failed', 'The process was killed.');
      await nextCycle();
      assert.deepEqual(
        ended.map((end) => [end.status, end.errorMessage]),
        [['FAILED', 'The process was killed.']],
      );
      await until('the row', async () => (await rowOf(attemptId))?.status === 'FAILED');
      const [flow] = await workspace.store.listFlows(signal);
      assert.equal(flow?.status, 'NEEDS_ATTENTION');
      assert.deepEqual(await workspace.store.unsettledFlows(signal), []);
    });

    it('takes "not visible" for no knowledge, and says so', async () => {
      const [attemptId] = await start(1);
      assert.ok(attemptId);
      await follow();
      workspace.runner.hidden.add(attemptId);
      await nextCycle();
      const [live] = monitor.state.active;
      assert.deepEqual([live?.visible, live?.whyNotVisible, live?.end], [false, 'permission denied', null]);
      assert.ok(live?.lastSeenAt);
      assert.deepEqual(ended, []);
      workspace.runner.hidden.clear();
      await nextCycle();
      assert.equal(monitor.state.active[0]?.visible, true);
    });

    it('learns nothing from a failed look, comes back later, and honours the time that it was asked for', async () => {
      await start(1);
      await follow();
      const [base] = clock.waits();
      assert.ok(base);
      workspace.runner.faults = {
        before: () => {
          throw new AcceleratorError('offline', 'The line was cut.');
        },
      };
      await nextCycle();
      assert.deepEqual(clock.waits(), [base * 2]);
      await nextCycle();
      assert.deepEqual(clock.waits(), [base * 4]);
      assert.equal(monitor.state.active.length, 1);
      workspace.runner.faults = {
        before: () => {
          throw new AcceleratorError('rateLimited', 'Slow down.', { details: { retryAfterMs: 3_600_000 } });
        },
      };
      await nextCycle();
      assert.deepEqual(clock.waits(), [3_600_000]);
      const before = looks();
      monitor.poke();
      assert.equal(looks(), before, 'a poke must wait as well');
      workspace.runner.faults = {};
      await nextCycle();
      assert.deepEqual(clock.waits(), [base]);
      assert.equal(log.length, 3);
    });

    it('slows down in an unfocused window, and looks at once on return', async () => {
      await start(1);
      await follow();
      const [focused] = clock.waits();
      monitor.setFocused(false);
      const [unfocused] = clock.waits();
      assert.ok(focused && unfocused && unfocused >= focused * 5);
      const before = looks();
      monitor.setFocused(true);
      await until('a look', () => looks() === before + 1);
      await cycleDone();
      assert.deepEqual(clock.waits(), [focused]);
    });

    it('never overlaps itself: a poke during a cycle makes one more after it', async () => {
      await start(1);
      let inside = 0;
      let most = 0;
      let release = (): void => undefined;
      const gate = new Promise<void>((resolve) => (release = resolve));
      workspace.runner.faults = {
        before: async () => {
          inside += 1;
          most = Math.max(most, inside);
          await gate;
        },
        after: () => void (inside -= 1),
      };
      monitor.follow((await workspace.store.activeAttempts(signal)).map(startedAttemptOf));
      await until('the first look', () => looks() === 1);
      monitor.poke();
      monitor.poke();
      monitor.poke();
      release();
      await until('the second look', () => looks() === 2);
      await cycleDone();
      assert.equal(looks(), 2);
      assert.equal(most, 1);
    });

    it('stops at dispose, in the middle of a cycle too', async () => {
      await start(1);
      await follow();
      monitor.dispose();
      assert.deepEqual(clock.waits(), []);
      monitor.poke();
      assert.deepEqual(clock.waits(), []);
    });

    if (paid) {
      it('runs no SQL on its timer, whatever happens', async () => {
        const [first, second] = await start(2);
        assert.ok(first && second);
        await follow();
        const before = client.statements;
        agentSays(first, 'RUNNING', 50);
        await nextCycle();
        assert.equal(monitor.live(first)?.progressPercentage, 50);
        agentSays(first, 'SUCCESS', 100);
        await nextCycle();
        assert.equal(ended.length, 1, 'the terminal progress file ends it, though the run is still there');
        monitor.setFocused(false);
        monitor.setFocused(true);
        await cycleDone();
        assert.equal(client.statements, before);
      });

      it('writes all ends in one batch when the last run has ended', async () => {
        const attempts = await start(10);
        await follow();
        const before = client.statements;
        for (const attemptId of attempts.slice(0, 9)) workspace.runner.endRun(attemptId, 'failed', 'broken');
        await nextCycle();
        assert.equal(ended.length, 9);
        assert.equal(client.statements, before);
        workspace.runner.endRun(attempts[9] ?? '', 'succeeded');
        await nextCycle();
        await until('the rows', async () => (await rowOf(attempts[9] ?? ''))?.status === 'SUCCESS');
        // The end's update, then the settling of the flows: two reads and one update.
        const reads = client.statements - before;
        assert.ok(reads >= 4 && reads <= 12, `${reads} statements`);
        const rows = await workspace.store.getAttempts(attempts, signal);
        assert.equal(rows.filter((row) => row.status === 'FAILED').length, 9);
        assert.deepEqual(await workspace.store.unsettledFlows(signal), []);
      });

      it('wakes no stopped warehouse to write an end; whoever runs SQL next writes it', async () => {
        const [attemptId] = await start(1);
        assert.ok(attemptId);
        await follow();
        workspace.awake = false;
        const before = client.statements;
        workspace.runner.endRun(attemptId, 'failed', 'broken');
        await nextCycle();
        await monitor.close();
        assert.equal(client.statements, before);
        assert.equal(ended.length, 1);
        const report = await monitor.settle(signal);
        assert.deepEqual(report.closed, [], 'the end that was seen is written without another look');
        assert.equal((await rowOf(attemptId))?.errorMessage, 'broken');
      });

      it('writes at close while the warehouse runs', async () => {
        const [first, second] = await start(2);
        assert.ok(first && second);
        await follow();
        workspace.runner.endRun(first, 'failed', 'broken');
        await nextCycle();
        await monitor.close();
        assert.equal((await rowOf(first))?.status, 'FAILED');
        assert.equal((await rowOf(second))?.status, 'RUNNING');
      });

      it('ignores a progress file that is older than what is known', async () => {
        const [attemptId] = await start(1);
        assert.ok(attemptId);
        await follow();
        clock.advance(10);
        agentSays(attemptId, 'RUNNING', 50);
        const newer = workspace.notebooks.progress.get(attemptId);
        assert.ok(newer);
        await nextCycle();
        workspace.notebooks.progress.set(attemptId, {
          ...newer,
          progressPercentage: 20,
          updatedAt: new Date(newer.updatedAt.getTime() - 60_000),
        });
        await nextCycle();
        assert.equal(monitor.state.active[0]?.progressPercentage, 50);
      });
    } else {
      it('reads rows only when the file has changed', async () => {
        const [attemptId] = await start(1);
        assert.ok(attemptId);
        await follow();
        await nextCycle();
        const before = client.statements;
        await nextCycle();
        await nextCycle();
        assert.equal(client.statements, before);
        await agentWrites(attemptId, 'RUNNING', 70);
        await nextCycle();
        assert.ok(client.statements > before);
        assert.equal(monitor.state.active[0]?.progressPercentage, 70);
      });

      it('follows what another window has started', async () => {
        await start(1);
        await follow();
        const [other] = await start(1);
        await agentWrites(other ?? '', 'RUNNING', 10);
        await nextCycle();
        await until('both runs', () => monitor.state.active.length === 2);
        await cycleDone();
        assert.equal(monitor.state.started, 2);
      });

      it('closes a start that was cut off, once it is late enough', async () => {
        const [flow] = await registerFlows(workspace.store, 1);
        const flowId = flow?.flowId ?? '';
        const [claim] = await workspace.store.claim([{ flowId, trigger: 'user', user: 'ann' }], clock.now(), signal);
        assert.ok(claim?.outcome === 'won');
        const { attemptId, attemptNumber, claimedAt, triggeredBy } = claim;
        await workspace.store.addAttempts(
          [{ attemptId, flowId, attemptNumber, jobName: jobNameOf(attemptId), startedAt: claimedAt, triggeredBy }],
          signal,
        );
        await follow();
        assert.equal(monitor.state.waiting, 1);
        clock.advance(13 * 60_000);
        await cycleDone();
        await nextCycle();
        await until('the end', () => ended.length === 1);
        assert.equal(ended[0]?.status, 'FAILED');
      });
    }
  });
}
