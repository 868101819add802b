/** Set-up and migration: what will be done is known before, each part may run again, and a second run changes nothing. */
import { posix } from 'node:path';

import type { MigrationLine, SetUpResult, SetUpStep } from '../../../flows/administration';
import { AcceleratorError } from '../../../flows/errors';
import { ATTEMPT_COLUMNS, FLOW_COLUMNS } from '../../sql/rows';
import type { DatabricksWorkspace } from '../databricksWorkspace';
import type { DatabricksSettings } from '../settings';
import { UnityCatalog, volumeOf } from '../unityCatalog';
import { agentsAreThere, agentsFolder, uploadAgents } from './agents';
import { MIGRATION_SCRIPT, parametersOf, readScript, SET_UP_SCRIPTS, type ScriptName } from './scripts';

export interface SetUpOptions {
  readonly workspace: DatabricksWorkspace;
  readonly settings: DatabricksSettings;
  /** The extension's folder, with `setup` and `notebooks` in it. */
  readonly extensionPath: string;
}

/** What the place has of what is needed; looked up by REST alone. */
interface Found {
  readonly schema: boolean;
  /** Null: the settings name no volume. */
  readonly volume: boolean | null;
  readonly flowsColumns: readonly string[] | null;
  readonly historyColumns: readonly string[] | null;
  readonly output: boolean;
  readonly agents: boolean;
}

const missingOf = (wanted: readonly string[], found: readonly string[]): readonly string[] => {
  const there = new Set(found.map((name) => name.toLowerCase()));
  return wanted.filter((name) => !there.has(name));
};

async function look(options: SetUpOptions, signal: AbortSignal): Promise<Found> {
  const { workspace, settings, extensionPath } = options;
  const { catalog, schema, flowsTable, historyTable, volumePath, outputPath, agentNotebookPath } = settings;
  const unity = new UnityCatalog(workspace.rest);
  const volume = volumeOf(volumePath);
  const [schemaThere, volumeThere, flowsColumns, historyColumns, output, agents] = await Promise.all([
    unity.exists('schema', `${catalog}.${schema}`, signal),
    volume === null
      ? null
      : unity.exists('volume', `${volume.catalog}.${volume.schema}.${volume.volume}`, signal),
    unity.columns(`${catalog}.${schema}.${flowsTable}`, signal),
    unity.columns(`${catalog}.${schema}.${historyTable}`, signal),
    outputExists(workspace, outputPath, signal),
    agentsAreThere(workspace.files, extensionPath, agentsFolder(agentNotebookPath), signal),
  ]);
  return { schema: schemaThere, volume: volumeThere, flowsColumns, historyColumns, output, agents };
}

/** What a set-up will do, in its order. */
export async function planSetUp(options: SetUpOptions, signal: AbortSignal): Promise<readonly SetUpStep[]> {
  const { catalog, schema, flowsTable, historyTable, volumePath, outputPath, agentNotebookPath } = options.settings;
  const found = await look(options, signal);
  const flowsMissing = found.flowsColumns === null ? null : missingOf(FLOW_COLUMNS, found.flowsColumns);
  const step = (title: string, there: boolean): SetUpStep => ({ title, action: there ? 'there' : 'create' });
  return [
    step(`Schema ${catalog}.${schema}`, found.schema),
    ...(found.volume === null ? [] : [step(`Volume of ${volumePath}`, found.volume)]),
    flowsMissing === null || flowsMissing.length === 0
      ? step(`Table ${catalog}.${schema}.${flowsTable}`, flowsMissing !== null)
      : { title: `Table ${catalog}.${schema}.${flowsTable}: columns ${flowsMissing.join(', ')}`, action: 'update' },
    step(`Table ${catalog}.${schema}.${historyTable}`, found.historyColumns !== null),
    step(`Folder ${outputPath}`, found.output),
    step(`Agents and converter in ${agentsFolder(agentNotebookPath)}`, found.agents),
  ];
}

export async function setUp(
  options: SetUpOptions,
  report: (result: SetUpResult) => void,
  signal: AbortSignal,
): Promise<readonly SetUpResult[]> {
  const { workspace, settings, extensionPath } = options;
  const { catalog, schema, flowsTable, historyTable, volumePath, outputPath, agentNotebookPath } = settings;
  const results: SetUpResult[] = [];
  const tell = (title: string, changed: boolean): void => {
    const result: SetUpResult = { title, outcome: changed ? 'done' : 'unchanged' };
    results.push(result);
    report(result);
  };
  const found = await look(options, signal);

  if (!found.schema) {
    const needed = `USE CATALOG and CREATE SCHEMA on ${catalog}`;
    await statement(options, `CREATE SCHEMA IF NOT EXISTS \`${catalog}\`.\`${schema}\``, needed, signal);
  }
  tell(`Schema ${catalog}.${schema}`, !found.schema);

  const volume = volumeOf(volumePath);
  if (volume !== null) {
    if (found.volume === false) {
      await new UnityCatalog(workspace.rest).createVolume(volume.catalog, volume.schema, volume.volume, signal);
    }
    await workspace.volumes.makeFolder(volumePath, signal);
    tell(`Volume of ${volumePath}`, found.volume === false);
  }

  const complete = (columns: readonly string[] | null, wanted: readonly string[]): boolean =>
    columns !== null && missingOf(wanted, columns).length === 0;
  const flowsComplete = complete(found.flowsColumns, FLOW_COLUMNS);
  const wants: Readonly<Record<(typeof SET_UP_SCRIPTS)[number], boolean>> = {
    'create_flows_table.sql': found.flowsColumns === null,
    // A change of columns aborts other writers, so it is made only where it is needed.
    'update_flows_table_schema.sql': found.flowsColumns !== null && !flowsComplete,
    'create_history_table.sql': found.historyColumns === null,
  };
  for (const name of SET_UP_SCRIPTS) {
    if (wants[name]) await runScript(options, name, () => undefined, signal);
    tell(`${name}: ${name === 'create_history_table.sql' ? historyTable : flowsTable}`, wants[name]);
  }

  if (!found.output) {
    await (outputPath.startsWith('/Volumes/')
      ? workspace.volumes.makeFolder(outputPath, signal)
      : workspace.files.makeFolder(outputPath, signal));
  }
  tell(`Folder ${outputPath}`, !found.output);

  const target = agentsFolder(agentNotebookPath);
  const uploaded = await uploadAgents(
    workspace.files,
    extensionPath,
    target,
    () => undefined,
    signal,
  );
  tell(`Agents and converter in ${target}`, uploaded);
  await verify(options, signal);
  return results;
}

