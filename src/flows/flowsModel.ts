/**
 * What the views show: flows with their live state, read when somebody asks and kept up to date by the run monitor in
 * between. Where reading costs money, a change that the monitor reports is laid over the rows read last; nothing is
 * read for it.
 */
import { asAcceleratorError, calledOff, type AcceleratorError } from './errors';
import { systemClock, type Clock } from './clock';
import { Emitter, type Disposable, type Event } from './event';
import type { HistoryQuery } from './flowStore';
import { startedAttemptOf, type LiveAttempt } from './liveAttempt';
import type { Attempt, Flow } from './model';
import type { RunMonitor } from './runMonitor';
import type { SourceState, Workspace } from './workspace';
import { untilCalledOff } from './untilCalledOff';
import { withLiveAttempt, withLiveFlow } from './withLive';

export interface FlowView extends Flow {
  readonly source: SourceState;
  readonly live: LiveAttempt | null;
}

export interface AttemptView extends Attempt {
  readonly live: LiveAttempt | null;
}

export type LoadState =
  | { readonly kind: 'notLoaded' }
  | { readonly kind: 'loading' }
  | { readonly kind: 'ready'; readonly loadedAt: Date }
  /** Flows of an earlier load, if any, are still there. */
  | { readonly kind: 'failed'; readonly error: AcceleratorError };

export interface FlowsChange {
  readonly flowIds: ReadonlySet<string> | 'all';
}

export interface FlowsModelOptions {
  readonly clock?: Clock;
  readonly log?: (message: string, error?: unknown) => void;
}

/** What is called off, in an error's sentence. */
const READING = 'The reading';

/** After a reading that nobody asked for, so many times its duration pass before the next, at least this long. */
const UNASKED_SHARE = 10;
const UNASKED_PAUSE_MS = 1_000;

/** A reading that several callers wait for; it is called off when the last of them is gone. */
interface Loading {
  readonly done: Promise<void>;
  readonly abort: AbortController;
  waiting: number;
}

const SOURCE_UNKNOWN: SourceState = { exists: true, changedSinceLastAttempt: null };

export class FlowsModel implements Disposable {
  private readonly changedEmitter: Emitter<FlowsChange>;
  /** Fires with what changed, after `loadState` and `flows()` say so; for a change of `loadState` alone with no flow. */
  readonly onDidChange: Event<FlowsChange>;

  private state: LoadState = { kind: 'notLoaded' };
  private readonly rows = new Map<string, Flow>();
  private readonly sources = new Map<string, SourceState>();
  private views = new Map<string, FlowView>();
  private loading: Loading | null = null;
  /** Flows that were read by themselves while a reading of all went on: what they say is newer. */
  private readonly readMeanwhile = new Set<string>();
  private readonly clock: Clock;
  private notBefore = 0;
  private stopTimer: (() => void) | null = null;
  private readonly subscriptions: Disposable[];
  private readonly disposal = new AbortController();

  constructor(
    private readonly workspace: Workspace,
    private readonly monitor: RunMonitor,
    private readonly options: FlowsModelOptions = {},
  ) {
    this.changedEmitter = new Emitter((error) => this.log('A listener failed.', error));
    this.onDidChange = this.changedEmitter.event;
    this.clock = options.clock ?? systemClock;
    this.subscriptions = [
      monitor.onDidChange(({ flowIds }) => this.takeLive(flowIds)),
      workspace.onDidChange(() => this.refreshUnasked()),
    ];
  }

  get loadState(): LoadState {
    return this.state;
  }

  /**
   * Reads everything, repairs on the way, and follows what is active. Calls at the same time share one reading; a signal
   * ends its own caller's waiting, and the reading where nobody else waits for it.
   *
   * @throws AcceleratorError, which `loadState` then holds as well
   */
  async load(signal: AbortSignal): Promise<void> {
    if (signal.aborted) {
      throw calledOff(signal, READING);
    }
    const loading = this.loading ?? this.startLoading();
    loading.waiting += 1;
    try {
      await untilCalledOff(loading.done, signal, READING);
    } finally {
      loading.waiting -= 1;
      if (loading.waiting === 0) {
        // After its end this calls nothing off.
        loading.abort.abort();
        this.loading = this.loading === loading ? null : this.loading;
      }
    }
  }

