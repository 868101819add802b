import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { FlowView } from '../../src/flows/flowsModel';
import type { TreeNode } from '../../src/views/flowsTree/nodes';
import { FIRST_ATTEMPTS, FLOW_PAGE, FlowsTreeProvider, MORE_ATTEMPTS } from '../../src/views/flowsTree/provider';
import type { FlowsSource } from '../../src/views/flowsTree/provider';
import { NOW, sampleAttempt, sampleFlow, sampleLive } from '../unit/flowsTree/samples';

const FLOWS = 10_000;
const ATTEMPTS = 2_000;

/** Flows in memory that count how often their history is read. */
class MemorySource implements FlowsSource {
  readonly historyReads: number[] = [];
  failure: Error | null = null;
  private rows: FlowView[];

  constructor(count: number) {
    this.rows = Array.from({ length: count }, (_, index) =>
      sampleFlow({
        flowId: `flow-${index}`,
        flowName: `Flow ${index}`,
        server: 'prod',
        status: 'DONE',
        totalAttempts: ATTEMPTS,
        successfulConversions: 1,
        currentAttemptId: `flow-${index}_attempt_${ATTEMPTS}`,
      }),
    );
  }

  open = (): Promise<void> => Promise.resolve();
  flows = (): readonly FlowView[] => this.rows;
  flow = (flowId: string): FlowView | null => this.rows.find((row) => row.flowId === flowId) ?? null;
  history: FlowsSource['history'] = (flowId, limit) => {
    this.historyReads.push(limit);
    if (this.failure !== null) {
      return Promise.reject(this.failure);
    }
    return Promise.resolve(
      Array.from({ length: Math.min(limit, ATTEMPTS) }, (_, index) =>
        sampleAttempt({
          flowId,
          attemptId: `${flowId}_attempt_${ATTEMPTS - index}`,
          attemptNumber: ATTEMPTS - index,
        }),
      ),
    );
  };

  change(flowId: string, parts: Partial<FlowView>): void {
    this.rows = this.rows.map((row) => (row.flowId === flowId ? { ...row, ...parts } : row));
  }
}

const silent = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

