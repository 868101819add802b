/** Where things stand in an instance's `flow.xml` (`<flowController>`). */
import { Draft } from './draft';
import type { ConnectionEnd, FlowDocument, Property, Written } from './model';
import { commonOf } from './template';
import { all, first, spanOf, valueOf, written, writtenName } from './xmlTree';
import type { XmlElement } from './xmlTree';

export function isFlowXml(root: XmlElement): boolean {
  return root.tag === 'flowController';
}

export function readFlowXml(root: XmlElement, source: string): FlowDocument {
  const draft = new Draft();
  for (const context of all(first(root, 'parameterContexts'), 'parameterContext')) readContext(context, draft, source);
  const top = first(root, 'rootGroup');
  if (top !== undefined) readContents(top, draft.addGroup(groupOf(top, source), null), draft, source);
  return draft.document('instanceXml');
}

function readContents(top: XmlElement, topGroup: number, draft: Draft, source: string): void {
  const waiting: { element: XmlElement; group: number }[] = [{ element: top, group: topGroup }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { element, group } = next;
    for (const child of element.children) {
      const common = { ...commonOf(child, source), group };
      switch (child.tag) {
        case 'processor':
        case 'controllerService': {
          const configured = {
            ...common,
            type: writtenName(first(child, 'class'), source),
            properties: propertiesOf(child, source),
          };
          if (child.tag === 'processor') draft.processors.push({ kind: 'processor', ...configured });
          else draft.services.push({ kind: 'service', ...configured, external: false });
          break;
        }
        case 'connection':
          draft.connections.push({
            kind: 'connection',
            ...common,
            source: endOf(child, 'source', source),
            destination: endOf(child, 'destination', source),
            relationships: all(child, 'relationship')
              .map((one) => one.text.trim())
              .filter((one) => one !== ''),
          });
          break;
        case 'inputPort':
        case 'outputPort':
          draft.ports.push({ kind: child.tag, ...common });
          break;
        case 'funnel':
          draft.funnels.push({ kind: 'funnel', ...common });
          break;
        case 'remoteProcessGroup':
          draft.remoteGroups.push({ kind: 'remoteGroup', ...common });
          for (const port of child.children) {
            if (port.tag === 'inputPort' || port.tag === 'outputPort') {
              draft.ports.push({ kind: 'remotePort', ...commonOf(port, source), group });
            }
          }
          break;
        case 'processGroup':
          waiting.push({ element: child, group: draft.addGroup(groupOf(child, source), group) });
          break;
        default:
      }
    }
  }
}

function groupOf(
  element: XmlElement,
  source: string,
): ReturnType<typeof commonOf> & { readonly context: Written | null; readonly variables: readonly Property[] } {
  return {
    ...commonOf(element, source),
    context: writtenName(first(element, 'parameterContextId'), source),
    variables: all(element, 'variable').map((variable) => {
      const span = spanOf(variable);
      return {
        name: variable.attributes['name'] ?? '',
        nameSpan: span,
        // Both stand in attributes: the whole element stands for either.
        value: { text: variable.attributes['value'] ?? '', span },
        span,
      };
    }),
  };
}

function propertiesOf(element: XmlElement, source: string): readonly Property[] {
  return all(element, 'property').flatMap((entry) => {
    const name = writtenName(first(entry, 'name'), source);
    const value = first(entry, 'value');
    if (name === null) return [];
    return [
      {
        name: first(entry, 'name')?.text ?? name.text,
        nameSpan: name.span,
        value: value === undefined ? null : written(value),
        span: spanOf(entry),
      },
    ];
  });
}

function endOf(element: XmlElement, side: 'source' | 'destination', source: string): ConnectionEnd | null {
  const id = writtenName(first(element, `${side}Id`), source);
  return id === null ? null : { id, groupId: valueOf(element, `${side}GroupId`) };
}

function readContext(element: XmlElement, draft: Draft, source: string): void {
  const { id, name, nameSpan, span } = commonOf(element, source);
  draft.contexts.push({
    id,
    name,
    nameSpan,
    span,
    inherits: [...all(element, 'inheritedParameterContextId'), ...all(element, 'inheritedParameterContextIds')]
      .map((one) => one.text.trim())
      .filter((one) => one !== ''),
    parameters: all(element, 'parameter').map((parameter) => {
      const title = writtenName(first(parameter, 'name'), source);
      const value = first(parameter, 'value');
      const place = spanOf(parameter);
      return {
        name: title?.text ?? '',
        nameSpan: title?.span ?? place,
        value: value === undefined ? null : written(value),
        sensitive: valueOf(parameter, 'sensitive').toLowerCase() === 'true',
        span: place,
      };
    }),
  });
}
