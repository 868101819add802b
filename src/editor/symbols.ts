/** Outline and breadcrumbs: groups with their processors, ports and services, and the parameter contexts. */
import { DocumentSymbol, l10n, Range, SymbolKind } from 'vscode';
import type { DocumentSymbolProvider, TextDocument } from 'vscode';
import { shortType } from '../nifi/document/model';
import type { FlowDocument, Span } from '../nifi/document/model';
import type { LevelTable } from '../nifi/levels';
import type { FlowDocuments } from './flowDocuments';
import { rangeOf } from './flowDocuments';
import { levelLabel } from './words';

export class FlowSymbols implements DocumentSymbolProvider {
  constructor(
    private readonly documents: FlowDocuments,
    private readonly levels: () => Promise<LevelTable>,
  ) {}

  async provideDocumentSymbols(document: TextDocument): Promise<DocumentSymbol[] | undefined> {
    const picture = await this.documents.picture(document);
    if (picture === null) return undefined;
    return symbolsOf(document, picture.document, await this.levels());
  }
}

function symbolsOf(document: TextDocument, flow: FlowDocument, levels: LevelTable): DocumentSymbol[] {
  const make = (name: string, detail: string, kind: SymbolKind, span: Span, nameSpan: Span): DocumentSymbol => {
    const range = rangeOf(document, span);
    const selection = rangeOf(document, nameSpan);
    // A picture kept over edits may have a name that stands outside for a moment; VS Code refuses that.
    return new DocumentSymbol(
      name.trim() === '' ? l10n.t('(no name)') : name,
      detail,
      kind,
      range,
      range.contains(selection) ? selection : new Range(range.start, range.start),
    );
  };
  const groups = flow.groups.map(({ name, span, nameSpan }) =>
    make(name, l10n.t('process group'), SymbolKind.Namespace, span, nameSpan),
  );
  const into = (group: number, symbol: DocumentSymbol): void => void groups[group]?.children.push(symbol);
  flow.groups.forEach((group, at) => {
    const symbol = groups[at];
    if (group.group !== at && symbol !== undefined) into(group.group, symbol);
    for (const { name, span, nameSpan } of group.variables) {
      into(at, make(name, l10n.t('variable'), SymbolKind.Variable, span, nameSpan));
    }
  });
  for (const { name, type, group, span, nameSpan } of flow.processors) {
    const detail = [shortType(type?.text ?? ''), levelLabel(levels.levelOf(type?.text ?? ''))].join(' · ');
    into(group, make(name, detail, SymbolKind.Function, span, nameSpan));
  }
  for (const { name, type, group, span, nameSpan, external } of flow.services) {
    const detail = external ? l10n.t('service outside of the flow') : shortType(type?.text ?? '');
    into(group, make(name, detail, SymbolKind.Class, span, nameSpan));
  }
  for (const { kind, name, group, span, nameSpan } of flow.ports) {
    const detail = {
      inputPort: l10n.t('input port'),
      outputPort: l10n.t('output port'),
      remotePort: l10n.t('remote port'),
    };
    into(group, make(name, detail[kind], SymbolKind.Interface, span, nameSpan));
  }
  for (const { name, group, span, nameSpan } of flow.remoteGroups) {
    into(group, make(name, l10n.t('remote process group'), SymbolKind.Module, span, nameSpan));
  }
  const contexts = flow.contexts.map((context) => {
    const symbol = make(context.name, l10n.t('parameter context'), SymbolKind.Struct, context.span, context.nameSpan);
    symbol.children = context.parameters.map(({ name, span, nameSpan }) =>
      make(name, l10n.t('parameter'), SymbolKind.Constant, span, nameSpan),
    );
    return symbol;
  });
  const [root] = groups;
  return root === undefined ? contexts : [root, ...contexts];
}
