/** What the pages beside the history do when something is pressed, and what is picked for them. Loaded with the first page. */
import { commands, env, l10n, Uri, window } from 'vscode';
import type { QuickPickItem } from 'vscode';
import { AcceleratorError } from '../flows/errors';
import type { Attempt } from '../flows/model';
import { COMMANDS } from '../platform/contributions';
import type { Session } from '../platform/session';
import type { CompareActions } from '../views/compare/controller';
import type { FailuresActions } from '../views/failures/controller';
import { attemptDisplay, attemptLook, flowTitle, formatRelative } from '../views/format';
import type { NotebookReference } from '../views/historyPanel/actions';
import { diffFiles, diffNotebooks, openNotebook } from './attemptCommands';
import { flowById, pickFlow, pickFlows } from './picks';
import type { CommandServices } from './services';
import { targetsOf } from './targets';

/** Attempts offered in a pick list. */
const PICK_LIMIT = 100;

type Places = Pick<CommandServices, 'history' | 'sessions' | 'notifier' | 'log'>;

export function failuresActions({ history, sessions }: Places): FailuresActions {
  return {
    retry: async (flowIds) => {
      await commands.executeCommand(
        COMMANDS.retryConversion,
        null,
        flowIds.map((flowId) => ({ flowId })),
      );
    },
    openHistories: async (flowIds) => {
      const [only] = flowIds;
      if (flowIds.length === 1 && only !== undefined) {
        await history.show(only);
        return;
      }
      const wanted = new Set(flowIds);
      const none = l10n.t('These flows are not known here any more.');
      const picked = await pickFlows(
        await sessions.get(),
        l10n.t('Open Histories'),
        ({ flowId }) => wanted.has(flowId),
        none,
      );
      for (const { flowId } of picked) {
        await history.show(flowId);
      }
    },
    copy: async (text) => env.clipboard.writeText(text),
  };
}

export function compareActions(services: Places): CompareActions {
  const { sessions, history } = services;
  const never = new AbortController().signal;
  return {
    openNotebook: ({ path, attempt }, beside) =>
      openNotebook(services, { path, paths: attempt.generatedNotebooks, beside }, never),
    diffSources: async (older, newer) => diffFiles(await sessions.get(), older, newer, l10n.t('Flow'), never),
    diffNotebooks: async (pairs) => diffAll(await sessions.get(), pairs, never),
    showHistory: async (flowId, attemptId) => history.show(flowId, attemptId),
    copy: async (text) => env.clipboard.writeText(text),
  };
}

/** One pair in a diff editor; several together in the editor for many files, where they are files. */
async function diffAll(
  session: Session,
  pairs: readonly (readonly [NotebookReference, NotebookReference])[],
  signal: AbortSignal,
): Promise<void> {
  const [first] = pairs;
  if (first === undefined) {
    throw new AcceleratorError('notFound', l10n.t('No notebook differs.'));
  }
  if (pairs.length === 1 || session.workspace.kind !== 'local') {
    for (const [left, right] of pairs) {
      await diffNotebooks(session, left, right, signal);
    }
    return;
  }
  const [older, newer] = first;
  await commands.executeCommand(
    'vscode.changes',
    l10n.t('Notebooks of attempts {0} and {1}', older.attempt.attemptNumber, newer.attempt.attemptNumber),
    pairs.map(([left, right]) => [Uri.file(right.path), Uri.file(left.path), Uri.file(right.path)]),
  );
}

/**
 * The two attempts that are meant, the older first: those that were called on; one that was called on and one picked; or
 * two picked of a picked flow.
 */
export async function twoAttempts(
  session: Session,
  args: readonly unknown[],
  signal: AbortSignal,
): Promise<readonly [Attempt, Attempt]> {
  const targets = targetsOf(args);
  const named = targets.flatMap(({ attemptId }) => (attemptId === undefined ? [] : [attemptId]));
  const attempts = await session.workspace.store.getAttempts(named.slice(0, 2), signal);
  const [one, other] = attempts;
  if (named.length > 2 || attempts.length < Math.min(named.length, 2)) {
    throw new AcceleratorError('notFound', l10n.t('Two attempts are compared at a time. Select exactly two.'));
  }
  if (one !== undefined && other !== undefined) {
    return inOrder(one, other);
  }
  const flowId = one?.flowId ?? targets[0]?.flowId;
  const flow =
    flowId === undefined
      ? await pickFlow(
          session,
          l10n.t('Compare Attempts'),
          ({ totalAttempts }) => totalAttempts > 1,
          l10n.t('No flow has two attempts yet.'),
        )
      : flowById(session, flowId);
  const known = await session.model.history(flow.flowId, { limit: PICK_LIMIT }, signal);
  const choices = known.filter(({ attemptId }) => attemptId !== one?.attemptId);
  if (choices.length < (one === undefined ? 2 : 1)) {
    throw new AcceleratorError('notFound', l10n.t('{0} has only one attempt so far.', flowTitle(flow)));
  }
  const picked = await pickAttempts(choices, flowTitle(flow), one);
  const [a, b] = one === undefined ? picked : [one, ...picked];
  if (a === undefined || b === undefined) {
    throw new AcceleratorError('notFound', l10n.t('Two attempts are compared at a time. Select exactly two.'));
  }
  return inOrder(a, b);
}

function inOrder(one: Attempt, other: Attempt): readonly [Attempt, Attempt] {
  return one.startedAt.getTime() <= other.startedAt.getTime() ? [one, other] : [other, one];
}

interface AttemptItem extends QuickPickItem {
  readonly attempt: Attempt;
}

async function pickAttempts(
  attempts: readonly Attempt[],
  title: string,
  first: Attempt | undefined,
): Promise<readonly Attempt[]> {
  const now = new Date();
  const items = attempts.map((attempt): AttemptItem => ({
    attempt,
    label: `#${attempt.attemptNumber} ${attemptLook(attemptDisplay(attempt.status)).label}`,
    description: formatRelative(attempt.completedAt ?? attempt.startedAt, now),
  }));
  const picked: readonly AttemptItem[] | undefined =
    first === undefined
      ? await window.showQuickPick(items, {
          title,
          placeHolder: l10n.t('Choose the two attempts to compare'),
          canPickMany: true,
        })
      : await window
          .showQuickPick(items, { title, placeHolder: l10n.t('Compare attempt {0} with', first.attemptNumber) })
          .then((item) => (item === undefined ? undefined : [item]));
  if (picked === undefined || picked.length === 0) {
    throw new AcceleratorError('cancelled', 'No attempt was picked.');
  }
  if (first === undefined && picked.length !== 2) {
    throw new AcceleratorError('notFound', l10n.t('Two attempts are compared at a time. Select exactly two.'));
  }
  return picked.map(({ attempt }) => attempt);
}
