/** Starts under faults, windows that are killed and opened again, a reconcile at the end, and what must hold then. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { runReferenceOf } from '../../../src/flows/attemptEnd';
import { Conversions } from '../../../src/flows/conversions';
import { deriveFlow } from '../../../src/flows/deriveFlow';
import { isActive, type Attempt } from '../../../src/flows/model';
import { Reconciler } from '../../../src/flows/reconciler';
import { ABANDONED_AFTER_MS } from '../../../src/flows/timing';
import type { Workspace } from '../../../src/flows/workspace';
import type { SqlClient } from '../../../src/workspaces/sql/sqlClient';
import { seeded } from '../fakeWorkspace/faults';
import { until } from '../until';
import { PATIENCE_MS, type WindowOrder, type WindowPlace, type WindowStep } from './window';

const { signal } = new AbortController();
const RECONCILES = 12;

/** A job as the platform has it, with its runs. */
export interface PlatformJob {
  readonly jobId: string;
  readonly attemptId: string;
  readonly runIds: readonly string[];
  readonly active: boolean;
}

export interface ChaosPlace {
  /** Seen without faults, by who checks. */
  readonly workspace: Workspace;
  readonly sql: SqlClient;
  /** The flows table, quoted. */
  readonly flowsTable: string;
  readonly forWindows: WindowPlace;
  readonly flowIds: readonly string[];
  /** From now on things go wrong; the result ends that. */
  storm(): () => Promise<void>;
  jobs(): Promise<readonly PlatformJob[]>;
  /** What went wrong, by kind, and what it took. */
  counts(): Readonly<Record<string, number>>;
}

export interface ChaosOptions {
  readonly seed: number;
  /** How many windows are killed on the way. */
  readonly kills: number;
  /** Flows in one bulk start. */
  readonly batch: number;
  /** How long one window may take to see all to its end. */
  readonly windowMs: number;
}

/** Runs it all; rejects where something does not hold. Returns the counts for the report. */
export async function chaos(place: ChaosPlace, options: ChaosOptions): Promise<Readonly<Record<string, number>>> {
  const random = seeded(options.seed);
  const order: WindowOrder = { place: place.forWindows, flowIds: [...place.flowIds], batch: options.batch };
  const calm = place.storm();
  const killed: Record<string, number> = {};
  try {
    for (let kill = 0; kill < options.kills; kill += 1) {
      const step = await runWindow(order, { kill: killPoint(random, options.batch), limitMs: options.windowMs });
      if (step !== null) killed[`killed after ${step}`] = (killed[`killed after ${step}`] ?? 0) + 1;
    }
    await runWindow(order, { kill: null, limitMs: options.windowMs });
  } finally {
    await calm();
  }
  const repairs = await repair(place, options.windowMs);
  const statuses = await assertSettled(place);
  return { starts: place.flowIds.length, ...killed, ...place.counts(), ...repairs, ...statuses };
}

interface KillPoint {
  readonly step: WindowStep;
  readonly times: number;
  readonly delayMs: number;
}

/** In the middle of opening, of a claim, or of the starts of a bulk. */
function killPoint(random: () => number, batch: number): KillPoint {
  const steps = ['opened', 'claiming', 'started', 'started'] as const;
  const step = steps[Math.floor(random() * steps.length)] ?? 'started';
  const times = step === 'started' ? 1 + Math.floor(random() * batch) : 1;
  return { step, times, delayMs: Math.floor(random() * (step === 'claiming' ? 1_500 : 300)) };
}

/** Opens a window and waits for its end. Returns the step after which it was killed; null where it came to its end. */
async function runWindow(
  order: WindowOrder,
  { kill, limitMs }: { readonly kill: KillPoint | null; readonly limitMs: number },
): Promise<WindowStep | null> {
  const child = spawn(process.execPath, ['--import', 'tsx', path.join(__dirname, 'window.ts'), JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-6_000);
    if (process.env['CHAOS_LOG'] !== undefined) process.stderr.write(text);
  });
  const limit = setTimeout(() => child.kill('SIGKILL'), limitMs);
  let left = kill?.times ?? Number.POSITIVE_INFINITY;
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (line !== kill?.step || --left > 0) return;
    setTimeout(() => child.kill('SIGKILL'), kill.delayMs);
  });
  const end = await new Promise<number | NodeJS.Signals | null>((resolve) =>
    child.once('close', (code, by) => resolve(by ?? code)),
  );
  clearTimeout(limit);
  if (end === 'SIGKILL' && kill !== null && left <= 0) return kill.step;
  if (end !== 0) throw new Error(`a window ended with ${end}:\n${said}`);
  return null;
}

