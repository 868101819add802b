/**
 * The tree's data: groups, flows, attempts. Children are built when a row is opened; a change redraws only the rows that
 * look different. Nodes keep their identity and ids, so that expansion and selection outlive every refresh.
 */
import { EventEmitter } from 'vscode';
import type { Disposable, ProviderResult, TreeDataProvider, TreeItem, CancellationToken } from 'vscode';
import { AcceleratorError } from '../../flows/errors';
import type { AttemptView, FlowView } from '../../flows/flowsModel';
import { COMMANDS } from '../../platform/contributions';
import { DisposableStore } from '../../platform/lifecycle';
import type { Log } from '../../platform/log';
import { historyKey, redraw } from './changes';
import type { AttemptNode, FlowNode, GroupNode, MoreOf, TreeNode } from './nodes';
import { actionRow, failureRows, olderRow } from './actionRows';
import { project } from './projection';
import type { Grouping, Projection } from './projection';
import { flowRow, sameRow } from './rows';
import type { Row } from './rows';
import { actionItem, attemptItem, attemptTooltipOf, flowItem, flowTooltipOf, groupItem } from './treeItems';

/** Attempts shown when a flow is opened, and with each further page. */
export const FIRST_ATTEMPTS = 10;
export const MORE_ATTEMPTS = 20;
/** Flows of one group that are handed to the window at a time. */
export const FLOW_PAGE = 500;

/** Where the rows come from; the session behind it opens when the first rows are asked for. */
export interface FlowsSource {
  /** Rejects with the reason where the flows cannot be read. */
  open(): Promise<void>;
  /** Null: not read yet. */
  flows(): readonly FlowView[] | null;
  flow(flowId: string): FlowView | null;
  history(flowId: string, limit: number, signal: AbortSignal): Promise<readonly AttemptView[]>;
}

interface KnownHistory {
  readonly key: string;
  readonly limit: number;
  readonly attempts: readonly AttemptView[];
}

export class FlowsTreeProvider implements TreeDataProvider<TreeNode>, Disposable {
  private readonly disposables = new DisposableStore();
  private readonly changed = this.disposables.add(new EventEmitter<TreeNode | TreeNode[] | undefined>());
  private readonly abort = new AbortController();
  private readonly nodes = new Map<string, TreeNode>();
  private readonly histories = new Map<string, KnownHistory>();
  /** What the rows of flows said when they were last handed to the window. */
  private readonly drawn = new Map<string, Row>();
  private readonly shownAttempts = new Map<string, number>();
  private readonly shownFlows = new Map<string, number>();
  private projection: Projection | undefined;
  private placeLeft = false;
  /** Readings of the first rows that wait for the flows to open. */
  private waiting = 0;
  private filterText = '';
  private groupedBy: Grouping;

  readonly onDidChangeTreeData = this.changed.event;

  constructor(
    private readonly source: FlowsSource,
    private readonly log: Log,
    grouping: Grouping,
    private readonly now: () => Date = () => new Date(),
  ) {
    this.groupedBy = grouping;
  }

  get filter(): string {
    return this.filterText;
  }

  get grouping(): Grouping {
    return this.groupedBy;
  }

  /** How many flows the filter leaves, of how many. */
  get counts(): { readonly matching: number; readonly total: number } {
    return { matching: this.projection?.matching ?? 0, total: this.projection?.total ?? 0 };
  }

  setFilter(text: string): void {
    if (text.trim() !== this.filterText) {
      this.filterText = text.trim();
      this.redrawAll();
    }
  }

  setGrouping(grouping: Grouping): void {
    if (grouping !== this.groupedBy) {
      this.groupedBy = grouping;
      this.redrawAll();
    }
  }

  /** Draws everything again, errors included. */
  redrawAll(): void {
    this.placeLeft = false;
    this.projection = this.currentProjection();
    this.changed.fire(undefined);
  }

  /**
   * Draws what was opened, or why it was not, unless rows that wait for it bring that anyway: while all is drawn again,
   * VS Code does not know the row of a click.
   */
  drawOpened(): void {
    if (this.waiting === 0) {
      this.redrawAll();
    }
  }

  /** Forgets the rows and shows none until others are there: they belong to a place that is no longer open. */
  leavePlace(): void {
    for (const known of [this.nodes, this.histories, this.drawn, this.shownAttempts, this.shownFlows]) {
      known.clear();
    }
    this.redrawAll();
    this.placeLeft = true;
  }

  /** Draws what changed since the rows were last computed. */
  update(): void {
    const before = this.projection;
    const after = this.currentProjection();
    if (before === undefined || after === undefined || after.total === 0 || before.total === 0) {
      this.redrawAll();
      return;
    }
    const change = redraw(before, after, this.now());
    this.projection = after;
    if (change.kind === 'all') {
      this.changed.fire(undefined);
      return;
    }
    this.fire([
      ...change.groupKeys.map((key) => this.groupId(key)),
      ...change.flowIds.map((flowId) => flowNodeId(flowId)),
    ]);
  }

