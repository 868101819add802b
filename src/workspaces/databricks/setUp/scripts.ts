/** The SQL scripts of `setup/`: the same files that a person may run by hand. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** In the order in which a set-up runs them; the first brings an old system's table up to date as well. */
export const SET_UP_SCRIPTS = [
  'create_flows_table.sql',
  'update_flows_table_schema.sql',
  'create_history_table.sql',
] as const;
export const MIGRATION_SCRIPT = 'migrate_existing_data.sql';
export type ScriptName = (typeof SET_UP_SCRIPTS)[number] | typeof MIGRATION_SCRIPT;

export interface Script {
  readonly name: ScriptName;
  readonly statements: readonly string[];
}

/** Tables outside Unity Catalog know no key clause. */
export function isUnityCatalog(catalog: string): boolean {
  return catalog !== 'hive_metastore' && catalog !== 'spark_catalog';
}

/** @param folder the extension's `setup` folder */
export async function readScript(folder: string, name: ScriptName, catalog: string): Promise<Script> {
  return { name, statements: statementsOf(await readFile(join(folder, name), 'utf8'), isUnityCatalog(catalog)) };
}

/** Splits as the scripts' own header says: a statement ends with a semicolon at the end of a line. */
export function statementsOf(text: string, unityCatalog: boolean): readonly string[] {
  const kept = unityCatalog ? text : text.replace(/^.*-- Unity Catalog only.*$/gm, '');
  return kept
    .split(/;[ \t]*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement.replace(/--.*$/gm, '').trim() !== '');
}

/** Only the parameters that a statement names: the engine refuses others. */
export function parametersOf(
  statement: string,
  all: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const named = new Set([...statement.replace(/--.*$/gm, '').matchAll(/:([a-z_]+)\b/g)].map((match) => match[1] ?? ''));
  return Object.fromEntries(Object.entries(all).filter(([name]) => named.has(name)));
}
