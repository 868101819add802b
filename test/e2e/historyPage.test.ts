import assert from 'node:assert/strict';
import type { Browser, Locator } from 'playwright-core';
import type { RowState } from '../../src/views/historyPanel/protocol';
import { HistoryPageDriver, THEMES } from '../support/historyPage';
import type { PageOptions } from '../support/historyPage';
import { attemptView } from '../support/flowSamples';
import { scenes } from '../support/historyStates';
import type { PageScene } from '../support/historyStates';
import { launchBrowser } from '../support/vscode/chromium';

/** Made anew each time: its times are relative to now. */
function sceneNamed(name: string): PageScene {
  const scene = scenes()[name];
  assert.ok(scene !== undefined, name);
  return scene;
}

describe('the history page', function () {
  this.timeout(120_000);
  let browser: Browser;
  let driver: HistoryPageDriver;

  before(async () => {
    browser = await launchBrowser();
  });
  after(async () => {
    await browser.close();
  });
  afterEach(async () => {
    await driver.close();
  });

  async function open(scene: string, options: PageOptions = {}): Promise<void> {
    driver = await HistoryPageDriver.open(browser, options);
    await driver.show(sceneNamed(scene));
  }
  const row = (number: number): Locator =>
    driver.page.locator(`[data-attempt="${attemptView(number, 0, null).attemptId}"]`);
  const selectedNumbers = (): Promise<readonly string[]> =>
    driver.page.locator('[data-attempt][aria-selected=true] .cell-number').allInnerTexts();
  const focusedNumber = (): Promise<string | undefined> =>
    driver.page.evaluate<string | undefined>(
      `document.activeElement?.closest('[data-attempt]')?.querySelector('.cell-number').textContent`,
    );
  const overflow = (): Promise<number> =>
    driver.page.evaluate<number>('document.documentElement.scrollWidth - document.documentElement.clientWidth');

  for (const theme of THEMES) {
    it(`has no axe finding in any state: ${theme}`, async () => {
      driver = await HistoryPageDriver.open(browser, { theme });
      // 500 rows of the same making would only take axe longer.
      for (const [name, scene] of Object.entries(scenes()).filter(([one]) => one !== 'many')) {
        await driver.show(scene);
        assert.deepEqual(await driver.axe(), [], `${name}, ${theme}`);
      }
      assert.deepEqual(await driver.policyViolations(), []);
    });
  }

  for (const width of [380, 700, 1000, 1400]) {
    it(`fits ${width} pixels, also for axe`, async () => {
      driver = await HistoryPageDriver.open(browser, { theme: 'light', width });
      for (const [name, scene] of Object.entries(scenes())) {
        await driver.show(scene);
        assert.equal(await overflow(), 0, name);
      }
      await driver.show(sceneNamed('failed'));
      assert.deepEqual(await driver.axe(), []);
    });
  }

  it('shows number, status, times, duration, progress and a cut error, newest first', async () => {
    await open('failed');
    const cells = row(5).locator('vscode-data-grid-cell');
    assert.deepEqual(
      (await cells.allInnerTexts()).map((text) => text.trim().replaceAll('\n', ' ')),
      [
        '5',
        'Failed',
        '12 min ago',
        '9 min ago',
        '3 min 04 s',
        '71%',
        'Validation failed: 27 of 38 checks passed after 3…',
      ],
    );
    assert.match(
      (await row(5).locator('time').first().getAttribute('title')) ?? '',
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \S/,
    );
    assert.deepEqual(await driver.page.locator('[data-attempt] .cell-number').allInnerTexts(), [
      '5',
      '4',
      '3',
      '2',
      '1',
    ]);
    assert.match(await driver.page.locator('pre').innerText(), /See run log line 412 for the full trace\.$/);
  });

  it('shows the block on coverage only where there is a report', async () => {
    await open('failed');
    await driver.page.getByRole('img', { name: 'Converted 24, Assisted 7, Manual 5, Not needed 2' }).waitFor();
    await row(4).click();
    await driver.answerSelections();
    await driver.page.getByRole('heading', { name: 'Attempt 4' }).waitFor();
    assert.equal(await driver.page.getByText('Coverage').count(), 0);
  });

  it('is worked by the keyboard alone', async () => {
    await open('failed');
    const { keyboard } = driver.page;
    for (let presses = 0; (await focusedNumber()) === undefined && presses < 12; presses++) await keyboard.press('Tab');
    assert.equal(await focusedNumber(), '5', 'the grid is one tab stop');
    await keyboard.press('ArrowDown');
    assert.deepEqual([await focusedNumber(), await selectedNumbers()], ['4', ['4']]);
    await keyboard.press('End');
    assert.deepEqual(await selectedNumbers(), ['1']);
    await keyboard.press('Control+c');
    await keyboard.press('Home');
    await keyboard.press('Control+ArrowDown');
    assert.deepEqual([await focusedNumber(), await selectedNumbers()], ['4', ['5']], 'moved without selecting');
    await keyboard.press(' ');
    assert.deepEqual(await selectedNumbers(), ['5', '4']);
    await keyboard.press('Enter');
    await keyboard.press('ArrowDown');
    await keyboard.press('Enter');
    assert.equal(await driver.page.evaluate('document.activeElement?.textContent'), 'Attempt 3');
    await keyboard.press('Escape');
    assert.equal(await focusedNumber(), '3', 'Escape goes back to the row');
    const [newest, second, , , oldest] = sceneNamed('failed').init.rows.map(({ attemptId }) => attemptId);
    const said = (await driver.said()).filter(({ type }) => type === 'compare' || type === 'copyError');
    assert.deepEqual(said, [
      { type: 'copyError', attemptId: oldest },
      { type: 'compare', first: newest, second },
    ]);
  });

  it('sends ids and indexes, never paths', async () => {
    await open('failed');
    await driver.page.getByRole('link', { name: '02_enrich_orders' }).click();
    await driver.page.getByRole('button', { name: 'Open 03_write_silver to the side' }).click();
    await driver.page.getByRole('button', { name: 'Compare 01_read_orders with attempt 4' }).click();
    await driver.page.getByRole('button', { name: 'Retry' }).click();
    const attemptId = sceneNamed('failed').init.rows[0]?.attemptId;
    assert.deepEqual((await driver.said()).slice(2), [
      { type: 'openNotebook', attemptId, index: 1, beside: false },
      { type: 'openNotebook', attemptId, index: 2, beside: true },
      { type: 'diffNotebook', attemptId, index: 0 },
      { type: 'primary', action: 'retry' },
    ]);
  });

  it('changes a running row in place: focus, selected text and scroll position stay', async () => {
    await open('many', { height: 600 });
    const live: RowState = {
      ...(sceneNamed('running').init.rows[0] ?? assert.fail()),
      attemptId: 'live',
      number: 621,
      progress: 10,
    };
    const order = ['live', ...sceneNamed('many').init.rows.map(({ attemptId }) => attemptId)];
    await row(610).click();
    await driver.answerSelections();
    await driver.post({ type: 'patch', rows: [live], order });
    assert.deepEqual([await focusedNumber(), await selectedNumbers()], ['610', ['610']]);
    await driver.page.evaluate(`
      document.querySelector('.attempts').scrollTop = 200;
      getSelection().selectAllChildren(document.querySelector('.details dl'));
      changes = [];
      new MutationObserver((records) => changes.push(...records.map(({ target }) =>
        (target.nodeType === 1 ? target : target.parentElement).closest('[data-attempt]')?.dataset.attempt ?? 'elsewhere')))
        .observe(document.querySelector('.body'), { subtree: true, childList: true, attributes: true, characterData: true });`);
    const selectedText = await driver.page.evaluate<string>('getSelection().toString()');
    await driver.post({ type: 'patch', rows: [{ ...live, progress: 30, message: 'Step 3' }] });
    assert.equal(await driver.page.locator('[data-attempt=live] .cell-error').innerText(), 'Step 3');
    const changed = await driver.page.evaluate<readonly string[]>('changes');
    assert.ok(changed.length > 0);
    assert.deepEqual([...new Set(changed)], ['live'], 'of 501 rows only the live one is touched');
    assert.deepEqual(
      await driver.page.evaluate('[document.querySelector(".attempts").scrollTop, getSelection().toString()]'),
      [200, selectedText],
    );
    assert.equal(await focusedNumber(), '610');
    assert.equal(await driver.page.getByRole('status').innerText(), 'Attempt 621: 25 percent');
  });

  it('goes along with a new attempt, except for someone who reads', async () => {
    const live: RowState = { ...(sceneNamed('running').init.rows[0] ?? assert.fail()) };
    const order = [live.attemptId, ...sceneNamed('failed').init.rows.map(({ attemptId }) => attemptId)];
    await open('failed');
    await driver.post({ type: 'patch', rows: [live], order });
    assert.deepEqual(await selectedNumbers(), ['6']);
    await driver.close();

    await open('failed');
    await driver.page.locator('pre').focus();
    await driver.post({ type: 'patch', rows: [live], order });
    assert.deepEqual(await selectedNumbers(), ['5']);
  });

  it('tells of an end, and of what could not be done', async () => {
    await open('running');
    const before = sceneNamed('running').init.rows[0] ?? assert.fail();
    const ended: RowState = { ...before, active: false, display: 'succeeded', progress: 100, durationSeconds: 120 };
    await driver.post({ type: 'patch', rows: [ended] });
    assert.equal(await driver.page.getByRole('status').innerText(), 'Attempt 6 ended: Succeeded');
    await driver.post({ type: 'refused', message: 'The notebook is no longer there.' });
    assert.equal(await driver.page.getByRole('alert').innerText(), 'The notebook is no longer there.');
    await driver.page.locator('.refused').getByText('The notebook is no longer there.').waitFor();
    await driver.page.getByRole('button', { name: 'Export' }).click();
    await driver.page.locator('.refused').waitFor({ state: 'hidden' });
  });

  it('comes back after a reload with its selection and scroll position', async () => {
    await open('many');
    await row(612).click();
    await driver.page.evaluate("document.querySelector('.attempts').scrollTop = 140");
    await driver.page.waitForFunction('saved?.gridScrollTop === 140');
    const saved = await driver.saved();
    await driver.close();

    await open('many', { saved });
    assert.deepEqual(await selectedNumbers(), ['612']);
    assert.equal(await driver.page.evaluate("document.querySelector('.attempts').scrollTop"), 140);
    assert.ok((await driver.said()).some((said) => said.type === 'select' && said.attemptId === saved.selected[0]));
  });

  it('shows what a flow says as text, whatever it looks like', async () => {
    const hostile = '<img src=x onerror="document.title=1"><script>1</script>';
    driver = await HistoryPageDriver.open(browser);
    const { init, details } = sceneNamed('failed');
    const [first] = details;
    assert.ok(init.header !== null && first !== undefined);
    const rows = init.rows.map((one) => ({ ...one, error: hostile }));
    await driver.show({
      init: { ...init, rows, header: { ...init.header, name: hostile, server: hostile, path: hostile } },
      details: [{ ...first, error: hostile, statusMessage: hostile, notebooks: [{ name: hostile }] }],
    });
    assert.equal(await driver.page.locator('h1').innerText(), hostile);
    assert.equal(await driver.page.locator('pre').innerText(), hostile);
    assert.equal(await driver.page.locator('img, main script').count(), 0);
    assert.deepEqual(await driver.policyViolations(), []);
  });

  it('stands still where motion is to be reduced', async () => {
    const turning = `document.getAnimations().filter((one) => one.animationName === 'codicon-spin').length`;
    await open('running', { reduceMotion: true });
    assert.equal(await driver.page.evaluate(turning), 0);
    await driver.close();
    await open('running', { reduceMotion: false });
    assert.notEqual(await driver.page.evaluate(turning), 0);
  });

  it('offers nothing to press where nothing can be done', async () => {
    await open('fileGone');
    const retry = driver.page.locator('vscode-button', { hasText: 'Retry' });
    assert.equal(await retry.getAttribute('title'), 'The flow file was not found.');
    await retry.click({ force: true });
    assert.deepEqual(
      (await driver.said()).filter(({ type }) => type === 'primary'),
      [],
    );
  });
});
