/** NotebookStore over `/Workspace` and `/Volumes`. */
import { posix } from 'node:path';

import * as z from 'zod/mini';

import { AcceleratorError } from '../../flows/errors';
import type { NotebookStore, Progress } from '../../flows/notebookStore';
import type { VolumeFiles } from './volumeFiles';
import type { WorkspaceFiles } from './workspaceFiles';

export class DatabricksOutputStore implements NotebookStore {
  constructor(
    private readonly files: WorkspaceFiles,
    private readonly volumes: VolumeFiles,
    private readonly root: () => string,
  ) {}

  outputPath(flowId: string, attemptId: string): string {
    return posix.join(this.root(), flowId, attemptId);
  }

  async readProgress(outputPath: string, signal: AbortSignal): Promise<Progress | null> {
    try {
      return parseProgress(await this.readText(posix.join(outputPath, PROGRESS_FILE), signal));
    } catch (error) {
      if (AcceleratorError.is(error, 'cancelled')) {
        throw error;
      }
      return null; // not there yet, half visible or not ours to see: the run's state still tells how it stands
    }
  }

  async readText(path: string, signal: AbortSignal): Promise<string> {
    this.mustBeOutput(path);
    return (await (isVolume(path) ? this.volumes.read(path, signal) : this.files.read(path, signal))).toString('utf8');
  }

  async list(path: string, signal: AbortSignal): Promise<readonly string[]> {
    this.mustBeOutput(path);
    const names: string[] = [];
    if (isVolume(path)) {
      for await (const entry of this.volumes.list(path, signal)) {
        names.push(entry.name);
      }
    } else {
      names.push(...(await this.files.list(path, signal)).map((entry) => posix.basename(entry.path)));
    }
    return names.sort();
  }

  /** Rows name paths, and rows can be written by others: nothing outside the output folder is read for them. */
  private mustBeOutput(path: string): void {
    const root = posix.normalize(this.root());
    const clean = posix.normalize(path);
    const bare = (text: string): string => text.replace(/^\/Workspace(?=\/)/, '');
    if (clean !== path.replace(/\/+$/, '') || !`${bare(clean)}/`.startsWith(`${bare(root)}/`)) {
      throw new AcceleratorError('badData', `${path} lies outside the output folder ${root}.`, {
        mend: 'openSettings',
      });
    }
  }
}

const PROGRESS_FILE = '_progress.json';

const number = z.optional(z.nullable(z.number()));
const text = z.optional(z.nullable(z.string()));
const progressSchema = z.object({
  attempt_id: z.string(),
  status: z.enum(['CREATING', 'RUNNING', 'SUCCESS', 'FAILED', 'CANCELLED']),
  progress_percentage: number,
  iterations: number,
  validation_percentage: number,
  status_message: text,
  error_message: text,
  generated_notebooks: z.optional(z.nullable(z.array(z.string()))),
  updated_at: z.iso.datetime({ offset: true }),
});

/** @throws where the text is no progress file */
function parseProgress(content: string): Progress {
  const got = progressSchema.parse(JSON.parse(content));
  return {
    attemptId: got.attempt_id,
    status: got.status,
    progressPercentage: got.progress_percentage ?? null,
    iterations: got.iterations ?? null,
    validationPercentage: got.validation_percentage ?? null,
    statusMessage: got.status_message ?? null,
    errorMessage: got.error_message ?? null,
    generatedNotebooks: got.generated_notebooks ?? [],
    updatedAt: new Date(got.updated_at),
  };
}

export function isVolume(path: string): boolean {
  return path.startsWith('/Volumes/');
}
