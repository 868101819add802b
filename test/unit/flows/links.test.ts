import assert from 'node:assert/strict';
import { parseLink } from '../../../src/flows/links';

describe('links into the product', () => {
  it('name one flow or one attempt', () => {
    assert.deepEqual(parseLink('/flow/orders-0123456789ab'), { kind: 'flow', id: 'orders-0123456789ab' });
    assert.deepEqual(parseLink('/attempt/orders-0123456789ab_attempt_1/'), {
      kind: 'attempt',
      id: 'orders-0123456789ab_attempt_1',
    });
  });

  it('are refused where they name anything else', () => {
    for (const path of [
      '',
      '/',
      '/flow/',
      '/flow/a/b',
      '/run/a',
      '/flow/a b',
      '/flow/..%2f',
      '/flow/a;b',
      `/flow/${'a'.repeat(201)}`,
    ]) {
      assert.equal(parseLink(path), null, path);
    }
  });
});