describe('flows tree in VS Code', () => {
  let source: MemorySource;
  let provider: FlowsTreeProvider;
  let fired: (TreeNode | TreeNode[] | undefined)[];

  beforeEach(() => {
    source = new MemorySource(FLOWS);
    provider = new FlowsTreeProvider(source, silent, 'server', () => NOW);
    fired = [];
    provider.onDidChangeTreeData((change) => fired.push(change));
  });
  afterEach(() => provider.dispose());

  async function flowRows(): Promise<readonly TreeNode[]> {
    const [group] = await provider.getChildren();
    assert.equal(group?.kind, 'group');
    return provider.getChildren(group);
  }

  it('shows 10,000 flows page by page and reads no history for it', async () => {
    const rows = await flowRows();
    assert.equal(rows.length, FLOW_PAGE + 1);
    assert.deepEqual(source.historyReads, []);
    const last = rows.at(-1);
    assert.ok(last?.kind === 'action');
    assert.equal(last.label, `Show ${FLOW_PAGE} more`);
    assert.equal(last.description, `of ${FLOWS}`);
    provider.showMore({ list: 'flows', groupKey: 'prod' });
    assert.equal((await flowRows()).length, 2 * FLOW_PAGE + 1);
  });

  it('shows 2,000 attempts page by page, newest first', async () => {
    const [flow] = await flowRows();
    assert.ok(flow);
    const first = await provider.getChildren(flow);
    assert.deepEqual(
      first.slice(0, 2).map((row) => provider.getTreeItem(row).label),
      ['#2000 Succeeded', '#1999 Succeeded'],
    );
    assert.deepEqual(
      first.slice(-2).map((row) => provider.getTreeItem(row).label),
      [`Show ${MORE_ATTEMPTS} older`, `View All Attempts (${ATTEMPTS})`],
    );
    provider.showMore({ list: 'attempts', flowId: 'flow-0' });
    const more = await provider.getChildren(flow);
    assert.equal(more.length, FIRST_ATTEMPTS + MORE_ATTEMPTS + 2);
    // The rows that were there are the same objects: nothing folds or loses its selection.
    assert.equal(more[0], first[0]);
  });

  it('finds a flow that no page shows yet', async () => {
    provider.setFilter('flow 9876');
    const rows = await flowRows();
    assert.deepEqual(
      rows.map((row) => provider.getTreeItem(row).id),
      ['flow:flow-9876'],
    );
    const { label } = provider.getTreeItem(rows[0] ?? assert.fail());
    assert.deepEqual(typeof label === 'object' ? label.highlights : null, [
      [0, 4],
      [5, 9],
    ]);
  });

  it('draws one row when one flow changes, with the same node and id', async () => {
    const before = await flowRows();
    source.change('flow-3', { priority: 'high', source: { exists: true, changedSinceLastAttempt: true } });
    provider.update();
    const [change] = fired;
    assert.ok(Array.isArray(change));
    assert.deepEqual(
      change.map((node) => node.id),
      ['flow:flow-3'],
    );
    assert.ok(before.includes(change[0] ?? assert.fail()));
    fired.length = 0;
    provider.update();
    assert.deepEqual(fired, []);
  });

  it('reads a history again only when the flow tells that it changed', async () => {
    const [flow] = await flowRows();
    assert.ok(flow);
    await provider.getChildren(flow);
    const running = { status: 'CONVERTING', totalAttempts: ATTEMPTS + 1 } as const;
    source.change('flow-0', { ...running, live: sampleLive({ flowId: 'flow-0', progressPercentage: 10 }) });
    await provider.getChildren(flow);
    source.change('flow-0', { live: sampleLive({ flowId: 'flow-0', progressPercentage: 20 }) });
    await provider.getChildren(flow);
    assert.equal(source.historyReads.length, 2);
  });

  it('says that a history cannot be read, and reads it at the next try', async () => {
    const [flow] = await flowRows();
    assert.ok(flow);
    source.failure = new Error('disk');
    const [head] = await provider.getChildren(flow);
    assert.ok(head?.kind === 'action');
    assert.equal(head.label, 'The attempts cannot be read');
    source.failure = null;
    const [attempt] = await provider.getChildren(flow);
    assert.equal(attempt?.kind, 'attempt');
  });

  it('draws what was opened once: not again where the first rows wait for it', async () => {
    let opened: () => void = () => undefined;
    source.open = () => new Promise((resolve) => (opened = resolve));
    const rows = provider.getChildren();
    provider.drawOpened();
    assert.deepEqual(fired, []);
    opened();
    assert.equal((await rows).length, 1);
    provider.drawOpened();
    assert.deepEqual(fired, [undefined]);
  });

  it('shows nothing of a place that was left, and reads all anew in the next one', async () => {
    const [flow] = await flowRows();
    await provider.getChildren(flow);
    fired.length = 0;
    provider.leavePlace();
    assert.deepEqual(fired, [undefined]);
    assert.deepEqual(await provider.getChildren(), []);
    await new Promise(setImmediate);
    assert.deepEqual(fired, [undefined, undefined], 'asked anew for the next rows');
    const [other] = await flowRows();
    assert.notEqual(other, flow);
    await provider.getChildren(other);
    assert.equal(source.historyReads.length, 2);
  });

  it('names rows for screen readers and marks what menus need', async () => {
    const [flow] = await flowRows();
    const item = provider.getTreeItem(flow ?? assert.fail());
    assert.equal(item.accessibilityInformation?.label, `Flow 0, done, ${ATTEMPTS} attempts, server prod`);
    assert.equal(item.contextValue, 'flow startable hasHistory hasSource');
    assert.equal(item.collapsibleState, vscode.TreeItemCollapsibleState.Collapsed);
  });
});
