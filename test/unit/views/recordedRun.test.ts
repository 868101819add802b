import assert from 'node:assert/strict';
import type { Attempt } from '../../../src/flows/model';
import { recordedRun } from '../../../src/views/recordedRun';

const ATTEMPT: Attempt = {
  attemptId: 'a_attempt_1',
  flowId: 'a',
  databricksJobId: '7',
  databricksRunId: '81',
  jobName: 'NiFi conversion a_attempt_1',
  status: 'FAILED',
  startedAt: new Date('2026-01-01T10:00:00Z'),
  completedAt: new Date('2026-01-01T10:05:00Z'),
  durationSeconds: 300,
  progressPercentage: 40,
  iterations: 1,
  validationPercentage: null,
  generatedNotebooks: [],
  errorMessage: 'ValueError: no such column',
  statusMessage: null,
  attemptNumber: 1,
  triggeredBy: 'user:ann',
};

describe('a run that Databricks has forgotten', () => {
  it('is told from the history', () =>
    assert.equal(
      recordedRun(ATTEMPT, 'UTC'),
      `The run 81 is no longer kept: Databricks forgets runs after 60 days. Recorded of it:

Failed
started: 2026-01-01 10:00:00 UTC
ended:   2026-01-01 10:05:00 UTC

ValueError: no such column
`,
    ));

  it('with its notebooks, and without an end where none was seen', () => {
    const text = recordedRun(
      { ...ATTEMPT, completedAt: null, errorMessage: null, generatedNotebooks: ['/W/a'] },
      'UTC',
    );
    assert.match(text, /ended: {3}not known\n\nNotebooks:\n\/W\/a\n$/);
  });
});
