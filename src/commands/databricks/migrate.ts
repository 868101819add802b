/** The history of an earlier system. */
import { l10n, window } from 'vscode';
import { AcceleratorError } from '../../flows/errors';
import { withLateProgress } from '../../platform/progress';
import type { CommandServices } from '../services';
import { withAdministration } from './administration';

/** Makes history of an earlier system's table, after a yes, and shows what the closing verification counted. */
export async function migrateFlows(services: CommandServices, signal: AbortSignal): Promise<void> {
  const { settings, sessions, log, notifier, showLog } = services;
  const go = l10n.t('Migrate');
  const table = [settings.get('catalog'), settings.get('schema'), settings.get('flowsTable')].join('.');
  const answer = await window.showWarningMessage(
    l10n.t('Make history of what an earlier system recorded in {0}?', table),
    {
      modal: true,
      detail: l10n.t(
        'Every flow that was ever converted gets its row of history. The table of flows is copied first, to {0}. It may be cut off and run again at any time. Run it while no conversion writes. The SQL warehouse is started for it.',
        `${table}_before_history`,
      ),
    },
    go,
  );
  if (answer !== go) {
    throw new AcceleratorError('cancelled', 'The migration was not confirmed.');
  }
  const lines = await withAdministration(services, (administration) =>
    withLateProgress(l10n.t('Migrating'), signal, (report, cancelled) =>
      administration.migrate(
        (statement, of) => report(l10n.t('Step {0} of {1}', statement, of), (100 * (statement - 1)) / of),
        cancelled,
      ),
    ),
  );
  for (const { what, ok, found } of lines) {
    log.info(`${ok ? 'ok' : 'LOOK'}: ${what} (${found})`);
  }
  const session = await sessions.get();
  await session.model.refresh(signal);
  const detail = lines.map(({ what, ok, found }) => `[${ok ? 'ok' : 'wrong'}] ${what}: ${found}`).join('\n');
  if (lines.every(({ ok }) => ok)) {
    await window.showInformationMessage(l10n.t('Migrated and verified.'), { modal: true, detail });
  } else {
    notifier.warn(l10n.t('The migration needs a look: {0}', detail), { title: l10n.t('Show Log'), run: showLog });
  }
}
