/** From what a row says to VS Code's `TreeItem`. */
import { MarkdownString, ThemeColor, ThemeIcon, TreeItem, TreeItemCollapsibleState, Uri } from 'vscode';
import type { AttemptView, FlowView } from '../../flows/flowsModel';
import { COMMANDS, contextValue } from '../../platform/contributions';
import { FLOW_SCHEME } from './decorations';
import type { ActionNode, AttemptNode, FlowNode, GroupNode } from './nodes';
import { filterTerms, highlights } from './projection';
import type { FlowGroup } from './projection';
import { attemptRow, groupRow } from './rows';
import type { Row } from './rows';
import { attemptTooltip, flowTooltip } from './tooltips';

function item(id: string, row: Row, state: TreeItemCollapsibleState): TreeItem {
  const made = new TreeItem(row.label, state);
  made.id = id;
  made.description = row.description;
  made.iconPath = icon(row.icon, row.color);
  made.contextValue = contextValue(row.traits);
  made.accessibilityInformation = { label: row.spoken };
  return made;
}

function icon(id: string, color: string | null): ThemeIcon {
  return color === null ? new ThemeIcon(id) : new ThemeIcon(id, new ThemeColor(color));
}

/** @param open whether the group comes unfolded */
export function groupItem(node: GroupNode, group: FlowGroup, open: boolean): TreeItem {
  const state = open ? TreeItemCollapsibleState.Expanded : TreeItemCollapsibleState.Collapsed;
  const made = item(node.id, groupRow(group), state);
  made.tooltip = made.accessibilityInformation?.label ?? '';
  return made;
}

export function flowItem(node: FlowNode, flow: FlowView, row: Row, filter: string): TreeItem {
  const state = flow.totalAttempts > 0 ? TreeItemCollapsibleState.Collapsed : TreeItemCollapsibleState.None;
  const made = item(node.id, row, state);
  made.label = { label: row.label, highlights: highlights(row.label, filterTerms(filter)) };
  if (row.mark !== null) {
    // The mark is part of the address, so that a decoration never outlives its reason.
    made.resourceUri = Uri.from({ scheme: FLOW_SCHEME, path: `/${flow.flowId}`, query: row.mark });
  }
  return made;
}

export function attemptItem(node: AttemptNode, attempt: AttemptView, now: Date): TreeItem {
  const made = item(node.id, attemptRow(attempt, now), TreeItemCollapsibleState.None);
  made.command = {
    command: COMMANDS.viewAllAttempts,
    title: 'View Attempt',
    arguments: [{ flowId: attempt.flowId, attemptId: attempt.attemptId }],
  };
  return made;
}

export function actionItem(node: ActionNode): TreeItem {
  const state = node.children.length > 0 ? TreeItemCollapsibleState.Expanded : TreeItemCollapsibleState.None;
  const made = new TreeItem(node.label, state);
  made.id = node.id;
  made.description = node.description;
  made.iconPath = icon(node.icon, node.color);
  made.tooltip = node.tooltip ?? [node.label, node.description].filter((part) => part !== '').join(' ');
  made.accessibilityInformation = {
    label: [node.label, node.description].filter((part) => part !== '').join(', '),
  };
  if (node.action !== null) {
    made.command = { command: node.action.command, title: node.action.title, arguments: [...node.action.arguments] };
  }
  return made;
}

function markdown(text: string): MarkdownString {
  const made = new MarkdownString(text, true);
  // Only this one command may be called from a tooltip; HTML stays off.
  made.isTrusted = { enabledCommands: [COMMANDS.viewAllAttempts] };
  return made;
}

export function flowTooltipOf(flow: FlowView, now: Date): MarkdownString {
  return markdown(flowTooltip(flow, now));
}

export function attemptTooltipOf(attempt: AttemptView, now: Date): MarkdownString {
  return markdown(attemptTooltip(attempt, now));
}
