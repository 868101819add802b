/**
 * Gives waiting runs a place and notices runs that died. Every window tends the same queue; the rows decide.
 *
 * Whether a process lives is known by its lock alone. The order of looks matters: a process takes the lock before it
 * says RUNNING and writes its record before it frees the lock, so a run read as RUNNING whose lock is then free has
 * either left a record or died.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { AcceleratorError } from '../../../flows/errors';
import type { Log } from '../options';
import { isLockHeld } from '../sqlite/lockProbe';
import { launch, type Launched, type LaunchOptions } from './launcher';
import { mayExist } from './processTree';
import { RunFolder } from './runFolder';
import { parametersOf, type RunEnd, type RunRow, type RunTable } from './runTable';

/** How long a launched process may take to its lock: Python on a slow disk behind a virus scanner. */
const START_MILLISECONDS = 60_000;
const MAX_LAUNCHES = 3;
const LOG_TAIL_BYTES = 4096;

export interface RunQueueOptions {
  readonly runsPath: string;
  readonly database: string;
  readonly sqliteTable: string;
  readonly maxRuns: () => number;
  /** Rejects with the mending action where there is none. */
  readonly launchOptions: (signal: AbortSignal) => Promise<LaunchOptions>;
  readonly log: Log;
  readonly now: () => Date;
  /** A process of this window ended: there is news that no other connection wrote. */
  readonly onEnd: () => void;
}

export class RunQueue {
  private readonly children = new Map<string, Launched>();
  private readonly closing = new AbortController();
  private tending: Promise<void> | null = null;
  private again: Promise<void> | null = null;
  /** The active runs as the last tending left them. */
  private known: readonly RunRow[] = [];

  constructor(
    private readonly table: RunTable,
    private readonly options: RunQueueOptions,
  ) {}

  folder(runId: string): RunFolder {
    return new RunFolder(join(this.options.runsPath, runId));
  }

  /** The process of a run that this very window launched and that has not ended. */
  child(run: RunRow): Launched | undefined {
    return this.children.get(childKey(run));
  }

  /**
   * Records what died, then starts what may start. Calls that come while one works share the next one, which sees all
   * that they wrote before.
   */
  tend(): Promise<void> {
    if (this.tending === null) {
      this.tending = this.tendOnce().finally(() => (this.tending = null));
      return this.tending;
    }
    this.again ??= this.tending
      .catch(() => undefined)
      .then(() => {
        this.again = null;
        return this.tend();
      });
    return this.again;
  }

  /** Whether a look would find something that no write of another process announces: a death, or a free place. */
  needsTending(): boolean {
    const working = this.known.filter((run) => run.state !== 'QUEUED');
    if (this.known.length > working.length && working.length < this.options.maxRuns()) return true;
    return working.some((run) => {
      if (run.state === 'STARTING' && this.child(run) !== undefined) return false;
      return !this.isAlive(run);
    });
  }

  /** True while the run's process has its lock; also where that cannot be told, since that proves no death. */
  isAlive(run: RunRow): boolean {
    try {
      return isLockHeld(this.folder(run.run_id).lockPath);
    } catch (error) {
      this.options.log(`The lock of run ${run.run_id} cannot be tested`, error);
      return true;
    }
  }

  /** Stops tending. Processes live on: they belong to no window. */
  dispose(): void {
    this.closing.abort(new AcceleratorError('cancelled', 'The window is closing.'));
  }

  private async tendOnce(): Promise<void> {
    const signal = this.closing.signal;
    for (const run of await this.table.activeRuns(signal)) {
      if (run.state !== 'QUEUED') await this.settle(run, signal);
    }
    for (;;) {
      const run = await this.table.claimNext(randomUUID(), this.options.maxRuns(), this.options.now(), signal);
      if (run === null) break;
      await this.start(run, signal);
    }
    this.known = await this.table.activeRuns(signal);
  }

