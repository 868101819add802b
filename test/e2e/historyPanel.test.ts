import assert from 'node:assert/strict';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { startProduct } from '../support/vscode/product';
import type { Product } from '../support/vscode/product';
import type { Workbench } from '../support/vscode/workbench';
import { until } from '../support/until';

const FLOW = 'csv-to-json-flow';
const DAMAGED = 'GetFileEncodingInFlight';
/** A run starts Python, so it takes seconds on a busy machine. */
const RUN_TIMEOUT_MS = 60_000;

/** By the name in the picker: the class that VS Code gives pages in that theme. */
const THEMES = {
  'Dark Modern': 'vscode-dark',
  'Light Modern': 'vscode-light',
  'Dark High Contrast': 'vscode-high-contrast',
} as const;

/**
 * Whether VS Code in the browser has written down that a page with that title is open. It does so some seconds late, and
 * a reload before that brings back an older state (on the desktop it writes at the reload).
 */
const WRITTEN_DOWN = `(async (title) => {
  const settled = (request) => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  const bases = (await indexedDB.databases()).filter(({ name }) => name.startsWith('vscode-web-state-db-'));
  for (const { name } of bases) {
    const base = await settled(indexedDB.open(name));
    try {
      const values = await settled(base.transaction('ItemTable').objectStore('ItemTable').getAll());
      if (values.some((value) => String(value).includes('nifiAccelerator.history') && String(value).includes(title))) {
        return true;
      }
    } finally {
      base.close();
    }
  }
  return false;
})`;

describe('the history panel in VS Code', function () {
  this.timeout(180_000);
  let product: Product;
  let workbench: Workbench;
  let frame: Frame;

  before(async () => {
    product = await startProduct();
    workbench = await product.openWindow({ width: 1440, height: 900 });
    await workbench.openContainer('NiFi Accelerator');
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

  const statusOf = (number: number): Promise<string> =>
    frame
      .locator('[data-attempt]')
      .filter({ hasText: new RegExp(`^\\s*${number}\\b`) })
      .locator('.badge')
      .innerText();
  const waitForStatus = async (number: number, status: string): Promise<void> => {
    await until(`attempt ${number} ${status}`, async () => (await statusOf(number)) === status, {
      timeoutMs: RUN_TIMEOUT_MS,
    });
  };

  it('opens for a flow that was never converted, starts it and follows it to its end', async () => {
    await workbench.row(FLOW).waitFor({ timeout: RUN_TIMEOUT_MS });
    await workbench.command('NiFi: View All Attempts');
    await workbench.pick(FLOW);
    frame = await workbench.webview(`History: ${FLOW}`);
    await frame.getByRole('heading', { name: 'No attempts yet' }).waitFor();
    await frame.locator('vscode-button', { hasText: 'Start conversion' }).click();
    await frame.locator('[data-attempt]').first().waitFor({ timeout: RUN_TIMEOUT_MS });
    await waitForStatus(1, 'Succeeded');
    await frame.locator('vscode-button', { hasText: 'Convert again' }).waitFor();
    await frame.getByRole('heading', { name: 'Notebooks' }).waitFor();
  });

  it('opens a notebook and the log', async () => {
    await frame.locator('.lines vscode-link').first().click();
    await until('notebook tab', async () => (await workbench.editorTabs()).length === 2);
    assert.match(await workbench.editorText(), /Databricks notebook source/);
    await workbench.page.keyboard.press('Control+w');
    frame = await workbench.webview(`History: ${FLOW}`);
    await frame.locator('vscode-button', { hasText: 'Open log' }).click();
    await until('log tab', async () => (await workbench.editorTabs()).some((tab) => tab.includes('.log')));
    await workbench.page.keyboard.press('Control+w');
    frame = await workbench.webview(`History: ${FLOW}`);
  });

  it('copies the whole error, and leads to the line at fault', async () => {
    await workbench.rowAction(DAMAGED, 'Start Conversion');
    await workbench
      .row(DAMAGED)
      .filter({ hasText: /failed/ })
      .waitFor({ timeout: RUN_TIMEOUT_MS });
    await workbench.contextMenu(DAMAGED, /^View All Attempts/);
    frame = await workbench.webview(`History: ${DAMAGED}`);
    await frame.locator('vscode-button', { hasText: 'Copy' }).click();
    await frame.getByRole('status').getByText('Error copied').waitFor({ state: 'attached' });
    const copied = await workbench.page.evaluate<string>('navigator.clipboard.readText()');
    assert.equal(copied, await frame.locator('pre').innerText());
    assert.match(copied, /line 325/);
    await frame.locator('vscode-button', { hasText: 'Open line 325' }).click();
    await workbench.status(/Ln 325, Col 1/);
    await workbench.page.keyboard.press('Control+w');
  });

  it('comes back after a reload of the window, with its selection', async () => {
    frame = await workbench.webview(`History: ${DAMAGED}`);
    const heading = await frame.locator('.details h2').innerText();
    const written = `${WRITTEN_DOWN}(${JSON.stringify(`History: ${DAMAGED}`)})`;
    await until('saved panel', () => workbench.page.evaluate<boolean>(written));
    await workbench.reload();
    frame = await workbench.webview(`History: ${DAMAGED}`);
    await frame.locator('[data-attempt][aria-selected=true]').waitFor();
    assert.equal(await frame.locator('.details h2').innerText(), heading);
  });

  it('has no axe finding in a light, a dark and a high-contrast theme', async () => {
    for (const [theme, bodyClass] of Object.entries(THEMES)) {
      await workbench.command('Preferences: Color Theme');
      // The list draws only what is in sight.
      await workbench.quickInput.locator('input.input').fill(theme);
      await workbench.pick(theme);
      await frame.locator(`body.${bodyClass}`).waitFor();
      await frame.locator('pre').waitFor();
      assert.deepEqual(await workbench.axe(frame), [], theme);
      await workbench.screenshot(path.join('out', 'e2e', `history-${bodyClass}.png`));
    }
    assert.deepEqual(workbench.pageErrors, []);
  });
});
