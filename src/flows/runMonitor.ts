/** Follows runs while any is active. */
import { systemClock, type Clock } from './clock';
import { Emitter, type Disposable, type Event } from './event';
import type { LiveAttempt, LiveEnd, StartedAttempt } from './liveAttempt';
import type { Reconciler } from './reconciler';
import type { Workspace } from './workspace';

export interface AttemptEnded extends LiveEnd {
  readonly attemptId: string;
  readonly flowId: string;
  readonly attemptNumber: number;
  readonly triggeredBy: string | null;
}

export interface MonitorState {
  readonly active: readonly LiveAttempt[];
  /** How many were followed since the last time that nothing was active, and how many of these have ended. */
  readonly started: number;
  readonly ended: number;
  /** 0 to 100 over all that were followed since then: ended ones count as 100. */
  readonly overallPercentage: number;
  /** How many of the active wait for a place, a cluster or their start. */
  readonly waiting: number;
}

export interface RunMonitorOptions {
  readonly reconciler: Reconciler;
  readonly clock?: Clock;
  readonly log?: (message: string, error?: unknown) => void;
}

export class RunMonitor implements Disposable {
  private readonly changed = new Emitter<{ readonly flowIds: ReadonlySet<string> }>();
  private readonly ended = new Emitter<AttemptEnded>();
  readonly onDidChange: Event<{ readonly flowIds: ReadonlySet<string> }> = this.changed.event;
  readonly onDidEnd: Event<AttemptEnded> = this.ended.event;
  protected readonly clock: Clock;

  constructor(
    protected readonly workspace: Workspace,
    protected readonly options: RunMonitorOptions,
  ) {
    this.clock = options.clock ?? systemClock;
  }

  get state(): MonitorState {
    return { active: [], started: 0, ended: 0, overallPercentage: 0, waiting: 0 };
  }

  /** The live state of a flow's followed attempt; also of one that ended and whose row was not read since. */
  live(attemptId: string): LiveAttempt | null {
    void attemptId;
    return null;
  }

  follow(attempts: readonly StartedAttempt[]): void {
    void attempts;
  }

  setFocused(focused: boolean): void {
    void focused;
  }

  poke(): void {
    return undefined;
  }

  dispose(): void {
    this.changed.dispose();
    this.ended.dispose();
  }
}
