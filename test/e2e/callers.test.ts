import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createVSIX } from '@vscode/vsce';
import { flowIdOf } from '../../src/flows/ids';
import { repositoryRoot } from '../support/hostPackage';
import { startProduct } from '../support/vscode/product';
import type { Product } from '../support/vscode/product';
import type { Workbench } from '../support/vscode/workbench';

/** Stands for other programs. */
const CALLER = path.join(repositoryRoot, 'test', 'support', 'vscode', 'caller');
const FLOW = 'csv-to-json-flow';
const RUN_TIMEOUT_MS = 60_000;

describe('links and chat agents from outside', function () {
  this.timeout(180_000);
  let product: Product;
  let workbench: Workbench;
  let flowId: string;

  before(async () => {
    const caller = path.join(mkdtempSync(path.join(tmpdir(), 'nifi-accelerator-caller-')), 'caller.vsix');
    await createVSIX({ cwd: CALLER, packagePath: caller, skipLicense: true, allowMissingRepository: true });
    product = await startProduct({ vsix: [caller] });
    rmSync(path.dirname(caller), { recursive: true });
    flowId = flowIdOf(path.join(product.flows, 'prod-eu', `${FLOW}.xml`));
    workbench = await product.openWindow();
    await workbench.openContainer('NiFi Accelerator');
    await workbench.row(FLOW).waitFor({ timeout: RUN_TIMEOUT_MS });
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

  async function openLink(link: string, answer: string): Promise<string> {
    await workbench.command('Caller: Open Link');
    await workbench.type(link);
    return workbench.answerDialog(answer);
  }

  it('ask before a flow’s history is opened for a link, and start nothing', async () => {
    assert.match(await openLink(`/flow/${flowId}`, 'Cancel'), new RegExp(`Open the history of flow ${flowId}\\?`));
    assert.deepEqual(await workbench.editorTabs(), []);
    await openLink(`/flow/${flowId}`, 'Open');
    const frame = await workbench.webview(/^History: /);
    await frame.getByText('No attempts yet').waitFor();
  });

  it('ask before a conversion is started for a chat agent', async () => {
    await workbench.command('Caller: Start by a Tool');
    await workbench.type(flowId);
    assert.match(await workbench.answerDialog('Cancel'), /Start conversion/);
    await workbench.notification('The tool was refused').waitFor();
    const frame = await workbench.webview(/^History: /);
    await frame.getByText('No attempts yet').waitFor();
    await workbench.command('Caller: Start by a Tool');
    await workbench.type(flowId);
    await workbench.answerDialog('Yes');
    await workbench.notification('The tool answered: true').waitFor({ timeout: RUN_TIMEOUT_MS });
    await workbench
      .row(FLOW)
      .filter({ hasText: /converted/ })
      .waitFor({ timeout: RUN_TIMEOUT_MS });
  });

  it('lead to the attempt that a link names', async () => {
    const frame = await workbench.webview(/^History: /);
    const attempt = await frame.locator('[data-attempt]').first().getAttribute('data-attempt');
    await workbench.page.keyboard.press('Control+w');
    assert.match(await openLink(`/attempt/${attempt ?? ''}`, 'Open'), /Open the history of attempt/);
    const again = await workbench.webview(/^History: /);
    await again.locator('[aria-selected=true][data-attempt]').waitFor();
  });
});
