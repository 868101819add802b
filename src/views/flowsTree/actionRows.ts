/** Rows that speak for the tree itself: a page that follows, a list that could not be read and what mends it. */
import { AcceleratorError } from '../../flows/errors';
import { COMMANDS } from '../../platform/contributions';
import { remedyFor } from '../../platform/mending';
import { truncateError } from '../format';
import type { ActionNode, FlowNode, GroupNode, MoreOf, TreeNode } from './nodes';

type ActionRowParts = Pick<ActionNode, 'id' | 'label' | 'icon'> & Partial<Omit<ActionNode, 'kind'>>;

/** A row with the parts that matter; the rest is empty. */
export function actionRow(parts: ActionRowParts): ActionNode {
  return {
    kind: 'action',
    description: '',
    color: null,
    tooltip: null,
    action: null,
    parent: null,
    children: [],
    ...parts,
  };
}

/** "Show 20 older": the next page of a list, with how many there are in all. */
export function olderRow(
  parent: GroupNode | FlowNode,
  more: MoreOf,
  left: number,
  page: number,
  total: number,
): ActionNode {
  const next = Math.min(left, page);
  const words = more.list === 'attempts' ? 'older' : 'more';
  return actionRow({
    id: `more:${parent.id}`,
    label: `Show ${next} ${words}`,
    description: `of ${total}`,
    icon: 'ellipsis',
    parent,
    action: { command: COMMANDS.showMore, title: `Show ${words}`, arguments: [more] },
  });
}

/** What could not be read and why, and below it the actions that mend it. Below another row: the actions stand beside. */
export function failureRows(parent: TreeNode | null, error: unknown): ActionNode[] {
  const known = AcceleratorError.is(error) ? error : null;
  const message = known?.message ?? 'These rows could not be built.';
  const idOf = (name: string): string => `failed:${parent?.id ?? 'root'}:${name}`;
  const remedy = remedyFor(known?.mend);
  const mending =
    remedy === null
      ? []
      : [
          actionRow({
            id: idOf('mend'),
            label: remedy.title,
            icon: remedy.icon,
            parent,
            action: { command: remedy.command, title: remedy.title, arguments: [] },
          }),
        ];
  const again = actionRow({
    id: idOf('again'),
    label: 'Try Again',
    icon: 'refresh',
    parent,
    action: {
      command: COMMANDS.refreshFlows,
      title: 'Try Again',
      arguments: parent?.kind === 'flow' ? [{ flowId: parent.flowId }] : [],
    },
  });
  const log = actionRow({
    id: idOf('log'),
    label: 'Show Log',
    icon: 'output',
    parent,
    action: { command: COMMANDS.showLog, title: 'Show Log', arguments: [] },
  });
  const actions = known?.mend === 'showLog' ? [again, ...mending] : [...mending, again, log];
  const head = actionRow({
    id: idOf('what'),
    label: parent === null ? 'The flows cannot be read' : 'The attempts cannot be read',
    description: truncateError(message, 80),
    tooltip: message,
    icon: 'error',
    color: 'list.errorForeground',
    parent,
    children: parent === null ? actions : [],
  });
  return parent === null ? [head] : [head, ...actions];
}
