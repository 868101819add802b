/**
 * The open workspace with the services over it. It is opened when it is first needed and never at activation; views
 * subscribe here once and hear from whichever workspace is open. A failure to open is kept to be shown, never cached:
 * the next request tries again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { AcceleratorError, asAcceleratorError } from '../flows/errors';
import { Emitter } from '../flows/event';
import type { Disposable } from '../flows/event';
import type { FlowsChange } from '../flows/flowsModel';
import type { AttemptEnded } from '../flows/runMonitor';
import type { Workspace, WorkspaceKind } from '../flows/workspace';
import type { SettingName } from './contributions';
import { DisposableStore } from './lifecycle';
import type { Log } from './log';
import type { Session } from './sessionServices';
import type { Settings } from './settings';

export type { Session } from './sessionServices';

export type SessionState = 'closed' | 'opening' | 'open' | 'failed';

/** Settings that say where flows and attempts are kept; a profile names a host. */
const PLACE_SETTINGS: readonly SettingName[] = [
  'runsOn',
  'host',
  'profile',
  'catalog',
  'schema',
  'flowsTable',
  'historyTable',
];

/** Settings that an open workspace was made from: a change of one opens it anew. */
const OPENING_SETTINGS: readonly SettingName[] = [
  ...PLACE_SETTINGS,
  'warehouseHttpPath',
  'volumePath',
  'outputPath',
  'bulkParallelism',
  'keepLatestJobs',
];

/** Who changes one setting often changes more of them at once: this long the next one is waited for. */
const GATHER_MS = 150;

export interface SessionsOptions {
  readonly settings: Pick<Settings, 'get' | 'onDidChange'>;
  readonly log: Log;
  /** Makes the workspace of a kind; rejects with the reason where it cannot. */
  readonly openWorkspace: (kind: WorkspaceKind, signal: AbortSignal) => Promise<Workspace>;
}

interface Opened {
  readonly session: Session;
  readonly resources: DisposableStore;
}

export class Sessions implements Disposable {
  private readonly onError = (error: unknown): void => this.options.log.error('A listener failed.', error);
  private readonly stateChanges = new Emitter<SessionState>(this.onError);
  private readonly leavings = new Emitter<void>(this.onError);
  private readonly flowChanges = new Emitter<FlowsChange>(this.onError);
  private readonly runChanges = new Emitter<void>(this.onError);
  private readonly ends = new Emitter<AttemptEnded>(this.onError);
  private readonly subscription: Disposable;
  private opening: { readonly promise: Promise<Opened>; readonly abort: AbortController } | undefined;
  private opened: Opened | undefined;
  private failed: AcceleratorError | undefined;
  private focused = true;
  private cold = true;

  readonly onDidChangeState = this.stateChanges.event;
  /** Another place is being opened: what was read before belongs to a former one. */
  readonly onDidLeavePlace = this.leavings.event;
  readonly onDidChangeFlows = this.flowChanges.event;
  /** Progress, phases and numbers of the active runs. */
  readonly onDidChangeRuns = this.runChanges.event;
  readonly onDidEndAttempt = this.ends.event;

  constructor(private readonly options: SessionsOptions) {
    this.subscription = options.settings.onDidChange(({ names }) => {
      if (!OPENING_SETTINGS.some((name) => names.has(name)) || this.state === 'closed') {
        return;
      }
      this.openAnew(GATHER_MS);
      if (PLACE_SETTINGS.some((name) => names.has(name))) {
        this.leavings.fire();
      }
    });
  }

  /** The open session; undefined while none is. */
  get current(): Session | undefined {
    return this.opened?.session;
  }

  /** Why the last opening failed. */
  get failure(): AcceleratorError | undefined {
    return this.failed;
  }

  /** Why what is shown is not fresh: the opening failed, or the last reading since. */
  get problem(): AcceleratorError | undefined {
    const state = this.current?.model.loadState;
    return this.failed ?? (state?.kind === 'failed' ? state.error : undefined);
  }

  get state(): SessionState {
    if (this.opened !== undefined) {
      return 'open';
    }
    return this.opening !== undefined ? 'opening' : this.failed !== undefined ? 'failed' : 'closed';
  }

  /** The session, opened if it is not; callers at the same time share one opening. */
  async get(): Promise<Session> {
    if (this.opened !== undefined) {
      return this.opened.session;
    }
    this.opening ??= this.startOpening();
    return (await this.opening.promise).session;
  }

  /** Whether an open session still looks for flows for the first time. */
  get isWarmingUp(): boolean {
    return this.opened !== undefined && this.cold;
  }

  /** Closes and opens anew; the way out of a failure and after a change of settings. */
  reopen(): void {
    this.openAnew(0);
  }

