/** The pages with what their buttons do, and what is picked for them. A bundle of its own, loaded with the first page. */
import { Uri } from 'vscode';
import { openedFolders } from '../platform/environment';
import { KeptFiles } from '../platform/keptFiles';
import { createPages, type Pages } from '../views/pages';
import { assessmentActions } from './assessCommands';
import { historyActions } from './historyActions';
import type { LazyPages, PagesContext } from './lazyPages';
import { compareActions, failuresActions } from './pageActions';

export { assessmentRequest } from './assessCommands';
export { twoAttempts } from './pageActions';

/** Assessments kept for pages that a reload brings back; no window has more pages open. */
const ASSESSMENTS_KEPT = 10;

export function openPages(context: PagesContext, history: LazyPages): Pages {
  const { extensionUri, storage, sessions, converter, notifier, log } = context;
  const services = { sessions, notifier, log, history };
  const kept = new KeptFiles(Uri.joinPath(storage, 'assessments'), ASSESSMENTS_KEPT);
  return createPages({
    extensionUri,
    source: sessions,
    history: historyActions(services),
    compare: compareActions(services),
    failures: failuresActions(services),
    assessment: assessmentActions({ sessions, converter, kept, log }),
    folders: () => openedFolders().map(({ path }) => path),
    log: (message, error) => log.warn(message, error),
  });
}
