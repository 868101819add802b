/** The rows of local jobs and runs. Every change of a run's state is one conditional statement, so that windows agree. */
import * as z from 'zod/mini';
import { AcceleratorError } from '../../../flows/errors';
import type { AgentParameters } from '../../../flows/jobRunner';
import type { SqlClient, SqlParameters, SqlRow } from '../../sql/sqlClient';

const STATES = ['QUEUED', 'STARTING', 'RUNNING', 'ENDED'] as const;
const RESULTS = ['succeeded', 'failed', 'cancelled'] as const;
export type RunResult = (typeof RESULTS)[number];

const jobSchema = z.object({
  job_id: z.string(),
  job_name: z.string(),
  attempt_id: z.string(),
  flow_id: z.string(),
  agent_path: z.string(),
  parameters: z.string(),
  created_at: z.string(),
});
const runSchema = z.object({
  queue_number: z.number(),
  run_id: z.string(),
  job_id: z.string(),
  attempt_id: z.string(),
  state: z.enum(STATES),
  launch: z.number(),
  claimed_at: z.nullable(z.string()),
  pid: z.nullable(z.number()),
  host: z.nullable(z.string()),
  ended_at: z.nullable(z.string()),
  result: z.nullable(z.enum(RESULTS)),
  message: z.nullable(z.string()),
  trace: z.nullable(z.string()),
  cancel_requested: z.number(),
});
const parametersSchema = z.object({
  flow_id: z.string(),
  nifi_xml_path: z.string(),
  output_path: z.string(),
  attempt_id: z.string(),
  delta_table: z.string(),
});
const ownedJobSchema = z.extend(jobSchema, { active: z.number() });

export type JobRow = z.infer<typeof jobSchema>;
export type RunRow = z.infer<typeof runSchema>;
export type OwnedJobRow = z.infer<typeof ownedJobSchema>;

export interface RunEnd {
  readonly result: RunResult;
  readonly message: string | null;
  readonly trace: string | null;
  readonly endedAt: string;
}

const RUN_COLUMNS = Object.keys(runSchema.shape).join(', ');
const JOB_COLUMNS = Object.keys(jobSchema.shape).join(', ');

export class RunTable {
  constructor(private readonly client: SqlClient) {}

  /** Adds the job; one with the same id or name stays as it is. */
  async addJob(job: JobRow, signal: AbortSignal): Promise<void> {
    await this.write(
      `INSERT OR IGNORE INTO local_jobs (${JOB_COLUMNS})
       VALUES (:job_id, :job_name, :attempt_id, :flow_id, :agent_path, :parameters, :created_at)`,
      { ...job },
      signal,
    );
  }

  async job(jobId: string, signal: AbortSignal): Promise<JobRow | null> {
    const rows = await this.read(`SELECT ${JOB_COLUMNS} FROM local_jobs WHERE job_id = :jobId`, { jobId }, signal);
    return rows[0] === undefined ? null : parsed(jobSchema, rows[0]);
  }

  async jobByName(name: string, signal: AbortSignal): Promise<JobRow | null> {
    const rows = await this.read(`SELECT ${JOB_COLUMNS} FROM local_jobs WHERE job_name = :name`, { name }, signal);
    return rows[0] === undefined ? null : parsed(jobSchema, rows[0]);
  }

  async jobs(signal: AbortSignal): Promise<readonly OwnedJobRow[]> {
    const rows = await this.read(
      `SELECT ${JOB_COLUMNS}, EXISTS (
         SELECT 1 FROM local_runs r WHERE r.job_id = local_jobs.job_id AND r.state <> 'ENDED') AS active
       FROM local_jobs ORDER BY created_at`,
      {},
      signal,
    );
    return rows.map((row) => parsed(ownedJobSchema, row));
  }

  async runsOfJob(jobId: string, signal: AbortSignal): Promise<readonly RunRow[]> {
    return this.runs(`WHERE job_id = :jobId ORDER BY queue_number DESC`, { jobId }, signal);
  }

  async runsById(runIds: readonly string[], signal: AbortSignal): Promise<readonly RunRow[]> {
    const where = 'WHERE run_id IN (SELECT value FROM json_each(:runIds))';
    return this.runs(where, { runIds: JSON.stringify(runIds) }, signal);
  }

  async run(runId: string, signal: AbortSignal): Promise<RunRow | null> {
    return (await this.runsById([runId], signal))[0] ?? null;
  }

  async activeRuns(signal: AbortSignal): Promise<readonly RunRow[]> {
    return this.runs(`WHERE state <> 'ENDED' ORDER BY queue_number`, {}, signal);
  }

