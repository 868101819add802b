/** A place where attempts run and are recorded. Two exist: this computer and Databricks. */
import type { Event, Disposable } from './event';
import type { FlowStore, RegistrationResult } from './flowStore';
import type { JobRunner } from './jobRunner';
import type { NotebookStore } from './notebookStore';

export const WORKSPACE_KINDS = ['local', 'databricks'] as const;
export type WorkspaceKind = (typeof WORKSPACE_KINDS)[number];

/** A flow file whose source is not as it was, or not there. */
export interface SourceState {
  readonly exists: boolean;
  /** True where the file differs from what the newest ended attempt converted; null where that is not known. */
  readonly changedSinceLastAttempt: boolean | null;
}

export interface ScanProblem {
  readonly path: string;
  readonly message: string;
}

export interface PopulateResult extends RegistrationResult {
  readonly problems: readonly ScanProblem[];
}

export interface PopulateProgress {
  readonly scanned: number;
  readonly found: number;
}

export interface Workspace extends Disposable {
  readonly kind: WorkspaceKind;
  readonly store: FlowStore;
  readonly runner: JobRunner;
  readonly notebooks: NotebookStore;
  /** Three-part name of the history table, as the agent gets it in `delta_table`. */
  readonly historyTable: string;
  /** Who starts attempts here: the part of `triggered_by` after the colon. */
  user(signal: AbortSignal): Promise<string>;
  /** Rejects with the reason and the mending action when an attempt could not start (agent or Python missing …). */
  checkCanStart(signal: AbortSignal): Promise<void>;
  /** Finds flows and registers them: a scan of the opened folders, or of the volume. */
  populate(report: (progress: PopulateProgress) => void, signal: AbortSignal): Promise<PopulateResult>;
  /** Which flows this window shows; null: all (locally only those under the opened folders). */
  visibleFlowIds(signal: AbortSignal): Promise<ReadonlySet<string> | null>;
  /**
   * The bytes of a flow's file, named as flows are registered but without a group. Rejects with `flowFileMissing` where
   * it is gone, with the platform's reason where it may not be read.
   */
  readFlowFile(file: string, signal: AbortSignal): Promise<Uint8Array>;
  sourceStates(flowIds: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, SourceState>>;
  /** True when a cycle has something new to read: locally when the file's data version moved, on Databricks always. */
  hasNews(signal: AbortSignal): Promise<boolean>;
  /** True where reading the tables costs money, so that no timer may do it. */
  readonly readsCostMoney: boolean;
  /**
   * True when a statement would start nothing that costs money: always on this computer, on Databricks only while the
   * warehouse runs. Ends of runs are written unasked only then.
   */
  tablesAwake(signal: AbortSignal): Promise<boolean>;
  /** Something outside changed (flow files, another window): views refresh. */
  readonly onDidChange: Event<void>;
}
