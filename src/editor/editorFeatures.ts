/**
 * The part of the editor features that activation pays for: it looks at the beginnings of documents and loads the rest
 * with the first one that is a NiFi flow or a notebook made of one.
 */
import { workspace } from 'vscode';
import type { TextDocument } from 'vscode';
import type { Disposable } from '../flows/event';
import { DisposableStore } from '../platform/lifecycle';
import { isFlowDocument, isNotebookDocument } from './documentKinds';
import type { Features } from './features';
import type { EditorServices } from './services';

export class EditorFeatures implements Disposable {
  private readonly disposables = new DisposableStore();
  private loading: Promise<Features> | null = null;

  constructor(private readonly services: EditorServices) {
    const look = (document: TextDocument): void => {
      if (this.loading === null && (isFlowDocument(document) || isNotebookDocument(document))) {
        this.load().catch((error: unknown) => services.log.error('The editor features could not be loaded.', error));
      }
    };
    this.disposables.add(workspace.onDidOpenTextDocument(look));
    this.disposables.add(
      workspace.onDidChangeTextDocument(({ document }) => {
        // A document that becomes a flow while it is typed or pasted.
        if (this.loading === null && document.lineCount < 50) look(document);
      }),
    );
    workspace.textDocuments.forEach(look);
  }

  /** The features, loaded if they are not. */
  load(): Promise<Features> {
    this.loading ??= this.start();
    return this.loading;
  }

  dispose(): void {
    this.disposables.dispose();
  }

  private async start(): Promise<Features> {
    const { Features } = await import('./features');
    return this.disposables.add(new Features(this.services));
  }
}
