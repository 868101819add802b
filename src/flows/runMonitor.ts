/**
 * Follows runs while any is active, on one timer that sets itself again only when its cycle has ended.
 *
 * Where reading the tables costs money, a cycle asks the runner and reads progress files, never the tables: an end is
 * shown at once and written when the last active attempt has ended, when SQL runs anyway (`settle`) or at `close`, and
 * never wakes a warehouse. Where reading is free, rows are read when something was written, and ends are written at
 * once.
 */
import { endFromProgress, endOf, isEnded, runReferenceOf } from './attemptEnd';
import { systemClock, type Clock } from './clock';
import { AcceleratorError } from './errors';
import type { Disposable, Event } from './event';
import type { AttemptEnd } from './flowStore';
import type { RunLook } from './jobRunner';
import { startedAttemptOf, type LiveAttempt, type StartedAttempt } from './liveAttempt';
import { LiveAttempts, type AttemptEnded, type LiveChange, type MonitorState } from './liveAttempts';
import { isActive, type Attempt, type TerminalAttemptStatus } from './model';
import type { Progress } from './notebookStore';
import { mapParallel } from './parallel';
import { ProgressFiles } from './progressFiles';
import type { Reconciler, ReconcileReport } from './reconciler';
import { ABANDONED_AFTER_MS, CLEAN_UP_MS } from './timing';
import type { Workspace } from './workspace';

export type { AttemptEnded, MonitorState } from './liveAttempts';

const PARALLEL_CALLS = 8;
const FREE_CYCLE_MS = { focused: 1_000, unfocused: 5_000 };
const PAID_CYCLE_MS = { focused: 5_000, unfocused: 30_000 };
const LONGEST_PAUSE_MS = 5 * 60_000;
const REPAIR_EVERY_MS = 60_000;

export interface RunMonitorOptions {
  readonly reconciler: Reconciler;
  readonly clock?: Clock;
  readonly log?: (message: string, error?: unknown) => void;
}

export class RunMonitor implements Disposable {
  readonly onDidChange: Event<{ readonly flowIds: ReadonlySet<string> }>;
  readonly onDidEnd: Event<AttemptEnded>;

  private readonly clock: Clock;
  private readonly known: LiveAttempts;
  private readonly unwritten = new Map<string, AttemptEnd>();
  private writing: Promise<void> = Promise.resolve();
  private readonly progressFiles: ProgressFiles;
  private readonly disposal = new AbortController();
  private focused = true;
  private mustRead = false;
  private failures = 0;
  private notBefore = 0;
  private lastRepair = 0;
  private cycling = false;
  private again = false;
  private stopTimer: (() => void) | null = null;

  constructor(
    private readonly workspace: Workspace,
    private readonly options: RunMonitorOptions,
  ) {
    this.known = new LiveAttempts((error) => this.log('A listener failed.', error));
    this.onDidChange = this.known.onDidChange;
    this.onDidEnd = this.known.onDidEnd;
    this.progressFiles = new ProgressFiles(workspace.notebooks);
    this.onDidEnd(({ attemptId }) => this.progressFiles.forget(attemptId));
    this.clock = options.clock ?? systemClock;
  }

  get state(): MonitorState {
    return this.known.state;
  }

  /** What is known of an attempt that is followed, or that ended and whose row was not read since. */
  live(attemptId: string): LiveAttempt | null {
    return this.known.live(attemptId);
  }

  /** All such attempts of each flow, oldest first. */
  liveByFlow(): ReadonlyMap<string, readonly LiveAttempt[]> {
    return this.known.byFlow();
  }

  /** Takes attempts in and looks at them soon; known ones only learn their run. */
  follow(attempts: readonly StartedAttempt[]): void {
    if (this.disposal.signal.aborted) {
      return;
    }
    const added = this.known.add(attempts);
    this.known.fireChanges();
    if (added) {
      this.mustRead = true;
      this.poke();
    }
  }

  /** An unfocused window looks less often; on return it looks at once. */
  setFocused(focused: boolean): void {
    if (this.focused === focused) {
      return;
    }
    this.focused = focused;
    if (focused) {
      this.poke();
    } else if (!this.cycling) {
      this.schedule();
    }
  }

  /** Runs a cycle now, or right after the one that runs. Before the time that the platform asked for, it waits. */
  poke(): void {
    if (this.cycling) {
      this.again = true;
    } else if (this.clock.now().getTime() < this.notBefore) {
      this.schedule();
    } else {
      this.runCycle();
    }
  }

  /**
   * For whoever is about to read the tables: writes the ends seen so far, reconciles, and hears of the followed attempts
   * that others have closed (a start that was given up has no run to look at). Runs SQL.
   */
  async settle(signal: AbortSignal): Promise<ReconcileReport> {
    await this.writeEnds(signal);
    this.lastRepair = this.clock.now().getTime();
    const report = await this.options.reconciler.reconcile(signal);
    if (this.known.size > 0) {
      const rows = await this.workspace.store.getAttempts(this.known.ids, signal);
      rows.filter((row) => !isActive(row.status)).forEach((row) => this.takeRow(row));
      this.known.fireChanges();
      if (this.known.size === 0) {
        this.schedule();
      }
    }
    return report;
  }

