/**
 * What the domain asks of the two tables, as verbs. There is one SQL implementation over two dialects
 * (`workspaces/sql`). Every method takes a signal and rejects with `AcceleratorError`; a cancelled call rejects with
 * reason `cancelled`.
 */
import type { Attempt, Flow, FlowStatus, TerminalAttemptStatus, TriggerKind } from './model';

export interface FlowRegistration {
  readonly flowId: string;
  readonly flowName: string;
  readonly server: string;
  readonly nifiXmlPath: string;
  readonly description: string | null;
}

/** What registering found: ids by outcome. A known path keeps its row, status, history and id. */
export interface RegistrationResult {
  readonly added: readonly string[];
  readonly updated: readonly string[];
  readonly unchanged: readonly string[];
  /** Not registered, because another path already has the id. */
  readonly refused: readonly string[];
}

export interface StartRequest {
  readonly flowId: string;
  readonly trigger: TriggerKind;
  readonly user: string;
}

/** A claim that won: the attempt's identity is fixed here and never changes. */
export interface WonClaim {
  readonly outcome: 'won';
  readonly flow: Flow;
  readonly attemptId: string;
  readonly attemptNumber: number;
  readonly claimedAt: Date;
  readonly triggeredBy: string;
}

/** A claim that lost, with the attempt that stands in its way. */
export interface LostClaim {
  readonly outcome: 'lost';
  readonly flow: Flow;
  readonly attemptId: string;
  /** Who started that attempt, as in `triggered_by`; null where nothing tells. */
  readonly by: string | null;
  readonly since: Date | null;
  /** The attempt's row; null in the moment between its claim and its row. */
  readonly current: Attempt | null;
}

export interface UnknownFlow {
  readonly outcome: 'unknown';
  readonly flowId: string;
}

export type ClaimResult = WonClaim | LostClaim | UnknownFlow;

export interface NewAttempt {
  readonly attemptId: string;
  readonly flowId: string;
  readonly attemptNumber: number;
  readonly jobName: string;
  readonly startedAt: Date;
  readonly triggeredBy: string;
}

/** Job and run of an attempt; sets CREATING to RUNNING when the run is known, and no other status. */
export interface RunLink {
  readonly attemptId: string;
  readonly flowId: string;
  readonly jobId: string;
  readonly runId: string | null;
}

/** An end that somebody saw. Written only where the row is still active: the agent's own terminal status wins. */
export interface AttemptEnd {
  readonly attemptId: string;
  readonly flowId: string;
  readonly status: TerminalAttemptStatus;
  readonly completedAt: Date;
  readonly errorMessage: string | null;
  readonly statusMessage: string | null;
  /** What the agent's terminal progress file named; absent: the row's own list stays. */
  readonly generatedNotebooks?: readonly string[];
}

/** A flow's row as it stands, not derived: what reconcile has to know of one that a crash left behind. */
export interface UnsettledFlow {
  readonly flowId: string;
  readonly currentAttemptId: string | null;
  readonly totalAttempts: number;
  readonly claimedAt: Date | null;
  /** `triggered_by` as the claim noted it. */
  readonly claimedBy: string | null;
  /** The row of the current attempt: null where the start was cut off before it was written. */
  readonly current: Attempt | null;
}

export interface Overview {
  readonly flows: readonly Flow[];
  readonly active: readonly Attempt[];
}

export interface ReconcileView {
  /**
   * Flows whose row says CONVERTING though their current attempt has no history row or has ended: what a crash between
   * two writes leaves behind.
   */
  readonly unsettled: readonly UnsettledFlow[];
  /**
   * The active attempts, and those that have ended, name no job and say of no start that it failed. (An agent was quicker
   * than its starter, who died before the job was written.) Older ones than the platform keeps runs of are left.
   */
  readonly attempts: readonly Attempt[];
}

export interface HistoryQuery {
  /** At most this many rows, newest first. */
  readonly limit: number;
  /** Only attempts with a smaller number: the next page. */
  readonly beforeNumber?: number;
}

export interface FlowStore {
  /** All flows, each with the state derived from its history even where the row lags. */
  listFlows(signal: AbortSignal): Promise<readonly Flow[]>;
  /** All flows and, read by the same statements, all active attempts: what a window shows and follows. */
  overview(signal: AbortSignal): Promise<Overview>;
  getFlows(flowIds: readonly string[], signal: AbortSignal): Promise<readonly Flow[]>;
  /** Newest first, deduplicated by attempt id. */
  history(flowId: string, query: HistoryQuery, signal: AbortSignal): Promise<readonly Attempt[]>;
  /** Attempts of many flows in one statement: for failures by cause, export and the assessment. */
  attempts(query: AttemptsQuery, signal: AbortSignal): Promise<readonly Attempt[]>;
  getAttempts(attemptIds: readonly string[], signal: AbortSignal): Promise<readonly Attempt[]>;
  activeAttempts(signal: AbortSignal): Promise<readonly Attempt[]>;
  /** What a reconcile looks at, in two statements, or three where a flow's row lags. */
  toReconcile(now: Date, signal: AbortSignal): Promise<ReconcileView>;

  registerFlows(flows: readonly FlowRegistration[], signal: AbortSignal): Promise<RegistrationResult>;
  updateFlow(flowId: string, change: FlowChange, signal: AbortSignal): Promise<void>;

  /**
   * One conditional statement for all; reads back whose attempt stands. A flow asked for twice is claimed once. A flow
   * that could not be decided (cut short, or its row changes all the time) has no result. From the statement on, a
   * cancel waits for the outcome.
   */
  claim(requests: readonly StartRequest[], now: Date, signal: AbortSignal): Promise<readonly ClaimResult[]>;
  addAttempts(attempts: readonly NewAttempt[], signal: AbortSignal): Promise<void>;
  linkRuns(links: readonly RunLink[], signal: AbortSignal): Promise<void>;
  /** Ends what is still active, then settles the flows' rows. */
  closeAttempts(ends: readonly AttemptEnd[], signal: AbortSignal): Promise<void>;
  /** Writes each flow's row as `deriveFlow` says of its history. Idempotent. */
  settleFlows(flowIds: readonly string[], signal: AbortSignal): Promise<void>;
}

export interface AttemptsQuery {
  readonly limit: number;
  readonly flowIds?: readonly string[];
  readonly flowStatus?: FlowStatus;
}

/** What a person may change of a flow's row. Absent: left as it is; null: emptied. */
export interface FlowChange {
  readonly owner?: string | null;
  readonly priority?: string | null;
  readonly description?: string | null;
}