/** As a window does that opens when every deadline has passed, and looks on; a person cancels what only waits. */
async function repair(place: ChaosPlace, limitMs: number): Promise<Readonly<Record<string, number>>> {
  const { workspace } = place;
  const now = (): Date => new Date(Date.now() + ABANDONED_AFTER_MS + 1_000);
  const sums = { reconciles: 0, rebuilt: 0, adopted: 0, closed: 0, cancelled: 0 };
  const reconcile = async (): Promise<readonly Attempt[]> => {
    const report = await new Reconciler(workspace, { now }).reconcile(signal);
    sums.reconciles += 1;
    sums.rebuilt += report.rebuilt.length;
    sums.adopted += report.adopted.length;
    sums.closed += report.closed.length;
    return workspace.store.activeAttempts(signal);
  };
  const conversions = new Conversions(workspace, { parallelism: 8, keepLatestJobs: 3, now });
  const references = (await reconcile()).map(runReferenceOf);
  const ended = new Set<string>();
  let waitingSince = Date.now();
  await until(
    'the end of all runs',
    async () => {
      const open = references.filter(({ attemptId }) => !ended.has(attemptId));
      const looks = await workspace.runner.lookAt(open, signal);
      const phases = [...looks].map(([id, look]) => [id, look.kind === 'seen' ? look.phase : 'gone'] as const);
      phases.filter(([, phase]) => phase !== 'waiting' && phase !== 'running').forEach(([id]) => ended.add(id));
      if (phases.some(([, phase]) => phase !== 'waiting')) waitingSince = Date.now();
      if (Date.now() - waitingSince > PATIENCE_MS) {
        for (const { attemptId } of open) await conversions.cancel(attemptId, signal);
        sums.cancelled += open.length;
        waitingSince = Date.now();
      }
      return ended.size === references.length && (await place.jobs()).every((job) => !job.active);
    },
    { timeoutMs: limitMs, intervalMs: 250 },
  );
  while ((await reconcile()).length > 0 && sums.reconciles < RECONCILES) await sleep(100);
  return sums;
}

/** Every attempt terminal, one job each, no orphan, flow rows equal to what history says. Returns the ends by status. */
export async function assertSettled(place: ChaosPlace): Promise<Readonly<Record<string, number>>> {
  const { store } = place.workspace;
  const attempts = await store.attempts({ flowIds: place.flowIds, limit: place.flowIds.length * 10 }, signal);
  const byId = new Map(attempts.map((attempt) => [attempt.attemptId, attempt]));
  const active = attempts.filter((attempt) => isActive(attempt.status));
  assert.deepEqual(active.map(describe), [], 'attempts are still active');
  assert.deepEqual(
    attempts.map((attempt) => attempt.flowId).sort(),
    [...place.flowIds].sort(),
    'not one attempt for each flow',
  );

  const jobs = await place.jobs();
  const jobOf = new Map(jobs.map((job) => [job.attemptId, job]));
  assert.equal(jobOf.size, jobs.length, 'an attempt has two jobs');
  for (const job of jobs) {
    const attempt = byId.get(job.attemptId);
    assert.ok(attempt, `job ${job.jobId} belongs to no attempt`);
    assert.ok(job.runIds.length <= 1, `job ${job.jobId} has ${job.runIds.length} runs`);
    assert.ok(!job.active, `job ${job.jobId} still runs`);
    assert.equal(attempt.databricksJobId, job.jobId, `${describe(attempt)} does not name its job`);
    assert.equal(attempt.databricksRunId, job.runIds[0] ?? null, `${describe(attempt)} does not name its run`);
  }
  let withoutJob = 0;
  for (const attempt of attempts) {
    if (jobOf.has(attempt.attemptId)) continue;
    withoutJob += 1;
    assert.notEqual(attempt.status, 'SUCCESS', `${describe(attempt)} without a job`);
  }

  const rows = await place.sql.execute(
    `SELECT flow_id, status, current_attempt_id, total_attempts, successful_conversions, databricks_job_id,
       databricks_run_id, error_message, status_message FROM ${place.flowsTable}`,
    {},
    { signal, idempotent: true },
  );
  for (const row of rows.rows) {
    const derived = deriveFlow(attempts.filter((attempt) => attempt.flowId === row['flow_id']));
    assert.deepEqual(
      {
        ...row,
        total_attempts: Number(row['total_attempts']),
        successful_conversions: Number(row['successful_conversions']),
      },
      {
        flow_id: row['flow_id'],
        status: derived.status,
        current_attempt_id: derived.currentAttemptId,
        total_attempts: derived.totalAttempts,
        successful_conversions: derived.successfulConversions,
        databricks_job_id: derived.databricksJobId,
        databricks_run_id: derived.databricksRunId,
        error_message: derived.errorMessage,
        status_message: derived.statusMessage,
      },
      'a flow row differs from its history',
    );
  }
  assert.equal(rows.rows.length, place.flowIds.length);
  assert.deepEqual((await store.toReconcile(new Date(), signal)).unsettled, []);
  const count = (status: string): number => attempts.filter((attempt) => attempt.status === status).length;
  return {
    jobs: jobs.length,
    'without a job': withoutJob,
    SUCCESS: count('SUCCESS'),
    FAILED: count('FAILED'),
    CANCELLED: count('CANCELLED'),
  };
}

function describe(attempt: Attempt): string {
  return `${attempt.attemptId} (${attempt.status}: ${attempt.errorMessage ?? attempt.statusMessage ?? ''})`;
}

/** The counts as one line for the log of a test run. */
export function lineOf(counts: Readonly<Record<string, number>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(', ');
}
