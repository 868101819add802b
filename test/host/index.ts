/** Entry of the host tier: VS Code calls `run` inside the extension host. */
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format } from 'node:util';
import Mocha from 'mocha';
import type { Failure } from '../support/tierReport';
import { CONSOLE_MARK } from '../support/vscode/consoleMark';

export async function run(): Promise<void> {
  // The launcher prints the marked lines and keeps the workbench's own log apart.
  Mocha.reporters.Base.consoleLog = (...parts: unknown[]) => console.log(`${CONSOLE_MARK}${format(...parts)}`);
  const grep = process.env['TEST_GREP'];
  const mocha = new Mocha({
    ui: 'bdd',
    color: false,
    timeout: 60_000,
    forbidOnly: process.env['CI'] !== undefined,
    ...(grep === undefined ? {} : { grep }),
  });
  for (const name of readdirSync(__dirname, { recursive: true, encoding: 'utf8' }).sort()) {
    if (name.endsWith('.test.js')) mocha.addFile(path.join(__dirname, name));
  }
  await new Promise<void>((resolve, reject) => {
    const runner = mocha.run((failures) => {
      if (failures > 0) reject(new Error(`${failures} tests failed`));
      else resolve();
    });
    const failed: Failure[] = [];
    runner.on('fail', (test, error: Error) =>
      failed.push({ title: test.fullTitle(), message: error.stack ?? error.message }),
    );
    runner.once('end', () => {
      const report = process.env['TEST_REPORT'];
      if (report === undefined || runner.stats === undefined) return;
      const { passes, failures, pending } = runner.stats;
      writeFileSync(report, JSON.stringify({ passed: passes, failed: failures, skipped: pending, failures: failed }));
    });
  });
}
