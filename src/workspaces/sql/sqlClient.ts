/** One SQL connection, whatever is behind it. Parameters are named (`:name`) and are the only way for values into SQL. */

/** What goes in. Arrays travel as JSON text (`Dialect.arrayParameter`), instants as ISO 8601 text in UTC. */
export type SqlValue = string | number | boolean | null;
export type SqlParameters = Readonly<Record<string, SqlValue>>;

/** What comes out, before the row mapper gives it a type. */
export type SqlRow = Readonly<Record<string, unknown>>;

export interface SqlResult {
  readonly rows: readonly SqlRow[];
  /** Rows changed; null where the engine does not say (a Delta INSERT). */
  readonly affected: number | null;
}

export interface ExecuteOptions {
  readonly signal: AbortSignal;
  /** Whether the statement may be sent again after a lost answer or a write conflict. Default false. */
  readonly idempotent?: boolean;
}

export interface SqlClient {
  execute(sql: string, parameters: SqlParameters, options: ExecuteOptions): Promise<SqlResult>;
  close(): Promise<void>;
}
