/** Parts of a registered path: `<file>` or `<file>#<group id>`. */

/** A `#` in the name of a folder is no group's. */
export function splitFlowPath(path: string): { readonly file: string; readonly group: string } {
  const hash = path.lastIndexOf('#');
  const folder = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'));
  return hash <= folder ? { file: path, group: '' } : { file: path.slice(0, hash), group: path.slice(hash + 1) };
}
