/** Finds the flows in the opened folders. A file that did not change since it was last looked at is not read again. */
import type { FlowRegistration } from '../../../flows/flowStore';
import { flowIdOf } from '../../../flows/ids';
import type { PopulateProgress, ScanProblem } from '../../../flows/workspace';
import { flowsInFile, messageOf, stemOf, type FlowInFile } from '../../../nifi/recognition/flowsInFile';
import type { OpenFolder } from '../options';
import { fileBytes } from './fileBytes';
import { serverOf, storedPath } from './paths';
import { walk, type FoundFile } from './walk';

export interface ScanResult {
  readonly flows: readonly FlowRegistration[];
  readonly problems: readonly ScanProblem[];
}

interface Look {
  readonly size: number;
  readonly modified: number;
  readonly flows: readonly FlowInFile[];
  readonly problem: string | null;
}

const AT_A_TIME = 8;
export class FlowScanner {
  private readonly looks = new Map<string, Look>();

  /**
   * All flows under the folders, each path once (folders may lie in one another).
   *
   * @param leftOut absolute paths that are not entered: the attempts' output
   */
  async scan(
    folders: readonly OpenFolder[],
    leftOut: ReadonlySet<string>,
    report: (progress: PopulateProgress) => void,
    signal: AbortSignal,
  ): Promise<ScanResult> {
    const flows = new Map<string, FlowRegistration>();
    const problems: ScanProblem[] = [];
    const seen = new Set<string>();
    let scanned = 0;
    // Inner folders first: what lies in two of them belongs to the inner one.
    for (const folder of [...folders].sort((a, b) => b.path.length - a.path.length)) {
      const files = walk(
        folder.path,
        leftOut,
        ({ path, error }) => problems.push({ path, message: `cannot be read: ${messageOf(error)}` }),
        signal,
      );
      await inParallel(files, AT_A_TIME, async (file) => {
        if (seen.has(file.path)) return;
        seen.add(file.path);
        const look = await this.look(file, signal);
        scanned += 1;
        if (look.problem !== null) problems.push({ path: file.path, message: look.problem });
        for (const flow of look.flows) {
          const registration = registrationOf(file.path, flow, folder);
          flows.set(registration.nifiXmlPath, registration);
        }
        report({ scanned, found: flows.size });
      });
    }
    for (const path of this.looks.keys()) if (!seen.has(path)) this.looks.delete(path);
    const byPath = (a: { path: string }, b: { path: string }): number => (a.path < b.path ? -1 : 1);
    return {
      flows: [...flows.values()].sort((a, b) => (a.nifiXmlPath < b.nifiXmlPath ? -1 : 1)),
      problems: problems.sort(byPath),
    };
  }

  private async look(file: FoundFile, signal: AbortSignal): Promise<Look> {
    const known = this.looks.get(file.path);
    if (known?.size === file.size && known.modified === file.modified) return known;
    const look = {
      size: file.size,
      modified: file.modified,
      ...(await flowsInFile({ name: file.path, size: file.size, bytes: fileBytes(file.path) }, signal)),
    };
    signal.throwIfAborted();
    this.looks.set(file.path, look);
    return look;
  }
}

function registrationOf(path: string, flow: FlowInFile, folder: OpenFolder): FlowRegistration {
  const nifiXmlPath = storedPath(path) + (flow.groupId === '' ? '' : `#${flow.groupId}`);
  return {
    flowId: flowIdOf(nifiXmlPath),
    flowName: flow.name === '' ? stemOf(path) : flow.name,
    server: serverOf(path, folder),
    nifiXmlPath,
    description: flow.description,
  };
}

/** Works on several items of a stream at a time; the first error ends it after those under way have settled. */
async function inParallel<T>(items: AsyncIterable<T>, width: number, work: (item: T) => Promise<void>): Promise<void> {
  const running = new Set<Promise<void>>();
  const errors: unknown[] = [];
  for await (const item of items) {
    const one: Promise<void> = work(item)
      .catch((error: unknown) => void errors.push(error))
      .finally(() => running.delete(one));
    running.add(one);
    if (running.size >= width) await Promise.race(running);
    if (errors.length > 0) break;
  }
  await Promise.all(running);
  if (errors.length > 0) throw errors[0];
}
