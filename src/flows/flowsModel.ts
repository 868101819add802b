/** What the views show: flows with their live state. */
import { AcceleratorError } from './errors';
import { Emitter, type Disposable, type Event } from './event';
import type { HistoryQuery } from './flowStore';
import type { LiveAttempt } from './liveAttempt';
import type { Attempt, Flow } from './model';
import type { RunMonitor } from './runMonitor';
import type { SourceState, Workspace } from './workspace';

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

export class FlowsModel implements Disposable {
  private readonly changed = new Emitter<FlowsChange>();
  readonly onDidChange: Event<FlowsChange> = this.changed.event;
  protected state: LoadState = { kind: 'notLoaded' };

  constructor(
    protected readonly workspace: Workspace,
    protected readonly monitor: RunMonitor,
  ) {}

  get loadState(): LoadState {
    return this.state;
  }

  /** Reads everything: when a view is first shown. Errors end in `loadState` and reject. */
  load(signal: AbortSignal): Promise<void> {
    void signal;
    return Promise.reject(new AcceleratorError('internal', 'Loading is being built.'));
  }

  /** Reads again and fires only for what changed. */
  refresh(signal: AbortSignal): Promise<void> {
    return this.load(signal);
  }

  flows(): readonly FlowView[] {
    return [];
  }

  flow(flowId: string): FlowView | null {
    void flowId;
    return null;
  }

  history(flowId: string, query: HistoryQuery, signal: AbortSignal): Promise<readonly AttemptView[]> {
    (void flowId, query, signal);
    return Promise.reject(new AcceleratorError('internal', 'History is being built.'));
  }

  dispose(): void {
    this.changed.dispose();
  }
}
