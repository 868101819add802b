import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  attemptDisplay,
  attemptLook,
  clampPercentage,
  elapsedSeconds,
  escapeMarkdown,
  flowDisplay,
  flowLook,
  formatCount,
  formatDuration,
  formatInstant,
  formatRelative,
  notebookName,
  triggerLabel,
  truncateError,
} from '../../../src/views/format';

const NOW = new Date('2025-11-23T14:32:10Z');
const ago = (seconds: number): Date => new Date(NOW.getTime() - seconds * 1000);

describe('format', () => {
  it('says durations with two units at most', () => {
    const cases: readonly (readonly [number, string])[] = [
      [0, '0 s'],
      [41.9, '41 s'],
      [59, '59 s'],
      [60, '1 min 00 s'],
      [184, '3 min 04 s'],
      [3599, '59 min 59 s'],
      [3600, '1 h 00 min'],
      [7500, '2 h 05 min'],
      [86_400 * 3 + 4 * 3600, '3 d 04 h'],
      [-5, '0 s'],
      [Number.NaN, '0 s'],
    ];
    for (const [seconds, text] of cases) {
      assert.equal(formatDuration(seconds), text);
    }
  });

  it('says how long ago an instant lies', () => {
    const cases: readonly (readonly [number, string])[] = [
      [0, 'just now'],
      [2, '2 s ago'],
      [89, '89 s ago'],
      [90, '2 min ago'],
      [720, '12 min ago'],
      [5400, '2 h ago'],
      [35 * 3600, '35 h ago'],
      [36 * 3600, '2 days ago'],
      [12 * 86_400, '12 days ago'],
      [100 * 86_400, '3 months ago'],
      [800 * 86_400, '2 years ago'],
      [-30, 'in 30 s'],
    ];
    for (const [seconds, text] of cases) {
      assert.equal(formatRelative(ago(seconds), NOW), text);
    }
  });

  it('gives the exact time with its zone', () => {
    assert.equal(formatInstant(NOW, 'UTC'), '2025-11-23 14:32:10 UTC');
    assert.match(formatInstant(NOW, 'Europe/Berlin'), /^2025-11-23 15:32:10 (CET|GMT\+1)$/);
    assert.equal(formatInstant(new Date('2025-01-02T00:00:00Z'), 'UTC'), '2025-01-02 00:00:00 UTC');
  });

  it('cuts an error at 50 characters of its first line with words in it', () => {
    assert.equal(truncateError('short'), 'short');
    assert.equal(truncateError('x'.repeat(50)), 'x'.repeat(50));
    assert.equal(truncateError('x'.repeat(51)), `${'x'.repeat(49)}…`);
    assert.equal(truncateError('\n\n  two   spaces\tand a tab \r\nsecond line'), 'two spaces and a tab');
    assert.equal(truncateError(''), '');
    assert.equal(truncateError('😀'.repeat(60)), `${'😀'.repeat(49)}…`);
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '😀', 'e\u0301', '\n', '\r', '  ', '\t'), maxLength: 200 }),
        (text) => {
          const cut = truncateError(text);
          return Array.from(cut).length <= 50 && !/[\r\n]/.test(cut);
        },
      ),
    );
  });

  it('shows a terminal row as it is, whatever the run is said to do', () => {
    assert.equal(attemptDisplay('SUCCESS', { phase: 'running', visible: true }), 'succeeded');
    assert.equal(attemptDisplay('FAILED', { phase: null, visible: false }), 'failed');
  });

  it('refines an active row by its run', () => {
    assert.equal(attemptDisplay('CREATING'), 'starting');
    assert.equal(attemptDisplay('RUNNING', { phase: 'waiting', visible: true }), 'waiting');
    assert.equal(attemptDisplay('RUNNING', { phase: null, visible: true }), 'running');
    assert.equal(attemptDisplay('RUNNING', { phase: 'running', visible: false }), 'unknown');
    assert.equal(attemptDisplay('RUNNING', { phase: 'timedOut', visible: true }), 'failed');
    assert.equal(attemptDisplay('CREATING', { phase: 'creating', visible: true }), 'starting');
    assert.equal(attemptDisplay('RUNNING', { phase: 'running', visible: false, end: { status: 'FAILED' } }), 'failed');
    assert.equal(attemptLook('unknown').spin, false);
    assert.equal(attemptLook('cancelled').label, 'Cancelled');
  });

  it('shows a flow by its status and its current run', () => {
    assert.equal(flowDisplay('NEEDS_ATTENTION', { phase: 'waiting', visible: false }), 'needsAttention');
    assert.equal(flowDisplay('CONVERTING', { phase: 'waiting', visible: true }), 'waiting');
    assert.equal(flowDisplay('CONVERTING', { phase: 'running', visible: false }), 'unknown');
    assert.equal(flowDisplay('CONVERTING', { phase: 'running', visible: true, end: { status: 'SUCCESS' } }), 'done');
    assert.equal(flowLook(flowDisplay('CONVERTING')).label, 'Converting');
    assert.equal(flowLook('needsAttention').icon, 'warning');
  });

  it('names triggers, notebooks, counts and percentages', () => {
    assert.equal(triggerLabel('retry:data-eng'), 'Retry, data-eng');
    assert.equal(triggerLabel('user:'), 'Started by hand');
    assert.equal(triggerLabel('someone'), 'someone');
    assert.equal(triggerLabel('nightly:bot'), 'nightly:bot');
    assert.equal(triggerLabel(null), null);
    assert.equal(notebookName('/out/a/01_read.py'), '01_read');
    assert.equal(notebookName('C:\\out\\02_write.ipynb'), '02_write');
    assert.equal(notebookName('/Workspace/out/03_gaps'), '03_gaps');
    assert.equal(notebookName('.py'), '.py');
    assert.equal(formatCount(1, 'flow'), '1 flow');
    assert.equal(formatCount(0, 'retry', 'retries'), '0 retries');
    assert.equal(clampPercentage(104.4), 100);
    assert.equal(clampPercentage(null), null);
  });

  it('measures an attempt by what its row says, then by the clock', () => {
    const base = { startedAt: ago(100), completedAt: null, durationSeconds: null } as const;
    assert.equal(elapsedSeconds({ ...base, status: 'RUNNING' }, NOW), 100);
    assert.equal(elapsedSeconds({ ...base, status: 'FAILED' }, NOW), null);
    assert.equal(elapsedSeconds({ ...base, status: 'FAILED', completedAt: ago(60) }, NOW), 40);
    assert.equal(elapsedSeconds({ ...base, status: 'SUCCESS', durationSeconds: 7 }, NOW), 7);
  });

  it('escapes what Markdown would read', () => {
    assert.equal(escapeMarkdown('a_b*c'), 'a\\_b\\*c');
    assert.equal(escapeMarkdown('[x](command:y)'), '\\[x\\]\\(command\\:y\\)');
    assert.equal(escapeMarkdown('$(zap) <b>&'), '\\$\\(zap\\) &lt;b&gt;&amp;');
    assert.equal(escapeMarkdown('one\n\n# two'), 'one \\# two');
  });
});
