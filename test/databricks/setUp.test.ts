/** Set-up, migration and populate on real Delta: from nothing, twice, from half, and from an earlier system. */
import assert from 'node:assert/strict';
import path from 'node:path';

import type { SetUpResult } from '../../src/flows/administration';
import { AcceleratorError } from '../../src/flows/errors';
import type { DatabricksSettings } from '../../src/workspaces/databricks/settings';
import { DatabricksAdministration } from '../../src/workspaces/databricks/administration';
import type { DatabricksWorkspace } from '../../src/workspaces/databricks/databricksWorkspace';
import { EngineError } from '../support/fakeWorkspace/engine';
import type { FakeWorkspace } from '../support/fakeWorkspace/fakeWorkspace';
import { openWorkspace, settingsFor } from './databricksSubject';
import { fakeOver } from './engine';
import { never } from './fixtures';
import { EXTENSION } from './place';

const OLD_FLOWS = 200;
/** Flows of the old table by what they hold, in turn. */
const KINDS = 8;

describe('setting up a Databricks workspace', function () {
  this.timeout(180_000);
  let fake: FakeWorkspace;
  let settings: DatabricksSettings;
  let workspace: DatabricksWorkspace;
  let administration: DatabricksAdministration;

  before(async function () {
    fake = await fakeOver(this);
    settings = settingsFor(fake, {
      schema: 'set_up',
      volumePath: '/Volumes/main/default/nifi',
      outputPath: '/Workspace/Shared/converted',
    });
    workspace = await openWorkspace(fake, settings);
    administration = new DatabricksAdministration(workspace, { settings: () => settings, extensionPath: EXTENSION });
  });
  after(async () => {
    administration.dispose();
    await fake.stop();
  });

  const outcomes = (results: readonly SetUpResult[]): ReadonlySet<string> =>
    new Set(results.map((result) => result.outcome));
  const rows = async (sql: string): Promise<readonly Readonly<Record<string, unknown>>[]> =>
    (await workspace.sql.execute(sql, {}, { signal: never, idempotent: true })).rows;

  it('says what is missing, and starts nothing to find out', async () => {
    fake.warehouseState = 'STOPPED';
    const report = await administration.check(never);
    const verdicts = Object.fromEntries(
      report.map(({ subject, verdict, mend }) => [subject, `${verdict} ${mend ?? ''}`]),
    );
    assert.equal(verdicts['Sign-in'], 'ok ');
    assert.equal(verdicts['SQL warehouse'], 'ok ');
    assert.equal(verdicts['Schema spark_catalog.set_up'], 'missing setUpWorkspace');
    assert.equal(verdicts['Table spark_catalog.set_up.nifi_flows'], 'missing setUpWorkspace');
    assert.equal(verdicts['Folder of flows'], 'missing setUpWorkspace');
    assert.equal(verdicts['Agent'], 'missing uploadAgent');
    assert.equal(fake.warehouseState, 'STOPPED');
    assert.deepEqual(fake.statements, []);
    const plan = await administration.planSetUp(never);
    assert.deepEqual(new Set(plan.map((step) => step.action)), new Set(['create']));
    assert.deepEqual(fake.statements, []);
  });

  it('offers what the workspace has', async () => {
    assert.deepEqual(
      (await administration.warehouses(never)).map(({ value }) => value),
      [fake.warehouseHttpPath],
    );
    const compute = await administration.computeOptions(never);
    assert.deepEqual(
      compute.runtimes.map(({ value }) => value),
      ['16.4.x-scala2.13', '15.4.x-scala2.12', '13.3.x-scala2.12'],
    );
    assert.ok(compute.nodeTypes.some(({ value }) => value === 'i3.xlarge'));
    assert.ok(compute.clusters.length > 0);
  });

  it('names the privilege that is missing', async () => {
    const statement = /^CREATE SCHEMA/;
    const refusal = new EngineError(
      '[INSUFFICIENT_PERMISSIONS] User does not have CREATE SCHEMA. SQLSTATE: 42501',
      'INSUFFICIENT_PERMISSIONS',
      '42501',
    );
    fake.statementFaults.add({ on: statement, fault: refusal });
    await assert.rejects(
      administration.setUp(() => undefined, never),
      (error) => AcceleratorError.is(error, 'noPermission') && /CREATE SCHEMA on spark_catalog/.test(error.message),
    );
  });

  it('sets up from nothing', async () => {
    const told: SetUpResult[] = [];
    const results = await administration.setUp((result) => told.push(result), never);
    assert.deepEqual(told, results);
    assert.ok(outcomes(results).has('done'));
    assert.equal(
      (await workspace.files.status('/Workspace/Shared/nifi_conversion_agent', never))?.object_type,
      'NOTEBOOK',
    );
    assert.equal(
      (await workspace.files.status('/Workspace/Shared/nifi_converter/agent.py', never))?.object_type,
      'FILE',
      'a module stays a file, so that it can be imported',
    );
    assert.deepEqual(await workspace.store.listFlows(never), []);
  });

  it('changes nothing the second time, and sends no statement', async () => {
    fake.resetCounts();
    const results = await administration.setUp(() => undefined, never);
    assert.deepEqual(outcomes(results), new Set(['unchanged']));
    assert.deepEqual(fake.statements, []);
    assert.equal(fake.calls.get('POST /api/2.0/workspace/import'), undefined);
    const report = await administration.check(never);
    assert.deepEqual(
      report.filter(({ verdict }) => verdict !== 'ok'),
      [],
    );
  });

  it('tells a privilege that somebody lacks', async () => {
    fake.grants.add('data-eng@example.com table spark_catalog.set_up.nifi_flows MODIFY');
    const report = await administration.check(never);
    fake.grants.clear();
    assert.deepEqual(
      report
        .filter(({ verdict }) => verdict !== 'ok')
        .map(({ subject, verdict, detail }) => [subject, verdict, detail]),
      [['Privileges on spark_catalog.set_up.nifi_flows', 'refused', 'MODIFY is not granted to data-eng@example.com']],
    );
  });

  it('finishes what was left half', async () => {
    await workspace.sql.execute('DROP TABLE spark_catalog.set_up.nifi_conversion_history', {}, { signal: never });
    await workspace.files.delete('/Workspace/Shared/nifi_conversion_agent', never);
    const results = await administration.setUp(() => undefined, never);
    assert.deepEqual(
      results.filter(({ outcome }) => outcome === 'done').map(({ title }) => title),
      ['create_history_table.sql: nifi_conversion_history', 'Agents and converter in /Workspace/Shared'],
    );
  });

  it('finds 300 flows in a volume, each once, and leaves what it knows alone', async () => {
    const files = Array.from(
      { length: 300 },
      (_, index) => `/Volumes/main/default/nifi/prod-${index % 3}/flow-${index}.xml`,
    );
    for (const [index, file] of files.entries()) {
      await workspace.volumes.makeFolder(path.posix.dirname(file), never);
      await workspace.volumes.write(file, Buffer.from(template(`Flow ${index}`)), never);
    }
    await workspace.volumes.write('/Volumes/main/default/nifi/notes.json', Buffer.from('{"no": "flow"}'), never);
    fake.resetCounts();
    const first = await administrationPopulate();
    assert.equal(first.added.length, 300);
    assert.deepEqual(first.problems, []);
    assert.equal(fake.statements.filter((sql) => /^INSERT/.test(sql)).length, 1, 'one statement for all');
    const flows = await workspace.store.listFlows(never);
    assert.deepEqual(new Set(flows.map((flow) => flow.server)), new Set(['prod-0', 'prod-1', 'prod-2']));
    fake.resetCounts();
    const second = await administrationPopulate();
    assert.equal(second.unchanged.length, 300);
    assert.equal(fake.statements.filter((sql) => !/^\s*SELECT/.test(sql)).length, 0, 'nothing is written');
  });

  it('registers a file of this computer', async () => {
    const result = await administration.registerFiles(
      [{ name: 'estate/my flow.xml', content: Buffer.from(template('Mine')) }],
      never,
    );
    assert.equal(result.added.length, 1);
    const [flow] = await workspace.store.getFlows(result.added, never);
    assert.equal(flow?.nifiXmlPath, '/Volumes/main/default/nifi/estate/my flow.xml');
    await assert.rejects(
      administration.registerFiles([{ name: 'readme.txt', content: Buffer.from('hello') }], never),
      (error) => AcceleratorError.is(error, 'badData'),
    );
  });

  describe('from an earlier system', () => {
    before(async () => {
      settings = { ...settings, schema: 'earlier' };
      workspace.dispose();
      workspace = await openWorkspace(fake, settings);
      administration = new DatabricksAdministration(workspace, { settings: () => settings, extensionPath: EXTENSION });
      await workspace.sql.execute('CREATE SCHEMA IF NOT EXISTS spark_catalog.earlier', {}, { signal: never });
      await workspace.sql.execute(OLD_TABLE, {}, { signal: never });
      await workspace.sql.execute(oldRows(), {}, { signal: never });
    });

    it('adds the columns that the table lacks', async () => {
      const plan = await administration.planSetUp(never);
      assert.match(
        plan.find((step) => step.action === 'update')?.title ?? '',
        /nifi_flows: columns current_attempt_id, total_attempts, successful_conversions, last_attempt_at, first_attempt_at$/,
      );
      await administration.setUp(() => undefined, never);
      assert.deepEqual(outcomes(await administration.setUp(() => undefined, never)), new Set(['unchanged']));
    });

    it('makes one attempt of each flow that was converted, and loses nothing', async () => {
      // Cut off in the middle first: the statement that settles the flows' rows fails.
      fake.statementFaults.add({
        on: /t\.current_attempt_id = s\.attempt_id/,
        fault: new EngineError('[INTERNAL_ERROR] gone', 'INTERNAL_ERROR', 'XX000'),
      });
      await assert.rejects(administration.migrate(() => undefined, never));
      const lines = await administration.migrate(() => undefined, never);
      assert.equal(lines.length, 4);
      assert.deepEqual(
        lines.filter((line) => !line.ok),
        [],
      );
      const counts = await rows(
        `SELECT status, COUNT(*) AS n FROM spark_catalog.earlier.nifi_conversion_history GROUP BY status ORDER BY status`,
      );
      const each = OLD_FLOWS / KINDS;
      assert.deepEqual(
        counts.map((row) => [row['status'], Number(row['n'])]),
        [
          ['FAILED', 4 * each],
          ['RUNNING', each],
          ['SUCCESS', 2 * each],
        ],
      );
      const flows = await workspace.store.listFlows(never);
      assert.equal(flows.length, OLD_FLOWS);
      assert.deepEqual(
        Object.fromEntries(
          ['NOT_STARTED', 'CONVERTING', 'DONE', 'NEEDS_ATTENTION'].map((status) => [
            status,
            flows.filter((flow) => flow.status === status).length,
          ]),
        ),
        { NOT_STARTED: each, CONVERTING: each, DONE: 2 * each, NEEDS_ATTENTION: 4 * each },
      );
      const backup = await rows('SELECT COUNT(*) AS n FROM spark_catalog.earlier.nifi_flows_before_history');
      assert.equal(Number(backup[0]?.['n']), OLD_FLOWS);
    });

    it('may run again and changes nothing', async () => {
      const before = await rows('SELECT * FROM spark_catalog.earlier.nifi_conversion_history ORDER BY attempt_id');
      await administration.migrate(() => undefined, never);
      assert.deepEqual(
        await rows('SELECT * FROM spark_catalog.earlier.nifi_conversion_history ORDER BY attempt_id'),
        before,
      );
    });
  });

  function administrationPopulate() {
    return workspace.populate(() => undefined, never);
  }
});

