/** Composition root: builds the objects and registers the features, one a line. Nothing is read here but one flag. */
import { l10n, window } from 'vscode';
import type { ExtensionContext } from 'vscode';
import { createApi } from './api';
import type { AcceleratorApi, ApiServices } from './api';
import { registerAttemptCommands } from './commands/attemptCommands';
import { assertTrusted, registerConversionCommands } from './commands/conversionCommands';
import { historyActions } from './commands/historyActions';
import { CommandRegistry } from './commands/registry';
import { RunLogs } from './commands/runLogs';
import type { CommandServices } from './commands/services';
import { registerTreeCommands } from './commands/treeCommands';
import { registerWorkspaceCommands } from './commands/workspaceCommands';
import { AcceleratorError } from './flows/errors';
import type { Workspace, WorkspaceKind } from './flows/workspace';
import { ContextKeys } from './platform/contextKeys';
import {
  localSettings,
  onDidChangeSources,
  openedFolders,
  pythonExtensionChoice,
  userName,
} from './platform/environment';
import { LogChannel } from './platform/log';
import type { Log } from './platform/log';
import { Notifier } from './platform/notifications';
import { Sessions } from './platform/session';
import { Settings } from './platform/settings';
import { registerEditorFlowKey } from './views/editorFlowKey';
import { EndNotices } from './views/endNotices';
import { FlowsView } from './views/flowsTree/flowsView';
import { HistoryPanels } from './views/historyPanel/historyPanels';
import { RunStatusBar } from './views/runStatusBar';
import { WORKSPACE_FACTORIES } from './workspaces/loaders';

export type { AcceleratorApi } from './api';

let shutDown: (() => Promise<void>) | undefined;

/** Called by VS Code; the result is what other extensions get. */
export function activate(context: ExtensionContext): AcceleratorApi {
  const own = <T extends { dispose(): void }>(item: T): T => {
    context.subscriptions.push(item);
    return item;
  };
  const channel = own(new LogChannel());
  const settings = own(new Settings());
  const contextKeys = new ContextKeys();
  const notifier = new Notifier(channel.component('messages'));
  const workspaceLog = channel.component('workspace');
  const sessions = own(
    new Sessions({
      settings,
      log: channel.component('session'),
      openWorkspace: (kind) => openWorkspace(kind, context, settings, workspaceLog),
    }),
  );
  shutDown = () => sessions.shutDown();
  const state = context.workspaceState;
  const flowsView = own(new FlowsView({ sessions, settings, contextKeys, state, log: channel.component('tree') }));
  const statusBar = own(new RunStatusBar(sessions, state));
  const history = own(
    new HistoryPanels({
      extensionUri: context.extensionUri,
      source: sessions,
      actions: historyActions({ sessions }),
      log: (message, error) => channel.component('history').warn(message, error),
    }),
  );
  const endNotices = own(
    new EndNotices({
      sessions,
      settings,
      notifier,
      state,
      log: channel.component('messages'),
      isShowing: (flowId) => history.isShowing(flowId),
    }),
  );
  const log = channel.component('commands');
  const showLog = (): void => channel.show();
  const services: CommandServices = {
    sessions,
    settings,
    notifier,
    log,
    showLog,
    flowsView,
    statusBar,
    endNotices,
    history,
  };
  const registry = own(new CommandRegistry(log, notifier));
  registerConversionCommands(registry, services);
  registerAttemptCommands(registry, services, own(new RunLogs(sessions)));
  registerTreeCommands(registry, services);
  registerWorkspaceCommands(registry, services);
  own(registerEditorFlowKey(contextKeys));
  own(window.onDidChangeWindowState(({ focused }) => sessions.setFocused(focused)));
  if (statusBar.wasActive) {
    // Runs were active when the window closed: follow them again.
    sessions.reopen();
  }
  return createApi(async () => apiServices(sessions), assertTrusted);
}

/** Called by VS Code, which waits for it: ends of runs that were seen are written where that wakes nothing. */
export async function deactivate(): Promise<void> {
  await shutDown?.();
}

async function apiServices(sessions: Sessions): Promise<ApiServices> {
  const { model, conversions, workspace: place } = await sessions.get();
  return { model, conversions, checkCanStart: (signal) => place.checkCanStart(signal) };
}

/** Opens the place that a setting names. Throws `notAvailable` where this version cannot run there. */
async function openWorkspace(
  kind: WorkspaceKind,
  context: ExtensionContext,
  settings: Settings,
  log: Log,
): Promise<Workspace> {
  const factory = WORKSPACE_FACTORIES[kind];
  if (factory === null) {
    throw new AcceleratorError(
      'notAvailable',
      l10n.t('This version of the extension cannot run conversions on Databricks. It can run them on this computer.'),
      { mend: 'chooseWorkspace' },
    );
  }
  return factory({
    storagePath: context.globalStorageUri.fsPath,
    extensionPath: context.extensionPath,
    folders: openedFolders,
    onDidChangeSources,
    settings: () => localSettings(settings),
    pythonCandidates: () => pythonExtensionChoice(log),
    user: userName(),
    log: (message, error) => {
      if (error === undefined) {
        log.info(message);
      } else {
        log.warn(message, error);
      }
    },
  });
}
