/** Paths of flow sources: how they are written, and which opened folder they lie in. */
import { existsSync } from 'node:fs';
import type { OpenFolder } from '../options';

/** A path as the tables keep it: forward slashes, and a small drive letter, which VS Code writes either way. */
export function storedPath(path: string): string {
  return path.replaceAll('\\', '/').replace(/^[A-Z]:/, (drive) => drive.toLowerCase());
}

/** The file of a source; `#<group id>` at the end names one group of it, unless a file of just that name exists. */
export function fileOf(source: string): string {
  const at = source.lastIndexOf('#');
  return at === -1 || existsSync(source) ? source : source.slice(0, at);
}

/** The innermost opened folder that holds the path; null where none does. */
export function folderOf(path: string, folders: readonly OpenFolder[]): OpenFolder | null {
  const wanted = storedPath(path);
  return folders.filter((folder) => isUnder(wanted, folder)).sort((a, b) => b.path.length - a.path.length)[0] ?? null;
}

function isUnder(stored: string, folder: OpenFolder): boolean {
  const root = storedPath(folder.path).replace(/\/+$/, '');
  return stored.startsWith(`${root}/`);
}

/** The first folder level under the opened folder; the opened folder's own name for what lies directly in it. */
export function serverOf(path: string, folder: OpenFolder): string {
  const root = storedPath(folder.path).replace(/\/+$/, '');
  const parts = storedPath(path)
    .slice(root.length + 1)
    .split('/');
  return parts.length > 1 ? (parts[0] ?? folder.name) : folder.name;
}
