/** The two tables' columns, how they are read, and the one place where rows get their types. */
import * as z from 'zod/mini';
import { AcceleratorError } from '../../flows/errors';
import { ATTEMPT_STATUSES, FLOW_STATUSES, type Attempt, type AttemptStatus, type Flow } from '../../flows/model';
import type { Dialect } from './dialect';
import type { SqlRow } from './sqlClient';

const id = z.pipe(
  z.union([z.string(), z.number(), z.bigint()]),
  z.transform((value) => String(value)),
);
const text = z.nullish(z.string());
const textId = z.nullish(id);
const int = z.nullish(
  z.pipe(
    z.union([z.number(), z.bigint(), z.string().check(z.regex(/^-?\d+$/))]),
    z.transform((value) => Number(value)),
  ),
);
const instant = z.pipe(
  z.union([z.string(), z.date()]),
  z.transform((value, context) => {
    const date = new Date(value);
    if (Number.isNaN(date.getTime())) {
      context.issues.push({ code: 'custom', message: 'not a timestamp', input: value });
      return z.NEVER;
    }
    return date;
  }),
);
const timestamp = z.nullish(instant);
const array = z.nullish(
  z.pipe(
    z.union([z.string(), z.array(z.nullable(z.string()))]),
    z.transform((value, context): readonly string[] => {
      const parsed = typeof value === 'string' ? parseJson(value) : value;
      if (parsed === null) {
        return [];
      }
      if (!Array.isArray(parsed)) {
        context.issues.push({ code: 'custom', message: 'not a JSON array', input: value });
        return z.NEVER;
      }
      return parsed.filter((item): item is string => typeof item === 'string');
    }),
  ),
);

