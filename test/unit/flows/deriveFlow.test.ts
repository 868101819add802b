import assert from 'node:assert/strict';
import fc from 'fast-check';
import { dedupeAttempts, deriveFlow } from '../../../src/flows/deriveFlow';
import { ATTEMPT_STATUSES, canBecome, isActive, type Attempt } from '../../../src/flows/model';

const START = Date.parse('2026-01-01T00:00:00.000Z');

/** A history as the product can make it: numbered 1 to n, and only the newest may be active. */
const history = fc
  .array(
    fc.record({
      status: fc.constantFrom(...ATTEMPT_STATUSES),
      error: fc.option(fc.string()),
      notebooks: fc.array(fc.string(), { maxLength: 3 }),
      minutes: fc.integer({ min: 1, max: 10_000 }),
      linked: fc.boolean(),
    }),
    { maxLength: 12 },
  )
  .map((parts) => {
    let startedAt = START;
    return parts.map((part, index): Attempt => {
      startedAt += part.minutes * 60_000;
      const newest = index === parts.length - 1;
      const status = isActive(part.status) && !newest ? 'FAILED' : part.status;
      return {
        attemptId: `flow_attempt_${startedAt / 1000}`,
        flowId: 'flow',
        databricksJobId: part.linked ? `job ${index}` : '',
        databricksRunId: part.linked ? `run ${index}` : null,
        jobName: null,
        status,
        startedAt: new Date(startedAt),
        completedAt: isActive(status) ? null : new Date(startedAt + 1000),
        durationSeconds: null,
        progressPercentage: index,
        iterations: null,
        validationPercentage: null,
        generatedNotebooks: part.notebooks,
        errorMessage: part.error,
        statusMessage: null,
        attemptNumber: index + 1,
        triggeredBy: 'user:ann',
      };
    });
  });

describe('deriveFlow', () => {
  it('depends on neither order nor repetition of the rows', () => {
    fc.assert(
      fc.property(history, fc.integer(), (attempts, seed) => {
        const shuffled = [...attempts, ...attempts.slice(0, 3)].sort(
          (left, right) => ((left.attemptNumber * seed) % 7) - ((right.attemptNumber * seed) % 7),
        );
        assert.deepEqual(deriveFlow(shuffled), deriveFlow(attempts));
      }),
    );
  });

  it('is CONVERTING exactly while an attempt is active', () => {
    fc.assert(
      fc.property(history, (attempts) => {
        const active = attempts.some((attempt) => isActive(attempt.status));
        assert.equal(deriveFlow(attempts).status === 'CONVERTING', active);
      }),
    );
  });

  it('takes no notice of a cancelled attempt but in totals and the current attempt', () => {
    fc.assert(
      fc.property(history, (attempts) => {
        const all = deriveFlow(attempts);
        const without = deriveFlow(attempts.filter((attempt) => attempt.status !== 'CANCELLED'));
        for (const key of [
          'status',
          'settledStatus',
          'generatedNotebooks',
          'errorMessage',
          'successfulConversions',
        ] as const) {
          assert.deepEqual(all[key], without[key], key);
        }
      }),
    );
  });

  it('says what a cancel of the running attempt would leave', () => {
    fc.assert(
      fc.property(history, (attempts) => {
        const cancelled = attempts.map((attempt) =>
          isActive(attempt.status) ? { ...attempt, status: 'CANCELLED' as const } : attempt,
        );
        assert.equal(deriveFlow(attempts).settledStatus, deriveFlow(cancelled).status);
      }),
    );
  });

  it('counts, numbers and dates all attempts', () => {
    fc.assert(
      fc.property(history, (attempts) => {
        const derived = deriveFlow(attempts);
        assert.equal(derived.totalAttempts, attempts.length);
        assert.equal(derived.successfulConversions, attempts.filter((attempt) => attempt.status === 'SUCCESS').length);
        assert.deepEqual(derived.firstAttemptAt, attempts[0]?.startedAt ?? null);
        assert.deepEqual(derived.lastAttemptAt, attempts.at(-1)?.startedAt ?? null);
        assert.equal(derived.currentAttemptId, attempts.at(-1)?.attemptId ?? null);
        assert.equal(derived.databricksJobId, attempts.at(-1)?.databricksJobId || null);
      }),
    );
  });

  it('takes status, error and notebooks from the newest attempt that succeeded or failed', () => {
    fc.assert(
      fc.property(history, (attempts) => {
        const deciding = attempts.findLast((attempt) => attempt.status === 'SUCCESS' || attempt.status === 'FAILED');
        const derived = deriveFlow(attempts);
        assert.deepEqual(derived.generatedNotebooks, deciding?.generatedNotebooks ?? []);
        if (derived.status !== 'CONVERTING') {
          const expected = { SUCCESS: 'DONE', FAILED: 'NEEDS_ATTENTION' } as const;
          const status = deciding?.status;
          assert.equal(derived.status, status === 'SUCCESS' || status === 'FAILED' ? expected[status] : 'NOT_STARTED');
          assert.equal(derived.errorMessage, deciding?.errorMessage ?? null);
        }
      }),
    );
  });

  it('keeps the row that ended where Delta has a row twice', () => {
    fc.assert(
      fc.property(history, (attempts) => {
        const stale = attempts.map((attempt) => ({ ...attempt, status: 'CREATING' as const }));
        assert.deepEqual(
          dedupeAttempts([...stale, ...attempts]).map((attempt) => attempt.status),
          dedupeAttempts(attempts).map((attempt) => attempt.status),
        );
      }),
    );
  });
});

describe('attempt transitions', () => {
  it('never leave an end, and never go back', () => {
    for (const from of ATTEMPT_STATUSES) {
      for (const to of ATTEMPT_STATUSES) {
        const allowed = isActive(from) && to !== 'CREATING' && from !== to;
        assert.equal(canBecome(from, to), allowed, `${from} to ${to}`);
      }
    }
  });
});
