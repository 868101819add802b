/** What a workspace needs to know of the window: folders, settings, who the person is, which Python they chose. */
import { userInfo } from 'node:os';
import { extensions, workspace } from 'vscode';
import type { Uri } from 'vscode';
import * as z from 'zod/mini';
import type { Disposable } from '../flows/event';
import { DisposableStore } from './lifecycle';
import type { Log } from './log';
import type { Settings } from './settings';

export interface OpenedFolder {
  readonly path: string;
  readonly name: string;
}

/** The opened folders that lie on a disk. */
export function openedFolders(): readonly OpenedFolder[] {
  return (workspace.workspaceFolders ?? [])
    .filter((folder) => folder.uri.scheme === 'file')
    .map((folder) => ({ path: folder.uri.fsPath, name: folder.name }));
}

/**
 * Tells of files that came, changed or went under the opened folders; null: of the folders themselves. VS Code watches
 * these folders anyway, with the person's own exclusions.
 */
export function onDidChangeSources(listener: (paths: readonly string[] | null) => void): Disposable {
  const disposables = new DisposableStore();
  const watcher = disposables.add(workspace.createFileSystemWatcher('**/*'));
  const tell = (uri: Uri): void => {
    if (uri.scheme === 'file') {
      listener([uri.fsPath]);
    }
  };
  disposables.add(watcher.onDidCreate(tell));
  disposables.add(watcher.onDidChange(tell));
  disposables.add(watcher.onDidDelete(tell));
  disposables.add(workspace.onDidChangeWorkspaceFolders(() => listener(null)));
  return disposables;
}

/** The settings of the local workspace as they are now. */
export function localSettings(settings: Settings): {
  readonly outputPath: string;
  readonly agentPath: string;
  readonly pythonPath: string;
  readonly maxRuns: number;
} {
  return {
    outputPath: settings.get('outputPath'),
    agentPath: settings.get('localAgentPath'),
    pythonPath: settings.get('pythonPath'),
    maxRuns: settings.get('localMaxRuns'),
  };
}

/** The name that goes into `triggered_by`. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // No entry for this user id, as in some containers.
    return 'unknown';
  }
}

const PYTHON_EXTENSION = 'ms-python.python';
/** The part of the Python extension's API that is used; anything else of it may be missing. */
const pythonApiSchema = z.object({
  environments: z.object({
    getActiveEnvironmentPath: z.custom<() => unknown>((value) => typeof value === 'function'),
    resolveEnvironment: z.custom<(environment: unknown) => Promise<unknown>>((value) => typeof value === 'function'),
  }),
});
const resolvedSchema = z.object({ executable: z.object({ uri: z.object({ fsPath: z.string() }) }) });

/**
 * The program that the Python extension would run, if it is installed. Empty in an untrusted folder: an environment may
 * lie in the folder itself, and running it would run what the folder brought.
 */
export async function pythonExtensionChoice(log: Log): Promise<readonly string[]> {
  const extension = extensions.getExtension<unknown>(PYTHON_EXTENSION);
  if (extension === undefined || !workspace.isTrusted) {
    return [];
  }
  try {
    const api = z.safeParse(pythonApiSchema, await extension.activate());
    if (!api.success) {
      return [];
    }
    const { environments } = api.data;
    const resolved = z.safeParse(
      resolvedSchema,
      await environments.resolveEnvironment(environments.getActiveEnvironmentPath()),
    );
    return resolved.success ? [resolved.data.executable.uri.fsPath] : [];
  } catch (error) {
    log.warn("The Python extension's choice could not be read.", error);
    return [];
  }
}
