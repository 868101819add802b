/** Runs without a window, over the local workspace as it is shipped: start of a run, a poll cycle, memory. */
import { mkdirSync } from 'node:fs';
import { userInfo } from 'node:os';
import path from 'node:path';
import { Conversions } from '../../src/flows/conversions';
import { createLocalWorkspace } from '../../src/workspaces/local/index';
import { repositoryRoot } from '../support/hostPackage';
import { until } from '../support/until';
import { megabytes, row, spread } from './figures';

const CYCLES = 200;
const STARTS = 10;

async function main(flows: string, folder: string): Promise<void> {
  const storage = path.join(folder, 'storage');
  mkdirSync(storage, { recursive: true });
  const signal = new AbortController().signal;
  const workspace = await createLocalWorkspace({
    storagePath: storage,
    extensionPath: repositoryRoot,
    folders: () => [{ path: flows, name: path.basename(flows) }],
    settings: () => ({ outputPath: '', agentPath: '', pythonPath: '', maxRuns: STARTS }),
    pythonCandidates: () => Promise.resolve([]),
    user: userInfo().username,
    log: () => undefined,
  });
  await workspace.checkCanStart(signal);
  await workspace.populate(() => undefined, signal);
  const conversions = new Conversions(workspace, { parallelism: 1, keepLatestJobs: 3 });
  const all = await workspace.store.listFlows(signal);

  const starts: number[] = [];
  for (const flow of all.slice(0, STARTS)) {
    const begun = performance.now();
    const result = await conversions.start(flow.flowId, 'user', { signal });
    if (result.outcome !== 'started') throw new Error(`${flow.flowName}: ${result.outcome}`);
    starts.push(performance.now() - begun);
    await ended();
  }
  row('From the command to the started run', spread(starts));

  await conversions.startMany(
    all.map((flow) => flow.flowId),
    'bulk',
    { signal },
  );
  const active = await workspace.store.activeAttempts(signal);
  const references = active.map((attempt) => ({
    attemptId: attempt.attemptId,
    jobName: attempt.jobName,
    jobId: attempt.databricksJobId,
    runId: attempt.databricksRunId,
    startedAt: attempt.startedAt,
  }));
  const looks = await times(20, () => workspace.runner.lookAt(references, signal));
  row(`One look at ${references.length} runs`, spread(looks));
  await ended();
  const idle = await times(CYCLES, () => workspace.hasNews(signal));
  row('One poll cycle without news', spread(idle));
  row('Resident memory of the whole process', megabytes(process.memoryUsage().rss));
  conversions.dispose();
  workspace.dispose();

  async function ended(): Promise<void> {
    await until('end of the runs', async () => (await workspace.store.activeAttempts(signal)).length === 0, {
      timeoutMs: 120_000,
    });
  }
}

async function times(count: number, work: () => Promise<unknown>): Promise<number[]> {
  const measured: number[] = [];
  for (let at = 0; at < count; at++) {
    const begun = performance.now();
    await work();
    measured.push(performance.now() - begun);
  }
  return measured;
}

const [flows, folder] = process.argv.slice(2);
if (flows === undefined || folder === undefined) throw new Error('usage: runs FLOWS FOLDER');
main(flows, folder).then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
