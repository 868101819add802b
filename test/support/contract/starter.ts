/**
 * A process that starts conversions on a shared file: one of many starters, or one that is killed at a given step.
 *
 * Reads one JSON line from its standard input and, when that has come, begins at once; answers with one JSON line.
 */
import path from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { Conversions } from '../../../src/flows/conversions';
import { Reconciler } from '../../../src/flows/reconciler';
import { SqliteClient } from '../../../src/workspaces/local/sqlite/sqliteClient';
import type { ExecuteOptions, SqlClient, SqlParameters, SqlResult } from '../../../src/workspaces/sql/sqlClient';
import { FileJobRunner } from './fileJobRunner';
import { StoreWorkspace } from './storeWorkspace';

export const orderSchema = z.object({
  file: z.string(),
  folder: z.string(),
  flowIds: z.array(z.string()),
  user: z.string(),
  starters: z.number(),
  /** Which write kills the process right after it was done: 0 is the first. Null: none. */
  killAfterStep: z.number().nullable(),
  work: z.enum(['start', 'cancel', 'reconcile']),
  /** Minutes by which the process's clock is ahead. */
  clockAhead: z.number(),
});
export type StarterOrder = z.infer<typeof orderSchema>;

/** Counts what changes something outside this process and, at the chosen one, dies as at a power cut. */
class Steps {
  private done = 0;

  constructor(private readonly killAfter: number | null) {}

  step(): void {
    if (this.done === this.killAfter) {
      process.kill(process.pid, 'SIGKILL');
      // The signal is on its way; nothing more may happen here.
      for (;;);
    }
    this.done += 1;
  }

  get count(): number {
    return this.done;
  }
}

class CountingClient implements SqlClient {
  constructor(
    private readonly inner: SqlClient,
    private readonly steps: Steps,
  ) {}

  async execute(sql: string, parameters: SqlParameters, options: ExecuteOptions): Promise<SqlResult> {
    const result = await this.inner.execute(sql, parameters, options);
    if (!/^\s*SELECT/i.test(sql)) {
      this.steps.step();
    }
    return result;
  }

  async close(): Promise<void> {
    await this.inner.close();
  }
}

async function work(order: StarterOrder): Promise<void> {
  const steps = new Steps(order.killAfterStep);
  const client = new SqliteClient({ file: order.file, workerFile: path.join(__dirname, 'worker.js') });
  const now = (): Date => new Date(Date.now() + order.clockAhead * 60_000);
  const runner = new FileJobRunner(path.join(order.folder, 'jobs'), now);
  runner.faults = {
    after: (verb) => {
      if (verb !== 'findJob' && verb !== 'lookAt') {
        steps.step();
      }
    },
  };
  const workspace = new StoreWorkspace(new CountingClient(client, steps), runner);
  workspace.userName = order.user;
  const { signal } = new AbortController();
  const answers: unknown[] = [];
  if (order.work === 'start') {
    const conversions = Array.from(
      { length: order.starters },
      () => new Conversions(workspace, { parallelism: 2, keepLatestJobs: 3, now }),
    );
    const all = await Promise.all(conversions.map(async (each) => each.startMany(order.flowIds, 'user', { signal })));
    answers.push(...all.flat());
    await Promise.all(conversions.map(async (each) => each.idle()));
  } else if (order.work === 'cancel') {
    const conversions = new Conversions(workspace, { parallelism: 2, keepLatestJobs: 3, now });
    for (const attempt of await workspace.store.activeAttempts(signal)) {
      answers.push(await conversions.cancel(attempt.attemptId, signal));
    }
  } else {
    answers.push(await new Reconciler(workspace, { now }).reconcile(signal));
  }
  await client.close();
  process.stdout.write(`${JSON.stringify({ steps: steps.count, answers })}\n`, () => process.exit(0));
}

process.stdout.write('ready\n');
createInterface({ input: process.stdin }).once('line', (line) => {
  work(orderSchema.parse(JSON.parse(line))).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exit(1);
  });
});
