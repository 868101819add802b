/** Inside `${…}`: attributes that the flow's files can have, and the expression language's functions. */
import { CompletionItem, CompletionItemKind, l10n, MarkdownString, Range, SnippetString } from 'vscode';
import type { CompletionItemProvider, Position, TextDocument } from 'vscode';
import type { ExpressionFunction, ReadDescription } from '../nifi/converter/description';
import { CONTEXT_LENGTH, expressionContext } from '../nifi/document/expressionContext';
import { escapeMarkdown } from '../views/format';
import type { Analyses } from './analyses';
import type { FlowDocuments } from './flowDocuments';
import { typeLabel } from './words';

export const COMPLETION_TRIGGERS = ['{', ':'];

/** Names that an expression takes without quotes. */
const PLAIN_NAME = /^[A-Za-z_][\w-]*$/;

export class ExpressionCompletions implements CompletionItemProvider {
  constructor(
    private readonly documents: FlowDocuments,
    private readonly analyses: Analyses,
  ) {}

  provideCompletionItems(document: TextDocument, position: Position): CompletionItem[] | undefined {
    if (!this.documents.isFlow(document)) return undefined;
    // No picture is asked for: typing waits for nothing.
    const line = document.lineAt(position.line).text;
    const context = expressionContext(line.slice(Math.max(0, position.character - CONTEXT_LENGTH), position.character));
    if (context === null) return undefined;
    const range = new Range(position.translate(0, -context.word.length), position);
    const { functions } = this.analyses;
    if (context.kind === 'function') {
      return functions.filter((one) => one.subject !== null).map((one) => functionItem(one, range));
    }
    const attributes = this.analyses.of(document)?.description.attributes ?? [];
    const inJson = document.languageId.startsWith('json');
    return [
      ...attributes.map((one) => attributeItem(one, range, inJson)),
      ...functions.filter((one) => one.subject === null).map((one) => functionItem(one, range)),
    ];
  }
}

function attributeItem(
  attribute: ReadDescription['attributes'][number],
  range: Range,
  inJson: boolean,
): CompletionItem {
  const item = new CompletionItem(attribute.name, CompletionItemKind.Variable);
  item.detail = attribute.core
    ? l10n.t('attribute of every flow file')
    : attribute.written_by.length === 0
      ? l10n.t('attribute that this flow reads')
      : l10n.t('attribute written by {0}', attribute.written_by.join(', '));
  item.range = range;
  const quote = inJson ? "'" : '"';
  item.insertText = PLAIN_NAME.test(attribute.name) ? attribute.name : `${quote}${attribute.name}${quote}`;
  item.filterText = attribute.name;
  item.sortText = `${attribute.core ? '1' : '0'}${attribute.name}`;
  return item;
}

function functionItem(one: ExpressionFunction, range: Range): CompletionItem {
  const optional = one.parameters.length - one.required;
  const parameters = one.parameters.map((type, at) => (at < one.required ? typeLabel(type) : `${typeLabel(type)}?`));
  const rest = one.variadic ? ', …' : '';
  const item = new CompletionItem(
    { label: one.name, detail: `(${parameters.join(', ')}${rest})` },
    CompletionItemKind.Function,
  );
  item.detail = l10n.t('gives {0}', typeLabel(one.result));
  const facts = [
    one.subject === null ? l10n.t('Stands first in an expression.') : l10n.t('Works on {0}.', typeLabel(one.subject)),
    one.since === '1.0' ? '' : l10n.t('Since NiFi {0}.', one.since),
    optional > 0 ? l10n.t('{0} of its arguments may be left out.', optional) : '',
  ].filter((fact) => fact !== '');
  item.documentation = new MarkdownString(escapeMarkdown(facts.join(' ')));
  item.range = range;
  const call = new SnippetString(`${one.name}(`);
  if (one.required > 0 || one.variadic) call.appendTabstop();
  item.insertText = call.appendText(')');
  item.sortText = `2${one.name}`;
  return item;
}
