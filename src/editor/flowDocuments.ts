/** Pictures of the open NiFi documents: parsed on a thread of their own, kept while the text is half typed. */
import { Range, workspace } from 'vscode';
import type { TextDocument, Uri } from 'vscode';
import { Emitter } from '../flows/event';
import type { Disposable } from '../flows/event';
import { DocumentIndex } from '../nifi/document/lookup';
import type { FlowDocument, Span } from '../nifi/document/model';
import type { ParsedDocument } from '../nifi/document/parse';
import type { ParserThread } from '../nifi/document/parserThread';
import { shifted } from '../nifi/document/shift';
import type { Edit } from '../nifi/document/shift';
import { syntaxOf } from '../nifi/document/valueOffsets';
import type { Syntax } from '../nifi/document/valueOffsets';
import { SCHEMES } from '../platform/contributions';
import { DisposableStore } from '../platform/lifecycle';
import type { Log } from '../platform/log';
import { isFlowDocument } from './documentKinds';

/** A document as it was at a version. */
export interface Picture {
  readonly version: number;
  readonly index: DocumentIndex;
  readonly document: FlowDocument;
  readonly text: string;
  readonly syntax: Syntax;
  /** The text at this version is broken; what is shown is its last good picture, or what could be understood. */
  readonly broken: ParsedDocument['broken'];
}

interface Tracked {
  picture: Picture | null;
  parsing: { readonly version: number; readonly result: Promise<Picture | null> } | null;
  /** Since the picture, with the version that each led to. */
  edits: { readonly version: number; readonly edits: readonly Edit[] }[];
}

export class FlowDocuments implements Disposable {
  private readonly disposables = new DisposableStore();
  private readonly tracked = new Map<string, Tracked>();
  private readonly flows = new WeakMap<TextDocument, { readonly version: number; readonly is: boolean }>();
  private readonly changes = new Emitter<TextDocument>();
  private readonly closes = new Emitter<TextDocument>();

  /** A new picture. */
  readonly onDidChange = this.changes.event;
  readonly onDidClose = this.closes.event;

  constructor(
    private readonly parser: ParserThread,
    private readonly log: Log,
  ) {
    this.disposables.add(
      workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        const tracked = this.tracked.get(document.uri.toString());
        if (tracked === undefined || contentChanges.length === 0) return;
        const edits = contentChanges.map(({ rangeOffset, rangeLength, text }) => ({
          offset: rangeOffset,
          length: rangeLength,
          inserted: text.length,
        }));
        tracked.edits.push({ version: document.version, edits });
      }),
    );
    this.disposables.add(
      workspace.onDidCloseTextDocument((document) => {
        if (this.tracked.delete(document.uri.toString())) this.closes.fire(document);
      }),
    );
  }

  /** Whether a document is a NiFi flow, by its beginning. */
  isFlow(document: TextDocument): boolean {
    const known = this.flows.get(document);
    // A flow stays one while it is edited: its picture outlives a beginning that is half typed.
    if (known !== undefined && (known.is || known.version === document.version)) return known.is;
    const is = isFlowDocument(document);
    this.flows.set(document, { version: document.version, is });
    return is;
  }

  /** All open documents that are flows. */
  open(): readonly TextDocument[] {
    return workspace.textDocuments.filter((document) => !document.isClosed && this.isFlow(document));
  }

  /** The picture of what a document says now; null where it is no flow or cannot be understood at all. */
  async picture(document: TextDocument): Promise<Picture | null> {
    if (!this.isFlow(document) || document.isClosed) return null;
    const tracked = this.track(document);
    if (tracked.picture?.version === document.version) return tracked.picture;
    if (tracked.parsing?.version !== document.version) {
      const { version } = document;
      const before = tracked.parsing?.result;
      tracked.parsing = { version, result: this.parse(document, tracked, before) };
    }
    return tracked.parsing.result;
  }

  /** The newest picture without waiting for one. */
  last(document: TextDocument): Picture | null {
    return this.tracked.get(document.uri.toString())?.picture ?? null;
  }

  dispose(): void {
    this.disposables.dispose();
    this.changes.dispose();
    this.closes.dispose();
  }

  private track(document: TextDocument): Tracked {
    const key = document.uri.toString();
    const tracked = this.tracked.get(key) ?? { picture: null, parsing: null, edits: [] };
    this.tracked.set(key, tracked);
    return tracked;
  }

  private async parse(
    document: TextDocument,
    tracked: Tracked,
    before: Promise<unknown> | undefined,
  ): Promise<Picture | null> {
    // One parse of a document at a time: what was typed meanwhile is then parsed once and not once a key.
    await before?.catch(() => undefined);
    const { version } = document;
    if (tracked.picture?.version === version) return tracked.picture;
    const text = document.getText();
    let parsed: ParsedDocument;
    try {
      parsed = await this.parser.parse(text);
    } catch (error) {
      this.log.warn('A document could not be parsed.', error);
      return tracked.picture;
    }
    const found = parsed.broken === null ? parsed.document : (kept(tracked, version) ?? parsed.document);
    tracked.edits = tracked.edits.filter((one) => one.version > version);
    tracked.picture =
      found === null
        ? null
        : {
            version,
            index: new DocumentIndex(found, text),
            document: found,
            text,
            syntax: syntaxOf(text),
            broken: parsed.broken,
          };
    if (this.tracked.get(document.uri.toString()) === tracked) this.changes.fire(document);
    return tracked.picture;
  }
}

/** The last picture, carried over what was typed since. */
function kept({ picture, edits }: Tracked, version: number): FlowDocument | null {
  if (picture === null) return null;
  const since = edits.filter((one) => one.version <= version).flatMap((one) => one.edits);
  return shifted(picture.document, since);
}

export function rangeOf(document: TextDocument, span: Span): Range {
  return new Range(document.positionAt(span.start), document.positionAt(span.end));
}

/** The file that a document shows, also where it shows it in another form; null where it is in no file. */
export function sourcePath(uri: Uri): string | null {
  if (uri.scheme === 'file') return uri.fsPath;
  return uri.scheme === SCHEMES.openFlow ? uri.query : null;
}
