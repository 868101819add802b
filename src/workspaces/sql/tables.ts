/** Reading the two tables: the statements that reads and writes share. */
import type { Attempt } from '../../flows/model';
import type { Dialect } from './dialect';
import {
  ATTEMPT_NOT_NULL,
  attemptColumns,
  FLOW_NOT_NULL,
  flowColumns,
  leanAttemptColumns,
  parseAttemptRow,
  parseFlowRow,
  type FlowRow,
} from './rows';
import type { SqlClient, SqlParameters, SqlRow } from './sqlClient';

/** Rows in one JSON parameter; larger batches go in several statements. */
const ROWS_PER_STATEMENT = 1000;

/** Table names are settings, validated where settings are read; the dialect quotes them. */
export interface TableNames {
  readonly flowsTable: string;
  readonly historyTable: string;
}

/** One row of a rows parameter: all values as text, since JSON has one type of number only. */
export type TextRow = Readonly<Record<string, string | null>>;

export class Tables {
  readonly flows: string;
  readonly history: string;

  constructor(
    readonly client: SqlClient,
    readonly dialect: Dialect,
    names: TableNames,
  ) {
    this.flows = dialect.table(names.flowsTable);
    this.history = dialect.table(names.historyTable);
  }

  /** All flows' rows, or those of some ids; ids that do not exist are left out. */
  async flowRows(flowIds: readonly string[] | null, signal: AbortSignal): Promise<readonly FlowRow[]> {
    const select = `SELECT ${flowColumns(this.dialect, 't')} FROM ${this.flows} AS t`;
    const rows = await this.byIds(select, 't', 'flow_id', flowIds, signal);
    const byId = new Map(rows.map((row) => parseFlowRow(row)).map((row) => [row.flowId, row]));
    return [...byId.values()];
  }

