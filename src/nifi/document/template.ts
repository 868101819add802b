/** Where things stand in a template (`<template>`), of all encoding versions. */
import { Draft } from './draft';
import type { GroupFields } from './draft';
import type { FlowDocument, Property } from './model';
import { commonOf, entriesOf, readContents } from './xmlContents';
import type { XmlShape } from './xmlContents';
import { all, first, valueOf, writtenName } from './xmlTree';
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
    readContents(snippet, index, draft, source, SHAPE);
  }
  return draft.document('template');
}

const SHAPE: XmlShape = {
  kinds: {
    processors: 'processor',
    controllerServices: 'service',
    connections: 'connection',
    inputPorts: 'inputPort',
    outputPorts: 'outputPort',
    funnels: 'funnel',
    remoteProcessGroups: 'remoteGroup',
    processGroups: 'group',
  },
  typeTag: 'type',
  relationshipTag: 'selectedRelationships',
  contentsOf: (element) => first(element, 'contents'),
  // A processor's stand in its configuration, a service's directly in it.
  propertiesOf: (element, source) => mapOf(first(first(element, 'config') ?? element, 'properties'), source),
  endOf: (element, side, source) => {
    const end = first(element, side);
    const id = writtenName(first(end, 'id'), source);
    return id === null ? null : { id, groupId: valueOf(end, 'groupId') };
  },
  groupOf,
};

function groupOf(element: XmlElement, source: string): GroupFields {
  const context = first(element, 'parameterContext');
  return {
    ...commonOf(element, source),
    context: writtenName(first(context, 'name') ?? first(first(context, 'component'), 'name'), source),
    variables: mapOf(first(element, 'variables'), source),
  };
}

function mapOf(element: XmlElement | undefined, source: string): readonly Property[] {
  return entriesOf(all(element, 'entry'), 'key', source);
}
