/** The context key that shows the history button over a NiFi document. It reads the document's beginning, nothing else. */
import { window, workspace } from 'vscode';
import type { TextDocument } from 'vscode';
import type { Disposable } from '../flows/event';
import { CONTEXT_KEYS } from '../platform/contributions';
import type { ContextKeys } from '../platform/contextKeys';
import { DisposableStore } from '../platform/lifecycle';
import { looksLikeFlow } from './flowMarks';

/** Enough to meet the first element or keys of every format. */
const PREFIX_LENGTH = 8192;

function shows(document: TextDocument | undefined): boolean {
  if (document === undefined || document.uri.scheme !== 'file') {
    return false;
  }
  return looksLikeFlow(prefixOf(document));
}

/** Line by line: `getText()` of a large document would copy all of it. */
function prefixOf(document: TextDocument): string {
  const lines: string[] = [];
  let length = 0;
  for (let at = 0; at < document.lineCount && length < PREFIX_LENGTH; at += 1) {
    const text = document.lineAt(at).text.slice(0, PREFIX_LENGTH);
    lines.push(text);
    length += text.length;
  }
  return lines.join('\n');
}

export function registerEditorFlowKey(contextKeys: ContextKeys): Disposable {
  const disposables = new DisposableStore();
  const update = (): void => contextKeys.set(CONTEXT_KEYS.editorHasFlow, shows(window.activeTextEditor?.document));
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
