/** This computer as a workspace: flows of the opened folders, runs in Python, all records in one SQLite file. */
import { watch, type FSWatcher } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve, sep } from 'node:path';
import { AcceleratorError } from '../../flows/errors';
import { Emitter, type Disposable, type Event } from '../../flows/event';
import type { FlowStore } from '../../flows/flowStore';
import type { JobRunner } from '../../flows/jobRunner';
import type { NotebookStore } from '../../flows/notebookStore';
import type { PopulateProgress, PopulateResult, SourceState, Workspace } from '../../flows/workspace';
import type { LocalWorkspaceOptions } from './options';
import type { OutputTable } from './output/outputTable';
import { sharedOutputPath } from './output/outputFolders';
import type { RunQueue } from './runs/runQueue';
import { folderOf } from './scan/paths';
import type { FlowScanner } from './scan/scanner';
import type { SourceIndex } from './scan/sourceIndex';
import type { SourceStamps } from './scan/sourceStamps';
import { mayMatter } from './scan/walk';
import type { SqliteClient } from './sqlite/sqliteClient';

/** Three parts, as the agent's contract wants it; the local Python side knows which table it is. */
export const LOCAL_HISTORY_TABLE = 'local.nifi_accelerator.nifi_conversion_history';

const NOTEBOOK_HEADER = '# Databricks notebook source';
/** Several files change at once when a branch is changed or an archive unpacked. */
const SETTLE_MILLISECONDS = 400;
const OTHER_WINDOW_MILLISECONDS = 250;

/** What `createLocalWorkspace` puts together. */
export interface LocalParts {
  readonly options: LocalWorkspaceOptions;
  readonly client: SqliteClient;
  readonly databasePath: string;
  readonly store: FlowStore;
  readonly runner: JobRunner;
  readonly notebooks: NotebookStore;
  readonly queue: RunQueue;
  readonly outputs: OutputTable;
  readonly scanner: FlowScanner;
  readonly stamps: SourceStamps;
  readonly sources: SourceIndex;
  /** The agent's notebook by the setting, or the shipped one. */
  readonly agentPath: () => string;
  readonly findPython: (signal: AbortSignal) => Promise<unknown>;
  /** Fires when a process of this window ended. */
  readonly runEnded: Event<void>;
}

export class LocalWorkspace implements Workspace {
  readonly kind = 'local';
  readonly historyTable = LOCAL_HISTORY_TABLE;
  readonly readsCostMoney = false;
  readonly store: FlowStore;
  readonly runner: JobRunner;
  readonly notebooks: NotebookStore;
  private readonly changed = new Emitter<void>();
  readonly onDidChange: Event<void> = this.changed.event;
  private readonly closing = new AbortController();
  private readonly watcher: FSWatcher | null;
  private readonly sourceChanges: Disposable | null;
  private settleTimer: NodeJS.Timeout | null = null;
  private scanning: Promise<void> = Promise.resolve();
  private otherWindowTimer: NodeJS.Timeout | null = null;
  /** What `hasNews` must tell beside SQLite: this window's own doing, and what the watcher heard first. */
  private ownNews = true;

  constructor(private readonly parts: LocalParts) {
    this.store = parts.store;
    this.runner = parts.runner;
    this.notebooks = parts.notebooks;
    parts.runEnded(() => {
      this.ownNews = true;
      this.changed.fire();
    });
    this.watcher = this.watchDatabase();
    this.sourceChanges = parts.options.onDidChangeSources?.((paths) => this.sourcesChanged(paths)) ?? null;
  }

  user(): Promise<string> {
    return Promise.resolve(this.parts.options.user);
  }

  /**
   * @throws AcceleratorError agentMissing, pythonMissing or pythonTooOld
   */
  async checkCanStart(signal: AbortSignal): Promise<void> {
    await checkAgent(this.parts.agentPath(), signal);
    await this.parts.findPython(signal);
    await this.parts.sources.load(signal);
  }

  async populate(report: (progress: PopulateProgress) => void, signal: AbortSignal): Promise<PopulateResult> {
    const folders = this.parts.options.folders();
    if (folders.length === 0) {
      throw new AcceleratorError('notFound', 'No folder is open, so there is nothing to look for flows in.', {
        mend: 'openFolder',
      });
    }
    const { flows, problems } = await this.parts.scanner.scan(folders, this.outputRoots(), report, signal);
    const registered = await this.store.registerFlows(flows, signal);
    await this.parts.sources.load(signal);
    return { ...registered, problems };
  }

  async visibleFlowIds(signal: AbortSignal): Promise<ReadonlySet<string>> {
    const folders = this.parts.options.folders();
    const paths = await this.parts.sources.load(signal);
    return new Set([...paths].filter(([, path]) => folderOf(path, folders) !== null).map(([flowId]) => flowId));
  }

  async readFlowFile(file: string, signal: AbortSignal): Promise<Uint8Array> {
    try {
      return await readFile(file, { signal });
    } catch (cause) {
      signal.throwIfAborted();
      throw new AcceleratorError('flowFileMissing', `${file} cannot be read.`, { cause, mend: 'populateFlows' });
    }
  }

