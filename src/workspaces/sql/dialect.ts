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
  /**
   * One conditional statement that changes many rows, each by its own row of a rows parameter. On Databricks:
   * `MERGE INTO t USING rows s ON t.key = s.key WHEN MATCHED AND where THEN UPDATE SET …` (the condition there, not in
   * ON, so that Delta's conflict check stays with the rows of these keys).
   */
  updateFromRows(update: UpdateFromRows): string;
}

export interface UpdateFromRows {
  /** Full, quoted name; `t` in the expressions. */
  readonly table: string;
  /** A rows parameter; `s` in the expressions, with one row per key. */
  readonly rows: string;
  /** Name of the column that is equal in both. */
  readonly key: string;
  /** The table's NOT NULL columns: SQLite needs them, since its form of this statement is an upsert. */
  readonly notNull: readonly string[];
  /** Column name to its new value. */
  readonly set: Readonly<Record<string, string>>;
  /** Which of the rows found may change; absent: all. */
  readonly where?: string;
}
