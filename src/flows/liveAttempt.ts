/** What is known of an attempt beyond its row: where its run stands and what its progress file last said. */
import type { RunPhase } from './jobRunner';
import type { Attempt, TerminalAttemptStatus } from './model';

/** `creating`: its start has not reached a run yet. */
export type LivePhase = 'creating' | RunPhase;

/** An attempt that has just started, before anything is known of its run. */
export interface StartedAttempt {
  readonly attemptId: string;
  readonly flowId: string;
  readonly attemptNumber: number;
  readonly triggeredBy: string | null;
  readonly jobName: string | null;
  readonly jobId: string;
  readonly runId: string | null;
  readonly startedAt: Date;
}

export interface LiveAttempt extends StartedAttempt {
  readonly phase: LivePhase;
  readonly progressPercentage: number | null;
  readonly iterations: number | null;
  readonly validationPercentage: number | null;
  readonly statusMessage: string | null;
  /** When the run was last seen; null: not yet. */
  readonly lastSeenAt: Date | null;
  /** False where the last look was refused or found it in no list: "unknown, last seen …", which is not "lost". */
  readonly visible: boolean;
  /** Why it is not visible, in the platform's words. */
  readonly whyNotVisible: string | null;
  /** How it ended; null while active. The row may follow later. */
  readonly end: LiveEnd | null;
}

export interface LiveEnd {
  readonly status: TerminalAttemptStatus;
  readonly completedAt: Date;
  readonly errorMessage: string | null;
  readonly generatedNotebooks: readonly string[];
}

/** An attempt's row as something to follow. */
export function startedAttemptOf(attempt: Attempt): StartedAttempt {
  return {
    attemptId: attempt.attemptId,
    flowId: attempt.flowId,
    attemptNumber: attempt.attemptNumber,
    triggeredBy: attempt.triggeredBy,
    jobName: attempt.jobName,
    jobId: attempt.databricksJobId,
    runId: attempt.databricksRunId,
    startedAt: attempt.startedAt,
  };
}

/** What is known of an attempt when it begins to be followed. */
export function newLiveAttempt(attempt: StartedAttempt): LiveAttempt {
  return {
    ...attempt,
    phase: attempt.runId === null ? 'creating' : 'waiting',
    progressPercentage: null,
    iterations: null,
    validationPercentage: null,
    statusMessage: null,
    lastSeenAt: null,
    visible: true,
    whyNotVisible: null,
    end: null,
  };
}