function parseJson(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

const flowSchema = z.object({
  flow_id: id,
  flow_name: z.string(),
  server: z.string(),
  nifi_xml_path: z.string(),
  description: text,
  priority: textId,
  owner: text,
  status: z.string(),
  databricks_job_id: textId,
  databricks_run_id: textId,
  progress_percentage: int,
  iterations: int,
  validation_percentage: int,
  created_at: timestamp,
  last_updated: timestamp,
  conversion_started_at: timestamp,
  conversion_completed_at: timestamp,
  generated_notebooks: array,
  error_message: text,
  status_message: text,
  current_attempt_id: text,
  total_attempts: int,
  successful_conversions: int,
  last_attempt_at: timestamp,
  first_attempt_at: timestamp,
});

const attemptSchema = z.object({
  attempt_id: id,
  flow_id: id,
  databricks_job_id: id,
  databricks_run_id: textId,
  job_name: text,
  status: z.string(),
  started_at: instant,
  completed_at: timestamp,
  duration_seconds: int,
  progress_percentage: int,
  iterations: int,
  validation_percentage: int,
  generated_notebooks: array,
  error_message: text,
  status_message: text,
  attempt_number: int,
  triggered_by: text,
});

/** What this version reads of the two tables. */
export const FLOW_COLUMNS: readonly string[] = Object.keys(flowSchema.shape);
export const ATTEMPT_COLUMNS: readonly string[] = Object.keys(attemptSchema.shape);

/** A column that no row may leave out is one whose type takes no null. */
const notNull = (columns: Readonly<Record<string, z.ZodMiniType>>): readonly string[] =>
  Object.keys(columns).filter((column) => columns[column]?.safeParse(null).success === false);

export const FLOW_NOT_NULL = notNull(flowSchema.shape);
export const ATTEMPT_NOT_NULL = notNull(attemptSchema.shape);

/** Columns of an attempt that can be long, and that a list needs only of the attempts that decide its flow's row. */
const LONG_COLUMNS: ReadonlySet<string> = new Set(['generated_notebooks', 'error_message', 'status_message']);

function selectList(
  dialect: Dialect,
  alias: string,
  columns: Readonly<Record<string, z.ZodMiniType>>,
  only?: (column: string, expression: string) => string,
): string {
  return Object.entries(columns)
    .map(([column, type]) => {
      const quoted = `${alias}.${dialect.quote(column)}`;
      const value =
        type === timestamp ? dialect.selectTimestamp(quoted) : type === array ? dialect.selectArray(quoted) : quoted;
      return `${only === undefined ? value : only(column, value)} AS ${dialect.quote(column)}`;
    })
    .join(', ');
}

/** Select list of a flow's row under this alias. */
export function flowColumns(dialect: Dialect, alias: string): string {
  return selectList(dialect, alias, flowSchema.shape);
}

/** Select list of an attempt's row under this alias. */
export function attemptColumns(dialect: Dialect, alias: string): string {
  return selectList(dialect, alias, attemptSchema.shape);
}

/** As `attemptColumns`, with the long texts only where a condition holds. */
export function leanAttemptColumns(dialect: Dialect, alias: string, condition: string): string {
  return selectList(dialect, alias, attemptSchema.shape, (column, value) =>
    LONG_COLUMNS.has(column) ? `CASE WHEN ${condition} THEN ${value} END` : value,
  );
}

/** A flow's row as the table holds it, before its history has its say. */
export interface FlowRow extends Omit<Flow, 'settledStatus' | 'totalAttempts' | 'successfulConversions'> {
  /** The status column as read: the claim compares with it. */
  readonly statusText: string;
  readonly totalAttempts: number | null;
  readonly successfulConversions: number | null;
}

/** @throws AcceleratorError `badData` that names the column */
export function parseFlowRow(row: SqlRow): FlowRow {
  const flow = parse(flowSchema, row, 'flow_id');
  return {
    flowId: flow.flow_id,
    flowName: flow.flow_name,
    server: flow.server,
    nifiXmlPath: flow.nifi_xml_path,
    description: flow.description ?? null,
    priority: flow.priority ?? null,
    owner: flow.owner ?? null,
    // A status that we do not know is another system's: its flow can be started, its history decides anyway.
    status: FLOW_STATUSES.find((known) => known === flow.status) ?? 'NOT_STARTED',
    statusText: flow.status,
    databricksJobId: flow.databricks_job_id ?? null,
    databricksRunId: flow.databricks_run_id ?? null,
    progressPercentage: flow.progress_percentage ?? null,
    iterations: flow.iterations ?? null,
    validationPercentage: flow.validation_percentage ?? null,
    createdAt: flow.created_at ?? null,
    lastUpdated: flow.last_updated ?? null,
    conversionStartedAt: flow.conversion_started_at ?? null,
    conversionCompletedAt: flow.conversion_completed_at ?? null,
    generatedNotebooks: flow.generated_notebooks ?? [],
    errorMessage: flow.error_message ?? null,
    statusMessage: flow.status_message ?? null,
    currentAttemptId: flow.current_attempt_id ?? null,
    totalAttempts: flow.total_attempts ?? null,
    successfulConversions: flow.successful_conversions ?? null,
    lastAttemptAt: flow.last_attempt_at ?? null,
    firstAttemptAt: flow.first_attempt_at ?? null,
  };
}

/** @throws AcceleratorError `badData` that names the column */
export function parseAttemptRow(row: SqlRow): Attempt {
  const attempt = parse(attemptSchema, row, 'attempt_id');
  const status = ATTEMPT_STATUSES.find((known) => known === attempt.status);
  return {
    attemptId: attempt.attempt_id,
    flowId: attempt.flow_id,
    databricksJobId: attempt.databricks_job_id,
    databricksRunId: attempt.databricks_run_id ?? null,
    jobName: attempt.job_name ?? null,
    // An unknown status must not look like something that still runs.
    status: status ?? ('FAILED' satisfies AttemptStatus),
    startedAt: attempt.started_at,
    completedAt: attempt.completed_at ?? null,
    durationSeconds: attempt.duration_seconds ?? null,
    progressPercentage: attempt.progress_percentage ?? null,
    iterations: attempt.iterations ?? null,
    validationPercentage: attempt.validation_percentage ?? null,
    generatedNotebooks: attempt.generated_notebooks ?? [],
    errorMessage: attempt.error_message ?? null,
    statusMessage:
      attempt.status_message ?? (status === undefined ? `The table has the unknown status "${attempt.status}".` : null),
    attemptNumber: attempt.attempt_number ?? 0,
    triggeredBy: attempt.triggered_by ?? null,
  };
}

function parse<T extends z.ZodMiniType>(schema: T, row: SqlRow, key: string): z.output<T> {
  const result = z.safeParse(schema, row);
  if (result.success) {
    return result.data;
  }
  const issue = result.error.issues[0];
  const column = issue === undefined ? '?' : issue.path.join('.');
  throw new AcceleratorError(
    'badData',
    `The table has a row (${key} ${String(row[key])}) whose column ${column} cannot be read: ${issue?.message ?? 'unknown'}.`,
    { mend: 'showLog' },
  );
}
