import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { startProduct } from '../support/vscode/product';
import type { Product } from '../support/vscode/product';
import type { Workbench } from '../support/vscode/workbench';
import { until } from '../support/until';

const DAMAGED = 'GetFileEncodingInFlight';
const RUN_TIMEOUT_MS = 60_000;

describe('compare, failures and assessment in VS Code', function () {
  this.timeout(240_000);
  let product: Product;
  let workbench: Workbench;

  before(async () => {
    product = await startProduct();
    workbench = await product.openWindow({ width: 1440, height: 900 });
    await workbench.openContainer('NiFi Accelerator');
    await workbench.row(DAMAGED).waitFor({ timeout: RUN_TIMEOUT_MS });
  });
  after(async () => {
    await workbench.close();
    await product.stop();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') {
      await workbench.screenshot(path.join('out', 'e2e', `${this.currentTest.title.slice(0, 40)}.png`));
    }
  });

  it('retries the flows of a cause', async () => {
    await workbench.rowAction(DAMAGED, 'Start Conversion');
    await workbench
      .row(DAMAGED)
      .filter({ hasText: /failed/ })
      .waitFor({ timeout: RUN_TIMEOUT_MS });
    await workbench.command('NiFi: Show Failures by Cause');
    const frame = await workbench.webview('Failures by cause');
    await frame.locator('.cause-title', { hasText: 'mismatched tag' }).waitFor();
    await frame.getByText('1 flow needs attention, for 1 cause, after 1 failed attempt').waitFor();
    const file = path.join(product.flows, 'prod-eu', `${DAMAGED}.xml`);
    writeFileSync(file, readFileSync(file, 'utf8').replace('</positon>', '</position>'));
    await frame.locator('vscode-button', { hasText: 'Retry' }).click();
    await frame.getByRole('heading', { name: 'Nothing has failed' }).waitFor({ timeout: RUN_TIMEOUT_MS });
    await workbench
      .row(DAMAGED)
      .filter({ hasText: /1 of 2 succeeded/ })
      .waitFor({ timeout: RUN_TIMEOUT_MS });
    await workbench.page.keyboard.press('Control+w');
  });

  it('compares two attempts that were selected in the history', async () => {
    await workbench.contextMenu(DAMAGED, /^View All Attempts/);
    const history = await workbench.webview(`History: ${DAMAGED}`);
    await history.locator('[data-attempt]').nth(1).click();
    await history
      .locator('[data-attempt]')
      .nth(0)
      .click({ modifiers: ['Control'] });
    await history.locator('vscode-button', { hasText: 'Compare' }).click();
    const frame = await workbench.webview('Compare attempts 1 and 2');
    await frame.getByText(/^\d+ of \d+ rows differ$/).waitFor();
    assert.equal(await frame.locator('[data-row="status"] .cell-left').innerText(), 'Failed');
    assert.equal(await frame.locator('[data-row="status"] .cell-right').innerText(), 'Succeeded');
    assert.equal(await frame.locator('[data-row="error"] .cell-difference').innerText(), 'gone');
    assert.deepEqual(await workbench.axe(frame), []);
    await frame.locator('[data-key="open-right-0"]').click();
    await until('notebook tab', async () => (await workbench.editorTabs()).length === 3);
    const lines = workbench.page.locator('.editor-group-container.active .view-line');
    await lines
      .filter({ hasText: /Databricks.notebook.source/ })
      .first()
      .waitFor();
    await workbench.command('View: Close All Editors');
  });

  it('shows which property of which processor changed since an earlier attempt', async () => {
    const file = path.join(product.flows, 'prod-eu', `${DAMAGED}.xml`);
    writeFileSync(file, readFileSync(file, 'utf8').replace('<schedulingPeriod>0 sec<', '<schedulingPeriod>5 min<'));
    await workbench.rowAction(DAMAGED, 'Start Conversion');
    await workbench
      .row(DAMAGED)
      .filter({ hasText: /2 of 3 succeeded/ })
      .waitFor({ timeout: RUN_TIMEOUT_MS });
    await workbench.contextMenu(DAMAGED, /^View All Attempts/);
    const history = await workbench.webview(`History: ${DAMAGED}`);
    await history.locator('[data-attempt]').nth(1).click();
    await history
      .locator('[data-attempt]')
      .nth(0)
      .click({ modifiers: ['Control'] });
    await history.locator('vscode-button', { hasText: 'Compare' }).click();
    const frame = await workbench.webview('Compare attempts 2 and 3');
    const properties = frame.locator('[data-row="processors"] .properties');
    await properties.first().waitFor();
    assert.match((await properties.first().textContent()) ?? '', /Run schedule: before 0 sec.*after 5 min/);
    await frame.locator('vscode-button', { hasText: 'Open flow diff' }).click();
    await workbench.page.getByRole('tab', { name: /^Flow: attempt 2 and 3/ }).waitFor();
    await workbench.command('View: Close All Editors');
  });

  it('assesses the opened folder and exports the report', async () => {
    await workbench.command('NiFi: Assess Estate…');
    await workbench.pick(/^flows/);
    const frame = await workbench.webview('Assessment: flows');
    await frame.getByText('14 of 14 shown').waitFor({ timeout: RUN_TIMEOUT_MS });
    assert.deepEqual(await workbench.axe(frame), []);
    await frame.locator('vscode-button', { hasText: 'Export CSV' }).click();
    const target = path.join(product.flows, 'nifi-assessment.csv');
    await workbench.chooseFile(target);
    // The file is there before its text is.
    const text = await until(
      'text in the exported file',
      () => existsSync(target) && (readFileSync(target, 'utf8') || null),
    );
    assert.equal(text.trimEnd().split('\r\n').length, 15);
  });

  it('keeps the filter while the page is hidden, and the report when the window is loaded anew', async () => {
    const tab = (name: RegExp): Promise<void> => workbench.page.getByRole('tab', { name }).click();
    await tab(/^Assessment: flows/);
    const before = await workbench.webview('Assessment: flows');
    await before.getByLabel('Filter flows').fill('kafka');
    await tab(/^nifi-assessment\.csv/);
    await tab(/^Assessment: flows/);
    const again = await workbench.webview('Assessment: flows');
    await again.getByText(/^\d of 14 shown$/).waitFor();
    assert.equal(await again.getByLabel('Filter flows').inputValue(), 'kafka');
    await workbench.reload();
    const frame = await workbench.webview('Assessment: flows');
    await frame.getByText(/^\d+ of 14 shown$/).waitFor({ timeout: RUN_TIMEOUT_MS });
  });
});
