import assert from 'node:assert/strict';
import { failureCauses, normaliseError } from '../../../src/flows/failureCauses';
import { attemptView, flowView } from '../../support/flowSamples';

const same = (...errors: readonly string[]): void => {
  assert.deepEqual(
    [...new Set(errors.map((error) => normaliseError(error)))].length,
    1,
    errors.map((error) => normaliseError(error)).join('\n'),
  );
};

describe('normalising errors', () => {
  it('takes positions, numbers and ids out', () => {
    same(
      "line 325, column 9: processors '9f7531c8-4c97-42f2-b680-3bcfd5d4a85e': is not well-formed XML: mismatched tag",
      "line 17, column 120: processors '00000000-4c97-42f2-b680-3bcfd5d4a85e': is not well-formed XML: mismatched tag",
    );
    same('Run 5f3a91c2ab ended with code 137 after 12.5 s', 'Run 0011aabbcc ended with code -9 after 3 s');
  });

  it('takes paths of any system, addresses and times out', () => {
    same('/estate/a/b.xml: no such file', 'C:\\flows\\x\\y.json: no such file', 'prod-eu/c.xml: no such file');
    same('GET https://a.example.com/api?x=1 failed', 'GET http://b.example.org:8080/ failed');
    same('UnknownHost: kafka-3.prod.example', 'UnknownHost: kafka-108.prod.example');
    same('No answer since 2025-11-20T10:00:00Z', 'No answer since 2024-01-02 03:04:05.678');
  });

  it('keeps what tells one cause from another', () => {
    assert.notEqual(normaliseError('Table orders was not found'), normaliseError('Table customers was not found'));
    assert.notEqual(normaliseError('HTTP status of the service'), normaliseError('No status of the service'));
    assert.equal(normaliseError('UTF-8 is expected in column2'), 'UTF-8 is expected in column2');
  });

  it('takes the exception of a Python trace', () => {
    const trace =
      'Traceback (most recent call last):\n  File "/a/b.py", line 3, in run\n    go()\nValueError: no row 12\n';
    assert.equal(normaliseError(trace), 'ValueError: no row ‹n›');
    assert.equal(
      normaliseError('First line says it.\nTraceback (most recent call last):\nX: y'),
      'First line says it.',
    );
  });

  it('takes out what belongs to the flow alone, also with spaces in it', () => {
    const own = ['/estate/my flows/Orders ingest.xml', 'Orders ingest.xml', 'Orders ingest'];
    assert.equal(normaliseError('/estate/my flows/Orders ingest.xml: is empty', own), '‹flow›: is empty');
    assert.equal(normaliseError('Orders ingest has no processor', own), '‹flow› has no processor');
  });

  it('comes to its end with long and hostile texts: a pattern that goes back and forth would not', () => {
    for (const text of [
      '/'.repeat(100_000),
      'a/'.repeat(50_000),
      '0'.repeat(100_000),
      'a-'.repeat(50_000),
      '1.'.repeat(50_000),
    ]) {
      assert.ok(normaliseError(text).length <= 300);
    }
  });
});

describe('failures by cause', () => {
  const flow = (number: number): ReturnType<typeof flowView> =>
    flowView({
      flowId: `flow_${number}-0123456789ab`,
      flowName: `Flow number ${number}`,
      nifiXmlPath: `/estate/flow ${number}.xml`,
      status: 'NEEDS_ATTENTION',
    });
  const failure = (
    number: number,
    attemptNumber: number,
    secondsAgo: number,
    errorMessage: string | null,
  ): ReturnType<typeof attemptView> => ({
    ...attemptView(attemptNumber, secondsAgo, 10, { status: 'FAILED', errorMessage }),
    flowId: flow(number).flowId,
    attemptId: `${flow(number).flowId}_attempt_${attemptNumber}`,
  });

  it('puts a flow where its newest failure belongs, and counts every failed attempt', () => {
    const causes = failureCauses(
      [flow(1), flow(2), flow(3)],
      [
        failure(1, 2, 100, '/estate/flow 1.xml: line 3: mismatched tag'),
        failure(1, 1, 9000, 'Out of memory'),
        failure(2, 1, 50, '/estate/flow 2.xml: line 99: mismatched tag'),
        failure(3, 1, 70, 'Out of memory'),
        { ...failure(3, 2, 10, null), status: 'CANCELLED' },
      ],
    );
    assert.deepEqual(
      causes.map((cause) => [cause.title, cause.flows.map(({ flowId }) => flowId), cause.attempts]),
      [
        ['‹flow›: line ‹n›: mismatched tag', [flow(2).flowId, flow(1).flowId], 2],
        ['Out of memory', [flow(3).flowId], 2],
      ],
    );
    const [first, memory] = causes;
    assert.equal(first?.example, '/estate/flow 2.xml: line 99: mismatched tag');
    assert.ok(memory?.firstSeen && memory.lastSeen && memory.firstSeen < memory.lastSeen);
  });

  it('knows flows of which no failed attempt or no error is recorded', () => {
    const causes = failureCauses([{ ...flow(1), errorMessage: 'Old error 5' }, flow(2)], [failure(2, 1, 5, null)]);
    assert.deepEqual(causes.map(({ title, attempts }) => [title, attempts]).sort(), [
      ['', 1],
      ['Old error ‹n›', 0],
    ]);
  });
});
