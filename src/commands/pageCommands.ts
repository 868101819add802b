/** The pages beside the history: two attempts compared, failures by cause, the assessment of an estate. */
import { window } from 'vscode';
import type { Uri, WebviewPanel } from 'vscode';
import type { Disposable } from '../flows/event';
import { RESTORED_WEBVIEWS } from '../platform/contributions';
import { openedFolders } from '../platform/environment';
import { DisposableStore } from '../platform/lifecycle';
import type { Log } from '../platform/log';
import type { Pages } from '../views/pages';
import type { CommandRegistry } from './registry';
import type { CommandServices, ConverterFinder } from './services';

/** Registers the commands that open pages, and takes over pages that a reload brought back. */
export function registerPageCommands(
  registry: CommandRegistry,
  services: CommandServices,
  { extensionUri, converter }: { readonly extensionUri: Uri; readonly converter: ConverterFinder },
  log: Log,
): Disposable {
  const { sessions } = services;
  const resources = new DisposableStore();
  let loading: Promise<Pages> | undefined;
  const open = async (): Promise<Pages> => {
    const [{ createPages }, actions] = await Promise.all([import('../views/pages'), import('./pageActions')]);
    return resources.add(
      createPages({
        extensionUri,
        source: sessions,
        compare: actions.compareActions(services),
        failures: actions.failuresActions(services),
        assessment: actions.assessmentActions(converter, log),
        folders: () => openedFolders().map(({ path }) => path),
        log: (message, error) => log.warn(message, error),
      }),
    );
  };
  const pages = (): Promise<Pages> => (loading ??= open());
  for (const type of RESTORED_WEBVIEWS) {
    resources.add(
      window.registerWebviewPanelSerializer(type, {
        deserializeWebviewPanel: async (panel: WebviewPanel, saved: unknown) => {
          (await pages()).restore(type, panel, saved);
        },
      }),
    );
  }

  registry.register('compareAttempts', async (args, signal) => {
    const session = await sessions.get();
    const { twoAttempts } = await import('./pageActions');
    const [older, newer] = await twoAttempts(session, args, signal);
    (await pages()).compare({ left: older.attemptId, right: newer.attemptId });
  });

  registry.register('showFailures', async () => (await pages()).failures());

  registry.register('assessEstate', async (args) => {
    const { assessmentRequest } = await import('./pageActions');
    const request = await assessmentRequest(sessions, args);
    (await pages()).assess(request);
  });

  return resources;
}
