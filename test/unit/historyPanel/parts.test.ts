import assert from 'node:assert/strict';
import { AttemptList, PAGE_SIZE } from '../../../src/views/historyPanel/attemptList';
import { parseReport } from '../../../src/flows/conversionReport';
import { coverageOf } from '../../../src/views/historyPanel/coverage';
import { Patches, type PageState } from '../../../src/views/historyPanel/patches';
import { parseHostMessage, parsePageMessage, parseSavedState } from '../../../src/views/historyPanel/protocol';
import { headerState, rowState } from '../../../src/views/historyPanel/state';
import { progressMilestone } from '../../../webview/history/milestones';
import { focusOn, reconcileSelection, rowByKey, selectOnly, toggle } from '../../../webview/history/selection';
import { attemptView, flowView, liveAttempt } from '../../support/flowSamples';
import { scenes } from '../../support/historyStates';

const page = (from: number, count: number): ReturnType<typeof attemptView>[] =>
  Array.from({ length: count }, (_, index) => attemptView(from - index, (index + 1) * 60, 5));

describe('the list of attempts', () => {
  it('joins pages without gap or repeat and says how many are older', () => {
    const list = new AttemptList();
    list.setNewest(page(250, PAGE_SIZE));
    assert.equal(list.older, 150);
    list.addOlder(page(151, PAGE_SIZE));
    assert.deepEqual([list.all.length, list.oldestNumber, list.older], [199, 52, 51]);
    list.addOlder(page(51, 51));
    assert.deepEqual([list.all.length, list.older], [250, 0]);
  });

  it('keeps older pages when the newest is read again', () => {
    const list = new AttemptList();
    list.setNewest(page(250, PAGE_SIZE));
    list.addOlder(page(150, PAGE_SIZE));
    list.setNewest(page(251, PAGE_SIZE));
    assert.deepEqual([list.all[0]?.attemptNumber, list.all.length, list.older], [251, 201, 50]);
    assert.equal(new Set(list.all.map(({ attemptId }) => attemptId)).size, 201);
  });

  it('lays live states over rows, and tells of one that it does not have', () => {
    const list = new AttemptList();
    const running = attemptView(2, 10, null, { status: 'RUNNING' });
    list.setNewest([running, attemptView(1, 60, 5)]);
    assert.equal(list.overlay(liveAttempt(running)), true);
    assert.equal(list.find(running.attemptId)?.live?.progressPercentage, 62);
    assert.equal(list.overlay(liveAttempt(attemptView(3, 1, null))), false);
    assert.equal(list.overlay(null), true);
  });
});

describe('patches for the page', () => {
  const running = attemptView(2, 10, null, { status: 'RUNNING' });
  const ended = attemptView(1, 60, 5);
  const state = (progress: number): PageState => {
    const attempts = [{ ...running, live: liveAttempt(running, { progressPercentage: progress }) }, ended];
    const capabilities = { compare: false, diff: false, assess: false, locateFile: false };
    return {
      header: headerState({ flow: flowView(), attempts, kind: 'local', capabilities, problem: null }),
      problem: null,
      list: { phase: 'ready', older: 0, loadingOlder: false, failure: null },
      rows: attempts.map((attempt) => ({ ...rowState(attempt, ''), seenAt: null })),
    };
  };

  it('sends only what changed', () => {
    const patches = new Patches();
    assert.equal(patches.patch(state(1)), null, 'no page, no patch');
    assert.equal(patches.init(state(1), null).type, 'init');
    assert.equal(patches.patch(state(1)), null);
    const patch = patches.patch(state(2));
    assert.deepEqual(patch === null ? [] : Object.keys(patch), ['type', 'rows']);
    assert.equal(patch?.type === 'patch' && patch.rows?.length, 1);
  });

  it('sends the order when rows come, and starts over when the page does', () => {
    const patches = new Patches();
    const before = state(1);
    patches.init({ ...before, rows: before.rows.slice(1) }, null);
    const patch = patches.patch(before);
    assert.ok(patch?.type === 'patch');
    assert.deepEqual(
      patch.order,
      before.rows.map(({ attemptId }) => attemptId),
    );
    patches.reset();
    assert.equal(patches.patch(state(5)), null);
  });
});

