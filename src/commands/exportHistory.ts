/** History as a file: the attempts of some flows, or of all that this window shows. */
import { l10n, Uri, window, workspace } from 'vscode';
import type { QuickPickItem } from 'vscode';
import * as z from 'zod/mini';
import { AcceleratorError } from '../flows/errors';
import { historyToCsv, historyToJson } from '../flows/export';
import type { Session } from '../platform/session';
import { formatCount } from '../views/format';
import { flowById } from './picks';

/** Rows of an export. */
const EXPORT_LIMIT = 100_000;

const EXPORT_FORMATS = { csv: historyToCsv, json: historyToJson } as const;
type ExportFormat = keyof typeof EXPORT_FORMATS;

const formatSchema = z.object({ format: z.enum(['csv', 'json']) });

/** The format that a call names; null: the person is asked. */
export function exportFormatOf(args: readonly unknown[]): ExportFormat | null {
  for (const value of args) {
    const named = z.safeParse(formatSchema, value);
    if (named.success) {
      return named.data.format;
    }
  }
  return null;
}

/** Writes the attempts of some flows, or of all that this window shows, to a file of the person's choice. */
export async function exportHistory(
  session: Session,
  flowIds: readonly string[],
  wanted: ExportFormat | null,
  signal: AbortSignal,
): Promise<void> {
  const format = wanted ?? (await pickFormat());
  const flows = flowIds.map((flowId) => flowById(session, flowId));
  const ids = flows.length > 0 ? flowIds : session.model.flows().map((flow) => flow.flowId);
  const attempts = await session.workspace.store.attempts({ limit: EXPORT_LIMIT, flowIds: ids }, signal);
  if (attempts.length === 0) {
    throw new AcceleratorError('notFound', l10n.t('There is no history to export yet.'));
  }
  const [only] = flows;
  const name = `${flows.length === 1 && only !== undefined ? only.flowId : 'nifi-conversion'}-history.${format}`;
  const folder = workspace.workspaceFolders?.[0]?.uri;
  const target = await window.showSaveDialog({
    title: l10n.t('Export History'),
    saveLabel: l10n.t('Export'),
    ...(folder === undefined ? {} : { defaultUri: Uri.joinPath(folder, name) }),
    filters: format === 'csv' ? { CSV: ['csv'] } : { JSON: ['json'] },
  });
  if (target === undefined) {
    throw new AcceleratorError('cancelled', 'No file was chosen.');
  }
  await workspace.fs.writeFile(target, new TextEncoder().encode(EXPORT_FORMATS[format](attempts)));
  const open = l10n.t('Open File');
  const answer = await window.showInformationMessage(
    l10n.t('{0} exported to {1}.', formatCount(attempts.length, 'attempt'), workspace.asRelativePath(target)),
    open,
  );
  if (answer === open) {
    await window.showTextDocument(target);
  }
}

async function pickFormat(): Promise<ExportFormat> {
  const items: readonly (QuickPickItem & { readonly format: ExportFormat })[] = [
    { label: 'CSV', description: l10n.t('for spreadsheets'), format: 'csv' },
    { label: 'JSON', description: l10n.t('for programs'), format: 'json' },
  ];
  const picked = await window.showQuickPick(items, { title: l10n.t('Export History') });
  if (picked === undefined) {
    throw new AcceleratorError('cancelled', 'No format was chosen.');
  }
  return picked.format;
}
