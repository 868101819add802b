/** Reading the two tables: the statements that reads and writes share. */
import type { Attempt } from '../../flows/model';
import type { Dialect, RowChange, TextRow } from './dialect';
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
    return distinctFlows(await this.byIds(this.selectFlows(), 't', 'flow_id', flowIds, signal));
  }

  /** The rows of flows that say that an attempt converts them. */
  async convertingRows(signal: AbortSignal): Promise<readonly FlowRow[]> {
    const where = `t.status = 'CONVERTING' AND t.current_attempt_id IS NOT NULL`;
    return distinctFlows(await this.read(`${this.selectFlows()} WHERE ${where}`, {}, signal));
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
            this.read(select(`${ranked} WHERE ${this.isIn('t', 'flow_id')}`), { ids: idList(ids) }, signal),
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
      this.attempts(this.isIn('t', 'attempt_id'), { ids: idList(ids) }, signal),
    );
  }

  /** A condition: a column's value is one of those in the parameter `:ids` (`idList`). */
  isIn(alias: string, column: string): string {
    return this.dialect.isIn(`${alias}.${this.dialect.quote(column)}`, ':ids');
  }

  async read(sql: string, parameters: SqlParameters, signal: AbortSignal): Promise<readonly SqlRow[]> {
    return (await this.client.execute(sql, parameters, { signal, idempotent: true })).rows;
  }

  /**
   * Changes rows by rows that are given, one statement for each chunk, and says how many it changed: null where the
   * engine did not tell. All such statements are idempotent: they set values, guarded by what was read.
   */
  async update(
    table: string,
    key: string,
    rows: readonly TextRow[],
    change: RowChange,
    signal: AbortSignal,
  ): Promise<number | null> {
    const notNull = table === this.flows ? FLOW_NOT_NULL : ATTEMPT_NOT_NULL;
    const counts = await this.inChunks(
      rows,
      async (chunk) => {
        const { sql, parameters } = this.dialect.updateFromRows({ table, rows: chunk, key, notNull, change });
        return [(await this.client.execute(sql, parameters, { signal, idempotent: true })).affected];
      },
      this.dialect.rowsPerUpdate,
    );
    return counts.reduce((sum, count) => (sum === null || count === null ? null : sum + count), 0);
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

  private selectFlows(): string {
    return `SELECT ${flowColumns(this.dialect, 't')} FROM ${this.flows} AS t`;
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
          this.read(`${select} WHERE ${this.isIn(alias, column)}`, { ids: idList(chunk) }, signal),
        );
  }

  private async inChunks<T, R>(
    items: readonly T[],
    run: (chunk: readonly T[]) => Promise<readonly R[]>,
    size = ROWS_PER_STATEMENT,
  ): Promise<readonly R[]> {
    const results: R[] = [];
    for (let start = 0; start < items.length; start += size) {
      for (const result of await run(items.slice(start, start + size))) {
        results.push(result);
      }
    }
    return results;
  }
}

function distinctFlows(rows: readonly SqlRow[]): readonly FlowRow[] {
  return [...new Map(rows.map((row) => parseFlowRow(row)).map((row) => [row.flowId, row])).values()];
}

/** The value of the parameter `:ids` of `isIn`. */
export function idList(ids: readonly string[]): string {
  return JSON.stringify([...new Set(ids)]);
}

function columnsOf(rows: readonly TextRow[]): readonly string[] {
  return Object.keys(rows[0] ?? {});
}
