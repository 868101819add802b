/** The SQL scripts for Databricks: how they may be split, and that their columns are the ones the product reads. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { MIGRATIONS } from '../../../src/workspaces/local/sqlite/migrations';

const SETUP = path.resolve(__dirname, '../../../setup');
const scripts = readdirSync(SETUP).filter((name) => name.endsWith('.sql'));
const read = (name: string): string => readFileSync(path.join(SETUP, name), 'utf8');

/** As the scripts' own header says: a statement ends with a semicolon at the end of a line. */
function statements(text: string): readonly string[] {
  return text.split(/;[ \t]*$/m).filter((part) => withoutComments(part).trim() !== '');
}

function withoutComments(text: string): string {
  return text.replace(/--.*$/gm, '');
}

/** Column names of a CREATE TABLE, in order. */
function columnsOf(statement: string): readonly string[] {
  const body = withoutComments(statement);
  return [
    ...body
      .slice(body.indexOf('(\n'))
      .matchAll(/^\s+(\w+) (?:STRING|INT|INTEGER|TEXT|TIMESTAMP|ARRAY<STRING>)(?=[\s,])/gm),
  ].map((match) => match[1] ?? '');
}

function localTable(name: string): string {
  const found = MIGRATIONS.flat().find((statement) => statement.startsWith(`CREATE TABLE ${name} (`));
  assert.ok(found !== undefined);
  return found;
}

describe('setup scripts', () => {
  it('are the four', () => {
    assert.deepEqual(scripts.sort(), [
      'create_flows_table.sql',
      'create_history_table.sql',
      'migrate_existing_data.sql',
      'update_flows_table_schema.sql',
    ]);
  });

  for (const name of scripts) {
    it(`${name} can be split, takes its names as parameters and avoids what Unity Catalog refuses`, () => {
      const text = read(name);
      const parts = statements(text);
      assert.ok(parts.length > 0);
      assert.doesNotMatch(text, /;(?!\n)/, 'not in comments and texts either: some editors split there');
      for (const part of parts) {
        const code = withoutComments(part);
        assert.ok(!code.includes(';'), 'a semicolon inside a statement');
        assert.match(
          code.trim(),
          /^(CREATE TABLE IF NOT EXISTS|MERGE|UPDATE|SELECT)\b/,
          'nothing that cannot run twice',
        );
        const parameters = [...code.matchAll(/:(\w+)/g)].map((match) => match[1]);
        assert.deepEqual(
          parameters.filter((one) => !['catalog', 'schema', 'flows_table', 'history_table'].includes(one ?? '')),
          [],
        );
        // Until runtime 18 a marker in DDL may stand nowhere but in IDENTIFIER(…).
        assert.doesNotMatch(code.replace(/IDENTIFIER\([^)]*\)/g, ''), /:\w/);
      }
      assert.doesNotMatch(
        withoutComments(text),
        /CREATE\s+INDEX|ADD\s+COLUMNS?\s+IF|AUTO_INCREMENT|\bDEFAULT\b|\bENFORCED\b/i,
      );
    });
  }

  it('make the tables that the product reads, column by column', () => {
    for (const [script, table] of [
      ['create_flows_table.sql', 'nifi_flows'],
      ['create_history_table.sql', 'nifi_conversion_history'],
    ] as const) {
      const columns = columnsOf(read(script));
      assert.ok(columns.length > 10);
      assert.deepEqual(columns, columnsOf(localTable(table)));
    }
  });

  it('add to an older table just what the history needs', () => {
    const added = [...read('update_flows_table_schema.sql').matchAll(/CAST\(NULL AS (\w+)\) AS (\w+)/g)].map(
      ([, type, column]) => `${column ?? ''} ${type ?? ''}`,
    );
    assert.deepEqual(added, [
      'flow_id STRING',
      'current_attempt_id STRING',
      'total_attempts INT',
      'successful_conversions INT',
      'last_attempt_at TIMESTAMP',
      'first_attempt_at TIMESTAMP',
    ]);
  });

  it('back up before they migrate, and check at the end', () => {
    const parts = statements(read('migrate_existing_data.sql')).map((part) => withoutComments(part).trim());
    assert.match(parts[0] ?? '', /_before_history/);
    assert.match(parts.at(-1) ?? '', /^SELECT/);
  });
});
