/** Keeps the latest jobs of each flow. History rows stay, whatever becomes of their jobs. */
import { AcceleratorError, asAcceleratorError } from './errors';
import { epochSecondsOf } from './ids';
import type { OwnedJob } from './jobRunner';
import { isActive, type Attempt, type TriggerKind } from './model';
import { mapParallel } from './parallel';
import type { Workspace } from './workspace';

const PARALLEL_DELETIONS = 4;
/** Jobs beyond the kept ones that a start looks at: the one that it pushed out, and a few that an earlier one missed. */
const MISSED_BEFORE = 3;
const ATTEMPTS_READ = 10_000;

/** What a clean-up would do; nothing is removed before `apply`. */
export interface RetentionPlan {
  readonly remove: readonly OwnedJob[];
  readonly keep: readonly OwnedJob[];
}

/** Ids of the jobs that are gone now, and those that could not be removed. */
export interface RetentionResult {
  readonly removed: readonly string[];
  readonly failed: readonly { readonly jobId: string; readonly error: AcceleratorError }[];
}

export class Retention {
  constructor(
    private readonly workspace: Workspace,
    private readonly keepLatestJobs: number,
  ) {}

  /**
   * A dry run over all jobs that carry our tag. Kept are the latest of each flow, every one whose attempt or run is
   * active, the one of the flow's current attempt, and every one whose attempt this history does not know: the tables
   * of another schema may be its home.
   */
  async plan(signal: AbortSignal): Promise<RetentionPlan> {
    const { store, runner } = this.workspace;
    const jobs = await runner.ownedJobs(signal);
    const attempts = new Map(
      (await store.getAttempts([...new Set(jobs.map((job) => job.attemptId))], signal)).map((attempt) => [
        attempt.attemptId,
        attempt,
      ]),
    );
    const flows = await store.getFlows([...new Set(jobs.map((job) => job.flowId))], signal);
    const current = new Set(flows.flatMap((flow) => flow.currentAttemptId ?? []));
    const known = jobs.filter((job) => attempts.has(job.attemptId));
    const remove = new Set(
      [...groupBy(known, (job) => job.flowId).values()]
        .flatMap((own) => own.sort(latestFirst).slice(Math.max(0, this.keepLatestJobs)))
        .filter((job) => !job.active && !current.has(job.attemptId) && hasEnded(attempts.get(job.attemptId))),
    );
    return { remove: [...remove], keep: jobs.filter((job) => !remove.has(job)) };
  }

  /** Carries out a plan. A job that has become active since is left; one that is gone already counts as removed. */
  async apply(plan: RetentionPlan, signal: AbortSignal): Promise<RetentionResult> {
    const ids = plan.remove.map((job) => job.attemptId);
    const attempts = await this.workspace.store.getAttempts(ids, signal);
    const ended = new Set(attempts.filter(hasEnded).map((attempt) => attempt.attemptId));
    return this.remove(
      plan.remove.filter((job) => ended.has(job.attemptId)).map((job) => job.jobId),
      signal,
    );
  }

  /** Removes what a start of these flows has pushed out, by the history alone: a list of all jobs would cost more. */
  async afterStart(flowIds: readonly string[], signal: AbortSignal): Promise<RetentionResult> {
    const attempts = await this.workspace.store.attempts({ flowIds, limit: ATTEMPTS_READ }, signal);
    const old = [...groupBy(attempts, (attempt) => attempt.flowId).values()].flatMap((own) =>
      own
        // An earlier system's jobs are not ours.
        .filter((attempt) => attempt.databricksJobId !== '' && !isOfEarlierSystem(attempt))
        .sort((left, right) => right.attemptNumber - left.attemptNumber)
        .slice(Math.max(1, this.keepLatestJobs))
        .slice(0, MISSED_BEFORE)
        .filter(hasEnded),
    );
    return this.remove(
      old.map((attempt) => attempt.databricksJobId),
      signal,
    );
  }

  private async remove(jobIds: readonly string[], signal: AbortSignal): Promise<RetentionResult> {
    const removed: string[] = [];
    const failed: { jobId: string; error: AcceleratorError }[] = [];
    await mapParallel(jobIds, PARALLEL_DELETIONS, async (jobId) => {
      if (signal.aborted) {
        return;
      }
      try {
        await this.workspace.runner.deleteJob(jobId, signal);
        removed.push(jobId);
      } catch (error) {
        if (AcceleratorError.is(error, 'notFound')) {
          removed.push(jobId);
        } else {
          failed.push({ jobId, error: asAcceleratorError(error) });
        }
      }
    });
    return { removed, failed };
  }
}

function isOfEarlierSystem({ triggeredBy }: Attempt): boolean {
  return triggeredBy?.startsWith(`${'migration' satisfies TriggerKind}:`) ?? false;
}

function hasEnded(attempt: Attempt | undefined): boolean {
  return attempt !== undefined && !isActive(attempt.status);
}

function latestFirst(left: OwnedJob, right: OwnedJob): number {
  const age = (job: OwnedJob): number => epochSecondsOf(job.attemptId) ?? job.createdAt.getTime() / 1000;
  return age(right) - age(left);
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): ReadonlyMap<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) {
      groups.set(keyOf(item), [item]);
    } else {
      group.push(item);
    }
  }
  return groups;
}
