import type { Dialect, TextRow } from '../../sql/dialect';

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
    rowsParameter: (parameter, columns) => `(SELECT inline(from_json(${parameter}, 'array<${structOf(columns)}>')))`,
    // A constant, so that no join with a second relation is planned.
    isIn: (expression, parameter) => `array_contains(from_json(${parameter}, 'array<string>'), ${expression})`,
    // The values stand in the statement's plan once for each column.
    rowsPerUpdate: 100,
    updateFromRows: ({ table, rows, key, change }) => {
      const byKey = rows.map(({ [key]: value, ...others }): [string, TextRow] => [value ?? '', others]);
      const names = Object.keys(byKey[0]?.[1] ?? {});
      const values = `from_json(:rows, 'map<string, ${structOf(names)}>')`;
      const column = `t.${quote(key)}`;
      const { set, where } = change((name) =>
        name === key ? column : `try_element_at(${values}, ${column}).${quote(name)}`,
      );
      const assignments = Object.entries(set).map(([name, value]) => `t.${quote(name)} = ${value}`);
      return {
        sql: [
          `UPDATE ${table} AS t SET ${assignments.join(', ')}`,
          `WHERE array_contains(from_json(:keys, 'array<string>'), ${column})${where === undefined ? '' : ` AND ${where}`}`,
        ].join('\n'),
        parameters: {
          rows: JSON.stringify(Object.fromEntries(byKey)),
          keys: JSON.stringify(byKey.map(([value]) => value)),
        },
      };
    },
  };
}

function structOf(columns: readonly string[]): string {
  return `struct<${columns.map((column) => `${column}: STRING`).join(', ')}>`;
}
