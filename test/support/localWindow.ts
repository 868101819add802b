/** A local workspace run from source: what a window has, without a window. */
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { jobNameOf } from '../../src/flows/ids';
import type { RunReference } from '../../src/flows/jobRunner';
import {
  createLocalWorkspace,
  type LocalWorkspace,
  type LocalWorkspaceOptions,
} from '../../src/workspaces/local/index';

const root = path.resolve(__dirname, '../..');
const local = path.join(root, 'src/workspaces/local');

export const DUMMY_AGENT = path.join(root, 'notebooks/nifi_conversion_dummy_agent.py');

/** The smallest flow file. */
export const TEMPLATE = '<template encoding-version="1.2"><name>t</name><snippet></snippet></template>';

/** The parts of the product as they stand in the source tree, for `LocalWorkspaceOptions.parts`. */
export const SOURCE_PARTS: NonNullable<LocalWorkspaceOptions['parts']> = {
  sqliteWorker: {
    file: pathToFileURL(path.join(local, 'sqlite/worker.ts')),
    options: { execArgv: ['--import', 'tsx'] },
  },
  pythonPath: path.join(local, 'python'),
};

/** A storage and a folder of flows of their own, removed after the test. */
export class Place {
  readonly root: string;
  readonly storage: string;
  readonly flows: string;

  /** @param existing a place that another process made */
  constructor(existing?: string) {
    this.root = existing ?? realpathSync(mkdtempSync(path.join(tmpdir(), 'nifi-local-')));
    this.storage = path.join(this.root, 'storage');
    this.flows = path.join(this.root, 'estate');
    mkdirSync(this.flows, { recursive: true });
  }

  path(...parts: readonly string[]): string {
    return path.join(this.root, ...parts);
  }

  /** Copies a file into the folder of flows. */
  take(from: string, name: string): string {
    const target = path.join(this.flows, name);
    mkdirSync(path.dirname(target), { recursive: true });
    cpSync(from, target);
    return target;
  }

  open(
    change: Partial<LocalWorkspaceOptions> & { readonly maxRuns?: number; readonly agent?: string } = {},
  ): Promise<LocalWorkspace> {
    const { maxRuns = 4, agent = DUMMY_AGENT, ...options } = change;
    return createLocalWorkspace({
      storagePath: this.storage,
      extensionPath: root,
      folders: () => [{ path: this.flows, name: 'estate' }],
      settings: () => ({ outputPath: '', agentPath: agent, pythonPath: '', maxRuns }),
      pythonCandidates: () => Promise.resolve([]),
      user: 'tester',
      log: () => undefined,
      parts: SOURCE_PARTS,
      ...options,
    });
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true, maxRetries: 5 });
  }
}

/**
 * Starts flows as the domain does, but for what conversions add: claim, history row, job, run, link.
 *
 * @param flowIds default: scans, and starts all that it finds
 */
export async function convert(window: LocalWorkspace, flowIds?: readonly string[]): Promise<readonly RunReference[]> {
  const { signal } = new AbortController();
  if (flowIds === undefined) await window.populate(() => undefined, signal);
  const ids = flowIds ?? (await window.store.listFlows(signal)).map((flow) => flow.flowId);
  const requests = ids.map((flowId) => ({ flowId, trigger: 'user' as const, user: 'tester' }));
  const started: RunReference[] = [];
  for (const claim of await window.store.claim(requests, new Date(), signal)) {
    if (claim.outcome !== 'won') throw new Error(`${claim.outcome}: ${JSON.stringify(claim)}`);
    const { attemptId, attemptNumber, triggeredBy, claimedAt: startedAt } = claim;
    const { flowId, nifiXmlPath } = claim.flow;
    const jobName = jobNameOf(attemptId);
    await window.store.addAttempts([{ attemptId, flowId, attemptNumber, jobName, startedAt, triggeredBy }], signal);
    const parameters = {
      flow_id: flowId,
      nifi_xml_path: nifiXmlPath,
      output_path: window.notebooks.outputPath(flowId, attemptId),
      attempt_id: attemptId,
      delta_table: window.historyTable,
    };
    const jobId = await window.runner.createJob({ attemptId, flowId, jobName, parameters, owner: null }, signal);
    const runId = await window.runner.startRun(jobId, attemptId, signal);
    await window.store.linkRuns([{ attemptId, flowId, jobId, runId }], signal);
    started.push({ attemptId, jobName, jobId, runId, startedAt });
  }
  return started;
}

/** What another window's process does: starts flows, prints the runs as one line of JSON and lives until stdin ends. */
export async function startElsewhere(
  order: readonly [root: string, agent: string, maxRuns: number, flowIds: readonly string[]],
): Promise<void> {
  const [root, agent, maxRuns, flowIds] = order;
  const window = await new Place(root).open({ agent, maxRuns });
  await window.checkCanStart(new AbortController().signal);
  console.log(JSON.stringify(await convert(window, flowIds)));
  process.stdin.resume();
  await once(process.stdin, 'end');
  window.dispose();
}
