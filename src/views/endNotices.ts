/**
 * Tells how attempts ended that were started from this window: one message for one attempt, one summary for a batch.
 * Silent while the page already shows that flow. What is awaited is remembered, so that a reload loses no message.
 */
import { commands, l10n } from 'vscode';
import type { Memento } from 'vscode';
import { AcceleratorError } from '../flows/errors';
import type { Disposable } from '../flows/event';
import { isActive } from '../flows/model';
import { COMMANDS, VIEWS } from '../platform/contributions';
import { DisposableStore } from '../platform/lifecycle';
import type { Log } from '../platform/log';
import type { Choice, Notifier } from '../platform/notifications';
import type { Session, Sessions } from '../platform/session';
import type { Settings } from '../platform/settings';
import { EndBatches } from './endBatches';
import type { EndNews, KnownEnd } from './endBatches';
import { batchNotice, singleNotice } from './endNoticeText';
import type { EndedAttempt } from './endNoticeText';
import { flowTitle } from './format';

const BATCHES_KEY = 'endNotices.batches';

export interface EndNoticesOptions {
  readonly sessions: Sessions;
  readonly settings: Settings;
  readonly notifier: Notifier;
  readonly state: Memento;
  readonly log: Log;
  /** Whether the page shows a flow to the person right now. */
  readonly isShowing: (flowId: string) => boolean;
}

export class EndNotices implements Disposable {
  private readonly disposables = new DisposableStore();
  private readonly batches: EndBatches;

  constructor(private readonly options: EndNoticesOptions) {
    this.batches = new EndBatches(options.state.get<unknown>(BATCHES_KEY), (batches) => {
      void options.state.update(BATCHES_KEY, batches ?? undefined);
    });
    this.disposables.add(
      options.sessions.onDidEndAttempt((ended) => {
        const statusMessage = options.sessions.current?.monitor.live(ended.attemptId)?.statusMessage ?? null;
        this.tell(this.batches.hear({ ...ended, statusMessage }));
      }),
    );
    this.disposables.add(
      options.sessions.onDidChangeState((state) => {
        if (state === 'open') {
          this.catchUp().catch((error: unknown) => {
            if (!AcceleratorError.is(error, 'cancelled')) {
              options.log.warn('How earlier attempts ended could not be read.', error);
            }
          });
        }
      }),
    );
  }

  /** These attempts were started together by the person: their end is to be told. */
  expect(attemptIds: readonly string[]): void {
    this.tell(this.batches.expect(attemptIds));
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private tell(news: readonly EndNews[]): void {
    for (const one of news) {
      if (one.kind === 'one') {
        this.tellOne(one.ended);
      } else {
        this.tellBatch(one.ended);
      }
    }
  }

  private tellOne(ended: EndedAttempt): void {
    const { settings, notifier, isShowing, sessions } = this.options;
    const level = settings.get('notifications');
    if (level === 'off' || (level === 'failures' && ended.status !== 'FAILED') || isShowing(ended.flowId)) {
      return;
    }
    const flow = sessions.current?.model.flow(ended.flowId);
    const notice = singleNotice(ended, flow ? flowTitle(flow) : ended.flowId);
    if (notice === null) {
      return;
    }
    const target = { flowId: ended.flowId, attemptId: ended.attemptId };
    const choices: Record<(typeof notice.actions)[number], Choice> = {
      openNotebooks: {
        title: l10n.t('Open Notebooks'),
        run: () => commands.executeCommand(COMMANDS.openNotebook, target),
      },
      viewHistory: {
        title: l10n.t('View History'),
        run: () => commands.executeCommand(COMMANDS.viewAllAttempts, target),
      },
      retry: { title: l10n.t('Retry'), run: () => commands.executeCommand(COMMANDS.retryConversion, target) },
    };
    notifier[notice.severity](notice.message, ...notice.actions.map((action) => choices[action]));
  }

  private tellBatch(ended: readonly KnownEnd[]): void {
    const { settings, notifier } = this.options;
    const failed = ended.filter((one) => one.status === 'FAILED');
    const level = settings.get('notifications');
    if (level === 'off' || (level === 'failures' && failed.length === 0)) {
      return;
    }
    const { severity, message } = batchNotice(ended.map((one) => one.status));
    const [first] = failed;
    notifier[severity](
      message,
      ...(first === undefined
        ? [{ title: l10n.t('Show Flows'), run: () => commands.executeCommand(`${VIEWS.flows}.focus`) }]
        : [
            {
              title: failed.length === 1 ? l10n.t('View Failure') : l10n.t('View Failures'),
              run: () => commands.executeCommand(COMMANDS.filterFlows, { filter: 'needs attention' }),
            },
            {
              title: l10n.t('Retry'),
              run: () =>
                commands.executeCommand(
                  COMMANDS.retryConversion,
                  null,
                  failed.map((one) => ({ flowId: one.flowId })),
                ),
            },
          ]),
    );
  }

  /** Attempts that ended while this window was closed. */
  private async catchUp(): Promise<void> {
    const session: Session | undefined = this.options.sessions.current;
    const { waiting } = this.batches;
    if (session === undefined || waiting.length === 0) {
      return;
    }
    const attempts = await session.workspace.store.getAttempts(waiting, new AbortController().signal);
    for (const attempt of attempts) {
      const { status } = attempt;
      if (!isActive(status)) {
        this.tell(this.batches.hear({ ...attempt, status }));
      }
    }
    // What is in no row any more will never end. Only of what was asked for: more may be expected since.
    const known = new Set(attempts.map((attempt) => attempt.attemptId));
    this.tell(this.batches.giveUp(new Set(waiting.filter((attemptId) => !known.has(attemptId)))));
  }
}
