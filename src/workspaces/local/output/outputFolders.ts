/** Where attempts write, by the setting and the folder that a flow lies in. */
import { isAbsolute, join } from 'node:path';
import { folderOf } from '../scan/paths';
import type { OpenFolder } from '../options';

export const DEFAULT_OUTPUT = 'nifi-converted';
const FLOW = '{flowId}';
const ATTEMPT = '{attemptId}';

/**
 * The folder of one attempt. A template without the two names gets them at its end, so that an attempt's folder is
 * always its own.
 *
 * @param sourcePath the flow's file; null where that is not known
 * @param otherwise where relative templates start for a flow that lies in no opened folder
 */
export function outputFolderOf(
  template: string,
  ids: { readonly flowId: string; readonly attemptId: string },
  sourcePath: string | null,
  folders: readonly OpenFolder[],
  otherwise: string,
): string {
  let path = template.trim() === '' ? DEFAULT_OUTPUT : template.trim();
  if (!path.includes(ATTEMPT)) path = join(path, ...(path.includes(FLOW) ? [] : [FLOW]), ATTEMPT);
  const filled = path.replaceAll(FLOW, ids.flowId).replaceAll(ATTEMPT, ids.attemptId);
  if (isAbsolute(filled)) return filled;
  const folder = (sourcePath === null ? null : folderOf(sourcePath, folders)) ?? folders[0] ?? null;
  return join(folder?.path ?? otherwise, filled);
}

/** The part of the template's path that all attempts share: what a scan leaves out. Null: none that is certain. */
export function sharedOutputPath(template: string, folder: OpenFolder): string | null {
  const path = template.trim() === '' ? DEFAULT_OUTPUT : template.trim();
  const parts = path.split(/[\\/]/);
  const own = parts.findIndex((part) => part.includes(FLOW) || part.includes(ATTEMPT));
  const shared = (own === -1 ? parts : parts.slice(0, own)).join('/');
  if (shared === '' || shared === '.') return null;
  return isAbsolute(shared) ? shared : join(folder.path, shared);
}
