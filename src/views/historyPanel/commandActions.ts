/** The page's buttons as the commands that the tree and the palette use too: one behaviour, one place for its errors. */
import {
  commands,
  env,
  Position,
  Range,
  Selection,
  TextEditorRevealType,
  Uri,
  ViewColumn,
  window,
  workspace,
} from 'vscode';
import { AcceleratorError } from '../../flows/errors';
import type { FlowView } from '../../flows/flowsModel';
import { COMMANDS } from '../../platform/contributions';
import { remedyFor } from '../../platform/mending';
import { notebookName } from '../format';
import type { HistoryActions, NotebookReference } from './actions';
import type { HistorySource } from './controller';

const ABSENT = new AcceleratorError('internal', 'This is not offered here.');

export class CommandActions implements HistoryActions {
  /** Comparing attempts, assessing and locating a file are offered once there are commands for them. */
  readonly capabilities = { compare: false, diff: true, assess: false, locateFile: false };

  constructor(private readonly source: HistorySource) {}

  async start(flow: FlowView): Promise<void> {
    await commands.executeCommand(COMMANDS.startConversion, { flowId: flow.flowId });
  }

  async retry(flow: FlowView): Promise<void> {
    await commands.executeCommand(COMMANDS.retryConversion, { flowId: flow.flowId });
  }

  async cancel(flow: FlowView, attemptId: string): Promise<void> {
    await commands.executeCommand(COMMANDS.cancelConversion, { flowId: flow.flowId, attemptId });
  }

  async openNotebook({ path }: NotebookReference, beside: boolean): Promise<void> {
    const place = { preview: true, viewColumn: beside ? ViewColumn.Beside : ViewColumn.Active };
    await window.showTextDocument(await this.notebookUri(path), place);
  }

  async openNotebooks({ flowId, attemptId }: { flowId: string; attemptId: string }): Promise<void> {
    await commands.executeCommand(COMMANDS.openNotebook, { flowId, attemptId });
  }

  async diffNotebooks(older: NotebookReference, newer: NotebookReference): Promise<void> {
    const [left, right] = [await this.notebookUri(older.path), await this.notebookUri(newer.path)];
    const numbers = `attempt ${older.attempt.attemptNumber} and ${newer.attempt.attemptNumber}`;
    await commands.executeCommand('vscode.diff', left, right, `${notebookName(newer.path)}: ${numbers}`);
  }

  async openLog({ flowId, attemptId }: { flowId: string; attemptId: string }): Promise<void> {
    await commands.executeCommand(COMMANDS.openRunLog, { flowId, attemptId });
  }

  async openFlow(flow: FlowView, line: number | null): Promise<void> {
    await commands.executeCommand(COMMANDS.showFlowSource, { flowId: flow.flowId });
    const editor = window.activeTextEditor;
    if (line !== null && editor !== undefined && flow.nifiXmlPath.startsWith(editor.document.uri.fsPath)) {
      const at = new Position(Math.min(line, editor.document.lineCount) - 1, 0);
      editor.selection = new Selection(at, at);
      editor.revealRange(new Range(at, at), TextEditorRevealType.InCenter);
    }
  }

  async exportHistory(flow: FlowView): Promise<void> {
    await commands.executeCommand(COMMANDS.exportHistory, { flowId: flow.flowId });
  }

  async copy(text: string): Promise<void> {
    await env.clipboard.writeText(text);
  }

  mendingTitle(error: AcceleratorError): string | null {
    return sentenceCase(remedyFor(error.mend)?.title ?? null);
  }

  async mend(error: AcceleratorError, flowId: string): Promise<void> {
    const remedy = remedyFor(error.mend);
    if (remedy !== null) {
      await commands.executeCommand(remedy.command, { flowId });
    }
  }

  locateFile(): Promise<void> {
    return Promise.reject(ABSENT);
  }

  assess(): Promise<void> {
    return Promise.reject(ABSENT);
  }

  compare(): Promise<void> {
    return Promise.reject(ABSENT);
  }

  /** The file itself on this computer; its text in a document without a name where it lies elsewhere. */
  private async notebookUri(path: string): Promise<Uri> {
    const { workspace: place } = await this.source.get();
    if (place.kind === 'local') {
      return Uri.file(path);
    }
    const content = await place.notebooks.readText(path, new AbortController().signal);
    return (await workspace.openTextDocument({ content, language: 'python' })).uri;
  }
}

/** Buttons in pages are in sentence case; the titles of commands are not. Names keep their capitals. */
function sentenceCase(title: string | null): string | null {
  return title === null
    ? null
    : title.replace(/ ([A-Z])(?=[a-z])/g, (whole, letter: string, at: number) =>
        title.slice(at + 1).startsWith('Python') ? whole : ` ${letter.toLowerCase()}`,
      );
}
