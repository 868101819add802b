/**
 * Links into the product: `<scheme>://<extension>/flow/<id>` and `/attempt/<id>`. A link opens a history and starts
 * nothing; it may come from anywhere, so what it asks for is confirmed before a place is opened for it.
 */
import { env, l10n, Uri, window } from 'vscode';
import { AcceleratorError } from '../flows/errors';
import type { Disposable } from '../flows/event';
import { parseLink } from '../flows/links';
import { flowById, pickFlow } from './picks';
import type { CommandRegistry } from './registry';
import type { CommandServices } from './services';
import { targetsOf } from './targets';

/** Takes links that other programs open. */
export function registerLinks(services: CommandServices): Disposable {
  return window.registerUriHandler({
    handleUri: async (uri) => {
      try {
        await open(services, uri);
      } catch (error) {
        services.notifier.error(error);
      }
    },
  });
}

export function registerLinkCommands(
  registry: CommandRegistry,
  { sessions }: CommandServices,
  extension: string,
): void {
  registry.register('copyLink', async (args) => {
    const session = await sessions.get();
    const [target] = targetsOf(args);
    const none = l10n.t('No flows are known here yet.');
    const flow =
      target === undefined
        ? await pickFlow(session, l10n.t('Copy Link'), () => true, none)
        : flowById(session, target.flowId);
    const path = target?.attemptId === undefined ? `/flow/${flow.flowId}` : `/attempt/${target.attemptId}`;
    await env.clipboard.writeText(Uri.from({ scheme: env.uriScheme, authority: extension, path }).toString());
    window.setStatusBarMessage(l10n.t('Link copied'), 3000);
  });
}

async function open({ sessions, history, settings }: CommandServices, uri: Uri): Promise<void> {
  const link = parseLink(uri.path);
  if (link === null) {
    throw new AcceleratorError('notFound', l10n.t('This link leads nowhere here: {0}', uri.path.slice(0, 100)));
  }
  const place = settings.get('runsOn') === 'databricks' ? 'Databricks' : l10n.t('this computer');
  const go = l10n.t('Open');
  const answer = await window.showInformationMessage(
    link.kind === 'flow'
      ? l10n.t('Open the history of flow {0}?', link.id)
      : l10n.t('Open the history of attempt {0}?', link.id),
    { modal: true, detail: l10n.t('A link asks for it. It is read from {0}; nothing is started.', place) },
    go,
  );
  if (answer !== go) {
    return;
  }
  const session = await sessions.get();
  await session.warmedUp;
  if (link.kind === 'flow') {
    await history.show(flowById(session, link.id).flowId);
    return;
  }
  const [attempt] = await session.workspace.store.getAttempts([link.id], new AbortController().signal);
  if (attempt === undefined) {
    throw new AcceleratorError('notFound', l10n.t('The attempt {0} is not in the history here.', link.id));
  }
  await history.show(attempt.flowId, attempt.attemptId);
}
