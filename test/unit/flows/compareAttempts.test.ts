import assert from 'node:assert/strict';
import { compareAttempts, differs, type ComparedAttempt, type ComparedRow } from '../../../src/flows/compareAttempts';
import { parseReport } from '../../../src/flows/conversionReport';
import { parseSourceCopy, type SourceComponent, type SourceValue } from '../../../src/flows/sourceCopy';
import { comparison, differenceText } from '../../../src/views/compare/state';
import { component, newer, older, processor, report, sourceCopy } from '../../support/compareStates';

function attempt(changes: Partial<ComparedAttempt> = {}): ComparedAttempt {
  return {
    attemptId: 'a',
    flowName: 'Orders ingest',
    status: 'SUCCESS',
    startedAt: new Date('2025-11-20T10:00:00Z'),
    durationSeconds: 178,
    validationPercentage: 100,
    iterations: 2,
    trigger: 'Started by hand, data-eng',
    error: null,
    report: report(),
    source: null,
    notebooks: [],
    ...changes,
  };
}

function rowsOf(left: ComparedAttempt, right: ComparedAttempt): ReadonlyMap<string, ComparedRow> {
  return new Map(compareAttempts(left, right).flatMap(({ rows }) => rows.map((row) => [row.id, row])));
}

function difference(left: ComparedAttempt, right: ComparedAttempt, row: string): string {
  const found = rowsOf(left, right).get(row);
  assert.ok(found !== undefined, row);
  return differenceText(found.difference);
}

