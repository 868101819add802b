/** Finds the flows in the opened folders. A file that did not change since it was last looked at is not read again. */
import { basename } from 'node:path';
import type { FlowRegistration } from '../../../flows/flowStore';
import { flowIdOf } from '../../../flows/ids';
import type { PopulateProgress, ScanProblem } from '../../../flows/workspace';
import type { OpenFolder } from '../options';
import { instanceGroups } from './instance';
import { serverOf, stemOf, storedPath } from './paths';
import { recognize, type FlowFormat, type Recognized } from './recognize';
import { walk, type FoundFile } from './walk';

export interface ScanResult {
  readonly flows: readonly FlowRegistration[];
  readonly problems: readonly ScanProblem[];
}

/** A flow of one file, before it is known which folder's it is. */
interface FlowInFile {
  /** Empty: the whole file. */
  readonly groupId: string;
  readonly name: string;
  readonly description: string;
}

interface Look {
  readonly size: number;
  readonly modified: number;
  readonly flows: readonly FlowInFile[];
  readonly problem: string | null;
}

const FORMAT_NAMES: Readonly<Record<FlowFormat, string>> = {
  template: 'NiFi template',
  flowDefinition: 'NiFi flow definition',
  registrySnapshot: 'NiFi Registry snapshot',
  instanceXml: 'NiFi instance (flow.xml)',
  instanceJson: 'NiFi instance (flow.json)',
};
const AT_A_TIME = 8;
/** Names by which NiFi itself writes flows: worth a word when such a file holds none. */
const FLOW_NAMES = /^flow\.(xml|json)(\.gz)?$|\.snapshot$/i;

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
    const look = { size: file.size, modified: file.modified, ...(await lookInto(file, signal)) };
    signal.throwIfAborted();
    this.looks.set(file.path, look);
    return look;
  }
}

async function lookInto(file: FoundFile, signal: AbortSignal): Promise<Pick<Look, 'flows' | 'problem'>> {
  const named = FLOW_NAMES.test(basename(file.path));
  let found: Recognized | null;
  try {
    found = file.size === 0 ? null : await recognize(file.path, signal);
  } catch (error) {
    signal.throwIfAborted();
    return { flows: [], problem: `cannot be read: ${messageOf(error)}` };
  }
  if (found === null) {
    const empty = file.size === 0 && (named || /\.(xml|json)(\.gz)?$/i.test(file.path));
    return { flows: [], problem: empty ? 'is empty' : named ? 'is not a NiFi flow, in spite of its name' : null };
  }
  const format = FORMAT_NAMES[found.format];
  const title = found.title === null || found.title === '' ? '' : ` “${found.title}”`;
  const whole: FlowInFile = { groupId: '', name: stemOf(file.path), description: `${format}${title}` };
  if (found.format !== 'instanceXml' && found.format !== 'instanceJson') return { flows: [whole], problem: null };
  try {
    const { root, rootHasProcessors, groups } = await instanceGroups(file.path, found.format, signal);
    const flows = [
      ...(rootHasProcessors
        ? [{ groupId: root.id, name: `${root.name} (root)`, description: `${format}, at the root` }]
        : []),
      ...groups.map((group) => ({ groupId: group.id, name: group.name, description: `${format}, process group` })),
    ];
    if (flows.length === 0) return { flows: [], problem: 'is a NiFi instance without process groups and processors' };
    if (flows.some((flow) => flow.groupId === '')) throw new Error('a process group has no id');
    return { flows, problem: null };
  } catch (error) {
    signal.throwIfAborted();
    // As one flow it stays in sight, and its conversion says in full what is wrong with it.
    return { flows: [whole], problem: `its process groups cannot be listed: ${messageOf(error)}` };
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

function messageOf(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? error.name) : String(error);
}