  /**
   * Reads again; fires only for what changed. A reading that is under way may have passed what was written before this
   * call: another one follows it.
   */
  async refresh(signal: AbortSignal): Promise<void> {
    if (this.loading !== null) {
      await untilCalledOff(
        this.loading.done.catch(() => undefined),
        signal,
        READING,
      );
    }
    await this.load(signal);
  }

  /** Reads some flows again: after an action that changed them, when SQL has run anyway. */
  async refreshFlows(flowIds: readonly string[], signal: AbortSignal): Promise<void> {
    if (flowIds.length === 0) {
      return;
    }
    await this.monitor.writeEnds(signal);
    const wanted = new Set(flowIds);
    const ended = this.monitor.endedIds.filter((id) => wanted.has(this.monitor.live(id)?.flowId ?? ''));
    const flows = await this.workspace.store.getFlows(flowIds, signal);
    const sources = await this.workspace.sourceStates(flowIds, signal);
    this.monitor.forgetEnded(ended);
    if (this.loading !== null) {
      flowIds.forEach((flowId) => this.readMeanwhile.add(flowId));
    }
    const found = new Set(flows.map((flow) => flow.flowId));
    for (const flowId of flowIds) {
      if (!found.has(flowId)) {
        this.rows.delete(flowId);
        this.sources.delete(flowId);
      }
    }
    flows.filter((flow) => this.rows.has(flow.flowId)).forEach((flow) => this.rows.set(flow.flowId, flow));
    sources.forEach((source, flowId) => this.sources.set(flowId, source));
    this.rebuild(wanted);
  }

  /** In the order of their names. */
  flows(): readonly FlowView[] {
    return [...this.views.values()];
  }

  flow(flowId: string): FlowView | null {
    return this.views.get(flowId) ?? null;
  }

  /** Attempts of a flow, newest first, each with its live state. Runs SQL. */
  async history(flowId: string, query: HistoryQuery, signal: AbortSignal): Promise<readonly AttemptView[]> {
    const attempts = await this.workspace.store.history(flowId, query, signal);
    return attempts.map((attempt) => withLiveAttempt(attempt, this.monitor.live(attempt.attemptId)));
  }

  dispose(): void {
    this.disposal.abort();
    this.stopTimer?.();
    this.subscriptions.forEach((subscription) => subscription.dispose());
    this.changedEmitter.dispose();
  }

  private startLoading(): Loading {
    const abort = new AbortController();
    const done = this.read(AbortSignal.any([abort.signal, this.disposal.signal])).finally(() => {
      this.loading = this.loading === loading ? null : this.loading;
    });
    // Where every caller is gone, nobody hears of its end.
    done.catch(() => undefined);
    const loading: Loading = { done, abort, waiting: 0 };
    this.loading = loading;
    return loading;
  }

  private async read(signal: AbortSignal): Promise<void> {
    const before = this.state;
    if (before.kind !== 'ready') {
      this.setState({ kind: 'loading' });
    }
    this.readMeanwhile.clear();
    const begun = this.clock.now().getTime();
    try {
      await this.monitor.settle(signal);
      const { store } = this.workspace;
      const visible = await this.workspace.visibleFlowIds(signal);
      const ended = this.monitor.endedIds;
      const { flows: all, active } = await store.overview(signal);
      const flows = all.filter((flow) => visible === null || visible.has(flow.flowId)).sort(byName);
      const ids = flows.map((flow) => flow.flowId);
      const sources = await this.workspace.sourceStates(ids, signal);
      const newer = new Map(
        [...this.readMeanwhile].flatMap((id) => this.rows.get(id) ?? []).map((row) => [row.flowId, row]),
      );
      this.rows.clear();
      flows.forEach((flow) => this.rows.set(flow.flowId, newer.get(flow.flowId) ?? flow));
      this.sources.clear();
      sources.forEach((source, flowId) => this.sources.set(flowId, source));
      this.monitor.forgetEnded(ended);
      this.state = { kind: 'ready', loadedAt: this.clock.now() };
      this.rebuild('all');
      this.monitor.follow(active.map(startedAttemptOf));
    } catch (cause) {
      const error = asAcceleratorError(cause);
      // What was read before stays and stays true; a reading that was called off says nothing.
      const earlier: LoadState = before.kind === 'loading' ? { kind: 'notLoaded' } : before;
      this.setState(error.reason === 'cancelled' ? earlier : { kind: 'failed', error });
      throw error;
    } finally {
      const end = this.clock.now().getTime();
      this.notBefore = end + Math.max(UNASKED_PAUSE_MS, (end - begun) * UNASKED_SHARE);
    }
  }

