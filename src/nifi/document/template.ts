/** Where things stand in a template (`<template>`), of all encoding versions. */
import { Draft, nameSpanOf } from './draft';
import type { ConnectionEnd, FlowDocument, Property, Span, Written } from './model';
import { all, first, spanOf, valueOf, written, writtenName } from './xmlTree';
import type { XmlElement } from './xmlTree';

export function isTemplate(root: XmlElement): boolean {
  return root.tag === 'template' || root.tag === 'templates' || root.tag === 'snippet';
}

/** Several templates in a document, or several snippets in one, each become a group of their own. */
export function readTemplate(root: XmlElement, source: string): FlowDocument {
  const draft = new Draft();
  const templates = root.tag === 'templates' ? all(root, 'template') : [root];
  const parts = templates.flatMap((template) =>
    template.tag === 'snippet'
      ? [{ template, snippet: template }]
      : all(template, 'snippet').map((snippet) => ({ template, snippet })),
  );
  const several = parts.length > 1;
  const outer = several ? draft.addGroup(groupOf(root, source), null) : null;
  for (const { template, snippet } of parts) {
    const index = draft.addGroup({ ...groupOf(template, source), id: valueOf(template, 'groupId') }, outer);
    readContents(snippet, index, draft, source);
  }
  return draft.document('template');
}

function readContents(top: XmlElement, topGroup: number, draft: Draft, source: string): void {
  const waiting: { element: XmlElement; group: number }[] = [{ element: top, group: topGroup }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { element, group } = next;
    for (const child of element.children) {
      const common = { ...commonOf(child, source), group };
      switch (child.tag) {
        case 'processors':
          draft.processors.push({
            kind: 'processor',
            ...common,
            type: writtenName(first(child, 'type'), source),
            properties: entriesOf(first(first(child, 'config'), 'properties'), source),
          });
          break;
        case 'controllerServices':
          draft.services.push({
            kind: 'service',
            ...common,
            type: writtenName(first(child, 'type'), source),
            properties: entriesOf(first(child, 'properties'), source),
            external: false,
          });
          break;
        case 'connections':
          draft.connections.push({
            kind: 'connection',
            ...common,
            source: endOf(first(child, 'source'), source),
            destination: endOf(first(child, 'destination'), source),
            relationships: all(child, 'selectedRelationships').map((one) => one.text.trim()),
          });
          break;
        case 'inputPorts':
          draft.ports.push({ kind: 'inputPort', ...common });
          break;
        case 'outputPorts':
          draft.ports.push({ kind: 'outputPort', ...common });
          break;
        case 'funnels':
          draft.funnels.push({ kind: 'funnel', ...common });
          break;
        case 'remoteProcessGroups':
          draft.remoteGroups.push({ kind: 'remoteGroup', ...common });
          for (const port of first(child, 'contents')?.children ?? []) {
            if (port.tag === 'inputPorts' || port.tag === 'outputPorts') {
              draft.ports.push({ kind: 'remotePort', ...commonOf(port, source), group });
            }
          }
          break;
        case 'processGroups': {
          const index = draft.addGroup(groupOf(child, source), group);
          const contents = first(child, 'contents');
          if (contents !== undefined) waiting.push({ element: contents, group: index });
          break;
        }
        default:
      }
    }
  }
}

interface Common {
  readonly id: string;
  readonly instanceId: string;
  readonly name: string;
  readonly nameSpan: Span;
  readonly span: Span;
}

export function commonOf(element: XmlElement, source: string): Common {
  const id = writtenName(first(element, 'id'), source);
  const name = writtenName(first(element, 'name'), source);
  const span = spanOf(element);
  return {
    id: id?.text ?? '',
    instanceId: '',
    name: name?.text ?? '',
    nameSpan: nameSpanOf(name, id, span),
    span,
  };
}

function groupOf(
  element: XmlElement,
  source: string,
): Common & { readonly context: Written | null; readonly variables: readonly Property[] } {
  const context = first(element, 'parameterContext');
  return {
    ...commonOf(element, source),
    context: writtenName(first(context, 'name') ?? first(first(context, 'component'), 'name'), source),
    variables: entriesOf(first(element, 'variables'), source),
  };
}

function entriesOf(element: XmlElement | undefined, source: string): readonly Property[] {
  return all(element, 'entry').flatMap((entry) => {
    const name = writtenName(first(entry, 'key'), source);
    const value = first(entry, 'value');
    if (name === null) return [];
    return [
      {
        name: first(entry, 'key')?.text ?? name.text,
        nameSpan: name.span,
        value: value === undefined ? null : written(value),
        span: spanOf(entry),
      },
    ];
  });
}

function endOf(element: XmlElement | undefined, source: string): ConnectionEnd | null {
  const id = writtenName(first(element, 'id'), source);
  return id === null ? null : { id, groupId: valueOf(element, 'groupId') };
}
