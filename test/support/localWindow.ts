/** A local workspace run from source: what a window has, without a window. */
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { createLocalWorkspace, type LocalWorkspace, type LocalWorkspaceOptions } from '../../src/workspaces/local/index';

const root = path.resolve(__dirname, '../..');
const local = path.join(root, 'src/workspaces/local');

export const DUMMY_AGENT = path.join(root, 'notebooks/nifi_conversion_dummy_agent.py');

/** The parts of the product as they stand in the source tree, for `LocalWorkspaceOptions.parts`. */
export const SOURCE_PARTS = {
  sqliteWorker: { file: pathToFileURL(path.join(local, 'sqlite/worker.ts')), options: { execArgv: ['--import', 'tsx'] } },
  pythonPath: path.join(local, 'python'),
} as const;

/** A storage and a folder of flows of their own, removed after the test. */
export class Place {
  readonly root = realpathSync(mkdtempSync(path.join(tmpdir(), 'nifi-local-')));
  readonly storage = path.join(this.root, 'storage');
  readonly flows = path.join(this.root, 'estate');

  constructor() {
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

  open(change: Partial<LocalWorkspaceOptions> & { readonly maxRuns?: number; readonly agent?: string } = {}): Promise<LocalWorkspace> {
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
