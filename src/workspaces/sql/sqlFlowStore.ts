/** The one implementation of `FlowStore`, over any SQL client and dialect. */
import { NO_RUN } from '../../flows/attemptEnd';
import { dedupeAttempts, newestFirst } from '../../flows/deriveFlow';
import type {
  AttemptEnd,
  AttemptsQuery,
  ClaimResult,
  FlowChange,
  FlowRegistration,
  FlowStore,
  HistoryQuery,
  NewAttempt,
  Overview,
  ReconcileView,
  RegistrationResult,
  RunLink,
  StartRequest,
} from '../../flows/flowStore';
import { ACTIVE_ATTEMPT_STATUSES, isActive, type Attempt, type Flow } from '../../flows/model';
import { claimedBy, claimFlows } from './claims';
import type { Dialect } from './dialect';
import { flowOf } from './flowOf';
import { planRegistration } from './registration';
import type { FlowRow } from './rows';
import { settleFlows } from './settling';
import type { SqlClient } from './sqlClient';
import { idList, Tables, type TableNames } from './tables';

const ACTIVE = listOf(ACTIVE_ATTEMPT_STATUSES);
const WITHOUT_RUN = listOf(Object.values(NO_RUN));
/** The Jobs API forgets a run after 60 days. */
const RUNS_KEPT_MS = 60 * 24 * 3_600_000;

export class SqlFlowStore implements FlowStore {
  private readonly tables: Tables;

  constructor(
    client: SqlClient,
    private readonly dialect: Dialect,
    names: TableNames,
  ) {
    this.tables = new Tables(client, dialect, names);
  }

  async listFlows(signal: AbortSignal): Promise<readonly Flow[]> {
    return (await this.readFlows(null, signal)).flows;
  }

  async overview(signal: AbortSignal): Promise<Overview> {
    const { flows, attempts } = await this.readFlows(null, signal);
    const active = [...attempts.values()].flat().filter((attempt) => isActive(attempt.status));
    return { flows, active: dedupeAttempts(active) };
  }

  async getFlows(flowIds: readonly string[], signal: AbortSignal): Promise<readonly Flow[]> {
    return flowIds.length === 0 ? [] : (await this.readFlows(flowIds, signal)).flows;
  }

  async history(flowId: string, query: HistoryQuery, signal: AbortSignal): Promise<readonly Attempt[]> {
    const before = query.beforeNumber === undefined ? '' : ' AND t.attempt_number < :before';
    const attempts = await this.tables.attempts(
      `t.flow_id = :flow_id${before} ORDER BY t.attempt_number DESC, t.attempt_id DESC LIMIT :limit`,
      {
        flow_id: flowId,
        limit: query.limit,
        ...(query.beforeNumber === undefined ? {} : { before: query.beforeNumber }),
      },
      signal,
    );
    return dedupeAttempts(attempts);
  }

  async attempts(query: AttemptsQuery, signal: AbortSignal): Promise<readonly Attempt[]> {
    const conditions = [
      ...(query.flowIds === undefined ? [] : [this.tables.isIn('t', 'flow_id')]),
      ...(query.flowStatus === undefined
        ? []
        : [`t.flow_id IN (SELECT f.flow_id FROM ${this.tables.flows} AS f WHERE f.status = :flow_status)`]),
    ];
    const attempts = await this.tables.attempts(
      `${conditions.length === 0 ? '1 = 1' : conditions.join(' AND ')} ` +
        `ORDER BY t.started_at DESC, t.attempt_id DESC LIMIT :limit`,
      {
        limit: query.limit,
        ...(query.flowIds === undefined ? {} : { ids: idList(query.flowIds) }),
        ...(query.flowStatus === undefined ? {} : { flow_status: query.flowStatus }),
      },
      signal,
    );
    return [...dedupeAttempts(attempts)].sort(
      (left, right) => right.startedAt.getTime() - left.startedAt.getTime() || newestFirst(left, right),
    );
  }

  async getAttempts(attemptIds: readonly string[], signal: AbortSignal): Promise<readonly Attempt[]> {
    return dedupeAttempts(await this.tables.attemptsById(attemptIds, signal));
  }

  async activeAttempts(signal: AbortSignal): Promise<readonly Attempt[]> {
    return dedupeAttempts(await this.tables.attempts(`t.status IN ${ACTIVE}`, {}, signal));
  }

