/** What a person does with the sample flows, whatever workspace is behind the window: the four paths of a conversion. */
import assert from 'node:assert/strict';
import type { Frame } from 'playwright-core';
import type { Workbench } from './workbench';

export const FIRST = 'csv-to-json-flow';
export const DAMAGED = 'GetFileEncodingInFlight';
/** Where the damaged flow lies under the folder or volume of the samples. */
export const DAMAGED_FILE = 'prod-eu/GetFileEncodingInFlight.xml';
/** Neighbours in the tree. */
export const THREE = [
  'Execute_TPCC_Test',
  'HomeDepot Staging Migration Distributed',
  'Informix to Oracle Migration',
] as const;

/** One attempt as the history panel shows it. */
interface ShownAttempt {
  readonly number: string;
  readonly status: string;
  readonly duration: string;
  readonly error: string;
}

/** The damaged flow's text, mended. */
export function mended(text: string): string {
  return text.replace('</positon>', '</position>');
}

/** How soon after a click a command that misses its row asks. */
const ASKED_WITHIN_MS = 5_000;

export class FourPaths {
  constructor(
    private readonly workbench: Workbench,
    /** A run starts Python, so it takes seconds on a busy machine. */
    private readonly runTimeoutMs: number,
  ) {}

  /** a. Converts a flow for the first time. */
  async convertFirst(): Promise<void> {
    const { workbench } = this;
    await this.rowTells(FIRST, /not started/);
    await this.startFromRow(FIRST, /converted/);
    await workbench.notification(new RegExp(`${FIRST} was converted: \\d+ notebook`)).waitFor();
    await workbench.expand(FIRST);
    await workbench.row('#1 Succeeded').waitFor();

    const attempts = await this.shownAttempts(await this.openHistory(FIRST));
    assert.deepEqual(
      attempts.map(({ number, status, error }) => ({ number, status, error })),
      [{ number: '1', status: 'Succeeded', error: '' }],
    );
  }

  /** b. Tries again after a failure, when `mend` has put the file right. */
  async retryMended(mend: () => void): Promise<void> {
    const { workbench } = this;
    await this.startFromRow(DAMAGED, /failed.*1 attempt/);
    const toast = workbench.notification(`Attempt 1 of ${DAMAGED} failed`);
    assert.match(await toast.innerText(), /line 325/);

    mend();
    await workbench.rowAction(DAMAGED, 'Retry Conversion');
    await this.rowTells(DAMAGED, /1 of 2 succeeded/);

    const attempts = await this.shownAttempts(await this.openHistory(DAMAGED));
    assert.deepEqual(
      attempts.map(({ number, status }) => `${number} ${status}`),
      ['2 Succeeded', '1 Failed'],
    );
  }

  /** c. Converts three selected flows side by side. */
  async convertThree(): Promise<void> {
    const { workbench } = this;
    await workbench.selectRange(THREE[0], THREE[2]);
    await workbench.contextMenu(THREE[2], /^Start .*Conversions/);
    await workbench.answerDialog('Start 3 Conversions');
    await Promise.all(THREE.map((flow) => this.rowTells(flow, /converted/)));
    await workbench.notification('3 flows ended: 3 converted').waitFor();
  }

  /** d. Sees every attempt of the flow of path b, newest first, with the whole error on selection. */
  async readHistory(): Promise<void> {
    await this.workbench.row(DAMAGED).click();
    const frame = await this.openHistory(DAMAGED);
    const [newest, oldest] = await this.shownAttempts(frame);
    assert.equal(newest?.number, '2');
    assert.match(newest.duration, /^\d+ s$|^\d+ min \d\d s$/);
    assert.ok(oldest !== undefined && oldest.error.length > 0 && oldest.error.length <= 51, oldest?.error);

    await frame.locator('[data-attempt]').nth(1).click();
    const whole = frame.locator('pre').first();
    await whole.waitFor();
    const text = await whole.innerText();
    assert.ok(text.length > oldest.error.length);
    assert.match(text, /line 325/);
    assert.deepEqual(this.workbench.pageErrors, []);
  }

  /** VS Code loses the row of a click while the row is drawn anew: then the command asks for the flow, as it asks a person. */
  private async startFromRow(flow: string, end: RegExp): Promise<void> {
    const { workbench } = this;
    await workbench.rowAction(flow, 'Start Conversion');
    const asked = workbench.quickInput.waitFor({ timeout: ASKED_WITHIN_MS }).then(
      () => workbench.pick(flow),
      () => undefined,
    );
    await Promise.all([asked, this.rowTells(flow, end)]);
  }

  /** Waits until a flow's row tells that. */
  async rowTells(flow: string, text: RegExp): Promise<void> {
    await this.workbench.row(flow).filter({ hasText: text }).waitFor({ timeout: this.runTimeoutMs });
  }

  private async openHistory(flow: string): Promise<Frame> {
    await this.workbench.contextMenu(flow, /^View All Attempts/);
    return this.workbench.webview(new RegExp(flow));
  }

  private async shownAttempts(frame: Frame): Promise<readonly ShownAttempt[]> {
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
}
