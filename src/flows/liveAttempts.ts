/** What a run monitor knows: the attempts that are followed, and those whose end was seen before their rows were read. */
import { Emitter, type Disposable, type Event } from './event';
import { newLiveAttempt, type LiveAttempt, type LiveEnd, type StartedAttempt } from './liveAttempt';

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

export type LiveChange = Partial<
  Pick<
    LiveAttempt,
    | 'jobId'
    | 'runId'
    | 'phase'
    | 'progressPercentage'
    | 'iterations'
    | 'validationPercentage'
    | 'statusMessage'
    | 'lastSeenAt'
    | 'visible'
    | 'whyNotVisible'
  >
>;

export class LiveAttempts implements Disposable {
  private readonly changedEmitter: Emitter<{ readonly flowIds: ReadonlySet<string> }>;
  private readonly endedEmitter: Emitter<AttemptEnded>;
  readonly onDidChange: Event<{ readonly flowIds: ReadonlySet<string> }>;
  readonly onDidEnd: Event<AttemptEnded>;

  private readonly active = new Map<string, LiveAttempt>();
  /** Shown until somebody has read their rows. */
  private readonly ended = new Map<string, LiveAttempt>();
  /** All whose end was told: a list of active attempts that was read before an end must not bring it back to life. */
  private readonly told = new Set<string>();
  private changedFlows = new Set<string>();
  private startedCount = 0;
  private endedCount = 0;

  /** @param onError hears what a listener throws */
  constructor(onError: (error: unknown) => void) {
    this.changedEmitter = new Emitter(onError);
    this.endedEmitter = new Emitter(onError);
    this.onDidChange = this.changedEmitter.event;
    this.onDidEnd = this.endedEmitter.event;
  }

  /** How many are followed. */
  get size(): number {
    return this.active.size;
  }

  get ids(): readonly string[] {
    return [...this.active.keys()];
  }

  get all(): readonly LiveAttempt[] {
    return [...this.active.values()];
  }

  has(attemptId: string): boolean {
    return this.active.has(attemptId);
  }

  get state(): MonitorState {
    const active = [...this.active.values()].sort(
      (left, right) => left.startedAt.getTime() - right.startedAt.getTime(),
    );
    const done = active.reduce((sum, live) => sum + (live.progressPercentage ?? 0), this.endedCount * 100);
    return {
      active,
      started: this.startedCount,
      ended: this.endedCount,
      overallPercentage: this.startedCount === 0 ? 0 : Math.floor(done / this.startedCount),
      waiting: active.filter((live) => live.phase === 'creating' || live.phase === 'waiting').length,
    };
  }

  /** What is known of an attempt that is followed, or that ended and whose row was not read since. */
  live(attemptId: string): LiveAttempt | null {
    return this.active.get(attemptId) ?? this.ended.get(attemptId) ?? null;
  }

  /** All such attempts of each flow, oldest first. */
  byFlow(): ReadonlyMap<string, readonly LiveAttempt[]> {
    const byFlow = new Map<string, LiveAttempt[]>();
    for (const live of [...this.ended.values(), ...this.active.values()]) {
      byFlow.set(live.flowId, [...(byFlow.get(live.flowId) ?? []), live]);
    }
    byFlow.forEach((own) => own.sort((left, right) => left.attemptNumber - right.attemptNumber));
    return byFlow;
  }

  /** Takes attempts in; known ones only learn their run. Returns whether there are new ones. */
  add(attempts: readonly StartedAttempt[]): boolean {
    let added = false;
    for (const attempt of attempts) {
      if (this.active.has(attempt.attemptId)) {
        this.change(attempt.attemptId, attempt.runId === null ? {} : { jobId: attempt.jobId, runId: attempt.runId });
      } else if (!this.told.has(attempt.attemptId)) {
        if (this.active.size === 0) {
          this.startedCount = 0;
          this.endedCount = 0;
        }
        this.startedCount += 1;
        this.active.set(attempt.attemptId, newLiveAttempt(attempt));
        this.changedFlows.add(attempt.flowId);
        added = true;
      }
    }
    return added;
  }

  /** Attempts whose end is shown until their rows were read. Ask before reading: an end may come while it goes on. */
  get endedIds(): readonly string[] {
    return [...this.ended.keys()];
  }

  /** Rows of these ended attempts' flows were read after their end: what they say stands from now on. */
  forgetEnded(attemptIds: Iterable<string>): void {
    for (const attemptId of attemptIds) {
      this.ended.delete(attemptId);
    }
  }

  /** On what is known now: a start or `settle` may have told more since the change was asked for, its end among it. */
  change(attemptId: string, change: LiveChange): void {
    const live = this.active.get(attemptId);
    if (live === undefined) {
      return;
    }
    const next = { ...live, ...change };
    this.active.set(live.attemptId, next);
    const visibly = Object.entries(change).some(
      ([key, value]) => key !== 'lastSeenAt' && live[key as keyof LiveAttempt] !== value,
    );
    if (visibly) {
      this.changedFlows.add(live.flowId);
    }
  }

  /** The end of a followed attempt, told once. */
  end(attemptId: string, end: LiveEnd): void {
    const live = this.active.get(attemptId);
    if (live === undefined) {
      return;
    }
    this.active.delete(attemptId);
    this.told.add(attemptId);
    this.ended.set(attemptId, { ...live, visible: true, whyNotVisible: null, end });
    this.endedCount += 1;
    this.changedFlows.add(live.flowId);
    const { flowId, attemptNumber, triggeredBy } = live;
    this.endedEmitter.fire({ attemptId, flowId, attemptNumber, triggeredBy, ...end });
  }

  /** Tells of all that changed since the last time. */
  fireChanges(): void {
    if (this.changedFlows.size > 0) {
      const flowIds = this.changedFlows;
      this.changedFlows = new Set();
      this.changedEmitter.fire({ flowIds });
    }
  }

  dispose(): void {
    this.changedEmitter.dispose();
    this.endedEmitter.dispose();
  }
}