  async toReconcile(now: Date, signal: AbortSignal): Promise<ReconcileView> {
    // The rows first: an attempt whose row is written meanwhile is then seen.
    const rows = await this.tables.convertingRows(signal);
    const since = this.dialect.timestampParameter(':since');
    const attempts = dedupeAttempts(
      await this.tables.attempts(
        `t.status IN ${ACTIVE} OR (t.databricks_job_id = '' AND t.started_at > ${since} ` +
          `AND COALESCE(t.status_message, '') NOT IN ${WITHOUT_RUN} AND COALESCE(t.triggered_by, '') NOT LIKE 'migration:%')`,
        { since: new Date(now.getTime() - RUNS_KEPT_MS).toISOString() },
        signal,
      ),
    );
    const known = new Map(attempts.map((attempt) => [attempt.attemptId, attempt]));
    const others = rows.flatMap(({ currentAttemptId: id }) => (id === null || known.has(id) ? [] : [id]));
    (await this.getAttempts(others, signal)).forEach((attempt) => known.set(attempt.attemptId, attempt));
    const currentOf = (row: FlowRow): Attempt | null => known.get(row.currentAttemptId ?? '') ?? null;
    const unsettled = rows
      .filter((row) => !isActive(currentOf(row)?.status ?? 'FAILED'))
      .map((row) => ({
        flowId: row.flowId,
        currentAttemptId: row.currentAttemptId,
        totalAttempts: row.totalAttempts ?? 0,
        claimedAt: row.lastAttemptAt,
        claimedBy: claimedBy(row.statusMessage),
        current: currentOf(row),
      }));
    return { unsettled, attempts };
  }

  async registerFlows(flows: readonly FlowRegistration[], signal: AbortSignal): Promise<RegistrationResult> {
    if (flows.length === 0) {
      return { added: [], updated: [], unchanged: [], refused: [] };
    }
    const known = await this.tables.read(
      `SELECT t.flow_id AS flow_id, t.flow_name AS flow_name, t.server AS server, ` +
        `t.nifi_xml_path AS nifi_xml_path, t.description AS description FROM ${this.tables.flows} AS t`,
      {},
      signal,
    );
    const { result, insert, update } = planRegistration(flows, known);
    await this.tables.insertMissing(
      this.tables.flows,
      'flow_id',
      insert,
      {
        flow_id: 's.flow_id',
        flow_name: 's.flow_name',
        server: 's.server',
        nifi_xml_path: 's.nifi_xml_path',
        description: 's.description',
        status: `'NOT_STARTED'`,
        total_attempts: '0',
        successful_conversions: '0',
        created_at: this.dialect.now,
        last_updated: this.dialect.now,
      },
      signal,
    );
    await this.tables.update(
      this.tables.flows,
      'flow_id',
      update,
      (given) => ({
        set: {
          flow_name: given('flow_name'),
          server: given('server'),
          description: `COALESCE(t.description, ${given('description')})`,
          last_updated: this.dialect.now,
        },
      }),
      signal,
    );
    return result;
  }

  async updateFlow(flowId: string, change: FlowChange, signal: AbortSignal): Promise<void> {
    const columns = (['owner', 'priority', 'description'] as const).filter((column) => change[column] !== undefined);
    if (columns.length === 0) {
      return;
    }
    const values = Object.fromEntries(columns.map((column) => [column, change[column] ?? null]));
    await this.tables.update(
      this.tables.flows,
      'flow_id',
      [{ flow_id: flowId, ...values }],
      (given) => ({
        set: {
          ...Object.fromEntries(columns.map((column) => [column, given(column)])),
          last_updated: this.dialect.now,
        },
      }),
      signal,
    );
  }

  async claim(requests: readonly StartRequest[], now: Date, signal: AbortSignal): Promise<readonly ClaimResult[]> {
    return claimFlows(this.tables, requests, now, signal);
  }

