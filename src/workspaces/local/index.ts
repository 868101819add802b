/** The local workspace, put together. Loaded when it is first needed. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AcceleratorError } from '../../flows/errors';
import { Emitter } from '../../flows/event';
import { SqlFlowStore } from '../sql/sqlFlowStore';
import { LOCAL_HISTORY_TABLE, LocalWorkspace, checkAgent } from './localWorkspace';
import type { LocalWorkspaceOptions } from './options';
import { LocalNotebookStore } from './output/localNotebookStore';
import { outputFolderOf } from './output/outputFolders';
import { OutputTable } from './output/outputTable';
import { findPython, type Python } from './python/findPython';
import { LocalJobRunner } from './runs/localJobRunner';
import { RunQueue } from './runs/runQueue';
import { RunTable } from './runs/runTable';
import { FlowScanner } from './scan/scanner';
import { fileOf } from './scan/paths';
import { SourceIndex } from './scan/sourceIndex';
import { SourceStamps } from './scan/sourceStamps';
import { sqliteDialect } from './sqlite/dialect';
import { SqliteClient } from './sqlite/sqliteClient';

export type { LocalSettings, LocalWorkspaceOptions, OpenFolder } from './options';
export type { LocalWorkspace } from './localWorkspace';
export { converterProcess } from './python/converterProcess';

const DATABASE = 'accelerator.sqlite';
const TABLES = { flowsTable: 'nifi_flows', historyTable: 'nifi_conversion_history' };
const SHIPPED_AGENT = 'notebooks/nifi_conversion_agent.py';

/**
 * Opens the shared file and builds the workspace over it.
 *
 * @throws AcceleratorError storageUnavailable, storageDamaged or storageTooNew
 */
export async function createLocalWorkspace(options: LocalWorkspaceOptions): Promise<LocalWorkspace> {
  const { storagePath, extensionPath, settings, folders, log } = options;
  const now = options.now ?? ((): Date => new Date());
  const built = join(extensionPath, 'dist', 'workspaces');
  const parts = options.parts ?? {
    sqliteWorker: { file: join(built, 'sqliteWorker.js') },
    pythonPath: join(built, 'python'),
  };
  const databasePath = join(storagePath, DATABASE);
  await makeStorage(storagePath);
  const client = new SqliteClient({
    file: databasePath,
    workerFile: parts.sqliteWorker.file,
    ...(parts.sqliteWorker.options !== undefined && { workerOptions: parts.sqliteWorker.options }),
  });
  try {
    // Opens the file: what is wrong with it is said now and not at the first click.
    await client.hasNews(new AbortController().signal);
  } catch (error) {
    await client.close();
    throw error;
  }

  const store = new SqlFlowStore(client, sqliteDialect, TABLES);
  const outputs = new OutputTable(client, sqliteDialect.table(TABLES.historyTable));
  const sources = new SourceIndex(client, sqliteDialect.table(TABLES.flowsTable));
  const stamps = new SourceStamps();
  const runs = new RunTable(client);
  const runEnded = new Emitter<void>((error) => log('A listener of run ends failed', error));
  const agentPath = (): string => settings().agentPath || join(extensionPath, SHIPPED_AGENT);
  const python = pythonFinder(options);
  const queue = new RunQueue(runs, {
    runsPath: join(storagePath, 'runs'),
    database: databasePath,
    sqliteTable: TABLES.historyTable,
    maxRuns: () => Math.max(1, settings().maxRuns),
    launchOptions: async (signal) => ({
      python: (await python(signal)).path,
      script: join(parts.pythonPath, 'run_agent.py'),
      cachePath: join(storagePath, 'pycache'),
      environment: process.env,
    }),
    log,
    now,
    onEnd: () => runEnded.fire(),
  });
  const runner = new LocalJobRunner(runs, queue, {
    agentPath: (signal) => checkAgent(agentPath(), signal),
    beforeJob: async ({ attemptId, flowId, parameters }, signal) => {
      const source = await stamps.stampOf(parameters.nifi_xml_path, signal);
      if (source === null) {
        throw new AcceleratorError('flowFileMissing', `${fileOf(parameters.nifi_xml_path)} does not exist any more.`, {
          mend: 'populateFlows',
        });
      }
      const createdAt = now().toISOString();
      await outputs.note({ attemptId, flowId, outputPath: parameters.output_path, source, createdAt }, signal);
    },
    now,
  });
  const notebooks = new LocalNotebookStore({
    folderFor: (flowId, attemptId) =>
      outputFolderOf(
        settings().outputPath,
        { flowId, attemptId },
        sources.pathOf(flowId),
        folders(),
        join(storagePath, 'output'),
      ),
    knownFolders: (signal) => outputs.paths(signal),
  });
  return new LocalWorkspace({
    options,
    client,
    databasePath,
    store,
    runner,
    notebooks,
    queue,
    outputs,
    scanner: new FlowScanner(),
    stamps,
    sources,
    agentPath,
    findPython: python,
    runEnded: runEnded.event,
  });
}

export { LOCAL_HISTORY_TABLE };

async function makeStorage(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw new AcceleratorError('storageUnavailable', `The extension's storage ${path} cannot be made.`, {
      mend: 'showLog',
      cause: error,
    });
  }
}

/** Searches once for each choice of setting and candidates; a failed search is made anew. */
function pythonFinder(options: LocalWorkspaceOptions): (signal: AbortSignal) => Promise<Python> {
  let found: { readonly key: string; readonly python: Python } | null = null;
  return async (signal) => {
    const configured = options.settings().pythonPath.trim();
    const candidates = configured === '' ? await options.pythonCandidates() : [];
    const key = JSON.stringify([configured, candidates]);
    if (found?.key === key) return found.python;
    const python = await findPython(
      { configured, candidates, environment: process.env, platform: process.platform },
      signal,
    );
    found = { key, python };
    return python;
  };
}
