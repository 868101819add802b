/**
 * What lies in the workspace and its volumes, on disk, so that notebooks see it as they see `/Workspace` and `/Volumes`.
 * A notebook is no file there: it is kept apart, as the platform keeps it.
 */
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';

import { ApiError, json, pageOf, text, type ApiAnswer, type ApiRequest, type Routes } from './http';

const NOTEBOOK_HEADER = '# Databricks notebook source';

export class Storage {
  /** @param root folder that holds `Workspace`, `Volumes` and `Notebooks` */
  constructor(readonly root: string) {}

  readonly routes: Routes = {
    'POST /api/2.0/workspace/mkdirs': (request) => this.mkdirs(request),
    'POST /api/2.0/workspace/import': (request) => this.import(request),
    'GET /api/2.0/workspace/export': (request) => this.export(request),
    'GET /api/2.0/workspace/get-status': (request) => this.status(request),
    'GET /api/2.0/workspace/list': (request) => this.listWorkspace(request),
    'POST /api/2.0/workspace/delete': (request) => this.deleteObject(request),
    'PUT /api/2.0/fs/files/*': (request) => this.putFile(request),
    'GET /api/2.0/fs/files/*': (request) => this.getFile(request),
    'HEAD /api/2.0/fs/files/*': (request) => this.getFile(request),
    'DELETE /api/2.0/fs/files/*': (request) => this.deleteFile(request),
    'PUT /api/2.0/fs/directories/*': (request) => this.putFolder(request),
    'GET /api/2.0/fs/directories/*': (request) => this.listFolder(request),
    'HEAD /api/2.0/fs/directories/*': (request) => this.headFolder(request),
  };

  /** Where a workspace or volume path lies on disk. `/Users` and `/Shared` are the same with `/Workspace` before them. */
  onDisk(path: string): string {
    const clean = posix.normalize(path);
    const full = /^\/(Users|Shared)(\/|$)/.test(clean) ? `/Workspace${clean}` : clean;
    if (!/^\/(Workspace|Volumes)(\/|$)/.test(full)) {
      throw new ApiError(
        400,
        'INVALID_PARAMETER_VALUE',
        `Path (${path}) must be absolute and in the workspace or a volume.`,
      );
    }
    return join(this.root, full);
  }

  notebookOnDisk(path: string): string {
    return join(this.root, 'Notebooks', `${this.onDisk(path).slice(this.root.length)}.py`);
  }

  async isNotebook(path: string): Promise<boolean> {
    return (await kindOf(this.notebookOnDisk(path))) === 'file';
  }

  private async mkdirs(request: ApiRequest): Promise<ApiAnswer> {
    await mkdir(this.onDisk(text(json(request)['path'], 'path')), { recursive: true });
    return { status: 200, body: {} };
  }