describe('the messages of the history page', () => {
  it('understands what the host makes of every state', () => {
    for (const [name, { init, details }] of Object.entries(scenes())) {
      assert.deepEqual(parseHostMessage(JSON.parse(JSON.stringify(init))), init, name);
      for (const one of details) {
        assert.notEqual(parseHostMessage({ type: 'details', details: one }), null, name);
      }
    }
  });

  it('refuses what is no message of the page', () => {
    const openNotebook = { type: 'openNotebook', attemptId: 'a', index: 0, beside: false };
    assert.deepEqual(parsePageMessage(openNotebook), openNotebook);
    const wrong: readonly unknown[] = [
      null,
      'ready',
      { type: 'eval', code: '1' },
      { ...openNotebook, index: -1 },
      { ...openNotebook, index: 0.5 },
      { ...openNotebook, attemptId: '' },
      { ...openNotebook, attemptId: 'x'.repeat(500) },
      { type: 'primary', action: 'delete' },
    ];
    for (const value of wrong) {
      assert.equal(parsePageMessage(value), null, JSON.stringify(value));
    }
    // A path that is sent along is not let in.
    assert.deepEqual(parsePageMessage({ ...openNotebook, path: '/etc/passwd' }), openNotebook);
  });

  it('restores only what a page of this version saved', () => {
    const saved = { flowId: 'f', selected: ['a'], focused: 'a', scrollTop: 0, gridScrollTop: 12 };
    assert.deepEqual(parseSavedState(saved), saved);
    assert.equal(parseSavedState(undefined), null);
    assert.equal(parseSavedState({ ...saved, flowId: 7 }), null);
  });
});

describe('coverage', () => {
  it('counts processors by level', () => {
    const processors = ['converted', 'converted', 'assisted', 'manual', 'not_needed'].map((level) => ({
      level,
      id: 'x',
    }));
    assert.deepEqual(coverageOf(parseReport(JSON.stringify({ processors }))), {
      converted: 2,
      assisted: 1,
      manual: 1,
      notNeeded: 1,
    });
  });

  it('shows nothing of what is no report', () => {
    for (const text of ['', '{', '[]', '{}', '{"processors":[]}', '{"processors":[{"level":"guessed"}]}']) {
      assert.equal(coverageOf(parseReport(text)), null, text);
    }
  });
});

describe('selection', () => {
  const order = ['c', 'b', 'a'];

  it('holds one row, or two where two can be compared', () => {
    assert.deepEqual(toggle(selectOnly('a'), 'b', true), { selected: ['a', 'b'], focused: 'b' });
    assert.deepEqual(toggle({ selected: ['a', 'b'], focused: 'b' }, 'c', true).selected, ['b', 'c']);
    assert.deepEqual(toggle(selectOnly('a'), 'a', true).selected, ['a'], 'the last one stays');
    assert.deepEqual(toggle(selectOnly('a'), 'b', false), selectOnly('b'));
    assert.deepEqual(focusOn(selectOnly('a'), 'b'), { selected: ['a'], focused: 'b' });
  });

  it('survives rows that come and go', () => {
    assert.deepEqual(reconcileSelection(selectOnly('b'), ['d', ...order], false), selectOnly('b'));
    assert.deepEqual(reconcileSelection(selectOnly('c'), ['d', ...order], true), selectOnly('d'));
    assert.deepEqual(reconcileSelection(selectOnly('x'), order, false), selectOnly('c'));
    assert.deepEqual(reconcileSelection({ selected: ['a', 'x'], focused: 'x' }, order, false), selectOnly('a'));
    assert.deepEqual(reconcileSelection(selectOnly('a'), [], false).selected, []);
  });

  it('follows the keys to the ends and not beyond', () => {
    assert.equal(rowByKey('ArrowDown', order, 'c'), 'b');
    assert.equal(rowByKey('ArrowDown', order, 'a'), 'a');
    assert.equal(rowByKey('ArrowUp', order, 'c'), 'c');
    assert.equal(rowByKey('End', order, 'c'), 'a');
    assert.equal(rowByKey('Home', order, 'a'), 'c');
    assert.equal(rowByKey('PageDown', order, 'c'), 'a');
    assert.equal(rowByKey('x', order, 'c'), null);
    assert.equal(rowByKey('ArrowDown', [], null), null);
  });

  it('speaks progress at the quarters', () => {
    assert.equal(progressMilestone(24, 25), 25);
    assert.equal(progressMilestone(25, 49), null);
    assert.equal(progressMilestone(null, 80), 75);
    assert.equal(progressMilestone(80, null), null);
  });
});
