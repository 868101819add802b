/** What runs on the cluster, in the workspace: the agents, the notebook that populates, and the converter package beside. */
import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';

import { AcceleratorError } from '../../../flows/errors';
import { mapParallel } from '../../../flows/parallel';
import type { WorkspaceFiles } from '../workspaceFiles';

export const REAL_AGENT = 'nifi_conversion_agent';
export const DUMMY_AGENT = 'nifi_conversion_dummy_agent';
export const POPULATE_NOTEBOOK = 'populate_flows_from_volume';
/** Notes what was uploaded last, so that a second upload of the same changes nothing. */
const NOTE = 'nifi_converter/_uploaded.json';
const UPLOADS_AT_A_TIME = 8;

interface Shipped {
  /** Path below the agents' folder; a notebook's without `.py`. */
  readonly name: string;
  readonly content: Buffer;
  readonly notebook: boolean;
}

/** Reads what the extension ships. @param extension its folder */
async function shipped(extension: string): Promise<readonly Shipped[]> {
  const all = await Promise.all(
    ['notebooks', 'setup'].map(async (part) => {
      const folder = join(extension, part);
      const names = (await readdir(folder, { recursive: true }))
        .map((name) => name.replaceAll('\\', '/'))
        .filter((name) => /\.(py|json|gz)$/.test(name) && !name.includes('__pycache__'))
        .sort();
      return Promise.all(
        names.map(async (name) => {
          const notebook = !name.includes('/') && name.endsWith('.py');
          return { name: notebook ? name.slice(0, -3) : name, content: await readFile(join(folder, name)), notebook };
        }),
      );
    }),
  );
  return all.flat();
}

function digestOf(files: readonly Shipped[]): string {
  const hash = createHash('sha256');
  for (const { name, content } of files) hash.update(`${name}\0${content.length}\0`).update(content);
  return hash.digest('hex');
}

/** Whether the agents lie there as this version ships them. */
export async function agentsAreThere(
  files: WorkspaceFiles,
  extension: string,
  target: string,
  signal: AbortSignal,
): Promise<boolean> {
  return upToDate(files, digestOf(await shipped(extension)), target, signal);
}

async function upToDate(files: WorkspaceFiles, digest: string, target: string, signal: AbortSignal): Promise<boolean> {
  try {
    const note: unknown = JSON.parse((await files.read(posix.join(target, NOTE), signal)).toString('utf8'));
    if (typeof note !== 'object' || note === null || !('sha256' in note) || note.sha256 !== digest) return false;
  } catch (error) {
    if (AcceleratorError.is(error, 'notFound') || error instanceof SyntaxError) return false;
    throw error;
  }
  const found = await Promise.all(
    [REAL_AGENT, DUMMY_AGENT, POPULATE_NOTEBOOK].map((name) => files.status(posix.join(target, name), signal)),
  );
  return found.every((one) => one?.object_type === 'NOTEBOOK');
}

/**
 * Uploads what is not there as this version ships it. The note is written last: an upload that was cut off is done again.
 * @param extension the extension's folder
 * @param target folder in the workspace
 * @returns whether anything was written
 */
export async function uploadAgents(
  files: WorkspaceFiles,
  extension: string,
  target: string,
  report: (done: number, total: number) => void,
  signal: AbortSignal,
): Promise<boolean> {
  const all = await shipped(extension);
  if (!all.some(({ name }) => name === REAL_AGENT)) {
    throw new AcceleratorError('agentMissing', `The extension has no agent in ${extension}. Install it again.`);
  }
  const digest = digestOf(all);
  if (await upToDate(files, digest, target, signal)) return false;
  for (const parent of new Set(all.map(({ name }) => posix.dirname(posix.join(target, name))))) {
    await files.makeFolder(parent, signal);
  }
  let done = 0;
  await mapParallel(all, UPLOADS_AT_A_TIME, async ({ name, content, notebook }) => {
    const path = posix.join(target, name);
    await (notebook ? files.importNotebook(path, content, signal) : files.importFile(path, content, signal));
    report((done += 1), all.length);
  });
  await files.importFile(posix.join(target, NOTE), Buffer.from(JSON.stringify({ sha256: digest })), signal);
  return true;
}

/** Where the agents belong: the folder of the one that the settings name, or the shared one where they name none. */
export function agentsFolder(agentNotebookPath: string): string {
  return agentNotebookPath.startsWith('/') ? posix.dirname(agentNotebookPath) : '/Workspace/Shared';
}

/** Where the package lies for a job: a cluster sees the workspace below `/Workspace`. */
export function packageFolder(agentNotebookPath: string): string {
  const folder = posix.dirname(agentNotebookPath);
  return folder.startsWith('/Workspace/') || folder === '/Workspace' ? folder : `/Workspace${folder}`;
}
