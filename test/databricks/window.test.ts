/**
 * The packaged extension in a real VS Code, on the fake workspace: the four paths of a person, each checked by SQL on the
 * Delta tables and by the list of jobs.
 */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';

import * as z from 'zod';

import { jobNameOf } from '../../src/flows/ids';
import { startDemo, type DatabricksDemo } from '../support/databricksDemo';
import { until } from '../support/until';
import { DAMAGED, DAMAGED_FILE, FIRST, FourPaths, mended, THREE } from '../support/vscode/fourPaths';
import { startProduct, type Product } from '../support/vscode/product';
import type { Workbench } from '../support/vscode/workbench';
import { sharedEngine } from './engine';
import { never } from './fixtures';

const SCHEMA = 'in_window';
const RUN_TIMEOUT_MS = 240_000;

const rowSchema = z.object({
  attempt_id: z.string(),
  attempt_number: z.number(),
  status: z.string(),
  databricks_job_id: z.string(),
  databricks_run_id: z.string().nullable(),
  triggered_by: z.string(),
  error_message: z.string().nullable(),
  notebooks: z.number(),
});
type Row = z.infer<typeof rowSchema>;

describe('a window on Databricks', function () {
  this.timeout(480_000);
  let demo: DatabricksDemo;
  let product: Product;
  let workbench: Workbench;
  let paths: FourPaths;

  before(async function () {
    const engine = await sharedEngine(this);
    this.timeout(480_000);
    demo = await startDemo(SCHEMA, 'nifi_conversion_dummy_agent', engine);
    product = await startProduct({ settings: demo.settings, env: demo.env });
    workbench = await product.openWindow({ width: 1440, height: 900 });
    await workbench.openContainer('NiFi Accelerator');
    paths = new FourPaths(workbench, RUN_TIMEOUT_MS);
  });
  after(async () => {
    await workbench.close();
    await product.stop();
    await demo.stop();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') {
      await workbench.screenshot(`out/e2e/databricks ${this.currentTest.title.slice(0, 1)}.png`);
    }
  });

  /** A flow's attempts in the history table, oldest first. */
  async function rowsOf(flow: string): Promise<readonly Row[]> {
    const { rows } = await demo.workspace.sql.execute(
      `SELECT h.attempt_id, h.attempt_number, h.status, h.databricks_job_id, h.databricks_run_id, h.triggered_by,
         h.error_message, size(coalesce(h.generated_notebooks, array())) AS notebooks
       FROM spark_catalog.${SCHEMA}.nifi_conversion_history AS h
       JOIN spark_catalog.${SCHEMA}.nifi_flows AS f ON f.flow_id = h.flow_id
       WHERE f.flow_name = :flow ORDER BY h.attempt_number`,
      { flow },
      { signal: never, idempotent: true },
    );
    return rows.map((row) => rowSchema.parse(row));
  }

  /** The rows when they have that many attempts, all ended and linked: a quick agent ends its row before it is linked. */
  const endedRows = (flow: string, count: number): Promise<readonly Row[]> =>
    until(
      `${count} rows of ${flow}, ended and linked`,
      async () => {
        const rows = await rowsOf(flow);
        const settled = rows.every((row) => /SUCCESS|FAILED/.test(row.status) && row.databricks_job_id !== '');
        return rows.length === count && settled && rows;
      },
      { timeoutMs: RUN_TIMEOUT_MS, intervalMs: 2_000 },
    );

  /** Every row has a job of its own, made for it, with one run; and there is no other job. */
  function assertJobs(rows: readonly Row[], total: number): void {
    const { jobs, runs } = demo.fake.jobs;
    assert.equal(jobs.size, total);
    assert.equal(runs.size, total);
    for (const row of rows) {
      assert.equal(jobs.get(row.databricks_job_id)?.settings.name, jobNameOf(row.attempt_id));
      assert.equal(runs.get(row.databricks_run_id ?? '')?.job.id, row.databricks_job_id);
    }
  }

  it('a. converts a flow for the first time', async () => {
    await workbench.row(FIRST).waitFor({ timeout: RUN_TIMEOUT_MS });
    await paths.convertFirst();
    const rows = await endedRows(FIRST, 1);
    assert.deepEqual(
      rows.map((row) => [row.attempt_number, row.status, row.triggered_by]),
      [[1, 'SUCCESS', 'user:data-eng@example.com']],
    );
    assert.ok(rows.every((row) => row.notebooks > 0));
    assertJobs(rows, 1);
  });

  it('b. tries again after a failure, with the file mended', async () => {
    await paths.retryMended(() => {
      const file = demo.fake.storage.onDisk(`${String(demo.settings['nifiAccelerator.volumePath'])}/${DAMAGED_FILE}`);
      writeFileSync(file, mended(readFileSync(file, 'utf8')));
    });
    const rows = await endedRows(DAMAGED, 2);
    assert.deepEqual(
      rows.map((row) => [row.attempt_number, row.status, row.triggered_by.split(':')[0]]),
      [
        [1, 'FAILED', 'user'],
        [2, 'SUCCESS', 'retry'],
      ],
    );
    assert.match(rows[0]?.error_message ?? '', /line 325/);
    assertJobs(rows, 3);
  });

  it('c. converts three selected flows side by side', async () => {
    await paths.convertThree();
    const rows = await Promise.all(THREE.map((flow) => endedRows(flow, 1)));
    assert.deepEqual(
      rows.flat().map((row) => [row.status, row.triggered_by.split(':')[0]]),
      THREE.map(() => ['SUCCESS', 'bulk']),
    );
    assertJobs(rows.flat(), 6);
    const runs = [...demo.fake.jobs.runs.values()].slice(-3);
    const lastStart = Math.max(...runs.map((run) => run.startedAt));
    assert.ok(
      runs.every((run) => run.endedAt > lastStart),
      'all three ran at the same time',
    );
  });

  it('d. shows every attempt of a flow, newest first, with the whole error on selection', () => paths.readHistory());

  it('shows the source of a flow that lies in the volume', async () => {
    await workbench.command('NiFi: Show Flow Source');
    await workbench.pick(FIRST);
    await workbench.page.getByRole('tab', { name: /^csv-to-json-flow\.xml/ }).waitFor();
    await workbench.page.locator('.view-line').filter({ hasText: '<template' }).first().waitFor();
  });
});
