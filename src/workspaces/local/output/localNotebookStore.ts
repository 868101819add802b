/** Attempts' output on this computer's disk. */
import { readFile, readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, isAbsolute } from 'node:path';
import { AcceleratorError } from '../../../flows/errors';
import type { NotebookStore, Progress } from '../../../flows/notebookStore';
import { parseProgress, PROGRESS_FILE } from '../../shared/progressFile';

const MAX_PROGRESS_BYTES = 1024 * 1024;
const MAX_TEXT_BYTES = 32 * 1024 * 1024;

export interface LocalNotebookStoreOptions {
  readonly folderFor: (flowId: string, attemptId: string) => string;
  /** The folders that attempts were given so far. */
  readonly knownFolders: (signal: AbortSignal) => Promise<readonly string[]>;
}

export class LocalNotebookStore implements NotebookStore {
  constructor(private readonly options: LocalNotebookStoreOptions) {}

  outputPath(flowId: string, attemptId: string): string {
    return this.options.folderFor(flowId, attemptId);
  }

  async readProgress(outputPath: string, signal: AbortSignal): Promise<Progress | null> {
    const path = join(outputPath, PROGRESS_FILE);
    try {
      return (await stat(path)).size > MAX_PROGRESS_BYTES
        ? null
        : parseProgress(await readFile(path, { encoding: 'utf8', signal }));
    } catch {
      return null;
    }
  }

  /**
   * @throws AcceleratorError noPermission for a path outside every attempt's output, notFound, badData for what is too
   *   large to show
   */
  async readText(path: string, signal: AbortSignal): Promise<string> {
    const real = await this.ownPath(path, signal);
    const { size } = await stat(real);
    if (size > MAX_TEXT_BYTES) throw new AcceleratorError('badData', `${path} is too large to be shown.`);
    return readFile(real, { encoding: 'utf8', signal });
  }

  async list(path: string, signal: AbortSignal): Promise<readonly string[]> {
    return (await readdir(await this.ownPath(path, signal))).sort();
  }

  /** The real path, links resolved, of something under an attempt's output. */
  private async ownPath(path: string, signal: AbortSignal): Promise<string> {
    const real = await realOf(path);
    if (real === null) {
      throw new AcceleratorError('notFound', `${path} does not exist any more.`, { details: { path } });
    }
    for (const folder of (await this.options.knownFolders(signal)).filter((one) => isInside(path, one))) {
      const root = await realOf(folder);
      if (root !== null && isInside(real, root)) return real;
    }
    throw new AcceleratorError('noPermission', `${path} is not part of any attempt's output.`, { details: { path } });
  }
}

async function realOf(path: string): Promise<string | null> {
  try {
    return await realpath(path);
  } catch {
    return null;
  }
}

function isInside(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return !way.startsWith('..') && !isAbsolute(way);
}