  /** Draws the rows that tell how long ago something was, where they tell something else by now. */
  timePassed(): void {
    const now = this.now();
    const stale = [...this.drawn].filter(([flowId, row]) => {
      const flow = this.source.flow(flowId);
      return flow !== null && (this.histories.has(flowId) || !sameRow(row, flowRow(flow, now)));
    });
    this.fire(stale.map(([flowId]) => flowNodeId(flowId)));
  }

  /** Shows the next page of a list. */
  showMore(more: MoreOf): void {
    if (more.list === 'attempts') {
      const shown = this.shownAttempts.get(more.flowId) ?? FIRST_ATTEMPTS;
      this.shownAttempts.set(more.flowId, shown + MORE_ATTEMPTS);
      this.fire([flowNodeId(more.flowId)]);
    } else {
      this.shownFlows.set(more.groupKey, (this.shownFlows.get(more.groupKey) ?? FLOW_PAGE) + FLOW_PAGE);
      this.fire([this.groupId(more.groupKey)]);
    }
  }

  /** Forgets the attempts read for a flow: the next look reads them again. */
  forgetHistory(flowId: string): void {
    this.histories.delete(flowId);
    this.fire([flowNodeId(flowId)]);
  }

  /** The flows of a group, all pages. */
  flowsOfGroup(groupKey: string): readonly FlowView[] {
    return this.projection?.groups.find((group) => group.key === groupKey)?.flows ?? [];
  }

  async getChildren(node?: TreeNode): Promise<TreeNode[]> {
    try {
      switch (node?.kind) {
        case undefined:
          return await this.roots();
        case 'group':
          return this.flowsOf(node);
        case 'flow':
          return await this.attemptsOf(node);
        case 'attempt':
          return [];
        case 'action':
          return [...node.children];
      }
    } catch (error) {
      if (AcceleratorError.is(error, 'cancelled')) {
        return [];
      }
      // What kept the session from opening is in the log already.
      if (node !== undefined || !AcceleratorError.is(error)) {
        this.log.error('Rows of the flows view could not be built.', error);
      }
      return failureRows(node ?? null, error);
    }
  }

  getTreeItem(node: TreeNode): TreeItem {
    switch (node.kind) {
      case 'group': {
        const group = this.projection?.groups.find((one) => one.key === node.groupKey);
        return group === undefined
          ? actionItem(actionRow({ id: node.id, label: node.groupKey, icon: 'folder' }))
          : groupItem(node, group, this.filterText !== '' || (this.projection?.matching ?? 0) <= FLOW_PAGE);
      }
      case 'flow': {
        const flow = this.source.flow(node.flowId);
        return flow === null
          ? actionItem(actionRow({ id: node.id, label: node.flowId, icon: 'question' }))
          : this.drawFlow(node, flow);
      }
      case 'attempt': {
        const attempt = this.attempt(node);
        return attempt === null
          ? actionItem(actionRow({ id: node.id, label: node.attemptId, icon: 'question' }))
          : attemptItem(node, attempt, this.now());
      }
      case 'action':
        return actionItem(node);
    }
  }

  /** Tooltips are made when they are looked at: thousands of rows need none. */
  resolveTreeItem(item: TreeItem, node: TreeNode, _token: CancellationToken): ProviderResult<TreeItem> {
    if (node.kind === 'flow') {
      const flow = this.source.flow(node.flowId);
      if (flow !== null) {
        item.tooltip = flowTooltipOf(flow, this.now());
      }
    } else if (node.kind === 'attempt') {
      const attempt = this.attempt(node);
      if (attempt !== null) {
        item.tooltip = attemptTooltipOf(attempt, this.now());
      }
    }
    return item;
  }

  getParent(node: TreeNode): TreeNode | undefined {
    switch (node.kind) {
      case 'group':
        return undefined;
      case 'flow': {
        const group = this.projection?.groups.find((one) => one.flows.some((flow) => flow.flowId === node.flowId));
        return group === undefined ? undefined : this.groupNode(group.key);
      }
      case 'attempt':
        return this.flowNode(node.flowId);
      case 'action':
        return node.parent ?? undefined;
    }
  }

  /** The node of a flow, to reveal it; undefined where the filter hides it. */
  nodeOfFlow(flowId: string): FlowNode | undefined {
    const visible = this.projection?.groups.some((group) => group.flows.some((flow) => flow.flowId === flowId));
    return visible === true ? this.flowNode(flowId) : undefined;
  }

  /** An attempt that was read for the tree, with what is live now. */
  attempt(node: AttemptNode): AttemptView | null {
    const known = this.histories.get(node.flowId)?.attempts.find((one) => one.attemptId === node.attemptId);
    return known === undefined ? null : this.withLive(known);
  }

  dispose(): void {
    this.abort.abort();
    this.disposables.dispose();
  }

