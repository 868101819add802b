import assert from 'node:assert/strict';
import { flowIdsOf, groupKeysOf, targetsOf } from '../../../src/commands/targets';

describe('what a command was called on', () => {
  const flow = { kind: 'flow', id: 'flow:a', flowId: 'a' };
  const attempt = { kind: 'attempt', id: 'attempt:x', flowId: 'a', attemptId: 'x' };

  it('takes the row, or all selected rows', () => {
    assert.deepEqual(targetsOf([flow]), [{ flowId: 'a' }]);
    assert.deepEqual(targetsOf([flow, [flow, { ...flow, flowId: 'b' }]]), [{ flowId: 'a' }, { flowId: 'b' }]);
    assert.deepEqual(targetsOf([attempt]), [{ flowId: 'a', attemptId: 'x' }]);
  });

  it('names each only once', () => {
    assert.deepEqual(targetsOf([flow, [flow, flow]]), [{ flowId: 'a' }]);
    assert.deepEqual(flowIdsOf(targetsOf([flow, [flow, attempt]])), ['a']);
  });

  it('takes nothing from what is no flow', () => {
    for (const args of [[], [undefined], [null, null], [{ flowId: 3 }], [{ kind: 'group', groupKey: 'g' }], ['']]) {
      assert.deepEqual(targetsOf(args), []);
    }
    assert.deepEqual(groupKeysOf([{ kind: 'group', groupKey: 'g' }]), ['g']);
  });
});
