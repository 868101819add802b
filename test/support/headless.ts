/**
 * The product without a window: finds the flows of a folder, converts them through the same services and prints each
 * attempt's history row as it ends, then a summary.
 *
 *   npm start -- --headless [FOLDER]
 *
 * Exit codes: 0 every flow was converted, 1 at least one attempt did not succeed, 2 nothing could be started.
 */
import { mkdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import path from 'node:path';
import { Conversions } from '../../src/flows/conversions';
import { AcceleratorError } from '../../src/flows/errors';
import { startedAttemptOf } from '../../src/flows/liveAttempt';
import type { Attempt } from '../../src/flows/model';
import { Reconciler } from '../../src/flows/reconciler';
import { RunMonitor } from '../../src/flows/runMonitor';
import type { Workspace } from '../../src/flows/workspace';
import { formatDuration } from '../../src/views/format';
import { WORKSPACE_FACTORIES } from '../../src/workspaces/loaders';

const BULK_PARALLELISM = 8;
const KEEP_LATEST_JOBS = 3;
const MAX_RUNS = 4;

interface Arguments {
  readonly folder: string;
  readonly storage: string;
  readonly extension: string;
}

async function main({ folder, storage, extension }: Arguments): Promise<number> {
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  const { signal } = interrupted;
  mkdirSync(storage, { recursive: true });
  const workspace = await WORKSPACE_FACTORIES.local({
    storagePath: storage,
    extensionPath: extension,
    folders: () => [{ path: folder, name: path.basename(folder) }],
    settings: () => ({ outputPath: '', agentPath: '', pythonPath: '', maxRuns: MAX_RUNS }),
    pythonCandidates: () => Promise.resolve([]),
    user: userInfo().username,
    log: (message, error) => {
      if (error !== undefined) console.error(message, error);
    },
  });
  try {
    return await convertAll(workspace, signal);
  } finally {
    workspace.dispose();
  }
}

async function convertAll(workspace: Workspace, signal: AbortSignal): Promise<number> {
  await workspace.checkCanStart(signal);
  const found = await workspace.populate(() => undefined, signal);
  for (const problem of found.problems) console.log(`${problem.path}: ${problem.message}`);
  const visible = await workspace.visibleFlowIds(signal);
  const flows = (await workspace.store.listFlows(signal)).filter(
    (flow) => visible === null || visible.has(flow.flowId),
  );
  const names = new Map(flows.map((flow) => [flow.flowId, `${flow.server}/${flow.flowName}`]));
  console.log(`${flows.length} flows found, ${found.added.length} of them new.\n`);
  if (flows.length === 0) return 2;

  const reconciler = new Reconciler(workspace, {});
  await reconciler.reconcile(signal);
  const monitor = new RunMonitor(workspace, { reconciler });
  const conversions = new Conversions(workspace, { parallelism: BULK_PARALLELISM, keepLatestJobs: KEEP_LATEST_JOBS });
  const awaited = new Set<string>();
  const rows: Attempt[] = [];
  try {
    const ends = new Ends(monitor);
    conversions.onDidStart((attempt) => monitor.follow([attempt]));
    const results = await conversions.startMany([...names.keys()], 'bulk', { signal });
    for (const result of results) {
      if (result.outcome === 'started') awaited.add(result.attemptId);
      else console.log(`${names.get(result.flowId) ?? result.flowId}: not started (${describe(result)})`);
    }
    // What another process converts at the moment is followed as well.
    monitor.follow((await workspace.store.activeAttempts(signal)).map(startedAttemptOf));
    while (awaited.size > 0) {
      const attemptId = await ends.next(signal);
      if (!awaited.delete(attemptId)) continue;
      const [row] = await workspace.store.getAttempts([attemptId], signal);
      if (row === undefined) throw new AcceleratorError('internal', `The history has no row of ${attemptId}.`);
      rows.push(row);
      console.log(historyRow(row, names.get(row.flowId) ?? row.flowId));
    }
    return summary(rows, flows.length);
  } finally {
    conversions.dispose();
    monitor.dispose();
  }
}

/** The monitor's ends as a queue to wait on. */
class Ends {
  private readonly queue: string[] = [];
  private wake: () => void = () => undefined;

  constructor(monitor: RunMonitor) {
    monitor.onDidEnd(({ attemptId }) => {
      this.queue.push(attemptId);
      this.wake();
    });
  }

  async next(signal: AbortSignal): Promise<string> {
    for (;;) {
      const first = this.queue.shift();
      if (first !== undefined) return first;
      if (signal.aborted) throw new AcceleratorError('cancelled', 'Interrupted; what runs goes on.');
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  }
}

function describe(result: {
  readonly outcome: string;
  readonly error?: AcceleratorError;
  readonly by?: string | null;
}): string {
  if (result.error !== undefined) return result.error.message;
  return result.outcome === 'lost' ? `${result.by ?? 'someone else'} converts it already` : result.outcome;
}

function historyRow(row: Attempt, name: string): string {
  const facts = [
    row.status.padEnd(9),
    name,
    `attempt ${row.attemptNumber}`,
    row.durationSeconds === null ? '' : formatDuration(row.durationSeconds),
    `${row.progressPercentage ?? 0} %`,
    row.generatedNotebooks.length === 1 ? '1 notebook' : `${row.generatedNotebooks.length} notebooks`,
    row.attemptId,
  ].filter((fact) => fact !== '');
  return `${facts.join('  ')}${row.errorMessage === null ? '' : `\n          ${row.errorMessage.trim()}`}`;
}

function summary(rows: readonly Attempt[], total: number): number {
  const count = (status: Attempt['status']): number => rows.filter((row) => row.status === status).length;
  const succeeded = count('SUCCESS');
  console.log(
    `\n${total} flows: ${succeeded} converted, ${count('FAILED')} failed, ${count('CANCELLED')} cancelled, ` +
      `${total - rows.length} not started`,
  );
  return succeeded === total ? 0 : 1;
}

const [folder, storage, extension] = process.argv.slice(2);
if (folder === undefined || storage === undefined || extension === undefined) {
  throw new Error('usage: headless FOLDER STORAGE EXTENSION');
}
main({ folder, storage, extension }).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(AcceleratorError.is(error) ? error.message : error);
    process.exit(2);
  },
);
