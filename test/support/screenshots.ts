/**
 * `npm run screenshots`: takes the README's pictures from the packaged product, in a light and a dark theme: the tree,
 * the status bar while runs are active, and the history panel of a flow that failed first.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Locator } from 'playwright-core';
import { repositoryRoot } from './hostPackage';
import { packageExtension } from './packageExtension';
import { startProduct } from './vscode/product';
import type { Workbench } from './vscode/workbench';

const FOLDER = path.join(repositoryRoot, 'media', 'screenshots');
const THEMES = { light: 'Default Light Modern', dark: 'Default Dark Modern' } as const;
const DAMAGED = 'GetFileEncodingInFlight';
const CONVERTED = 'csv-to-json-flow';
/** Runs one at a time, so that the picture of the status bar finds some of them active. */
const SETTINGS = { 'nifiAccelerator.localMaxRuns': 1 };
const RUN_TIMEOUT_MS = 60_000;

async function main(): Promise<void> {
  await packageExtension();
  for (const theme of ['light', 'dark'] as const) {
    const product = await startProduct({ settings: { ...SETTINGS, 'workbench.colorTheme': THEMES[theme] } });
    try {
      const workbench = await product.openWindow({ width: 1280, height: 760, colorScheme: theme });
      await workbench.openContainer('NiFi Accelerator');
      await prepare(workbench, product.flows);
      await workbench.screenshot(path.join(FOLDER, `panel-${theme}.png`));
      await clip(workbench.sideBar, `tree-${theme}.png`);
      await takeStatus(workbench, theme);
      await workbench.close();
    } finally {
      await product.stop();
    }
  }
}

/** One flow converted, one that failed and then succeeded, and its history open on the failure. */
async function prepare(workbench: Workbench, flows: string): Promise<void> {
  const tells = (flow: string, text: RegExp): Promise<void> =>
    workbench.row(flow).filter({ hasText: text }).waitFor({ timeout: RUN_TIMEOUT_MS });
  await workbench.rowAction(CONVERTED, 'Start Conversion');
  await tells(CONVERTED, /converted/);
  await workbench.rowAction(DAMAGED, 'Start Conversion');
  await tells(DAMAGED, /failed/);
  const file = path.join(flows, 'prod-eu', `${DAMAGED}.xml`);
  writeFileSync(file, readFileSync(file, 'utf8').replace('</positon>', '</position>'));
  await workbench.rowAction(DAMAGED, 'Retry Conversion');
  await tells(DAMAGED, /1 of 2 succeeded/);
  await workbench.expand(DAMAGED);
  await workbench.contextMenu(DAMAGED, /^View All Attempts/);
  const frame = await workbench.webview(new RegExp(DAMAGED));
  await frame.locator('[data-attempt]').nth(1).click();
  await frame.locator('pre').first().waitFor();
  await workbench.dismissNotifications();
  // The pointer away from everything that reacts to it.
  await workbench.page.mouse.move(640, 755);
}

async function takeStatus(workbench: Workbench, theme: string): Promise<void> {
  await workbench.row('prod-us').click();
  await workbench.contextMenu('prod-us', /^Start .*Conversions/);
  await workbench.page
    .locator('.monaco-dialog-box')
    .getByRole('button', { name: /^Start/ })
    .click();
  const item = workbench.statusBar
    .locator('.statusbar-item')
    .filter({ hasText: /running/ })
    .first();
  await item.waitFor();
  const box = await item.boundingBox();
  if (box === null) throw new Error('the status bar item is gone');
  const { page } = workbench;
  await page.screenshot({
    path: path.join(FOLDER, `status-${theme}.png`),
    clip: { x: 0, y: box.y - 2, width: box.x + box.width + 180, height: box.height + 4 },
  });
  // Runs outlive their window: only when they have ended may their files be removed.
  await item.waitFor({ state: 'detached', timeout: 3 * RUN_TIMEOUT_MS });
}

async function clip(locator: Locator, name: string): Promise<void> {
  await locator.screenshot({ path: path.join(FOLDER, name), animations: 'disabled' });
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
