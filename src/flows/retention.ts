/** Keeps the latest jobs of each flow. */
import { AcceleratorError } from './errors';
import type { OwnedJob } from './jobRunner';
import type { Workspace } from './workspace';

/** What a clean-up would do; nothing is removed before `apply`. */
export interface RetentionPlan {
  readonly remove: readonly OwnedJob[];
  readonly keep: readonly OwnedJob[];
}

export interface RetentionResult {
  readonly removed: readonly string[];
  readonly failed: readonly { readonly jobId: string; readonly error: AcceleratorError }[];
}

export class Retention {
  constructor(
    private readonly workspace: Workspace,
    private readonly keepLatestJobs: number,
  ) {}

  plan(signal: AbortSignal): Promise<RetentionPlan> {
    (void signal, this.workspace, this.keepLatestJobs);
    return Promise.reject(new AcceleratorError('internal', 'Retention is being built.'));
  }

  apply(plan: RetentionPlan, signal: AbortSignal): Promise<RetentionResult> {
    (void plan, signal);
    return Promise.reject(new AcceleratorError('internal', 'Retention is being built.'));
  }
}
