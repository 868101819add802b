'use strict';

/** mocha's spec reporter that also writes counts, results and failures as JSON to TEST_REPORT, for the sum over all tiers. */
const { writeFileSync } = require('node:fs');
const Mocha = require('mocha');

class SpecAndReport extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const tests = [];
    const failures = [];
    runner.on('test end', (test) =>
      tests.push({ title: test.fullTitle(), state: test.state ?? 'skipped', ms: test.duration ?? 0 }),
    );
    // A failing hook has no "test end".
    runner.on('fail', (test, error) =>
      failures.push({ title: test.fullTitle(), message: String(error.stack ?? error.message ?? error) }),
    );
    runner.once('end', () => {
      const file = process.env.TEST_REPORT;
      if (!file) return;
      const { passes, failures: failed, pending } = runner.stats;
      writeFileSync(file, JSON.stringify({ passed: passes, failed, skipped: pending, failures, tests }));
    });
  }
}

module.exports = SpecAndReport;
