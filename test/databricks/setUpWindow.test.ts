/** The guided set-up as a person meets it: the packaged extension in a real VS Code, from nothing to a set-up workspace. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { DEMO_TOKEN, type FakeWorkspace } from '../support/fakeWorkspace/fakeWorkspace';
import { SAMPLE_FLOWS } from '../support/hostTier';
import { startProduct, type Product } from '../support/vscode/product';
import type { Workbench } from '../support/vscode/workbench';
import { fakeOver, onlyWithAll } from './engine';

const VOLUME = '/Volumes/spark_catalog/guided/nifi';
const STEP_TIMEOUT_MS = 120_000;

/** What is asked of who is signed in, and the answers that lead to the place of these tests. */
const QUESTIONS: readonly (readonly [title: string, answer: string | RegExp])[] = [
  ['Databricks Workspace', /^localhost:/],
  ['SQL Warehouse', 'Starter Warehouse'],
  ['Catalog', 'spark_catalog'],
  ['Schema', 'guided'],
  ['Volume', 'nifi'],
  ['Compute', 'Serverless'],
];

describe('the guided set-up in a window', function () {
  this.timeout(600_000);
  let fake: FakeWorkspace;
  let folder: string;
  let product: Product | undefined;
  let workbench: Workbench;

  before(async function () {
    onlyWithAll(this);
    fake = await fakeOver(this);
    this.timeout(300_000);
    folder = mkdtempSync(path.join(tmpdir(), 'guided-'));
    writeFileSync(path.join(folder, 'profiles'), `[production]\nhost = ${fake.host}\ntoken = ${DEMO_TOKEN}\n`);
    writeFileSync(path.join(folder, 'authority.pem'), fake.certificate);
    product = await startProduct({
      env: {
        DATABRICKS_CONFIG_FILE: path.join(folder, 'profiles'),
        NODE_EXTRA_CA_CERTS: path.join(folder, 'authority.pem'),
        DATABRICKS_HOST: '',
        DATABRICKS_TOKEN: '',
      },
    });
    workbench = await product.openWindow({ width: 1200, height: 720 });
    await workbench.openContainer('NiFi Accelerator');
  });
  after(async () => {
    if (product === undefined) return;
    await workbench.close();
    await product.stop();
    await fake.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') {
      await workbench.screenshot(`out/e2e/set-up, ${this.currentTest.title.slice(0, 20)}.png`);
    }
  });

  /** Waits for a question of the set-up, with its answers. */
  async function asked(title: string): Promise<void> {
    const { quickInput } = workbench;
    await quickInput.locator('.quick-input-title').filter({ hasText: title }).waitFor({ timeout: STEP_TIMEOUT_MS });
    await quickInput.getByRole('option').first().waitFor({ timeout: STEP_TIMEOUT_MS });
  }

  const said = (text: RegExp): Promise<void> => workbench.notification(text).waitFor({ timeout: 2 * STEP_TIMEOUT_MS });

  it('asks for everything, with a way back, and does what it has said', async () => {
    await workbench.command('NiFi: Set Up Workspace…');
    await asked('Sign In');
    await workbench.pick('production');
    await asked('SQL Warehouse');
    await workbench.pick('Starter Warehouse');
    await asked('Catalog');
    await workbench.pick('spark_catalog');
    await asked('Schema');
    await workbench.pick('New Schema…');
    await workbench.type('mistaken');
    await asked('Volume');
    await workbench.quickInput.getByRole('button', { name: 'Back' }).click();
    await asked('Schema');
    await workbench.pick('New Schema…');
    await workbench.type('guided');
    await asked('Volume');
    await workbench.pick('New Volume…');
    await workbench.type('nifi');
    await asked('Compute');
    assert.equal(fake.statements.length, 0, 'nothing is done before the plan is confirmed');
    await workbench.pick('Serverless');
    const plan = await workbench.answerDialog('Set Up');
    for (const part of ['Schema spark_catalog.guided', `Volume of ${VOLUME}`, 'nifi_flows', 'Agents and converter']) {
      assert.ok(plan.includes(part), `${part} is not in the plan: ${plan}`);
    }
    await said(/The workspace is set up/);
    assert.ok(fake.statements.some((sql) => sql.includes('CREATE SCHEMA')));
    assert.equal(await fake.storage.isNotebook('/Workspace/Shared/nifi_conversion_agent'), true);
  });

  it('finds the flows that lie in the volume', async () => {
    cpSync(SAMPLE_FLOWS, fake.storage.onDisk(VOLUME), { recursive: true });
    await workbench.command('NiFi: Populate Flows');
    await said(/14 flows found, 14 of them new/);
    await workbench.row('csv-to-json-flow').waitFor();
  });

  it('names in a bulk start what it starts, and on what', async () => {
    await workbench.row('prod-us').click();
    await workbench.contextMenu('prod-us', /^Start .*Conversions/);
    const question = await workbench.answerDialog('Cancel');
    assert.match(question, /9 flows: 9 new jobs with one run each on Databricks\./);
    assert.match(question, /serverless compute/);
    assert.equal(fake.jobs.jobs.size, 0);
  });

  it('begins with what was chosen where it was left, also in a window that was loaded anew', async () => {
    const untilSchema = async (): Promise<void> => {
      await workbench.command('NiFi: Set Up Workspace…');
      for (const [title, answer] of QUESTIONS.slice(0, 3)) {
        await asked(title);
        await workbench.pick(answer);
      }
      await asked('Schema');
    };
    await untilSchema();
    await workbench.pick('default');
    await asked('Volume');
    await workbench.page.keyboard.press('Escape');
    await workbench.reload();
    await untilSchema();
    const [first] = await workbench.pickLabels();
    assert.match(first ?? '', /^default, now/);
    await workbench.page.keyboard.press('Escape');
  });

  it('changes nothing the second time', async () => {
    const before = fake.calls.get('POST /api/2.0/workspace/import');
    await workbench.command('NiFi: Set Up Workspace…');
    for (const [title, answer] of QUESTIONS) {
      await asked(title);
      await workbench.pick(answer);
    }
    await said(/Everything was set up already/);
    assert.equal(fake.calls.get('POST /api/2.0/workspace/import'), before);
    assert.deepEqual(workbench.pageErrors, []);
  });
});
