/** NotebookStore over `/Workspace` and `/Volumes`. */
import { posix } from 'node:path';

import { AcceleratorError } from '../../flows/errors';
import type { NotebookImports, NotebookStore, Progress } from '../../flows/notebookStore';
import { parseProgress, PROGRESS_FILE } from '../shared/progressFile';
import type { VolumeFiles } from './volumeFiles';
import type { WorkspaceFiles } from './workspaceFiles';

/** The first line of a notebook in source format; without it a file is a module, and has to stay a file. */
const SOURCE_MARK = '# Databricks notebook source';

export class DatabricksOutputStore implements NotebookStore {
  readonly imports: NotebookImports = {
    target: (path, signal) => this.importTarget(path, signal),
    import: (path, signal) => this.importNotebook(path, signal),
  };

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

  private async importTarget(path: string, signal: AbortSignal): Promise<string | null> {
    this.mustBeOutput(path);
    // Volumes hold files alone, and a notebook's own path has no ending.
    if (isVolume(path) || !path.endsWith('.py')) {
      return null;
    }
    const target = path.slice(0, -'.py'.length);
    const [source, notebook] = await Promise.all([this.files.status(path, signal), this.files.status(target, signal)]);
    return source?.object_type === 'FILE' && notebook?.object_type !== 'NOTEBOOK' ? target : null;
  }

  private async importNotebook(path: string, signal: AbortSignal): Promise<string> {
    this.mustBeOutput(path);
    const source = isVolume(path) ? null : await this.files.read(path, signal);
    if (source?.toString('utf8').split('\n', 1)[0]?.trim() !== SOURCE_MARK || !path.endsWith('.py')) {
      throw new AcceleratorError('badData', `${path} is no notebook in source format.`);
    }
    const target = path.slice(0, -'.py'.length);
    await this.files.importNotebook(target, source, signal);
    return target;
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