  async deleteJob(jobId: string, signal: AbortSignal): Promise<void> {
    await this.write('DELETE FROM local_runs WHERE job_id = :jobId', { jobId }, signal);
    await this.write('DELETE FROM local_jobs WHERE job_id = :jobId', { jobId }, signal);
  }

  /** Puts a run at the end of the queue; a second call for the same attempt changes nothing. */
  async enqueue(runId: string, jobId: string, attemptId: string, now: Date, signal: AbortSignal): Promise<void> {
    await this.write(
      `INSERT OR IGNORE INTO local_runs (run_id, job_id, attempt_id, state, launch, queued_at)
       VALUES (:runId, :jobId, :attemptId, 'QUEUED', 0, :now)`,
      { runId, jobId, attemptId, now: now.toISOString() },
      signal,
    );
  }

  /**
   * Takes the first waiting run where fewer than `maxRuns` have a place. One statement, so two windows never take the
   * same run nor one place too many.
   *
   * @param claim a text that nobody else uses; it finds the taken run again
   */
  async claimNext(claim: string, maxRuns: number, now: Date, signal: AbortSignal): Promise<RunRow | null> {
    const affected = await this.write(
      `UPDATE local_runs
       SET state = 'STARTING', launch = launch + 1, claim = :claim, claimed_at = :now, pid = NULL, host = NULL
       WHERE state = 'QUEUED'
         AND queue_number = (SELECT MIN(queue_number) FROM local_runs WHERE state = 'QUEUED')
         AND (SELECT COUNT(*) FROM local_runs WHERE state IN ('STARTING', 'RUNNING')) < :maxRuns`,
      { claim, maxRuns, now: now.toISOString() },
      signal,
    );
    if (affected === 0) return null;
    return (await this.runs('WHERE claim = :claim', { claim }, signal))[0] ?? null;
  }

  /** Notes the process that was launched, for whoever must find out later that it died before it began. */
  async notePid(run: RunRow, pid: number, host: string, signal: AbortSignal): Promise<void> {
    await this.write(
      `UPDATE local_runs SET pid = :pid, host = :host
       WHERE run_id = :runId AND launch = :launch AND state = 'STARTING'`,
      { pid, host, runId: run.run_id, launch: run.launch },
      signal,
    );
  }

  /** Gives up a launch that came to nothing: the run keeps its turn and waits again. */
  async requeue(run: RunRow, signal: AbortSignal): Promise<boolean> {
    const affected = await this.write(
      `UPDATE local_runs SET state = 'QUEUED' WHERE run_id = :runId AND launch = :launch AND state = 'STARTING'`,
      { runId: run.run_id, launch: run.launch },
      signal,
    );
    return affected > 0;
  }

  /** Ends a run that is as it was read; false where it is not. */
  async end(run: RunRow, end: RunEnd, signal: AbortSignal): Promise<boolean> {
    const affected = await this.write(
      `UPDATE local_runs SET state = 'ENDED', result = :result, message = :message, trace = :trace, ended_at = :endedAt
       WHERE run_id = :runId AND launch = :launch AND state = :state`,
      {
        result: end.result,
        message: end.message,
        trace: end.trace,
        endedAt: end.endedAt,
        runId: run.run_id,
        launch: run.launch,
        state: run.state,
      },
      signal,
    );
    return affected > 0;
  }

  async requestCancel(runId: string, signal: AbortSignal): Promise<void> {
    await this.write(
      `UPDATE local_runs SET cancel_requested = 1 WHERE run_id = :runId AND state <> 'ENDED'`,
      { runId },
      signal,
    );
  }

  private async runs(where: string, parameters: SqlParameters, signal: AbortSignal): Promise<readonly RunRow[]> {
    const rows = await this.read(`SELECT ${RUN_COLUMNS} FROM local_runs ${where}`, parameters, signal);
    return rows.map((row) => parsed(runSchema, row));
  }

  private async read(sql: string, parameters: SqlParameters, signal: AbortSignal): Promise<readonly SqlRow[]> {
    return (await this.client.execute(sql, parameters, { signal, idempotent: true })).rows;
  }

  private async write(sql: string, parameters: SqlParameters, signal: AbortSignal): Promise<number> {
    return (await this.client.execute(sql, parameters, { signal })).affected ?? 0;
  }
}

/** The parameters of a job's row. */
export function parametersOf(job: JobRow): AgentParameters {
  let value: unknown;
  try {
    value = JSON.parse(job.parameters);
  } catch {
    value = undefined;
  }
  return parsed(parametersSchema, value);
}

function parsed<T extends z.ZodMiniType>(schema: T, value: unknown): z.infer<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new AcceleratorError('badData', `A row of the local runs cannot be read: ${z.prettifyError(result.error)}`, {
    mend: 'showLog',
  });
}
