/** Whether a source is as it was: by size and time, by its hash where these differ. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { SourceStamp } from '../output/outputTable';
import { fileOf } from './paths';

export class SourceStamps {
  private readonly known = new Map<string, SourceStamp>();

  /** The source's file as it is now; null where there is none. */
  async stampOf(source: string, signal: AbortSignal): Promise<SourceStamp | null> {
    const found = await this.look(source);
    if (found === null) return null;
    const { path, size, modified } = found;
    const before = this.known.get(path);
    if (before?.size === size && before.modified === modified) return before;
    const hash = createHash('sha256');
    await pipeline(createReadStream(path), hash, { signal });
    const stamp = { sha256: hash.digest('hex'), size, modified };
    this.known.set(path, stamp);
    return stamp;
  }

  /** Whether the file exists, and whether it differs from `earlier` (null: not known what to compare with). */
  async compare(
    source: string,
    earlier: SourceStamp | undefined,
    signal: AbortSignal,
  ): Promise<{ readonly exists: boolean; readonly changed: boolean | null }> {
    const found = await this.look(source);
    if (found === null) return { exists: false, changed: null };
    if (earlier === undefined) return { exists: true, changed: null };
    if (found.size !== earlier.size) return { exists: true, changed: true };
    if (found.modified === earlier.modified) return { exists: true, changed: false };
    const now = await this.stampOf(source, signal);
    return now === null ? { exists: false, changed: null } : { exists: true, changed: now.sha256 !== earlier.sha256 };
  }

  private async look(source: string): Promise<{ path: string; size: number; modified: number } | null> {
    const path = fileOf(source);
    try {
      const found = await stat(path);
      return found.isFile() ? { path, size: found.size, modified: Math.floor(found.mtimeMs) } : null;
    } catch {
      return null;
    }
  }
}
