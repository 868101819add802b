/** Flow files that VS Code cannot show usefully, `.gz` and JSON on one line, as read-only text over many lines. */
import { EventEmitter, FileType, l10n, languages, RelativePattern, Uri, window, workspace } from 'vscode';
import type { Event, FileSystemWatcher, TextDocument, TextDocumentContentProvider } from 'vscode';
import { AcceleratorError } from '../flows/errors';
import type { ParserThread } from '../nifi/document/parserThread';
import type { OpenedText } from '../nifi/document/protocol';
import { SCHEMES } from '../platform/contributions';
import { DisposableStore } from '../platform/lifecycle';

/** VS Code gives no document above this to extensions, so nothing of ours would work in it. */
const MOST_CHARACTERS = 50 * 1024 * 1024;

/** In an address: the file lies where conversions run, not on this computer. */
const IN_WORKSPACE = 'workspace';

export class OpenedFlows implements TextDocumentContentProvider {
  private readonly disposables = new DisposableStore();
  private readonly changes = this.disposables.add(new EventEmitter<Uri>());
  private readonly watchers = new Map<string, FileSystemWatcher>();
  /** Read a moment ago, for the document that is about to be made. */
  private readonly fresh = new Map<string, OpenedText>();
  readonly onDidChange: Event<Uri> = this.changes.event;

  /** @param workspaceFile bytes of a flow file that lies where conversions run */
  constructor(
    private readonly parser: ParserThread,
    private readonly workspaceFile: (file: string) => Promise<Uint8Array>,
  ) {
    this.disposables.add(workspace.registerTextDocumentContentProvider(SCHEMES.openFlow, this));
    this.disposables.add(
      workspace.onDidCloseTextDocument(({ uri }) => {
        this.watchers.get(uri.toString())?.dispose();
        this.watchers.delete(uri.toString());
      }),
    );
  }

  async provideTextDocumentContent(uri: Uri): Promise<string> {
    const key = uri.toString();
    const opened = this.fresh.get(key) ?? (await this.read(uri));
    this.fresh.delete(key);
    return opened.text;
  }

  /**
   * The document of a flow file. Throws `notFound` where it cannot be read, `notAvailable` where its text is over VS
   * Code's limit.
   */
  async open(file: Uri): Promise<TextDocument> {
    if (file.scheme !== 'file') {
      throw new AcceleratorError('notAvailable', l10n.t('Only files on this computer can be opened as flows.'));
    }
    const uri = openedUri(file);
    const document = await this.show(uri);
    this.watch(uri, file);
    return document;
  }

  /** The same of a file that lies where conversions run. Throws what the workspace does, too. */
  openFromWorkspace(file: string): Promise<TextDocument> {
    return this.show(Uri.from({ scheme: SCHEMES.openFlow, path: named(file), query: file, fragment: IN_WORKSPACE }));
  }

  dispose(): void {
    for (const watcher of this.watchers.values()) watcher.dispose();
    this.disposables.dispose();
  }

  private async show(uri: Uri): Promise<TextDocument> {
    const opened = await this.read(uri);
    if (opened.text.length > MOST_CHARACTERS) {
      throw new AcceleratorError(
        'notAvailable',
        l10n.t(
          'This flow has {0} MB of text. VS Code gives extensions no document over {1} MB, so it cannot be shown. It can be converted all the same.',
          Math.ceil(opened.text.length / 1024 / 1024),
          MOST_CHARACTERS / 1024 / 1024,
        ),
      );
    }
    this.fresh.set(uri.toString(), opened);
    const document = await workspace.openTextDocument(uri);
    return document.languageId === opened.syntax
      ? document
      : languages.setTextDocumentLanguage(document, opened.syntax);
  }

  private async read({ query: file, fragment }: Uri): Promise<OpenedText> {
    if (fragment === IN_WORKSPACE) return this.parser.unpack(await this.workspaceFile(file));
    try {
      return await this.parser.open(file);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new AcceleratorError('notFound', l10n.t('The file could not be read: {0} ({1})', file, why), { cause });
    }
  }

  /** The document follows its file. */
  private watch(uri: Uri, file: Uri): void {
    const key = uri.toString();
    if (this.watchers.has(key)) return;
    const folder = Uri.joinPath(file, '..');
    const watcher = workspace.createFileSystemWatcher(new RelativePattern(folder, escapeGlob(baseName(file))));
    const again = (): void => this.changes.fire(uri);
    watcher.onDidChange(again);
    watcher.onDidCreate(again);
    this.watchers.set(key, watcher);
  }
}

/** The document's address: a name that says what it shows, and the file behind it. */
export function openedUri(file: Uri): Uri {
  return file.with({ scheme: SCHEMES.openFlow, path: named(file.path), query: file.fsPath });
}

function named(path: string): string {
  return path.replace(/^dbfs:/, '').replace(/\.gz$/i, '');
}

/** Asks for a flow file. Undefined: none was chosen. */
export async function askForFlowFile(): Promise<Uri | undefined> {
  const picked = await window.showOpenDialog({
    title: l10n.t('Open Flow'),
    canSelectMany: false,
    filters: { [l10n.t('NiFi flows')]: ['gz', 'json', 'xml', 'snapshot'], [l10n.t('All files')]: ['*'] },
  });
  return picked?.[0];
}

/** Whether a path is a file at all. */
export async function isFile(uri: Uri): Promise<boolean> {
  try {
    return ((await workspace.fs.stat(uri)).type & FileType.File) !== 0;
  } catch {
    return false;
  }
}

function baseName(uri: Uri): string {
  return uri.path.slice(uri.path.lastIndexOf('/') + 1);
}

function escapeGlob(name: string): string {
  return name.replaceAll(/[[\]{}*?]/g, '[$&]');
}