/** @throws AcceleratorError `tablesMissing`, `agentMissing` or `notFound` with what is not there after all */
async function verify(options: SetUpOptions, signal: AbortSignal): Promise<void> {
  const { catalog, schema, flowsTable, historyTable, volumePath, outputPath } = options.settings;
  const unity = new UnityCatalog(options.workspace.rest);
  for (const [table, wanted] of [
    [flowsTable, FLOW_COLUMNS],
    [historyTable, ATTEMPT_COLUMNS],
  ] as const) {
    const name = `${catalog}.${schema}.${table}`;
    const columns = await unity.columns(name, signal);
    const missing = columns === null ? null : missingOf(wanted, columns);
    if (missing === null || missing.length > 0) {
      throw new AcceleratorError(
        'tablesMissing',
        missing === null
          ? `The table ${name} is not there, or you may not see it (SELECT is needed).`
          : `The table ${name} lacks columns that this version needs: ${missing.join(', ')}. It was not made by this extension's scripts.`,
        { mend: 'checkConnection' },
      );
    }
  }
  for (const [path, there] of [
    [volumePath, volumePath === '' || (await options.workspace.volumes.folderExists(volumePath, signal))],
    [outputPath, await outputExists(options.workspace, outputPath, signal)],
  ] as const) {
    if (!there) {
      throw new AcceleratorError('notFound', `${path} is not there after it was made, or you may not see it.`, {
        mend: 'checkConnection',
      });
    }
  }
  await options.workspace.checkCanStart(signal);
}

/** Runs the migration's statements and reads its closing verification. */
export async function migrate(
  options: SetUpOptions,
  report: (statement: number, of: number) => void,
  signal: AbortSignal,
): Promise<readonly MigrationLine[]> {
  const rows = await runScript(options, MIGRATION_SCRIPT, report, signal);
  return rows.map((row) => ({
    what: String(row['what']),
    ok: row['verdict'] === 'ok',
    found: String(row['found']),
  }));
}

/** Runs a script's statements in order; the rows of the last one. */
async function runScript(
  options: SetUpOptions,
  name: ScriptName,
  report: (statement: number, of: number) => void,
  signal: AbortSignal,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { catalog, schema, flowsTable, historyTable } = options.settings;
  const { statements } = await readScript(posix.join(options.extensionPath, 'setup'), name, catalog);
  const names = { catalog, schema, flows_table: flowsTable, history_table: historyTable };
  const needed = `USE CATALOG on ${catalog}, USE SCHEMA on ${catalog}.${schema}, and ${needs(name, options.settings)}`;
  let rows: readonly Readonly<Record<string, unknown>>[] = [];
  for (const [index, sql] of statements.entries()) {
    report(index + 1, statements.length);
    rows = await statement(options, sql, needed, signal, parametersOf(sql, names));
  }
  return rows;
}

/** What a script's statements need, each with its object, beyond USE CATALOG and USE SCHEMA. */
function needs(script: ScriptName, { catalog, schema, flowsTable, historyTable }: DatabricksSettings): string {
  const place = `${catalog}.${schema}`;
  switch (script) {
    case 'create_flows_table.sql':
    case 'create_history_table.sql':
      return `CREATE TABLE on ${place}`;
    case 'update_flows_table_schema.sql':
      return `SELECT and MODIFY on ${place}.${flowsTable}`;
    case 'migrate_existing_data.sql':
      return `CREATE TABLE on ${place}, and SELECT and MODIFY on ${place}.${flowsTable} and ${place}.${historyTable}`;
  }
}

/** @param needed the privileges in words, for whoever lacks one */
async function statement(
  { workspace }: SetUpOptions,
  sql: string,
  needed: string,
  signal: AbortSignal,
  parameters: Readonly<Record<string, string>> = {},
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  try {
    return (await workspace.sql.execute(sql, parameters, { signal, idempotent: true })).rows;
  } catch (error) {
    if (!AcceleratorError.is(error, 'noPermission')) throw error;
    throw new AcceleratorError('noPermission', `${error.message} This step needs ${needed}.`, {
      mend: 'checkConnection',
      cause: error,
    });
  }
}

async function outputExists(workspace: DatabricksWorkspace, path: string, signal: AbortSignal): Promise<boolean> {
  return path.startsWith('/Volumes/')
    ? workspace.volumes.folderExists(path, signal)
    : (await workspace.files.status(path, signal)) !== null;
}
