import assert from 'node:assert/strict';
import fc from 'fast-check';
import { redraw } from '../../../src/views/flowsTree/changes';
import { highlights, project } from '../../../src/views/flowsTree/projection';
import { NOW, sampleFlow, sampleLive } from './samples';

const flows = [
  sampleFlow({ flowId: 'b', flowName: 'Flow 10', server: 'prod-us', owner: 'ann' }),
  sampleFlow({ flowId: 'a', flowName: 'Flow 2', server: 'prod-us', status: 'DONE', totalAttempts: 1 }),
  sampleFlow({ flowId: 'c', flowName: 'Orders', server: 'prod-eu', status: 'NEEDS_ATTENTION', totalAttempts: 2 }),
];

const shape = (grouping: 'server' | 'status' | 'owner', filter = ''): Record<string, string[]> =>
  Object.fromEntries(
    project(flows, grouping, filter).groups.map((group) => [group.label, group.flows.map((flow) => flow.flowId)]),
  );

describe('flows tree: projection', () => {
  it('groups by server, with numbers in names sorted as numbers', () => {
    assert.deepEqual(shape('server'), { 'prod-eu': ['c'], 'prod-us': ['a', 'b'] });
    assert.deepEqual(Object.keys(shape('server')), ['prod-eu', 'prod-us']);
  });

  it('puts what needs a person first when grouped by status', () => {
    assert.deepEqual(Object.keys(shape('status')), ['Needs attention', 'Not started', 'Done']);
  });

  it('puts flows without an owner last', () => {
    assert.deepEqual(shape('owner'), { ann: ['b'], 'No owner': ['a', 'c'] });
    assert.deepEqual(Object.keys(shape('owner')), ['ann', 'No owner']);
  });

  it('filters by every word, over names, servers, owners, states and paths', () => {
    assert.deepEqual(shape('server', 'FLOW us'), { 'prod-us': ['a', 'b'] });
    assert.deepEqual(shape('server', 'needs attention'), { 'prod-eu': ['c'] });
    assert.deepEqual(shape('server', 'ann'), { 'prod-us': ['b'] });
    assert.deepEqual(shape('server', 'flow nowhere'), {});
  });

  it('shows every matching flow exactly once, whatever the grouping', () => {
    const anyFlow = fc.record({
      flowName: fc.string(),
      server: fc.constantFrom('', 'a', 'b'),
      owner: fc.constantFrom(null, '', 'x'),
      status: fc.constantFrom('NOT_STARTED', 'CONVERTING', 'DONE', 'NEEDS_ATTENTION'),
    } as const);
    fc.assert(
      fc.property(fc.array(anyFlow), fc.constantFrom('server', 'status', 'owner'), (parts, grouping) => {
        const some = parts.map((part, index) => sampleFlow({ ...part, flowId: String(index) }));
        const shown = project(some, grouping, '').groups.flatMap((group) => group.flows.map((flow) => flow.flowId));
        assert.deepEqual([...shown].sort(), some.map((flow) => flow.flowId).sort());
      }),
    );
  });

  it('marks where the words of the filter stand, without overlap', () => {
    assert.deepEqual(highlights('Orders orders', ['ord', 'rder']), [
      [0, 5],
      [7, 12],
    ]);
    assert.deepEqual(highlights('Orders', ['x']), []);
  });
});

describe('flows tree: what is drawn again', () => {
  const before = project(flows, 'server', '');

  it('draws nothing when nothing looks different', () => {
    const same = project(
      flows.map((flow) => ({ ...flow })),
      'server',
      '',
    );
    assert.deepEqual(redraw(before, same, NOW), { kind: 'some', groupKeys: [], flowIds: [] });
  });

  it('draws one flow when its progress moved', () => {
    const at = (percentage: number): typeof before =>
      project(
        flows.map((flow) =>
          flow.flowId === 'a'
            ? { ...flow, status: 'CONVERTING' as const, live: sampleLive({ progressPercentage: percentage }) }
            : flow,
        ),
        'server',
        '',
      );
    assert.deepEqual(redraw(at(10), at(20), NOW), { kind: 'some', groupKeys: [], flowIds: ['a'] });
  });

  it('draws the group when one of its flows starts, since its count changes', () => {
    const started = flows.map((flow) => (flow.flowId === 'a' ? { ...flow, status: 'CONVERTING' as const } : flow));
    assert.deepEqual(redraw(before, project(started, 'server', ''), NOW), {
      kind: 'some',
      groupKeys: ['prod-us'],
      flowIds: [],
    });
  });

  it('draws the group when a flow can be unfolded for the first time, since a selection would be lost otherwise', () => {
    const converting = (attempts: number): typeof before =>
      project(
        flows.map((flow) =>
          flow.flowId === 'b' ? { ...flow, status: 'CONVERTING' as const, totalAttempts: attempts } : flow,
        ),
        'server',
        '',
      );
    assert.deepEqual(redraw(converting(0), converting(1), NOW), { kind: 'some', groupKeys: ['prod-us'], flowIds: [] });
    assert.deepEqual(redraw(converting(1), converting(2), NOW), { kind: 'some', groupKeys: [], flowIds: ['b'] });
  });

  it('draws the group that a flow joined, and all where a flow changed its group', () => {
    const added = [...flows, sampleFlow({ flowId: 'd', flowName: 'New', server: 'prod-eu' })];
    assert.deepEqual(redraw(before, project(added, 'server', ''), NOW), {
      kind: 'some',
      groupKeys: ['prod-eu'],
      flowIds: [],
    });
    const moved = flows.map((flow) => (flow.flowId === 'a' ? { ...flow, server: 'prod-eu' } : flow));
    assert.deepEqual(redraw(before, project(moved, 'server', ''), NOW), { kind: 'all' });
  });
});
