/** The connection's report as a read-only document: copied as text, with the mending commands as links. */
import { DocumentLink, EventEmitter, languages, Range, Uri, window, workspace } from 'vscode';
import type { DocumentLinkProvider, TextDocumentContentProvider } from 'vscode';
import type { CheckRow } from '../../flows/administration';
import type { Disposable } from '../../flows/event';
import { DisposableStore } from '../../platform/lifecycle';
import { reportText, type ReportText } from './connectionText';

const SCHEME = 'nifi-connection';
const DOCUMENT = Uri.from({ scheme: SCHEME, path: '/NiFi Accelerator: Connection' });

export class ConnectionReport implements Disposable, TextDocumentContentProvider, DocumentLinkProvider {
  private readonly disposables = new DisposableStore();
  private readonly changed = this.disposables.add(new EventEmitter<Uri>());
  private shown: ReportText = { text: '', links: [] };
  readonly onDidChange = this.changed.event;

  constructor() {
    this.disposables.add(workspace.registerTextDocumentContentProvider(SCHEME, this));
    this.disposables.add(languages.registerDocumentLinkProvider({ scheme: SCHEME }, this));
  }

  async show(title: string, rows: readonly CheckRow[]): Promise<void> {
    this.shown = reportText(title, rows);
    this.changed.fire(DOCUMENT);
    await window.showTextDocument(await workspace.openTextDocument(DOCUMENT), { preview: true });
  }

  provideTextDocumentContent(): string {
    return this.shown.text;
  }

  provideDocumentLinks(): DocumentLink[] {
    return this.shown.links.map(
      ({ line, start, end, command }) =>
        new DocumentLink(new Range(line, start, line, end), Uri.from({ scheme: 'command', path: command })),
    );
  }

  dispose(): void {
    this.disposables.dispose();
  }
}
