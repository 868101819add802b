import assert from 'node:assert/strict';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import { assessmentToCsv, assessmentToMarkdown, parseAssessment, type Assessment } from '../../src/flows/assessment';
import { assessFlows } from '../../src/nifi/converter/assessFlows';
import type { HostMessage, PageMessage } from '../../src/views/assessment/protocol';
import { reportState } from '../../src/views/assessment/state';
import { repositoryRoot } from '../support/hostPackage';
import { PageDriver, THEMES } from '../support/pageDriver';
import type { PageOptions } from '../support/pageDriver';
import { launchBrowser } from '../support/vscode/chromium';

const FLOWS = path.join(repositoryRoot, 'test', 'fixtures', 'flows');

/** What the shipped converter really says of the sample flows. */
async function assess(
  signal = new AbortController().signal,
  onLine: (line: string) => void = () => undefined,
): Promise<Assessment> {
  const answer = await assessFlows(
    {
      python: 'python3',
      packagePath: path.join(repositoryRoot, 'notebooks'),
      environment: process.env,
      cachePath: path.join(repositoryRoot, 'out', 'pycache'),
    },
    { sources: [FLOWS], signal, onLine },
  );
  return parseAssessment(answer.output) ?? assert.fail(answer.said);
}

describe('the page of an assessment', function () {
  this.timeout(120_000);
  let browser: Browser;
  let driver: PageDriver<HostMessage, PageMessage>;
  let assessment: Assessment;

  before(async () => {
    [browser, assessment] = await Promise.all([launchBrowser(), assess()]);
  });
  after(async () => {
    await browser.close();
  });
  afterEach(async () => {
    await driver.close();
  });

  async function open(options: PageOptions = {}): Promise<void> {
    driver = new PageDriver(await PageDriver.load(browser, 'assessment', options));
    await driver.post({ type: 'report', report: reportState(assessment, 'flows', new Date(), [FLOWS]) });
  }
  const names = (): Promise<readonly string[]> =>
    driver.page.locator('table').first().locator('tbody vscode-link').allInnerTexts();

  for (const theme of THEMES) {
    it(`has no axe finding while it runs, as a report and failed: ${theme}`, async () => {
      await open({ theme });
      assert.deepEqual(await driver.axe(), []);
      await driver.page.screenshot({ path: `out/e2e/assessment-${theme}.png`, fullPage: true });
      await driver.post({
        type: 'running',
        label: 'flows',
        stage: 'assess',
        done: 3,
        total: 10,
        source: 'prod-eu/a.xml',
      });
      assert.deepEqual(await driver.axe(), []);
      await driver.post({ type: 'failed', label: 'flows', message: 'No Python was found.', button: 'Choose Python' });
      assert.deepEqual(await driver.axe(), []);
      assert.deepEqual(await driver.policyViolations(), []);
    });
  }

  it('lists flows in the suggested order, filters and sorts them by the keyboard', async () => {
    await open();
    const ordered = await names();
    assert.equal(ordered.length, 14);
    assert.equal(ordered[0], 'Empty Template');
    await driver.page.getByLabel('Filter flows').fill('kafka');
    assert.ok((await names()).length < 5);
    assert.match((await names()).join(), /Kafka/);
    await driver.page.getByLabel('Filter flows').fill('');
    await driver.page.getByLabel('Which flows').selectOption('errors');
    assert.deepEqual(await names(), ['GetFileEncodingInFlight.xml']);
    await driver.page.getByLabel('Which flows').selectOption('all');
    await driver.page.locator('[data-key="sort-effort"]').first().focus();
    await driver.page.keyboard.press('Enter');
    assert.equal((await names())[0], 'Pricing Feed');
    assert.equal(await driver.page.locator('th[aria-sort=descending]').innerText(), 'Effort');
  });

  it('asks for exports and sources by place, in whatever order the rows stand', async () => {
    await open();
    await driver.page.locator('[data-key="sort-effort"]').first().click();
    await driver.page.locator('table').first().locator('tbody vscode-link').first().click();
    await driver.page.getByText('Export CSV').click();
    await driver.page.getByText('Copy as Markdown').click();
    assert.deepEqual((await driver.said()).slice(1), [
      { type: 'openSource', index: 12 },
      { type: 'export', format: 'csv' },
      { type: 'copyMarkdown' },
    ]);
  });

  for (const width of [380, 1000]) {
    it(`fits ${width} pixels`, async () => {
      await open({ width, theme: 'light' });
      assert.equal(
        await driver.page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
        0,
      );
      assert.deepEqual(await driver.axe(), []);
    });
  }

  it('leaves as a table for spreadsheets and as a text for tickets', async () => {
    await open();
    const lines = assessmentToCsv(assessment).trimEnd().split('\r\n');
    assert.equal(lines.length, 15);
    assert.match(lines[0] ?? '', /^order,name,source,/);
    const hostile = assessment.flows.map((flow) => ({ ...flow, name: '=1+1|"<b>' }));
    assert.match(assessmentToCsv({ ...assessment, flows: hostile }), /"'=1\+1\|""<b>"/);
    assert.match(assessmentToMarkdown({ ...assessment, flows: hostile }, 'a'), /=1\+1\\\|"&lt;b\\>/);
    assert.match(assessmentToMarkdown(assessment, 'estate'), /13 flows with 141 processors/);
  });

  it('keeps what was read until a cancel', async () => {
    await open();
    const cancel = new AbortController();
    const partial = await assess(cancel.signal, (line) => {
      if (line.includes('"done": 3')) cancel.abort();
    });
    assert.equal(partial.cancelled, true);
    assert.ok(partial.flows.length >= 3 && partial.flows.length < 14, String(partial.flows.length));
    await driver.post({ type: 'report', report: reportState(partial, 'flows', new Date(), []) });
    await driver.page.getByText('The assessment was cancelled.').waitFor();
  });
});
