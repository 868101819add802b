/** Jobs 2.2: every run really runs its notebook, in a process of its own over Spark Connect. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import * as z from 'zod';

import type { EngineSource } from './engine';
import type { FaultPlan, RunFault } from './faults';
import { ApiError, int64, json, pageOf, wireNumber, type ApiAnswer, type ApiRequest, type Routes } from './http';
import { enginePython } from './install';
import { jobBody, runBody } from './jobBodies';
import type { Storage } from './storage';

export const SPARK_VERSIONS = [
  { key: '13.3.x-scala2.12', name: '13.3 LTS (includes Apache Spark 3.4.1, Scala 2.12)' },
  { key: '15.4.x-scala2.12', name: '15.4 LTS (includes Apache Spark 3.5.0, Scala 2.12)' },
  { key: '16.4.x-scala2.13', name: '16.4 LTS (includes Apache Spark 3.5.2, Scala 2.13)' },
];
export const NODE_TYPES = ['i3.xlarge', 'm5d.large', 'm5d.xlarge'];
export const CLUSTERS = [{ cluster_id: '1101-120000-test0001', cluster_name: 'Shared', state: 'RUNNING' }];

const taskSchema = z.object({
  task_key: z.string(),
  notebook_task: z.object({ notebook_path: z.string(), base_parameters: z.record(z.string(), z.string()).optional() }),
  new_cluster: z.object({ spark_version: z.string(), node_type_id: z.string().optional() }).loose().optional(),
  existing_cluster_id: z.string().optional(),
});
const settingsSchema = z
  .object({
    name: z.string().default('Untitled'),
    tags: z.record(z.string(), z.string()).optional(),
    tasks: z.array(taskSchema).min(1),
    max_concurrent_runs: z.number().default(1),
  })
  .loose();
const outcomeSchema = z.object({
  state: z.enum(['SUCCESS', 'FAILED']),
  result: z.string().nullish(),
  error: z.string().optional(),
  trace: z.string().optional(),
});

export interface Job {
  readonly id: string;
  readonly creator: string;
  readonly createdAt: number;
  readonly settings: z.infer<typeof settingsSchema>;
}

type LifeCycle = 'QUEUED' | 'PENDING' | 'RUNNING' | 'TERMINATING' | 'TERMINATED' | 'SKIPPED' | 'INTERNAL_ERROR';

export interface Run {
  readonly id: string;
  readonly taskRunId: string;
  readonly job: Job;
  readonly startedAt: number;
  lifeCycle: LifeCycle;
  result: string | null;
  message: string;
  endedAt: number;
  output: z.infer<typeof outcomeSchema> | null;
  child: ChildProcess | null;
}

export interface JobsOptions {
  readonly engine: EngineSource;
  readonly storage: Storage;
  /** Milliseconds that a job's own cluster takes to start. */
  readonly clusterStartMs: number;
  /** How many notebooks run at once; others are queued. */
  readonly parallelRuns: number;
  readonly now: () => number;
  readonly faults: FaultPlan<RunFault>;
  /** What a cluster's processes know of their workspace: its address and the credentials of the run. */
  readonly environment: () => Readonly<Record<string, string>>;
}

export class Jobs {
  readonly jobs = new Map<string, Job>();
  readonly runs = new Map<string, Run>();
  private readonly tokens = new Map<string, string>();
  /** Ids beyond what a JavaScript number holds, so that a client that rounds them fails here. */
  private nextId = 9_007_199_254_740_993n;
  private free: number;
  private readonly queue: (() => void)[] = [];

  /** Runs then execute nothing, and end when `finish` says so. */
  hold = false;
  /** Runs that nobody may see. */
  readonly hidden = new Set<string>();

  constructor(readonly options: JobsOptions) {
    this.free = options.parallelRuns;
  }

  readonly routes: Routes = {
    'POST /api/2.2/jobs/create': (request) => this.create(request),
    'POST /api/2.2/jobs/delete': (request) => this.delete(request),
    'GET /api/2.2/jobs/get': (request) => ({ status: 200, body: jobBody(this.job(request.query.get('job_id'))) }),
    'GET /api/2.2/jobs/list': (request) => this.list(request),
    'POST /api/2.2/jobs/run-now': (request) => this.runNow(request),
    'GET /api/2.2/jobs/runs/get': (request) => ({ status: 200, body: runBody(this.run(request.query.get('run_id'))) }),
    'GET /api/2.2/jobs/runs/get-output': (request) => this.output(request),
    'GET /api/2.2/jobs/runs/list': (request) => this.listRuns(request),
    'POST /api/2.2/jobs/runs/cancel': (request) => this.cancel(request),
  };

