/** What a file holds for us: no flow, one, or several with their group ids. */
import { posix } from 'node:path';
import { instanceGroups } from './instance';
import { recognize, type FlowFormat, type Recognized } from './recognize';
import type { FlowBytes } from './text';

export interface CandidateFile {
  /** Path or name, for its endings alone. */
  readonly name: string;
  readonly size: number;
  readonly bytes: FlowBytes;
}

/** A flow of one file, before it is known where the file lies. */
export interface FlowInFile {
  /** Empty: the whole file. */
  readonly groupId: string;
  readonly name: string;
  readonly description: string;
}

export interface FlowsInFile {
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
/** Names by which NiFi itself writes flows: worth a word when such a file holds none. */
const FLOW_NAMES = /^flow\.(xml|json)(\.gz)?$|\.snapshot$/i;

/**
 * The flows that a file holds: one, or of an instance file one per top-level process group and one for what stands at
 * its root. Never rejects for a bad file: that is its `problem`.
 *
 * @throws the signal's reason
 */
export async function flowsInFile(file: CandidateFile, signal: AbortSignal): Promise<FlowsInFile> {
  const named = FLOW_NAMES.test(posix.basename(file.name.replaceAll('\\', '/')));
  let found: Recognized | null;
  try {
    found = file.size === 0 ? null : await recognize(file.bytes, signal);
  } catch (error) {
    signal.throwIfAborted();
    return { flows: [], problem: `cannot be read: ${messageOf(error)}` };
  }
  if (found === null) {
    const empty = file.size === 0 && (named || /\.(xml|json)(\.gz)?$/i.test(file.name));
    return { flows: [], problem: empty ? 'is empty' : named ? 'is not a NiFi flow, in spite of its name' : null };
  }
  const format = FORMAT_NAMES[found.format];
  const title = found.title === null || found.title === '' ? '' : ` “${found.title}”`;
  const whole: FlowInFile = { groupId: '', name: stemOf(file.name), description: `${format}${title}` };
  if (found.format !== 'instanceXml' && found.format !== 'instanceJson') return { flows: [whole], problem: null };
  try {
    const { root, rootHasProcessors, groups } = await instanceGroups(file.bytes, found.format, signal);
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

/** The file's name without the endings that every flow file has. */
export function stemOf(path: string): string {
  const name = posix.basename(path.replaceAll('\\', '/'));
  const stem = name.replace(/(\.(xml|json|gz|snapshot))+$/i, '');
  return stem === '' ? name : stem;
}

/** The first line of an error's text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? error.name) : String(error);
}
