import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { hasSqlite } from '../../support/sqliteNode';
import { mochaCounts, pytestCounts, sum } from '../../support/tierReport';

describe('the sum over the tiers', () => {
  let folder: string;
  const report = (text: string): string => {
    const file = path.join(folder, 'report');
    writeFileSync(file, text);
    return file;
  };
  beforeEach(() => (folder = mkdtempSync(path.join(tmpdir(), 'nifi-accelerator-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('adds counts', () => {
    assert.deepEqual(
      sum([
        { passed: 1, failed: 2, skipped: 3 },
        { passed: 10, failed: 0, skipped: 1 },
      ]),
      {
        passed: 11,
        failed: 2,
        skipped: 4,
      },
    );
  });

  it('counts a run without a report as failed', () => {
    const missing = path.join(folder, 'missing');
    assert.equal(mochaCounts(missing, 0).failed, 1);
    assert.equal(pytestCounts(missing, 0).failed, 1);
  });

  it('counts a bad end without a failed test as failed', () => {
    assert.equal(mochaCounts(report('{"passed":5,"failed":0,"skipped":0}'), 1).failed, 1);
    assert.equal(mochaCounts(report('{"passed":5,"failed":0,"skipped":0}'), null).failed, 1);
  });

  it('reads the report of pytest', () => {
    const file = report(
      '<testsuites><testsuite name="pytest" errors="1" failures="2" skipped="3" tests="10" time="1"></testsuite></testsuites>',
    );
    assert.deepEqual(pytestCounts(file, 1), { passed: 4, failed: 3, skipped: 3 });
  });
});

describe('the Node that opens SQLite', () => {
  it('is 22.13 or newer, or 23.4 or newer', () => {
    const fit = ['22.13.0', '22.20.1', '23.4.0', '24.0.0', '26.1.0'];
    const unfit = ['18.20.0', '20.20.2', '22.12.0', '23.3.0'];
    assert.deepEqual([...fit, ...unfit].filter(hasSqlite), fit);
  });
});