  /** Computes views anew and fires for those that differ. */
  private rebuild(flowIds: ReadonlySet<string> | 'all'): void {
    const live = this.monitor.liveByFlow();
    const before = this.views;
    const next = new Map<string, FlowView>();
    for (const [flowId, row] of this.rows) {
      const old = before.get(flowId);
      if (flowIds !== 'all' && !flowIds.has(flowId) && old !== undefined) {
        next.set(flowId, old);
        continue;
      }
      const own = live.get(flowId) ?? [];
      const view = viewOf(
        own.reduce(withLiveFlow, row),
        this.sources.get(flowId) ?? SOURCE_UNKNOWN,
        own.at(-1) ?? null,
      );
      next.set(flowId, old !== undefined && isSame(old, view) ? old : view);
    }
    this.views = next;
    const changed = [...next.values()].filter((view) => before.get(view.flowId) !== view).map((view) => view.flowId);
    const sameFlows = before.size === next.size && [...next.keys()].every((flowId) => before.has(flowId));
    // Flows that came or went concern the list itself, not only their own rows.
    this.changedEmitter.fire({ flowIds: sameFlows ? new Set(changed) : 'all' });
  }

  private takeLive(flowIds: ReadonlySet<string>): void {
    this.rebuild(flowIds);
    const ended = [...flowIds].filter((flowId) => (this.views.get(flowId)?.live?.end ?? null) !== null);
    if (ended.length > 0 && !this.workspace.readsCostMoney) {
      this.refreshFlows(ended, this.disposal.signal).catch((error: unknown) =>
        this.logUnlessDisposed('Flows could not be read again.', error),
      );
    }
  }

  /**
   * Something outside changed. Where reading costs money, that is no reason to read the tables. Elsewhere an agent may
   * write every few seconds: readings are spaced by what they take.
   */
  private refreshUnasked(): void {
    if (this.state.kind === 'notLoaded' || this.stopTimer !== null) {
      return;
    }
    this.stopTimer = this.clock.after(Math.max(0, this.notBefore - this.clock.now().getTime()), () => {
      this.stopTimer = null;
      const work = this.workspace.readsCostMoney ? this.refreshSources() : this.refresh(this.disposal.signal);
      work.catch((error: unknown) => this.logUnlessDisposed('Flows could not be read again.', error));
    });
  }

  private async refreshSources(): Promise<void> {
    const sources = await this.workspace.sourceStates([...this.rows.keys()], this.disposal.signal);
    sources.forEach((source, flowId) => this.sources.set(flowId, source));
    this.rebuild('all');
  }

  private setState(state: LoadState): void {
    this.state = state;
    this.changedEmitter.fire({ flowIds: new Set() });
  }

  private logUnlessDisposed(message: string, error: unknown): void {
    if (!this.disposal.signal.aborted) {
      this.log(message, error);
    }
  }

  private log(message: string, error: unknown): void {
    this.options.log?.(message, error);
  }
}

function viewOf(flow: Flow, source: SourceState, live: LiveAttempt | null): FlowView {
  return { ...flow, source, live };
}

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

function byName(left: Flow, right: Flow): number {
  return collator.compare(left.flowName, right.flowName) || (left.flowId < right.flowId ? -1 : 1);
}

/** Views are plain data; a look's time alone is no change that anybody sees. */
function isSame(left: FlowView, right: FlowView): boolean {
  return comparable(left) === comparable(right);
}

function comparable(view: FlowView): string {
  return JSON.stringify({ ...view, live: view.live === null ? null : { ...view.live, lastSeenAt: null } });
}
