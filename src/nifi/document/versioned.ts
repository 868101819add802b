/** Where things stand in NiFi's JSON: flow definitions, registry snapshots and `flow.json` share one shape of group. */
import { findNodeAtLocation, getNodeValue } from 'jsonc-parser';
import type { Node } from 'jsonc-parser';
import { Draft, nameSpanOf } from './draft';
import type { CommonFields, GroupFields } from './draft';
import type { ConnectionEnd, DocumentFormat, FlowDocument, Parameter, Property, Span, Written } from './model';

interface Place {
  readonly contents: Node;
  /** Holds the parameter contexts and the services outside. */
  readonly holder: Node;
  readonly format: DocumentFormat;
}

/** The paths at which the formats keep their outermost group: first the holder's, then the group's within it. */
const PLACES: readonly (readonly [holder: readonly string[], contents: readonly string[], DocumentFormat])[] = [
  [[], ['flowContents'], 'flowDefinition'],
  [[], ['rootGroup'], 'instanceJson'],
  [['flowSnapshot'], ['flowContents'], 'flowDefinition'],
  [['versionedFlowSnapshot'], ['flowContents'], 'flowDefinition'],
  [['content', 'flowSnapshot'], ['flowContents'], 'flowDefinition'],
  [['content', 'versionedFlowSnapshot'], ['flowContents'], 'flowDefinition'],
  [['content'], [], 'flowDefinition'],
];

/** Null where no group is found. */
export function readVersioned(root: Node): FlowDocument | null {
  const place = placeOf(root);
  if (place === null) return null;
  const { contents, holder, format } = place;
  const draft = new Draft();
  for (const [key, context] of namedObjects(member(holder, 'parameterContexts'))) readContext(key, context, draft);
  const top = draft.addGroup(groupOf(contents), null);
  for (const [key, service] of namedObjects(member(holder, 'externalControllerServices'))) {
    const common = commonOf(service);
    draft.services.push({
      kind: 'service',
      ...common,
      id: common.id === '' ? (key?.text ?? '') : common.id,
      group: top,
      type: null,
      properties: [],
      external: true,
    });
  }
  readContents(contents, top, draft);
  return draft.document(format);
}

function placeOf(root: Node): Place | null {
  for (const [holderPath, contentsPath, format] of PLACES) {
    const holder = findNodeAtLocation(root, [...holderPath]);
    const contents = holder === undefined ? undefined : findNodeAtLocation(holder, [...contentsPath]);
    if (holder === undefined || contents?.type !== 'object') continue;
    if (contentsPath.length === 0 && member(contents, 'processors')?.type !== 'array') continue;
    return { contents, holder, format };
  }
  return null;
}

function readContents(top: Node, topGroup: number, draft: Draft): void {
  const waiting: { node: Node; group: number }[] = [{ node: top, group: topGroup }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { node, group } = next;
    const members = membersOf(node);
    for (const child of objects(members.get('processors'))) {
      draft.processors.push({ kind: 'processor', ...configuredOf(child), group });
    }
    for (const child of objects(members.get('controllerServices'))) {
      draft.services.push({ kind: 'service', ...configuredOf(child), group, external: false });
    }
    for (const child of objects(members.get('connections'))) {
      const fields = membersOf(child);
      draft.connections.push({
        kind: 'connection',
        ...commonOf(child),
        group,
        source: endOf(fields.get('source')),
        destination: endOf(fields.get('destination')),
        relationships: (fields.get('selectedRelationships')?.children ?? []).map(textOf).filter((one) => one !== ''),
      });
    }
    for (const kind of ['inputPort', 'outputPort'] as const) {
      for (const child of objects(members.get(`${kind}s`))) draft.ports.push({ kind, ...commonOf(child), group });
    }
    for (const child of objects(members.get('funnels')))
      draft.funnels.push({ kind: 'funnel', ...commonOf(child), group });
    for (const child of objects(members.get('remoteProcessGroups'))) {
      draft.remoteGroups.push({ kind: 'remoteGroup', ...commonOf(child), group });
      for (const port of [...objects(member(child, 'inputPorts')), ...objects(member(child, 'outputPorts'))]) {
        draft.ports.push({ kind: 'remotePort', ...commonOf(port), group });
      }
    }
    for (const child of objects(members.get('processGroups'))) {
      waiting.push({ node: child, group: draft.addGroup(groupOf(child), group) });
    }
  }
}

