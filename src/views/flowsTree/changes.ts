/** What must be drawn again between two projections: as little as possible, since every redraw is seen. Pure. */
import type { FlowView } from '../../flows/flowsModel';
import type { FlowGroup, Projection } from './projection';
import { flowRow, groupRow, sameRow } from './rows';

export type Redraw =
  | { readonly kind: 'all' }
  | { readonly kind: 'some'; readonly groupKeys: readonly string[]; readonly flowIds: readonly string[] };

/** What of a flow its children depend on. */
export function historyKey(flow: FlowView): string {
  return [flow.totalAttempts, flow.currentAttemptId ?? '', flow.status, flow.lastUpdated?.getTime() ?? ''].join('|');
}

/**
 * Compares two projections. `all` where groups came, went or moved, or a flow changed its group (one row may not stand
 * in two places even for a moment); a group where its own row or its members changed; otherwise single flows.
 */
export function redraw(before: Projection, after: Projection, now: Date): Redraw {
  if (!sameKeys(before.groups, after.groups) || someFlowMoved(before, after)) {
    return { kind: 'all' };
  }
  const groupKeys: string[] = [];
  const flowIds: string[] = [];
  after.groups.forEach((group, index) => {
    const old = before.groups[index];
    if (old === undefined) {
      return;
    }
    if (!sameMembers(old, group) || !sameRow(groupRow(old), groupRow(group))) {
      groupKeys.push(group.key);
      return;
    }
    group.flows.forEach((flow, at) => {
      const earlier = old.flows[at];
      if (earlier !== undefined && earlier !== flow && looksDifferent(earlier, flow, now)) {
        flowIds.push(flow.flowId);
      }
    });
  });
  return { kind: 'some', groupKeys, flowIds };
}

/** The earlier flow is looked at with the present time, so that the passing of time alone redraws nothing here. */
function looksDifferent(a: FlowView, b: FlowView, now: Date): boolean {
  return (
    !sameRow(flowRow(a, now), flowRow(b, now)) ||
    historyKey(a) !== historyKey(b) ||
    a.live?.phase !== b.live?.phase ||
    a.live?.statusMessage !== b.live?.statusMessage
  );
}

function sameKeys(a: readonly FlowGroup[], b: readonly FlowGroup[]): boolean {
  return a.length === b.length && a.every((group, index) => group.key === b[index]?.key);
}

/**
 * The same flows in the same order, each as foldable as before: VS Code loses a selection of several rows when one of
 * them is redrawn alone and can be unfolded for the first time, and keeps it when its group is redrawn.
 */
function sameMembers(a: FlowGroup, b: FlowGroup): boolean {
  return (
    a.flows.length === b.flows.length &&
    a.flows.every((flow, index) => {
      const other = b.flows[index];
      return flow.flowId === other?.flowId && flow.totalAttempts > 0 === other.totalAttempts > 0;
    })
  );
}

function someFlowMoved(before: Projection, after: Projection): boolean {
  const groupOf = new Map<string, string>();
  for (const group of before.groups) {
    for (const flow of group.flows) {
      groupOf.set(flow.flowId, group.key);
    }
  }
  return after.groups.some((group) =>
    group.flows.some((flow) => {
      const earlier = groupOf.get(flow.flowId);
      return earlier !== undefined && earlier !== group.key;
    }),
  );
}
