/**
 * What following runs on Databricks costs while nobody looks: counted on the wire, by the fake workspace, with the real
 * REST client and the real SQL driver. Only the clock is not real.
 */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import * as z from 'zod/mini';

import type { StartedAttempt } from '../../../src/flows/liveAttempt';
import { MOST_PROGRESS_FILES } from '../../../src/flows/progressFiles';
import { Reconciler } from '../../../src/flows/reconciler';
import { RunMonitor, type AttemptEnded } from '../../../src/flows/runMonitor';
import { jobNameOf } from '../../../src/flows/ids';
import { mapParallel } from '../../../src/flows/parallel';
import type { DatabricksWorkspace } from '../../../src/workspaces/databricks/databricksWorkspace';
import { PROGRESS_FILE } from '../../../src/workspaces/shared/progressFile';
import { openWorkspace, settingsFor } from '../../databricks/databricksSubject';
import { never } from '../../databricks/fixtures';
import { FakeClock } from '../../support/contract/fakeClock';
import { emptyEngine } from '../../support/fakeWorkspace/emptyEngine';
import { FakeWorkspace } from '../../support/fakeWorkspace/fakeWorkspace';
import { until } from '../../support/until';

const TWO_MINUTES_MS = 120_000;
/** Up to here runs are asked one by one; beyond, by a list of at most so many pages. */
const MOST_BY_ID = 25;
const MOST_PAGES = 4;

const id = z.pipe(z.union([z.string(), z.number()]), z.transform(String));

