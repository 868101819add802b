import assert from 'node:assert/strict';
import { startSummary } from '../../../src/commands/startSummary';
import type { StartResult } from '../../../src/flows/conversions';
import { AcceleratorError } from '../../../src/flows/errors';
import { batchNotice, singleNotice } from '../../../src/views/endNoticeText';

const started = (flowId: string): StartResult => ({
  outcome: 'started',
  flowId,
  attemptId: `${flowId}_attempt_1`,
  attemptNumber: 1,
  jobId: '1',
  runId: '2',
});
const lost: StartResult = {
  outcome: 'lost',
  flowId: 'a',
  by: 'user:data-eng',
  since: new Date(2026, 2, 2, 14, 30),
  attemptId: 'a_attempt_1',
  current: null,
};
const failed = (flowId: string): StartResult => ({
  outcome: 'failed',
  flowId,
  error: new AcceleratorError('flowFileMissing', 'Its file was not found.'),
});
const name = (flowId: string): string => `Flow ${flowId}`;

describe('messages after a start', () => {
  it('are silent when all started', () => {
    assert.equal(startSummary([started('a'), started('b')], name), null);
  });

  it('name who converts a flow that was lost, and since when', () => {
    const summary = startSummary([lost], name);
    assert.equal(summary?.message, 'data-eng is converting Flow a since 14:30.');
    assert.equal(summary.flowId, 'a');
  });

  it('count what did not start of several, with the first reason', () => {
    const summary = startSummary([started('a'), lost, failed('b'), failed('c')], name);
    assert.equal(summary?.severity, 'warn');
    assert.equal(
      summary.message,
      '1 of 4 conversions started. 1 flow is being converted already. 2 could not start. The first: Flow b: Its file was not found.',
    );
  });
});

describe('messages after an end', () => {
  const ended = {
    attemptId: 'a_attempt_1',
    flowId: 'a',
    attemptNumber: 5,
    errorMessage: null,
    generatedNotebooks: [],
    statusMessage: null,
  };

  it('lead to the notebooks of a success', () => {
    const success = { ...ended, status: 'SUCCESS', generatedNotebooks: ['/1', '/2'] } as const;
    const notice = singleNotice({ ...success, statusMessage: '4 processors to do by hand' }, 'Orders');
    assert.equal(notice?.message, 'Orders was converted: 2 notebooks. 4 processors to do by hand.');
    assert.deepEqual(notice.actions, ['openNotebooks', 'viewHistory']);
  });

  it('say why an attempt failed and offer to try again', () => {
    const notice = singleNotice({ ...ended, status: 'FAILED', errorMessage: 'Bad XML at 3:5\ntrace' }, 'Orders');
    assert.equal(notice?.message, 'Attempt 5 of Orders failed. Bad XML at 3:5.');
    assert.deepEqual([notice.severity, notice.actions], ['warn', ['viewHistory', 'retry']]);
  });

  it('say nothing of what the person cancelled', () => {
    assert.equal(singleNotice({ ...ended, status: 'CANCELLED' }, 'Orders'), null);
  });

  it('sum a batch up once', () => {
    assert.deepEqual(batchNotice([...Array<'SUCCESS'>(10).fill('SUCCESS'), 'FAILED', 'FAILED']), {
      severity: 'warn',
      message: '12 flows ended: 10 converted, 2 failed.',
    });
    assert.deepEqual(batchNotice(['SUCCESS', 'CANCELLED']), {
      severity: 'info',
      message: '2 flows ended: 1 converted, 1 cancelled.',
    });
  });
});
