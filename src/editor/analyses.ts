/** What the converter says of the open documents, asked some time after the last key and never twice at once. */
import { workspace } from 'vscode';
import type { TextDocument } from 'vscode';
import { AcceleratorError } from '../flows/errors';
import { Emitter } from '../flows/event';
import type { Disposable } from '../flows/event';
import { runConverter } from '../nifi/converter/runConverter';
import { parseDescription } from '../nifi/converter/description';
import type { Description, ExpressionFunction } from '../nifi/converter/description';
import { Analysis } from '../nifi/converter/analysis';
import { DisposableStore } from '../platform/lifecycle';
import type { FlowDocuments, Picture } from './flowDocuments';
import type { EditorServices } from './services';

/** After the last change; a person who thinks about a value does not start a process. */
const QUIET_MS = 700;

interface Asked {
  timer: NodeJS.Timeout | undefined;
  running: AbortController | null;
  version: number | null;
  analysis: Analysis | null;
  unread: Exclude<Description['error'], null> | null;
}

export class Analyses implements Disposable {
  private readonly disposables = new DisposableStore();
  private readonly asked = new Map<string, Asked>();
  private readonly changes = new Emitter<TextDocument>();
  private knownFunctions: readonly ExpressionFunction[] = [];
  private toldWhy = false;

  /** What is known of a document changed. */
  readonly onDidChange = this.changes.event;

  constructor(
    private readonly services: EditorServices,
    private readonly documents: FlowDocuments,
  ) {
    this.disposables.add(documents.onDidChange((document) => this.plan(document, QUIET_MS)));
    this.disposables.add(documents.onDidClose((document) => this.forget(document)));
    this.disposables.add(workspace.onDidGrantWorkspaceTrust(() => this.askAgain()));
    this.disposables.add(
      services.settings.onDidChange(({ names }) => {
        if (names.has('pythonPath')) this.askAgain();
      }),
    );
  }

  /** What the converter said of a document last; null until then. */
  of(document: TextDocument): Analysis | null {
    return this.asked.get(document.uri.toString())?.analysis ?? null;
  }

  /** Why the converter could not read what the document says now. */
  unread(document: TextDocument): Exclude<Description['error'], null> | null {
    return this.asked.get(document.uri.toString())?.unread ?? null;
  }

  /** The expression language's functions, known after the first answer. */
  get functions(): readonly ExpressionFunction[] {
    return this.knownFunctions;
  }

  dispose(): void {
    for (const asked of this.asked.values()) stop(asked);
    this.asked.clear();
    this.disposables.dispose();
    this.changes.dispose();
  }

  private askAgain(): void {
    this.toldWhy = false;
    for (const document of this.documents.open()) this.plan(document, 0, true);
  }

  private plan(document: TextDocument, after: number, anew = false): void {
    const key = document.uri.toString();
    const asked = this.asked.get(key) ?? {
      timer: undefined,
      running: null,
      version: null,
      analysis: null,
      unread: null,
    };
    this.asked.set(key, asked);
    if (!anew && asked.version === document.version) return;
    stop(asked);
    // The first answer is wanted at once, later ones when the typing pauses.
    asked.timer = setTimeout(() => void this.ask(document, asked), asked.analysis === null ? 0 : after);
  }

  private forget(document: TextDocument): void {
    const key = document.uri.toString();
    const asked = this.asked.get(key);
    if (asked !== undefined) stop(asked);
    this.asked.delete(key);
    this.changes.fire(document);
  }

  private async ask(document: TextDocument, asked: Asked): Promise<void> {
    // Code runs over the document's content, so the folder must be trusted.
    if (!workspace.isTrusted) return;
    const abort = new AbortController();
    asked.running = abort;
    try {
      const picture = await this.documents.picture(document);
      if (picture === null || abort.signal.aborted) return;
      asked.version = picture.version;
      const converter = await this.services.converter(abort.signal);
      const started = performance.now();
      const text = await runConverter(converter, ['describe'], picture.text, abort.signal);
      const description = parseDescription(text);
      this.services.log.debug(`described in ${Math.round(performance.now() - started)} ms`);
      this.take(document, asked, picture, description);
    } catch (error) {
      asked.version = null;
      if (!abort.signal.aborted) this.tellWhy(error);
    } finally {
      if (asked.running === abort) asked.running = null;
    }
  }

  private take(document: TextDocument, asked: Asked, picture: Picture, description: Description): void {
    this.knownFunctions = description.functions;
    asked.unread = description.error;
    if (description.error === null) {
      asked.analysis = new Analysis(description, picture.document, picture.text);
    }
    this.changes.fire(document);
  }

  /** Once: the next key would only fail again. A person hears of it where they convert. */
  private tellWhy(error: unknown): void {
    if (this.toldWhy) return;
    this.toldWhy = true;
    const missing = AcceleratorError.is(error, 'pythonMissing') || AcceleratorError.is(error, 'pythonTooOld');
    this.services.log.warn(
      missing ? 'Without Python, documents are not checked.' : 'A document could not be described.',
      error,
    );
  }
}

function stop(asked: Asked): void {
  clearTimeout(asked.timer);
  asked.running?.abort();
  asked.running = null;
}
