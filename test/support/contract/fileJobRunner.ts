/**
 * A job runner whose jobs and runs are files, so that several processes see the same ones, also after one was killed.
 * Its runs do nothing by themselves: a test ends them. It exists for faults that no real runner has at will.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { AcceleratorError } from '../../../src/flows/errors';
import type {
  FoundJob,
  JobRequest,
  JobRunner,
  OwnedJob,
  RunLook,
  RunPhase,
  RunReference,
} from '../../../src/flows/jobRunner';

const PHASES = ['waiting', 'running', 'succeeded', 'failed', 'cancelled', 'skipped', 'timedOut'] as const;

const jobSchema = z.object({
  jobId: z.string(),
  jobName: z.string(),
  attemptId: z.string(),
  flowId: z.string(),
  createdAt: z.string(),
  run: z
    .object({
      runId: z.string(),
      phase: z.enum(PHASES),
      message: z.string().nullable(),
      endedAt: z.string().nullable(),
    })
    .nullable(),
});
export type StoredJob = z.infer<typeof jobSchema>;

export type RunnerVerb = 'createJob' | 'findJob' | 'startRun' | 'lookAt' | 'cancelRun' | 'deleteJob';

/** Called round each call; what it throws is what the call throws. `after`: the work is done, its answer gets lost. */
export interface RunnerFaults {
  before?(verb: RunnerVerb, subject: string): void | Promise<void>;
  after?(verb: RunnerVerb, subject: string): void | Promise<void>;
}

export class FileJobRunner implements JobRunner {
  readonly calls: { readonly verb: RunnerVerb; readonly subject: string }[] = [];
  faults: RunnerFaults = {};
  /** Attempts whose runs this caller may not see. */
  readonly hidden = new Set<string>();

  constructor(
    private readonly folder: string,
    private readonly now: () => Date = () => new Date(),
  ) {
    mkdirSync(folder, { recursive: true });
  }

  async createJob(request: JobRequest): Promise<string> {
    return this.call('createJob', request.attemptId, () => {
      // Two creates of one name would make two jobs, as on Databricks.
      const jobId = numberOf(
        `${request.jobName} ${this.jobs().filter((job) => job.jobName === request.jobName).length}`,
      );
      const { jobName, attemptId, flowId } = request;
      this.write({ jobId, jobName, attemptId, flowId, createdAt: this.now().toISOString(), run: null });
      return jobId;
    });
  }

  async findJob(jobName: string): Promise<FoundJob | null> {
    return this.call('findJob', jobName, () => {
      const job = this.jobs().find((each) => each.jobName === jobName);
      return job === undefined ? null : { jobId: job.jobId, runId: job.run?.runId ?? null };
    });
  }

  async startRun(jobId: string, attemptId: string): Promise<string> {
    return this.call('startRun', attemptId, () => {
      const job = this.need(jobId);
      const runId = job.run?.runId ?? numberOf(`run of ${attemptId}`);
      if (job.run === null) {
        this.write({ ...job, run: { runId, phase: 'running', message: null, endedAt: null } });
      }
      return runId;
    });
  }

  async lookAt(runs: readonly RunReference[]): Promise<ReadonlyMap<string, RunLook>> {
    return this.call('lookAt', runs.map((run) => run.attemptId).join(' '), () => {
      const looks = new Map<string, RunLook>();
      for (const run of runs) {
        looks.set(run.attemptId, this.look(run));
      }
      return looks;
    });
  }

  async cancelRun(run: RunReference): Promise<void> {
    await this.call('cancelRun', run.attemptId, () => this.endRun(run.attemptId, 'cancelled'));
  }

  async failureOf(run: RunReference): Promise<string | null> {
    return this.read(run.jobId)?.run?.message ?? null;
  }

  async ownedJobs(): Promise<readonly OwnedJob[]> {
    return this.jobs().map(({ jobId, attemptId, flowId, createdAt, run }) => ({
      jobId,
      attemptId,
      flowId,
      createdAt: new Date(createdAt),
      active: run !== null && isRunning(run.phase),
    }));
  }

  async deleteJob(jobId: string): Promise<void> {
    await this.call('deleteJob', jobId, () => {
      this.need(jobId);
      rmSync(this.fileOf(jobId));
    });
  }

  async runUrl(): Promise<string | null> {
    return null;
  }

  async runLog(): Promise<string | null> {
    return null;
  }

  /** All jobs there are. */
  jobs(): readonly StoredJob[] {
    return readdirSync(this.folder)
      .filter((name) => name.endsWith('.json'))
      .map((name) => jobSchema.parse(JSON.parse(readFileSync(path.join(this.folder, name), 'utf8'))));
  }

  activeRuns(): readonly StoredJob[] {
    return this.jobs().filter((job) => job.run !== null && isRunning(job.run.phase));
  }

  /** What the platform does at the end of a run. An ended run stays as it ended. */
  endRun(attemptId: string, phase: RunPhase, message: string | null = null): void {
    const job = this.jobs().find((each) => each.attemptId === attemptId && each.run !== null);
    if (job?.run && isRunning(job.run.phase)) {
      this.write({ ...job, run: { ...job.run, phase, message, endedAt: this.now().toISOString() } });
    }
  }

  private look(run: RunReference): RunLook {
    if (this.hidden.has(run.attemptId)) {
      return { kind: 'notVisible', why: 'permission denied' };
    }
    const job = this.read(run.jobId);
    if (job?.run === undefined || job.run === null) {
      return { kind: 'gone' };
    }
    const { runId, phase, message, endedAt } = job.run;
    return {
      kind: 'seen',
      phase,
      message,
      jobId: job.jobId,
      runId,
      endedAt: endedAt === null ? null : new Date(endedAt),
    };
  }

  private async call<T>(verb: RunnerVerb, subject: string, work: () => T): Promise<T> {
    this.calls.push({ verb, subject });
    await this.faults.before?.(verb, subject);
    const result = work();
    await this.faults.after?.(verb, subject);
    return result;
  }

  private need(jobId: string): StoredJob {
    const job = this.read(jobId);
    if (job === null) {
      throw new AcceleratorError('notFound', `Job ${jobId} does not exist.`);
    }
    return job;
  }

  private read(jobId: string): StoredJob | null {
    const file = this.fileOf(jobId);
    return existsSync(file) ? jobSchema.parse(JSON.parse(readFileSync(file, 'utf8'))) : null;
  }

  private write(job: StoredJob): void {
    const temporary = `${this.fileOf(job.jobId)}.${process.pid}`;
    writeFileSync(temporary, JSON.stringify(job));
    renameSync(temporary, this.fileOf(job.jobId));
  }

  private fileOf(jobId: string): string {
    return path.join(this.folder, `job-${jobId}.json`);
  }
}

const isRunning = (phase: RunPhase): boolean => phase === 'waiting' || phase === 'running';

function numberOf(text: string): string {
  return BigInt(`0x${createHash('sha256').update(text).digest('hex').slice(0, 13)}`).toString();
}
