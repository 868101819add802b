/** A document while it is read: what the format modules fill. */
import type {
  Connection,
  DocumentFormat,
  FlowDocument,
  Funnel,
  Group,
  ParameterContext,
  Port,
  Processor,
  Property,
  RemoteGroup,
  Service,
  Span,
  Written,
} from './model';

/** What every part has. */
export interface CommonFields {
  readonly id: string;
  readonly instanceId: string;
  readonly name: string;
  readonly nameSpan: Span;
  readonly span: Span;
}

export interface GroupFields extends CommonFields {
  readonly context: Written | null;
  readonly variables: readonly Property[];
}

export class Draft {
  readonly groups: Group[] = [];
  readonly processors: Processor[] = [];
  readonly services: Service[] = [];
  readonly ports: Port[] = [];
  readonly funnels: Funnel[] = [];
  readonly remoteGroups: RemoteGroup[] = [];
  readonly connections: Connection[] = [];
  readonly contexts: ParameterContext[] = [];

  /** Adds a group and gives its index. */
  addGroup(group: Omit<Group, 'kind' | 'group' | 'depth'>, parent: number | null): number {
    const index = this.groups.length;
    const depth = parent === null ? 0 : (this.groups[parent]?.depth ?? 0) + 1;
    this.groups.push({ kind: 'group', ...group, group: parent ?? index, depth });
    return index;
  }

  document(format: DocumentFormat): FlowDocument {
    const { groups, processors, services, ports, funnels, remoteGroups, connections, contexts } = this;
    return { format, groups, processors, services, ports, funnels, remoteGroups, connections, contexts };
  }
}

/** Where a part is named: its name, its id, or its beginning. */
export function nameSpanOf(name: Written | null, id: Written | null, span: Span): Span {
  if (name !== null && name.text !== '') return name.span;
  if (id !== null && id.text !== '') return id.span;
  return { start: span.start, end: span.start };
}
