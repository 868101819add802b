/** From a name or an id to what it means, and from that to every place that names it. */
import { Location } from 'vscode';
import type {
  DefinitionProvider,
  LocationLink,
  Position,
  ReferenceContext,
  ReferenceProvider,
  TextDocument,
} from 'vscode';
import { declarationOf } from '../nifi/document/lookup';
import type { FlowDocuments } from './flowDocuments';
import { rangeOf } from './flowDocuments';

export class FlowDefinitions implements DefinitionProvider {
  constructor(private readonly documents: FlowDocuments) {}

  async provideDefinition(document: TextDocument, position: Position): Promise<LocationLink[] | undefined> {
    const picture = await this.documents.picture(document);
    const mention = picture?.index.mentionAt(document.offsetAt(position)) ?? null;
    if (mention === null) return undefined;
    const { span, nameSpan } = declarationOf(mention.target);
    return [
      {
        originSelectionRange: rangeOf(document, mention.span),
        targetUri: document.uri,
        targetRange: rangeOf(document, span),
        targetSelectionRange: rangeOf(document, nameSpan),
      },
    ];
  }
}

export class FlowReferences implements ReferenceProvider {
  constructor(private readonly documents: FlowDocuments) {}

  async provideReferences(
    document: TextDocument,
    position: Position,
    { includeDeclaration }: ReferenceContext,
  ): Promise<Location[] | undefined> {
    const picture = await this.documents.picture(document);
    const target = picture?.index.targetAt(document.offsetAt(position)) ?? null;
    if (picture === null || target === null) return undefined;
    const spans = picture.index.mentionsOf(target);
    const all = includeDeclaration ? [declarationOf(target).nameSpan, ...spans] : spans;
    return all.map((span) => new Location(document.uri, rangeOf(document, span)));
  }
}