  /** Slows the look at runs while nobody looks. */
  setFocused(focused: boolean): void {
    this.focused = focused;
    this.current?.monitor.setFocused(focused);
  }

  close(): void {
    this.cold = true;
    this.opening?.abort.abort();
    this.opening = undefined;
    this.failed = undefined;
    this.opened?.resources.dispose();
    this.opened = undefined;
  }

  /**
   * Closes in peace: what the monitor saw last is written where that costs nothing. What that needs stays open until
   * then, though VS Code disposes everything of the extension's as soon as this has begun.
   */
  async shutDown(): Promise<void> {
    const { opened } = this;
    this.opened = undefined;
    this.close();
    try {
      await opened?.session.monitor.close();
    } finally {
      opened?.resources.dispose();
    }
  }

  dispose(): void {
    this.subscription.dispose();
    this.close();
    this.stateChanges.dispose();
    this.leavings.dispose();
    this.flowChanges.dispose();
    this.runChanges.dispose();
    this.ends.dispose();
  }

  private openAnew(delayMs: number): void {
    this.close();
    this.opening = this.startOpening(delayMs);
    // The failure, if any, is kept in `failure` and shown by the views.
    this.opening.promise.catch(() => undefined);
  }

  private startOpening(delayMs = 0): { promise: Promise<Opened>; abort: AbortController } {
    const abort = new AbortController();
    this.failed = undefined;
    const promise = this.open(delayMs, abort.signal).then(
      (opened) => {
        if (abort.signal.aborted) {
          opened.resources.dispose();
          throw new AcceleratorError('cancelled', 'Opening was cancelled.');
        }
        this.opened = opened;
        this.opening = undefined;
        this.stateChanges.fire('open');
        this.flowChanges.fire({ flowIds: 'all' });
        return opened;
      },
      (cause: unknown) => {
        const error = AcceleratorError.is(cause)
          ? cause
          : new AcceleratorError('internal', 'The flows could not be opened.', { cause, mend: 'showLog' });
        if (!abort.signal.aborted) {
          this.options.log.error('The workspace could not be opened.', error);
          this.failed = error;
          this.opening = undefined;
          this.stateChanges.fire('failed');
        }
        throw error;
      },
    );
    // Fired after `opening` is set by the caller.
    queueMicrotask(() => this.stateChanges.fire(this.state));
    return { promise, abort };
  }

  private async open(delayMs: number, signal: AbortSignal): Promise<Opened> {
    if (delayMs > 0) {
      await sleep(delayMs, undefined, { signal }).catch(() => {
        throw new AcceleratorError('cancelled', 'Opening was cancelled.');
      });
    }
    const { settings, log } = this.options;
    const kind = settings.get('runsOn');
    const parallelism = settings.get('bulkParallelism');
    const keepLatestJobs = settings.get('keepLatestJobs');
    const resources = new DisposableStore();
    try {
      const workspace = resources.add(await this.options.openWorkspace(kind, signal));
      // A bundle of its own: the services are needed with the first workspace and not at activation.
      const { createSession } = await import('./sessionServices');
      let warm: () => void = () => undefined;
      const warmedUp = new Promise<void>((resolve) => {
        warm = resolve;
      });
      const session = createSession(workspace, { parallelism, keepLatestJobs, log, resources, warmedUp });
      const { monitor, model } = session;
      const ownSignal = abortWith(resources);
      monitor.setFocused(this.focused);
      resources.add(monitor.onDidChange(() => this.runChanges.fire()));
      resources.add(monitor.onDidEnd((ended) => this.ends.fire(ended)));
      resources.add(model.onDidChange((change) => this.flowChanges.fire(change)));
      await model.load(signal);
      this.inBackground('first look for flows', () =>
        this.warmUp(session, ownSignal).finally(() => {
          warm();
          if (!ownSignal.aborted) {
            this.cold = false;
            this.flowChanges.fire({ flowIds: new Set() });
          }
        }),
      );
      return { session, resources };
    } catch (error) {
      resources.dispose();
      throw error;
    }
  }

  /** What may wait until the rows are on the screen. */
  private async warmUp(session: Session, signal: AbortSignal): Promise<void> {
    if (!session.workspace.readsCostMoney) {
      await session.populate(() => undefined, signal);
    }
  }

  private inBackground(what: string, work: () => Promise<void>): void {
    work().catch((cause: unknown) => {
      const error = asAcceleratorError(cause);
      // Without a folder there is nothing to look at, and the view says so.
      if (error.reason !== 'cancelled' && error.mend !== 'openFolder') {
        this.options.log.warn(`A ${what} in the background failed.`, error);
      }
    });
  }
}

/** A signal that aborts when the store is disposed. */
function abortWith(resources: DisposableStore): AbortSignal {
  const controller = new AbortController();
  resources.add({ dispose: () => controller.abort() });
  return controller.signal;
}
