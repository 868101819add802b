import assert from 'node:assert/strict';
import { createApi } from '../../../src/api';
import type { ApiServices } from '../../../src/api';
import type { StartResult } from '../../../src/flows/conversions';
import { AcceleratorError } from '../../../src/flows/errors';
import { sampleAttempt, sampleFlow } from '../flowsTree/samples';

function services(start: StartResult): ApiServices {
  const flow = sampleFlow({ flowId: 'a' });
  const attempts = [2, 1].map((attemptNumber) => sampleAttempt({ flowId: 'a', attemptNumber }));
  return {
    model: {
      flow: (flowId) => (flowId === 'a' ? flow : null),
      history: (_flowId, { limit }) => Promise.resolve(attempts.slice(0, limit)),
      refresh: () => Promise.resolve(),
    },
    conversions: { start: () => Promise.resolve(start) },
    checkCanStart: () => Promise.resolve(),
    warmedUp: Promise.resolve(),
  };
}

const started: StartResult = {
  outcome: 'started',
  flowId: 'a',
  attemptId: 'a_attempt_1',
  attemptNumber: 1,
  jobId: '7',
  runId: '8',
};

describe('extension API', () => {
  const api = createApi(
    () => Promise.resolve(services(started)),
    () => undefined,
  );

  it('gives the newest attempts in the words of the table', async () => {
    const answer = await api.getHistory('a', { limit: 1 });
    assert.ok(answer.success);
    assert.equal(answer.count, 1);
    assert.equal(answer.history[0]?.attempt_number, 2);
  });

  it('answers with a reason instead of throwing', async () => {
    for (const [answer, reason] of [
      [await api.getHistory('unknown'), 'flowNotRegistered'],
      [await api.getHistory('a', { limit: 0 }), 'badData'],
      [await api.startConversion('unknown'), 'flowNotRegistered'],
    ] as const) {
      assert.ok(!answer.success);
      assert.equal(answer.error.reason, reason);
    }
  });

  it('gives the ids of what it started', async () => {
    assert.deepEqual(await api.startConversion('a'), {
      success: true,
      flow_id: 'a',
      attempt_id: 'a_attempt_1',
      job_id: '7',
      run_id: '8',
    });
  });

  it('waits for the first look for flows before it says that it does not know one', async () => {
    let look: () => void = () => undefined;
    const warmedUp = new Promise<void>((resolve) => (look = resolve));
    const later = services(started);
    let found = false;
    const { flow } = later.model;
    const model = {
      ...later.model,
      flow: (id: string) => {
        queueMicrotask(() => {
          found = true;
          look();
        });
        return found ? flow(id) : null;
      },
    };
    const cold = createApi(
      () => Promise.resolve({ ...later, warmedUp, model }),
      () => undefined,
    );
    const answer = cold.getHistory('a');
    assert.ok((await answer).success);
  });

  it('tells of a start though the flows cannot be read after it', async () => {
    const broken = services(started);
    const model = { ...broken.model, refresh: () => Promise.reject(new AcceleratorError('offline', 'Not there.')) };
    const blind = createApi(
      () => Promise.resolve({ ...broken, model }),
      () => undefined,
    );
    assert.ok((await blind.startConversion('a')).success);
  });

  it('starts nothing where the folder is not trusted', async () => {
    const untrusted = createApi(
      () => Promise.reject(new Error('must not be opened')),
      () => {
        throw new AcceleratorError('notTrusted', 'Not trusted.');
      },
    );
    const answer = await untrusted.startConversion('a');
    assert.ok(!answer.success);
    assert.equal(answer.error.reason, 'notTrusted');
  });
});