  /**
   * Attempts of all flows or of some, by flow. The long texts come only with those attempts that decide a flow's row
   * (`deriveFlow`): the newest, and the newest that succeeded or failed. An active one is the newest.
   */
  async attemptsByFlow(
    flowIds: readonly string[] | null,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, readonly Attempt[]>> {
    const order = `ORDER BY t.attempt_number DESC, t.attempt_id DESC`;
    const decides = `CASE WHEN t.status IN ('SUCCESS', 'FAILED') THEN 1 ELSE 0 END`;
    // RANK, not ROW_NUMBER: where a row is there twice, both count as the newest.
    const ranked =
      `SELECT t.*, RANK() OVER (PARTITION BY t.flow_id ${order}) AS rank_of_all, ` +
      `RANK() OVER (PARTITION BY t.flow_id, ${decides} ${order}) AS rank_of_kind, ${decides} AS decides ` +
      `FROM ${this.history} AS t`;
    const longWhere = `(r.rank_of_all = 1 OR (r.decides = 1 AND r.rank_of_kind = 1))`;
    const select = (inner: string): string =>
      `SELECT ${leanAttemptColumns(this.dialect, 'r', longWhere)} FROM (${inner}) AS r`;
    const rows =
      flowIds === null
        ? await this.read(select(ranked), {}, signal)
        : await this.inChunks(flowIds, async (ids) =>
            this.read(select(`${ranked} WHERE ${this.isIn('t', 'flow_id')}`), { rows: idRows('flow_id', ids) }, signal),
          );
    const byFlow = new Map<string, Attempt[]>();
    for (const attempt of rows.map((row) => parseAttemptRow(row))) {
      const known = byFlow.get(attempt.flowId);
      if (known === undefined) {
        byFlow.set(attempt.flowId, [attempt]);
      } else {
        known.push(attempt);
      }
    }
    return byFlow;
  }

  /** Whole attempts where a condition on `t` holds, with what follows the condition (order, limit). */
  async attempts(condition: string, parameters: SqlParameters, signal: AbortSignal): Promise<readonly Attempt[]> {
    const select = `SELECT ${attemptColumns(this.dialect, 't')} FROM ${this.history} AS t WHERE ${condition}`;
    return (await this.read(select, parameters, signal)).map((row) => parseAttemptRow(row));
  }

  async attemptsById(attemptIds: readonly string[], signal: AbortSignal): Promise<readonly Attempt[]> {
    return this.inChunks(attemptIds, async (ids) =>
      this.attempts(this.isIn('t', 'attempt_id'), { rows: idRows('attempt_id', ids) }, signal),
    );
  }

  /** A condition: a column's value is one of those in the parameter `:rows`. */
  isIn(alias: string, column: string): string {
    const quoted = this.dialect.quote(column);
    return `${alias}.${quoted} IN (SELECT s.${quoted} FROM ${this.dialect.rowsParameter(':rows', [column])} AS s)`;
  }

  async read(sql: string, parameters: SqlParameters, signal: AbortSignal): Promise<readonly SqlRow[]> {
    return (await this.client.execute(sql, parameters, { signal, idempotent: true })).rows;
  }

  /**
   * Changes rows by a rows parameter, one statement for each chunk. All such statements are idempotent: they set
   * values, guarded by what was read.
   */
  async update(
    table: string,
    key: string,
    rows: readonly TextRow[],
    set: Readonly<Record<string, string>>,
    where: string | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    await this.inChunks(rows, async (chunk) => {
      const source = this.dialect.rowsParameter(':rows', columnsOf(chunk));
      const sql = this.dialect.updateFromRows({
        table,
        rows: source,
        key,
        notNull: table === this.flows ? FLOW_NOT_NULL : ATTEMPT_NOT_NULL,
        set,
        ...(where === undefined ? {} : { where }),
      });
      await this.client.execute(sql, { rows: JSON.stringify(chunk) }, { signal, idempotent: true });
      return [];
    });
  }

  /** Adds rows whose key is not there yet, one statement for each chunk: idempotent without a unique index. */
  async insertMissing(
    table: string,
    key: string,
    rows: readonly TextRow[],
    values: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<void> {
    const quoted = this.dialect.quote(key);
    const columns = Object.keys(values);
    await this.inChunks(rows, async (chunk) => {
      const source = this.dialect.rowsParameter(':rows', columnsOf(chunk));
      const sql =
        `INSERT INTO ${table} (${columns.map((column) => this.dialect.quote(column)).join(', ')}) ` +
        `SELECT ${columns.map((column) => values[column]).join(', ')} FROM ${source} AS s ` +
        `WHERE NOT EXISTS (SELECT 1 FROM ${table} AS t WHERE t.${quoted} = s.${quoted})`;
      await this.client.execute(sql, { rows: JSON.stringify(chunk) }, { signal, idempotent: true });
      return [];
    });
  }

  private async byIds(
    select: string,
    alias: string,
    column: string,
    ids: readonly string[] | null,
    signal: AbortSignal,
  ): Promise<readonly SqlRow[]> {
    return ids === null
      ? this.read(select, {}, signal)
      : this.inChunks(ids, async (chunk) =>
          this.read(`${select} WHERE ${this.isIn(alias, column)}`, { rows: idRows(column, chunk) }, signal),
        );
  }

  private async inChunks<T, R>(
    items: readonly T[],
    run: (chunk: readonly T[]) => Promise<readonly R[]>,
  ): Promise<readonly R[]> {
    const results: R[] = [];
    for (let start = 0; start < items.length; start += ROWS_PER_STATEMENT) {
      for (const result of await run(items.slice(start, start + ROWS_PER_STATEMENT))) {
        results.push(result);
      }
    }
    return results;
  }
}

function idRows(column: string, ids: readonly string[]): string {
  return JSON.stringify([...new Set(ids)].map((value) => ({ [column]: value })));
}

function columnsOf(rows: readonly TextRow[]): readonly string[] {
  return Object.keys(rows[0] ?? {});
}
