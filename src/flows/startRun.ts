/** One claimed attempt's way from its history row to its run. */
import { AcceleratorError, asAcceleratorError, type ErrorReason } from './errors';
import type { WonClaim } from './flowStore';
import { jobNameOf } from './ids';
import type { JobRequest } from './jobRunner';
import { CLEAN_UP_MS, START_DEADLINE_MS } from './timing';
import type { Workspace } from './workspace';

export type RunStart =
  | { readonly kind: 'running'; readonly claim: WonClaim; readonly jobId: string; readonly runId: string }
  | {
      readonly kind: 'stopped';
      readonly claim: WonClaim;
      readonly error: AcceleratorError;
      /** A run that had begun nevertheless, and was told to stop. */
      readonly run: { readonly jobId: string; readonly runId: string } | null;
    }
  /** Nobody knows what became of it: its attempt stays open, and reconcile adopts its run or closes it. */
  | { readonly kind: 'unknown'; readonly claim: WonClaim; readonly error: AcceleratorError };

/** Errors after which the call may have done its work all the same. */
const AMBIGUOUS: ReadonlySet<ErrorReason> = new Set(['cancelled', 'timedOut', 'offline', 'platform', 'internal']);

/**
 * Creates the job and starts the run. Never rejects: what went wrong, a cancel among it, is the result, and no job or
 * run that is known of is left behind.
 */
export async function startRun(
  workspace: Workspace,
  claim: WonClaim,
  now: () => Date,
  signal: AbortSignal,
): Promise<RunStart> {
  const jobName = jobNameOf(claim.attemptId);
  let jobId: string | null = null;
  try {
    checkMayGoOn(claim, now, signal);
    jobId = await createJob(workspace, requestOf(workspace, claim, jobName), signal);
    checkMayGoOn(claim, now, signal);
    return { kind: 'running', claim, jobId, runId: await start(workspace, jobId, claim.attemptId, signal) };
  } catch (cause) {
    const error = asAcceleratorError(cause);
    try {
      return { kind: 'stopped', claim, error, run: await cleanUp(workspace, claim, jobName, jobId, error) };
    } catch {
      return { kind: 'unknown', claim, error };
    }
  }
}

function requestOf(workspace: Workspace, claim: WonClaim, jobName: string): JobRequest {
  const { flow, attemptId } = claim;
  return {
    attemptId,
    flowId: flow.flowId,
    jobName,
    owner: flow.owner,
    parameters: {
      flow_id: flow.flowId,
      nifi_xml_path: flow.nifiXmlPath,
      output_path: workspace.notebooks.outputPath(flow.flowId, attemptId),
      attempt_id: attemptId,
      delta_table: workspace.historyTable,
    },
  };
}

function checkMayGoOn(claim: WonClaim, now: () => Date, signal: AbortSignal): void {
  if (signal.aborted) {
    throw new AcceleratorError('cancelled', 'The start was cancelled.');
  }
  if (now().getTime() - claim.claimedAt.getTime() > START_DEADLINE_MS) {
    throw new AcceleratorError(
      'deadlinePassed',
      `The start took longer than ${START_DEADLINE_MS / 60_000} minutes and was given up.`,
      { mend: 'tryAgain' },
    );
  }
}

/** A lost answer is settled by looking for the job, never by a blind second call. */
async function createJob(workspace: Workspace, request: JobRequest, signal: AbortSignal): Promise<string> {
  try {
    return await workspace.runner.createJob(request, signal);
  } catch (error) {
    if (!isAmbiguous(error) || signal.aborted) {
      throw error;
    }
    const found = await workspace.runner.findJob(request.jobName, signal);
    if (found === null) {
      throw error;
    }
    return found.jobId;
  }
}

/** A repeated call returns the first run, by its idempotency token. */
async function start(workspace: Workspace, jobId: string, attemptId: string, signal: AbortSignal): Promise<string> {
  try {
    return await workspace.runner.startRun(jobId, attemptId, signal);
  } catch (error) {
    if (!isAmbiguous(error) || signal.aborted) {
      throw error;
    }
    return workspace.runner.startRun(jobId, attemptId, signal);
  }
}

/**
 * Stops a run that began though its start did not end well, or removes the job that has none. Rejects where it cannot tell.
 */
async function cleanUp(
  workspace: Workspace,
  claim: WonClaim,
  jobName: string,
  jobId: string | null,
  error: AcceleratorError,
): Promise<{ readonly jobId: string; readonly runId: string } | null> {
  if (jobId === null && !AMBIGUOUS.has(error.reason)) {
    return null;
  }
  const signal = AbortSignal.timeout(CLEAN_UP_MS);
  const { runner } = workspace;
  const found = await runner.findJob(jobName, signal);
  if (found === null) {
    return null;
  }
  if (found.runId === null) {
    await runner.deleteJob(found.jobId, signal);
    return null;
  }
  const run = { jobId: found.jobId, runId: found.runId };
  await runner.cancelRun({ attemptId: claim.attemptId, jobName, ...run, startedAt: claim.claimedAt }, signal);
  return run;
}

function isAmbiguous(error: unknown): boolean {
  return !AcceleratorError.is(error) || AMBIGUOUS.has(error.reason);
}
