/** What is done with attempts that exist: looking at them, their notebooks, their logs, and taking their history along. */
import { commands, l10n, Range, ThemeIcon, Uri, ViewColumn, window, workspace } from 'vscode';
import type { QuickPickItem, TextDocument, TextEditor } from 'vscode';
import { AcceleratorError } from '../flows/errors';
import { splitFlowPath } from '../flows/flowPath';
import type { FlowView } from '../flows/flowsModel';
import type { Attempt } from '../flows/model';
import { COMMANDS } from '../platform/contributions';
import type { Session } from '../platform/session';
import { attemptDisplay, attemptLook, flowTitle, formatRelative, notebookName } from '../views/format';
import type { NotebookReference } from '../views/historyPanel/actions';
import { exportFormatOf, exportHistory } from './exportHistory';
import { flowById, pickFlow } from './picks';
import type { CommandRegistry } from './registry';
import type { RunLogs } from './runLogs';
import type { CommandServices } from './services';
import { flowIdsOf, targetsOf } from './targets';
import type { Target } from './targets';

/** Attempts offered in a pick list. */
const PICK_LIMIT = 50;

export function registerAttemptCommands(registry: CommandRegistry, services: CommandServices, logs: RunLogs): void {
  const { sessions, history, statusBar } = services;

  registry.register('viewAllAttempts', async (args) => {
    const session = await sessions.get();
    const target = targetsOf(args)[0] ?? (await targetOfEditor(session, args[0]));
    const flow =
      target === undefined
        ? await pickFlow(session, l10n.t('View All Attempts'), () => true, l10n.t('No flows are known here yet.'))
        : flowById(session, target.flowId);
    statusBar.clearFailures();
    await history.show(flow.flowId, target?.attemptId);
  });

  registry.register('openNotebook', async (args, signal) => {
    const session = await sessions.get();
    const [target] = targetsOf(args);
    const { name, paths } = await notebooksOf(session, target, signal);
    const path = paths.length === 1 ? paths[0] : await pickNotebook(name, paths);
    if (path !== undefined) {
      await openNotebook(services, { path, paths, beside: false }, signal);
    }
  });

  registry.register('openRunLog', async (args, signal) => {
    const session = await sessions.get();
    const [target] = targetsOf(args);
    const attempt = await attemptOf(session, target, signal);
    const flow = session.model.flow(attempt.flowId);
    await logs.open(attempt, flow === null ? attempt.flowId : flowTitle(flow));
  });

  registry.register('showFlowSource', async (args) => {
    const session = await sessions.get();
    const [target] = targetsOf(args);
    const flow =
      target === undefined
        ? await pickFlow(
            session,
            l10n.t('Show Flow Source'),
            (one) => one.source.exists,
            l10n.t('No flow has a file that can be opened.'),
          )
        : flowById(session, target.flowId);
    await openSource(session, flow);
  });

  registry.register('exportHistory', async (args, signal) => {
    const session = await sessions.get();
    await exportHistory(session, flowIdsOf(targetsOf(args)), exportFormatOf(args), signal);
  });
}

/** The flow whose file a command was called on, from the editor's title; picked where the file holds several. */
async function targetOfEditor(session: Session, argument: unknown): Promise<Target | undefined> {
  if (!(argument instanceof Uri)) {
    return undefined;
  }
  const isOfFile = (one: FlowView): boolean => Uri.file(splitFlowPath(one.nifiXmlPath).file).fsPath === argument.fsPath;
  const [flow, second] = session.model.flows().filter(isOfFile);
  if (second !== undefined) {
    const none = l10n.t('No flows are known here yet.');
    return { flowId: (await pickFlow(session, l10n.t('View All Attempts'), isOfFile, none)).flowId };
  }
  if (flow === undefined) {
    throw new AcceleratorError(
      'flowNotRegistered',
      l10n.t('This file is not among the flows yet: {0}', workspace.asRelativePath(argument)),
      { mend: 'populateFlows' },
    );
  }
  return { flowId: flow.flowId };
}

/**
 * Opens a flow's file, at a line (from 1) where one is named; one that lies on Databricks is fetched and shown read-only.
 * Throws `flowFileMissing` where it is gone.
 */
export async function openSource(
  { workspace: place }: Session,
  flow: FlowView,
  line: number | null = null,
): Promise<void> {
  const path = splitFlowPath(flow.nifiXmlPath).file;
  if (place.kind === 'databricks') {
    await commands.executeCommand(COMMANDS.openFlow, { workspaceFile: path });
    return;
  }
  if (/\.gz$/i.test(path) && flow.source.exists) {
    // Packed bytes show nothing: the text in them does.
    await commands.executeCommand(COMMANDS.openFlow, Uri.file(path));
    return;
  }
  const at = line === null ? {} : { selection: new Range(line - 1, 0, line - 1, 0) };
  try {
    await window.showTextDocument(Uri.file(path), { preview: true, ...at });
  } catch (cause) {
    if (flow.source.exists) {
      throw new AcceleratorError('notFound', l10n.t('The file could not be opened: {0}', path), { cause });
    }
    throw new AcceleratorError('flowFileMissing', l10n.t('The file of {0} was not found: {1}', flowTitle(flow), path), {
      cause,
      mend: 'populateFlows',
    });
  }
}

