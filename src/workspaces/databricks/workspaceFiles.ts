/** Workspace API: notebooks and files under `/Workspace`, `/Users`, `/Shared`. */
import * as z from 'zod/mini';

import { AcceleratorError } from '../../flows/errors';
import { RestError } from './rest/errors';
import { paced } from './rest/pace';
import type { RestClient } from './rest/restClient';

const status = z.object({
  path: z.string(),
  object_type: z.string(),
  language: z.optional(z.string()),
  modified_at: z.optional(z.number()),
});
export type WorkspaceObject = z.infer<typeof status>;
const listing = z.object({ objects: z.optional(z.array(status)) });
const exported = z.object({ content: z.string() });
const nothing = z.object({});

/** The API's limit for the base64 text of an import. */
const MOST_IMPORT_BASE64 = 10 * 1024 * 1024;
/** The documented rate is 30 a second. */
const IMPORTS_PER_SECOND = 25;

export class WorkspaceFiles {
  private readonly sendImport = paced(IMPORTS_PER_SECOND)((path: string, body: unknown, signal: AbortSignal) =>
    this.rest.json(
      { method: 'POST', path: '/api/2.0/workspace/import', body, what: `write ${path}`, repeatable: true },
      nothing,
      signal,
    ),
  );

  constructor(private readonly rest: RestClient) {}

  /** Null where nothing is there. */
  async status(path: string, signal: AbortSignal): Promise<WorkspaceObject | null> {
    try {
      return await this.rest.json(
        { method: 'GET', path: '/api/2.0/workspace/get-status', query: { path }, what: `look at ${path}` },
        status,
        signal,
      );
    } catch (error) {
      if (AcceleratorError.is(error, 'notFound')) {
        return null;
      }
      throw error;
    }
  }

  async list(path: string, signal: AbortSignal): Promise<readonly WorkspaceObject[]> {
    const got = await this.rest.json(
      { method: 'GET', path: '/api/2.0/workspace/list', query: { path }, what: `list ${path}` },
      listing,
      signal,
    );
    return got.objects ?? []; // an empty folder's answer has no list
  }

  /** Bytes of a file, or a notebook's source. */
  async read(path: string, signal: AbortSignal): Promise<Buffer> {
    const got = await this.rest.json(
      { method: 'GET', path: '/api/2.0/workspace/export', query: { path, format: 'AUTO' }, what: `read ${path}` },
      exported,
      signal,
    );
    return Buffer.from(got.content, 'base64');
  }

  async makeFolder(path: string, signal: AbortSignal): Promise<void> {
    await this.rest.json(
      {
        method: 'POST',
        path: '/api/2.0/workspace/mkdirs',
        body: { path },
        what: `make the folder ${path}`,
        repeatable: true,
      },
      nothing,
      signal,
    );
  }

  /** Makes or replaces a Python notebook; `path` without `.py`. */
  importNotebook(path: string, source: Uint8Array, signal: AbortSignal): Promise<void> {
    return this.import(path, source, { format: 'SOURCE', language: 'PYTHON' }, signal);
  }

  /** Makes or replaces a plain file, as it is (a module beside a notebook must stay a file to be imported). */
  importFile(path: string, content: Uint8Array, signal: AbortSignal): Promise<void> {
    return this.import(path, content, { format: 'RAW' }, signal);
  }

  async delete(path: string, signal: AbortSignal): Promise<void> {
    await this.rest.json(
      { method: 'POST', path: '/api/2.0/workspace/delete', body: { path, recursive: false }, what: `delete ${path}` },
      nothing,
      signal,
    );
  }

  private async import(
    path: string,
    content: Uint8Array,
    kind: { readonly format: 'SOURCE' | 'RAW'; readonly language?: 'PYTHON' },
    signal: AbortSignal,
  ): Promise<void> {
    const text = Buffer.from(content).toString('base64');
    if (text.length > MOST_IMPORT_BASE64) {
      throw new AcceleratorError('badData', `${path} is too large for an import into the workspace (10 MB).`);
    }
    const body = { path, ...kind, content: text, overwrite: true };
    const send = (): Promise<unknown> => this.sendImport(path, body, signal);
    try {
      await send();
    } catch (error) {
      if (AcceleratorError.is(error, 'notFound')) {
        await this.makeFolder(parentOf(path), signal);
        await send();
        return;
      }
      // An object of another type is in the way: `overwrite` does not replace a file by a notebook.
      if (RestError.at(error) === null || !AcceleratorError.is(error, 'conflict')) {
        throw error;
      }
      await this.delete(path, signal);
      await send();
    }
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 1));
}
