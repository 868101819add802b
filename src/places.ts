/** Opens the places where conversions can run, from what the window knows. */
import type { Workspace, WorkspaceKind } from './flows/workspace';
import type { ConverterProcess } from './nifi/converter/runConverter';
import {
  confirmHost,
  databricksSettings,
  proxySettings,
  warehouseProgress,
  type DatabricksAccess,
  type ExtensionContext,
  type TokenStore,
} from './platform/databricks';
import {
  localSettings,
  onDidChangeSources,
  openedFolders,
  pythonExtensionChoice,
  userName,
} from './platform/environment';
import type { Log } from './platform/log';
import type { Settings } from './platform/settings';
import type { DatabricksWorkspaceOptions } from './workspaces/databricks/databricksWorkspace';
import { loadDatabricksWorkspace, loadLocalWorkspace, WORKSPACE_FACTORIES } from './workspaces/loaders';

export interface PlaceContext {
  readonly context: ExtensionContext;
  readonly settings: Settings;
  readonly tokens: TokenStore;
  readonly log: Log;
}

/** Opens the place that a setting names. */
export async function openPlace(kind: WorkspaceKind, place: PlaceContext): Promise<Workspace> {
  if (kind === 'databricks') {
    await confirmHost(place.context);
    return WORKSPACE_FACTORIES.databricks(databricksOptions(place));
  }
  const { context, settings, log } = place;
  return WORKSPACE_FACTORIES.local({
    storagePath: context.globalStorageUri.fsPath,
    extensionPath: context.extensionPath,
    folders: openedFolders,
    onDidChangeSources,
    settings: () => localSettings(settings),
    pythonCandidates: () => pythonExtensionChoice(log),
    user: userName(),
    log: logLine(log),
  });
}

/** How the shipped converter is run, searched for once for each choice of Python; a failed search is made anew. */
export function converterFinder({
  context,
  settings,
  log,
}: PlaceContext): (signal: AbortSignal) => Promise<ConverterProcess> {
  let found: { readonly pythonPath: string; readonly process: ConverterProcess } | null = null;
  return async (signal) => {
    const { pythonPath } = localSettings(settings);
    if (found?.pythonPath === pythonPath) return found.process;
    const { converterProcess } = await loadLocalWorkspace();
    const process = await converterProcess(
      {
        extensionPath: context.extensionPath,
        storagePath: context.globalStorageUri.fsPath,
        pythonPath,
        pythonCandidates: () => pythonExtensionChoice(log),
      },
      signal,
    );
    found = { pythonPath, process };
    return process;
  };
}

/** What commands do with Databricks beside conversions, loaded with the first use. */
export function databricksAccess(place: PlaceContext): DatabricksAccess {
  return {
    profiles: async () => (await loadDatabricksWorkspace()).signInProfiles(process.env),
    cleanHost: async (text) => (await loadDatabricksWorkspace()).cleanHost(text),
    open: async () => {
      await confirmHost(place.context);
      const { openAdministration } = await loadDatabricksWorkspace();
      return openAdministration({ ...databricksOptions(place), extensionPath: place.context.extensionPath });
    },
  };
}

function databricksOptions({ context, settings, tokens, log }: PlaceContext): DatabricksWorkspaceOptions {
  const manifest: unknown = context.extension.packageJSON;
  const version =
    typeof manifest === 'object' && manifest !== null && 'version' in manifest ? String(manifest.version) : '0.0.0';
  return {
    settings: () => databricksSettings(settings),
    network: proxySettings(),
    env: process.env,
    vault: { token: (host) => tokens.token(host) },
    userAgent: `nifi-accelerator/${version}`,
    onWarehouseState: warehouseProgress(log),
    log: logLine(log),
  };
}

function logLine(log: Log): (message: string, error?: unknown) => void {
  return (message, error) => {
    if (error === undefined) {
      log.info(message);
    } else {
      log.warn(message, error);
    }
  };
}
