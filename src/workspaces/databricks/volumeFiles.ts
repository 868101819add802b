/** Files API: files and folders of Unity Catalog volumes. */
import * as z from 'zod/mini';

import { AcceleratorError } from '../../flows/errors';
import { encodePath, type RestClient } from './rest/restClient';

const entry = z.object({
  name: z.string(),
  path: z.string(),
  is_directory: z.optional(z.boolean()),
  file_size: z.optional(z.number()),
  last_modified: z.optional(z.number()),
});
export type VolumeEntry = z.infer<typeof entry>;
const listing = z.object({ contents: z.optional(z.array(entry)), next_page_token: z.optional(z.string()) });

const PAGE_SIZE = 1000;

export class VolumeFiles {
  constructor(private readonly rest: RestClient) {}

  async read(path: string, signal: AbortSignal): Promise<Buffer> {
    const answer = await this.rest.raw(
      { method: 'GET', path: `/api/2.0/fs/files${encodePath(path)}`, what: `read ${path}` },
      signal,
    );
    return Buffer.from(answer.bytes);
  }

  /** The first bytes of a file, enough to see what it is. */
  async readStart(path: string, bytes: number, signal: AbortSignal): Promise<Buffer> {
    const answer = await this.rest.raw(
      {
        method: 'GET',
        path: `/api/2.0/fs/files${encodePath(path)}`,
        headers: { range: `bytes=0-${bytes - 1}` },
        what: `read ${path}`,
      },
      signal,
    );
    return Buffer.from(answer.bytes.subarray(0, bytes));
  }

  async write(path: string, content: Uint8Array, signal: AbortSignal): Promise<void> {
    await this.rest.raw(
      {
        method: 'PUT',
        path: `/api/2.0/fs/files${encodePath(path)}`,
        // Never left out: what the API does without it has changed over time.
        query: { overwrite: true },
        bytes: content,
        what: `write ${path}`,
        repeatable: true,
      },
      signal,
    );
  }

  async makeFolder(path: string, signal: AbortSignal): Promise<void> {
    await this.rest.raw(
      {
        method: 'PUT',
        path: `/api/2.0/fs/directories${encodePath(path)}`,
        what: `make the folder ${path}`,
        repeatable: true,
      },
      signal,
    );
  }

  /** True where the folder is there and may be seen. */
  folderExists(path: string, signal: AbortSignal): Promise<boolean> {
    return this.exists('directories', path, signal);
  }

  /** True where the file is there and may be seen. */
  fileExists(path: string, signal: AbortSignal): Promise<boolean> {
    return this.exists('files', path, signal);
  }

  private async exists(kind: 'files' | 'directories', path: string, signal: AbortSignal): Promise<boolean> {
    try {
      await this.rest.raw(
        { method: 'HEAD', path: `/api/2.0/fs/${kind}${encodePath(path)}`, what: `look at ${path}` },
        signal,
      );
      return true;
    } catch (error) {
      if (AcceleratorError.is(error, 'notFound')) {
        return false;
      }
      throw error;
    }
  }

  /** All entries directly in a folder, page after page. */
  async *list(path: string, signal: AbortSignal): AsyncGenerator<VolumeEntry, void> {
    const call = {
      method: 'GET',
      path: `/api/2.0/fs/directories${encodePath(path)}`,
      query: { page_size: PAGE_SIZE },
      what: `list ${path}`,
    } as const;
    for await (const page of this.rest.pages(call, listing, signal)) {
      yield* page.contents ?? [];
    }
  }
}
