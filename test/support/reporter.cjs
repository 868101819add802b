'use strict';

/** mocha's spec reporter that also writes counts and results as JSON to TEST_REPORT, for the sum over all tiers. */
const { writeFileSync } = require('node:fs');
const Mocha = require('mocha');

class SpecAndReport extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    const tests = [];
    runner.on('test end', (test) =>
      tests.push({ title: test.fullTitle(), state: test.state ?? 'skipped', ms: test.duration ?? 0 }),
    );
    runner.once('end', () => {
      const file = process.env.TEST_REPORT;
      if (!file) return;
      const { passes, failures, pending } = runner.stats;
      writeFileSync(file, JSON.stringify({ passed: passes, failed: failures, skipped: pending, tests }));
    });
  }
}

module.exports = SpecAndReport;
