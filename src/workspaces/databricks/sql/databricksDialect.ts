import type { Dialect } from '../../sql/dialect';

/** Databricks SQL, and Spark with Delta, which the tests run on. */
export function databricksDialect(catalog: string, schema: string): Dialect {
  const quote = (identifier: string): string => `\`${identifier.replaceAll('`', '``')}\``;
  return {
    name: 'databricks',
    quote,
    table: (name) => [catalog, schema, name].map(quote).join('.'),
    nullSafeEqual: (left, right) => `${left} <=> ${right}`,
    now: 'current_timestamp()',
    // Text with the session's offset: the driver would cut a timestamp to milliseconds of an unknown zone.
    selectTimestamp: (column) => `date_format(${column}, "yyyy-MM-dd'T'HH:mm:ss.SSSXXX")`,
    timestampParameter: (text) => `CAST(${text} AS TIMESTAMP)`,
    selectArray: (column) => `to_json(${column})`,
    arrayParameter: (json) => `from_json(${json}, 'array<string>')`,
    // A null travels without a type, so the type stands in the statement.
    typedParameter: (expression, type) => `CAST(${expression} AS ${type})`,
    secondsBetween: (from, to) => `CAST(timestampdiff(SECOND, ${from}, ${to}) AS INT)`,
    rowsParameter: (parameter, columns) => {
      const struct = columns.map((column) => `${column}: STRING`).join(', ');
      return `(SELECT inline(from_json(${parameter}, 'array<struct<${struct}>>')))`;
    },
    updateFromRows: ({ table, rows, key, set, where }) => {
      const assignments = Object.entries(set).map(([column, value]) => `t.${quote(column)} = ${value}`);
      return [
        `MERGE INTO ${table} AS t USING ${rows} AS s ON t.${quote(key)} = s.${quote(key)}`,
        `WHEN MATCHED${where === undefined ? '' : ` AND ${where}`} THEN UPDATE SET ${assignments.join(', ')}`,
      ].join('\n');
    },
  };
}
