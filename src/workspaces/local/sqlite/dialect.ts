import type { Dialect } from '../../sql/dialect';

const quote = (identifier: string): string => `"${identifier.replaceAll('"', '""')}"`;

/** SQLite as of 3.26: what Python's own SQLite knows on the oldest system that we run on. */
export const sqliteDialect: Dialect = {
  name: 'sqlite',
  quote,
  table: quote,
  nullSafeEqual: (left, right) => `${left} IS ${right}`,
  now: `strftime('%Y-%m-%dT%H:%M:%fZ', 'now')`,
  selectTimestamp: (column) => column,
  timestampParameter: (text) => text,
  selectArray: (column) => column,
  arrayParameter: (json) => json,
  typedParameter: (expression, type) => `CAST(${expression} AS ${type === 'STRING' ? 'TEXT' : 'INTEGER'})`,
  secondsBetween: (from, to) => `CAST(round((julianday(${to}) - julianday(${from})) * 86400.0, 3) AS INTEGER)`,
  // DISTINCT keeps the planner from unfolding the rows into whatever reads them, and so from parsing the text again for
  // every row of the table beside it.
  rowsParameter: (parameter, columns) =>
    `(SELECT DISTINCT ${columns.map((column) => `json_extract(value, '$.${column}') AS ${quote(column)}`).join(', ')}` +
    ` FROM json_each(${parameter}))`,
  // Neither MERGE nor UPDATE … FROM is there in 3.26; a row value from a subquery is.
  updateFromRows: ({ table, rows, key, set, where }) => {
    const columns = Object.keys(set);
    const match = `s.${quote(key)} = t.${quote(key)}`;
    return (
      `UPDATE ${table} AS t SET (${columns.map(quote).join(', ')}) = ` +
      `(SELECT ${columns.map((column) => set[column]).join(', ')} FROM ${rows} AS s WHERE ${match}) ` +
      `WHERE t.${quote(key)} IN (SELECT s.${quote(key)} FROM ${rows} AS s)` +
      (where === undefined ? '' : ` AND EXISTS (SELECT 1 FROM ${rows} AS s WHERE ${match} AND ${where})`)
    );
  },
};
