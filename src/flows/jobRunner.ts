/** What the domain asks of the place where attempts run. Ids are texts (Databricks' are 64-bit integers). */

/** The agent's contract: what every run is given, whatever agent it is. */
export interface AgentParameters {
  readonly flow_id: string;
  readonly nifi_xml_path: string;
  readonly output_path: string;
  readonly attempt_id: string;
  readonly delta_table: string;
}

export interface JobRequest {
  readonly attemptId: string;
  readonly flowId: string;
  readonly jobName: string;
  readonly parameters: AgentParameters;
  readonly owner: string | null;
}

/** Where a run stands. `waiting`: accepted but not begun (queued, cluster starting, a free place awaited). */
export type RunPhase = 'waiting' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'skipped' | 'timedOut';

export interface RunObservation {
  readonly kind: 'seen';
  readonly phase: RunPhase;
  /** What the platform says of the state, for people; null where it says nothing. */
  readonly message: string | null;
  readonly jobId: string;
  readonly runId: string;
  readonly endedAt: Date | null;
}

/**
 * What a look at a run showed. `gone`: someone who may see it was told that it does not exist. `notVisible`: a refusal
 * or an absence from a list, which says nothing about the run.
 */
export type RunLook =
  RunObservation | { readonly kind: 'gone' } | { readonly kind: 'notVisible'; readonly why: string };

export interface RunReference {
  readonly attemptId: string;
  readonly jobName: string | null;
  readonly jobId: string;
  readonly runId: string | null;
  readonly startedAt: Date;
}

export interface FoundJob {
  readonly jobId: string;
  /** The newest run, null where the job never ran. */
  readonly runId: string | null;
}

export interface OwnedJob {
  readonly jobId: string;
  readonly attemptId: string;
  readonly flowId: string;
  readonly createdAt: Date;
  readonly active: boolean;
}

export interface JobRunner {
  /** Makes the job; a lost answer is settled by `findJob`, never by a blind second call. */
  createJob(request: JobRequest, signal: AbortSignal): Promise<string>;
  /** Looks a job up by its exact name. */
  findJob(jobName: string, signal: AbortSignal): Promise<FoundJob | null>;
  /** Starts the run; the attempt id is the idempotency token, so a repeated call returns the first run. */
  startRun(jobId: string, attemptId: string, signal: AbortSignal): Promise<string>;
  /**
   * One look at many runs, in as few calls as the platform allows; the key is the attempt id. A run that this look did
   * not come to has no entry: the next ones go on from there.
   */
  lookAt(runs: readonly RunReference[], signal: AbortSignal): Promise<ReadonlyMap<string, RunLook>>;
  cancelRun(run: RunReference, signal: AbortSignal): Promise<void>;
  /** Why a run failed, in the platform's words (message and trace); null where nothing is known. */
  failureOf(run: RunReference, signal: AbortSignal): Promise<string | null>;
  /** Jobs that carry our tag: what retention may remove. */
  ownedJobs(signal: AbortSignal): Promise<readonly OwnedJob[]>;
  deleteJob(jobId: string, signal: AbortSignal): Promise<void>;
  /** The run's page, or null where the platform has none (local runs have a log file). */
  runUrl(run: RunReference, signal: AbortSignal): Promise<string | null>;
  /** The run's log as text; null where there is none (yet). */
  runLog(run: RunReference, signal: AbortSignal): Promise<string | null>;
}
