import type { SqlParameters } from './sqlClient';

/** What differs between SQLite and Databricks SQL, and nothing else. Every argument is an SQL expression or a name. */
export interface Dialect {
  readonly name: 'sqlite' | 'databricks';
  /** Quotes a validated identifier. */
  quote(identifier: string): string;
  /** The full, quoted name of a table. */
  table(name: string): string;
  /** Null-safe equality of two expressions. */
  nullSafeEqual(left: string, right: string): string;
  /** An expression of the present instant. */
  readonly now: string;
  /** Reads a timestamp column as ISO 8601 text with milliseconds, in UTC. */
  selectTimestamp(column: string): string;
  /** A timestamp from an expression of ISO 8601 text or null. */
  timestampParameter(text: string): string;
  /** Reads an array column as JSON text. */
  selectArray(column: string): string;
  /** An array column's value from an expression of JSON text or null. */
  arrayParameter(json: string): string;
  /** An expression that may be null, with its type. */
  typedParameter(expression: string, type: 'STRING' | 'INT' | 'BIGINT'): string;
  /** Whole seconds from one timestamp to another. */
  secondsBetween(from: string, to: string): string;
  /** A table expression, to be given an alias, of the rows in one JSON text parameter: `[{…}, …]`, all text or null. */
  rowsParameter(parameter: string, columns: readonly string[]): string;
  /** A condition: an expression's value is one of the texts in one JSON parameter `["…", …]`. */
  isIn(expression: string, parameter: string): string;
  /** How many rows one statement of `updateFromRows` takes. */
  readonly rowsPerUpdate: number;
  /**
   * One conditional statement that changes many rows of a table, each by its own row of a rows parameter. On Databricks
   * an UPDATE that looks its values up in the parameter: one scan of the table, where a MERGE needs two joins with it.
   */
  updateFromRows(update: UpdateFromRows): UpdateStatement;
}

export interface UpdateFromRows {
  /** Full, quoted name; `t` in the expressions. */
  readonly table: string;
  /** One row per key: the key's value and all others, as text or null. */
  readonly rows: readonly TextRow[];
  /** Name of the column that is equal in both. */
  readonly key: string;
  /** The table's NOT NULL columns: SQLite needs them, since its form of this statement is an upsert. */
  readonly notNull: readonly string[];
  readonly change: RowChange;
}

/**
 * What becomes of a row of the table, `t`. `given` makes an expression of what the parameter's row says under a name:
 * text, or null.
 */
export type RowChange = (given: (name: string) => string) => {
  /** Column name to its new value. */
  readonly set: Readonly<Record<string, string>>;
  /** Which of the rows found may change; absent: all. */
  readonly where?: string;
};

export interface UpdateStatement {
  readonly sql: string;
  readonly parameters: SqlParameters;
}

/** One row of a rows parameter: all values as text, since JSON has one type of number only. */
export type TextRow = Readonly<Record<string, string | null>>;
