/** What can be done about a finding: read the explanation, see the generated cell, take the task along. */
import { CodeAction, CodeActionKind, CodeActionTriggerKind, l10n } from 'vscode';
import type { CodeActionContext, CodeActionProvider, Range, TextDocument } from 'vscode';
import { shortType } from '../nifi/document/model';
import { COMMANDS } from '../platform/contributions';
import type { CommandId } from '../platform/contributions';
import { DIAGNOSTIC_SOURCE } from './diagnostics';
import type { FlowDocuments } from './flowDocuments';

export const ACTION_KINDS = [CodeActionKind.QuickFix];

export class FlowActions implements CodeActionProvider {
  constructor(private readonly documents: FlowDocuments) {}

  async provideCodeActions(document: TextDocument, range: Range, context: CodeActionContext): Promise<CodeAction[]> {
    const found = context.diagnostics.filter((one) => one.source === DIAGNOSTIC_SOURCE);
    // Without a finding only where a person asks: no light bulb follows the cursor.
    if (found.length === 0 && context.triggerKind !== CodeActionTriggerKind.Invoke) return [];
    const picture = await this.documents.picture(document);
    const component = picture?.index.componentAt(document.offsetAt(range.start)) ?? null;
    if (component === null) return [];
    const name = component.name === '' ? shortType(component.type?.text ?? '') : component.name;
    const make = (title: string, command: CommandId): CodeAction => {
      const action = new CodeAction(title, CodeActionKind.QuickFix);
      action.command = { title, command, arguments: [document.uri, component.span.start] };
      action.diagnostics = [...found];
      return action;
    };
    const actions = [make(l10n.t('Explain What Becomes of {0}', name), COMMANDS.explainProcessor)];
    if (component.kind === 'processor') {
      actions.push(make(l10n.t('Open the Generated Cell of {0}', name), COMMANDS.openGeneratedCell));
      actions.push(make(l10n.t('Copy the Task for {0}', name), COMMANDS.copyTask));
    }
    return actions;
  }
}
