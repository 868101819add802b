import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { untilCalledOff } from '../../../src/flows/untilCalledOff';

describe('waiting until called off', () => {
  const never = new AbortController().signal;

  it('brings what the work brings, also its error', async () => {
    assert.equal(await untilCalledOff(Promise.resolve(1), never, 'The work'), 1);
    await assert.rejects(untilCalledOff(Promise.reject(new Error('broken')), never, 'The work'), /broken/);
  });

  it('ends with the reason, at once, and hands over what comes late', async () => {
    const called = new AbortController();
    let finish = (_value: string): void => undefined;
    const work = new Promise<string>((resolve) => (finish = resolve));
    const late: string[] = [];
    const waiting = untilCalledOff(work, called.signal, 'The work', (value) => late.push(value));
    called.abort();
    await assert.rejects(waiting, { reason: 'cancelled', message: 'The work was cancelled.' });
    await assert.rejects(untilCalledOff(work, AbortSignal.timeout(1), 'The work'), { reason: 'timedOut' });
    assert.deepEqual(late, []);
    finish('made');
    await sleep(1);
    assert.deepEqual(late, ['made']);
  });

  it('does not begin to wait where the signal has fired already', async () => {
    const work = new Promise<never>(() => undefined);
    await assert.rejects(untilCalledOff(work, AbortSignal.abort(), 'The work'), { reason: 'cancelled' });
  });
});