  async stop(): Promise<void> {
    for (const run of this.runs.values()) {
      run.child?.kill('SIGKILL');
    }
    await Promise.all([...this.runs.values()].map((run) => untilExit(run.child)));
  }

  /** As when the driver's machine dies: the run ends, its notebook did not. */
  kill(runId: string): void {
    this.runs.get(runId)?.child?.kill('SIGKILL');
  }

  /** Ends a held run. */
  finish(runId: string, result: string, message: string): void {
    const run = this.runs.get(runId);
    if (run !== undefined && run.endedAt === 0) {
      this.end(run, 'TERMINATED', result, message);
    }
  }

  /** As when the platform forgets a run after 60 days. */
  forget(runId: string): void {
    this.runs.delete(runId);
  }

  private create(request: ApiRequest): ApiAnswer {
    const parsed = settingsSchema.safeParse(json(request));
    if (!parsed.success) {
      throw new ApiError(400, 'INVALID_PARAMETER_VALUE', parsed.error.issues[0]?.message ?? 'Invalid job settings.');
    }
    for (const task of parsed.data.tasks) {
      const cluster = task.new_cluster;
      if (cluster !== undefined && !SPARK_VERSIONS.some(({ key }) => key === cluster.spark_version)) {
        throw new ApiError(400, 'INVALID_PARAMETER_VALUE', `Invalid spark version ${cluster.spark_version}.`);
      }
      if (cluster?.node_type_id !== undefined && !NODE_TYPES.includes(cluster.node_type_id)) {
        throw new ApiError(400, 'INVALID_PARAMETER_VALUE', `Node type ${cluster.node_type_id} is not supported.`);
      }
      const existing = task.existing_cluster_id;
      if (existing !== undefined && !CLUSTERS.some(({ cluster_id }) => cluster_id === existing)) {
        throw new ApiError(400, 'INVALID_PARAMETER_VALUE', `Cluster ${existing} does not exist.`);
      }
    }
    const id = this.newId();
    this.jobs.set(id, { id, creator: request.user, createdAt: this.options.now(), settings: parsed.data });
    return { status: 200, body: { job_id: int64(id) } };
  }

  private delete(request: ApiRequest): ApiAnswer {
    this.jobs.delete(this.job(wireNumber(json(request)['job_id'], 'job_id')).id);
    return { status: 200, body: {} };
  }

  private list(request: ApiRequest): ApiAnswer {
    const name = request.query.get('name')?.toLowerCase();
    const all = [...this.jobs.values()]
      .reverse()
      .filter((job) => name === undefined || job.settings.name.toLowerCase() === name);
    const { items, next } = pageOf(
      all,
      request.query.get('page_token'),
      Math.min(Number(request.query.get('limit') ?? 20), 100),
    );
    return {
      status: 200,
      body: {
        jobs: items.map(jobBody),
        has_more: next !== undefined,
        ...(next === undefined ? {} : { next_page_token: next }),
      },
    };
  }

  private runNow(request: ApiRequest): ApiAnswer {
    const body = json(request);
    const job = this.job(wireNumber(body['job_id'], 'job_id'));
    const token = typeof body['idempotency_token'] === 'string' ? body['idempotency_token'] : null;
    if (token !== null && token.length > 64) {
      throw new ApiError(400, 'INVALID_PARAMETER_VALUE', 'idempotency_token must not be longer than 64 characters.');
    }
    const known = token === null ? undefined : this.tokens.get(token);
    if (known !== undefined) {
      return { status: 200, body: { run_id: int64(known), number_in_job: int64(known) } };
    }
    const active = [...this.runs.values()].filter((run) => run.job.id === job.id && run.endedAt === 0).length;
    const run: Run = {
      id: this.newId(),
      taskRunId: this.newId(),
      job,
      startedAt: this.options.now(),
      lifeCycle: 'QUEUED',
      result: null,
      message: '',
      endedAt: 0,
      output: null,
      child: null,
    };
    this.runs.set(run.id, run);
    if (token !== null) {
      this.tokens.set(token, run.id);
    }
    if (active >= job.settings.max_concurrent_runs) {
      this.end(run, 'SKIPPED', 'MAXIMUM_CONCURRENT_RUNS_REACHED', 'There are already active runs of this job.');
    } else if (this.hold) {
      run.lifeCycle = 'RUNNING';
    } else {
      void this.execute(run).catch((error: unknown) => this.end(run, 'INTERNAL_ERROR', 'FAILED', String(error)));
    }
    return { status: 200, body: { run_id: int64(run.id), number_in_job: int64(run.id) } };
  }

