/** The packaged product in a window on a copy of the sample flows: what end-to-end tests and screenshots start from. */
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { SAMPLE_FLOWS } from '../hostTier';
import { packageExtension, VSIX } from '../packageExtension';
import { launchBrowser } from './chromium';
import { startServer } from './server';
import type { ServerOptions, VsCodeServer } from './server';
import { Workbench } from './workbench';
import type { WindowOptions } from './workbench';

export interface Product {
  readonly server: VsCodeServer;
  readonly browser: Browser;
  /** The opened folder: a copy of the sample flows that a test may change. */
  readonly flows: string;
  /** A further window on the same folder and storage. */
  openWindow(options?: WindowOptions): Promise<Workbench>;
  stop(): Promise<void>;
}

/** `options.vsix` are extensions beside the product. */
export async function startProduct(options: Omit<ServerOptions, 'dataFolder'> = {}): Promise<Product> {
  const vsix = existsSync(VSIX) ? VSIX : await packageExtension();
  const folder = mkdtempSync(path.join(tmpdir(), 'nifi-accelerator-e2e-'));
  const flows = path.join(folder, 'flows');
  cpSync(SAMPLE_FLOWS, flows, { recursive: true });
  const [server, browser] = await Promise.all([
    startServer({ ...options, vsix: [vsix, ...(options.vsix ?? [])] }),
    launchBrowser(),
  ]);
  return {
    server,
    browser,
    flows,
    openWindow: (window) => Workbench.open(browser, server.url({ open: flows }), window),
    stop: async () => {
      await browser.close();
      await server.stop();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
