/**
 * A NiFi document as the editor sees it: what stands where. Spans are offsets in UTF-16 units, end exclusive, of the
 * text that was parsed. What anything means is the converter's to say; this holds no rule but where things are written.
 * Plain data: it crosses from the parser's thread as it is.
 */

export interface Span {
  readonly start: number;
  readonly end: number;
}

export const DOCUMENT_FORMATS = ['template', 'instanceXml', 'instanceJson', 'flowDefinition'] as const;
/** Registry snapshots hold flow definitions, at one place or another. */
export type DocumentFormat = (typeof DOCUMENT_FORMATS)[number];

/** A value with the span of its text as written: between the quotes or tags, escapes and all. */
export interface Written {
  readonly text: string;
  readonly span: Span;
}

export interface Property {
  readonly name: string;
  readonly nameSpan: Span;
  /** Null: the document names the key without a value. */
  readonly value: Written | null;
  /** The whole entry. */
  readonly span: Span;
}

interface Part {
  readonly id: string;
  /** The id that NiFi's own pages show, where the document has another: references go by either. */
  readonly instanceId: string;
  readonly name: string;
  /** The name where it is written; of a nameless part its id; else the part's beginning. */
  readonly nameSpan: Span;
  /** Exactly the element or object. */
  readonly span: Span;
  /** The group around it, as an index into `groups`; of the outermost its own. */
  readonly group: number;
}

export interface Processor extends Part {
  readonly kind: 'processor';
  readonly type: Written | null;
  readonly properties: readonly Property[];
}

export interface Service extends Part {
  readonly kind: 'service';
  readonly type: Written | null;
  readonly properties: readonly Property[];
  /** Stands outside of the document, which only names it. */
  readonly external: boolean;
}

export interface Port extends Part {
  readonly kind: 'inputPort' | 'outputPort' | 'remotePort';
}

export interface Funnel extends Part {
  readonly kind: 'funnel';
}

export interface ConnectionEnd {
  readonly id: Written;
  readonly groupId: string;
}

export interface Connection extends Part {
  readonly kind: 'connection';
  readonly source: ConnectionEnd | null;
  readonly destination: ConnectionEnd | null;
  readonly relationships: readonly string[];
}

export interface RemoteGroup extends Part {
  readonly kind: 'remoteGroup';
}

export interface Group extends Part {
  readonly kind: 'group';
  /** Id or name of its parameter context. */
  readonly context: Written | null;
  readonly variables: readonly Property[];
  /** 0: outermost. */
  readonly depth: number;
}

export interface Parameter {
  readonly name: string;
  readonly nameSpan: Span;
  readonly value: Written | null;
  readonly sensitive: boolean;
  readonly span: Span;
}

export interface ParameterContext {
  readonly id: string;
  readonly name: string;
  readonly nameSpan: Span;
  readonly span: Span;
  /** Ids or names of those that it takes parameters from, the first wins. */
  readonly inherits: readonly string[];
  readonly parameters: readonly Parameter[];
}

/** A part that is configured by properties. */
export type Component = Processor | Service;
/** What a connection may end at. */
export type Endpoint = Processor | Port | Funnel;

export interface FlowDocument {
  readonly format: DocumentFormat;
  /** Parents before children; the first is the outermost. */
  readonly groups: readonly Group[];
  readonly processors: readonly Processor[];
  readonly services: readonly Service[];
  readonly ports: readonly Port[];
  readonly funnels: readonly Funnel[];
  readonly remoteGroups: readonly RemoteGroup[];
  readonly connections: readonly Connection[];
  readonly contexts: readonly ParameterContext[];
}

/** The part of a class name after the last dot. */
export function shortType(type: string): string {
  return type.slice(type.lastIndexOf('.') + 1);
}

/** Whether a position lies in a span; its end counts, so that a cursor behind the last character is inside. */
export function holds(span: Span, offset: number): boolean {
  return span.start <= offset && offset <= span.end;
}

/** Whether each top-level group is a flow of its own, and not the whole document one. */
export function groupsAreFlows(document: FlowDocument): boolean {
  return document.format === 'instanceXml' || document.format === 'instanceJson';
}
