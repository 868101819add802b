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
  isIn: (expression, parameter) => `${expression} IN (SELECT value FROM json_each(${parameter}))`,
  rowsPerUpdate: 1000,
  // Neither MERGE nor UPDATE … FROM is there in 3.26, and an update by correlated subqueries reads all rows again for
  // each one. An upsert of rows that are all there changes them in one pass.
  updateFromRows: ({ table, rows, key, notNull, change }) => {
    const { set, where } = change((name) => `s.${quote(name)}`);
    const given = Object.entries(set);
    const kept = notNull.filter((column) => set[column] === undefined);
    const columns = [...kept, ...given.map(([column]) => column)];
    const values = [...kept.map((column) => `t.${quote(column)}`), ...given.map(([, value]) => value)];
    const changes = given.map(([column]) => `${quote(column)} = excluded.${quote(column)}`);
    const source = sqliteDialect.rowsParameter(':rows', Object.keys(rows[0] ?? {}));
    return {
      sql:
        `INSERT INTO ${table} (${columns.map(quote).join(', ')}) SELECT ${values.join(', ')} ` +
        `FROM ${source} AS s CROSS JOIN ${table} AS t WHERE t.${quote(key)} = s.${quote(key)}` +
        (where === undefined ? '' : ` AND (${where})`) +
        ` ON CONFLICT (${quote(key)}) DO UPDATE SET ${changes.join(', ')}`,
      parameters: { rows: JSON.stringify(rows) },
    };
  },
};
