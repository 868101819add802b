/** Two people, the same flows, the same moment; and what following the runs costs while nobody looks. */
import assert from 'node:assert/strict';

import { ACTIVE_ATTEMPT_STATUSES } from '../../src/flows/model';
import type { DatabricksSettings } from '../../src/workspaces/databricks/settings';
import { registerFlows } from '../support/contract/samples';
import type { FakeWorkspace } from '../support/fakeWorkspace/fakeWorkspace';
import { until } from '../support/until';
import { openWorkspace, putAnyAgent, settingsFor, setUpTables } from './databricksSubject';
import { fakeOver } from './engine';
import { never } from './fixtures';
import { openWindow, type Window } from './place';

const FLOWS = 20;
const CYCLES = 3;

describe('two users on Databricks', function () {
  this.timeout(300_000);
  let fake: FakeWorkspace;
  let settings: DatabricksSettings;
  let ann: Window;
  let bob: Window;
  let flowIds: readonly string[];

  before(async function () {
    fake = await fakeOver(this, { users: { 'token-ann': 'ann@example.com', 'token-bob': 'bob@example.com' } });
    fake.jobs.hold = true;
    settings = settingsFor(fake, { schema: 'two_users' });
    const workspace = await openWorkspace(fake, settings);
    await setUpTables(workspace, settings);
    await putAnyAgent(workspace, settings);
    workspace.dispose();
    ann = await openWindow(fake, settings, 'token-ann');
    bob = await openWindow(fake, settings, 'token-bob');
    flowIds = (await registerFlows(ann.workspace.store, FLOWS)).map((flow) => flow.flowId);
  });
  after(async () => {
    for (const run of fake.jobs.runs.keys()) fake.jobs.finish(run, 'CANCELED', '');
    await ann.close();
    await bob.close();
    await fake.stop();
  });

  it('starts 20 flows once, whoever comes first, and tells the other who it was', async () => {
    const [ours, theirs] = await Promise.all(
      [ann, bob].map((one) => one.conversions.startMany(flowIds, 'bulk', { signal: never })),
    );
    const results = [...(ours ?? []), ...(theirs ?? [])];
    assert.equal(results.filter((result) => result.outcome === 'started').length, FLOWS);
    const lost = results.filter((result) => result.outcome === 'lost');
    assert.equal(lost.length, FLOWS, JSON.stringify(results.filter((result) => result.outcome === 'failed')));
    assert.ok(lost.every((result) => /^bulk:(ann|bob)@example\.com$/.test(result.by ?? '')));
    assert.equal(fake.jobs.jobs.size, FLOWS);
    assert.equal(fake.jobs.runs.size, FLOWS);
    const attempts = await ann.workspace.store.activeAttempts(never);
    assert.equal(attempts.length, FLOWS);
    assert.ok(attempts.every((attempt) => ACTIVE_ATTEMPT_STATUSES.some((status) => status === attempt.status)));
    assert.equal(new Set(attempts.map((attempt) => attempt.databricksRunId)).size, FLOWS);
  });

  it('follows 20 runs by REST alone, and writes their ends in one batch', async () => {
    await Promise.all([ann.conversions.idle(), bob.conversions.idle()]);
    const { active } = ann.monitor.state;
    const followed = active.length;
    assert.ok(followed + bob.monitor.state.active.length === FLOWS);
    const looks = (): number => fake.calls.get('GET /api/2.2/jobs/runs/get') ?? 0;
    fake.resetCounts();
    for (let cycle = 1; cycle <= CYCLES; cycle += 1) {
      const before = looks();
      ann.monitor.poke();
      await until('a cycle', () => looks() >= before + followed, { timeoutMs: 60_000 });
    }
    assert.deepEqual(fake.statements, [], 'no statement on a timer');
    // The other window is gone: what becomes of its runs is for this one to write, beside its own.
    bob.monitor.dispose();
    for (const run of fake.jobs.runs.keys()) fake.jobs.finish(run, 'FAILED', 'broken');
    fake.warehouseState = 'STOPPED';
    await until(
      'the ends',
      () => {
        ann.monitor.poke();
        return ann.ended.length >= followed;
      },
      { timeoutMs: 60_000, intervalMs: 300 },
    );
    assert.equal(fake.warehouseState, 'STOPPED', 'an end wakes no warehouse');
    assert.deepEqual(fake.statements, []);
    fake.warehouseState = 'RUNNING';
    await ann.monitor.settle(never);
    // Its own ends and the other's, a statement for each table: however many ended.
    const writes = fake.statements.filter((sql) => /^(MERGE|UPDATE|INSERT)/.test(sql));
    assert.ok(writes.length > 0 && writes.length <= 4, `${writes.length} writes:\n${writes.join('\n')}`);
    assert.deepEqual(await ann.workspace.store.activeAttempts(never), []);
  });
});
