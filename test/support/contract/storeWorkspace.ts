/** A workspace of a real store and the file job runner: what tests of the domain need, and nothing that runs Python. */
import path from 'node:path';
import { Emitter } from '../../../src/flows/event';
import type { FlowStore } from '../../../src/flows/flowStore';
import type { NotebookStore, Progress } from '../../../src/flows/notebookStore';
import type { SourceState, Workspace } from '../../../src/flows/workspace';
import { sqliteDialect } from '../../../src/workspaces/local/sqlite/dialect';
import type { SqliteClient } from '../../../src/workspaces/local/sqlite/sqliteClient';
import type { SqlClient } from '../../../src/workspaces/sql/sqlClient';
import { SqlFlowStore } from '../../../src/workspaces/sql/sqlFlowStore';
import { FileJobRunner } from './fileJobRunner';

export const TABLES = { flowsTable: 'nifi_flows', historyTable: 'nifi_conversion_history' };

export class MemoryNotebooks implements NotebookStore {
  readonly progress = new Map<string, Progress>();
  reads = 0;

  outputPath(flowId: string, attemptId: string): string {
    return `/output/${flowId}/${attemptId}`;
  }

  async readProgress(outputPath: string): Promise<Progress | null> {
    this.reads += 1;
    return this.progress.get(outputPath.split('/').at(-1) ?? '') ?? null;
  }

  async readText(): Promise<string> {
    return '';
  }

  async list(): Promise<readonly string[]> {
    return [];
  }
}

export class StoreWorkspace implements Workspace {
  readonly kind = 'local';
  readonly historyTable = 'local.test.nifi_conversion_history';
  readonly changed = new Emitter<void>();
  readonly onDidChange = this.changed.event;
  readonly notebooks = new MemoryNotebooks();
  readonly store: FlowStore;
  readsCostMoney = false;
  awake = true;
  userName = 'ann';

  constructor(
    client: SqlClient,
    readonly runner: FileJobRunner,
    private readonly news: (signal: AbortSignal) => Promise<boolean> = async () => true,
  ) {
    this.store = new SqlFlowStore(client, sqliteDialect, TABLES);
  }

  /** Over a SQLite file, with its jobs in a folder beside it. */
  static over(client: SqliteClient, folder: string, now?: () => Date): StoreWorkspace {
    const runner = new FileJobRunner(path.join(folder, 'jobs'), now);
    return new StoreWorkspace(client, runner, (signal) => client.hasNews(signal));
  }

  async user(): Promise<string> {
    return this.userName;
  }

  async checkCanStart(): Promise<void> {
    return undefined;
  }

  async populate(): Promise<never> {
    throw new Error('not part of these tests');
  }

  async readFlowFile(): Promise<never> {
    throw new Error('not part of these tests');
  }

  async visibleFlowIds(): Promise<ReadonlySet<string> | null> {
    return null;
  }

  async sourceStates(flowIds: readonly string[]): Promise<ReadonlyMap<string, SourceState>> {
    return new Map(flowIds.map((flowId) => [flowId, { exists: true, changedSinceLastAttempt: false }]));
  }

  async tablesAwake(): Promise<boolean> {
    return this.awake;
  }

  async hasNews(signal: AbortSignal): Promise<boolean> {
    return this.news(signal);
  }

  dispose(): void {
    this.changed.dispose();
  }
}
