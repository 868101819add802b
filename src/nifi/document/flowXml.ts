/** Where things stand in an instance's `flow.xml` (`<flowController>`). */
import { Draft } from './draft';
import type { GroupFields } from './draft';
import type { FlowDocument } from './model';
import { commonOf, entriesOf, readContents } from './xmlContents';
import type { XmlShape } from './xmlContents';
import { all, first, spanOf, valueOf, written, writtenName } from './xmlTree';
import type { XmlElement } from './xmlTree';

export function isFlowXml(root: XmlElement): boolean {
  return root.tag === 'flowController';
}

export function readFlowXml(root: XmlElement, source: string): FlowDocument {
  const draft = new Draft();
  for (const context of all(first(root, 'parameterContexts'), 'parameterContext')) readContext(context, draft, source);
  const top = first(root, 'rootGroup');
  if (top !== undefined) readContents(top, draft.addGroup(groupOf(top, source), null), draft, source, SHAPE);
  return draft.document('instanceXml');
}

const SHAPE: XmlShape = {
  kinds: {
    processor: 'processor',
    controllerService: 'service',
    connection: 'connection',
    inputPort: 'inputPort',
    outputPort: 'outputPort',
    funnel: 'funnel',
    remoteProcessGroup: 'remoteGroup',
    processGroup: 'group',
  },
  typeTag: 'class',
  relationshipTag: 'relationship',
  contentsOf: (element) => element,
  propertiesOf: (element, source) => entriesOf(all(element, 'property'), 'name', source),
  endOf: (element, side, source) => {
    const id = writtenName(first(element, `${side}Id`), source);
    return id === null ? null : { id, groupId: valueOf(element, `${side}GroupId`) };
  },
  groupOf,
};

function groupOf(element: XmlElement, source: string): GroupFields {
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
