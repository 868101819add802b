import assert from 'node:assert/strict';
import { AcceleratorError } from '../../../src/flows/errors';
import type { AttemptView, FlowView } from '../../../src/flows/flowsModel';
import {
  detailsState,
  headerState,
  problemState,
  rowState,
  sentenceCase,
  sourceLine,
} from '../../../src/views/historyPanel/state';
import type { HeaderState } from '../../../src/views/historyPanel/protocol';
import { attemptView, flowView, liveAttempt } from '../../support/flowSamples';

const CAPABILITIES = { compare: false, diff: true, assess: false, locateFile: false };

function header(
  flow: FlowView,
  attempts: readonly AttemptView[] = [],
  problem: AcceleratorError | null = null,
): HeaderState {
  return headerState({ flow, attempts, kind: 'local', capabilities: CAPABILITIES, problem });
}

describe("the history page's state", () => {
  it('offers the one thing to do now', () => {
    assert.equal(header(flowView()).primary, 'start');
    assert.equal(header(flowView({ status: 'NEEDS_ATTENTION', totalAttempts: 1 })).primary, 'retry');
    assert.equal(header(flowView({ status: 'DONE', totalAttempts: 2 })).primary, 'again');
    assert.equal(header(flowView({ status: 'NOT_STARTED', totalAttempts: 1 })).primary, 'again');
    assert.equal(header(flowView({ status: 'CONVERTING', currentAttemptId: 'a' })).primary, 'cancel');
  });

  it('turns it off with the reason', () => {
    const gone = { exists: false, changedSinceLastAttempt: null };
    assert.equal(header(flowView({ status: 'DONE', source: gone })).primaryOff, 'The flow file was not found.');
    assert.equal(header(flowView({ status: 'CONVERTING', currentAttemptId: 'a', source: gone })).primaryOff, null);
    const offline = new AcceleratorError('offline', 'No answer.');
    assert.match(header(flowView(), [], offline).primaryOff ?? '', /No answer\./);
  });

  it('says since which attempt the source has changed, only if it has', () => {
    const changed = { exists: true, changedSinceLastAttempt: true };
    const running = attemptView(6, 60, null, { status: 'RUNNING' });
    const attempts = [running, attemptView(5, 600, 10)];
    assert.equal(header(flowView({ source: changed }), attempts).changedSince, 5);
    assert.equal(header(flowView(), attempts).changedSince, null);
    assert.equal(
      header(flowView({ source: { exists: true, changedSinceLastAttempt: null } }), attempts).changedSince,
      null,
    );
  });

  it('shows a row as its record says once that is terminal', () => {
    const failed = attemptView(2, 300, 41, { status: 'FAILED', errorMessage: 'x'.repeat(80), progressPercentage: 30 });
    const row = rowState({ ...failed, live: liveAttempt(failed) }, '');
    assert.equal(row.display, 'failed');
    assert.equal(row.active, false);
    assert.equal(row.durationSeconds, 41);
    assert.equal(row.progress, 30);
    assert.equal(row.error, `${'x'.repeat(49)}…`);
    assert.equal(row.message, '');
    assert.equal(rowState(attemptView(1, 9, 3, { progressPercentage: null }), '').progress, 100);
  });

  it('leaves the flow’s own path out of the front of an error; the details keep it', () => {
    const errorMessage = '/estate/a.xml: line 3, column 9: mismatched tag';
    const attempt = attemptView(1, 9, 3, { status: 'FAILED', errorMessage });
    assert.equal(rowState(attempt, '/estate/a.xml').error, 'line 3, column 9: mismatched tag');
    assert.equal(rowState(attempt, '/estate/a.xml#g1').error, 'line 3, column 9: mismatched tag');
    assert.equal(rowState(attempt, '/estate/b.xml').error, errorMessage);
    assert.equal(detailsState(attempt, [attempt], null).error, errorMessage);
  });

  it('shows the progress of a run before its row has it', () => {
    const running = attemptView(3, 100, null, { status: 'RUNNING', progressPercentage: 10 });
    const live = liveAttempt(running, { progressPercentage: 62, statusMessage: 'Step 2' });
    const row = rowState({ ...running, live }, '');
    assert.deepEqual([row.active, row.progress, row.message, row.durationSeconds], [true, 62, 'Step 2', null]);
  });

  it('shows an end that was seen before the row has it', () => {
    const running = attemptView(3, 100, null, { status: 'RUNNING' });
    const end = {
      status: 'FAILED',
      completedAt: new Date(running.startedAt.getTime() + 7000),
      errorMessage: 'Broken',
      generatedNotebooks: ['/out/a.py'],
    } as const;
    const attempt = { ...running, live: liveAttempt(running, { end }) };
    const row = rowState(attempt, '');
    assert.deepEqual([row.display, row.active, row.durationSeconds, row.error], ['failed', false, 7, 'Broken']);
    assert.deepEqual(detailsState(attempt, [attempt], null).notebooks, [{ name: 'a' }]);
  });

  it('says unknown for a run that cannot be seen, and keeps what was known', () => {
    const running = attemptView(3, 100, null, { status: 'RUNNING' });
    const row = rowState({ ...running, live: liveAttempt(running, { visible: false }) }, '');
    assert.deepEqual([row.display, row.message, row.progress], ['unknown', 'Running when last seen', 62]);
  });

  it('leads to the line of the flow file only where the file is at fault', () => {
    const failed = (errorMessage: string, generatedNotebooks: readonly string[] = []): AttemptView =>
      attemptView(1, 9, 3, { status: 'FAILED', errorMessage, generatedNotebooks });
    assert.equal(sourceLine(failed('mismatched tag: line 325, column 12')), 325);
    assert.equal(sourceLine(failed("Expecting ',' delimiter: line 214 column 37 (char 5000)")), 214);
    assert.equal(sourceLine(failed('cell 7, line 14, column 22', ['/out/a.py'])), null);
    assert.equal(sourceLine(failed('Python was not found')), null);
    assert.equal(sourceLine(attemptView(1, 9, 3)), null);
  });

  it('compares notebooks with the newest earlier success that has some', () => {
    const written = { generatedNotebooks: ['/out/a.py'] };
    const newest = attemptView(5, 10, 5, written);
    const attempts = [newest, attemptView(4, 20, 5), attemptView(3, 30, 5, written), attemptView(2, 40, 5, written)];
    assert.equal(detailsState(newest, attempts, null).diffWith, 3);
    assert.equal(detailsState(attempts[3] ?? newest, attempts, null).diffWith, null);
  });

  it('words a problem with the button that mends it', () => {
    const offline = new AcceleratorError('offline', 'The proxy refused the connection.');
    assert.deepEqual(problemState(offline, 'Check Connection', null), {
      title: 'Databricks cannot be reached.',
      why: 'The proxy refused the connection.',
      dataFrom: null,
      button: 'Check connection',
    });
    assert.equal(problemState(new AcceleratorError('storageDamaged', 'x'), null, null).button, 'Try again');
    assert.equal(sentenceCase('Choose Python'), 'Choose Python');
    assert.equal(sentenceCase('View All Attempts'), 'View all attempts');
  });
});
