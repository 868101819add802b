/** The connection's report as a read-only document: copied as text, with the mending commands as links. */
import { DocumentLink, EventEmitter, l10n, languages, Range, Uri, window, workspace } from 'vscode';
import type { DocumentLinkProvider, TextDocument, TextDocumentContentProvider } from 'vscode';
import type { CheckRow, Verdict } from '../flows/administration';
import type { Disposable } from '../flows/event';
import { DisposableStore } from '../platform/lifecycle';
import { remedyFor } from '../platform/mending';
import { redact } from '../platform/redact';

const SCHEME = 'nifi-connection';
const DOCUMENT = Uri.from({ scheme: SCHEME, path: '/NiFi Accelerator: Connection' });
const VERDICT_WIDTH = 8;

export class ConnectionReport implements Disposable, TextDocumentContentProvider, DocumentLinkProvider {
  private readonly disposables = new DisposableStore();
  private readonly changed = this.disposables.add(new EventEmitter<Uri>());
  private rows: readonly CheckRow[] = [];
  private title = '';
  readonly onDidChange = this.changed.event;

  constructor() {
    this.disposables.add(workspace.registerTextDocumentContentProvider(SCHEME, this));
    this.disposables.add(languages.registerDocumentLinkProvider({ scheme: SCHEME }, this));
  }

  async show(title: string, rows: readonly CheckRow[]): Promise<void> {
    this.title = title;
    this.rows = rows;
    this.changed.fire(DOCUMENT);
    await window.showTextDocument(await workspace.openTextDocument(DOCUMENT), { preview: true });
  }

  provideTextDocumentContent(): string {
    return redact(reportText(this.title, this.rows));
  }

  provideDocumentLinks(document: TextDocument): DocumentLink[] {
    const links: DocumentLink[] = [];
    for (let line = 0; line < document.lineCount; line += 1) {
      const { text } = document.lineAt(line);
      const found = /→ (.+)$/.exec(text);
      const remedy = this.rows.map((row) => remedyFor(row.mend ?? undefined)).find((one) => one?.title === found?.[1]);
      if (found !== null && remedy !== undefined && remedy !== null) {
        links.push(
          new DocumentLink(
            new Range(line, found.index + 2, line, text.length),
            Uri.from({ scheme: 'command', path: remedy.command }),
          ),
        );
      }
    }
    return links;
  }

  dispose(): void {
    this.disposables.dispose();
  }
}

const WORDS: Readonly<Record<Verdict, string>> = { ok: 'ok', missing: 'missing', refused: 'refused', unknown: '?' };

/** The report as text: a line for each finding, and below it what mends it. */
export function reportText(title: string, rows: readonly CheckRow[]): string {
  const width = Math.max(0, ...rows.map((row) => row.subject.length));
  const lines = rows.flatMap((row) => {
    const line = `${WORDS[row.verdict].padEnd(VERDICT_WIDTH)} ${row.subject.padEnd(width)}  ${row.detail}`;
    const remedy = remedyFor(row.mend ?? undefined);
    return remedy === null ? [line] : [line, `${' '.repeat(VERDICT_WIDTH + 1)}→ ${remedy.title}`];
  });
  const bad = rows.filter((row) => row.verdict !== 'ok').length;
  const sum = bad === 0 ? l10n.t('Everything is there.') : l10n.t('{0} of {1} need a look.', bad, rows.length);
  return [title, '', ...lines, '', sum, ''].join('\n');
}
