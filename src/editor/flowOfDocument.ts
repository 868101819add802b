/** Which registered flow a document or a group in it is. */
import { Uri } from 'vscode';
import type { TextDocument } from 'vscode';
import { splitFlowPath } from '../flows/flowPath';
import type { FlowView } from '../flows/flowsModel';
import { groupsAreFlows } from '../nifi/document/model';
import type { FlowDocument, Group } from '../nifi/document/model';
import { pathInVolume } from '../platform/databricks';
import type { Session } from '../platform/session';
import type { Settings } from '../platform/settings';
import { sourcePath } from './flowDocuments';

/** Where a document's flow is registered: its own path, or the one that it has or would get in the volume. */
function registeredPath(session: Session, settings: Settings, document: TextDocument): string | null {
  const path = sourcePath(document.uri);
  return path === null || session.workspace.kind === 'local'
    ? path
    : Uri.file(pathInVolume(settings.get('volumePath'), Uri.file(path))).fsPath;
}

/** The flows of a document by their group's id; the empty id stands for the whole file. */
export function flowsOfDocument(
  session: Session,
  settings: Settings,
  document: TextDocument,
): ReadonlyMap<string, FlowView> {
  const path = registeredPath(session, settings, document);
  const found = new Map<string, FlowView>();
  if (path === null) return found;
  for (const flow of session.model.flows()) {
    // Cheap first: a window may show ten thousand flows.
    if (!flow.nifiXmlPath.includes(baseName(path))) continue;
    const { file, group } = splitFlowPath(flow.nifiXmlPath);
    // Spelled as VS Code spells paths.
    if (Uri.file(file).fsPath === path) found.set(group, flow);
  }
  return found;
}

function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

/** The group id by which a part's flow is registered: its top-level group's in an instance file, else none. */
export function flowGroupOf(document: FlowDocument, group: number): string {
  if (!groupsAreFlows(document)) return '';
  let one: Group | undefined = document.groups[group];
  while (one !== undefined && one.depth > 1) one = document.groups[one.group];
  return one?.id ?? '';
}
