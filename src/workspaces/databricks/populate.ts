/** Flows of a volume: a recursive listing by the Files API, each file looked at by its first bytes. */
import { posix } from 'node:path';

import { AcceleratorError } from '../../flows/errors';
import type { FlowRegistration, FlowStore } from '../../flows/flowStore';
import { flowIdOf } from '../../flows/ids';
import { mapParallel } from '../../flows/parallel';
import type { PopulateProgress, PopulateResult, ScanProblem } from '../../flows/workspace';
import { flowsInFile, messageOf, stemOf, type FlowInFile } from '../../nifi/recognition/flowsInFile';
import type { FlowBytes } from '../../nifi/recognition/text';
import type { VolumeEntry, VolumeFiles } from './volumeFiles';

/** Folders listed, and files looked at, at a time. */
const AT_A_TIME = 8;
/** What a first look reads; enough to know nearly every flow file. */
const FIRST_LOOK_BYTES = 256 * 1024;
/** Nothing else is written into a volume by NiFi's exports. */
const MAY_MATTER = /\.(xml|json|snapshot|gz|flow)$/i;

/** What a file holds: its flows, or why they cannot be told. */
interface FileLook {
  readonly found: readonly FlowRegistration[];
  readonly problem: string | null;
}

/** What files held when they were last looked at: one of the same size and time of change is not read again. */
export class FileLooks {
  private readonly known = new Map<string, { readonly stamp: string; readonly look: FileLook }>();

  /** @param look reads the file; what it rejects with is not remembered */
  async at(entry: VolumeEntry, top: string, look: () => Promise<FileLook>): Promise<FileLook> {
    const { path, file_size: size, last_modified: changed } = entry;
    if (size === undefined || changed === undefined) return look();
    const stamp = [size, changed, top].join(' ');
    const known = this.known.get(path);
    if (known?.stamp === stamp) return known.look;
    const fresh = await look();
    this.known.set(path, { stamp, look: fresh });
    return fresh;
  }
}

/**
 * Finds the flows under `root` and registers those that are new or moved. `server` is the first folder below the root;
 * what cannot be read is listed and keeps nobody from the rest.
 */
export async function populateFromVolume(
  volumes: VolumeFiles,
  store: FlowStore,
  looks: FileLooks,
  root: string,
  report: (progress: PopulateProgress) => void,
  signal: AbortSignal,
): Promise<PopulateResult> {
  if (!/^\/Volumes\/[^/]+\/[^/]+\/[^/]+/.test(root)) {
    throw new AcceleratorError(
      'badSetting',
      `"${root}" is no path of a volume (/Volumes/<catalog>/<schema>/<volume>).`,
      {
        mend: 'setUpWorkspace',
      },
    );
  }
  const top = posix.normalize(root).replace(/\/+$/, '');
  const flows: FlowRegistration[] = [];
  const problems: ScanProblem[] = [];
  let scanned = 0;

  const look = async (entry: VolumeEntry): Promise<void> => {
    try {
      const { found, problem } = await looks.at(entry, top, () => flowsOf(volumes, entry, top, signal));
      flows.push(...found);
      if (problem !== null) problems.push({ path: entry.path, message: problem });
    } catch (error) {
      signal.throwIfAborted();
      problems.push({ path: entry.path, message: `cannot be read: ${messageOf(error)}` });
    }
    scanned += 1;
    report({ scanned, found: flows.length });
  };
  const list = async (folder: string): Promise<readonly string[]> => {
    const folders: string[] = [];
    const files: VolumeEntry[] = [];
    try {
      for await (const entry of volumes.list(folder, signal)) {
        if (entry.is_directory === true) folders.push(entry.path);
        else if (MAY_MATTER.test(entry.name)) files.push(entry);
      }
    } catch (error) {
      signal.throwIfAborted();
      if (folder === top) throw error;
      problems.push({ path: folder, message: `cannot be listed: ${messageOf(error)}` });
    }
    await mapParallel(files, AT_A_TIME, look);
    return folders;
  };
  for (let level: readonly string[] = [top]; level.length > 0;) {
    const next: string[] = [];
    await mapParallel(level, AT_A_TIME, async (folder) => void next.push(...(await list(folder))));
    level = next;
  }
  signal.throwIfAborted();
  const byPath = (a: FlowRegistration, b: FlowRegistration): number => (a.nifiXmlPath < b.nifiXmlPath ? -1 : 1);
  const result = await store.registerFlows(flows.sort(byPath), signal);
  return { ...result, problems: problems.sort((a, b) => (a.path < b.path ? -1 : 1)) };
}

/** Registers the flows of files that lie under `root`, and looks at no other. What holds no flow is a problem of its own. */
export async function registerFromVolume(
  volumes: VolumeFiles,
  store: FlowStore,
  root: string,
  entries: readonly VolumeEntry[],
  signal: AbortSignal,
): Promise<PopulateResult> {
  const top = posix.normalize(root).replace(/\/+$/, '');
  const looks = await mapParallel(entries, AT_A_TIME, async (entry) => {
    const { found, problem } = await flowsOf(volumes, entry, top, signal);
    return { entry, found, problem: problem ?? (found.length === 0 ? 'holds no NiFi flow' : null) };
  });
  const result = await store.registerFlows(
    looks.flatMap(({ found }) => found),
    signal,
  );
  const problems = looks.flatMap(({ entry, problem }) =>
    problem === null ? [] : [{ path: entry.path, message: problem }],
  );
  return { ...result, problems };
}

async function flowsOf(volumes: VolumeFiles, entry: VolumeEntry, top: string, signal: AbortSignal): Promise<FileLook> {
  const { flows, problem } = await flowsInFile(
    { name: entry.path, size: entry.file_size ?? 0, bytes: volumeBytes(volumes, entry, signal) },
    signal,
  );
  return { found: flows.map((flow) => registration(entry.path, flow, top)), problem };
}

function registration(path: string, flow: FlowInFile, top: string): FlowRegistration {
  const nifiXmlPath = path + (flow.groupId === '' ? '' : `#${flow.groupId}`);
  const below = path.slice(top.length + 1).split('/');
  return {
    flowId: flowIdOf(nifiXmlPath),
    flowName: flow.name === '' ? stemOf(path) : flow.name,
    server: below.length > 1 ? (below[0] ?? '') : posix.basename(top),
    nifiXmlPath,
    description: flow.description,
  };
}

/** The start of a file by one ranged read; the whole of it only for whoever reads beyond. */
function volumeBytes(volumes: VolumeFiles, entry: VolumeEntry, signal: AbortSignal): FlowBytes {
  let start: Promise<Buffer> | null = null;
  const first = (): Promise<Buffer> => (start ??= volumes.readStart(entry.path, FIRST_LOOK_BYTES, signal));
  return {
    head: async (count) => (await first()).subarray(0, count),
    async *pieces() {
      const begin = await first();
      yield begin;
      if (begin.length < (entry.file_size ?? Number.POSITIVE_INFINITY) && begin.length === FIRST_LOOK_BYTES) {
        yield (await volumes.read(entry.path, signal)).subarray(begin.length);
      }
    },
  };
}
