import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import * as z from 'zod';
import { epochSecondsOf, flowIdOf, idempotencyTokenOf, jobNameOf, nextAttemptId } from '../../../src/flows/ids';

describe('flow ids', () => {
  it('are a slug of the file and a hash of the whole path', () => {
    assert.match(flowIdOf('/Volumes/main/nifi/east/Orders to Kafka.xml'), /^orders-to-kafka-[0-9a-f]{12}$/);
    assert.match(flowIdOf('/flows/flow.json.gz#8a1c'), /^flow-[0-9a-f]{12}$/);
    assert.match(flowIdOf('/flows/日本.xml'), /^flow-[0-9a-f]{12}$/);
    assert.match(flowIdOf('/flows/Überweisung_2.json'), /^uberweisung_2-[0-9a-f]{12}$/);
    assert.match(flowIdOf('/flows/a.b.xml'), /^a-b-[0-9a-f]{12}$/);
  });

  it('are what the volume scan on a cluster makes of the same path', () => {
    // test/python/test_populate.py reads the same file. The first one's hash is sha256('/flows/orders.xml').
    const vectors = z
      .array(z.object({ path: z.string(), flow_id: z.string() }))
      .parse(JSON.parse(readFileSync(path.resolve('test/fixtures/flow-ids.json'), 'utf8')));
    assert.ok(vectors.length > 0);
    for (const vector of vectors) assert.equal(flowIdOf(vector.path), vector.flow_id, vector.path);
  });

  it('differ for every group of a file and every folder, not for the kind of slash', () => {
    assert.notEqual(flowIdOf('/a/flow.xml#1'), flowIdOf('/a/flow.xml#2'));
    assert.notEqual(flowIdOf('/a/flow.xml'), flowIdOf('/b/flow.xml'));
    assert.equal(flowIdOf('c:\\a\\flow.xml'), flowIdOf('c:/a/flow.xml'));
  });

  it('fit into 45 characters that every platform allows, for any path', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        assert.match(flowIdOf(text), /^[A-Za-z0-9_-]{1,45}$/);
      }),
    );
  });
});

describe('attempt ids', () => {
  it('hold the flow and the second', () => {
    assert.equal(nextAttemptId('a-1', new Date(1_700_000_000_900), []), 'a-1_attempt_1700000000');
  });

  it('never repeat, whatever the clock does', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 4_000_000_000 }), { maxLength: 30 }), (seconds) => {
        const ids: string[] = [];
        for (const second of seconds) {
          ids.push(nextAttemptId('a-1', new Date(second * 1000), ids));
        }
        assert.equal(new Set(ids).size, ids.length);
        const epochs = ids.map((id) => epochSecondsOf(id) ?? 0);
        assert.deepEqual(
          epochs,
          [...epochs].sort((left, right) => left - right),
        );
      }),
    );
  });

  it('read no time out of an id of another system', () => {
    assert.equal(epochSecondsOf('attempt-7'), null);
    assert.equal(nextAttemptId('a-1', new Date(5_000), ['attempt-7']), 'a-1_attempt_5');
  });

  it('are in the job name and, cut to length, the idempotency token', () => {
    const short = `a-1_attempt_1700000000`;
    const long = `${'x'.repeat(60)}_attempt_1700000000`;
    assert.ok(jobNameOf(short).includes(short));
    assert.equal(idempotencyTokenOf(short), short);
    assert.match(idempotencyTokenOf(long), /^[0-9a-f]{64}$/);
  });
});
