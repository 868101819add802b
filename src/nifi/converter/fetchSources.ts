/** Brings flow files that lie elsewhere to this computer, so that the converter can read them. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { AssessedFlow, Assessment } from '../../flows/assessment';
import { splitFlowPath } from '../../flows/flowPath';
import { mapParallel } from '../../flows/parallel';

/** A file may be tens of megabytes, and each is held whole while it is written. */
const AT_A_TIME = 4;

export interface FetchRequest {
  /** Files and `FILE#GROUP`, as the place where they lie names them. */
  readonly sources: readonly string[];
  /** A file's bytes. Rejections are noted and keep nobody from the rest. */
  readonly read: (file: string, signal: AbortSignal) => Promise<Uint8Array>;
  readonly onProgress: (progress: { readonly done: number; readonly total: number; readonly source: string }) => void;
  readonly signal: AbortSignal;
}

export interface FetchedSources {
  /** What was fetched, as files of this computer. */
  readonly sources: readonly string[];
  /** An assessment of them, with the names of where they lie and a row for each file that could not be fetched. */
  inPlace(assessment: Assessment): Assessment;
  /** Removes the copies. */
  dispose(): Promise<void>;
}

/** @throws the signal's reason, with nothing left behind */
export async function fetchSources({ sources, read, onProgress, signal }: FetchRequest): Promise<FetchedSources> {
  const folder = await mkdtemp(path.join(tmpdir(), 'nifi-assess-'));
  const dispose = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const copies = new Map<string, string>();
  const unread = new Map<string, string>();
  const files = [...new Set(sources.map((source) => splitFlowPath(source).file))];
  let done = 0;
  try {
    onProgress({ done, total: files.length, source: '' });
    await mapParallel(
      files.map((file, index) => ({ file, index })),
      AT_A_TIME,
      async ({ file, index }) => {
        signal.throwIfAborted();
        try {
          const copy = await copyOf(folder, file, index, await read(file, signal));
          copies.set(file, copy);
        } catch (error) {
          signal.throwIfAborted();
          unread.set(file, error instanceof Error ? error.message : String(error));
        }
        onProgress({ done: (done += 1), total: files.length, source: file });
      },
    );
  } catch (error) {
    await dispose();
    throw error;
  }
  const originals = new Map([...copies].map(([file, copy]) => [copy, file]));
  return {
    sources: sources.flatMap((source) => {
      const { file, group } = splitFlowPath(source);
      const copy = copies.get(file);
      return copy === undefined ? [] : [join(copy, group)];
    }),
    inPlace: (assessment) =>
      withUnread(
        renamed(assessment, (source) => original(source, originals)),
        unread,
      ),
    dispose,
  };
}

/** A folder of its own for each: the name of a file, which a flow may be named after, stays. */
async function copyOf(folder: string, file: string, index: number, bytes: Uint8Array): Promise<string> {
  const own = path.join(folder, String(index));
  await mkdir(own);
  const name = path.basename(file).replaceAll(/[^\w.@+-]/g, '_');
  const copy = path.join(own, name === '' || /^\.+$/.test(name) ? 'flow' : name);
  await writeFile(copy, bytes);
  return copy;
}

function join(file: string, group: string): string {
  return group === '' ? file : `${file}#${group}`;
}

function original(source: string, originals: ReadonlyMap<string, string>): string {
  const { file, group } = splitFlowPath(source);
  return join(originals.get(file) ?? file, group);
}

function renamed(assessment: Assessment, name: (source: string) => string): Assessment {
  const { total, flows } = assessment;
  return {
    ...assessment,
    flows: flows.map((flow) => ({ ...flow, source: name(flow.source) })),
    total: {
      ...total,
      order: total.order.map(name),
      same_flow: total.same_flow.map((one) => ({ ...one, sources: one.sources.map(name) })),
    },
  };
}

function withUnread(assessment: Assessment, unread: ReadonlyMap<string, string>): Assessment {
  const rows = [...unread].map(([source, message]): AssessedFlow => ({
    source,
    name: source,
    format: '',
    nifi_version: '',
    canonical_hash: '',
    processors: 0,
    levels: { converted: 0, assisted: 0, manual: 0, notNeeded: 0 },
    planned: 0,
    scripts: [],
    systems: [],
    schedules: { strategies: {}, sources: [] },
    effort: 0,
    findings: [],
    error: { reason: 'not_fetched', message, line: null },
  }));
  const { total, flows } = assessment;
  return { ...assessment, flows: [...flows, ...rows], total: { ...total, errors: total.errors + rows.length } };
}
