/** NotebookStore over `/Workspace` and `/Volumes`. */
import { posix } from 'node:path';

import { AcceleratorError } from '../../flows/errors';
import type { NotebookStore, Progress } from '../../flows/notebookStore';
import { parseProgress, PROGRESS_FILE } from '../shared/progressFile';
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

export function isVolume(path: string): boolean {
  return path.startsWith('/Volumes/');
}
