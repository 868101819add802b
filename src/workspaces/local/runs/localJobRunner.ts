/** Jobs and runs on this computer: rows in the shared file, one Python process a run. */
import { createHash } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { AcceleratorError } from '../../../flows/errors';
import type {
  FoundJob,
  JobRequest,
  JobRunner,
  OwnedJob,
  RunLook,
  RunPhase,
  RunReference,
} from '../../../flows/jobRunner';
import { askToEnd, descendantsOf, endTree } from './processTree';
import type { RunQueue } from './runQueue';
import type { RunRow, RunTable } from './runTable';

/** How long a process may take over its own end before it is ended. */
const GRACE_MILLISECONDS = 3_000;
const DEATH_MILLISECONDS = 10_000;
const LOOK_MILLISECONDS = 50;
const LOG_TAIL_BYTES = 4096;

export interface LocalJobRunnerOptions {
  /** The agent's notebook that a new job runs. Rejects where there is none. */
  readonly agentPath: (signal: AbortSignal) => Promise<string>;
  /** Called before a job exists: notes output and source. Rejects where the source is missing. */
  readonly beforeJob: (request: JobRequest, signal: AbortSignal) => Promise<void>;
  readonly now: () => Date;
}

export class LocalJobRunner implements JobRunner {
  constructor(
    private readonly table: RunTable,
    private readonly queue: RunQueue,
    private readonly options: LocalJobRunnerOptions,
  ) {}

  /** The id follows from the attempt, so a repeated call makes no second job. */
  async createJob(request: JobRequest, signal: AbortSignal): Promise<string> {
    const agentPath = await this.options.agentPath(signal);
    await this.options.beforeJob(request, signal);
    const jobId = `local-${createHash('sha256').update(request.attemptId, 'utf8').digest('hex').slice(0, 16)}`;
    await this.table.addJob(
      {
        job_id: jobId,
        job_name: request.jobName,
        attempt_id: request.attemptId,
        flow_id: request.flowId,
        agent_path: agentPath,
        parameters: JSON.stringify(request.parameters),
        created_at: this.options.now().toISOString(),
      },
      signal,
    );
    return jobId;
  }

  async findJob(jobName: string, signal: AbortSignal): Promise<FoundJob | null> {
    const job = await this.table.jobByName(jobName, signal);
    if (job === null) return null;
    const runs = await this.table.runsOfJob(job.job_id, signal);
    return { jobId: job.job_id, runId: runs[0]?.run_id ?? null };
  }

  /** Puts the run in the queue and starts what has a place; does not wait for the process. */
  async startRun(jobId: string, attemptId: string, signal: AbortSignal): Promise<string> {
    if ((await this.table.job(jobId, signal)) === null) {
      throw new AcceleratorError('notFound', `The local job ${jobId} does not exist.`);
    }
    const runId = `${jobId}-run`;
    await this.table.enqueue(runId, jobId, attemptId, this.options.now(), signal);
    await this.queue.tend();
    return runId;
  }

  async lookAt(runs: readonly RunReference[], signal: AbortSignal): Promise<ReadonlyMap<string, RunLook>> {
    await this.queue.tend();
    const active = await this.table.activeRuns(signal);
    const ids = runs.map((run) => run.runId).filter((id) => id !== null);
    const rows = new Map((await this.table.runsById(ids, signal)).map((row) => [row.run_id, row]));
    return new Map(
      runs.map((run) => {
        const row = run.runId === null ? undefined : rows.get(run.runId);
        return [run.attemptId, row === undefined ? { kind: 'gone' } : lookOf(row, active)];
      }),
    );
  }

  /**
   * Ends a waiting run at once, a running one with its whole process tree. Resolves when it has ended.
   *
   * @throws AcceleratorError notFound; platform where the process is another computer's or cannot be ended
   */
  async cancelRun(run: RunReference, signal: AbortSignal): Promise<void> {
    if (run.runId === null) return;
    await this.table.requestCancel(run.runId, signal);
    // Twice: the run may go from waiting to running between a look and the statement that relies on it.
    for (let tries = 0; tries < 3; tries++) {
      const row = await this.table.run(run.runId, signal);
      if (row === null) throw new AcceleratorError('notFound', `The local run ${run.runId} does not exist.`);
      if (row.state === 'ENDED') break;
      if (await this.endOne(row, signal)) break;
    }
    await this.queue.tend();
  }

  async failureOf(run: RunReference, signal: AbortSignal): Promise<string | null> {
    if (run.runId === null) return null;
    const row = await this.table.run(run.runId, signal);
    if (row === null || row.result === 'succeeded') return null;
    const parts = [row.message, row.trace].filter((part) => part !== null);
    return parts.length > 0 ? parts.join('\n\n') : await this.queue.folder(run.runId).log(LOG_TAIL_BYTES);
  }

