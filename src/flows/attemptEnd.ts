/** What the end of a run makes of its attempt, where the agent has not said so in the row itself. */
import type { AttemptEnd } from './flowStore';
import type { RunLook, RunPhase, RunReference } from './jobRunner';
import type { LiveAttempt } from './liveAttempt';
import { isActive, type Attempt, type TerminalAttemptStatus } from './model';
import type { Progress } from './notebookStore';
import type { Workspace } from './workspace';

const STATUS_OF_ENDED: Readonly<Partial<Record<RunPhase, TerminalAttemptStatus>>> = {
  succeeded: 'SUCCESS',
  failed: 'FAILED',
  timedOut: 'FAILED',
  skipped: 'FAILED',
  cancelled: 'CANCELLED',
};

const MESSAGE_OF_ENDED: Readonly<Partial<Record<RunPhase, string>>> = {
  failed: 'The run failed before the agent could say why.',
  timedOut: 'The run took longer than its limit and was stopped.',
  skipped: 'The run was skipped: another run of the job was active, or its limit was reached.',
};

/** The status message of an attempt whose start came to no run. Where a row says so, no job of it is looked for. */
export const NO_RUN = {
  cancelled: 'Cancelled while starting.',
  failed: 'The start failed.',
  cutOff: 'start was cut off',
} as const;

/** Whether a phase is an end. */
export function isEnded(phase: RunPhase): boolean {
  return STATUS_OF_ENDED[phase] !== undefined;
}

/** The run of an attempt, for whoever looks at it. */
export function runReferenceOf(attempt: Attempt | LiveAttempt): RunReference {
  const live = 'jobId' in attempt;
  return {
    attemptId: attempt.attemptId,
    jobName: attempt.jobName,
    jobId: live ? attempt.jobId : attempt.databricksJobId,
    runId: live ? attempt.runId : attempt.databricksRunId,
    startedAt: attempt.startedAt,
  };
}

/**
 * The end that a look shows; null while the run is active, or not visible, which says nothing. The agent's own terminal
 * word (its progress file) wins over the run's state.
 */
export async function endOf(
  workspace: Workspace,
  attempt: Attempt | LiveAttempt,
  look: RunLook,
  now: Date,
  signal: AbortSignal,
): Promise<AttemptEnd | null> {
  if (look.kind === 'notVisible') {
    return null;
  }
  const { attemptId, flowId } = attempt;
  const said = (await readEnd(workspace, attempt, signal)) ?? null;
  if (look.kind === 'gone') {
    return (
      said ?? {
        attemptId,
        flowId,
        status: 'FAILED',
        completedAt: now,
        errorMessage: 'The run no longer exists: it was deleted, or ended without a trace.',
        statusMessage: null,
      }
    );
  }
  const status = STATUS_OF_ENDED[look.phase];
  if (status === undefined) {
    return null;
  }
  if (said !== null) {
    return said;
  }
  const why =
    status === 'FAILED'
      ? ((await workspace.runner.failureOf(runReferenceOf(attempt), signal)) ??
        look.message ??
        MESSAGE_OF_ENDED[look.phase] ??
        null)
      : null;
  return {
    attemptId,
    flowId,
    status,
    completedAt: look.endedAt ?? now,
    errorMessage: why,
    statusMessage:
      status === 'CANCELLED'
        ? (look.message ?? 'The run was cancelled.')
        : status === 'SUCCESS'
          ? 'The run succeeded, its agent reported no result.'
          : null,
  };
}

async function readEnd(
  workspace: Workspace,
  attempt: Attempt | LiveAttempt,
  signal: AbortSignal,
): Promise<AttemptEnd | null> {
  const path = workspace.notebooks.outputPath(attempt.flowId, attempt.attemptId);
  const progress = await workspace.notebooks.readProgress(path, signal);
  return progress === null ? null : endFromProgress(attempt.attemptId, attempt.flowId, progress);
}

/** The end that a progress file tells of; null where it tells of none, or of another attempt. */
export function endFromProgress(attemptId: string, flowId: string, progress: Progress): AttemptEnd | null {
  if (progress.attemptId !== attemptId || isActive(progress.status)) {
    return null;
  }
  return {
    attemptId,
    flowId,
    status: progress.status,
    completedAt: progress.updatedAt,
    errorMessage: progress.errorMessage,
    statusMessage: progress.statusMessage,
    generatedNotebooks: progress.generatedNotebooks,
  };
}
