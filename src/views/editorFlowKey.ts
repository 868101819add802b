/** The context key that shows what fits a NiFi document. It reads the document's beginning, nothing else. */
import { window, workspace } from 'vscode';
import { isFlowDocument } from '../editor/documentKinds';
import type { Disposable } from '../flows/event';
import { CONTEXT_KEYS } from '../platform/contributions';
import type { ContextKeys } from '../platform/contextKeys';
import { DisposableStore } from '../platform/lifecycle';

export function registerEditorFlowKey(contextKeys: ContextKeys): Disposable {
  const disposables = new DisposableStore();
  const update = (): void => {
    const document = window.activeTextEditor?.document;
    contextKeys.set(CONTEXT_KEYS.editorHasFlow, document !== undefined && isFlowDocument(document));
  };
  disposables.add(window.onDidChangeActiveTextEditor(update));
  disposables.add(
    workspace.onDidSaveTextDocument((document) => {
      if (document === window.activeTextEditor?.document) {
        update();
      }
    }),
  );
  update();
  return disposables;
}
