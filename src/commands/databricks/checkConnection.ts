/** The connection's report, made and shown. */
import { l10n } from 'vscode';
import { withLateProgress } from '../../platform/progress';
import type { CommandServices } from '../services';
import { withAdministration } from './administration';
import { ConnectionReport } from './connectionReport';

let report: ConnectionReport | undefined;

/** Looks at everything and shows a row for each; a place that failed to open is tried anew, since it may work by now. */
export async function checkConnection(
  { databricks, sessions, own }: CommandServices,
  signal: AbortSignal,
): Promise<void> {
  const rows = await withLateProgress(l10n.t('Checking the connection'), signal, (_report, cancelled) =>
    withAdministration({ databricks }, (administration) => administration.check(cancelled)),
  );
  if (sessions.failure !== undefined && rows.every((row) => row.verdict === 'ok')) {
    sessions.reopen();
  }
  report ??= own(new ConnectionReport());
  await report.show(l10n.t('Databricks connection, {0}', new Date().toISOString()), rows);
}