  private output(request: ApiRequest): ApiAnswer {
    const id = request.query.get('run_id') ?? '';
    const run = [...this.runs.values()].find((candidate) => candidate.taskRunId === id);
    if (run === undefined) {
      this.run(id);
      throw new ApiError(
        400,
        'INVALID_PARAMETER_VALUE',
        'Retrieving the output of runs with multiple tasks is not supported. Please retrieve the output of each individual task run instead.',
      );
    }
    const { output } = run;
    return {
      status: 200,
      body: {
        ...(output?.result == null ? {} : { notebook_output: { result: output.result, truncated: false } }),
        ...(output?.error === undefined ? {} : { error: output.error, error_trace: output.trace }),
      },
    };
  }

  private listRuns(request: ApiRequest): ApiAnswer {
    const { query } = request;
    const limit = Number(query.get('limit') ?? 20);
    if (limit < 0 || limit > 24) {
      throw new ApiError(400, 'INVALID_PARAMETER_VALUE', 'limit must be between 1 and 24.');
    }
    const from = Number(query.get('start_time_from') ?? 0);
    const all = [...this.runs.values()]
      .reverse()
      .filter((run) => query.get('job_id') === null || run.job.id === query.get('job_id'))
      .filter((run) => query.get('active_only') !== 'true' || run.endedAt === 0)
      .filter((run) => run.startedAt >= from && !this.hidden.has(run.id));
    const { items, next } = pageOf(all, query.get('page_token'), limit === 0 ? 24 : limit);
    return {
      status: 200,
      body: { runs: items.map(runBody), ...(next === undefined ? {} : { next_page_token: next }) },
    };
  }

  private cancel(request: ApiRequest): ApiAnswer {
    const run = this.run(wireNumber(json(request)['run_id'], 'run_id'));
    if (run.endedAt === 0) {
      // It answers before the run has stopped.
      run.lifeCycle = 'TERMINATING';
      run.result = 'CANCELED';
      run.message = 'Run cancelled.';
      if (run.child === null || this.hold) {
        this.end(run, 'TERMINATED', 'CANCELED', run.message);
      } else {
        run.child.kill('SIGKILL');
      }
    }
    return { status: 200, body: {} };
  }

  private async execute(run: Run): Promise<void> {
    const fault = this.options.faults.take(run.job.settings.name);
    run.lifeCycle = 'PENDING';
    if (!(await this.clusterStarts(run, fault))) {
      return;
    }
    run.lifeCycle = 'QUEUED';
    await this.place();
    try {
      await this.executeNow(run, fault);
    } finally {
      this.leave();
    }
  }

