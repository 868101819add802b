/** The packaged extension in a real VS Code, on the fake workspace: what a person does, checked on tables and jobs. */
import assert from 'node:assert/strict';

import { JOB_TAG } from '../../src/workspaces/databricks/jobSettings';
import { startDemo, type DatabricksDemo } from '../support/databricksDemo';
import { until } from '../support/until';
import { startProduct, type Product } from '../support/vscode/product';
import type { Workbench } from '../support/vscode/workbench';
import { sharedEngine } from './engine';
import { never } from './fixtures';

const FLOW = 'csv-to-json-flow';
const RUN_TIMEOUT_MS = 150_000;

describe('a window on Databricks', function () {
  this.timeout(300_000);
  let demo: DatabricksDemo;
  let product: Product;
  let workbench: Workbench;

  before(async function () {
    demo = await startDemo('in_window', 'nifi_conversion_dummy_agent', await sharedEngine(this));
    this.timeout(300_000);
    product = await startProduct({ settings: demo.settings, env: demo.env });
    workbench = await product.openWindow({ width: 1440, height: 900 });
    await workbench.openContainer('NiFi Accelerator');
  });
  after(async () => {
    await workbench.close();
    await product.stop();
    await demo.stop();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await workbench.screenshot('out/e2e/databricks.png');
  });

  it('shows the flows of the tables, converts one as a job, and shows its end', async () => {
    await workbench.row(FLOW).waitFor({ timeout: RUN_TIMEOUT_MS });
    await workbench.rowAction(FLOW, 'Start Conversion');
    await workbench
      .row(FLOW)
      .filter({ hasText: /converted/ })
      .waitFor({ timeout: RUN_TIMEOUT_MS });
    const jobs = [...demo.fake.jobs.jobs.values()];
    assert.equal(jobs.length, 1);
    const attemptId = jobs[0]?.settings.tags?.[JOB_TAG.attempt] ?? '';
    // The agent may have ended the row before its starter has linked the job to it.
    const row = await until(
      'the row, with its job',
      async () => {
        const [attempt] = await demo.workspace.store.getAttempts([attemptId], never);
        return attempt?.status === 'SUCCESS' && attempt.databricksJobId !== '' && attempt;
      },
      { timeoutMs: 120_000 },
    );
    assert.equal(row.databricksJobId, jobs[0]?.id);
    assert.equal(row.triggeredBy, 'user:data-eng@example.com');
    assert.ok(row.generatedNotebooks.length > 0);
    assert.deepEqual(workbench.pageErrors, []);
  });
});
