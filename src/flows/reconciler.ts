/**
 * Brings rows and reality together again: starts that were cut off, runs that ended unseen, rows that lag. It creates
 * no job and starts no run, and every step is idempotent, so that any number of windows may do it at once.
 */
import { endOf, NO_RUN, runReferenceOf } from './attemptEnd';
import type { AttemptEnd, RunLink, UnsettledFlow } from './flowStore';
import { epochSecondsOf, jobNameOf } from './ids';
import { isActive, type Attempt } from './model';
import { mapParallel } from './parallel';
import { ABANDONED_AFTER_MS } from './timing';
import type { Workspace } from './workspace';

const PARALLEL_CALLS = 8;

export interface ReconcilerOptions {
  readonly now?: () => Date;
  readonly log?: (message: string, error?: unknown) => void;
}

/** Attempt ids by what was done; `flowIds` is every flow that changed. */
export interface ReconcileReport {
  readonly rebuilt: readonly string[];
  readonly adopted: readonly string[];
  readonly closed: readonly string[];
  readonly settledFlowIds: readonly string[];
  readonly flowIds: readonly string[];
  /** What was left alone for want of knowledge: still within its deadline, not visible, or the look failed. */
  readonly left: readonly { readonly attemptId: string; readonly why: string }[];
}

/** What one pass has found and done so far. */
interface Pass {
  readonly signal: AbortSignal;
  readonly now: Date;
  readonly rebuilt: string[];
  readonly links: RunLink[];
  readonly ends: AttemptEnd[];
  readonly left: { readonly attemptId: string; readonly why: string }[];
}

export class Reconciler {
  constructor(
    private readonly workspace: Workspace,
    private readonly options: ReconcilerOptions = {},
  ) {}

  /** Rejects only where the tables themselves cannot be read or written. */
  async reconcile(signal: AbortSignal): Promise<ReconcileReport> {
    const { store } = this.workspace;
    const pass: Pass = { signal, now: this.options.now?.() ?? new Date(), rebuilt: [], links: [], ends: [], left: [] };
    const found = await store.toReconcile(pass.now, signal);
    const { unsettled } = found;
    await this.rebuildRows(unsettled, pass);
    const { attempts } = pass.rebuilt.length > 0 ? await store.toReconcile(pass.now, signal) : found;
    const active = attempts.filter((attempt) => isActive(attempt.status));
    const adopted = await this.findRuns(active, pass);
    const unlinked = attempts.filter((attempt) => !isActive(attempt.status));
    await this.findUnlinked(unlinked, pass);
    if (pass.links.length > 0) {
      await store.linkRuns(pass.links, signal);
    }
    const running = active.filter((attempt) => attempt.databricksRunId !== null);
    await this.lookAt([...running, ...adopted], pass);
    if (pass.ends.length > 0) {
      await store.closeAttempts(pass.ends, signal);
    }
    const lagging = unsettled.flatMap(({ flowId, current }) =>
      current !== null && !isActive(current.status) ? [flowId] : [],
    );
    if (lagging.length > 0) {
      await store.settleFlows(lagging, signal);
    }
    return this.reportOf(pass, adopted, lagging, unsettled);
  }

  /** A claim whose history row was never written: the flow's row holds all that the row needs. */
  private async rebuildRows(unsettled: readonly UnsettledFlow[], pass: Pass): Promise<void> {
    const rows = unsettled.flatMap((flow) => {
      const { currentAttemptId: attemptId } = flow;
      if (attemptId === null || flow.current !== null) {
        return [];
      }
      const startedAt = flow.claimedAt ?? new Date((epochSecondsOf(attemptId) ?? 0) * 1000);
      if (!isAbandoned(startedAt, pass.now)) {
        pass.left.push({ attemptId, why: 'Its start may still be under way.' });
        return [];
      }
      return [
        {
          attemptId,
          flowId: flow.flowId,
          attemptNumber: flow.totalAttempts,
          jobName: jobNameOf(attemptId),
          startedAt,
          triggeredBy: flow.claimedBy ?? 'user:unknown',
        },
      ];
    });
    if (rows.length > 0) {
      await this.workspace.store.addAttempts(rows, pass.signal);
      pass.rebuilt.push(...rows.map((row) => row.attemptId));
    }
  }

