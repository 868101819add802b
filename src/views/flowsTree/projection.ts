/**
 * From all flows to the groups that the tree shows: filtered, grouped and sorted. Pure. Rows keep their order while runs
 * go on (names decide, never progress or time), so that nothing moves under the pointer.
 */
import { flowDisplay, flowLook, flowTitle } from '../format';
import type { FlowDisplay } from '../format';
import type { FlowView } from '../../flows/flowsModel';

export const GROUPINGS = ['server', 'status', 'owner'] as const;
export type Grouping = (typeof GROUPINGS)[number];

export interface FlowGroup {
  /** What the flows share: the server's or owner's name (empty: none), or the status shown. */
  readonly key: string;
  readonly label: string;
  readonly icon: string;
  readonly iconColor: string | null;
  readonly flows: readonly FlowView[];
  readonly running: number;
}

export interface Projection {
  readonly groups: readonly FlowGroup[];
  readonly total: number;
  readonly matching: number;
}

/** What needs a person comes first. */
const STATUS_ORDER: readonly FlowDisplay[] = [
  'needsAttention',
  'converting',
  'waiting',
  'unknown',
  'notStarted',
  'done',
];

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** How a flow is shown: its status, refined by what is known of its current run. */
export function displayOf(flow: FlowView): FlowDisplay {
  return flowDisplay(flow.status, flow.live);
}

/** The words of a filter; all of them must be found. */
export function filterTerms(filter: string): readonly string[] {
  return filter
    .toLowerCase()
    .split(/\s+/)
    .filter((term) => term !== '');
}

/** Whether a flow has every term in its name, server, owner, priority, status, path or id. */
export function matches(flow: FlowView, terms: readonly string[]): boolean {
  if (terms.length === 0) {
    return true;
  }
  const text = [
    flow.flowName,
    flow.server,
    flow.owner ?? '',
    flow.priority ?? '',
    flowLook(displayOf(flow)).label,
    flow.nifiXmlPath,
    flow.flowId,
  ]
    .join('\n')
    .toLowerCase();
  return terms.every((term) => text.includes(term));
}

/** Where the terms stand in a label, as ranges that do not overlap: the tree marks them. */
export function highlights(label: string, terms: readonly string[]): [number, number][] {
  const lower = label.toLowerCase();
  // A letter whose small form is longer (İ) would shift every range behind it.
  if (lower.length !== label.length) {
    return [];
  }
  const found: [number, number][] = [];
  for (const term of terms) {
    for (let at = lower.indexOf(term); at >= 0; at = lower.indexOf(term, at + term.length)) {
      found.push([at, at + term.length]);
    }
  }
  found.sort((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const range of found) {
    const last = merged.at(-1);
    if (last !== undefined && range[0] <= last[1]) {
      last[1] = Math.max(last[1], range[1]);
    } else {
      merged.push(range);
    }
  }
  return merged;
}

/** The key of the group that a flow belongs to. */
export function groupKey(flow: FlowView, grouping: Grouping): string {
  switch (grouping) {
    case 'server':
      return flow.server;
    case 'owner':
      return flow.owner?.trim() ?? '';
    case 'status':
      return displayOf(flow);
  }
}

/** Filters, groups and sorts. */
export function project(flows: readonly FlowView[], grouping: Grouping, filter: string): Projection {
  const terms = filterTerms(filter);
  const byKey = new Map<string, FlowView[]>();
  let matching = 0;
  for (const flow of flows) {
    if (!matches(flow, terms)) {
      continue;
    }
    matching += 1;
    const key = groupKey(flow, grouping);
    const group = byKey.get(key);
    if (group === undefined) {
      byKey.set(key, [flow]);
    } else {
      group.push(flow);
    }
  }
  const groups = [...byKey].map(([key, members]) => toGroup(key, members, grouping));
  groups.sort((a, b) => compareGroups(a, b, grouping));
  return { groups, total: flows.length, matching };
}

function toGroup(key: string, members: FlowView[], grouping: Grouping): FlowGroup {
  const sorted = members
    .map((flow) => ({ flow, title: flowTitle(flow) }))
    .sort((a, b) => collator.compare(a.title, b.title) || compareText(a.flow.flowId, b.flow.flowId))
    .map(({ flow }) => flow);
  const running = members.filter((flow) => flow.status === 'CONVERTING').length;
  return { key, flows: sorted, running, ...groupLook(key, grouping) };
}

function groupLook(key: string, grouping: Grouping): Pick<FlowGroup, 'label' | 'icon' | 'iconColor'> {
  switch (grouping) {
    case 'server':
      return { label: key === '' ? 'No server' : key, icon: 'server-environment', iconColor: null };
    case 'owner':
      return { label: key === '' ? 'No owner' : key, icon: 'person', iconColor: null };
    case 'status': {
      const look = flowLook(STATUS_ORDER.find((display) => display === key) ?? 'unknown');
      return { label: look.label, icon: look.spin ? 'sync' : look.icon, iconColor: look.color };
    }
  }
}

function compareGroups(a: FlowGroup, b: FlowGroup, grouping: Grouping): number {
  if (grouping === 'status') {
    const rank = (group: FlowGroup): number => STATUS_ORDER.findIndex((display) => display === group.key);
    return rank(a) - rank(b);
  }
  // Flows that belong to nobody come last.
  if ((a.key === '') !== (b.key === '')) {
    return a.key === '' ? 1 : -1;
  }
  return collator.compare(a.label, b.label) || compareText(a.key, b.key);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
