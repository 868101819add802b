/**
 * Starting and stopping conversions.
 *
 * The order of a start is claim → history row → job → run → link, and the first, second and last are one statement for
 * a whole batch. Wherever it is cut off, `Reconciler` brings rows and runs together again.
 */
import { endOf, NO_RUN, runReferenceOf } from './attemptEnd';
import { AcceleratorError, asAcceleratorError } from './errors';
import { Emitter, type Disposable, type Event } from './event';
import type { AttemptEnd, ClaimResult, WonClaim } from './flowStore';
import { jobNameOf } from './ids';
import type { StartedAttempt } from './liveAttempt';
import { isActive, type Attempt, type TriggerKind } from './model';
import { mapParallel } from './parallel';
import { Retention } from './retention';
import { startRun, type RunStart } from './startRun';
import { CLEAN_UP_MS } from './timing';
import type { Workspace } from './workspace';

/** Flows claimed at once: few enough that the last run of a batch starts long before the claim's deadline. */
const BATCH = 50;

export type StartResult =
  | {
      readonly outcome: 'started';
      readonly flowId: string;
      readonly attemptId: string;
      readonly attemptNumber: number;
      readonly jobId: string;
      readonly runId: string;
    }
  | {
      readonly outcome: 'lost';
      readonly flowId: string;
      /** Who converts it, as in `triggered_by`; null where nothing tells. */
      readonly by: string | null;
      readonly since: Date | null;
      readonly attemptId: string;
      readonly current: Attempt | null;
    }
  | {
      readonly outcome: 'failed';
      readonly flowId: string;
      readonly attemptId?: string;
      readonly error: AcceleratorError;
    }
  | { readonly outcome: 'cancelled'; readonly flowId: string; readonly attemptId?: string };

/** `cancelling`: asked for, the run has not ended yet. */
export interface CancelResult {
  readonly outcome: 'cancelled' | 'cancelling' | 'alreadyEnded';
  readonly flowId: string;
  readonly attemptId: string;
}

export interface StartProgress {
  readonly done: number;
  readonly total: number;
  readonly last: StartResult;
}

export interface StartOptions {
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: StartProgress) => void;
}

export interface ConversionsOptions {
  /** Start calls at a time. */
  readonly parallelism: number;
  /** Jobs kept per flow; older ones go after a start. */
  readonly keepLatestJobs: number;
  readonly now?: () => Date;
  readonly log?: (message: string, error?: unknown) => void;
}

/** What a batch shares while it runs. */
interface Batch {
  readonly trigger: TriggerKind;
  readonly user: string;
  readonly signal: AbortSignal;
  readonly report: (result: StartResult) => void;
}

export class Conversions implements Disposable {
  private readonly startedEmitter = new Emitter<StartedAttempt>((error) => this.log('A listener failed.', error));
  /** One event for each run that started, for whoever follows runs. */
  readonly onDidStart: Event<StartedAttempt> = this.startedEmitter.event;
  /** Starts of this process that have no run yet, so that a cancel reaches them. */
  private readonly starting = new Map<string, AbortController>();
  private readonly disposal = new AbortController();
  private cleaning: Promise<void> = Promise.resolve();

  constructor(
    private readonly workspace: Workspace,
    private readonly options: ConversionsOptions,
  ) {}

  /**
   * Starts a conversion of each flow; one result for each distinct flow, in their order, and never rejects: one failure
   * stops nobody else. A cancel stops what has no run yet and leaves the runs that have started.
   */
  async startMany(
    flowIds: readonly string[],
    trigger: TriggerKind,
    { signal, onProgress }: StartOptions,
  ): Promise<readonly StartResult[]> {
    const distinct = [...new Set(flowIds)];
    const results = new Map<string, StartResult>();
    const report = (result: StartResult): void => {
      if (!results.has(result.flowId)) {
        results.set(result.flowId, result);
        onProgress?.({ done: results.size, total: distinct.length, last: result });
      }
    };
    try {
      await this.workspace.checkCanStart(signal);
      const user = await this.workspace.user(signal);
      for (let first = 0; first < distinct.length && !signal.aborted; first += BATCH) {
        await this.startBatch(distinct.slice(first, first + BATCH), { trigger, user, signal, report });
      }
    } catch (error) {
      // Nobody was claimed in the batch that this comes from, and none after it was tried.
      distinct.forEach((flowId) => report(this.notStarted(flowId, error, signal)));
    }
    distinct.forEach((flowId) => report({ outcome: 'cancelled', flowId }));
    this.cleanUpAfter([...results.values()].flatMap((result) => (this.mayHaveOldJobs(result) ? [result.flowId] : [])));
    return distinct.flatMap((flowId) => results.get(flowId) ?? []);
  }