  private async import(request: ApiRequest): Promise<ApiAnswer> {
    const body = json(request);
    const path = text(body['path'], 'path');
    const content = Buffer.from(typeof body['content'] === 'string' ? body['content'] : '', 'base64');
    const format = body['format'] ?? 'SOURCE';
    const disk = this.onDisk(path);
    if ((await kindOf(dirname(disk))) !== 'folder') {
      throw new ApiError(404, 'RESOURCE_DOES_NOT_EXIST', `The parent folder (${posix.dirname(path)}) does not exist.`);
    }
    const isSource = content.toString('utf8').split('\n', 1)[0]?.trim() === NOTEBOOK_HEADER;
    const asNotebook = format === 'SOURCE' || (format === 'AUTO' && path.endsWith('.py') && isSource);
    const notebookPath = asNotebook && format === 'AUTO' ? path.replace(/\.py$/, '') : path;
    const fileThere = (await kindOf(disk)) === 'file';
    const notebookThere = await this.isNotebook(notebookPath);
    if ((fileThere || notebookThere) && (body['overwrite'] !== true || fileThere === asNotebook)) {
      // A file answers 409, a notebook 400, both with the same code.
      throw new ApiError(fileThere ? 409 : 400, 'RESOURCE_ALREADY_EXISTS', `${path} already exists.`);
    }
    const target = asNotebook ? this.notebookOnDisk(notebookPath) : disk;
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, content);
    return { status: 200, body: { object_id: 1 } };
  }

  private async export(request: ApiRequest): Promise<ApiAnswer> {
    const path = text(request.query.get('path'), 'path');
    const source = (await this.isNotebook(path)) ? this.notebookOnDisk(path) : this.onDisk(path);
    if ((await kindOf(source)) !== 'file') {
      throw gone(path);
    }
    const bytes = await readFile(source);
    return { status: 200, body: { content: bytes.toString('base64'), file_type: 'py' } };
  }

  private async status(request: ApiRequest): Promise<ApiAnswer> {
    const path = text(request.query.get('path'), 'path');
    const object = await this.objectAt(path);
    if (object === null) {
      throw gone(path);
    }
    return { status: 200, body: object };
  }

  private async objectAt(path: string): Promise<object | null> {
    if (await this.isNotebook(path)) {
      return { path, object_type: 'NOTEBOOK', language: 'PYTHON', object_id: 2 };
    }
    const kind = await kindOf(this.onDisk(path));
    return kind === null ? null : { path, object_type: kind === 'file' ? 'FILE' : 'DIRECTORY', object_id: 3 };
  }

  private async listWorkspace(request: ApiRequest): Promise<ApiAnswer> {
    const path = text(request.query.get('path'), 'path');
    const names = new Set<string>();
    for (const [folder, strip] of [
      [this.onDisk(path), false],
      [this.notebookOnDisk(path).replace(/\.py$/, ''), true],
    ] as const) {
      for (const name of (await kindOf(folder)) === 'folder' ? await readdir(folder) : []) {
        names.add(strip ? name.replace(/\.py$/, '') : name);
      }
    }
    if (names.size === 0 && (await kindOf(this.onDisk(path))) === null) {
      throw gone(path);
    }
    const objects = await Promise.all([...names].sort().map((name) => this.objectAt(posix.join(path, name))));
    const found = objects.filter((object) => object !== null);
    return { status: 200, body: found.length === 0 ? {} : { objects: found } };
  }

  private async deleteObject(request: ApiRequest): Promise<ApiAnswer> {
    const path = text(json(request)['path'], 'path');
    const target = (await this.isNotebook(path)) ? this.notebookOnDisk(path) : this.onDisk(path);
    if ((await kindOf(target)) === null) {
      throw gone(path);
    }
    await rm(target, { recursive: json(request)['recursive'] === true, force: false });
    return { status: 200, body: {} };
  }

  private async putFile(request: ApiRequest): Promise<ApiAnswer> {
    const path = below(request, '/api/2.0/fs/files');
    const disk = this.onDisk(path);
    if (request.query.get('overwrite') === 'false' && (await kindOf(disk)) !== null) {
      throw new ApiError(409, 'ALREADY_EXISTS', `The file ${path} already exists.`);
    }
    await this.mustBeInVolume(path);
    await mkdir(dirname(disk), { recursive: true });
    await writeFile(disk, request.body);
    return { status: 204 };
  }

  private async getFile(request: ApiRequest): Promise<ApiAnswer> {
    const path = below(request, '/api/2.0/fs/files');
    const disk = this.onDisk(path);
    if ((await kindOf(disk)) !== 'file') {
      throw new ApiError(404, 'NOT_FOUND', `The file ${path} does not exist.`);
    }
    const bytes = await readFile(disk);
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    return range === null
      ? { status: 200, bytes, headers: { 'content-type': 'application/octet-stream' } }
      : { status: 206, bytes: bytes.subarray(Number(range[1]), Number(range[2]) + 1) };
  }

  private async deleteFile(request: ApiRequest): Promise<ApiAnswer> {
    const path = below(request, '/api/2.0/fs/files');
    if ((await kindOf(this.onDisk(path))) !== 'file') {
      throw new ApiError(404, 'NOT_FOUND', `The file ${path} does not exist.`);
    }
    await rm(this.onDisk(path));
    return { status: 204 };
  }

  private async putFolder(request: ApiRequest): Promise<ApiAnswer> {
    const path = below(request, '/api/2.0/fs/directories');
    await this.mustBeInVolume(path);
    await mkdir(this.onDisk(path), { recursive: true });
    return { status: 204 };
  }

  private async headFolder(request: ApiRequest): Promise<ApiAnswer> {
    const path = below(request, '/api/2.0/fs/directories');
    return { status: (await kindOf(this.onDisk(path))) === 'folder' ? 200 : 404 };
  }

  private async listFolder(request: ApiRequest): Promise<ApiAnswer> {
    const path = below(request, '/api/2.0/fs/directories');
    const disk = this.onDisk(path);
    if ((await kindOf(disk)) !== 'folder') {
      throw new ApiError(404, 'NOT_FOUND', `The directory being accessed is not found: ${path}`);
    }
    const size = Math.min(Number(request.query.get('page_size') ?? 1000), 1000);
    const { items, next } = pageOf((await readdir(disk)).sort(), request.query.get('page_token'), size);
    const contents = await Promise.all(
      items.map(async (name) => {
        const info = await stat(join(disk, name));
        return {
          name,
          path: posix.join(path, name),
          is_directory: info.isDirectory(),
          file_size: info.size,
          last_modified: Math.trunc(info.mtimeMs),
        };
      }),
    );
    return { status: 200, body: { contents, ...(next === undefined ? {} : { next_page_token: next }) } };
  }

  /** A volume is made by SQL or its own API; here it is a folder that must be there. */
  private async mustBeInVolume(path: string): Promise<void> {
    const volume = path.split('/').slice(0, 5).join('/');
    if ((await kindOf(this.onDisk(volume))) !== 'folder') {
      throw new ApiError(404, 'NOT_FOUND', `Volume '${volume.split('/').slice(2).join('.')}' does not exist.`);
    }
  }
}

function gone(path: string): ApiError {
  return new ApiError(404, 'RESOURCE_DOES_NOT_EXIST', `Path (${path}) doesn't exist.`);
}

function below(request: ApiRequest, prefix: string): string {
  return decodeURIComponent(request.path.slice(prefix.length));
}

async function kindOf(path: string): Promise<'file' | 'folder' | null> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch {
    return null;
  }
}
