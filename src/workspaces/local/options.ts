/** What the local workspace needs to know of the window that it runs in. */
import type { WorkerOptions } from 'node:worker_threads';
import type { Event } from '../../flows/event';

export interface OpenFolder {
  readonly path: string;
  readonly name: string;
}

/** Read anew wherever they are used, so that a changed setting counts from the next use on. */
export interface LocalSettings {
  /**
   * Where attempts write: a folder, relative to the opened folder that the flow lies in, or absolute. Empty:
   * `nifi-converted`. `{flowId}` and `{attemptId}` are filled in, and added where they are missing.
   */
  readonly outputPath: string;
  /** The agent's notebook; empty: the one that is shipped. */
  readonly agentPath: string;
  /** The Python program; empty: search. */
  readonly pythonPath: string;
  /** Runs at a time over all windows, at least 1. */
  readonly maxRuns: number;
}

export type Log = (message: string, error?: unknown) => void;

export interface LocalWorkspaceOptions {
  /** A folder of the extension's own that all windows share; made if it is missing. */
  readonly storagePath: string;
  /** Where the extension is installed: shipped notebooks and the Python side lie under it. */
  readonly extensionPath: string;
  /** The opened folders; asked anew at each use. */
  readonly folders: () => readonly OpenFolder[];
  readonly settings: () => LocalSettings;
  /**
   * Paths that were made, changed or deleted in the opened folders; null when the folders themselves changed. The flows
   * are then scanned again. Without it they are scanned when asked for only.
   */
  readonly onDidChangeSources?: Event<readonly string[] | null>;
  /** Programs to try after the setting and before PATH: the Python extension's choice. */
  readonly pythonCandidates: () => Promise<readonly string[]>;
  /** Who starts attempts here. */
  readonly user: string;
  readonly log: Log;
  readonly now?: () => Date;
  /** For runs from source: where the worker and the Python side are. Default: the built ones under `extensionPath`. */
  readonly parts?: {
    readonly sqliteWorker: { readonly file: string | URL; readonly options?: WorkerOptions };
    readonly pythonPath: string;
  };
}