  /** A batch of one. */
  async start(
    flowId: string,
    trigger: TriggerKind,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<StartResult> {
    const [result] = await this.startMany([flowId], trigger, { signal });
    return result ?? { outcome: 'cancelled', flowId };
  }

  /**
   * Ends an attempt. Its run is told to stop; the row follows when the run has ended, since the agent's own end wins.
   *
   * @throws AcceleratorError `notFound` where there is no such attempt
   */
  async cancel(attemptId: string, signal: AbortSignal): Promise<CancelResult> {
    const { store, runner } = this.workspace;
    const [attempt] = await store.getAttempts([attemptId], signal);
    if (attempt === undefined) {
      throw new AcceleratorError('notFound', `There is no attempt ${attemptId}.`, { mend: 'viewHistory' });
    }
    const { flowId } = attempt;
    if (!isActive(attempt.status)) {
      await store.settleFlows([flowId], signal);
      return { outcome: 'alreadyEnded', flowId, attemptId };
    }
    const ownStart = this.starting.get(attemptId);
    if (ownStart !== undefined) {
      ownStart.abort();
      return { outcome: 'cancelling', flowId, attemptId };
    }
    const linked = await this.withRun(attempt, signal);
    if (linked.databricksRunId === null) {
      // No run, and none will come to anything: an agent whose attempt is closed exits at once.
      await store.closeAttempts([this.cancelledEnd(attempt)], signal);
      return { outcome: 'cancelled', flowId, attemptId };
    }
    const reference = runReferenceOf(linked);
    await runner.cancelRun(reference, signal);
    const look = (await runner.lookAt([reference], signal)).get(attemptId);
    const end = look === undefined ? null : await endOf(this.workspace, linked, look, this.now(), signal);
    if (end === null) {
      return { outcome: 'cancelling', flowId, attemptId };
    }
    await store.closeAttempts([end], signal);
    return { outcome: end.status === 'CANCELLED' ? 'cancelled' : 'alreadyEnded', flowId, attemptId };
  }

  /** Resolves when the removal of old jobs that the last start set off has ended: for programs that end thereafter. */
  async idle(): Promise<void> {
    await this.cleaning;
  }

  dispose(): void {
    this.disposal.abort();
    this.startedEmitter.dispose();
  }

  private async startBatch(flowIds: readonly string[], batch: Batch): Promise<void> {
    const { store } = this.workspace;
    const { signal, trigger, user } = batch;
    const requests = flowIds.map((flowId) => ({ flowId, trigger, user }));
    const claims = await store.claim(requests, this.now(), signal);
    claims.forEach((claim) => this.reportUnclaimed(claim, batch));
    const decided = new Set(claims.map((claim) => (claim.outcome === 'unknown' ? claim.flowId : claim.flow.flowId)));
    const conflict = new AcceleratorError('conflict', 'The flows table changes too fast to claim the flow.', {
      mend: 'tryAgain',
    });
    flowIds
      .filter((flowId) => !decided.has(flowId))
      .forEach((flowId) => batch.report(this.notStarted(flowId, conflict, signal)));
    const won = claims.filter((claim) => claim.outcome === 'won');
    if (won.length > 0) {
      await this.startWon(won, batch);
    }
  }

  private reportUnclaimed(claim: ClaimResult, batch: Batch): void {
    if (claim.outcome === 'unknown') {
      const message = `The flow ${claim.flowId} is not in the flows table.`;
      const error = new AcceleratorError('flowNotRegistered', message, { mend: 'populateFlows' });
      batch.report({ outcome: 'failed', flowId: claim.flowId, error });
    } else if (claim.outcome === 'lost') {
      const { by, since, attemptId, current } = claim;
      batch.report({ outcome: 'lost', flowId: claim.flow.flowId, by, since, attemptId, current });
    }
  }

  /** From the claim on a cancel no longer reaches the statements: each claim ends as a run or as a closed attempt. */
  private async startWon(won: readonly WonClaim[], batch: Batch): Promise<void> {
    const { store } = this.workspace;
    try {
      await store.addAttempts(
        won.map((claim) => ({
          attemptId: claim.attemptId,
          flowId: claim.flow.flowId,
          attemptNumber: claim.attemptNumber,
          jobName: jobNameOf(claim.attemptId),
          startedAt: claim.claimedAt,
          triggeredBy: claim.triggeredBy,
        })),
        AbortSignal.timeout(CLEAN_UP_MS),
      );
    } catch (cause) {
      const error = asAcceleratorError(cause);
      this.log('History rows could not be written; reconcile will close these attempts.', cause);
      won.forEach(({ flow, attemptId }) => batch.report({ outcome: 'failed', flowId: flow.flowId, attemptId, error }));
      return;
    }
    const starts = await mapParallel(won, this.options.parallelism, (claim) => this.startOne(claim, batch));
    await this.write(starts);
    starts.forEach((start) => this.reportStopped(start, batch));
  }

  private async startOne(claim: WonClaim, batch: Batch): Promise<RunStart> {
    const own = new AbortController();
    this.starting.set(claim.attemptId, own);
    try {
      const start = await startRun(
        this.workspace,
        claim,
        () => this.now(),
        AbortSignal.any([batch.signal, own.signal]),
      );
      if (start.kind === 'running') {
        const { jobId, runId } = start;
        const { attemptId, attemptNumber, triggeredBy } = claim;
        const { flowId } = claim.flow;
        this.startedEmitter.fire({
          attemptId,
          flowId,
          attemptNumber,
          triggeredBy,
          jobName: jobNameOf(attemptId),
          jobId,
          runId,
          startedAt: claim.claimedAt,
        });
        batch.report({ outcome: 'started', flowId, attemptId, attemptNumber, jobId, runId });
      }
      return start;
    } finally {
      this.starting.delete(claim.attemptId);
    }
  }

  /** Links and closings of a batch, a statement each. What fails here is mended by reconcile, the runs go on. */
  private async write(starts: readonly RunStart[]): Promise<void> {
    const { store } = this.workspace;
    const signal = AbortSignal.timeout(CLEAN_UP_MS);
    const links = starts.flatMap((start) => {
      const run = start.kind === 'running' ? start : start.kind === 'stopped' ? start.run : null;
      const { attemptId, flow } = start.claim;
      return run === null ? [] : [{ attemptId, flowId: flow.flowId, jobId: run.jobId, runId: run.runId }];
    });
    const ends = starts.flatMap((start): AttemptEnd[] =>
      start.kind !== 'stopped'
        ? []
        : [
            {
              attemptId: start.claim.attemptId,
              flowId: start.claim.flow.flowId,
              status: start.error.reason === 'cancelled' ? 'CANCELLED' : 'FAILED',
              completedAt: this.now(),
              errorMessage: start.error.reason === 'cancelled' ? null : start.error.message,
              statusMessage: start.error.reason === 'cancelled' ? NO_RUN.cancelled : NO_RUN.failed,
            },
          ],
    );
    try {
      if (links.length > 0) {
        await store.linkRuns(links, signal);
      }
      if (ends.length > 0) {
        await store.closeAttempts(ends, signal);
      }
    } catch (error) {
      this.log('Runs could not be written into the tables; reconcile will do it.', error);
    }
  }

  private reportStopped(start: RunStart, batch: Batch): void {
    if (start.kind === 'running') {
      return;
    }
    const { attemptId, flow } = start.claim;
    batch.report(
      start.error.reason === 'cancelled'
        ? { outcome: 'cancelled', flowId: flow.flowId, attemptId }
        : { outcome: 'failed', flowId: flow.flowId, attemptId, error: start.error },
    );
  }

  private notStarted(flowId: string, cause: unknown, signal: AbortSignal): StartResult {
    const error = asAcceleratorError(cause);
    return signal.aborted || error.reason === 'cancelled'
      ? { outcome: 'cancelled', flowId }
      : { outcome: 'failed', flowId, error };
  }

  /** The attempt with its run, which a start that was cut off may not have written down. */
  private async withRun(attempt: Attempt, signal: AbortSignal): Promise<Attempt> {
    if (attempt.databricksRunId !== null) {
      return attempt;
    }
    const { attemptId, flowId } = attempt;
    const found = await this.workspace.runner.findJob(attempt.jobName ?? jobNameOf(attemptId), signal);
    if (found === null || found.runId === null) {
      return attempt;
    }
    await this.workspace.store.linkRuns([{ attemptId, flowId, jobId: found.jobId, runId: found.runId }], signal);
    return { ...attempt, databricksJobId: found.jobId, databricksRunId: found.runId };
  }

  private cancelledEnd({ attemptId, flowId }: Attempt): AttemptEnd {
    return {
      attemptId,
      flowId,
      status: 'CANCELLED',
      completedAt: this.now(),
      errorMessage: null,
      statusMessage: NO_RUN.cancelled,
    };
  }

  /** A flow has no more jobs than attempts. */
  private mayHaveOldJobs(result: StartResult): boolean {
    return result.outcome === 'started' && result.attemptNumber > this.options.keepLatestJobs;
  }

  private cleanUpAfter(flowIds: readonly string[]): void {
    if (flowIds.length === 0) {
      return;
    }
    const retention = new Retention(this.workspace, this.options.keepLatestJobs);
    const previous = this.cleaning;
    this.cleaning = (async () => {
      await previous;
      try {
        const { failed } = await retention.afterStart(flowIds, this.disposal.signal);
        failed.forEach(({ jobId, error }) => this.log(`The old job ${jobId} could not be removed.`, error));
      } catch (error) {
        if (!this.disposal.signal.aborted) {
          this.log('Old jobs could not be removed.', error);
        }
      }
    })();
  }

  private now(): Date {
    return this.options.now?.() ?? new Date();
  }

  private log(message: string, error?: unknown): void {
    this.options.log?.(message, error);
  }
}
