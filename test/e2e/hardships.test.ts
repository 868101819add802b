/** What goes wrong round a run in real life, on the packaged product. The agent waits for a sign, so nothing races. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { flowIdOf } from '../../src/flows/ids';
import { startProduct } from '../support/vscode/product';
import type { Product } from '../support/vscode/product';
import type { Workbench } from '../support/vscode/workbench';
import { until } from '../support/until';

const CONTAINER = 'NiFi Accelerator';
const EXTENSION = 'nifi-accelerator.nifi-accelerator';
const RUN_TIMEOUT_MS = 60_000;
/** No agent of a broken test lives longer. */
const AGENT_LIFE_SECONDS = 120;

/** Says that it runs (its process id in `<flow id>.pid`), waits for `<flow id>.go`, reads the flow and ends. */
function patientAgent(signs: string): string {
  return `# Databricks notebook source
import os, time

flow_id = dbutils.widgets.get("flow_id")
attempt_id = dbutils.widgets.get("attempt_id")
table = dbutils.widgets.get("delta_table")
sign = os.path.join(${JSON.stringify(signs)}, flow_id)

# COMMAND ----------

def row(assignments, **values):
    spark.sql(
        f"UPDATE {table} SET {assignments} WHERE attempt_id = :id AND status IN ('CREATING', 'RUNNING')",
        args={"id": attempt_id, **values},
    )

row("progress_percentage = CAST(:done AS INT), status_message = :said", done=40, said="Waits for a sign")
with open(sign + ".tmp", "w") as file:
    file.write(str(os.getpid()))
os.replace(sign + ".tmp", sign + ".pid")
end = time.monotonic() + ${AGENT_LIFE_SECONDS}
while not os.path.exists(sign + ".go") and time.monotonic() < end:
    time.sleep(0.05)

# COMMAND ----------

try:
    with open(dbutils.widgets.get("nifi_xml_path"), "rb") as file:
        file.read()
    row("status = 'SUCCESS', progress_percentage = CAST(100 AS INT), completed_at = current_timestamp()")
except OSError as error:
    row("status = 'FAILED', error_message = :why, completed_at = current_timestamp()", why=str(error))
`;
}

