import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Frame } from 'playwright-core';
import { startProduct } from '../support/vscode/product';
import type { Product } from '../support/vscode/product';
import type { Workbench } from '../support/vscode/workbench';

const CONTAINER = 'NiFi Accelerator';
const FIRST = 'csv-to-json-flow';
const DAMAGED = 'GetFileEncodingInFlight';
/** Neighbours in the tree. */
const THREE = ['Execute_TPCC_Test', 'HomeDepot Staging Migration Distributed', 'Informix to Oracle Migration'] as const;
/** A run starts Python, so it takes seconds on a busy machine. */
const RUN_TIMEOUT_MS = 60_000;

/** One attempt as the history panel shows it. */
interface ShownAttempt {
  readonly number: string;
  readonly status: string;
  readonly duration: string;
  readonly error: string;
}

describe('the four paths of a person', function () {
  this.timeout(180_000);
  let product: Product;
  let workbench: Workbench;

  before(async () => {
    product = await startProduct();
    workbench = await product.openWindow({ width: 1440, height: 900 });
    await workbench.openContainer(CONTAINER);
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

  /** Waits until a flow's row tells that. */
  const rowTells = (flow: string, text: RegExp): Promise<void> =>
    workbench.row(flow).filter({ hasText: text }).waitFor({ timeout: RUN_TIMEOUT_MS });

  const panel = (flow: string): Promise<Frame> => workbench.webview(new RegExp(flow));

  async function shownAttempts(frame: Frame): Promise<readonly ShownAttempt[]> {
    const rows = frame.locator('[data-attempt]');
    await rows.first().waitFor();
    const cell = async (at: number, name: string): Promise<string> =>
      (await rows.nth(at).locator(`.cell-${name}`).innerText()).trim();
    return Promise.all(
      Array.from({ length: await rows.count() }, async (_, at) => ({
        number: await cell(at, 'number'),
        status: await cell(at, 'status'),
        duration: await cell(at, 'duration'),
        error: await cell(at, 'error'),
      })),
    );
  }

  it('a. converts a flow for the first time', async () => {
    await rowTells(FIRST, /not started/);
    await workbench.rowAction(FIRST, 'Start Conversion');
    await rowTells(FIRST, /converted/);
    await workbench.notification(`${FIRST} was converted: 1 notebook`).waitFor();
    await workbench.expand(FIRST);
    await workbench.row('#1 Succeeded').waitFor();

    await workbench.contextMenu(FIRST, /^View All Attempts/);
    const attempts = await shownAttempts(await panel(FIRST));
    assert.deepEqual(
      attempts.map(({ number, status, error }) => ({ number, status, error })),
      [{ number: '1', status: 'Succeeded', error: '' }],
    );
  });

  it('b. tries again after a failure, with the file mended', async () => {
    await workbench.rowAction(DAMAGED, 'Start Conversion');
    await rowTells(DAMAGED, /failed.*1 attempt/);
    const toast = workbench.notification(`Attempt 1 of ${DAMAGED} failed`);
    assert.match(await toast.innerText(), /line 325/);

    const file = path.join(product.flows, 'prod-eu', `${DAMAGED}.xml`);
    writeFileSync(file, readFileSync(file, 'utf8').replace('</positon>', '</position>'));
    await workbench.rowAction(DAMAGED, 'Retry Conversion');
    await rowTells(DAMAGED, /1 of 2 succeeded/);

    await workbench.contextMenu(DAMAGED, /^View All Attempts/);
    const attempts = await shownAttempts(await panel(DAMAGED));
    assert.deepEqual(
      attempts.map(({ number, status }) => `${number} ${status}`),
      ['2 Succeeded', '1 Failed'],
    );
  });

  it('c. converts three selected flows side by side', async () => {
    await workbench.selectRange(THREE[0], THREE[2]);
    await workbench.contextMenu(THREE[2], /^Start .*Conversions/);
    await workbench.answerDialog('Start 3 Conversions');
    await Promise.all(THREE.map((flow) => rowTells(flow, /converted/)));
    await workbench.notification('3 flows ended: 3 converted').waitFor();
  });

  it('d. shows every attempt of a flow, newest first, with the whole error on selection', async () => {
    await workbench.row(DAMAGED).click();
    await workbench.contextMenu(DAMAGED, /^View All Attempts/);
    const frame = await panel(DAMAGED);
    const [newest, oldest] = await shownAttempts(frame);
    assert.equal(newest?.number, '2');
    assert.match(newest.duration, /^\d+ s$|^\d+ min \d\d s$/);
    assert.ok(oldest !== undefined && oldest.error.length > 0 && oldest.error.length <= 51, oldest?.error);

    await frame.locator('[data-attempt]').nth(1).click();
    const whole = frame.locator('pre').first();
    await whole.waitFor();
    const text = await whole.innerText();
    assert.ok(text.length > oldest.error.length);
    assert.match(text, /line 325/);
    assert.deepEqual(workbench.pageErrors, []);
  });
});
