/** The built extension's Databricks side, as VS Code loads it: a bundle of its own, with undici beside it. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';

import * as z from 'zod';

import { emptyEngine } from '../support/fakeWorkspace/emptyEngine';
import { EngineError } from '../support/fakeWorkspace/engineError';
import { DEMO_TOKEN, FakeWorkspace } from '../support/fakeWorkspace/fakeWorkspace';
import { settingsFor } from './databricksSubject';

const BUNDLE = path.resolve(__dirname, '..', '..', 'dist', 'workspaces', 'databricks.js');

/** Runs in a process of its own, where nothing else has loaded undici. */
const PROGRAM = `
  const symbols = ['undici.globalDispatcher.1', 'undici.globalDispatcher.2'].map((name) => Symbol.for(name));
  const mine = { mine: true };
  Object.defineProperty(globalThis, symbols[0], { value: mine, configurable: true, writable: true });
  const hooks = () => process.listenerCount('uncaughtException') + process.listenerCount('unhandledRejection');
  const before = hooks();
  const { bundle, settings, certificate, token } = JSON.parse(process.argv[1]);
  const { createDatabricksWorkspace } = require(bundle);
  (async () => {
    const workspace = await createDatabricksWorkspace({
      settings: () => settings,
      network: { proxy: '', noProxy: [], extraCa: [certificate] },
      env: { DATABRICKS_CONFIG_FILE: '/nonexistent', PATH: '' },
      vault: { token: async () => token },
      userAgent: 'nifi-accelerator/0.0.0',
      onWarehouseState: () => undefined,
      log: () => undefined,
    });
    const signal = new AbortController().signal;
    const user = await workspace.user(signal);
    // The driver is loaded for this, whatever becomes of the statement.
    const sql = await workspace.sql.execute('SELECT 1', {}, { signal }).then(() => 'ok', (error) => error.name);
    console.log(JSON.stringify({
      user,
      sql,
      kept: globalThis[symbols[0]] === mine,
      second: globalThis[symbols[1]] === undefined,
      hooks: hooks() - before,
    }));
    process.exit(0);
  })();
`;
const answer = z.object({
  user: z.string(),
  sql: z.string(),
  kept: z.boolean(),
  second: z.boolean(),
  hooks: z.number(),
});

describe('the built Databricks bundle', function () {
  this.timeout(60_000);
  let fake: FakeWorkspace;
  before(async function () {
    if (!existsSync(BUNDLE)) {
      console.log('Skipped: the extension is not built, run "npm run build"');
      this.skip();
    }
    // Nothing is executed: this test is about what loading does to the process.
    fake = await FakeWorkspace.start({ engine: emptyEngine });
    fake.statementFaults.add({
      on: /./,
      times: Number.POSITIVE_INFINITY,
      fault: new EngineError('[INTERNAL_ERROR] no engine', 'INTERNAL_ERROR', 'XX000'),
    });
  });
  after(() => fake.stop());

  it('signs in and loads the driver, and leaves the process as it was for everybody else', async () => {
    const order = {
      bundle: BUNDLE,
      settings: settingsFor(fake),
      certificate: fake.certificate,
      token: DEMO_TOKEN,
    };
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', PROGRAM, JSON.stringify(order)]);
    assert.deepEqual(answer.parse(JSON.parse(stdout)), {
      user: 'data-eng@example.com',
      sql: 'AcceleratorError',
      kept: true,
      second: true,
      hooks: 0,
    });
  });
});