async function notebooksOf(
  session: Session,
  target: Target | undefined,
  signal: AbortSignal,
): Promise<{ readonly name: string; readonly paths: readonly string[] }> {
  if (target?.attemptId !== undefined) {
    const attempt = await attemptOf(session, target, signal);
    const name = l10n.t('attempt {0}', attempt.attemptNumber);
    return { name, paths: some(attempt.generatedNotebooks, name) };
  }
  const flow =
    target === undefined
      ? await pickFlow(
          session,
          l10n.t('Open Generated Notebook'),
          (one) => one.generatedNotebooks.length > 0,
          l10n.t('No flow has notebooks yet.'),
        )
      : flowById(session, target.flowId);
  const title = flowTitle(flow);
  if (flow.generatedNotebooks.length > 0) {
    return { name: title, paths: flow.generatedNotebooks };
  }
  // A run may have ended a moment ago, before the view heard of it.
  await session.model.refresh(signal);
  return { name: title, paths: some(flowById(session, flow.flowId).generatedNotebooks, title) };
}

function some(paths: readonly string[], name: string): readonly string[] {
  if (paths.length === 0) {
    throw new AcceleratorError('notFound', l10n.t('There are no notebooks of {0}.', name), { mend: 'viewHistory' });
  }
  return paths;
}

async function pickNotebook(name: string, paths: readonly string[]): Promise<string | undefined> {
  const items = paths.map((path) => ({
    label: notebookName(path),
    description: path,
    iconPath: new ThemeIcon('notebook'),
    path,
  }));
  const picked = await window.showQuickPick(items, {
    title: l10n.t('Notebooks of {0}', name),
    placeHolder: l10n.t('Choose a notebook'),
    matchOnDescription: true,
  });
  return picked?.path;
}

/** A notebook as a document: the file itself on this computer, its text where it lies elsewhere. */
async function notebookDocument(session: Session, path: string, signal: AbortSignal): Promise<TextDocument> {
  if (session.workspace.kind !== 'local') {
    const content = await session.workspace.notebooks.readText(path, signal);
    return workspace.openTextDocument({ content, language: path.endsWith('.json') ? 'json' : 'python' });
  }
  try {
    return await workspace.openTextDocument(Uri.file(path));
  } catch (cause) {
    throw new AcceleratorError('notFound', l10n.t('The notebook is no longer there: {0}', path), { cause });
  }
}

export type NotebookServices = Pick<CommandServices, 'sessions' | 'notifier' | 'log'>;

export interface NotebookToOpen {
  readonly path: string;
  /** All that its attempt wrote. */
  readonly paths: readonly string[];
  readonly beside: boolean;
}

/** Opens a notebook; offers to make one of a file that should be one. Throws `notFound` where it is gone. */
export async function openNotebook(
  services: NotebookServices,
  { path, paths, beside }: NotebookToOpen,
  signal: AbortSignal,
): Promise<void> {
  const session = await services.sessions.get();
  await showNotebook(session, path, beside, signal);
  const { imports } = session.workspace.notebooks;
  if (imports !== undefined) {
    const { offerImport } = await import('./databricks/actions');
    await offerImport(services, imports, { path, paths }, signal);
  }
}

/** The same, with the editor that shows it. */
export async function showNotebook(
  session: Session,
  path: string,
  beside: boolean,
  signal: AbortSignal,
): Promise<TextEditor> {
  const document = await notebookDocument(session, path, signal);
  return window.showTextDocument(document, {
    preview: true,
    viewColumn: beside ? ViewColumn.Beside : ViewColumn.Active,
  });
}

/** One notebook of two attempts side by side, the older one left. */
export function diffNotebooks(
  session: Session,
  older: NotebookReference,
  newer: NotebookReference,
  signal: AbortSignal,
): Promise<void> {
  return diffFiles(session, older, newer, notebookName(newer.path), signal);
}

/** Any two files of attempts' output. */
export async function diffFiles(
  session: Session,
  older: NotebookReference,
  newer: NotebookReference,
  name: string,
  signal: AbortSignal,
): Promise<void> {
  const [left, right] = await Promise.all([
    notebookDocument(session, older.path, signal),
    notebookDocument(session, newer.path, signal),
  ]);
  const title = l10n.t('{0}: attempt {1} and {2}', name, older.attempt.attemptNumber, newer.attempt.attemptNumber);
  await commands.executeCommand('vscode.diff', left.uri, right.uri, title, { preview: true });
}

/** The attempt that is meant: the one named, or one picked of the flow's. */
async function attemptOf(session: Session, target: Target | undefined, signal: AbortSignal): Promise<Attempt> {
  if (target?.attemptId !== undefined) {
    const [attempt] = await session.workspace.store.getAttempts([target.attemptId], signal);
    if (attempt === undefined) {
      throw new AcceleratorError('notFound', l10n.t('The attempt {0} is not in the history.', target.attemptId));
    }
    return attempt;
  }
  const flow =
    target === undefined
      ? await pickFlow(
          session,
          l10n.t('Choose a Flow'),
          (one) => one.totalAttempts > 0,
          l10n.t('No flow was attempted yet.'),
        )
      : flowById(session, target.flowId);
  const attempts = await session.model.history(flow.flowId, { limit: PICK_LIMIT }, signal);
  const [only] = attempts;
  if (only !== undefined && attempts.length === 1) {
    return only;
  }
  const now = new Date();
  const items: (QuickPickItem & { readonly attempt: Attempt })[] = attempts.map((attempt) => {
    const look = attemptLook(attemptDisplay(attempt.status, attempt.live));
    return {
      attempt,
      label: `#${attempt.attemptNumber} ${look.label}`,
      iconPath: new ThemeIcon(look.icon),
      description: formatRelative(attempt.completedAt ?? attempt.startedAt, now),
    };
  });
  const picked = await window.showQuickPick(items, {
    title: flowTitle(flow),
    placeHolder: l10n.t('Choose an attempt'),
  });
  if (picked === undefined) {
    throw new AcceleratorError('cancelled', 'No attempt was picked.');
  }
  return picked.attempt;
}
