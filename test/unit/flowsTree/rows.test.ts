import assert from 'node:assert/strict';
import { AcceleratorError } from '../../../src/flows/errors';
import { failureRows, olderRow } from '../../../src/views/flowsTree/actionRows';
import { attemptRow, flowRow } from '../../../src/views/flowsTree/rows';
import { attemptTooltip, flowTooltip } from '../../../src/views/flowsTree/tooltips';
import { minutesAgo, NOW, sampleAttempt, sampleFlow, sampleLive } from './samples';

describe('flows tree: rows', () => {
  const flowTexts = (parts: Parameters<typeof sampleFlow>[0]): [string, string] => {
    const row = flowRow(sampleFlow(parts), NOW);
    return [row.description, row.icon];
  };

  it('says in a few words where a flow stands', () => {
    assert.deepEqual(flowTexts({}), ['not started', 'circle-large-outline']);
    assert.deepEqual(flowTexts({ status: 'CONVERTING', totalAttempts: 6, live: sampleLive() }), [
      'attempt 6, 62%',
      'loading~spin',
    ]);
    assert.deepEqual(flowTexts({ status: 'DONE', totalAttempts: 3, successfulConversions: 2 }), [
      '2 of 3 succeeded',
      'pass',
    ]);
    assert.deepEqual(
      flowTexts({ status: 'NEEDS_ATTENTION', totalAttempts: 4, conversionCompletedAt: minutesAgo(60) }),
      ['failed 60 min ago, 4 attempts', 'warning'],
    );
  });

  it('shows a run that cannot be seen as unknown, never as failed', () => {
    const live = sampleLive({ visible: false, lastSeenAt: minutesAgo(3) });
    const row = flowRow(sampleFlow({ status: 'CONVERTING', totalAttempts: 1, live }), NOW);
    assert.equal(row.description, 'unknown, last seen 3 min ago');
    assert.equal(row.icon, 'question');
  });

  it('marks a changed and a missing file, and a missing one cannot start', () => {
    const changed = flowRow(
      sampleFlow({ status: 'DONE', totalAttempts: 2, source: { exists: true, changedSinceLastAttempt: true } }),
      NOW,
    );
    assert.deepEqual([changed.mark, changed.description], ['changed', 'changed since attempt 2']);
    const missing = flowRow(sampleFlow({ source: { exists: false, changedSinceLastAttempt: null } }), NOW);
    assert.deepEqual([missing.mark, missing.description], ['missing', 'file not found']);
    assert.equal(missing.traits.includes('startable'), false);
  });

  it('speaks a sentence to a screen reader', () => {
    const flow = sampleFlow({ status: 'CONVERTING', totalAttempts: 6, live: sampleLive(), owner: 'ann' });
    assert.equal(
      flowRow(flow, NOW).spoken,
      'Orders ingest, converting, 62 percent, 6 attempts, server prod-eu, owner ann',
    );
  });

  it('says when an attempt ended and how long it took', () => {
    const row = attemptRow(sampleAttempt({ attemptNumber: 5, status: 'FAILED', errorMessage: 'Line 3' }), NOW);
    assert.equal(row.label, '#5 Failed');
    assert.equal(row.description, '7 min ago, 3 min 04 s');
    assert.match(row.spoken, /^Attempt 5, failed, ended 7 min ago, took 3 min 04 s, Line 3$/);
  });

  it('offers a log only where a run exists', () => {
    assert.equal(attemptRow(sampleAttempt({ databricksRunId: null }), NOW).traits.includes('hasLog'), false);
    assert.equal(attemptRow(sampleAttempt(), NOW).traits.includes('hasLog'), true);
  });
});

describe('flows tree: tooltips', () => {
  it('keeps text of flows from becoming Markdown', () => {
    const evil = sampleFlow({
      flowName: '[x](command:evil) <img src=x>',
      status: 'NEEDS_ATTENTION',
      totalAttempts: 2,
      errorMessage: '**bold** $(bug) [link](command:evil)',
      nifiXmlPath: '/a/`b`.xml',
    });
    const text = flowTooltip(evil, NOW);
    assert.equal(/\]\(command:evil/.test(text), false);
    assert.equal(/<img/.test(text), false);
    assert.equal(text.includes('**bold**'), false);
    assert.equal(/(?<!\\)\$\(bug/.test(text), false);
  });

  it('leads to all attempts and counts them', () => {
    assert.match(flowTooltip(sampleFlow({ totalAttempts: 5 }), NOW), /\[View All Attempts \(5\)\]\(command:/);
    assert.equal(flowTooltip(sampleFlow(), NOW).includes('command:'), false);
  });

  it('cuts an error that would fill the screen', () => {
    const text = attemptTooltip(sampleAttempt({ status: 'FAILED', errorMessage: 'x'.repeat(5000) }), NOW);
    assert.ok(text.length < 1500);
  });
});

describe('flows tree: rows that act', () => {
  it('shows how many follow and of how many', () => {
    const parent = { kind: 'flow', id: 'flow:a', flowId: 'a' } as const;
    const row = olderRow(parent, { list: 'attempts', flowId: 'a' }, 21, 20, 31);
    assert.deepEqual([row.label, row.description], ['Show 20 older', 'of 31']);
    assert.equal(olderRow(parent, { list: 'attempts', flowId: 'a' }, 1, 20, 11).label, 'Show 1 older');
  });

  it('says what failed and offers the one action that mends it first', () => {
    const error = new AcceleratorError('pythonMissing', 'Python was not found.', { mend: 'choosePython' });
    const [head] = failureRows(null, error);
    assert.equal(head?.description, 'Python was not found.');
    assert.deepEqual(
      head.children.map((row) => row.label),
      ['Choose Python', 'Try Again', 'Show Log'],
    );
  });
});
