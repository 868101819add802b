/** Composition root: builds the objects and registers the features, one a line. Nothing is read here but one flag. */
import { window } from 'vscode';
import type { ExtensionContext } from 'vscode';
import { createApi } from './api';
import type { AcceleratorApi, ApiServices } from './api';
import { registerAttemptCommands, showNotebook } from './commands/attemptCommands';
import { assertTrusted, registerConversionCommands } from './commands/conversionCommands';
import { registerDatabricksCommands } from './commands/databricksCommands';
import { registerEditorCommands } from './commands/editorCommands';
import { LazyPages } from './commands/lazyPages';
import { registerLinkCommands, registerLinks } from './commands/links';
import { registerPageCommands } from './commands/pageCommands';
import { CommandRegistry } from './commands/registry';
import { RunLogs } from './commands/runLogs';
import type { CommandServices } from './commands/services';
import { registerTools } from './commands/registerTools';
import { registerTreeCommands } from './commands/treeCommands';
import { registerWorkspaceCommands } from './commands/workspaceCommands';
import { EditorFeatures } from './editor/editorFeatures';
import { ContextKeys } from './platform/contextKeys';
import { TokenStore } from './platform/databricks';
import { LogChannel } from './platform/log';
import { Notifier } from './platform/notifications';
import { Sessions } from './platform/session';
import { Settings } from './platform/settings';
import { converterFinder, databricksAccess, openPlace, type PlaceContext } from './places';
import { registerEditorFlowKey } from './views/editorFlowKey';
import { EndNotices } from './views/endNotices';
import { FlowsView } from './views/flowsTree/flowsView';
import { RunStatusBar } from './views/runStatusBar';

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
  const tokens = new TokenStore(context);
  const place: PlaceContext = { context, settings, tokens, log: channel.component('workspace') };
  const sessions = own(
    new Sessions({
      settings,
      log: channel.component('session'),
      openWorkspace: (kind) => openPlace(kind, place),
    }),
  );
  shutDown = () => sessions.shutDown();
  const state = context.workspaceState;
  const flowsView = own(new FlowsView({ sessions, settings, contextKeys, state, log: channel.component('tree') }));
  const statusBar = own(new RunStatusBar(sessions, state));
  const converter = converterFinder(place);
  const pages = own(
    new LazyPages({
      extensionUri: context.extensionUri,
      storage: context.storageUri ?? context.globalStorageUri,
      sessions,
      converter,
      notifier,
      log: channel.component('pages'),
    }),
  );
  const endNotices = own(
    new EndNotices({
      sessions,
      settings,
      notifier,
      state,
      log: channel.component('messages'),
      isShowing: (flowId) => pages.isShowing(flowId),
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
    history: pages,
    databricks: databricksAccess(place),
    tokens,
    state,
    openLocal: () => openPlace('local', place),
    own,
  };
  const registry = own(new CommandRegistry(log, notifier));
  registerConversionCommands(registry, services);
  registerAttemptCommands(registry, services, own(new RunLogs(sessions)));
  registerPageCommands(registry, sessions, pages);
  registerLinkCommands(registry, services, context.extension.id);
  own(registerLinks(services));
  registerTreeCommands(registry, services);
  registerWorkspaceCommands(registry, services);
  registerDatabricksCommands(registry, services);
  own(registerEditorFlowKey(contextKeys));
  const editor = own(
    new EditorFeatures({
      sessions,
      settings,
      log: channel.component('editor'),
      extensionPath: context.extensionPath,
      converter,
      openNotebook: showNotebook,
    }),
  );
  registerEditorCommands(registry, editor);
  own(window.onDidChangeWindowState(({ focused }) => sessions.setFocused(focused)));
  if (statusBar.wasActive) {
    // Runs were active when the window closed: follow them again.
    sessions.reopen();
  }
  const api = createApi(async () => apiServices(sessions), assertTrusted);
  own(registerTools({ sessions, api, converter, log: channel.component('tools') }));
  return api;
}

/** Called by VS Code, which waits for it: ends of runs that were seen are written where that wakes nothing. */
export async function deactivate(): Promise<void> {
  await shutDown?.();
}

async function apiServices(sessions: Sessions): Promise<ApiServices> {
  const { model, conversions, warmedUp, workspace: place } = await sessions.get();
  return { model, conversions, warmedUp, checkCanStart: (signal) => place.checkCanStart(signal) };
}
