/** The rows of the tree as objects. A node stands for the same thing as long as it is shown: VS Code compares identity. */
import type { Remedy } from '../../platform/mending';

export interface GroupNode {
  readonly kind: 'group';
  readonly id: string;
  readonly groupKey: string;
}

export interface FlowNode {
  readonly kind: 'flow';
  readonly id: string;
  readonly flowId: string;
}

export interface AttemptNode {
  readonly kind: 'attempt';
  readonly id: string;
  readonly flowId: string;
  readonly attemptId: string;
}

/** A row that says something and does one thing when it is chosen: an empty or failed list, the next page. */
export interface ActionNode {
  readonly kind: 'action';
  readonly id: string;
  readonly label: string;
  readonly description: string;
  readonly icon: string;
  readonly color: string | null;
  readonly tooltip: string | null;
  /** What choosing it does; null: it only says something. */
  readonly action: {
    readonly command: Remedy['command'];
    readonly title: string;
    readonly arguments: readonly unknown[];
  } | null;
  readonly parent: TreeNode | null;
  /** Rows below, shown at once. */
  readonly children: readonly ActionNode[];
}

export type TreeNode = GroupNode | FlowNode | AttemptNode | ActionNode;

/** Which list a paging row continues. */
export type MoreOf =
  { readonly list: 'flows'; readonly groupKey: string } | { readonly list: 'attempts'; readonly flowId: string };