  private async roots(): Promise<TreeNode[]> {
    if (this.placeLeft) {
      // VS Code keeps rows until others come: it gets none, and asks anew for those that are waited for.
      this.placeLeft = false;
      setImmediate(() => this.changed.fire(undefined));
      return [];
    }
    this.waiting += 1;
    try {
      await this.source.open();
    } finally {
      this.waiting -= 1;
    }
    this.projection = this.currentProjection();
    const projection = this.projection;
    if (projection === undefined || projection.total === 0) {
      return [];
    }
    if (projection.matching === 0) {
      return [
        actionRow({
          id: 'noMatch',
          label: `No flow matches "${this.filterText}"`,
          description: 'Clear filter',
          icon: 'info',
          action: { command: COMMANDS.clearFilter, title: 'Clear Filter', arguments: [] },
        }),
      ];
    }
    return projection.groups.map((group) => this.groupNode(group.key));
  }

  private flowsOf(node: GroupNode): TreeNode[] {
    const flows = this.flowsOfGroup(node.groupKey);
    const limit = this.shownFlows.get(node.groupKey) ?? FLOW_PAGE;
    const rows: TreeNode[] = flows.slice(0, limit).map((flow) => this.flowNode(flow.flowId));
    if (flows.length > limit) {
      rows.push(
        olderRow(node, { list: 'flows', groupKey: node.groupKey }, flows.length - limit, FLOW_PAGE, flows.length),
      );
    }
    return rows;
  }

  private async attemptsOf(node: FlowNode): Promise<TreeNode[]> {
    const flow = this.source.flow(node.flowId);
    if (flow === null) {
      return [];
    }
    const limit = this.shownAttempts.get(node.flowId) ?? FIRST_ATTEMPTS;
    const attempts = await this.readHistory(flow, limit);
    const rows: TreeNode[] = attempts.slice(0, limit).map((attempt) => this.attemptNode(attempt));
    const older = flow.totalAttempts - limit;
    if (older > 0 && attempts.length >= limit) {
      rows.push(olderRow(node, { list: 'attempts', flowId: node.flowId }, older, MORE_ATTEMPTS, flow.totalAttempts));
    }
    if (attempts.length > 0) {
      rows.push(
        actionRow({
          id: `all:${node.flowId}`,
          label: `View All Attempts (${flow.totalAttempts})`,
          icon: 'history',
          parent: node,
          action: {
            command: COMMANDS.viewAllAttempts,
            title: 'View All Attempts',
            arguments: [{ flowId: node.flowId }],
          },
        }),
      );
    }
    return rows;
  }

  /** Attempts of a flow, read anew only when the flow's row says that they changed: reading may cost money. */
  private async readHistory(flow: FlowView, limit: number): Promise<readonly AttemptView[]> {
    const key = historyKey(flow);
    const known = this.histories.get(flow.flowId);
    if (known !== undefined && known.key === key && known.limit >= limit) {
      return known.attempts;
    }
    const attempts = await this.source.history(flow.flowId, limit, this.abort.signal);
    this.histories.set(flow.flowId, { key, limit, attempts });
    return attempts;
  }

  private withLive(attempt: AttemptView): AttemptView {
    const live = this.source.flow(attempt.flowId)?.live ?? null;
    return live?.attemptId === attempt.attemptId ? { ...attempt, live } : attempt;
  }

  private drawFlow(node: FlowNode, flow: FlowView): TreeItem {
    const row = flowRow(flow, this.now());
    this.drawn.set(flow.flowId, row);
    return flowItem(node, flow, row, this.filterText);
  }

  private currentProjection(): Projection | undefined {
    const flows = this.source.flows();
    return flows === null ? undefined : project(flows, this.groupedBy, this.filterText);
  }

  /** Fires those of the nodes that VS Code may have asked for. */
  private fire(ids: readonly string[]): void {
    const nodes = ids.flatMap((id) => this.nodes.get(id) ?? []);
    if (nodes.length > 0) {
      this.changed.fire(nodes);
    }
  }

  private node<T extends TreeNode>(id: string, make: () => T, is: (node: TreeNode) => node is T): T {
    const known = this.nodes.get(id);
    if (known !== undefined && is(known)) {
      return known;
    }
    const made = make();
    this.nodes.set(id, made);
    return made;
  }

  /** With a filter on, groups are other rows: they come open, whatever the person folded before. */
  private groupId(key: string): string {
    return `${this.filterText === '' ? 'group' : 'found'}:${this.groupedBy}:${key}`;
  }

  private groupNode(key: string): GroupNode {
    const id = this.groupId(key);
    return this.node(
      id,
      () => ({ kind: 'group', id, groupKey: key }),
      (node) => node.kind === 'group',
    );
  }

  private flowNode(flowId: string): FlowNode {
    const id = flowNodeId(flowId);
    return this.node(
      id,
      () => ({ kind: 'flow', id, flowId }),
      (node) => node.kind === 'flow',
    );
  }

  private attemptNode(attempt: AttemptView): AttemptNode {
    const { attemptId, flowId } = attempt;
    const id = `attempt:${attemptId}`;
    return this.node(
      id,
      () => ({ kind: 'attempt', id, flowId, attemptId }),
      (node) => node.kind === 'attempt',
    );
  }
}

function flowNodeId(flowId: string): string {
  return `flow:${flowId}`;
}
