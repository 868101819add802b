/** Brings rows and reality together again. */
import { AcceleratorError } from './errors';
import type { Workspace } from './workspace';

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

export class Reconciler {
  constructor(
    private readonly workspace: Workspace,
    private readonly options: ReconcilerOptions = {},
  ) {}

  reconcile(signal: AbortSignal): Promise<ReconcileReport> {
    (void signal, this.workspace, this.options);
    return Promise.reject(new AcceleratorError('internal', 'Reconcile is being built.'));
  }
}
