/** The Databricks workspace over the fake one, whose Spark and Delta are real and whose rate limits are the documented ones. */
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { Conversions } from '../../src/flows/conversions';
import type { DatabricksWorkspace } from '../../src/workspaces/databricks/databricksWorkspace';
import { openWorkspace, settingsFor, setUpTables } from '../databricks/databricksSubject';
import { never } from '../databricks/fixtures';
import { registerFlows } from '../support/contract/samples';
import { DEMO_TOKEN, FakeWorkspace } from '../support/fakeWorkspace/fakeWorkspace';
import { repositoryRoot } from '../support/hostPackage';
import { DUMMY_AGENT, TEMPLATE } from '../support/localWindow';
import { median, megabytes, milliseconds, row, spread } from './figures';

const BULKS = [10, 100, 1_000];
const ONE_BY_ONE = 20;
const PARALLELISM = 8;
const LISTINGS = 5;
const FILES = 2_000;

async function main(): Promise<void> {
  const fake = await FakeWorkspace.start();
  try {
    fake.jobs.hold = true;
    const settings = settingsFor(fake, { schema: 'bench' });
    const workspace = await openWorkspace(fake, settings);
    await setUpTables(workspace, settings);
    await workspace.files.importNotebook(settings.agentNotebookPath, readFileSync(DUMMY_AGENT), never);
    row('Memory that the SQL driver takes when loaded', megabytes(await driverMemory(fake)));
    await benchPopulate(fake, workspace);
    await benchListing(fake);
    await benchStarts(fake, workspace);
    workspace.dispose();
  } finally {
    await fake.stop();
  }
}

async function benchStarts(fake: FakeWorkspace, workspace: DatabricksWorkspace): Promise<void> {
  // The first statements of an engine are slow: they are nobody's.
  await start(fake, workspace, 1, 'bulk');
  const single = await start(fake, workspace, ONE_BY_ONE, 'one by one');
  for (const count of BULKS) {
    const bulk = await start(fake, workspace, count, 'bulk');
    row(`Bulk start of ${count.toLocaleString('en')}`, told(bulk, count));
  }
  row(`The same for ${ONE_BY_ONE}, one after the other`, told(single, ONE_BY_ONE));
}

interface Cost {
  readonly milliseconds: number;
  readonly statements: number;
  readonly calls: number;
}

async function start(
  fake: FakeWorkspace,
  workspace: DatabricksWorkspace,
  count: number,
  how: 'bulk' | 'one by one',
): Promise<Cost> {
  const flowIds = (await registerFlows(workspace.store, count)).map((flow) => flow.flowId);
  const conversions = new Conversions(workspace, { parallelism: PARALLELISM, keepLatestJobs: 3 });
  fake.resetCounts();
  const begun = performance.now();
  for (const ids of how === 'bulk' ? [flowIds] : flowIds.map((id) => [id])) {
    for (const result of await conversions.startMany(ids, 'bulk', { signal: never })) {
      if (result.outcome !== 'started') throw new Error(`${result.flowId}: ${JSON.stringify(result)}`);
    }
  }
  const cost = { milliseconds: performance.now() - begun, statements: fake.statements.length, calls: callsOf(fake) };
  await conversions.idle();
  conversions.dispose();
  return cost;
}

/** REST calls; the driver's own are counted as statements. */
function callsOf(fake: FakeWorkspace): number {
  return [...fake.calls].reduce((sum, [name, count]) => sum + (name.includes('/api/') ? count : 0), 0);
}

function told({ milliseconds: time, statements, calls }: Cost, count: number): string {
  return `${statements} statements, ${calls} calls, ${milliseconds(time)} (${milliseconds(time / count)} each)`;
}

async function benchListing(fake: FakeWorkspace): Promise<void> {
  const settings = settingsFor(fake, { schema: 'bench_listing' });
  const workspace = await openWorkspace(fake, settings);
  await setUpTables(workspace, settings);
  const table = (name: string): string => `\`${settings.catalog}\`.\`${settings.schema}\`.\`${name}\``;
  const attempt = "concat('flow-', lpad(id DIV 5, 4, '0'), '_attempt_', 1700000000 + id % 5)";
  await run(
    `INSERT INTO ${table(settings.historyTable)} (attempt_id, flow_id, databricks_job_id, databricks_run_id, job_name,
       status, started_at, completed_at, attempt_number, triggered_by, error_message)
     SELECT ${attempt}, concat('flow-', lpad(id DIV 5, 4, '0')), CAST(id AS STRING), CAST(id AS STRING), ${attempt},
       IF(id % 5 = 4, 'SUCCESS', 'FAILED'), timestamp_seconds(1700000000 + id), timestamp_seconds(1700000100 + id),
       CAST(id % 5 + 1 AS INT), 'bulk:ann', IF(id % 5 = 4, NULL, repeat('a long reason ', 20)) FROM range(5000)`,
  );
  await run(
    `INSERT INTO ${table(settings.flowsTable)} (flow_id, flow_name, server, nifi_xml_path, status, current_attempt_id,
       total_attempts, successful_conversions)
     SELECT concat('flow-', lpad(id, 4, '0')), concat('Flow ', id), concat('server-', id % 10), concat('/flows/', id),
       'DONE', concat('flow-', lpad(id, 4, '0'), '_attempt_1700000004'), 5, 1 FROM range(1000)`,
  );
  const times: number[] = [];
  for (let left = LISTINGS; left > 0; left -= 1) {
    const begun = performance.now();
    const flows = await workspace.store.listFlows(never);
    times.push(performance.now() - begun);
    if (flows.length !== 1_000 || flows.some((flow) => flow.totalAttempts !== 5)) throw new Error('a wrong list');
  }
  row('List 1,000 flows with 5,000 attempts over the driver', spread(times));
  workspace.dispose();

  async function run(sql: string): Promise<void> {
    await workspace.sql.execute(sql, {}, { signal: never });
  }
}

async function benchPopulate(fake: FakeWorkspace, workspace: DatabricksWorkspace): Promise<void> {
  const root = fake.storage.onDisk('/Volumes/main/nifi/files');
  for (let index = 0; index < FILES; index += 1) {
    const folder = path.join(root, `server-${index % 20}`);
    if (index < 20) mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, `flow-${index}.xml`), TEMPLATE);
  }
  for (const again of [false, true]) {
    fake.resetCounts();
    const begun = performance.now();
    const { added } = await workspace.populate(() => undefined, never);
    const time = milliseconds(performance.now() - begun);
    if (added.length !== (again ? 0 : FILES)) throw new Error(`${added.length} flows were added`);
    row(
      `Populate of ${FILES.toLocaleString('en')} files${again ? ', nothing new' : ''}`,
      `${fake.statements.length} statements, ${callsOf(fake)} calls, ${time}`,
    );
  }
}

/** In a process of its own, and the middle of three, since other things of a process grow as well. */
async function driverMemory(fake: FakeWorkspace): Promise<number> {
  const order = JSON.stringify({
    bundle: path.join(repositoryRoot, 'dist', 'workspaces', 'databricks.js'),
    settings: settingsFor(fake),
    authority: fake.certificate,
    token: DEMO_TOKEN,
  });
  const grown: number[] = [];
  for (let left = 3; left > 0; left -= 1) {
    const program = path.join(repositoryRoot, 'test', 'bench', 'driverMemory.ts');
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', '--import', 'tsx', program, order]);
    grown.push(Number(stdout));
  }
  return median(grown);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
