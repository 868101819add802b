import assert from 'node:assert/strict';
import { AcceleratorError, asAcceleratorError, calledOff } from '../../../src/flows/errors';

describe('work that was called off', () => {
  const aborted = async (signal: AbortSignal): Promise<AbortSignal> => {
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    return signal;
  };

  it('was cancelled where a person or a closing window did it', () => {
    for (const reason of [undefined, new AcceleratorError('cancelled', 'The window is closing.')]) {
      const error = calledOff(AbortSignal.abort(reason), 'The statement');
      assert.deepEqual(
        [error.reason, error.message, error.mend],
        ['cancelled', 'The statement was cancelled.', undefined],
      );
    }
  });

  it('took too long where its time ran out, also within another limit', async () => {
    const never = new AbortController().signal;
    for (const signal of [AbortSignal.timeout(1), AbortSignal.any([never, AbortSignal.timeout(1)])]) {
      const error = calledOff(await aborted(signal), 'The request');
      assert.deepEqual(
        [error.reason, error.message, error.mend],
        ['timedOut', 'The request took longer than it may.', 'tryAgain'],
      );
    }
  });

  it('is told by what Node throws for the signal', async () => {
    assert.equal(asAcceleratorError(AbortSignal.abort().reason).reason, 'cancelled');
    assert.equal(asAcceleratorError((await aborted(AbortSignal.timeout(1))).reason).reason, 'timedOut');
  });
});