  /** Ends a run whose process is gone, or gives a launch that came to nothing another try. */
  private async settle(run: RunRow, signal: AbortSignal): Promise<void> {
    if (this.isAlive(run)) return;
    const folder = this.folder(run.run_id);
    const record = await folder.exitRecord(run.launch);
    if (record !== null) {
      const { result, message, trace, ended_at: endedAt } = record;
      await this.table.end(run, { result, message, trace, endedAt }, signal);
      return;
    }
    if (run.state === 'RUNNING') {
      await this.table.end(run, await this.died(run, 'The Python process ended before the agent did'), signal);
      return;
    }
    if (this.child(run) !== undefined) return;
    const age = this.options.now().getTime() - Date.parse(run.claimed_at ?? '');
    const gone = run.pid !== null && run.host === hostname() && !mayExist(run.pid);
    if (gone) {
      await this.table.end(run, await this.died(run, 'Python ended before the agent began'), signal);
    } else if (!(age < START_MILLISECONDS)) {
      if (run.launch < MAX_LAUNCHES) await this.table.requeue(run, signal);
      else await this.table.end(run, await this.died(run, 'Python did not start'), signal);
    }
  }

  private async start(run: RunRow, signal: AbortSignal): Promise<void> {
    const folder = this.folder(run.run_id);
    try {
      const job = await this.table.job(run.job_id, signal);
      if (job === null) throw new AcceleratorError('notFound', `The job ${run.job_id} does not exist any more.`);
      const launchOptions = await this.options.launchOptions(signal);
      await folder.prepare({
        version: 1,
        run_id: run.run_id,
        launch: run.launch,
        agent_path: job.agent_path,
        database: this.options.database,
        sqlite_table: this.options.sqliteTable,
        parameters: parametersOf(job),
      });
      const launched = await launch(folder, launchOptions);
      this.children.set(childKey(run), launched);
      void launched.ended.then(() => this.childEnded(run));
      await this.table.notePid(run, launched.pid, hostname(), signal);
    } catch (error) {
      if (signal.aborted) throw error;
      this.options.log(`Run ${run.run_id} could not be started`, error);
      const message = error instanceof Error ? error.message : String(error);
      await this.table.end(run, { result: 'failed', message, trace: null, endedAt: this.nowText() }, signal);
    }
  }

  private async childEnded(run: RunRow): Promise<void> {
    this.children.delete(childKey(run));
    if (this.isClosing()) return;
    try {
      const row = await this.table.run(run.run_id, this.closing.signal);
      // Its own child is certainly gone, whatever the pid says meanwhile.
      if (row?.launch === run.launch && row.state === 'STARTING' && !this.isAlive(row)) {
        const record = await this.folder(run.run_id).exitRecord(run.launch);
        if (record === null) {
          await this.table.end(row, await this.died(row, 'Python ended before the agent began'), this.closing.signal);
        }
      }
      await this.tend();
    } catch (error) {
      if (!this.isClosing()) this.options.log(`The end of run ${run.run_id} could not be recorded`, error);
    }
    this.options.onEnd();
  }

  /** An end without a record: what the process printed last says most. */
  private async died(run: RunRow, what: string): Promise<RunEnd> {
    const endedAt = this.nowText();
    if (run.cancel_requested === 1) return { result: 'cancelled', message: 'Cancelled', trace: null, endedAt };
    const tail = ((await this.folder(run.run_id).log(LOG_TAIL_BYTES)) ?? '').trim();
    const message = `${what}: it was killed, or the computer went down.`;
    return { result: 'failed', message: run.state === 'STARTING' ? `${what}.` : message, trace: tail || null, endedAt };
  }

  /** A method, since a check of the field would be taken to hold after an await. */
  private isClosing(): boolean {
    return this.closing.signal.aborted;
  }

  private nowText(): string {
    return this.options.now().toISOString();
  }
}

function childKey(run: RunRow): string {
  return `${run.run_id}/${String(run.launch)}`;
}
