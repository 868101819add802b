/** What templates and an instance's XML have in common: groups hold the same kinds of parts, under other tags. */
import { nameSpanOf } from './draft';
import type { CommonFields, Draft, GroupFields } from './draft';
import type { ConnectionEnd, Property } from './model';
import { all, first, spanOf, written, writtenName } from './xmlTree';
import type { XmlElement } from './xmlTree';

type Kind = 'processor' | 'service' | 'connection' | 'inputPort' | 'outputPort' | 'funnel' | 'remoteGroup' | 'group';

/** How a format writes the parts of a group. */
export interface XmlShape {
  readonly kinds: Readonly<Record<string, Kind>>;
  /** Tag of a processor's or service's class. */
  readonly typeTag: string;
  readonly relationshipTag: string;
  /** The element that holds what stands in a group or remote group. */
  contentsOf(element: XmlElement): XmlElement | undefined;
  propertiesOf(element: XmlElement, source: string): readonly Property[];
  endOf(element: XmlElement, side: 'source' | 'destination', source: string): ConnectionEnd | null;
  groupOf(element: XmlElement, source: string): GroupFields;
}

/** Reads all below a group into the draft, without recursion: groups nest without limit. */
export function readContents(top: XmlElement, topGroup: number, draft: Draft, source: string, shape: XmlShape): void {
  const waiting: { element: XmlElement; group: number }[] = [{ element: top, group: topGroup }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { element, group } = next;
    for (const child of element.children) {
      const kind = shape.kinds[child.tag];
      if (kind === 'group') {
        const contents = shape.contentsOf(child);
        const index = draft.addGroup(shape.groupOf(child, source), group);
        if (contents !== undefined) waiting.push({ element: contents, group: index });
      } else if (kind !== undefined) {
        readPart(kind, child, group, draft, source, shape);
      }
    }
  }
}

function readPart(
  kind: Exclude<Kind, 'group'>,
  element: XmlElement,
  group: number,
  draft: Draft,
  source: string,
  shape: XmlShape,
): void {
  const common = { ...commonOf(element, source), group };
  switch (kind) {
    case 'processor':
    case 'service': {
      const type = writtenName(first(element, shape.typeTag), source);
      const configured = { ...common, type, properties: shape.propertiesOf(element, source) };
      if (kind === 'processor') draft.processors.push({ kind, ...configured });
      else draft.services.push({ kind, ...configured, external: false });
      return;
    }
    case 'connection':
      draft.connections.push({
        kind,
        ...common,
        source: shape.endOf(element, 'source', source),
        destination: shape.endOf(element, 'destination', source),
        relationships: all(element, shape.relationshipTag)
          .map((one) => one.text.trim())
          .filter((one) => one !== ''),
      });
      return;
    case 'inputPort':
    case 'outputPort':
      draft.ports.push({ kind, ...common });
      return;
    case 'funnel':
      draft.funnels.push({ kind, ...common });
      return;
    case 'remoteGroup':
      draft.remoteGroups.push({ kind, ...common });
      for (const port of shape.contentsOf(element)?.children ?? []) {
        const inside = shape.kinds[port.tag];
        if (inside === 'inputPort' || inside === 'outputPort') {
          draft.ports.push({ kind: 'remotePort', ...commonOf(port, source), group });
        }
      }
  }
}

export function commonOf(element: XmlElement, source: string): CommonFields {
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

/** Entries of a name and a value, each in an element of its own. */
export function entriesOf(entries: readonly XmlElement[], nameTag: string, source: string): readonly Property[] {
  return entries.flatMap((entry) => {
    const name = writtenName(first(entry, nameTag), source);
    const value = first(entry, 'value');
    if (name === null) return [];
    return [
      {
        name: first(entry, nameTag)?.text ?? name.text,
        nameSpan: name.span,
        value: value === undefined ? null : written(value),
        span: spanOf(entry),
      },
    ];
  });
}