describe('comparing two attempts', () => {
  it('finds no difference between an attempt and itself', () => {
    const one = attempt({ notebooks: [{ name: '01', text: 'x\n' }] });
    const rows = [...rowsOf(one, one).values()].filter((row) => row.id !== 'start');
    assert.deepEqual(
      rows.filter((row) => differs(row.difference)),
      [],
    );
    assert.ok(rows.length > 15);
  });

  it('gives every figure its difference, with the older one as the base', () => {
    const later = attempt({
      startedAt: new Date('2025-11-22T10:00:00Z'),
      durationSeconds: 184,
      validationPercentage: 71,
      iterations: 3,
      error: 'It failed.',
      status: 'FAILED',
    });
    const texts = ['start', 'duration', 'validation', 'iterations', 'error', 'status', 'hash'].map((row) =>
      difference(attempt(), later, row),
    );
    assert.deepEqual(texts, ['2 d 00 h later', '+6 s', '−29 points', '+1', 'new', 'changed', 'same']);
    assert.equal(difference(later, attempt(), 'error'), 'gone');
  });

  it('takes what is not recorded for unknown and not for a difference', () => {
    const bare = attempt({ report: null, validationPercentage: null });
    assert.equal(difference(bare, attempt(), 'validation'), 'not known');
    assert.equal(difference(bare, attempt(), 'processors'), 'not known');
    assert.equal(difference(bare, attempt(), 'levels'), 'not known');
    assert.equal(difference(bare, bare, 'report'), 'not known');
  });

  it('names processors that came, went, changed and moved between levels', () => {
    const changed = report({
      processors: [
        processor('Read orders'),
        processor('Split orders', 'manual', { group: 'Enrich' }),
        processor('Call the service', 'assisted', { id: 'id of Call service' }),
        processor('Route by region'),
      ],
    });
    const row = rowsOf(attempt(), attempt({ report: changed })).get('processors');
    assert.deepEqual(row?.right, {
      kind: 'components',
      count: 4,
      changes: [
        { sign: '+', text: 'Route by region (Routebyregion)', properties: [] },
        { sign: '~', text: 'Split orders: moved to Enrich, converted to manual', properties: [] },
        { sign: '~', text: 'Call service: now Call the service, Callservice to Calltheservice', properties: [] },
        { sign: '−', text: 'Log orders (Logorders)', properties: [] },
      ],
    });
    assert.equal(difference(attempt(), attempt({ report: changed }), 'levels'), '1 moved');
  });

  it('knows a processor again by group, name and type where an import gave it another id', () => {
    const again = report({ processors: report().processors.map((one) => ({ ...one, id: `new ${one.id}` })) });
    assert.equal(difference(attempt(), attempt({ report: again }), 'processors'), 'same');
  });

  it('pairs two processors of one name one to one', () => {
    const twice = report({
      processors: [processor('Log', 'notNeeded', { id: '1' }), processor('Log', 'notNeeded', { id: '2' })],
    });
    const once = report({ processors: [processor('Log', 'notNeeded', { id: '3' })] });
    assert.equal(difference(attempt({ report: twice }), attempt({ report: once }), 'processors'), '1 change');
  });

  it('counts connections by what they join', () => {
    const more = report({
      connections: [...report().connections, ...report().connections, { from: 'a', relationships: [], to: 'b' }],
    });
    assert.equal(difference(attempt(), attempt({ report: more }), 'connections'), '2 changes');
  });

  it('compares parameters by name and shows no value', () => {
    const rows = rowsOf(
      attempt(),
      attempt({ report: report({ parameters: [{ context: 'prod', name: 'kafka_password', sensitive: true }] }) }),
    );
    assert.deepEqual(rows.get('parameter prod: kafka_password')?.left, { kind: 'hidden' });
    assert.equal(rows.get('parameter prod: target_schema')?.difference.kind, 'gone');
  });

  it('names the properties and settings that differ, with their values, where the flows were kept', () => {
    const [left, right] = [older(), newer()];
    const row = comparison(left, right, 'local')
      .groups.flatMap(({ rows }) => rows)
      .find(({ id }) => id === 'processors');
    assert.ok(row?.right.kind === 'components');
    assert.deepEqual(row.right.changes, [
      { sign: '+', text: 'Route by region (Routebyregion)', properties: [], moreProperties: 0 },
      {
        sign: '~',
        text: 'Read orders',
        properties: [{ name: 'Run schedule', before: '30 sec', after: '5 min' }],
        moreProperties: 0,
      },
      {
        sign: '~',
        text: 'Split orders: converted to manual',
        properties: [
          { name: 'Header Line Count', before: '1', after: '2' },
          { name: 'Line Split Count', before: '500', after: 'not set' },
          { name: 'Remove Trailing Newlines', before: 'not set', after: 'false' },
        ],
        moreProperties: 0,
      },
      { sign: '−', text: 'Log orders (Logorders)', properties: [], moreProperties: 0 },
    ]);
    assert.equal(comparison(left, right, 'local').canDiffSource, true);
    assert.equal(comparison(left, left, 'local').canDiffSource, false);
    assert.equal(comparison(left, { ...right, source: null }, 'local').canDiffSource, false);
  });

  it('shows no secret, and knows of none that it changed', () => {
    const withPassword = (value: SourceValue): ComparedAttempt =>
      attempt({ source: sourceCopy({ components: [component('Read orders', { Password: value })] }) });
    const [hidden, open] = [withPassword({ secret: true }), withPassword('#{db.password}')];
    assert.equal(difference(hidden, withPassword({ secret: true }), 'processors'), 'same');
    assert.equal(difference(hidden, open, 'processors'), '1 change');
    const rows = rowsOf(attempt({ source: sourceCopy() }), attempt({ source: sourceCopy() }));
    assert.deepEqual(rows.get('parameter prod: kafka_password')?.left, { kind: 'hidden' });
  });

  it('compares parameters with their values, services, groups and ports where the flows were kept', () => {
    const service = (reader: string): SourceComponent =>
      component('Orders reader', { 'Schema Text': reader }, { kind: 'service', type: 'org.JsonTreeReader' });
    const group = (name: string, value: string): SourceComponent =>
      component(name, { region: value }, { kind: 'process group', id: 'g1', type: '' });
    const before = attempt({ source: sourceCopy({ components: [service('a'), group('Enrich', 'eu')] }) });
    const after = attempt({
      source: sourceCopy({
        components: [service('b'), group('Enrich all', 'us'), component('in', {}, { kind: 'input port', type: '' })],
        parameters: [{ context: 'prod', name: 'target_schema', value: null }],
      }),
    });
    const changes = (row: string): readonly string[] => {
      const value = rowsOf(before, after).get(row)?.right;
      return value?.kind === 'components'
        ? value.changes.map(
            ({ sign, text, properties }) => `${sign} ${text} [${properties.map(({ name }) => name).join()}]`,
          )
        : [];
    };
    assert.deepEqual(changes('services'), ['~ Orders reader [Schema Text]']);
    assert.deepEqual(changes('surroundings'), ['+ in (input port) []', '~ Enrich: now Enrich all [region]']);
    const rows = rowsOf(before, after);
    assert.deepEqual(rows.get('parameter prod: target_schema')?.left, { kind: 'text', text: 'silver' });
    assert.deepEqual(rows.get('parameter prod: target_schema')?.right, { kind: 'unset' });
    assert.equal(rows.get('parameter prod: target_schema')?.difference.kind, 'changed');
    assert.equal(rows.get('parameter prod: batch_size')?.difference.kind, 'gone');
  });

  it('shows of long values what differs', () => {
    const script = (end: string): ComparedAttempt['source'] =>
      sourceCopy({ components: [component('Read orders', { 'Script Body': `${'import x\n'.repeat(200)}${end}` })] });
    const [left, right] = [
      { ...older(), source: script('return 1') },
      { ...older(), source: script('return 2') },
    ];
    const rows = comparison(left, right, 'local').groups.flatMap(({ rows: all }) => all);
    const cell = rows.find(({ id }) => id === 'processors')?.right;
    assert.deepEqual(cell?.kind === 'components' ? cell.changes[0]?.properties : null, [
      { name: 'Script Body', before: '… return 1', after: '… return 2' },
    ]);
  });

  it('counts changed lines of notebooks', () => {
    const left = attempt({
      notebooks: [
        { name: '01', text: 'a\nb\nc\n' },
        { name: '02', text: 'x' },
        { name: '03', text: 'x' },
        { name: '05', text: null },
      ],
    });
    const right = attempt({
      notebooks: [
        { name: '01', text: 'a\nB\nc\nd\n' },
        { name: '02', text: 'x' },
        { name: '04', text: 'x' },
        { name: '05', text: 'y' },
      ],
    });
    const texts = ['01', '02', '03', '04', '05'].map((name) => difference(left, right, `notebook ${name}`));
    assert.deepEqual(texts, ['+2 −1 lines', 'same', 'gone', 'new', 'not known']);
  });

  it('says only "changed" where counting lines would take long', () => {
    const text = (seed: number): string => Array.from({ length: 60_000 }, (_, line) => `${seed * line}`).join('\n');
    const said = difference(
      attempt({ notebooks: [{ name: '01', text: text(7) }] }),
      attempt({ notebooks: [{ name: '01', text: text(13) }] }),
      'notebook 01',
    );
    assert.match(said, /^changed$|lines$/);
  });
});

describe('a conversion report', () => {
  it('is read as far as it goes', () => {
    const made = parseReport(
      '{"version": 1, "processors": [{"id": "1", "name": "a", "level": "not_needed", "new": true}]}',
    );
    assert.deepEqual(
      made?.processors.map(({ level }) => level),
      ['notNeeded'],
    );
    assert.equal(made.source, null);
  });

  it('is refused where it is none', () => {
    for (const text of ['', '[]', '{}', '{"processors": [{"level": "splendid"}]}']) {
      assert.equal(parseReport(text), null, text);
    }
  });
});

describe('a copy of a flow', () => {
  it('is read as the converter writes it, and refused where it is none', () => {
    assert.deepEqual(parseSourceCopy(JSON.stringify(sourceCopy())), sourceCopy());
    for (const text of [
      '',
      '[]',
      '{"version": 2, "components": []}',
      '{"version": 1}',
      '{"components": [{"kind": 1}]}',
    ]) {
      assert.equal(parseSourceCopy(text), null, text);
    }
  });
});
