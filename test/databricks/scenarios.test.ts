/** The four paths of a person, on real Delta tables and with notebooks that really run. */
import assert from 'node:assert/strict';
import path from 'node:path';

import type { StartResult } from '../../src/flows/conversions';
import { jobNameOf } from '../../src/flows/ids';
import type { DatabricksSettings } from '../../src/workspaces/databricks/settings';
import type { FakeWorkspace } from '../support/fakeWorkspace/fakeWorkspace';
import { until } from '../support/until';
import { settingsFor } from './databricksSubject';
import { fakeOver, onlyWithAll } from './engine';
import { never } from './fixtures';
import { openWindow, putSample, setUpWith, type Window } from './place';

const VOLUME = '/Volumes/main/default/nifi';
const FIRST = `${VOLUME}/prod-eu/csv-to-json-flow.xml`;
const DAMAGED = `${VOLUME}/prod-eu/GetFileEncodingInFlight.xml`;
const THREE = [
  'Execute_TPCC_Test.snapshot',
  'MongoDB_Get_and_Put_Example.xml',
  'mssql-northwind-to-crdb.json',
] as const;

describe('the four paths on Databricks', function () {
  this.timeout(480_000);
  let fake: FakeWorkspace;
  let settings: DatabricksSettings;
  let window: Window;
  const idOf = new Map<string, string>();

  before(async function () {
    fake = await fakeOver(this);
    settings = settingsFor(fake, {
      schema: 'scenarios',
      volumePath: VOLUME,
      outputPath: '/Workspace/Shared/converted',
      agentNotebookPath: '/Workspace/Shared/nifi_conversion_dummy_agent',
    });
    window = await openWindow(fake, settings);
    await setUpWith(window.workspace, settings);
    for (const file of ['csv-to-json-flow.xml', 'GetFileEncodingInFlight.xml']) {
      await putSample(window.workspace, `prod-eu/${file}`, `${VOLUME}/prod-eu/${file}`);
    }
    for (const file of THREE) await putSample(window.workspace, `prod-us/${file}`, `${VOLUME}/prod-us/${file}`);
    await window.workspace.populate(() => undefined, never);
    for (const flow of await window.workspace.store.listFlows(never)) idOf.set(flow.nifiXmlPath, flow.flowId);
  });
  after(async () => {
    await window.close();
    await fake.stop();
  });

  const flowAt = (file: string): string => {
    const id = idOf.get(file);
    assert.ok(id !== undefined, `${file} was not found`);
    return id;
  };
  const started = (result: StartResult | undefined) => {
    assert.equal(result?.outcome, 'started', JSON.stringify(result));
    return result;
  };
  const history = (flowId: string) => window.workspace.store.history(flowId, { limit: 50 }, never);
  const table = async (sql: string) =>
    (await window.workspace.sql.execute(sql, {}, { signal: never, idempotent: true })).rows;

  // These four are always run from a window (window.test.ts).
  it('a. converts a flow for the first time, as a job of its own', async function () {
    onlyWithAll(this);
    await window.workspace.checkCanStart(never);
    const flowId = flowAt(FIRST);
    const { attemptId, jobId, runId } = started(await window.conversions.start(flowId, 'user', { signal: never }));
    const job = fake.jobs.jobs.get(jobId);
    assert.equal(job?.settings.name, jobNameOf(attemptId));
    await window.ends(1);
    assert.equal((await history(flowId))[0]?.errorMessage, null);
    const [row] = await table(
      `SELECT status, databricks_job_id, databricks_run_id, attempt_number, triggered_by, progress_percentage,
         generated_notebooks[0] AS notebook, completed_at IS NOT NULL AS completed
       FROM spark_catalog.scenarios.nifi_conversion_history WHERE attempt_id = '${attemptId}'`,
    );
    assert.deepEqual(
      [row?.['status'], row?.['databricks_job_id'], row?.['databricks_run_id'], row?.['attempt_number']],
      ['SUCCESS', jobId, runId, 1],
    );
    assert.deepEqual(
      [row?.['triggered_by'], row?.['progress_percentage'], row?.['completed']],
      ['user:data-eng@example.com', 100, true],
    );
    const [flow] = await table(
      `SELECT status, total_attempts, successful_conversions, current_attempt_id
       FROM spark_catalog.scenarios.nifi_flows WHERE flow_id = '${flowId}'`,
    );
    assert.deepEqual(
      [flow?.['status'], flow?.['total_attempts'], flow?.['successful_conversions'], flow?.['current_attempt_id']],
      ['DONE', 1, 1, attemptId],
    );
    const notebook = String(row?.['notebook']);
    assert.ok(notebook.startsWith(`/Workspace/Shared/converted/${flowId}/${attemptId}/`), notebook);
    assert.match(await window.workspace.notebooks.readText(notebook, never), /^# Databricks notebook source/);
    assert.match(
      (await window.workspace.runner.runUrl(
        { attemptId, jobName: null, jobId, runId, startedAt: new Date() },
        never,
      )) ?? '',
      new RegExp(runId),
    );
  });

  it('b. tries again after a failure: a new job, and the first record stays', async function () {
    onlyWithAll(this);
    const flowId = flowAt(DAMAGED);
    const first = started(await window.conversions.start(flowId, 'user', { signal: never }));
    await window.ends(2);
    const [failed] = await history(flowId);
    assert.equal(failed?.status, 'FAILED');
    assert.match(failed.errorMessage ?? '', /line 325/);
    assert.equal((await window.workspace.store.getFlows([flowId], never))[0]?.status, 'NEEDS_ATTENTION');

    const text = await putSample(window.workspace, 'prod-eu/GetFileEncodingInFlight.xml', DAMAGED);
    await window.workspace.volumes.write(DAMAGED, Buffer.from(text.replace('</positon>', '</position>')), never);
    const second = started(await window.conversions.start(flowId, 'retry', { signal: never }));
    await window.ends(3);
    assert.notEqual(second.jobId, first.jobId);
    assert.notEqual(second.runId, first.runId);
    const rows = await history(flowId);
    assert.deepEqual(
      rows.map((row) => `${row.attemptNumber} ${row.status} ${row.triggeredBy?.split(':')[0] ?? ''}`),
      ['2 SUCCESS retry', '1 FAILED user'],
    );
    assert.deepEqual(rows[1], failed);
  });

  it('c. converts three flows side by side: three jobs, and as few statements as one', async function () {
    onlyWithAll(this);
    const before = fake.jobs.jobs.size;
    fake.resetCounts();
    const results = await window.conversions.startMany(
      THREE.map((file) => flowAt(`${VOLUME}/prod-us/${file}`)),
      'bulk',
      { signal: never },
    );
    results.forEach(started);
    assert.equal(fake.jobs.jobs.size, before + 3);
    const writes = fake.statements.filter((sql) => /^(MERGE|INSERT|UPDATE)/.test(sql));
    // Claim, history rows, links; a quick agent's end may come in between.
    assert.ok(writes.length <= 4, writes.map((sql) => sql.slice(0, 60)).join('\n'));
    fake.resetCounts();
    await window.ends(6);
    const runs = [...fake.jobs.runs.values()].slice(-3);
    const lastStart = Math.max(...runs.map((run) => run.startedAt));
    assert.ok(
      runs.every((run) => run.endedAt > lastStart),
      'all three ran at the same time',
    );
    const flows = await window.workspace.store.getFlows(
      THREE.map((file) => flowAt(`${VOLUME}/prod-us/${file}`)),
      never,
    );
    assert.deepEqual(
      flows.map((flow) => flow.status),
      ['DONE', 'DONE', 'DONE'],
    );
  });

  it('d. keeps every attempt, newest first, with all of its facts', async function () {
    onlyWithAll(this);
    const rows = await history(flowAt(DAMAGED));
    assert.deepEqual(
      rows.map((row) => row.attemptNumber),
      [2, 1],
    );
    for (const row of rows) {
      assert.ok(row.durationSeconds !== null && row.durationSeconds >= 0);
      assert.ok(row.completedAt !== null && row.completedAt >= row.startedAt);
      assert.ok(row.databricksJobId !== '' && row.databricksRunId !== null);
    }
    const [flow] = await window.workspace.store.getFlows([flowAt(DAMAGED)], never);
    assert.deepEqual([flow?.totalAttempts, flow?.successfulConversions, flow?.status], [2, 1, 'DONE']);
  });

  it('runs the real agent by a setting alone', async () => {
    Object.assign(settings, { agentNotebookPath: '/Workspace/Shared/nifi_conversion_agent' });
    const flowId = flowAt(FIRST);
    const before = window.ended.length;
    const { attemptId } = started(await window.conversions.start(flowId, 'retry', { signal: never }));
    await window.ends(before + 1);
    const [row] = await history(flowId);
    assert.equal(row?.attemptId, attemptId);
    assert.equal(row.status, 'SUCCESS', row.errorMessage ?? '');
    const names = row.generatedNotebooks.map((name) => path.posix.basename(name));
    assert.ok(names.length > 0);
    for (const notebook of row.generatedNotebooks) {
      assert.equal((await window.workspace.files.status(notebook, never))?.object_type, 'NOTEBOOK', notebook);
      assert.match(await window.workspace.notebooks.readText(notebook, never), /^# Databricks notebook source/);
    }
    const module = path.posix.join(path.posix.dirname(row.generatedNotebooks[0] ?? ''), 'nifi_runtime/report.py');
    assert.equal(
      (await window.workspace.files.status(module, never))?.object_type,
      'FILE',
      'what is imported is a file',
    );
  });

  it('says so where its notebooks cannot be imported, and leaves whole files', async function () {
    onlyWithAll(this);
    const fault = { kind: 'status', status: 403, code: 'PERMISSION_DENIED' } as const;
    fake.faults.add({ on: 'POST /api/2.0/workspace/import', fault });
    const before = window.ended.length;
    started(await window.conversions.start(flowAt(FIRST), 'retry', { signal: never }));
    await window.ends(before + 1);
    const [row] = await history(flowAt(FIRST));
    assert.equal(row?.status, 'SUCCESS', row?.errorMessage ?? '');
    assert.match(row.statusMessage ?? '', /plain files, because they could not be imported: PermissionDenied/);
    assert.ok(row.generatedNotebooks.length > 0 && row.generatedNotebooks.every((name) => name.endsWith('.py')));
    assert.equal((await window.workspace.files.status(row.generatedNotebooks[0] ?? '', never))?.object_type, 'FILE');
  });

  it('cancels a run; the agent dies, the flow is as it was before', async () => {
    // An agent that does not end by itself before the cancel reaches it.
    const patient = '/Workspace/Shared/patient_agent';
    const source = Buffer.from('# Databricks notebook source\nimport time\ntime.sleep(600)\n');
    await window.workspace.files.importNotebook(patient, source, never);
    Object.assign(settings, { agentNotebookPath: patient });
    const flowId = flowAt(FIRST);
    const before = window.ended.length;
    const { attemptId, runId } = started(await window.conversions.start(flowId, 'user', { signal: never }));
    const child = await until('the agent', () => fake.jobs.runs.get(runId)?.child);
    await window.conversions.cancel(attemptId, never);
    await window.ends(before + 1);
    assert.equal(child.signalCode, 'SIGKILL');
    const [row] = await history(flowId);
    assert.deepEqual([row?.attemptId, row?.status], [attemptId, 'CANCELLED']);
    assert.equal((await window.workspace.store.getFlows([flowId], never))[0]?.status, 'DONE');
  });
});
