/** The one function that knows what the states of Jobs 2.2 mean. */
import * as z from 'zod/mini';

import type { RunPhase } from '../../flows/jobRunner';

const text = z.optional(z.nullable(z.string()));

/** Both forms of a run's state: `state` (old) and `status` (new); either may be missing. */
export const runStateSchema = z.object({
  state: z.optional(z.object({ life_cycle_state: text, result_state: text, state_message: text })),
  status: z.optional(
    z.object({
      state: text,
      queue_details: z.optional(z.object({ code: text, message: text })),
      termination_details: z.optional(z.object({ code: text, type: text, message: text })),
    }),
  ),
});
export type RunStateAnswer = z.infer<typeof runStateSchema>;

const WAITING = new Set(['QUEUED', 'PENDING', 'BLOCKED', 'WAITING', 'WAITING_FOR_RETRY']);
const ACTIVE = new Set(['RUNNING', 'TERMINATING']);
const ENDED = new Set(['TERMINATED', 'SKIPPED', 'INTERNAL_ERROR']);

const BY_CODE: Readonly<Record<string, RunPhase>> = {
  SUCCESS: 'succeeded',
  USER_CANCELED: 'cancelled',
  CANCELED: 'cancelled',
  UPSTREAM_CANCELED: 'cancelled',
  SKIPPED: 'skipped',
  EXCLUDED: 'skipped',
  DISABLED: 'skipped',
  MAX_CONCURRENT_RUNS_EXCEEDED: 'skipped',
  MAXIMUM_CONCURRENT_RUNS_REACHED: 'skipped',
  MAX_JOB_QUEUE_SIZE_EXCEEDED: 'skipped',
  TIMEDOUT: 'timedOut',
};

export interface RunState {
  readonly phase: RunPhase;
  readonly message: string | null;
}

/**
 * Reduces a run's state to ours. An unknown state counts as running (it may still end), an unknown way of ending as
 * failed (it is over, and it did not say that it succeeded). `SUCCESS_WITH_FAILURES` is a failure: something needs a
 * person. The new form has no code for a time-out, so the old result is read first where both are there.
 */
export function runState(answer: RunStateAnswer): RunState {
  const old = answer.state;
  const fresh = answer.status;
  const ending = fresh?.termination_details;
  const lifeCycle = old?.life_cycle_state ?? fresh?.state ?? '';
  const message =
    firstText(ending?.message, old?.state_message, fresh?.queue_details?.message) ?? unusual(lifeCycle, ending?.code);
  if (WAITING.has(lifeCycle)) {
    return { phase: 'waiting', message };
  }
  if (!ENDED.has(lifeCycle)) {
    return {
      phase: 'running',
      message: ACTIVE.has(lifeCycle) ? message : (message ?? `state ${lifeCycle || 'unknown'}`),
    };
  }
  const result = old?.result_state ?? '';
  const code = ending?.code ?? '';
  const phase =
    (result === 'TIMEDOUT' ? 'timedOut' : undefined) ??
    BY_CODE[code] ??
    BY_CODE[result] ??
    (lifeCycle === 'SKIPPED' ? 'skipped' : 'failed');
  return { phase, message };
}

/** A code that explains more than silence. */
function unusual(lifeCycle: string, code: string | null | undefined): string | null {
  if (code !== null && code !== undefined && code !== '' && code !== 'SUCCESS') {
    return code;
  }
  return lifeCycle === 'INTERNAL_ERROR' || lifeCycle === 'SKIPPED' ? lifeCycle : null;
}

function firstText(...candidates: readonly (string | null | undefined)[]): string | null {
  return candidates.find((candidate) => candidate !== null && candidate !== undefined && candidate !== '') ?? null;
}
