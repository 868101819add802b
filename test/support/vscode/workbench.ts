/**
 * What a person does in the workbench, over Playwright. Every wait is for something that shows; where VS Code drops an
 * early key or click, the action is repeated until its effect shows.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Browser, Frame, Locator, Page } from 'playwright-core';
import { until } from '../until';

const START_TIMEOUT_MS = 60_000;
const ACTION_TIMEOUT_MS = 20_000;
/** After this long without an effect an action is repeated. */
const RETRY_AFTER_MS = 1_500;

/** A spinner that turns without end takes a quarter of a processor where no graphics card draws it. */
const ANIMATIONS_END = `{
  const sheet = new CSSStyleSheet();
  sheet.replaceSync('*, ::before, ::after { animation-iteration-count: 1 !important; }');
  document.adoptedStyleSheets.push(sheet);
}`;

export interface WindowOptions {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
}

export interface TreeRow {
  readonly level: number;
  readonly label: string;
  readonly description: string;
  /** What a screen reader says. */
  readonly name: string;
}

export interface AxeViolation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly string[];
}

/** What of the page's own elements is read in the page. */
interface PageElement {
  readonly textContent: string | null;
  getAttribute(name: string): string | null;
  querySelector(selector: string): PageElement | null;
  querySelectorAll(selector: string): Iterable<PageElement>;
}

/** Matches an accessible name that starts with a label: VS Code appends key bindings and more after a delimiter. */
function startingWith(label: string | RegExp): RegExp {
  return label instanceof RegExp ? label : new RegExp(`^${escape(label)}(?=$|[\\s,.(])`);
}

export class Workbench {
  /** Errors that the page threw and nobody caught. */
  readonly pageErrors: string[] = [];
  readonly sideBar: Locator;
  readonly statusBar: Locator;
  readonly quickInput: Locator;

  private constructor(readonly page: Page) {
    page.setDefaultTimeout(ACTION_TIMEOUT_MS);
    page.on('pageerror', (error) => this.pageErrors.push(String(error)));
    this.sideBar = page.locator('[id="workbench.parts.sidebar"]');
    this.statusBar = page.locator('[id="workbench.parts.statusbar"]');
    this.quickInput = page.locator('.quick-input-widget');
  }

