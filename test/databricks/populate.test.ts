/** `populate_flows_from_volume.py` as a job on a cluster, beside the extension's own scan of the same volume. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';

import * as z from 'zod';

import { flowIdOf } from '../../src/flows/ids';
import type { DatabricksWorkspace } from '../../src/workspaces/databricks/databricksWorkspace';
import { SAMPLE_FLOWS } from '../support/hostTier';
import type { FakeWorkspace } from '../support/fakeWorkspace/fakeWorkspace';
import { until } from '../support/until';
import { openWorkspace, settingsFor, setUpTables } from './databricksSubject';
import { fakeOver } from './engine';
import { never } from './fixtures';
import { EXTENSION } from './place';
import { uploadAgents } from '../../src/workspaces/databricks/setUp/agents';

const VOLUME = '/Volumes/main/default/estate';
const CORPUS = path.resolve('..', 'shared', 'corpus');
const KNOWN = `${VOLUME}/prod-eu/csv-to-json-flow.xml`;
const TEMPLATE = '<template encoding-version="1.2"><name>x</name><snippet></snippet></template>';
const INSTANCE = `<flowController encoding-version="1.4"><rootGroup><id>r</id><name>NiFi Flow</name>
<processor><id>p</id><name>At root</name><class>x.LogMessage</class></processor>
<processGroup><id>a</id><name>One</name></processGroup><processGroup><id>b</id><name>Two &lt;2&gt;</name></processGroup>
</rootGroup></flowController>`;

const id = z.union([z.string(), z.number()]).transform(String);
const started = z.object({ job_id: id });
const running = z.object({ run_id: id });
const result = z.object({
  scanned: z.number(),
  found: z.number(),
  added: z.number(),
  updated: z.number(),
  unchanged: z.number(),
  refused: z.array(z.string()),
  problems: z.array(z.object({ path: z.string(), message: z.string() })),
});

describe('populating on a cluster', function () {
  this.timeout(180_000);
  let fake: FakeWorkspace;
  let workspace: DatabricksWorkspace;

  before(async function () {
    fake = await fakeOver(this);
    const settings = settingsFor(fake, { schema: 'populate', volumePath: VOLUME });
    workspace = await openWorkspace(fake, settings);
    await setUpTables(workspace, settings);
    await uploadAgents(workspace.files, EXTENSION, '/Workspace/Shared', () => undefined, never);
    const disk = fake.storage.onDisk(VOLUME);
    cpSync(SAMPLE_FLOWS, disk, { recursive: true });
    if (existsSync(CORPUS)) cpSync(CORPUS, path.join(disk, 'corpus'), { recursive: true });
    mkdirSync(path.join(disk, 'odd names'));
    writeFileSync(path.join(disk, 'Ünïcode & more.xml'), TEMPLATE);
    writeFileSync(path.join(disk, 'odd names', 'team #1.flow.xml.gz'), gzipSync(INSTANCE));
    writeFileSync(path.join(disk, 'odd names', 'empty.xml'), '');
    writeFileSync(path.join(disk, 'odd names', 'pom.xml'), '<project/>');
  });
  after(async () => {
    workspace.dispose();
    await fake.stop();
  });

  it('makes the ids, names and servers of the extension, and leaves what it knows alone', async () => {
    await workspace.sql.execute(
      `INSERT INTO spark_catalog.populate.nifi_flows
         (flow_id, flow_name, server, nifi_xml_path, description, owner, status, total_attempts, current_attempt_id)
       VALUES ('old-7', 'csv-to-json-flow', 'elsewhere', :path, 'by a person', 'ann', 'DONE', 3, 'old-7_attempt_1')`,
      { path: KNOWN },
      { signal: never },
    );
    const told = result.parse(JSON.parse(await runNotebook()));
    assert.deepEqual([told.updated, told.unchanged, told.refused], [1, 0, []]);
    assert.equal(told.added, told.found - 1);
    assert.deepEqual(
      told.problems.map((problem) => path.posix.relative(VOLUME, problem.path)),
      ['odd names/empty.xml', 'prod-eu/GetFileEncodingInFlight.xml'],
    );

    const rows = await workspace.store.listFlows(never);
    assert.equal(rows.length, told.found);
    const known = rows.find((flow) => flow.nifiXmlPath === KNOWN);
    assert.deepEqual(
      [known?.flowId, known?.server, known?.description, known?.owner, known?.status, known?.totalAttempts],
      ['old-7', 'prod-eu', 'by a person', 'ann', 'DONE', 3],
    );
    for (const flow of rows.filter((one) => one !== known)) assert.equal(flow.flowId, flowIdOf(flow.nifiXmlPath));

    // The extension's scan knows a flow by its path and would follow another name or server: it finds nothing to write.
    fake.resetCounts();
    const scanned = await workspace.populate(() => undefined, never);
    assert.deepEqual(
      [scanned.unchanged.length, scanned.added, scanned.updated, scanned.refused],
      [told.found, [], [], []],
    );
    assert.deepEqual(
      fake.statements.filter((sql) => !/^\s*SELECT/.test(sql)),
      [],
    );
  });

  /** Runs the notebook as one job and returns what it exits with. */
  async function runNotebook(): Promise<string> {
    const parameters = { catalog: 'spark_catalog', schema: 'populate', flows_table: 'nifi_flows', volume_path: VOLUME };
    const task = {
      task_key: 'populate',
      notebook_task: {
        notebook_path: '/Workspace/Shared/populate_flows_from_volume',
        base_parameters: parameters,
      },
    };
    const post = { method: 'POST', what: 'run the notebook' } as const;
    const { job_id: jobId } = await workspace.rest.json(
      { ...post, path: '/api/2.2/jobs/create', body: { name: 'populate', tasks: [task] } },
      started,
      never,
    );
    const { run_id: runId } = await workspace.rest.json(
      { ...post, path: '/api/2.2/jobs/run-now', body: { job_id: jobId } },
      running,
      never,
    );
    const run = await until('the run to end', () => fake.jobs.runs.get(runId)?.output ?? false, {
      timeoutMs: 150_000,
      intervalMs: 100,
    });
    assert.equal(run.state, 'SUCCESS', run.trace);
    return run.result ?? '';
  }
});
