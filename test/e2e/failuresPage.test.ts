import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { failureCauses } from '../../src/flows/failureCauses';
import { failuresState } from '../../src/views/failures/controller';
import type { FailuresState, HostMessage, PageMessage } from '../../src/views/failures/protocol';
import { attemptView, flowView } from '../support/flowSamples';
import { PageDriver, THEMES } from '../support/pageDriver';
import type { PageOptions } from '../support/pageDriver';
import { launchBrowser } from '../support/vscode/chromium';

/** @param flows that fail for three causes */
function failures(flows: number): FailuresState {
  const views = Array.from({ length: flows }, (_, index) =>
    flowView({
      flowId: `flow_${index}-0123456789ab`,
      flowName: `Flow ${index}`,
      status: 'NEEDS_ATTENTION',
      server: `prod-${index % 2}`,
    }),
  );
  const errors = ['line 3, column 9: mismatched tag', 'Out of memory\nThe run used 16 GB.', null];
  const attempts = views.map((view, index) => ({
    ...attemptView(1, 3600 + index, 5, {
      status: 'FAILED',
      errorMessage: errors[index % 4 === 0 ? 1 : index % 7 === 0 ? 2 : 0] ?? null,
    }),
    flowId: view.flowId,
  }));
  return failuresState(failureCauses(views, attempts), 100, (id) => views.find(({ flowId }) => flowId === id) ?? null);
}

describe('the page of failures by cause', function () {
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

  async function open(flows: number, options: PageOptions = {}): Promise<FailuresState> {
    driver = new PageDriver(await PageDriver.load(browser, 'failures', options));
    const state = failures(flows);
    await driver.post({ type: 'causes', state });
    return state;
  }

  for (const theme of THEMES) {
    it(`has no axe finding, folded, unfolded, empty or failed: ${theme}`, async () => {
      await open(30, { theme });
      assert.deepEqual(await driver.axe(), []);
      await driver.page.locator('.unfold').first().click();
      assert.deepEqual(await driver.axe(), []);
      await driver.page.screenshot({ path: `out/e2e/failures-${theme}.png`, fullPage: true });
      await driver.post({ type: 'failed', message: 'The warehouse does not answer.' });
      assert.deepEqual(await driver.axe(), []);
      await driver.post({ type: 'causes', state: failures(0) });
      assert.deepEqual(await driver.axe(), []);
      assert.deepEqual(await driver.policyViolations(), []);
    });
  }

  it('says how many flows need attention and for what, the cause of most flows first', async () => {
    const state = await open(30);
    await driver.page.getByText('30 flows need attention, for 3 causes, after 30 failed attempts').waitFor();
    assert.deepEqual(await driver.page.locator('.cause-title').allInnerTexts(), [
      'line ‹n›, column ‹n›: mismatched tag',
      'Out of memory',
      'No error was recorded',
    ]);
    assert.match(
      await driver.page.locator('.facts').first().innerText(),
      new RegExp(`^${state.causes[0]?.flowCount ?? 0} flows, `),
    );
  });

  it('is worked by the keyboard: unfold, copy, retry, open', async () => {
    const state = await open(30);
    const [cause] = state.causes;
    const { keyboard } = driver.page;
    await driver.page.locator('.unfold').first().focus();
    await keyboard.press('Enter');
    assert.equal(await driver.page.locator('.unfold').first().getAttribute('aria-expanded'), 'true');
    assert.match(await driver.page.evaluate<string>('document.activeElement?.dataset.key'), /^unfold-/, 'focus stays');
    for (const key of [`copy-${cause?.id ?? ''}`, `retry-${cause?.id ?? ''}`, `open-${cause?.id ?? ''}`]) {
      await driver.page.locator(`[data-key="${key}"]`).focus();
      await keyboard.press('Enter');
    }
    await driver.page.locator('.lines vscode-link').first().click();
    assert.deepEqual((await driver.said()).slice(1), [
      { type: 'copy', cause: cause?.id },
      { type: 'retry', cause: cause?.id },
      { type: 'open', cause: cause?.id },
      { type: 'openHistory', flowId: cause?.flows[0]?.flowId },
    ]);
    assert.deepEqual(await driver.saved(), { open: [cause?.id] });
  });

  it('fits 380 pixels', async () => {
    await open(30, { width: 380, theme: 'light' });
    await driver.page.locator('.unfold').first().click();
    assert.equal(
      await driver.page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
      0,
    );
    assert.deepEqual(await driver.axe(), []);
  });

  it('shows errors as text, whatever they look like', async () => {
    const state = await open(3);
    const hostile = '<img src=x onerror="document.title=1">';
    const causes = state.causes.map((cause) => ({ ...cause, title: hostile, example: hostile }));
    await driver.post({ type: 'causes', state: { ...state, causes } });
    await driver.page.locator('.unfold').first().click();
    assert.equal(await driver.page.locator('pre').first().innerText(), hostile);
    assert.equal(await driver.page.locator('img').count(), 0);
  });
});