  async sourceStates(flowIds: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, SourceState>> {
    const converted = await this.parts.outputs.convertedSources(flowIds, signal);
    if (flowIds.some((flowId) => this.parts.sources.pathOf(flowId) === null)) {
      await this.parts.sources.load(signal);
    }
    const states = new Map<string, SourceState>();
    for (const flowId of flowIds) {
      const source = this.parts.sources.pathOf(flowId);
      if (source === null) continue;
      const { exists, changed } = await this.parts.stamps.compare(source, converted.get(flowId), signal);
      states.set(flowId, { exists, changedSinceLastAttempt: changed });
    }
    return states;
  }

  tablesAwake(): Promise<boolean> {
    return Promise.resolve(true);
  }

  async hasNews(signal: AbortSignal): Promise<boolean> {
    // SQLite tells of a commit once: whichever of the two asks first tells the other.
    if (await this.parts.client.hasNews(signal)) {
      this.ownNews = true;
      this.changed.fire();
    }
    const news = this.ownNews;
    this.ownNews = false;
    return news || this.parts.queue.needsTending();
  }

  /** Scans when the changes have come to rest, then tells the views. */
  private sourcesChanged(paths: readonly string[] | null): void {
    const roots = [...this.outputRoots()];
    const matters = (path: string): boolean =>
      mayMatter(path) && !roots.some((root) => resolve(path) === root || resolve(path).startsWith(root + sep));
    if (paths !== null && !paths.some(matters)) return;
    if (this.settleTimer !== null) clearTimeout(this.settleTimer);
    this.settleTimer = setTimeout(() => {
      this.scanning = this.scanning.then(() => (this.closing.signal.aborted ? undefined : this.rescan()));
    }, SETTLE_MILLISECONDS);
  }

  dispose(): void {
    this.closing.abort(new AcceleratorError('cancelled', 'The window is closing.'));
    if (this.settleTimer !== null) clearTimeout(this.settleTimer);
    if (this.otherWindowTimer !== null) clearTimeout(this.otherWindowTimer);
    this.watcher?.close();
    this.sourceChanges?.dispose();
    this.parts.queue.dispose();
    this.changed.dispose();
    this.parts.client.close().catch((error: unknown) => this.parts.options.log('The local file did not close', error));
  }

  /** Never rejects. */
  private async rescan(): Promise<void> {
    try {
      if (this.parts.options.folders().length > 0) await this.populate(() => undefined, this.closing.signal);
    } catch (error) {
      if (!this.closing.signal.aborted) this.parts.options.log('The changed files could not be scanned', error);
    }
    if (!this.closing.signal.aborted) this.changed.fire();
  }

  /** The folders under the opened ones that hold attempts' output: what was generated is no source. */
  private outputRoots(): ReadonlySet<string> {
    const { outputPath } = this.parts.options.settings();
    const shared = this.parts.options.folders().map((folder) => sharedOutputPath(outputPath, folder));
    return new Set(shared.filter((path) => path !== null).map((path) => resolve(path)));
  }

  /** Other windows and agents write to the same file: hear of it without asking over and over. */
  private watchDatabase(): FSWatcher | null {
    const file = basename(this.parts.databasePath);
    try {
      const watcher = watch(dirname(this.parts.databasePath), { persistent: false }, (_kind, name) => {
        if (name === null || !name.startsWith(file) || this.otherWindowTimer !== null) return;
        this.otherWindowTimer = setTimeout(() => {
          this.otherWindowTimer = null;
          void this.fileWritten();
        }, OTHER_WINDOW_MILLISECONDS);
      });
      watcher.on('error', (error) => this.parts.options.log('The local file cannot be watched', error));
      return watcher;
    } catch (error) {
      // Some network drives cannot be watched; then views refresh when they are looked at.
      this.parts.options.log('The local file cannot be watched', error);
      return null;
    }
  }

  private async fileWritten(): Promise<void> {
    try {
      if (!(await this.parts.client.hasNews(this.closing.signal))) return;
      this.ownNews = true;
      this.changed.fire();
    } catch (error) {
      if (!this.closing.signal.aborted) this.parts.options.log('The local file cannot be asked for news', error);
    }
  }
}

/** @throws AcceleratorError agentMissing where the notebook is not there or is none */
export async function checkAgent(path: string, signal: AbortSignal): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, { encoding: 'utf8', signal });
  } catch (error) {
    signal.throwIfAborted();
    throw new AcceleratorError('agentMissing', `The agent's notebook ${path} cannot be read.`, {
      mend: 'openSettings',
      cause: error,
    });
  }
  if (
    text
      .replace(/^\uFEFF/, '')
      .split(/\r?\n/, 1)[0]
      ?.trimEnd() !== NOTEBOOK_HEADER
  ) {
    throw new AcceleratorError(
      'agentMissing',
      `${path} is not a Databricks notebook: its first line is not “${NOTEBOOK_HEADER}”.`,
      { mend: 'openSettings' },
    );
  }
  return path;
}
