/** Set-up, migration and populate on real Delta: from nothing, twice, from half, and from an earlier system. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import type { SetUpResult } from '../../src/flows/administration';
import { AcceleratorError } from '../../src/flows/errors';
import { Reconciler } from '../../src/flows/reconciler';
import type { DatabricksSettings } from '../../src/workspaces/databricks/settings';
import { DatabricksAdministration } from '../../src/workspaces/databricks/administration';
import type { DatabricksWorkspace } from '../../src/workspaces/databricks/databricksWorkspace';
import { EngineError } from '../support/fakeWorkspace/engineError';
import type { FakeWorkspace } from '../support/fakeWorkspace/fakeWorkspace';
import { openWorkspace, settingsFor } from './databricksSubject';
import { fakeOver, WITH_ALL } from './engine';
import { never } from './fixtures';
import { EXTENSION } from './place';

const OLD_FLOWS = 200;

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

  it('tells a privilege that somebody lacks, by whatever way they may have it', async () => {
    const table = 'table spark_catalog.set_up.nifi_flows';
    const user = 'data-eng@example.com';
    // A connection of its own: who somebody is, with their groups, is asked once.
    const check = async () => {
      const other = await openWorkspace(fake, settings);
      const rights = new DatabricksAdministration(other, { settings: () => settings, extensionPath: EXTENSION });
      const report = await rights.check(never);
      rights.dispose();
      return report.filter(({ verdict }) => verdict !== 'ok');
    };
    const grant = 'GRANT MODIFY ON TABLE `spark_catalog`.`set_up`.`nifi_flows` TO `data-eng@example.com`';
    fake.grants.add(`${user} ${table} MODIFY`);
    const subject = `Rights on ${table}`;
    const refused = `MODIFY not granted to ${user}. Its owner can run:\n${grant}`;
    assert.deepEqual(await check(), [{ subject, verdict: 'refused', detail: refused, mend: null }]);

    fake.groupGrants.add(`engineers ${table} MODIFY`);
    assert.equal((await check()).length, 1, 'of a group that they are not in');
    fake.groups.set(user, ['engineers']);
    assert.deepEqual(await check(), []);
    fake.groups.clear();

    fake.owners.set(table, user);
    assert.deepEqual(await check(), [], 'an owner needs no grant');
    fake.owners.clear();
    fake.grants.clear();
    fake.groupGrants.clear();
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
      const disk = fake.storage.onDisk(file);
      mkdirSync(path.dirname(disk), { recursive: true });
      writeFileSync(disk, template(`Flow ${index}`));
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

  it('registers files of this computer, and says which of them hold no flow', async () => {
    const upload = (name: string, text: string) => ({ name, read: () => Promise.resolve(Buffer.from(text)) });
    const names = ['estate/my flow.xml', 'estate/readme.json'];
    assert.deepEqual(await administration.filesThere(names, never), []);
    const told: string[] = [];
    const result = await administration.registerFiles(
      [upload('estate/my flow.xml', template('Mine')), upload('estate/readme.json', '{"hello": 1}')],
      (done, total) => told.push(`${done}/${total}`),
      never,
    );
    assert.deepEqual(told, ['1/2', '2/2']);
    assert.deepEqual(result.problems, [
      { path: '/Volumes/main/default/nifi/estate/readme.json', message: 'holds no NiFi flow' },
    ]);
    const [flow, second] = await workspace.store.getFlows(result.added, never);
    assert.equal(flow?.nifiXmlPath, '/Volumes/main/default/nifi/estate/my flow.xml');
    assert.equal(flow.server, 'estate');
    assert.equal(second, undefined);
    assert.deepEqual(await administration.filesThere(names, never), names);
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
      await workspace.sql.execute(TWICE, {}, { signal: never });
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

    it('makes one attempt of each flow that was converted, wherever it is cut off, and loses nothing', async () => {
      const old = await rows('SELECT * FROM spark_catalog.earlier.nifi_flows ORDER BY flow_id');
      // Each statement fails once, so that every run gets one further than the last.
      const patterns = [
        /_before_history`'\)\nUSING/,
        /'migration:', CURRENT_USER/,
        /s\.newest\.attempt_id/,
        /^UPDATE/m,
      ];
      const cutAt: number[] = [];
      for (const on of WITH_ALL ? patterns : patterns.slice(2, 3)) {
        fake.statementFaults.add({ on, fault: new EngineError('[INTERNAL_ERROR] gone', 'INTERNAL_ERROR', 'XX000') });
        let step = 0;
        await assert.rejects(administration.migrate((at) => void (step = at), never));
        cutAt.push(step);
      }
      assert.deepEqual(cutAt, WITH_ALL ? [1, 2, 3, 4] : [3]);
      const lines = await administration.migrate(() => undefined, never);
      assert.equal(lines.length, 5);
      assert.deepEqual(
        lines.filter((line) => !line.ok),
        [],
      );
      const counts = await rows(
        `SELECT status, COUNT(*) AS n FROM spark_catalog.earlier.nifi_conversion_history GROUP BY status`,
      );
      assert.deepEqual(
        Object.fromEntries(counts.map((row) => [String(row['status']), Number(row['n'])])),
        expected((kind) => kind.attempt, { SUCCESS: 1, FAILED: 1 }),
      );
      assert.deepEqual(
        await flowsByStatus(),
        expected((kind) => kind.flow, { DONE: 2 }),
      );
      const backup = await rows('SELECT * FROM spark_catalog.earlier.nifi_flows_before_history ORDER BY flow_id');
      assert.deepEqual(backup, old);
    });

    it('leaves no attempt running whose run is long gone', async () => {
      await new Reconciler(workspace).reconcile(never);
      const { CONVERTING, NEEDS_ATTENTION, ...others } = expected((kind) => kind.flow, { DONE: 2 });
      assert.deepEqual(await flowsByStatus(), {
        ...others,
        NEEDS_ATTENTION: (NEEDS_ATTENTION ?? 0) + (CONVERTING ?? 0),
      });
      assert.deepEqual(await workspace.store.activeAttempts(never), []);
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

  async function flowsByStatus(): Promise<Readonly<Record<string, number>>> {
    const counts = await rows('SELECT status, COUNT(*) AS n FROM spark_catalog.earlier.nifi_flows GROUP BY status');
    return Object.fromEntries(counts.map((row) => [String(row['status']), Number(row['n'])]));
  }

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

interface OldKind {
  /** status, job, run, start, end and error as SQL. */
  readonly values: string;
  /** What becomes of it; null: it was never converted. */
  readonly attempt: string | null;
  readonly flow: string;
}

