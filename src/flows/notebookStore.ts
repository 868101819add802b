/** What the domain asks of the place where an attempt's output lies. */

/** `output_path/_progress.json` as the agent writes it; read without waking a warehouse. */
export interface Progress {
  readonly attemptId: string;
  readonly status: 'CREATING' | 'RUNNING' | 'SUCCESS' | 'FAILED' | 'CANCELLED';
  readonly progressPercentage: number | null;
  readonly iterations: number | null;
  readonly validationPercentage: number | null;
  readonly statusMessage: string | null;
  readonly errorMessage: string | null;
  readonly generatedNotebooks: readonly string[];
  readonly updatedAt: Date;
}

/** Only a place that keeps notebooks apart from files has this: `/Workspace` on Databricks. */
export interface NotebookImports {
  /** Where a source file would become a notebook; null where it is one already, or was made one before. */
  target(path: string, signal: AbortSignal): Promise<string | null>;
  /** Makes a notebook of a source file, beside it; the file stays. Returns the notebook's path. */
  import(path: string, signal: AbortSignal): Promise<string>;
}

export interface NotebookStore {
  readonly imports?: NotebookImports;
  /** The attempt's own output folder, as the agent gets it in `output_path`. */
  outputPath(flowId: string, attemptId: string): string;
  /** Null where there is none, or none that can be read: an agent without it still works. */
  readProgress(outputPath: string, signal: AbortSignal): Promise<Progress | null>;
  /** A file of an attempt's output as text. `path` must lie under an output folder that the store made. */
  readText(path: string, signal: AbortSignal): Promise<string>;
  /** Names directly under a folder of the output, sorted. */
  list(path: string, signal: AbortSignal): Promise<readonly string[]>;
}
