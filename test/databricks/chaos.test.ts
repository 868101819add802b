/** Starts on Databricks under every fault that the fake workspace knows, with windows that are killed on the way. */
import assert from 'node:assert/strict';

import { Conversions } from '../../src/flows/conversions';
import { Reconciler } from '../../src/flows/reconciler';
import { ABANDONED_AFTER_MS } from '../../src/flows/timing';
import { chaos, lineOf } from '../support/chaos/chaos';
import { databricksPlace } from '../support/chaos/databricksPlace';
import { registerFlows } from '../support/contract/samples';
import type { FakeWorkspace } from '../support/fakeWorkspace/fakeWorkspace';
import { openWorkspace } from './databricksSubject';
import { fakeOver } from './engine';
import { never } from './fixtures';

const STARTS = 12;
const SEED = 7;

describe('chaos on Databricks', function () {
  this.timeout(1_200_000);
  let fake: FakeWorkspace;
  let place: Awaited<ReturnType<typeof databricksPlace>>;

  before(async function () {
    fake = await fakeOver(this, { seed: SEED });
    this.timeout(1_200_000);
    place = await databricksPlace(fake, 'chaos', STARTS);
  });
  after(async () => {
    place.dispose();
    await fake.stop();
  });

  it(`ends ${STARTS} starts, each with one job, whatever is killed on the way`, async () => {
    console.log(`      ${lineOf(await chaos(place, { seed: SEED, kills: 3, batch: 6, windowMs: 600_000 }))}`);
  });

  it('does nothing to a slow starter that lives, up to the last moment that it has', async () => {
    fake.jobs.hold = true;
    fake.faults.add({ on: 'POST /api/2.2/jobs/create', fault: { kind: 'slow', milliseconds: 4_000 }, times: 2 });
    const flowIds = (await registerFlows(place.workspace.store, 2)).map((flow) => flow.flowId);
    const conversions = new Conversions(place.workspace, { parallelism: 1, keepLatestJobs: 3 });
    const start = { over: false };
    // From before the claim on: however slow the machine is, the deadline has not passed by this clock.
    const lastMoment = new Date(Date.now() + ABANDONED_AFTER_MS - 1_000);
    const starting = conversions.startMany(flowIds, 'bulk', { signal: never }).finally(() => (start.over = true));
    const beside = await openWorkspace(fake, place.settings);
    let reconciles = 0;
    for (; !start.over; reconciles += 1) {
      const report = await new Reconciler(beside, { now: () => lastMoment }).reconcile(never);
      const { rebuilt, adopted, closed, flowIds: changed } = report;
      assert.deepEqual({ rebuilt, adopted, closed, changed }, { rebuilt: [], adopted: [], closed: [], changed: [] });
    }
    const results = await starting;
    assert.ok(reconciles > 1, `${reconciles} reconciles`);
    assert.deepEqual(
      results.map((result) => result.outcome),
      ['started', 'started'],
    );
    const attempts = await place.workspace.store.activeAttempts(never);
    assert.deepEqual(
      attempts.map((attempt) => attempt.status),
      ['RUNNING', 'RUNNING'],
    );
    beside.dispose();
  });
});