describe('hardships of a run', function () {
  this.timeout(120_000);
  let product: Product;
  let workbench: Workbench;
  let signs: string;

  before(async () => {
    product = await startProduct();
    signs = path.join(product.flows, '..', 'signs');
    mkdirSync(signs);
    useMachineSettings({});
  });
  after(async () => {
    await product.stop();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') {
      await workbench.screenshot(path.join('out', 'e2e', `hardship-${this.currentTest.title.slice(0, 30)}.png`));
    }
  });

  /** Settings of machine scope are the server's in a browser window. */
  function useMachineSettings(more: Readonly<Record<string, unknown>>): void {
    const folder = path.join(product.server.dataFolder, 'data', 'Machine');
    const agent = path.join(signs, 'agent.py');
    mkdirSync(folder, { recursive: true });
    writeFileSync(agent, patientAgent(signs));
    writeFileSync(
      path.join(folder, 'settings.json'),
      JSON.stringify({ 'nifiAccelerator.localAgentPath': agent, ...more }),
    );
  }

  const fileOf = (flow: string): string => path.join(product.flows, 'prod-eu', `${flow}.xml`);
  const sign = (flow: string, kind: 'pid' | 'go'): string => path.join(signs, `${flowIdOf(fileOf(flow))}.${kind}`);
  const rowTells = (window: Workbench, flow: string, text: RegExp): Promise<void> =>
    window.row(flow).filter({ hasText: text }).waitFor({ timeout: RUN_TIMEOUT_MS });

  async function open(): Promise<Workbench> {
    const window = await product.openWindow();
    await window.openContainer(CONTAINER);
    return window;
  }

  /** Starts a conversion and returns when its agent runs. */
  async function start(flow: string, action: 'Start' | 'Retry' = 'Start'): Promise<number> {
    rmSync(sign(flow, 'pid'), { force: true });
    rmSync(sign(flow, 'go'), { force: true });
    await workbench.rowAction(flow, `${action} Conversion`);
    await until('agent', () => existsSync(sign(flow, 'pid')), { timeoutMs: RUN_TIMEOUT_MS });
    return Number(readFileSync(sign(flow, 'pid'), 'utf8'));
  }

  const letGo = (flow: string): void => writeFileSync(sign(flow, 'go'), '');

  it('says that the storage cannot be used, and goes on when it can', async () => {
    const storage = path.join(product.server.dataFolder, 'data', 'User', 'globalStorage', EXTENSION);
    rmSync(storage, { recursive: true, force: true });
    mkdirSync(path.dirname(storage), { recursive: true });
    writeFileSync(storage, 'a file where the folder should be');
    workbench = await open();
    await workbench.sideBar
      .getByText(/storage .* cannot be made/)
      .first()
      .waitFor();
    await workbench.status(/cannot read/);
    rmSync(storage);
    await workbench.command('NiFi: Refresh Flows');
    await rowTells(workbench, 'csv-to-json-flow', /not started/);
  });

  it('follows a run over a reload of the window', async () => {
    const flow = 'csv-to-json-flow';
    await start(flow);
    await rowTells(workbench, flow, /40%/);
    await workbench.reload();
    await workbench.status(/1 running, 40%/);
    await rowTells(workbench, flow, /40%/);
    letGo(flow);
    await rowTells(workbench, flow, /converted/);
    await workbench.notification(`${flow} was converted`).waitFor();
    await workbench.status(/^\s*NiFi\s*$/);
  });

  it('shows in every window what one of them does', async () => {
    const flow = 'Retry_Count_Loop';
    const other = await open();
    await rowTells(other, flow, /not started/);
    await start(flow);
    await rowTells(other, flow, /40%/);
    await other.status(/1 running/);
    await other.contextMenu(flow, 'Cancel Conversion');
    await rowTells(workbench, flow, /not started.*1 attempt/);
    await rowTells(other, flow, /not started.*1 attempt/);
    await workbench.status(/^\s*NiFi\s*$/);
    assert.deepEqual(other.pageErrors, []);
    await other.close();
  });

  it('finds out that a run was killed, and lets it be tried again', async () => {
    const flow = 'Retry_Count_Loop';
    process.kill(await start(flow), 'SIGKILL');
    await rowTells(workbench, flow, /failed .*2 attempts/);
    const toast = workbench.notification(`Attempt 2 of ${flow} failed`);
    assert.match(await toast.innerText(), /ended before the agent did: it was killed/);
    await start(flow, 'Retry');
    letGo(flow);
    await rowTells(workbench, flow, /1 of 3 succeeded/);
  });

  it('keeps the history of a flow that is deleted while it is converted', async () => {
    const flow = 'GetFileEncodingInFlight';
    await start(flow);
    rmSync(fileOf(flow));
    letGo(flow);
    await rowTells(workbench, flow, /not found/);
    await workbench.expand(flow);
    await workbench.row('#1 Failed').waitFor();
    await workbench.command('NiFi: Refresh Flows');
    await workbench.row('#1 Failed').waitFor();
  });

  it('says that Python is missing, with the way to choose one', async () => {
    const flow = 'csv-to-json-flow';
    useMachineSettings({ 'nifiAccelerator.pythonPath': path.join(signs, 'no-python') });
    await workbench.dismissNotifications();
    await until('the message', async () => {
      await workbench.rowAction(flow, 'Start Conversion');
      const toast = workbench.notification(/Python|started/);
      await toast.waitFor();
      return /Python/.test(await toast.innerText());
    });
    const buttons = await workbench
      .notification(/Python/)
      .getByRole('button')
      .allInnerTexts();
    assert.ok(buttons.includes('Choose Python'), buttons.join());
    await rowTells(workbench, flow, /converted/);
    assert.deepEqual(workbench.pageErrors, []);
    await workbench.close();
  });
});

describe('a folder that is not trusted', function () {
  this.timeout(120_000);
  let product: Product;
  let workbench: Workbench;

  before(async () => {
    product = await startProduct({
      workspaceTrust: true,
      settings: { 'security.workspace.trust.startupPrompt': 'never', 'security.workspace.trust.banner': 'never' },
    });
    workbench = await product.openWindow();
  });
  after(async () => {
    await workbench.close();
    await product.stop();
  });

  it('shows its flows, starts nothing, and says what to do', async () => {
    await workbench.status(/Restricted Mode/);
    await workbench.openContainer(CONTAINER);
    await workbench.row('csv-to-json-flow').waitFor();
    await workbench.rowAction('csv-to-json-flow', 'Start Conversion');
    const toast = workbench.notification('this folder is not trusted');
    await toast.waitFor();
    assert.ok((await toast.getByRole('button').allInnerTexts()).includes('Manage Trust'));
    await workbench
      .row('csv-to-json-flow')
      .filter({ hasText: /not started/ })
      .waitFor();
    assert.deepEqual(workbench.pageErrors, []);
  });
});
