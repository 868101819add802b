/** What differs between SQLite and Databricks SQL, and nothing else. */
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
  /** A timestamp from a parameter that holds ISO 8601 text or null. */
  timestampParameter(parameter: string): string;
  /** Reads an array column as JSON text. */
  selectArray(column: string): string;
  /** An array column's value from a parameter that holds JSON text or null. */
  arrayParameter(parameter: string): string;
  /** A parameter that may be null, with its type. */
  typedParameter(parameter: string, type: 'STRING' | 'INT' | 'BIGINT'): string;
  /** A table expression of rows from one JSON text parameter: `[{…}, …]` with these columns, all as text. */
  rowsParameter(parameter: string, columns: readonly string[]): string;
}