  async ownedJobs(signal: AbortSignal): Promise<readonly OwnedJob[]> {
    return (await this.table.jobs(signal)).map((job) => ({
      jobId: job.job_id,
      attemptId: job.attempt_id,
      flowId: job.flow_id,
      createdAt: new Date(job.created_at),
      active: job.active === 1,
    }));
  }

  async deleteJob(jobId: string, signal: AbortSignal): Promise<void> {
    const runs = await this.table.runsOfJob(jobId, signal);
    if (runs.some((run) => run.state !== 'ENDED')) {
      throw new AcceleratorError('conflict', `The local job ${jobId} has a run that has not ended.`);
    }
    await this.table.deleteJob(jobId, signal);
    for (const run of runs) await this.queue.folder(run.run_id).remove();
  }

  /** A local run has a log and no page. */
  runUrl(): Promise<string | null> {
    return Promise.resolve(null);
  }

  async runLog(run: RunReference): Promise<string | null> {
    return run.runId === null ? null : this.queue.folder(run.runId).log();
  }

  /** True when the run has ended, whoever ended it; false when it changed its state meanwhile. */
  private async endOne(row: RunRow, signal: AbortSignal): Promise<boolean> {
    const endedAt = this.options.now().toISOString();
    if (row.state !== 'RUNNING') {
      const message = row.state === 'QUEUED' ? 'Cancelled before it began' : 'Cancelled while it began';
      const ended = await this.table.end(row, { result: 'cancelled', message, trace: null, endedAt }, signal);
      // It finds its row ended and goes away by itself; this only spares it the way.
      const child = this.queue.child(row);
      if (ended && child !== undefined) await endTree(child.pid, []);
      return ended;
    }
    if (this.queue.isAlive(row)) await this.endProcess(row);
    const record = await this.queue.folder(row.run_id).exitRecord(row.launch);
    const end = { result: 'cancelled', message: 'Cancelled', trace: null, endedAt } as const;
    // A run that ended by itself just before keeps its own end.
    await this.table.end(row, record === null ? end : { ...record, endedAt: record.ended_at }, signal);
    return true;
  }

  private async endProcess(row: RunRow): Promise<void> {
    if (row.pid === null || row.host !== hostname()) {
      throw new AcceleratorError('platform', `The run is a process of the computer ${row.host ?? 'unknown'}.`, {
        details: { runId: row.run_id },
      });
    }
    const descendants = await descendantsOf(row.pid);
    askToEnd(row.pid);
    await this.waitForDeath(row, process.platform === 'win32' ? 0 : GRACE_MILLISECONDS);
    // Also after a quiet end: what the agent started may be deaf to the question.
    await endTree(row.pid, descendants);
    if (!(await this.waitForDeath(row, DEATH_MILLISECONDS))) {
      throw new AcceleratorError('platform', `The process ${String(row.pid)} does not end.`, { mend: 'tryAgain' });
    }
  }

  private async waitForDeath(row: RunRow, milliseconds: number): Promise<boolean> {
    for (let waited = 0; this.queue.isAlive(row); waited += LOOK_MILLISECONDS) {
      if (waited >= milliseconds) return false;
      await delay(LOOK_MILLISECONDS);
    }
    return true;
  }
}

const PHASES: Readonly<Record<NonNullable<RunRow['result']>, RunPhase>> = {
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'cancelled',
};

function lookOf(row: RunRow, active: readonly RunRow[]): RunLook {
  const seen = { kind: 'seen', jobId: row.job_id, runId: row.run_id } as const;
  switch (row.state) {
    case 'QUEUED':
      return { ...seen, phase: 'waiting', message: waitingMessage(row, active), endedAt: null };
    case 'STARTING':
      return { ...seen, phase: 'waiting', message: 'Python is starting', endedAt: null };
    case 'RUNNING':
      return { ...seen, phase: 'running', message: row.cancel_requested === 1 ? 'Ending' : null, endedAt: null };
    case 'ENDED':
      return {
        ...seen,
        phase: PHASES[row.result ?? 'failed'],
        message: row.message,
        endedAt: row.ended_at === null ? null : new Date(row.ended_at),
      };
  }
}

function waitingMessage(row: RunRow, active: readonly RunRow[]): string {
  const before = active.filter((one) => one.state === 'QUEUED' && one.queue_number < row.queue_number).length;
  const running = active.filter((one) => one.state !== 'QUEUED').length;
  return `Waits for a free place: ${String(running)} running, ${String(before)} before it`;
}