  static async open(browser: Browser, url: string, options: WindowOptions = {}): Promise<Workbench> {
    const { width = 1280, height = 800, colorScheme = 'light' } = options;
    const page = await browser.newPage({
      viewport: { width, height },
      colorScheme,
      reducedMotion: 'reduce',
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    await page.addInitScript(ANIMATIONS_END);
    const workbench = new Workbench(page);
    await page.goto(url, { waitUntil: 'commit' });
    await workbench.ready();
    return workbench;
  }

  async ready(): Promise<void> {
    await this.page.locator('.monaco-workbench .part.activitybar').waitFor({ timeout: START_TIMEOUT_MS });
  }

  /** Loads the window anew by VS Code's own command: the browser's would not wait until the open editors are stored. */
  async reload(): Promise<void> {
    const loaded = this.page.waitForEvent('domcontentloaded', { timeout: START_TIMEOUT_MS });
    await this.command('Developer: Reload Window');
    await loaded;
    await this.ready();
  }

  /** Leaves the page as a person does, so that the extension host can deactivate. */
  async close(): Promise<void> {
    await this.page.goto('about:blank');
    await this.page.close();
  }

  // --- commands and quick input

  /** Runs a command by its full title as the palette shows it ("NiFi: Refresh Flows"). */
  async command(title: string): Promise<void> {
    const input = await this.openPalette();
    await input.fill(`>${title}`);
    const option = this.quickInput.getByRole('option', { name: startingWith(title) }).first();
    await option.waitFor();
    await option.click();
    // What the command asks is asked in the same box.
    await option.waitFor({ state: 'hidden' });
  }

  private async openPalette(): Promise<Locator> {
    const input = this.quickInput.locator('input.input');
    await this.repeat(
      () => this.page.keyboard.press('F1'),
      () => input.waitFor({ state: 'visible', timeout: RETRY_AFTER_MS }),
    );
    return input;
  }

  /** Takes an entry of the open quick pick. */
  async pick(label: string | RegExp): Promise<void> {
    const option = this.quickInput.getByRole('option', { name: startingWith(label) }).first();
    await option.waitFor();
    await option.click();
    await option.waitFor({ state: 'hidden' });
  }

  async pickLabels(): Promise<readonly string[]> {
    const options = this.quickInput.getByRole('option');
    await options.first().waitFor();
    return options.evaluateAll((all: PageElement[]) => all.map((one) => one.getAttribute('aria-label') ?? ''));
  }

  /** Answers the open input box. */
  async type(text: string): Promise<void> {
    const input = this.quickInput.locator('input.input');
    await input.waitFor();
    await input.fill(text);
    await input.press('Enter');
  }

  /** Names a file in the open file dialog. */
  async chooseFile(file: string): Promise<void> {
    const input = this.quickInput.locator('input.input');
    // The dialog writes its first folder into the box some time after it shows, over or behind what stands there.
    await until('the file dialog’s first folder', async () => (await input.inputValue()).startsWith('/'));
    await this.repeat(
      async () => {
        await input.fill(file, { timeout: RETRY_AFTER_MS }).catch(() => undefined);
        if ((await input.inputValue()) === file) await input.press('Enter');
      },
      () => input.waitFor({ state: 'hidden', timeout: RETRY_AFTER_MS }),
    );
  }

  /** Presses a lens: its click is lost while lenses are drawn anew. */
  async pressLens(text: RegExp, effect: Locator): Promise<void> {
    const pressed = this.lens(text);
    await pressed.waitFor({ timeout: START_TIMEOUT_MS });
    await this.repeat(
      () => pressed.click({ timeout: RETRY_AFTER_MS }).catch(() => undefined),
      () => effect.first().waitFor({ timeout: RETRY_AFTER_MS }),
    );
  }

  /** A lens over the open document. */
  lens(text: RegExp): Locator {
    return this.page.locator('.codelens-decoration a, .codelens-decoration span').filter({ hasText: text }).first();
  }

  /** Presses a button of the open modal dialog; returns the dialog's text. */
  async answerDialog(button: string): Promise<string> {
    const dialog = this.page.locator('.monaco-dialog-box');
    await dialog.waitFor();
    const text = await dialog.locator('.dialog-message-row').innerText();
    await dialog.getByRole('button', { name: button, exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
    return text.trim();
  }

  // --- side bar

  async openContainer(title: string): Promise<void> {
    const tab = this.page.locator('.part.activitybar').getByRole('tab', { name: startingWith(title) });
    await tab.waitFor({ timeout: START_TIMEOUT_MS });
    if ((await tab.getAttribute('aria-expanded')) !== 'true') await tab.click();
    await this.sideBar.locator('.composite.title').getByText(title).first().waitFor();
  }

  /** The tree row with that visible label. */
  row(label: string): Locator {
    return this.sideBar
      .getByRole('treeitem')
      .filter({ has: this.page.locator('.label-name', { hasText: new RegExp(`^\\s*${escape(label)}\\s*$`) }) });
  }

  async rows(): Promise<readonly TreeRow[]> {
    return this.sideBar.getByRole('treeitem').evaluateAll((rows: PageElement[]) =>
      rows.map((row) => ({
        level: Number(row.getAttribute('aria-level')),
        label: row.querySelector('.label-name')?.textContent?.trim() ?? '',
        description: [...row.querySelectorAll('.label-description')]
          .map((one) => one.textContent ?? '')
          .join('')
          .trim(),
        name: row.getAttribute('aria-label') ?? '',
      })),
    );
  }

  async expand(label: string): Promise<void> {
    const row = this.row(label).first();
    await row.waitFor();
    await this.repeat(
      async () => {
        if ((await row.getAttribute('aria-expanded')) === 'false') await row.locator('.monaco-tl-twistie').click();
      },
      () => row.and(this.page.locator('[aria-expanded=true]')).waitFor({ timeout: RETRY_AFTER_MS }),
    );
  }

  /** Selects the rows from one to another. (Ctrl+click is not dependable in the browser's VS Code, in its own views too.) */
  async selectRange(first: string, last: string): Promise<void> {
    await this.row(first).first().click();
    await this.row(last)
      .first()
      .click({ modifiers: ['Shift'] });
    for (const label of [first, last]) {
      await this.row(label).first().and(this.page.locator('[aria-selected=true]')).waitFor();
    }
  }

  /** Presses an inline button of a row, which shows only while the mouse is on it: a row drawn anew waits for its next move. */
  async rowAction(label: string, action: string): Promise<void> {
    const row = this.row(label).first();
    const button = row.getByRole('button', { name: startingWith(action) });
    await this.repeat(
      () => row.hover(),
      () => button.click({ timeout: RETRY_AFTER_MS }),
    );
  }

  /** Takes an entry of a row's context menu. */
  async contextMenu(label: string, entry: string | RegExp): Promise<void> {
    await this.row(label).first().click({ button: 'right' });
    const item = this.page.locator('.monaco-menu').getByRole('menuitem', { name: entry });
    await item.waitFor();
    // A menu ignores the mouse at first, against the release of the button that opened it.
    await this.repeat(
      () => item.click({ timeout: RETRY_AFTER_MS }).catch(() => undefined),
      () => item.waitFor({ state: 'detached', timeout: RETRY_AFTER_MS }),
    );
  }

  async contextMenuEntries(label: string): Promise<readonly string[]> {
    await this.row(label).first().click({ button: 'right' });
    const items = this.page.locator('.monaco-menu').getByRole('menuitem');
    await items.first().waitFor();
    const names = (await items.allInnerTexts()).map((text) => text.trim());
    await this.page.keyboard.press('Escape');
    return names;
  }

  // --- status bar, notifications, editors

  /** Waits for a status bar item whose text matches and returns the text. */
  async status(text: string | RegExp): Promise<string> {
    const item = this.statusBar.locator('.statusbar-item').filter({ hasText: text }).first();
    await item.waitFor();
    return (await item.innerText()).trim();
  }

  notification(text: string | RegExp): Locator {
    return this.page.locator('.notifications-toasts .notification-toast').filter({ hasText: text }).first();
  }

  async notificationAction(text: string | RegExp, button: string): Promise<void> {
    const toast = this.notification(text);
    await toast.getByRole('button', { name: button, exact: true }).click();
  }

  async dismissNotifications(): Promise<void> {
    await this.command('Notifications: Clear All Notifications');
  }

  async editorTabs(): Promise<readonly string[]> {
    const tabs = this.page.locator('.tabs-container [role=tab]');
    return tabs.evaluateAll((all: PageElement[]) => all.map((one) => one.getAttribute('aria-label') ?? ''));
  }

  /** The visible lines of the active text editor, from top to bottom. */
  async editorText(): Promise<string> {
    const lines = this.page.locator('.editor-group-container.active .monaco-editor .view-line');
    await lines.first().waitFor();
    // All at once: lines are drawn anew while one after the other is asked.
    const placed = await lines.evaluateAll((nodes: PageElement[]) =>
      nodes.map((line) => ({
        top: Number(/top:\s*([\d.]+)px/.exec(line.getAttribute('style') ?? '')?.[1] ?? 0),
        text: (line.textContent ?? '').replaceAll('\u00a0', ' '),
      })),
    );
    return placed
      .sort((one, other) => one.top - other.top)
      .map((line) => line.text)
      .join('\n');
  }

  // --- webviews

  /** The inner frame of the visible webview whose document has that title. */
  async webview(title: string | RegExp): Promise<Frame> {
    return until(`webview titled ${title}`, async () => {
      for (const outer of await this.page.locator('iframe.webview.ready').elementHandles()) {
        try {
          const middle = await outer.contentFrame();
          const inner = await (await middle?.$('iframe#active-frame'))?.contentFrame();
          if (!inner || !(await outer.isVisible())) continue;
          const name = await inner.title();
          if (typeof title === 'string' ? name === title : title.test(name)) return inner;
        } catch {
          // The frame was replaced while we looked at it.
        }
      }
      return null;
    });
  }

  /** axe-core's violations in a frame. Playwright evaluates beside the page's content security policy. */
  async axe(frame: Frame): Promise<readonly AxeViolation[]> {
    await frame.evaluate(readFileSync(createRequire(__filename).resolve('axe-core/axe.min.js'), 'utf8'));
    return frame.evaluate(
      `axe.run(document, { resultTypes: ['violations'] }).then((result) => result.violations.map((one) => (
        { id: one.id, impact: one.impact, nodes: one.nodes.map((node) => node.target.join(' ')) })))`,
    );
  }

  async screenshot(file: string): Promise<void> {
    mkdirSync(path.dirname(file), { recursive: true });
    await this.page.screenshot({ path: file, animations: 'disabled' });
  }

  /** Acts until the effect shows. */
  private async repeat(act: () => Promise<unknown>, effect: () => Promise<unknown>): Promise<void> {
    const deadline = Date.now() + ACTION_TIMEOUT_MS;
    for (;;) {
      await act();
      try {
        await effect();
        return;
      } catch (error) {
        if (Date.now() > deadline) throw error;
      }
    }
  }
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