  /** Writes the ends seen so far; runs SQL only where there are any. One writing at a time: an end is written once. */
  writeEnds(signal: AbortSignal): Promise<void> {
    const writing = this.writing.then(async () => {
      const ends = [...this.unwritten.values()];
      if (ends.length > 0) {
        await this.workspace.store.closeAttempts(ends, signal);
        ends.forEach((end) => this.unwritten.delete(end.attemptId));
      }
    });
    this.writing = writing.catch(() => undefined);
    return writing;
  }

  /** Attempts whose end is shown until their rows were read. Ask before reading: an end may come while it goes on. */
  get endedIds(): readonly string[] {
    return this.known.endedIds;
  }

  /** Rows of these ended attempts' flows were read after their end: what they say stands from now on. */
  forgetEnded(attemptIds: Iterable<string>): void {
    this.known.forgetEnded(attemptIds);
  }

  /** Writes what is not written yet, unless that would wake something, and stops. */
  async close(): Promise<void> {
    const signal = AbortSignal.timeout(CLEAN_UP_MS);
    try {
      if (this.unwritten.size > 0 && (await this.workspace.tablesAwake(signal))) {
        await this.writeEnds(signal);
      }
    } catch (error) {
      this.log('Ends of runs could not be written at close; reconcile will do it.', error);
    } finally {
      this.dispose();
    }
  }

  dispose(): void {
    this.disposal.abort();
    this.stopTimer?.();
    this.stopTimer = null;
    this.known.dispose();
  }

  private runCycle(): void {
    this.stopTimer?.();
    this.stopTimer = null;
    if (this.known.size === 0 || this.disposal.signal.aborted) {
      return;
    }
    this.cycling = true;
    void this.cycle(this.disposal.signal).finally(() => {
      this.cycling = false;
      if (this.again) {
        this.again = false;
        this.poke();
      } else {
        this.schedule();
      }
    });
  }

  private schedule(): void {
    this.stopTimer?.();
    this.stopTimer = null;
    if (this.known.size === 0 || this.disposal.signal.aborted) {
      return;
    }
    const pace = this.workspace.readsCostMoney ? PAID_CYCLE_MS : FREE_CYCLE_MS;
    const base = this.focused ? pace.focused : pace.unfocused;
    const pause = Math.min(base * 2 ** this.failures, Math.max(base, LONGEST_PAUSE_MS));
    const asked = this.notBefore - this.clock.now().getTime();
    this.stopTimer = this.clock.after(Math.max(pause, asked), () => this.runCycle());
  }

  /** A failed cycle says nothing about any run: what was known stays, the next one comes later. */
  private async cycle(signal: AbortSignal): Promise<void> {
    try {
      if (!this.workspace.readsCostMoney) {
        await this.readRows(signal);
      }
      await this.lookAtRuns(signal);
      this.known.fireChanges();
      await this.writeWhenFree(signal);
      this.failures = 0;
    } catch (error) {
      this.known.fireChanges();
      if (!signal.aborted) {
        this.failures += 1;
        const asked = AcceleratorError.is(error) ? error.details['retryAfterMs'] : undefined;
        this.notBefore = this.clock.now().getTime() + (typeof asked === 'number' ? asked : 0);
        this.log('A look at the runs failed.', error);
      }
    }
  }

  /** Where reading is free: what the agents wrote, and what other windows started. */
  private async readRows(signal: AbortSignal): Promise<void> {
    const { store } = this.workspace;
    const now = this.clock.now().getTime();
    const abandoned = this.known.all.some(
      (live) => live.phase === 'creating' && now - live.startedAt.getTime() > ABANDONED_AFTER_MS,
    );
    if (abandoned && now - this.lastRepair > REPAIR_EVERY_MS) {
      await this.settle(signal);
      this.mustRead = true;
    }
    // A start without a run has nothing to be looked at, and who gives it up may be this very window, which is no news.
    const starting = this.known.all.some((live) => live.runId === null);
    this.mustRead = (await this.workspace.hasNews(signal)) || starting || this.mustRead;
    if (!this.mustRead) {
      return;
    }
    // Before the reading: what is followed meanwhile asks for the next one.
    this.mustRead = false;
    try {
      const rows = await store.getAttempts(this.known.ids, signal);
      this.follow((await store.activeAttempts(signal)).map(startedAttemptOf));
      const endedFlows = rows.filter((row) => this.takeRow(row)).map((row) => row.flowId);
      if (endedFlows.length > 0) {
        await store.settleFlows(endedFlows, signal);
      }
    } catch (error) {
      this.mustRead = true;
      throw error;
    }
  }