describe('following runs on Databricks while nobody looks', function () {
  this.timeout(60_000);
  let clock: FakeClock;
  let fake: FakeWorkspace;
  let workspace: DatabricksWorkspace;
  let monitor: RunMonitor;
  let ended: AttemptEnded[];

  before(async () => {
    fake = await FakeWorkspace.start({ engine: emptyEngine, now: () => clock.now().getTime(), rateLimits: false });
    fake.jobs.hold = true;
  });
  after(() => fake.stop());
  beforeEach(async () => {
    clock = new FakeClock();
    fake.jobs.jobs.clear();
    fake.jobs.runs.clear();
    fake.warehouseState = 'RUNNING';
    workspace = await openWorkspace(fake, settingsFor(fake));
    const reconciler = new Reconciler(workspace, { now: () => clock.now() });
    monitor = new RunMonitor(workspace, { clock, reconciler });
    ended = [];
    monitor.onDidEnd((end) => ended.push(end));
  });
  afterEach(() => {
    monitor.dispose();
    workspace.dispose();
  });

  /** Runs as the extension starts them, without the pace that the Jobs limits impose. */
  const start = (count: number): Promise<readonly StartedAttempt[]> =>
    mapParallel([...Array(count).keys()], 16, async (index) => {
      const flowId = `flow-${index}`;
      const attemptId = `${flowId}_attempt_1`;
      const name = jobNameOf(attemptId);
      const task = { task_key: 'convert', notebook_task: { notebook_path: '/Workspace/Shared/agent' } };
      const post = { method: 'POST', what: 'start a run' } as const;
      const { job_id } = await workspace.rest.json(
        { ...post, path: '/api/2.2/jobs/create', body: { name, tasks: [task] } },
        z.object({ job_id: id }),
        never,
      );
      const { run_id } = await workspace.rest.json(
        { ...post, path: '/api/2.2/jobs/run-now', body: { job_id } },
        z.object({ run_id: id }),
        never,
      );
      const by = { attemptNumber: 1, triggeredBy: 'bulk:ann', jobName: name, startedAt: clock.now() };
      return { attemptId, flowId, ...by, jobId: job_id, runId: run_id };
    });

  /** Moves to the next cycle and waits for its end; returns the calls that it made, by what they asked. */
  const cycle = async (begin: () => void): Promise<{ byId: number; pages: number; files: number; other: number }> => {
    fake.resetCounts();
    begin();
    await until('the end of a cycle', () => clock.waits().length > 0 || monitor.state.active.length === 0, {
      intervalMs: 2,
    });
    const calls = { byId: 0, pages: 0, files: 0, other: 0 };
    for (const [name, count] of fake.calls) {
      if (name === 'GET /api/2.2/jobs/runs/get') calls.byId += count;
      else if (name === 'GET /api/2.2/jobs/runs/list') calls.pages += count;
      else if (name.startsWith('GET /api/2.0/fs/files/') && name.endsWith(PROGRESS_FILE)) calls.files += count;
      else calls.other += count;
    }
    return calls;
  };
  const nextCycle = (): ReturnType<typeof cycle> => cycle(() => clock.advance(clock.waits()[0] ?? 0));

  for (const count of [10, 40, 400]) {
    it(`sends no statement and few calls for ${count} runs in two minutes`, async () => {
      const runs = await start(count);
      const end = clock.now().getTime() + TWO_MINUTES_MS;
      const seen = new Set<string>();
      let calls = await cycle(() => monitor.follow(runs));
      let cycles = 1;
      for (; ; cycles += 1) {
        if (count <= MOST_BY_ID) assert.deepEqual([calls.byId, calls.pages], [count, 0]);
        else assert.ok(calls.byId === 0 && calls.pages <= MOST_PAGES, JSON.stringify(calls));
        assert.ok(calls.files <= Math.min(count, MOST_PROGRESS_FILES), JSON.stringify(calls));
        assert.equal(calls.other, 0, [...fake.calls.keys()].join('\n'));
        assert.deepEqual(fake.statements, []);
        monitor.state.active.filter((live) => live.lastSeenAt !== null).forEach((live) => seen.add(live.attemptId));
        assert.ok(monitor.state.active.every((live) => live.visible));
        if (clock.now().getTime() >= end) break;
        calls = await nextCycle();
      }
      assert.ok(cycles <= TWO_MINUTES_MS / 5_000 + 1, `${cycles} cycles`);
      assert.equal(seen.size, count, 'every run has been seen');
      assert.deepEqual([monitor.state.started, monitor.state.ended], [count, 0]);
    });
  }

  it('says of a run that it is not visible only when a whole list has not shown it', async () => {
    const runs = await start(120);
    fake.jobs.hidden.add(runs[60]?.runId ?? '');
    const hidden = (): readonly string[] =>
      monitor.state.active.filter((live) => !live.visible).map((live) => live.attemptId);
    await cycle(() => monitor.follow(runs));
    assert.deepEqual(hidden(), [], 'four pages show 96 of 120');
    await nextCycle();
    assert.deepEqual(hidden(), ['flow-60_attempt_1']);
  });

  it('looks less often while the window has no focus', async () => {
    const runs = await start(10);
    monitor.setFocused(false);
    const end = clock.now().getTime() + TWO_MINUTES_MS;
    await cycle(() => monitor.follow(runs));
    let cycles = 1;
    for (; clock.now().getTime() < end; cycles += 1) await nextCycle();
    assert.ok(cycles <= 5, `${cycles} cycles`);
  });

  /** Ends so many runs, every second of them with the agent's own last word in its progress file. */
  const finish = (runs: readonly StartedAttempt[]): void => {
    for (const { runId, flowId, attemptId } of runs) {
      const index = Number(flowId.split('-')[1]);
      fake.jobs.finish(runId ?? '', index % 3 === 0 ? 'FAILED' : 'SUCCESS', '');
      if (index % 2 === 1) continue;
      const progress = {
        version: 1,
        attempt_id: attemptId,
        status: 'SUCCESS',
        progress_percentage: 100,
        iterations: 1,
        validation_percentage: null,
        status_message: 'done',
        error_message: null,
        generated_notebooks: [],
        updated_at: clock.now().toISOString(),
      };
      const folder = fake.storage.onDisk(workspace.notebooks.outputPath(flowId, attemptId));
      mkdirSync(folder, { recursive: true });
      writeFileSync(path.join(folder, PROGRESS_FILE), JSON.stringify(progress));
    }
  };
  const endAllInTwoMinutes = async (): Promise<void> => {
    const runs = await start(100);
    await cycle(() => monitor.follow(runs));
    const cycles = TWO_MINUTES_MS / 5_000;
    for (let index = 0; index < cycles; index += 1) {
      const from = Math.floor((index * runs.length) / cycles);
      finish(runs.slice(from, Math.floor(((index + 1) * runs.length) / cycles)));
      await nextCycle();
    }
    while (monitor.state.active.length > 0) await nextCycle();
    assert.deepEqual([ended.length, monitor.state.ended], [runs.length, runs.length]);
    assert.equal(ended.filter((end) => end.status === 'SUCCESS').length, 83);
  };
  const batches = (): number =>
    fake.statements.filter((sql) => /^(MERGE|UPDATE|INSERT)/.test(sql) && sql.includes('nifi_conversion_history'))
      .length;

  it('shows 100 ends and wakes no warehouse for them; whoever reads next writes them in one batch', async () => {
    fake.warehouseState = 'STOPPED';
    await endAllInTwoMinutes();
    assert.deepEqual(fake.statements, []);
    assert.equal(fake.warehouseState, 'STOPPED');
    fake.warehouseState = 'RUNNING';
    await monitor.settle(never);
    assert.equal(batches(), 1);
  });

  it('writes 100 ends in at most three batches while the warehouse runs', async () => {
    await endAllInTwoMinutes();
    await until('the ends in the table', () => batches() > 0);
    await monitor.close();
    assert.ok(batches() <= 3, `${batches()} batches`);
  });
});
