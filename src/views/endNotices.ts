/**
 * Tells how attempts ended that were started from this window: one message for one attempt, one summary for a batch.
 * Silent while the page already shows that flow. What is awaited is remembered, so that a reload loses no message.
 */
import { commands, l10n } from 'vscode';
import type { Memento } from 'vscode';
import * as z from 'zod/mini';
import { AcceleratorError } from '../flows/errors';
import type { Disposable } from '../flows/event';
import { isActive } from '../flows/model';
import type { TerminalAttemptStatus } from '../flows/model';
import { COMMANDS, VIEWS } from '../platform/contributions';
import { DisposableStore } from '../platform/lifecycle';
import type { Log } from '../platform/log';
import type { Choice, Notifier } from '../platform/notifications';
import type { Session, Sessions } from '../platform/session';
import type { Settings } from '../platform/settings';
import { batchNotice, singleNotice } from './endNoticeText';
import type { EndedAttempt } from './endNoticeText';
import { flowTitle } from './format';

const EARLY_KEPT = 500;
const BATCHES_KEY = 'endNotices.batches';

const endedSchema = z.object({
  attemptId: z.string(),
  flowId: z.string(),
  status: z.enum(['SUCCESS', 'FAILED', 'CANCELLED'] as const satisfies readonly TerminalAttemptStatus[]),
});
const batchSchema = z.object({ waiting: z.array(z.string()), ended: z.array(endedSchema) });
type Batch = z.infer<typeof batchSchema>;

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
  private batches: readonly Batch[];
  /** Ends that came before their start was reported: a quick agent may be done first. */
  private readonly early = new Map<string, EndedAttempt>();

  constructor(private readonly options: EndNoticesOptions) {
    const saved = z.safeParse(z.array(batchSchema), options.state.get<unknown>(BATCHES_KEY) ?? []);
    this.batches = saved.success ? saved.data : [];
    this.disposables.add(
      options.sessions.onDidEndAttempt((ended) => {
        const statusMessage = options.sessions.current?.monitor.live(ended.attemptId)?.statusMessage ?? null;
        this.hear({ ...ended, statusMessage });
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
    if (attemptIds.length === 0) {
      return;
    }
    this.save([...this.batches, { waiting: [...attemptIds], ended: [] }]);
    for (const attemptId of attemptIds) {
      const early = this.early.get(attemptId);
      if (early !== undefined) {
        this.early.delete(attemptId);
        this.hear(early);
      }
    }
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private hear(ended: EndedAttempt): void {
    const batch = this.batches.find((one) => one.waiting.includes(ended.attemptId));
    if (batch === undefined) {
      this.early.set(ended.attemptId, ended);
      // Ends of what others started are never asked for: only the latest are kept.
      for (const attemptId of [...this.early.keys()].slice(0, -EARLY_KEPT)) {
        this.early.delete(attemptId);
      }
      return;
    }
    const known = { attemptId: ended.attemptId, flowId: ended.flowId, status: ended.status };
    const next: Batch = {
      waiting: batch.waiting.filter((attemptId) => attemptId !== ended.attemptId),
      ended: [...batch.ended, known],
    };
    const others = this.batches.filter((one) => one !== batch);
    if (next.waiting.length > 0) {
      this.save([...others, next]);
      return;
    }
    this.save(others);
    if (next.ended.length === 1) {
      this.tellOne(ended);
    } else {
      this.tellBatch(next);
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

  private tellBatch(batch: Batch): void {
    const { settings, notifier } = this.options;
    const failed = batch.ended.filter((one) => one.status === 'FAILED');
    const level = settings.get('notifications');
    if (level === 'off' || (level === 'failures' && failed.length === 0)) {
      return;
    }
    const { severity, message } = batchNotice(batch.ended.map((one) => one.status));
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
    const waiting = this.batches.flatMap((batch) => batch.waiting);
    if (session === undefined || waiting.length === 0) {
      return;
    }
    const attempts = await session.workspace.store.getAttempts(waiting, new AbortController().signal);
    for (const attempt of attempts) {
      const { status } = attempt;
      if (!isActive(status)) {
        this.hear({ ...attempt, status });
      }
    }
    // What is in no row any more will never end.
    const known = new Set(attempts.map((attempt) => attempt.attemptId));
    this.save(
      this.batches
        .map((batch) => ({ ...batch, waiting: batch.waiting.filter((attemptId) => known.has(attemptId)) }))
        .filter((batch) => batch.waiting.length > 0),
    );
  }

  private save(batches: readonly Batch[]): void {
    this.batches = batches;
    void this.options.state.update(BATCHES_KEY, batches.length === 0 ? undefined : batches);
  }
}
