/**
 * Flows and attempts: what the two tables hold, which statuses exist and which changes between them are legal.
 * Columns are those of `nifi_flows` and `nifi_conversion_history`; an absent value is null, as in SQL.
 */

export const FLOW_STATUSES = ['NOT_STARTED', 'CONVERTING', 'DONE', 'NEEDS_ATTENTION'] as const;
export type FlowStatus = (typeof FLOW_STATUSES)[number];

export const ATTEMPT_STATUSES = ['CREATING', 'RUNNING', 'SUCCESS', 'FAILED', 'CANCELLED'] as const;
export type AttemptStatus = (typeof ATTEMPT_STATUSES)[number];

export const ACTIVE_ATTEMPT_STATUSES = ['CREATING', 'RUNNING'] as const satisfies readonly AttemptStatus[];
export type ActiveAttemptStatus = (typeof ACTIVE_ATTEMPT_STATUSES)[number];
export type TerminalAttemptStatus = Exclude<AttemptStatus, ActiveAttemptStatus>;

/** Who or what started an attempt: the part of `triggered_by` before the colon. */
export const TRIGGER_KINDS = ['user', 'retry', 'bulk', 'migration'] as const;
export type TriggerKind = (typeof TRIGGER_KINDS)[number];

/** What the ended attempts make of a flow, whatever is running now. */
export type SettledFlowStatus = Exclude<FlowStatus, 'CONVERTING'>;

/** The part of a flow's row that its history decides. */
export interface DerivedFlow {
  readonly status: FlowStatus;
  /** The status that a cancel of the running attempt leaves; equals `status` where nothing runs. No column. */
  readonly settledStatus: SettledFlowStatus;
  readonly databricksJobId: string | null;
  readonly databricksRunId: string | null;
  readonly progressPercentage: number | null;
  readonly iterations: number | null;
  readonly validationPercentage: number | null;
  readonly conversionStartedAt: Date | null;
  readonly conversionCompletedAt: Date | null;
  readonly generatedNotebooks: readonly string[];
  readonly errorMessage: string | null;
  readonly statusMessage: string | null;
  readonly currentAttemptId: string | null;
  readonly totalAttempts: number;
  readonly successfulConversions: number;
  readonly lastAttemptAt: Date | null;
  readonly firstAttemptAt: Date | null;
}

/** One row of `nifi_flows`. */
export interface Flow extends DerivedFlow {
  readonly flowId: string;
  readonly flowName: string;
  readonly server: string;
  /** Path of the source; ends in `#<group id>` where the flow is one group of an instance file. */
  readonly nifiXmlPath: string;
  readonly description: string | null;
  readonly priority: string | null;
  readonly owner: string | null;
  readonly createdAt: Date | null;
  readonly lastUpdated: Date | null;
}

/** One row of `nifi_conversion_history`. */
export interface Attempt {
  readonly attemptId: string;
  readonly flowId: string;
  /** Empty until the job exists. */
  readonly databricksJobId: string;
  readonly databricksRunId: string | null;
  readonly jobName: string | null;
  readonly status: AttemptStatus;
  readonly startedAt: Date;
  readonly completedAt: Date | null;
  readonly durationSeconds: number | null;
  readonly progressPercentage: number | null;
  readonly iterations: number | null;
  readonly validationPercentage: number | null;
  readonly generatedNotebooks: readonly string[];
  readonly errorMessage: string | null;
  readonly statusMessage: string | null;
  readonly attemptNumber: number;
  readonly triggeredBy: string | null;
}

/** True while an attempt may still change: terminal attempts never do. */
export function isActive(status: AttemptStatus): status is ActiveAttemptStatus {
  return status === 'CREATING' || status === 'RUNNING';
}

const ATTEMPT_TRANSITIONS: Readonly<Record<AttemptStatus, readonly AttemptStatus[]>> = {
  CREATING: ['RUNNING', 'SUCCESS', 'FAILED', 'CANCELLED'],
  RUNNING: ['SUCCESS', 'FAILED', 'CANCELLED'],
  SUCCESS: [],
  FAILED: [],
  CANCELLED: [],
};

/** Whether an attempt may go from one status to another (a quick agent may end one that is still CREATING). */
export function canBecome(from: AttemptStatus, to: AttemptStatus): boolean {
  return ATTEMPT_TRANSITIONS[from].includes(to);
}
