/** A Databricks workspace that was set up, with the services over it: what a window has. */
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { Conversions } from '../../src/flows/conversions';
import { startedAttemptOf } from '../../src/flows/liveAttempt';
import { Reconciler } from '../../src/flows/reconciler';
import { RunMonitor, type AttemptEnded } from '../../src/flows/runMonitor';
import { DatabricksAdministration } from '../../src/workspaces/databricks/administration';
import type { DatabricksWorkspace } from '../../src/workspaces/databricks/databricksWorkspace';
import type { DatabricksSettings } from '../../src/workspaces/databricks/settings';
import { SAMPLE_FLOWS } from '../support/hostTier';
import type { FakeWorkspace } from '../support/fakeWorkspace/fakeWorkspace';
import { until } from '../support/until';
import { openWorkspace } from './databricksSubject';
import { never } from './fixtures';

const ROOT = path.resolve(__dirname, '..', '..');
/** The parts of the extension that a set-up uploads: a copy, so that work on the sources does not change them meanwhile. */
export const EXTENSION = mkdtempSync(path.join(tmpdir(), 'nifi-accelerator-extension-'));
for (const folder of ['setup', 'notebooks'])
  cpSync(path.join(ROOT, folder), path.join(EXTENSION, folder), { recursive: true });
process.on('exit', () => rmSync(EXTENSION, { recursive: true, force: true }));
/** A run starts a Python process and writes to Delta; a busy machine takes its time. */
const RUN_TIMEOUT_MS = 240_000;

export interface Window {
  readonly workspace: DatabricksWorkspace;
  readonly conversions: Conversions;
  readonly monitor: RunMonitor;
  readonly reconciler: Reconciler;
  readonly ended: readonly AttemptEnded[];
  /** Waits until the monitor has told so many ends. */
  ends(count: number): Promise<void>;
  /** Writes what is unwritten and forgets everything, as a window that closes. */
  close(): Promise<void>;
}

export async function openWindow(fake: FakeWorkspace, settings: DatabricksSettings, token?: string): Promise<Window> {
  const workspace = await openWorkspace(fake, settings, token);
  const conversions = new Conversions(workspace, { parallelism: 8, keepLatestJobs: 3 });
  const reconciler = new Reconciler(workspace, {});
  const monitor = new RunMonitor(workspace, { reconciler });
  const ended: AttemptEnded[] = [];
  monitor.onDidEnd((end) => ended.push(end));
  conversions.onDidStart((attempt) => monitor.follow([attempt]));
  return {
    workspace,
    conversions,
    monitor,
    reconciler,
    ended,
    ends: async (count) => {
      await until(
        `${count} ends`,
        () => {
          monitor.poke();
          return ended.length >= count;
        },
        { timeoutMs: RUN_TIMEOUT_MS, intervalMs: 500 },
      );
      await monitor.settle(never);
    },
    close: async () => {
      await conversions.idle();
      await monitor.close();
      monitor.dispose();
      workspace.dispose();
    },
  };
}

/** Follows what the tables say is active, as a window that opens. */
export async function takeUp(window: Window): Promise<void> {
  window.monitor.follow((await window.workspace.store.activeAttempts(never)).map(startedAttemptOf));
}

export async function setUpWith(workspace: DatabricksWorkspace, settings: DatabricksSettings): Promise<void> {
  await new DatabricksAdministration(workspace, { settings: () => settings, extensionPath: EXTENSION }).setUp(
    () => undefined,
    never,
  );
}

/** Copies one of the sample flows into the volume; returns its text. */
export async function putSample(workspace: DatabricksWorkspace, name: string, to: string): Promise<string> {
  const content = readFileSync(path.join(SAMPLE_FLOWS, name));
  await workspace.volumes.makeFolder(path.posix.dirname(to), never);
  await workspace.volumes.write(to, content, never);
  return content.toString('utf8');
}
