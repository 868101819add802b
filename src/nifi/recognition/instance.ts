/** The flows of an instance file: its top-level process groups, and what stands at its root. Streams, any size. */
import { SaxesParser } from 'saxes';
import { JsonKeys, type JsonPath } from './jsonKeys';
import { textOf, type FlowBytes } from './text';

export interface InstanceGroup {
  readonly id: string;
  readonly name: string;
}

export interface InstanceGroups {
  readonly root: InstanceGroup;
  readonly rootHasProcessors: boolean;
  readonly groups: readonly InstanceGroup[];
}

interface Draft {
  id: string;
  name: string;
}

/**
 * @throws an Error where the document is broken or has no root group, or the file cannot be read
 */
export async function instanceGroups(
  file: FlowBytes,
  format: 'instanceXml' | 'instanceJson',
  signal: AbortSignal,
): Promise<InstanceGroups> {
  const reader = format === 'instanceXml' ? new XmlGroups() : new JsonGroups();
  for await (const piece of textOf(file, signal)) {
    reader.write(piece);
    if (reader.complete) break;
  }
  if (reader.root.id === '') throw new Error('has no root group');
  return { root: reader.root, rootHasProcessors: reader.rootHasProcessors, groups: reader.groups };
}

class XmlGroups {
  readonly root: Draft = { id: '', name: '' };
  readonly groups: Draft[] = [];
  rootHasProcessors = false;
  complete = false;
  private readonly path: string[] = [];
  private text = '';
  private readonly parser = new SaxesParser({ xmlns: false, position: true });

  constructor() {
    this.parser.on('error', (error) => {
      throw error;
    });
    this.parser.on('doctype', () => {
      throw new Error('holds a DTD, which NiFi never writes');
    });
    this.parser.on('opentag', ({ name }) => this.open(name.slice(name.indexOf(':') + 1)));
    this.parser.on('text', (text) => (this.text += text));
    this.parser.on('cdata', (text) => (this.text += text));
    this.parser.on('closetag', () => this.close());
  }

  write(text: string): void {
    this.parser.write(text);
  }

  private open(tag: string): void {
    this.text = '';
    if (this.path.length === 2 && this.path[1] === 'rootGroup') {
      if (tag === 'processor') this.rootHasProcessors = true;
      if (tag === 'processGroup') this.groups.push({ id: '', name: '' });
    }
    this.path.push(tag);
  }

  private close(): void {
    const [, root, third, fourth] = this.path;
    const depth = this.path.length;
    const tag = this.path.pop();
    if (root !== 'rootGroup') return;
    if (depth === 2) this.complete = true;
    const into = depth === 3 ? this.root : depth === 4 && third === 'processGroup' ? this.groups.at(-1) : undefined;
    const field = depth === 3 ? third : fourth;
    if (into !== undefined && tag === field && (field === 'id' || field === 'name')) into[field] = this.text.trim();
  }
}

class JsonGroups {
  readonly root: Draft = { id: '', name: '' };
  readonly groups: Draft[] = [];
  rootHasProcessors = false;
  /** The root group's members come in any order. */
  readonly complete = false;
  private readonly keys = new JsonKeys(
    { open: (path) => this.open(path), string: (path, value) => this.string(path, value) },
    4,
  );

  write(text: string): void {
    this.keys.write(text);
  }

  private open(path: JsonPath): void {
    const [top, list, index] = path;
    if (path.length !== 3 || top !== 'rootGroup' || typeof index !== 'number') return;
    if (list === 'processors') this.rootHasProcessors = true;
    if (list === 'processGroups') this.groups.push({ id: '', name: '' });
  }

  private string(path: JsonPath, value: string): void {
    const [top, list, index, key] = path;
    if (top !== 'rootGroup') return;
    if (path.length === 2) fill(this.root, list, value);
    const group = this.groups.at(-1);
    if (path.length === 4 && list === 'processGroups' && typeof index === 'number' && group !== undefined) {
      fill(group, key, value);
    }
  }
}

function fill(group: Draft, key: string | number | undefined, value: string): void {
  if (key === 'identifier') group.id = value;
  if (key === 'name') group.name = value;
}
