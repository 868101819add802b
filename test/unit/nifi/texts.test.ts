import assert from 'node:assert/strict';
import fc from 'fast-check';
import { expressionContext } from '../../../src/nifi/document/expressionContext';
import { parseDocument } from '../../../src/nifi/document/parse';
import { prettyPrinted } from '../../../src/nifi/document/pretty';
import { shifted, shiftedSpan } from '../../../src/nifi/document/shift';
import { sourceSpan } from '../../../src/nifi/document/valueOffsets';
import { cellAt, cellLines } from '../../../src/nifi/notebooks/cells';

describe('a picture kept over edits', () => {
  it('moves what stands behind an edit and grows what is typed in', () => {
    const insert = [{ offset: 5, length: 0, inserted: 3 }];
    assert.deepEqual(shiftedSpan({ start: 0, end: 4 }, insert), { start: 0, end: 4 });
    assert.deepEqual(shiftedSpan({ start: 0, end: 5 }, insert), { start: 0, end: 8 }, 'typed at its end');
    assert.deepEqual(shiftedSpan({ start: 6, end: 9 }, insert), { start: 9, end: 12 });
    assert.deepEqual(shiftedSpan({ start: 2, end: 20 }, [{ offset: 4, length: 10, inserted: 0 }]), {
      start: 2,
      end: 10,
    });
    assert.deepEqual(shiftedSpan({ start: 6, end: 8 }, [{ offset: 4, length: 10, inserted: 1 }]), { start: 5, end: 5 });
  });

  it('keeps every name on its text, whatever is typed elsewhere', () => {
    const text = JSON.stringify(
      { flowContents: { identifier: 'g', name: 'Outer', processors: [{ identifier: 'p', name: 'Inner', type: 'T' }] } },
      null,
      1,
    );
    const { document } = parseDocument(text);
    assert.ok(document !== null);
    const name = text.indexOf('Inner');
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(10), fc.string(), (offset, length, inserted) => {
        // Elsewhere: not touching the name itself.
        fc.pre(offset > name + 5 || offset + length < name);
        const end = Math.min(text.length, offset + length);
        const changed = text.slice(0, offset) + inserted + text.slice(end);
        const edits = [{ offset, length: end - offset, inserted: inserted.length }];
        const span = shifted(document, edits).processors[0]?.nameSpan;
        assert.ok(span !== undefined);
        assert.equal(changed.slice(span.start, span.end), 'Inner');
      }),
    );
  });
});

describe('where a value’s characters stand in the source', () => {
  it('in JSON, whatever is escaped', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(40), (value, at) => {
        const source = JSON.stringify(value);
        const characters = Array.from(value);
        fc.pre(characters.length > 0);
        const index = at % characters.length;
        const { start, end } = sourceSpan(source, { start: 1, end: source.length - 1 }, 'json', index, index + 1);
        assert.equal(JSON.parse(`"${source.slice(start, end)}"`), characters[index]);
      }),
    );
    const escaped = '"a\\ud83d\\ude00b"';
    const span = sourceSpan(escaped, { start: 1, end: escaped.length - 1 }, 'json', 2, 3);
    assert.equal(escaped.slice(span.start, span.end), 'b');
  });

  it('in XML with entities, CDATA, comments and line ends', () => {
    const source = '<value>a&lt;<!-- x --><![CDATA[&b]]>&#x1F600;\r\nz</value>';
    const span = { start: 7, end: source.length - 8 };
    const characters = ['a', '&lt;', '&', 'b', '&#x1F600;', '\r\n', 'z'];
    characters.forEach((written, at) => {
      const { start } = sourceSpan(source, span, 'xml', at, at + 1);
      assert.ok(source.startsWith(written, start), `${written} at ${at}`);
    });
    assert.deepEqual(sourceSpan(source, span, 'xml', 7, 8), { start: span.end, end: span.end });
  });
});

describe('pretty-printing', () => {
  it('changes white space alone', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        const text = `{"value":${json}}`;
        const pretty = prettyPrinted(text);
        assert.deepEqual(JSON.parse(pretty), JSON.parse(text));
        assert.equal(prettyPrinted(pretty), pretty, 'twice is once');
      }),
    );
    // Numbers and repeated keys stay as they are written.
    assert.equal(prettyPrinted('{"a":1.0e5,"a":[],"b":{ }}'), '{\n  "a": 1.0e5,\n  "a": [],\n  "b": {}\n}\n');
  });

  it('keeps text, comments and declarations of XML', () => {
    const text = '<?xml version="1.0"?><a x="1"><!-- c --><b> t </b><c><d/>mixed</c><e><f/></e></a>';
    assert.equal(
      prettyPrinted(text),
      '<?xml version="1.0"?>\n<a x="1">\n  <!-- c -->\n  <b> t </b>\n  <c><d/>mixed</c>\n  <e>\n    <f/>\n  </e>\n</a>\n',
    );
    assert.equal(prettyPrinted('<a><b></a>'), '<a><b></a>', 'a broken text stays');
    assert.equal(prettyPrinted('no flow'), 'no flow');
    const deep = `${'<g>'.repeat(20_000)}x${'</g>'.repeat(20_000)}`;
    assert.ok(prettyPrinted(deep).includes('<g>x</g>'), 'groups nest without limit');
  });
});

describe('where in an expression a cursor stands', () => {
  const cases: readonly (readonly [before: string, expected: string | null])[] = [
    ['plain', null],
    ['${', 'start:'],
    ['${file', 'start:file'],
    ['${filename:', 'function:'],
    ['${filename:to', 'function:to'],
    ['${filename:toUpper():sub', 'function:sub'],
    ['${filename}', null],
    ['${a} and ${b:re', 'function:re'],
    ["${a:equals('x", null],
    ["${a:equals('}", null],
    ['${a:equals(${b:to', 'function:to'],
    ["${a:equals('${b:to", 'function:to'],
    ['$${a:to', null],
    ['$$${a:to', 'function:to'],
    ['"p": "${a:append(5', null],
    ['<value>${a</value><value>b', null],
    ['${a:in(1, ', null],
  ];
  for (const [before, expected] of cases) {
    it(`${before} → ${expected ?? 'nowhere'}`, () => {
      const found = expressionContext(before);
      assert.equal(found === null ? null : `${found.kind}:${found.word}`, expected);
    });
  }
});

describe('cells of a notebook', () => {
  const notebook = [
    '# Databricks notebook source',
    '# MAGIC %md',
    '# MAGIC # Title',
    '',
    '# COMMAND ----------',
    '',
    'a = 1',
    '',
    '# COMMAND ----------',
    '',
    '# MAGIC %md',
    '# MAGIC ## Second',
  ];

  it('begin with their first line', () => {
    assert.deepEqual(cellLines(notebook.join('\n')), [1, 6, 10]);
    assert.deepEqual(cellLines(notebook.join('\r\n')), [1, 6, 10]);
    assert.deepEqual(cellLines(''), []);
  });

  it('are found by any of their lines', () => {
    const text = notebook.join('\n');
    assert.deepEqual(
      [0, 1, 2, 5, 6, 7, 11].map((line) => cellAt(text, line)),
      [0, 1, 1, 1, 2, 2, 3],
    );
  });
});