  /** Returns whether the row is one that has ended. */
  private takeRow(row: Attempt): boolean {
    if (!this.known.has(row.attemptId)) {
      return false;
    }
    const run = row.databricksRunId === null ? {} : { jobId: row.databricksJobId, runId: row.databricksRunId };
    this.known.change(row.attemptId, { ...run, ...figuresOf(row) });
    if (isActive(row.status)) {
      return false;
    }
    this.known.end(row.attemptId, {
      status: row.status satisfies TerminalAttemptStatus,
      completedAt: row.completedAt ?? this.clock.now(),
      errorMessage: row.errorMessage,
      generatedNotebooks: row.generatedNotebooks,
    });
    return true;
  }

  private async lookAtRuns(signal: AbortSignal): Promise<void> {
    const runs = this.known.all.filter((live) => live.runId !== null);
    if (runs.length === 0) {
      return;
    }
    const looks = await this.workspace.runner.lookAt(runs.map(runReferenceOf), signal);
    const failures: unknown[] = [];
    const running = runs.map((live) => live.attemptId).filter((id) => isRunning(looks.get(id)));
    const turns = this.progressFiles.nextTurns(this.workspace.readsCostMoney ? running : []);
    const ends = await mapParallel(runs, PARALLEL_CALLS, async (live) => {
      const look = looks.get(live.attemptId);
      try {
        return look === undefined ? null : await this.takeLook(live, look, turns.has(live.attemptId), signal);
      } catch (error) {
        // One run whose end cannot be read keeps no other's from being told.
        failures.push(error);
        return null;
      }
    });
    const seen = ends.flatMap((end) => end ?? []);
    if (seen.length > 0 && !this.workspace.readsCostMoney) {
      await this.closeSeen(seen, signal);
    }
    if (failures.length > 0) {
      throw failures[0];
    }
  }

  /** The rows have the last word: the agent may have ended its attempt after they were read. */
  private async closeSeen(seen: readonly AttemptEnd[], signal: AbortSignal): Promise<void> {
    const { store } = this.workspace;
    await store.closeAttempts(seen, signal);
    const rows = await store.getAttempts(
      seen.map((end) => end.attemptId),
      signal,
    );
    rows.forEach((row) => this.takeRow(row));
    // What has no row any more would otherwise be looked at for ever.
    const known = new Set(rows.map((row) => row.attemptId));
    seen.filter((end) => !known.has(end.attemptId)).forEach((end) => this.takeEnd(end));
  }

  /** Returns the end that the look shows, null while there is none. */
  private async takeLook(
    live: LiveAttempt,
    look: RunLook,
    readProgress: boolean,
    signal: AbortSignal,
  ): Promise<AttemptEnd | null> {
    if (look.kind === 'notVisible') {
      this.known.change(live.attemptId, { visible: false, whyNotVisible: look.why });
      return null;
    }
    let end: AttemptEnd | null = null;
    if (look.kind === 'gone' || isEnded(look.phase)) {
      end = await endOf(this.workspace, live, look, this.clock.now(), signal);
    } else {
      this.known.change(live.attemptId, {
        visible: true,
        whyNotVisible: null,
        lastSeenAt: this.clock.now(),
        phase: look.phase,
        ...(live.statusMessage === null && look.message !== null ? { statusMessage: look.message } : {}),
      });
      end = readProgress ? await this.takeProgress(live, signal) : null;
    }
    if (end !== null && this.workspace.readsCostMoney) {
      this.unwritten.set(end.attemptId, end);
      this.takeEnd(end);
    }
    return end;
  }

  private takeEnd(end: AttemptEnd): void {
    this.known.end(end.attemptId, {
      status: end.status,
      completedAt: end.completedAt,
      errorMessage: end.errorMessage,
      generatedNotebooks: end.generatedNotebooks ?? [],
    });
  }

  /** The agent's own end counts before the run's, which a cluster may still be tearing down. */
  private async takeProgress(live: LiveAttempt, signal: AbortSignal): Promise<AttemptEnd | null> {
    const progress = await this.progressFiles.read(live, signal);
    if (progress === null) {
      return null;
    }
    this.known.change(live.attemptId, figuresOf(progress));
    return endFromProgress(live.attemptId, live.flowId, progress);
  }

  private async writeWhenFree(signal: AbortSignal): Promise<void> {
    if (this.known.size > 0 || this.unwritten.size === 0 || !(await this.workspace.tablesAwake(signal))) {
      return;
    }
    await this.writeEnds(signal);
  }

  private log(message: string, error: unknown): void {
    this.options.log?.(message, error);
  }
}

function isRunning(look: RunLook | undefined): boolean {
  return look?.kind === 'seen' && look.phase === 'running';
}

function figuresOf(source: Attempt | Progress): LiveChange {
  const { progressPercentage, iterations, validationPercentage, statusMessage } = source;
  return { progressPercentage, iterations, validationPercentage, statusMessage };
}
