/** Answers questions of place about a document: what stands here, what is meant by it, and where else it is named. */
import { holds } from './model';
import type {
  Component,
  Connection,
  ConnectionEnd,
  Endpoint,
  FlowDocument,
  Group,
  Parameter,
  ParameterContext,
  Port,
  Processor,
  Property,
  RemoteGroup,
  Service,
  Span,
} from './model';

export type Part = Group | Processor | Service | Port | RemoteGroup | Connection | Endpoint;

/** What a name or an id at a place means. */
export type Target =
  | { readonly kind: 'part'; readonly part: Endpoint | Service }
  | { readonly kind: 'parameter'; readonly context: ParameterContext; readonly parameter: Parameter };

export interface Mention {
  /** The name or id as written. */
  readonly span: Span;
  readonly target: Target;
}

/** `#{name}` with its signs; an even number of them is an escape. */
const PARAMETER = /(#+)\{(\s*(?:'|"|\\"|&apos;|&quot;)?\s*)([A-Za-z0-9._ -]+?)\s*(?:'|"|\\"|&apos;|&quot;)?\s*\}/g;

export class DocumentIndex {
  private readonly endpoints = new Map<string, Endpoint[]>();
  private readonly services = new Map<string, Service[]>();
  private readonly contexts = new Map<string, ParameterContext>();
  private readonly components: readonly Component[];
  private foundMentions: readonly Mention[] | null = null;

  constructor(
    readonly document: FlowDocument,
    readonly text: string,
  ) {
    for (const endpoint of [...document.processors, ...document.ports, ...document.funnels]) {
      note(this.endpoints, endpoint);
    }
    for (const service of document.services) note(this.services, service);
    for (const context of document.contexts) {
      for (const key of [context.id, context.name])
        if (key !== '' && !this.contexts.has(key)) this.contexts.set(key, context);
    }
    this.components = [...document.processors, ...document.services].sort((a, b) => a.span.start - b.span.start);
  }

  /** The processor or service around an offset. */
  componentAt(offset: number): Component | null {
    return this.components.find((one) => holds(one.span, offset)) ?? null;
  }

  /** The innermost group around an offset. */
  groupAt(offset: number): Group | null {
    return this.document.groups.findLast((one) => holds(one.span, offset)) ?? null;
  }

  /** The property whose value an offset lies in, with its component. */
  valueAt(offset: number): { readonly component: Component; readonly property: Property } | null {
    const component = this.componentAt(offset);
    const property = component?.properties.find(({ value }) => value !== null && holds(value.span, offset));
    return component === null || property === undefined ? null : { component, property };
  }

  /** The components of a group and all below it. */
  processorsUnder(group: Group): readonly Processor[] {
    const index = this.document.groups.indexOf(group);
    const under = new Set([index]);
    // Parents come first, so one pass meets every group after its parent.
    this.document.groups.forEach((one, at) => {
      if (one.depth > 0 && under.has(one.group)) under.add(at);
    });
    return this.document.processors.filter((processor) => under.has(processor.group));
  }

  /** What the name or id at an offset means. */
  mentionAt(offset: number): Mention | null {
    return this.mentions().find(({ span }) => holds(span, offset)) ?? null;
  }

  /** What a name at an offset declares or means: a reference to it, or the thing itself. */
  targetAt(offset: number): Target | null {
    const mention = this.mentionAt(offset);
    if (mention !== null) return mention.target;
    for (const context of this.document.contexts) {
      const parameter = context.parameters.find((one) => holds(one.nameSpan, offset));
      if (parameter !== undefined) return { kind: 'parameter', context, parameter };
    }
    const parts: readonly (Endpoint | Service)[] = [
      ...this.document.processors,
      ...this.document.services,
      ...this.document.ports,
      ...this.document.funnels,
    ];
    const part = parts.find((one) => holds(one.nameSpan, offset));
    return part === undefined ? null : { kind: 'part', part };
  }

  /** Every place that names a target, without its own declaration. */
  mentionsOf(target: Target): readonly Span[] {
    return this.mentions()
      .filter((mention) => sameTarget(mention.target, target))
      .map(({ span }) => span);
  }

  /** All references of the document that lead somewhere in it. */
  mentions(): readonly Mention[] {
    this.foundMentions ??= [...this.connectionMentions(), ...this.propertyMentions()];
    return this.foundMentions;
  }

  private *connectionMentions(): Generator<Mention> {
    for (const connection of this.document.connections) {
      for (const end of [connection.source, connection.destination]) {
        const part = end === null ? null : this.endpoint(end);
        if (end !== null && part !== null) yield { span: end.id.span, target: { kind: 'part', part } };
      }
    }
  }

  private *propertyMentions(): Generator<Mention> {
    for (const component of this.components) {
      for (const { value } of component.properties) {
        if (value === null || value.text === '') continue;
        const service = this.service(value.text.trim(), component.group);
        if (service !== null && service !== component) {
          yield { span: value.span, target: { kind: 'part', part: service } };
        } else if (value.text.includes('#{')) {
          yield* this.parameterMentions(value.span, component.group);
        }
      }
    }
  }

  private *parameterMentions(span: Span, group: number): Generator<Mention> {
    for (const match of this.text.slice(span.start, span.end).matchAll(PARAMETER)) {
      const [, signs = '', before = '', name = ''] = match;
      if (signs.length % 2 === 0) continue;
      const found = this.parameter(name, group);
      if (found === null) continue;
      const start = span.start + match.index + signs.length + 1 + before.length;
      yield { span: { start, end: start + name.length }, target: { kind: 'parameter', ...found } };
    }
  }

  /** NiFi's rule for templates, too: an id counts in its group first, and else wherever it is. */
  endpoint({ id, groupId }: ConnectionEnd): Endpoint | null {
    const found = this.endpoints.get(id.text) ?? [];
    return found.find((one) => this.document.groups[one.group]?.id === groupId) ?? found[0] ?? null;
  }

  /** By id, in the group and then above it, then anywhere. */
  service(id: string, group: number): Service | null {
    const found = this.services.get(id);
    if (found === undefined) return null;
    for (let at = group; ;) {
      const here = found.find((one) => one.group === at);
      if (here !== undefined) return here;
      const parent = this.document.groups[at]?.group ?? at;
      if (parent === at) return found[0] ?? null;
      at = parent;
    }
  }

  /** A parameter by name: in the group's context and those it inherits, else in any, for groups that name none. */
  parameter(name: string, group: number): { readonly context: ParameterContext; readonly parameter: Parameter } | null {
    const own = this.document.groups[group]?.context?.text ?? '';
    for (const context of own === '' ? this.document.contexts : this.reach(own)) {
      const parameter = context.parameters.find((one) => one.name === name);
      if (parameter !== undefined) return { context, parameter };
    }
    return null;
  }

  /** A context and those it takes parameters from; circles end. */
  private reach(key: string): readonly ParameterContext[] {
    const found = new Set<ParameterContext>();
    const waiting = [key];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const context = this.contexts.get(next);
      if (context === undefined || found.has(context)) continue;
      found.add(context);
      waiting.push(...context.inherits.toReversed());
    }
    return [...found];
  }
}

/** Where a target is declared. */
export function declarationOf(target: Target): { readonly span: Span; readonly nameSpan: Span } {
  return target.kind === 'part' ? target.part : target.parameter;
}

function sameTarget(one: Target, other: Target): boolean {
  return declarationOf(one) === declarationOf(other);
}

function note<T extends Endpoint | Service>(into: Map<string, T[]>, part: T): void {
  for (const id of new Set([part.id, part.instanceId])) {
    if (id === '') continue;
    const found = into.get(id);
    if (found === undefined) into.set(id, [part]);
    else found.push(part);
  }
}
