/** Generated sources that lie in the workspace as plain files: opened as text there, and no notebook to a job. */
import { l10n } from 'vscode';
import type { NotebookImports } from '../../flows/notebookStore';
import { withLateProgress } from '../../platform/progress';
import { formatCount, notebookName } from '../../views/format';
import type { NotebookServices } from '../attemptCommands';

/**
 * Offers to import a source file as a notebook, and all others of its attempt with it. Says nothing where it is one, and
 * where that cannot be seen: the notebook itself has been opened by then.
 */
export async function offerImport(
  services: NotebookServices,
  imports: NotebookImports,
  { path, paths }: { readonly path: string; readonly paths: readonly string[] },
  signal: AbortSignal,
): Promise<void> {
  const { notifier, log } = services;
  try {
    if ((await imports.target(path, signal)) === null) {
      return;
    }
  } catch (error) {
    log.warn(`Whether ${path} is a notebook could not be seen.`, error);
    return;
  }
  notifier.info(
    l10n.t('{0} lies in the workspace as a plain file, not as a notebook.', notebookName(path)),
    { title: l10n.t('Import as Notebook'), run: () => importAll(services, imports, [path], signal) },
    ...(paths.length < 2
      ? []
      : [
          {
            title: l10n.t('Import All {0}', paths.length),
            run: () => importAll(services, imports, paths, signal),
          },
        ]),
  );
}

async function importAll(
  services: NotebookServices,
  imports: NotebookImports,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { notifier } = services;
  const made: string[] = [];
  try {
    await withLateProgress(l10n.t('Importing notebooks'), signal, async (report, cancelled) => {
      for (const [index, path] of paths.entries()) {
        report(notebookName(path), (100 * index) / paths.length);
        if ((await imports.target(path, cancelled)) !== null) {
          made.push(await imports.import(path, cancelled));
        }
      }
    });
  } catch (error) {
    notifier.error(error, { again: () => importAll(services, imports, paths, signal) });
    return;
  }
  const [first] = made;
  notifier.info(
    made.length === 1 && first !== undefined
      ? l10n.t('Imported as a notebook: {0}', first)
      : l10n.t('{0} imported.', formatCount(made.length, 'notebook')),
  );
}
