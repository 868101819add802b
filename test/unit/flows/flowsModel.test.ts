import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Conversions } from '../../../src/flows/conversions';
import { AcceleratorError } from '../../../src/flows/errors';
import { FlowsModel, type FlowsChange } from '../../../src/flows/flowsModel';
import { Reconciler } from '../../../src/flows/reconciler';
import { RunMonitor } from '../../../src/flows/runMonitor';
import type { SqliteClient } from '../../../src/workspaces/local/sqlite/sqliteClient';
import type { SqlClient } from '../../../src/workspaces/sql/sqlClient';
import { openClient } from '../../support/contract/bundles';
import { FakeClock } from '../../support/contract/fakeClock';
import { FileJobRunner } from '../../support/contract/fileJobRunner';
import { registerFlows } from '../../support/contract/samples';
import { StoreWorkspace } from '../../support/contract/storeWorkspace';
import { until } from '../../support/until';

describe('flows model', () => {
  const { signal } = new AbortController();
  let folder: string;
  let sqlite: SqliteClient;
  let statements: string[];
  let fail: AcceleratorError | null;
  /** Keeps the answers to such statements back. */
  let hold: { readonly sql: RegExp; readonly until: Promise<void> } | null;
  let workspace: StoreWorkspace;
  let clock: FakeClock;
  let monitor: RunMonitor;
  let model: FlowsModel;
  let conversions: Conversions;
  let changes: FlowsChange[];

  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'nifi-accelerator-model-'));
    sqlite = await openClient(path.join(folder, 'accelerator.db'));
    statements = [];
    fail = null;
    hold = null;
    const client: SqlClient = {
      execute: async (sql, parameters, options) => {
        statements.push(sql);
        if (fail !== null) throw fail;
        const held = hold?.sql.test(sql) === true ? hold.until : null;
        const answer = await sqlite.execute(sql, parameters, options);
        await held;
        return answer;
      },
      close: async () => sqlite.close(),
    };
    clock = new FakeClock();
    const now = (): Date => clock.now();
    workspace = new StoreWorkspace(client, new FileJobRunner(path.join(folder, 'jobs'), now), (each) =>
      sqlite.hasNews(each),
    );
    monitor = new RunMonitor(workspace, { clock, reconciler: new Reconciler(workspace, { now }) });
    model = new FlowsModel(workspace, monitor, { clock });
    conversions = new Conversions(workspace, { parallelism: 8, keepLatestJobs: 3, now });
    conversions.onDidStart((attempt) => monitor.follow([attempt]));
    changes = [];
    model.onDidChange((change) => changes.push(change));
  });
  afterEach(async () => {
    await conversions.idle();
    model.dispose();
    monitor.dispose();
    await sqlite.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const cycle = async (): Promise<void> => {
    clock.advance(clock.waits()[0] ?? 0);
    await until('end of a cycle', () => clock.waits().length > 0 || monitor.state.active.length === 0);
  };

  /** The next cycle begins after the one that follows a start. */
  const settledCycle = async (): Promise<void> => {
    await until('a cycle', () => clock.waits().length > 0 || monitor.state.active.length === 0);
    if (monitor.state.active.length > 0) await cycle();
  };

  it('starts empty, loads once for many callers, and sorts as people do', async () => {
    assert.equal(model.loadState.kind, 'notLoaded');
    const [a] = await registerFlows(workspace.store, 1, { flowName: 'Flow 10' });
    const [b] = await registerFlows(workspace.store, 1, { flowName: 'flow 9' });
    statements.length = 0;
    await Promise.all([model.load(signal), model.load(signal), model.load(signal)]);
    const shared = statements.length;
    assert.equal(model.loadState.kind, 'ready');
    assert.deepEqual(
      model.flows().map((flow) => flow.flowId),
      [b?.flowId, a?.flowId],
    );
    statements.length = 0;
    await model.load(signal);
    assert.equal(shared, statements.length);
  });

  it('reads in four statements when a window opens, also while conversions run', async () => {
    workspace.readsCostMoney = true;
    const flows = await registerFlows(workspace.store, 3);
    await conversions.startMany(
      flows.map((flow) => flow.flowId),
      'bulk',
      { signal },
    );
    await conversions.idle();
    const other = new RunMonitor(workspace, {
      clock,
      reconciler: new Reconciler(workspace, { now: () => clock.now() }),
    });
    const opening = new FlowsModel(workspace, other, { clock });
    statements.length = 0;
    await opening.load(signal);
    // What a reconcile looks at (converting flows, attempts), then all flows and their attempts.
    assert.equal(statements.length, 4, statements.join('\n'));
    assert.equal(other.state.active.length, 3);
    opening.dispose();
    other.dispose();
  });

  it('shows after a refresh what was written before it, though an older reading is still under way', async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => (release = resolve));
    const listing = /^SELECT [^]*flow_name(?![^]*WHERE)/;
    hold = { sql: listing, until: released };
    const older = model.load(signal);
    await until('the older reading', () => statements.some((sql) => listing.test(sql)));
    hold = null;
    const [flow] = await registerFlows(workspace.store, 1);
    const refreshed = model.refresh(signal);
    release();
    await older;
    assert.deepEqual(model.flows(), [], 'it began before the flow was there');
    await refreshed;
    assert.deepEqual(
      model.flows().map(({ flowId }) => flowId),
      [flow?.flowId],
    );
  });

  it('fires for what changed and for nothing else, and keeps the objects of the rest', async () => {
    const [a, b] = await registerFlows(workspace.store, 2);
    assert.ok(a && b);
    await model.load(signal);
    const [firstA, firstB] = [model.flow(a.flowId), model.flow(b.flowId)];
    changes.length = 0;
    await model.refresh(signal);
    assert.deepEqual(
      changes.map((change) => change.flowIds),
      [new Set()],
    );
    await workspace.store.updateFlow(a.flowId, { owner: 'bea' }, signal);
    changes.length = 0;
    await model.refresh(signal);
    assert.deepEqual(
      changes.map((change) => change.flowIds),
      [new Set([a.flowId])],
    );
    assert.notEqual(model.flow(a.flowId), firstA);
    assert.equal(model.flow(b.flowId), firstB);
    await registerFlows(workspace.store, 1);
    changes.length = 0;
    await model.refresh(signal);
    assert.deepEqual(
      changes.map((change) => change.flowIds),
      ['all'],
    );
  });

  it('keeps what it has when a reading fails, and says why', async () => {
    await registerFlows(workspace.store, 2);
    await model.load(signal);
    fail = new AcceleratorError('tablesMissing', 'The tables are missing.', { mend: 'setUpWorkspace' });
    await assert.rejects(model.refresh(signal), { reason: 'tablesMissing' });
    assert.equal(model.flows().length, 2);
    assert.ok(model.loadState.kind === 'failed' && model.loadState.error.mend === 'setUpWorkspace');
    fail = null;
    await model.refresh(signal);
    assert.equal(model.loadState.kind, 'ready');
  });

  for (const paid of [true, false]) {
    it(`shows a start, its end and a cancel by itself where reading ${paid ? 'costs money' : 'is free'}`, async () => {
      workspace.readsCostMoney = paid;
      const [flow] = await registerFlows(workspace.store, 1);
      const flowId = flow?.flowId ?? '';
      await model.load(signal);
      const run = async (): Promise<string> => {
        const result = await conversions.start(flowId, 'user', { signal });
        assert.ok(result.outcome === 'started');
        return result.attemptId;
      };
      const first = await run();
      await until('CONVERTING', () => model.flow(flowId)?.status === 'CONVERTING');
      assert.equal(model.flow(flowId)?.totalAttempts, 1);
      workspace.runner.endRun(first, 'succeeded');
      await settledCycle();
      await until('DONE', () => model.flow(flowId)?.status === 'DONE');
      assert.equal(model.flow(flowId)?.successfulConversions, 1);

      clock.advance(2_000);
      const second = await run();
      await until('CONVERTING', () => model.flow(flowId)?.status === 'CONVERTING');
      assert.equal(model.flow(flowId)?.totalAttempts, 2);
      workspace.runner.endRun(second, 'cancelled');
      await settledCycle();
      await until('DONE again', () => model.flow(flowId)?.status === 'DONE');
      const shown = model.flow(flowId);
      await model.refresh(signal);
      assert.equal(model.flow(flowId)?.status, 'DONE');
      assert.deepEqual([shown?.totalAttempts, shown?.successfulConversions], [2, 1]);
      const history = await model.history(flowId, { limit: 20 }, signal);
      assert.deepEqual(
        history.map((attempt) => attempt.status),
        ['CANCELLED', 'SUCCESS'],
      );
    });
  }

  it('lays the live state over history rows that lag', async () => {
    workspace.readsCostMoney = true;
    workspace.awake = false;
    const [flow] = await registerFlows(workspace.store, 1);
    const flowId = flow?.flowId ?? '';
    await model.load(signal);
    const result = await conversions.start(flowId, 'user', { signal });
    assert.ok(result.outcome === 'started');
    await until('a cycle', () => clock.waits().length > 0);
    clock.advance(1_500);
    workspace.runner.endRun(result.attemptId, 'failed', 'broken');
    await cycle();
    const [shown] = await model.history(flowId, { limit: 1 }, signal);
    assert.deepEqual([shown?.status, shown?.errorMessage], ['FAILED', 'broken']);
    const [row] = await workspace.store.history(flowId, { limit: 1 }, signal);
    assert.equal(row?.status, 'RUNNING');
    await model.refreshFlows([flowId], signal);
    const [written] = await workspace.store.history(flowId, { limit: 1 }, signal);
    assert.equal(written?.status, 'FAILED', 'SQL runs anyway, so the end is written first');
  });

  it('reads no table for a change outside where that costs money, and spaces readings where it is free', async () => {
    await registerFlows(workspace.store, 1);
    await model.load(signal);
    workspace.readsCostMoney = true;
    statements.length = 0;
    workspace.changed.fire();
    clock.advance(10_000);
    assert.deepEqual(statements, []);
    workspace.readsCostMoney = false;
    await model.refresh(signal);
    statements.length = 0;
    for (let index = 0; index < 20; index += 1) workspace.changed.fire();
    assert.deepEqual(statements, []);
    assert.equal(clock.waits().length, 1);
    changes.length = 0;
    await cycle();
    await until('the reading', () => changes.length > 0);
    assert.equal(changes.length, 1);
  });

  it('starts 50 flows with no more statements than 10', async () => {
    workspace.readsCostMoney = true;
    const count = async (flows: number): Promise<number> => {
      const registered = await registerFlows(workspace.store, flows);
      statements.length = 0;
      const results = await conversions.startMany(
        registered.map((flow) => flow.flowId),
        'bulk',
        { signal },
      );
      await conversions.idle();
      assert.ok(results.every((result) => result.outcome === 'started'));
      return statements.length;
    };
    const ten = await count(10);
    const fifty = await count(50);
    assert.equal(fifty, ten);
    assert.ok(ten <= 8, `${ten} statements`);
  });
});
