/** First paint of the flows tree in the packaged extension, with few and with many flows. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { startServer } from '../support/vscode/server';
import { Workbench } from '../support/vscode/workbench';
import { milliseconds, row } from './figures';

const SERVERS = 10;
const SIZES = [100, 10_000];

export async function benchTree(browser: Browser, vsix: string): Promise<void> {
  for (const size of SIZES) {
    const folder = mkdtempSync(path.join(tmpdir(), 'nifi-accelerator-bench-'));
    const server = await startServer({ vsix: [vsix] });
    try {
      writeFlows(folder, size);
      const count = size.toLocaleString('en');
      row(
        `First paint of ${count} flows, first time (with the scan)`,
        milliseconds(await firstPaint(browser, server.url({ open: folder }))),
      );
      row(
        `First paint of ${count} flows, window opened again`,
        milliseconds(await firstPaint(browser, server.url({ open: folder }))),
      );
    } finally {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  }
}

/** Milliseconds from the click on the view's icon to its first row. */
async function firstPaint(browser: Browser, url: string): Promise<number> {
  const workbench = await Workbench.open(browser, url);
  try {
    const tab = workbench.page.locator('.part.activitybar').getByRole('tab', { name: /^NiFi Accelerator/ });
    await tab.waitFor();
    // The window is at rest once the explorer has drawn its rows.
    await workbench.sideBar.getByRole('treeitem').first().waitFor();
    const start = performance.now();
    await tab.click();
    await workbench.sideBar
      .getByRole('tree', { name: /flows/i })
      .getByRole('treeitem')
      .first()
      .waitFor({ timeout: 120_000 });
    return performance.now() - start;
  } finally {
    await workbench.close();
  }
}

function writeFlows(folder: string, size: number): void {
  for (let at = 0; at < size; at++) {
    const server = path.join(folder, `server-${at % SERVERS}`);
    if (at < SERVERS) mkdirSync(server);
    const id = at.toString(16).padStart(12, '0');
    writeFileSync(
      path.join(server, `flow-${at}.xml`),
      `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<template encoding-version="1.3"><description>Flow ${at}</description><name>Flow ${at}</name><snippet><processors>
<id>00000000-0000-0000-0000-${id}</id><name>Log</name><type>org.apache.nifi.processors.standard.LogAttribute</type>
</processors></snippet></template>
`,
    );
  }
}