function template(name: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<template encoding-version="1.3"><description></description><name>${name}</name><snippet></snippet></template>`;
}

const OLD_TABLE = `CREATE TABLE spark_catalog.earlier.nifi_flows (
  flow_id STRING NOT NULL, flow_name STRING NOT NULL, server STRING NOT NULL, nifi_xml_path STRING NOT NULL,
  description STRING, priority STRING, owner STRING, status STRING NOT NULL, databricks_job_id STRING,
  databricks_run_id STRING, progress_percentage INT, iterations INT, validation_percentage INT, created_at TIMESTAMP,
  last_updated TIMESTAMP, conversion_started_at TIMESTAMP, conversion_completed_at TIMESTAMP,
  generated_notebooks ARRAY<STRING>, error_message STRING, status_message STRING) USING DELTA`;

/** Odd rows as years of use leave them: null dates, unknown statuses, conversions whose run is long gone. */
function oldRows(): string {
  const started = `TIMESTAMP '2024-03-01 10:00:00'`;
  const kinds = [
    `'NOT_STARTED', NULL, NULL, NULL, NULL, NULL`,
    `'DONE', '11', '22', ${started}, TIMESTAMP '2024-03-01 10:07:00', NULL`,
    `'DONE', '11', '23', NULL, NULL, NULL`,
    `'NEEDS_ATTENTION', '11', '24', ${started}, NULL, 'it failed'`,
    `'CONVERTING', '11', '25', ${started}, NULL, NULL`,
    `'CONVERTING', NULL, NULL, ${started}, NULL, NULL`,
    `'PAUSED', '11', NULL, NULL, NULL, NULL`,
    `'FAILED', '11', '26', TIMESTAMP '2024-03-02 10:00:00', TIMESTAMP '2024-03-01 10:00:00', 'it ends before it begins'`,
  ];
  const values = Array.from(
    { length: OLD_FLOWS },
    (_, index) => `('old-${index}', 'Old ${index}', 'prod', '/Volumes/old/${index}.xml', ${kinds[index % KINDS]})`,
  );
  return `INSERT INTO spark_catalog.earlier.nifi_flows
    (flow_id, flow_name, server, nifi_xml_path, status, databricks_job_id, databricks_run_id, conversion_started_at,
     conversion_completed_at, error_message) VALUES ${values.join(', ')}`;
}
