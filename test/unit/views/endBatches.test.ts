import assert from 'node:assert/strict';
import { EndBatches } from '../../../src/views/endBatches';
import type { EndBatch } from '../../../src/views/endBatches';
import type { EndedAttempt } from '../../../src/views/endNoticeText';

const ended = (attemptId: string, status: EndedAttempt['status'] = 'SUCCESS'): EndedAttempt => ({
  attemptId,
  flowId: `flow of ${attemptId}`,
  attemptNumber: 1,
  status,
  errorMessage: null,
  generatedNotebooks: [],
  statusMessage: null,
});

describe('batches of ends', () => {
  let saved: readonly EndBatch[] | null;
  let batches: EndBatches;
  const open = (): EndBatches => new EndBatches(structuredClone(saved), (now) => (saved = now));
  beforeEach(() => {
    saved = null;
    batches = open();
  });

  it('tells one attempt by itself and several by one summary, whichever comes first', () => {
    assert.deepEqual(batches.expect(['a']), []);
    assert.deepEqual(batches.hear(ended('a')), [{ kind: 'one', ended: ended('a') }]);
    assert.deepEqual(batches.hear(ended('c')), [], 'before its start was reported');
    batches.expect(['b', 'c']);
    const [news] = batches.hear(ended('b', 'FAILED'));
    assert.ok(news?.kind === 'batch');
    assert.deepEqual(
      news.ended.map((one) => [one.attemptId, one.status]),
      [
        ['c', 'SUCCESS'],
        ['b', 'FAILED'],
      ],
    );
    assert.equal(saved, null);
  });

  it('goes on after a reload, and forgets what it cannot read', () => {
    batches.expect(['a', 'b']);
    batches.hear(ended('a'));
    batches = open();
    assert.deepEqual(batches.waiting, ['b']);
    assert.equal(batches.hear(ended('b'))[0]?.kind, 'batch');
    assert.deepEqual(new EndBatches('rubbish', () => undefined).waiting, []);
  });

  it('gives up only what it was told to, and tells what a batch has then', () => {
    batches.expect(['gone', 'b']);
    batches.hear(ended('b'));
    batches.expect(['new']);
    assert.deepEqual(batches.giveUp(new Set()), []);
    const [news] = batches.giveUp(new Set(['gone']));
    assert.ok(news?.kind === 'batch');
    assert.deepEqual(
      news.ended.map((one) => one.attemptId),
      ['b'],
    );
    assert.deepEqual(batches.waiting, ['new']);
    assert.equal(batches.hear(ended('new')).length, 1);
  });

  it('tells nothing twice', () => {
    batches.expect(['a', 'b']);
    batches.hear(ended('a'));
    batches.hear(ended('a'));
    assert.equal(batches.hear(ended('b')).length, 1);
    assert.deepEqual(batches.hear(ended('b')), []);
  });
});