  private async executeNow(run: Run, fault: RunFault | null): Promise<void> {
    const task = run.job.settings.tasks[0];
    if (this.hasEnded(run) || task === undefined) {
      return;
    }
    if (fault?.kind === 'agentNeverReports') {
      this.end(run, 'TERMINATED', 'SUCCESS', '');
      return;
    }
    const { notebook_path: path, base_parameters: parameters = {} } = task.notebook_task;
    const { storage, engine } = this.options;
    if (!(await storage.isNotebook(path))) {
      this.end(
        run,
        'INTERNAL_ERROR',
        'FAILED',
        `Unable to access the notebook "${path}". Either it does not exist, or the identity used to run this job lacks the required permissions.`,
      );
      return;
    }
    const folder = dirname(storage.onDisk(path));
    await mkdir(folder, { recursive: true });
    const [python, { connectPort }] = await Promise.all([enginePython(), engine()]);
    if (this.hasEnded(run)) {
      return; // it was cancelled meanwhile
    }
    run.lifeCycle = 'RUNNING';
    const child = spawn(
      python,
      [
        join(import.meta.dirname, 'engine', 'run_notebook.py'),
        storage.notebookOnDisk(path),
        '--remote',
        `sc://127.0.0.1:${connectPort}`,
        '--mounts',
        storage.root,
        '--workspace-path',
        path,
      ],
      {
        stdio: ['pipe', 'pipe', 'pipe'],
        cwd: folder,
        env: { ...process.env, ...this.options.environment(), PYTHONDONTWRITEBYTECODE: '1' },
      },
    );
    run.child = child;
    if (fault?.kind === 'agentDies') {
      setTimeout(() => child.kill('SIGKILL'), fault.afterMs).unref();
    }
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data: Buffer) => (stdout += data.toString()));
    child.stderr.on('data', (data: Buffer) => (stderr = (stderr + data.toString()).slice(-8000)));
    child.stdin.on('error', () => undefined); // it may have been killed before it read
    child.stdin.end(JSON.stringify(parameters));
    await untilExit(child);
    if (run.result === 'CANCELED') {
      this.end(run, 'TERMINATED', 'CANCELED', run.message);
      return;
    }
    const parsed = outcomeSchema.safeParse(tryJson(stdout.trim().split('\n').at(-1) ?? ''));
    run.output = parsed.success
      ? parsed.data
      : { state: 'FAILED', error: 'The driver stopped unexpectedly.', trace: stderr };
    if (run.output.state === 'SUCCESS') {
      this.end(run, 'TERMINATED', 'SUCCESS', '');
    } else {
      this.end(run, 'TERMINATED', 'FAILED', 'Workload failed, see run output for details');
    }
  }

  /** False where the run ended before its cluster was there. */
  private async clusterStarts(run: Run, fault: RunFault | null): Promise<boolean> {
    const given = fault?.kind === 'clusterNeverStarts' ? fault.givenUpAfterMs : null;
    const own = run.job.settings.tasks.some((task) => task.new_cluster !== undefined);
    const end = Date.now() + (given ?? (own ? this.options.clusterStartMs : 0));
    while (Date.now() < end && run.endedAt === 0) {
      await sleep(20, undefined, { ref: false });
    }
    if (given !== null && run.endedAt === 0) {
      this.end(run, 'INTERNAL_ERROR', 'FAILED', 'The cluster could not be started: no machines are available.');
    }
    return run.endedAt === 0;
  }

  private async place(): Promise<void> {
    if (this.free > 0) {
      this.free--;
      return;
    }
    await new Promise<void>((resolve) => this.queue.push(resolve));
  }

  /** Hands the place to the next in the queue, so that nobody comes in between. */
  private leave(): void {
    const next = this.queue.shift();
    if (next === undefined) {
      this.free++;
    } else {
      next();
    }
  }

  private hasEnded(run: Run): boolean {
    return run.endedAt !== 0;
  }

  private end(run: Run, lifeCycle: LifeCycle, result: string, message: string): void {
    Object.assign(run, { lifeCycle, result, message, endedAt: this.options.now() });
  }

  private job(id: string | null): Job {
    const job = this.jobs.get(id ?? '');
    if (job === undefined) {
      throw new ApiError(400, 'INVALID_PARAMETER_VALUE', `Job ${id ?? ''} does not exist.`);
    }
    return job;
  }

  private run(id: string | null): Run {
    if (this.hidden.has(id ?? '')) {
      throw new ApiError(403, 'PERMISSION_DENIED', 'You may not see this run.');
    }
    const run = this.runs.get(id ?? '');
    if (run === undefined) {
      throw new ApiError(400, 'INVALID_PARAMETER_VALUE', `Run ${id ?? ''} does not exist.`);
    }
    return run;
  }

  private newId(): string {
    return String(this.nextId++);
  }
}

function untilExit(child: ChildProcess | null): Promise<void> {
  if (child === null || child.exitCode !== null || child.signalCode !== null) {
    return Promise.resolve();
  }
  return new Promise((resolve) => child.once('close', () => resolve()));
}

function tryJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
