import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { hasSqlite } from '../../support/sqliteNode';
import { failureLines, mochaCounts, NOTHING, pytestCounts, sum } from '../../support/tierReport';

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
    const one = { title: 'one', message: 'no' };
    const other = { title: 'other', message: 'no' };
    assert.deepEqual(
      sum([
        { passed: 1, failed: 1, skipped: 3, failures: [one] },
        { passed: 10, failed: 1, skipped: 1, failures: [other] },
      ]),
      { passed: 11, failed: 2, skipped: 4, failures: [one, other] },
    );
  });

  it('counts a run without a report as failed, and says so', () => {
    const missing = path.join(folder, 'missing');
    for (const counts of [mochaCounts(missing, null), pytestCounts(missing, 0)]) {
      assert.equal(counts.failed, 1);
      assert.match(counts.failures[0]?.message ?? '', /before its report/);
    }
  });

  it('counts a bad end without a failed test as failed', () => {
    const passed = report(JSON.stringify({ ...NOTHING, passed: 5 }));
    for (const code of [1, null]) {
      const { failed, failures } = mochaCounts(passed, code);
      assert.equal(failed, 1);
      assert.match(failures[0]?.message ?? '', /though no test failed/);
    }
  });

  it('reads the report of pytest, with what failed and why', () => {
    const file = report(
      `<testsuites><testsuite name="pytest" errors="1" failures="1" skipped="3" tests="10" time="1">
        <testcase classname="test.test_a" name="test_one[&lt;]"><failure message="assert 1 == 2&#10;more">…</failure></testcase>
        <testcase classname="test.test_a" name="test_two" />
        <testcase classname="test.test_b" name="test_three"><error message="no fixture">…</error></testcase>
      </testsuite></testsuites>`,
    );
    const counts = pytestCounts(file, 1);
    assert.deepEqual(
      { ...counts, failures: counts.failures.map((failure) => failure.title) },
      { passed: 5, failed: 2, skipped: 3, failures: ['test.test_a::test_one[<]', 'test.test_b::test_three'] },
    );
    assert.deepEqual(failureLines(counts.failures), [
      'FAILED test.test_a::test_one[<]',
      '    assert 1 == 2',
      '    more',
      'FAILED test.test_b::test_three',
      '    no fixture',
    ]);
  });
});

describe('the Node that opens SQLite', () => {
  it('is 22.13 or newer, or 23.4 or newer', () => {
    const fit = ['22.13.0', '22.20.1', '23.4.0', '24.0.0', '26.1.0'];
    const unfit = ['18.20.0', '20.20.2', '22.12.0', '23.3.0'];
    assert.deepEqual([...fit, ...unfit].filter(hasSqlite), fit);
  });
});