const STARTED = `TIMESTAMP '2024-03-01 10:00:00'`;
/** Odd rows as years of use leave them: null dates, unknown statuses, conversions whose run is long gone. */
const OLD_KINDS: readonly OldKind[] = [
  { values: `'NOT_STARTED', NULL, NULL, NULL, NULL, NULL`, attempt: null, flow: 'NOT_STARTED' },
  {
    values: `'DONE', '11', '22', ${STARTED}, TIMESTAMP '2024-03-01 10:07:00', NULL`,
    attempt: 'SUCCESS',
    flow: 'DONE',
  },
  { values: `' done', '11', '23', NULL, NULL, NULL`, attempt: 'SUCCESS', flow: 'DONE' },
  {
    values: `'NEEDS_ATTENTION', '11', '24', ${STARTED}, NULL, 'it failed'`,
    attempt: 'FAILED',
    flow: 'NEEDS_ATTENTION',
  },
  { values: `'CONVERTING', '11', '25', ${STARTED}, NULL, NULL`, attempt: 'RUNNING', flow: 'CONVERTING' },
  { values: `'CONVERTING', NULL, NULL, ${STARTED}, NULL, NULL`, attempt: 'FAILED', flow: 'NEEDS_ATTENTION' },
  { values: `'PAUSED', '11', NULL, NULL, NULL, NULL`, attempt: 'FAILED', flow: 'NEEDS_ATTENTION' },
  { values: `'new', NULL, '', NULL, NULL, NULL`, attempt: null, flow: 'NOT_STARTED' },
  { values: `'NOT_STARTED', '11', '27', ${STARTED}, NULL, NULL`, attempt: 'CANCELLED', flow: 'NOT_STARTED' },
  {
    values: `'FAILED', '11', '26', TIMESTAMP '2024-03-02 10:00:00', ${STARTED}, 'it ends before it begins'`,
    attempt: 'FAILED',
    flow: 'NEEDS_ATTENTION',
  },
];

/** A flow that stands in the old table twice, since nothing kept that from happening; each row with a run of its own. */
const TWICE = `INSERT INTO spark_catalog.earlier.nifi_flows
  (flow_id, flow_name, server, nifi_xml_path, status, databricks_run_id, conversion_started_at) VALUES
  ('twice', 'Twice', 'prod', '/Volumes/old/twice.xml', 'FAILED', '31', ${STARTED}),
  ('twice', 'Twice', 'prod', '/Volumes/old/twice.xml', 'DONE', '32', TIMESTAMP '2024-03-05 10:00:00')`;

/** How many of the old rows become what. @param counts those of the flow that is there twice */
function expected(
  what: (kind: OldKind) => string | null,
  counts: Record<string, number>,
): Readonly<Record<string, number>> {
  for (const kind of OLD_KINDS) {
    const key = what(kind);
    if (key !== null) counts[key] = (counts[key] ?? 0) + OLD_FLOWS / OLD_KINDS.length;
  }
  return counts;
}

function oldRows(): string {
  const values = Array.from(
    { length: OLD_FLOWS },
    (_, index) =>
      `('old-${index}', 'Old ${index}', 'prod', '/Volumes/old/${index}.xml', ${OLD_KINDS[index % OLD_KINDS.length]?.values ?? ''})`,
  );
  return `INSERT INTO spark_catalog.earlier.nifi_flows
    (flow_id, flow_name, server, nifi_xml_path, status, databricks_job_id, databricks_run_id, conversion_started_at,
     conversion_completed_at, error_message) VALUES ${values.join(', ')}`;
}
