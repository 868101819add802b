/**
 * Whether a file is a NiFi flow, by its content. Reads the beginning only, and more of it just where the file looks like
 * a flow and has not said which kind: parameter contexts may come before the flow itself.
 */
import { JsonKeys } from './jsonKeys';
import { textOf, type FlowBytes } from './text';

export type FlowFormat = 'template' | 'flowDefinition' | 'registrySnapshot' | 'instanceXml' | 'instanceJson';

export interface Recognized {
  readonly format: FlowFormat;
  /** The name that the document gives itself, where the beginning says it. */
  readonly title: string | null;
}

const MAX_TEXT = 8 * 1024 * 1024;
const PREFIX_TEXT = 128 * 1024;
const NIFI_WORDS =
  /org\.apache\.nifi|"(externalControllerServices|flowEncodingVersion|encodingVersion|parameterContexts|snapshotMetadata|bucket)"/;
const XML_ROOT =
  /^\s*(?:<\?[^]*?\?>\s*|<!--[^]*?-->\s*)*<(?:[\w.-]+:)?(template|templates|flowController|snippet)[\s/>]/;
const TEMPLATE_MARK = /encoding-version|<(?:[\w.-]+:)?(snippet|groupId|processors|template)[\s/>]/;
const WRAPPERS = ['flowSnapshot', 'versionedFlowSnapshot'];

/**
 * The kind of flow in a file; null where it is none.
 *
 * @throws the system's or gzip's error where it cannot be read
 */
export async function recognize(file: FlowBytes, signal: AbortSignal): Promise<Recognized | null> {
  const head = await file.head(64);
  if (!mayBeFlow(head)) return null;
  let text = '';
  let json: JsonLook | null = null;
  for await (const piece of textOf(file, signal)) {
    if (json === null) {
      text += piece;
      const start = text.replace(/^\uFEFF/, '').trimStart();
      if (start === '') continue;
      if (start.startsWith('<')) {
        const found = recognizeXml(start);
        if (found !== null || text.length >= PREFIX_TEXT) return found;
        continue;
      }
      if (!start.startsWith('{')) return null;
      json = new JsonLook();
      if (json.write(start)) return json.result;
    } else {
      text += piece;
      if (json.write(piece)) return json.result;
    }
    if (text.length >= PREFIX_TEXT && (text.length >= MAX_TEXT || !NIFI_WORDS.test(text))) return json.result;
  }
  return json === null ? recognizeXml(text.replace(/^\uFEFF/, '').trimStart()) : json.result;
}

/** By the first bytes: gzip, or after white space and marks an opening sign. Most files of a folder end here. */
function mayBeFlow(head: Buffer): boolean {
  if (head[0] === 0x1f && head[1] === 0x8b) return true;
  const sign = head.find((byte) => ![0x20, 0x09, 0x0a, 0x0d, 0x00, 0xef, 0xbb, 0xbf, 0xff, 0xfe].includes(byte));
  return sign === undefined ? head.length === 64 : sign === 0x3c || sign === 0x7b;
}

function recognizeXml(text: string): Recognized | null {
  const root = XML_ROOT.exec(text);
  if (root === null) return null;
  if (root[1] === 'flowController') return { format: 'instanceXml', title: null };
  // Other products have roots called "template" as well.
  const inside = text.slice(root[0].length - 1);
  if (!TEMPLATE_MARK.test(inside.slice(0, PREFIX_TEXT))) return null;
  if (root[1] === 'snippet' && !/<(?:[\w.-]+:)?processors[\s/>]/.test(inside)) return null;
  const before = inside.split(/<(?:[\w.-]+:)?snippet[\s/>]/)[0] ?? '';
  const title = /<(?:[\w.-]+:)?name>([^<]{1,200})</.exec(before)?.[1];
  return { format: 'template', title: title === undefined ? null : unescaped(title.trim()) };
}

function unescaped(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');
}

/** Looks at the top of a JSON document until it is known what it is. */
class JsonLook {
  private format: FlowFormat | null = null;
  private title: string | null = null;
  private readonly seen = new Set<string>();
  private failed = false;
  private readonly keys = new JsonKeys(
    {
      open: (path) => this.open(path.map(String)),
      string: (path, value) => {
        const [first, second] = path;
        if (path.length === 2 && second === 'name' && (first === 'flowContents' || first === 'flow')) {
          this.title = this.title === null || first === 'flow' ? value : this.title;
        }
      },
    },
    3,
  );

  /** True when the kind and the title are known, or the text is broken. */
  write(text: string): boolean {
    try {
      this.keys.write(text);
    } catch {
      this.failed = true;
    }
    return this.failed || (this.format !== null && (this.title !== null || this.format === 'instanceJson'));
  }

  get result(): Recognized | null {
    if (this.format === null) return null;
    const registry = this.format === 'flowDefinition' && this.seen.has('snapshotMetadata');
    return { format: registry ? 'registrySnapshot' : this.format, title: this.title };
  }

  private open(path: readonly string[]): void {
    if (path.length === 1) this.seen.add(path[0] ?? '');
    const [first, second, third] = path;
    if (path.length === 1 && first === 'rootGroup') this.format ??= 'instanceJson';
    if (path.length === 1 && first === 'flowContents') this.format ??= 'flowDefinition';
    const wrapped =
      (path.length === 2 && WRAPPERS.includes(first ?? '') && second === 'flowContents') ||
      (path.length === 3 && first === 'content' && WRAPPERS.includes(second ?? '') && third === 'flowContents') ||
      (path.length === 2 && first === 'content' && second === 'processors' && this.seen.has('header'));
    if (wrapped) this.format ??= 'registrySnapshot';
  }
}