  async addAttempts(attempts: readonly NewAttempt[], signal: AbortSignal): Promise<void> {
    await this.tables.insertMissing(
      this.tables.history,
      'attempt_id',
      attempts.map((attempt) => ({
        attempt_id: attempt.attemptId,
        flow_id: attempt.flowId,
        job_name: attempt.jobName,
        started_at: attempt.startedAt.toISOString(),
        attempt_number: String(attempt.attemptNumber),
        triggered_by: attempt.triggeredBy,
      })),
      {
        attempt_id: 's.attempt_id',
        flow_id: 's.flow_id',
        databricks_job_id: `''`,
        job_name: 's.job_name',
        status: `'CREATING'`,
        started_at: this.dialect.timestampParameter('s.started_at'),
        progress_percentage: '0',
        attempt_number: this.dialect.typedParameter('s.attempt_number', 'INT'),
        triggered_by: 's.triggered_by',
      },
      signal,
    );
  }

  async linkRuns(links: readonly RunLink[], signal: AbortSignal): Promise<void> {
    const none = this.dialect.typedParameter('NULL', 'STRING');
    const ids = (given: (name: string) => string): Record<string, string> => ({
      databricks_job_id: given('job_id'),
      databricks_run_id: `COALESCE(${given('run_id')}, t.databricks_run_id)`,
    });
    // Two tables and no order between them: readers take the ids from the history.
    await Promise.all([
      this.tables.update(
        this.tables.history,
        'attempt_id',
        links.map((link) => ({ attempt_id: link.attemptId, job_id: link.jobId, run_id: link.runId })),
        // No status but CREATING changes: a quick agent may have ended its attempt already.
        (given) => ({
          set: {
            ...ids(given),
            status: `CASE WHEN t.status = 'CREATING' AND ${given('run_id')} IS NOT NULL THEN 'RUNNING' ELSE t.status END`,
          },
        }),
        signal,
      ),
      this.tables.update(
        this.tables.flows,
        'flow_id',
        links.map((link) => ({
          flow_id: link.flowId,
          attempt_id: link.attemptId,
          job_id: link.jobId,
          run_id: link.runId,
        })),
        (given) => ({
          // The claim's note has done its work; the message of a row that is settled already stays.
          set: {
            ...ids(given),
            status_message: `CASE WHEN t.status = 'CONVERTING' THEN ${none} ELSE t.status_message END`,
            last_updated: this.dialect.now,
          },
          where: `t.current_attempt_id = ${given('attempt_id')}`,
        }),
        signal,
      ),
    ]);
  }

  async closeAttempts(ends: readonly AttemptEnd[], signal: AbortSignal): Promise<void> {
    await this.tables.update(
      this.tables.history,
      'attempt_id',
      ends.map((end) => ({
        attempt_id: end.attemptId,
        status: end.status,
        completed_at: end.completedAt.toISOString(),
        error_message: end.errorMessage,
        status_message: end.statusMessage,
        notebooks: end.generatedNotebooks === undefined ? null : JSON.stringify(end.generatedNotebooks),
      })),
      (given) => {
        const completedAt = this.dialect.timestampParameter(given('completed_at'));
        return {
          set: {
            status: given('status'),
            completed_at: completedAt,
            duration_seconds: this.dialect.secondsBetween('t.started_at', completedAt),
            error_message: `COALESCE(${given('error_message')}, t.error_message)`,
            status_message: `COALESCE(${given('status_message')}, t.status_message)`,
            generated_notebooks: `COALESCE(${this.dialect.arrayParameter(given('notebooks'))}, t.generated_notebooks)`,
          },
          where: `t.status IN ${ACTIVE}`,
        };
      },
      signal,
    );
    await this.settleFlows(
      ends.map((end) => end.flowId),
      signal,
    );
  }

  settleFlows(flowIds: readonly string[], signal: AbortSignal): Promise<void> {
    return settleFlows(this.tables, flowIds, signal);
  }

  private async readFlows(
    flowIds: readonly string[] | null,
    signal: AbortSignal,
  ): Promise<{ readonly flows: readonly Flow[]; readonly attempts: ReadonlyMap<string, readonly Attempt[]> }> {
    const rows = await this.tables.flowRows(flowIds, signal);
    const attempts = await this.tables.attemptsByFlow(flowIds, signal);
    return { flows: rows.map((row) => flowOf(row, attempts.get(row.flowId) ?? [])), attempts };
  }
}

/** A list of the code's own words, for IN. */
function listOf(words: readonly string[]): string {
  return `(${words.map((word) => `'${word}'`).join(', ')})`;
}