  /**
   * Active attempts without a run: a run under the job's name is adopted, otherwise the start was cut off. A job that it
   * left without a run is named in the row, so that retention finds it.
   */
  private async findRuns(active: readonly Attempt[], pass: Pass): Promise<readonly Attempt[]> {
    const without = active.filter((attempt) => attempt.databricksRunId === null);
    const adopted = await mapParallel(without, PARALLEL_CALLS, async (attempt) => {
      if (!isAbandoned(attempt.startedAt, pass.now)) {
        pass.left.push({ attemptId: attempt.attemptId, why: 'Its start may still be under way.' });
        return [];
      }
      const found = await this.find(attempt, pass);
      if (found === 'unknown') {
        return [];
      }
      if (found !== null) {
        pass.links.push(found);
      }
      if (found === null || found.runId === null) {
        pass.ends.push({
          attemptId: attempt.attemptId,
          flowId: attempt.flowId,
          status: 'FAILED',
          completedAt: pass.now,
          errorMessage: 'The start was cut off before a run began. Start the conversion again.',
          statusMessage: NO_RUN.cutOff,
        });
        return [];
      }
      return [{ ...attempt, databricksJobId: found.jobId, databricksRunId: found.runId }];
    });
    return adopted.flat();
  }

  /** A quick agent may have ended its attempt before the start was cut off: then only the ids are missing. */
  private async findUnlinked(ended: readonly Attempt[], pass: Pass): Promise<void> {
    const abandoned = ended.filter((attempt) => isAbandoned(attempt.startedAt, pass.now));
    await mapParallel(abandoned, PARALLEL_CALLS, async (attempt) => {
      const found = await this.find(attempt, pass);
      if (found !== 'unknown' && found !== null) {
        pass.links.push(found);
      }
    });
  }

  private async find(attempt: Attempt, pass: Pass): Promise<RunLink | null | 'unknown'> {
    const { attemptId, flowId } = attempt;
    try {
      const found = await this.workspace.runner.findJob(attempt.jobName ?? jobNameOf(attemptId), pass.signal);
      return found === null ? null : { attemptId, flowId, ...found };
    } catch (error) {
      this.leave(attemptId, error, pass);
      return 'unknown';
    }
  }

  private async lookAt(attempts: readonly Attempt[], pass: Pass): Promise<void> {
    if (attempts.length === 0) {
      return;
    }
    let looks;
    try {
      looks = await this.workspace.runner.lookAt(attempts.map(runReferenceOf), pass.signal);
    } catch (error) {
      attempts.forEach((attempt) => this.leave(attempt.attemptId, error, pass));
      return;
    }
    await mapParallel(attempts, PARALLEL_CALLS, async (attempt) => {
      const look = looks.get(attempt.attemptId);
      if (look === undefined || look.kind === 'notVisible') {
        pass.left.push({ attemptId: attempt.attemptId, why: look?.why ?? 'The list of runs is longer than one look.' });
        return;
      }
      try {
        const end = await endOf(this.workspace, attempt, look, pass.now, pass.signal);
        if (end !== null) {
          pass.ends.push(end);
        }
      } catch (error) {
        this.leave(attempt.attemptId, error, pass);
      }
    });
  }

  private leave(attemptId: string, error: unknown, pass: Pass): void {
    if (pass.signal.aborted) {
      throw error;
    }
    this.options.log?.(`Attempt ${attemptId} could not be looked at.`, error);
    pass.left.push({ attemptId, why: error instanceof Error ? error.message : String(error) });
  }

  private reportOf(
    pass: Pass,
    adopted: readonly Attempt[],
    settledFlowIds: readonly string[],
    unsettled: readonly UnsettledFlow[],
  ): ReconcileReport {
    const rebuilt = new Set(pass.rebuilt);
    const changed = [
      ...pass.links.map((link) => link.flowId),
      ...pass.ends.map((end) => end.flowId),
      ...settledFlowIds,
      ...unsettled.flatMap((flow) => (rebuilt.has(flow.currentAttemptId ?? '') ? [flow.flowId] : [])),
    ];
    return {
      rebuilt: pass.rebuilt,
      adopted: adopted.map((attempt) => attempt.attemptId),
      closed: pass.ends.map((end) => end.attemptId),
      settledFlowIds,
      flowIds: [...new Set(changed)],
      left: pass.left,
    };
  }
}

function isAbandoned(startedAt: Date, now: Date): boolean {
  return now.getTime() - startedAt.getTime() > ABANDONED_AFTER_MS;
}