function commonOf(node: Node, fields = membersOf(node)): CommonFields {
  const id = written(fields.get('identifier'));
  const name = written(fields.get('name'));
  const span = spanOf(node);
  return {
    id: id?.text ?? '',
    instanceId: textOf(fields.get('instanceIdentifier')),
    name: name?.text ?? '',
    nameSpan: nameSpanOf(name, id, span),
    span,
  };
}

function configuredOf(
  node: Node,
): CommonFields & { readonly type: Written | null; readonly properties: readonly Property[] } {
  const fields = membersOf(node);
  return {
    ...commonOf(node, fields),
    type: written(fields.get('type')),
    properties: propertiesOf(fields.get('properties')),
  };
}

function groupOf(node: Node): GroupFields {
  const fields = membersOf(node);
  return {
    ...commonOf(node, fields),
    context: written(fields.get('parameterContextName')),
    variables: propertiesOf(fields.get('variables')),
  };
}

function propertiesOf(node: Node | undefined): readonly Property[] {
  if (node?.type !== 'object') return [];
  return (node.children ?? []).flatMap((entry) => {
    const [key, value] = entry.children ?? [];
    if (key === undefined) return [];
    return [{ name: textOf(key), nameSpan: inside(key), value: written(value), span: spanOf(entry) }];
  });
}

function endOf(node: Node | undefined): ConnectionEnd | null {
  const fields = membersOf(node);
  const id = written(fields.get('id'));
  return id === null ? null : { id, groupId: textOf(fields.get('groupId')) };
}

function readContext(key: Written | null, node: Node, draft: Draft): void {
  const fields = membersOf(node);
  const common = commonOf(node, fields);
  const named = common.name === '' && key !== null;
  draft.contexts.push({
    id: common.id,
    name: named ? key.text : common.name,
    nameSpan: named ? key.span : common.nameSpan,
    span: common.span,
    inherits: (fields.get('inheritedParameterContexts')?.children ?? []).map(textOf),
    parameters: namedObjects(fields.get('parameters')).map(([parameterKey, parameter]): Parameter => {
      const entries = membersOf(parameter);
      const name = written(entries.get('name')) ?? parameterKey;
      return {
        name: name?.text ?? '',
        nameSpan: name?.span ?? spanOf(parameter),
        value: written(entries.get('value')),
        sensitive: entries.get('sensitive')?.value === true,
        span: spanOf(parameter),
      };
    }),
  });
}

/** Members of an object that are objects with their keys, or the objects of a list. */
function namedObjects(node: Node | undefined): readonly (readonly [key: Written | null, value: Node])[] {
  if (node?.type === 'array') return objects(node).map((one) => [null, one] as const);
  if (node?.type !== 'object') return [];
  return (node.children ?? []).flatMap((entry) => {
    const [key, value] = entry.children ?? [];
    return key !== undefined && value?.type === 'object' ? [[written(key), value] as const] : [];
  });
}

function objects(node: Node | undefined): readonly Node[] {
  return node?.type === 'array' ? (node.children ?? []).filter((child) => child.type === 'object') : [];
}

/** Values by key; of a repeated key the last one counts, as in NiFi's own reader. */
function membersOf(node: Node | undefined): ReadonlyMap<string, Node> {
  const found = new Map<string, Node>();
  if (node?.type !== 'object') return found;
  for (const entry of node.children ?? []) {
    const [key, value] = entry.children ?? [];
    if (key !== undefined && value !== undefined) found.set(textOf(key), value);
  }
  return found;
}

function member(node: Node | undefined, key: string): Node | undefined {
  return membersOf(node).get(key);
}

function spanOf(node: Node): Span {
  return { start: node.offset, end: node.offset + node.length };
}

/** Of a text the span between the quotes. */
function inside(node: Node): Span {
  const { start, end } = spanOf(node);
  return node.type === 'string' && node.length >= 2 ? { start: start + 1, end: end - 1 } : { start, end };
}

/** Text; numbers and flags as they are written. Empty for everything else. */
function textOf(node: Node | undefined): string {
  if (node === undefined || node.type === 'object' || node.type === 'array' || node.type === 'null') return '';
  const value: unknown = getNodeValue(node);
  return typeof value === 'string' ? value : String(value);
}

function written(node: Node | undefined): Written | null {
  if (node === undefined || node.type === 'null' || node.type === 'object' || node.type === 'array') return null;
  return { text: textOf(node), span: inside(node) };
}
