import assert from 'node:assert/strict';
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { repositoryRoot } from '../support/hostPackage';
import { startProduct } from '../support/vscode/product';
import type { Product } from '../support/vscode/product';
import type { Workbench } from '../support/vscode/workbench';

/** A run starts Python, so it takes seconds on a busy machine. */
const RUN_TIMEOUT_MS = 60_000;

describe('a person in an open NiFi document', function () {
  this.timeout(180_000);
  let product: Product;
  let workbench: Workbench;

  before(async () => {
    product = await startProduct();
    cpSync(
      path.join(repositoryRoot, 'test', 'fixtures', 'editor', 'orders.json'),
      path.join(product.flows, 'orders.json'),
    );
    workbench = await product.openWindow({ width: 1440, height: 900 });
    const { page } = workbench;
    await page.keyboard.press('Control+P');
    await page.keyboard.type('orders.json');
    await page
      .getByRole('option', { name: /orders\.json/ })
      .first()
      .waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('tab', { name: /orders\.json/ }).waitFor();
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

  async function goToLine(line: number): Promise<void> {
    await workbench.page.keyboard.press('Control+G');
    await workbench.page.keyboard.type(String(line));
    await workbench.page.keyboard.press('Enter');
  }

  it('reads a finding and its explanation', async () => {
    const { page } = workbench;
    await page.keyboard.press('Control+Shift+M');
    const problem = page.getByRole('treeitem', { name: /unexpected 'toUper'/ });
    await problem.waitFor({ timeout: RUN_TIMEOUT_MS });
    await problem.dblclick();
    // The cursor stands on it now; its hover by the keyboard.
    await page.keyboard.press('Control+K');
    await page.keyboard.press('Control+I');
    await page.locator('.monaco-hover').filter({ hasText: "unexpected 'toUper'" }).first().waitFor();
    await page.keyboard.press('Escape');
    await page.keyboard.press('Control+J');
  });

  it('hears why a flow over the size that VS Code shows is not opened', async () => {
    const file = path.join(product.flows, 'large.json.gz');
    const flow = { flowContents: { identifier: 'g', name: 'x'.repeat(51 * 1024 * 1024), processors: [] } };
    writeFileSync(file, gzipSync(JSON.stringify(flow)));
    await workbench.command('NiFi: Open Flow');
    await workbench.chooseFile(file);
    const told = workbench.notification(/This flow has \d+ MB of text/);
    await told.waitFor({ timeout: RUN_TIMEOUT_MS });
    assert.match(await told.innerText(), /no document over 50 MB.*It can be converted all the same/s);
    await workbench.dismissNotifications();
    rmSync(file);
  });

  it('converts the flow from its lens, and sees the attempt in the next one', async () => {
    await goToLine(1);
    // The attempt counts from its start, so a click that was not lost is not repeated.
    await workbench.pressLens(/^.?Convert$/, workbench.lens(/^.?(Cancel|History \(1 attempt\))$/));
    await workbench.lens(/History \(1 attempt\)/).waitFor({ timeout: RUN_TIMEOUT_MS });
    await workbench.lens(/^.?Convert$/).waitFor({ timeout: RUN_TIMEOUT_MS });
    await workbench.dismissNotifications();
    await workbench.pressLens(/History \(1 attempt\)/, workbench.page.getByRole('tab', { name: /^History: / }));
    const frame = await workbench.webview(/orders/i);
    await frame.locator('[data-attempt]').first().waitFor();
    assert.equal(await frame.locator('[data-attempt]').count(), 1);
  });
});
