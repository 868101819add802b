import assert from 'node:assert/strict';
import { HISTORY_COLUMNS, historyToCsv, historyToJson } from '../../../src/flows/export';
import { sampleAttempt } from '../flowsTree/samples';

describe('history export', () => {
  it('writes the columns of the table, in their order', () => {
    const [head] = historyToCsv([]).replace('\uFEFF', '').split('\r\n');
    assert.equal(head, HISTORY_COLUMNS.join(','));
    assert.deepEqual(Object.keys((JSON.parse(historyToJson([sampleAttempt()])) as object[])[0] ?? {}), [
      ...HISTORY_COLUMNS,
    ]);
  });

  it('quotes what CSV needs quoted and keeps lists as JSON', () => {
    const csv = historyToCsv([
      sampleAttempt({ errorMessage: 'said "no",\nthen left', generatedNotebooks: ['/a,b', '/c'] }),
    ]);
    assert.ok(csv.includes('"said ""no"",\nthen left"'));
    assert.ok(csv.includes('"[""/a,b"",""/c""]"'));
  });

  it('lets no text become a formula in a spreadsheet', () => {
    const csv = historyToCsv([sampleAttempt({ errorMessage: '=HYPERLINK("x")', statusMessage: '@cmd' })]);
    assert.ok(csv.includes(`"'=HYPERLINK(""x"")"`));
    assert.ok(csv.includes(`'@cmd`));
  });

  it('writes instants in UTC and nothing for what is not known', () => {
    const attempt = sampleAttempt({ completedAt: null, durationSeconds: null });
    const [record] = JSON.parse(historyToJson([attempt])) as { started_at: string; completed_at: null }[];
    assert.equal(record?.started_at, attempt.startedAt.toISOString());
    assert.equal(record.completed_at, null);
  });
});
