/** The history page by itself in a plain browser: see `PageDriver`. */
import type { Browser } from 'playwright-core';
import type { HostMessage, PageMessage, SavedState } from '../../src/views/historyPanel/protocol';
import type { PageScene } from './historyStates';
import { PageDriver } from './pageDriver';
import type { PageOptions } from './pageDriver';

export { THEMES } from './pageDriver';
export type { PageOptions } from './pageDriver';

export class HistoryPageDriver extends PageDriver<HostMessage, PageMessage> {
  private scene: PageScene | null = null;

  static async open(browser: Browser, options: PageOptions = {}): Promise<HistoryPageDriver> {
    return new HistoryPageDriver(await PageDriver.load(browser, 'historyPanel', options));
  }

  /** Plays the host: shows a scene, with the details of what is selected. */
  async show(scene: PageScene): Promise<void> {
    this.scene = scene;
    await this.post(scene.init);
    await this.answerSelections();
  }

  /** Sends the details of the attempt that the page asked for last. */
  async answerSelections(): Promise<void> {
    const asked = (await this.said()).findLast((message) => message.type === 'select');
    const details = this.scene?.details.find((one) => asked?.type === 'select' && one.attemptId === asked.attemptId);
    if (details !== undefined) await this.post({ type: 'details', details });
  }

  override async saved(): Promise<SavedState> {
    return this.page.evaluate<SavedState>('saved');
  }
}
