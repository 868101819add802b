import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import type { HostMessage, PageMessage } from '../../src/views/compare/protocol';
import { comparisons } from '../support/compareStates';
import { PageDriver, THEMES } from '../support/pageDriver';
import type { PageOptions } from '../support/pageDriver';
import { launchBrowser } from '../support/vscode/chromium';

describe('the page of two attempts', function () {
  this.timeout(120_000);
  let browser: Browser;
  let driver: PageDriver<HostMessage, PageMessage>;

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
    driver = new PageDriver(await PageDriver.load(browser, 'compare', options));
    await show(scene);
  }
  async function show(scene: string): Promise<void> {
    const comparison = comparisons()[scene];
    assert.ok(comparison !== undefined, scene);
    await driver.post({ type: 'comparison', comparison });
  }
  const row = (id: string): ReturnType<typeof driver.page.locator> => driver.page.locator(`[data-row="${id}"]`);

  for (const theme of THEMES) {
    it(`has no axe finding in any state: ${theme}`, async () => {
      driver = new PageDriver(await PageDriver.load(browser, 'compare', { theme }));
      for (const name of Object.keys(comparisons())) {
        await show(name);
        assert.deepEqual(await driver.axe(), [], `${name}, ${theme}`);
        await driver.page.screenshot({ path: `out/e2e/compare-${name}-${theme}.png`, fullPage: true });
      }
      await driver.post({ type: 'failed', message: 'The warehouse does not answer.' });
      assert.deepEqual(await driver.axe(), []);
      assert.deepEqual(await driver.policyViolations(), []);
    });
  }

  for (const width of [380, 760, 1400]) {
    it(`fits ${width} pixels`, async () => {
      await open('failed', { width, theme: 'light' });
      const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
      assert.equal(await driver.page.evaluate(overflow), 0);
      assert.deepEqual(await driver.axe(), []);
      await driver.page.screenshot({ path: `out/e2e/compare-${width}.png`, fullPage: true });
    });
  }

  it('counts what differs and hides the rest when asked', async () => {
    await open('failed');
    const counted = await driver.page.getByText(/^\d+ of \d+ rows differ$/).innerText();
    const [differing, all] = counted.match(/\d+/g) ?? [];
    assert.equal(await driver.page.locator('[data-row]').count(), Number(all));
    await driver.page.getByLabel('Only differences').check();
    assert.equal(await driver.page.locator('[data-row]').count(), Number(differing));
    assert.equal(await driver.page.locator('.equal').count(), 0);
    assert.equal(await driver.page.getByRole('heading', { name: 'Converter' }).count(), 0, 'no empty group');
    assert.deepEqual(await driver.saved(), {
      left: comparisons()['failed']?.left.attemptId,
      right: comparisons()['failed']?.right.attemptId,
      only: true,
    });
  });

  it('names changes of components and of lines', async () => {
    await open('failed');
    const changes = await row('processors').locator('.changes > li').allTextContents();
    assert.equal(changes.length, 4);
    assert.match(changes.join(), /Route by region/);
    assert.match(changes.join(), /Header Line Count: before 1after 2/);
    await driver.page.getByText('Open flow diff').click();
    assert.deepEqual((await driver.said()).at(-1), { type: 'diffSource' });
    assert.equal(await row('notebook 02_enrich_orders').locator('.cell-difference').innerText(), '+2 −1 lines');
    assert.equal(await row('levels').locator('.cell-difference').innerText(), '1 moved');
  });

  it('opens notebooks, diffs and the history by the keyboard', async () => {
    await open('failed');
    const press = async (name: string): Promise<void> => {
      await driver.page.locator(`[data-key="${name}"]`).focus();
      await driver.page.keyboard.press('Enter');
    };
    await press('diff-1');
    await press('open-right-1');
    await press('Open all diffs');
    await press('Swap sides');
    await press('copy-right');
    await press('Back to the history');
    assert.deepEqual(await driver.said(), [
      { type: 'ready' },
      { type: 'diffNotebook', index: 1 },
      { type: 'openNotebook', side: 'right', index: 1, beside: false },
      { type: 'diffAll' },
      { type: 'swap' },
      { type: 'copyError', side: 'right' },
      { type: 'openHistory', side: 'right' },
    ]);
  });

  it('keeps the focus when the host sends the comparison again', async () => {
    await open('failed');
    await driver.page.locator('[data-key="diff-1"]').focus();
    await show('failed');
    assert.equal(await driver.page.evaluate('document.activeElement?.dataset.key'), 'diff-1');
  });
});
