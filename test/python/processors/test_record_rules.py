"""Rules of record processors beside the golden vectors: SQL, Jolt, XPath, paths, CSV checks."""

from __future__ import annotations

import pytest
from cells import emit_cell, run_cell
from nifi_converter.processors import DRIVER, Refused
from nifi_converter.runtime import avro_documents, csv_checks, jolt, json_documents, json_path, record_changes, record_sets, sql_query, xml_tree, xpath
from nifi_converter.runtime.el_errors import ELError
from nifi_converter.runtime.flow_files import FlowFile
from nifi_converter.runtime.records import JsonRecordSetWriter, JsonTreeReader
from nifi_converter.runtime.sql_parse import SqlError

READ, WRITE = JsonTreeReader(), JsonRecordSetWriter()


def sql(query, content):
    found = READ.read(FlowFile({}, content.encode()))
    return [dict(r) for r in sql_query.run(query, found.records, found.schema)[1]]


ROWS = '[{"k":"a","n":1,"o":{"x":9}},{"k":"b","n":2,"o":null},{"k":"a","n":4,"o":{"x":8}}]'


@pytest.mark.parametrize("query, wanted", [
    ("SELECT k, SUM(n) s FROM FLOWFILE GROUP BY k HAVING COUNT(*) > 1", [{"k": "a", "s": 5}]),
    ("SELECT n FROM FLOWFILE WHERE k IN ('a', 'c') AND NOT n BETWEEN 2 AND 3 ORDER BY 1 DESC LIMIT 1 OFFSET 1", [{"n": 1}]),
    ("SELECT RPATH_INT(o, '/x') AS x FROM FLOWFILE WHERE o IS NOT NULL ORDER BY x", [{"x": 8}, {"x": 9}]),
    ("SELECT n / 3 AS q, n * 1.5 AS p FROM FLOWFILE WHERE n = 4", [{"q": 1, "p": 6}]),
    ("SELECT k, n FROM FLOWFILE WHERE n = 1 UNION ALL SELECT k, n FROM FLOWFILE WHERE n = 2", [{"k": "a", "n": 1}, {"k": "b", "n": 2}]),
    ("SELECT UPPER(TRIM(k)) || '!' AS t, CASE k WHEN 'b' THEN 1 ELSE 0 END AS c FROM FLOWFILE WHERE n = 2", [{"t": "B!", "c": 1}]),
    ("SELECT n, RANK() OVER (PARTITION BY k ORDER BY n DESC) r FROM FLOWFILE WHERE k = 'a' ORDER BY n", [{"n": 1, "r": 2}, {"n": 4, "r": 1}]),
    ("SELECT COUNT(DISTINCT k) c FROM FLOWFILE WHERE n > 100", [{"c": 0}]),
])
def test_sql(query, wanted):
    assert sql(query, ROWS) == wanted


@pytest.mark.parametrize("query, wanted", [
    ("SELECT a.n, b.n FROM FLOWFILE a JOIN FLOWFILE b ON a.k = b.k AND a.n < b.n", [{"n": 1, "n0": 4}]),
    ("SELECT a.n, b.n AS m FROM FLOWFILE a LEFT JOIN FLOWFILE b ON b.n = a.n + 1", [{"n": 1, "m": 2}, {"n": 2, "m": None}, {"n": 4, "m": None}]),
    ("SELECT b.n FROM FLOWFILE a FULL OUTER JOIN FLOWFILE b ON b.n = a.n AND a.n > 1 WHERE a.n IS NULL", [{"n": 1}]),
    ("SELECT COUNT(*) c FROM FLOWFILE a, FLOWFILE b", [{"c": 9}]),
    ("SELECT n FROM FLOWFILE WHERE n > (SELECT AVG(n) FROM FLOWFILE)", [{"n": 4}]),
    ("SELECT n FROM FLOWFILE a WHERE n = (SELECT MAX(n) FROM FLOWFILE b WHERE b.k = a.k)", [{"n": 2}, {"n": 4}]),
    ("SELECT n FROM FLOWFILE WHERE k NOT IN (SELECT k FROM FLOWFILE WHERE n = 2)", [{"n": 1}, {"n": 4}]),
    ("SELECT n FROM FLOWFILE a WHERE NOT EXISTS (SELECT 1 FROM FLOWFILE b WHERE b.n > a.n)", [{"n": 4}]),
    ("SELECT t.s FROM (SELECT k, SUM(n) s FROM FLOWFILE GROUP BY k) t ORDER BY t.s DESC", [{"s": 5}, {"s": 2}]),
    ("SELECT n FROM FLOWFILE UNION ALL SELECT n + 10 FROM FLOWFILE ORDER BY n DESC LIMIT 2", [{"n": 14}, {"n": 12}]),
    ("SELECT n, n, n + 1, k FROM FLOWFILE WHERE n = 1", [{"n": 1, "n0": 1, "EXPR$2": 2, "k": "a"}]),
])
def test_sql_over_several_tables(query, wanted):
    assert sql(query, ROWS) == wanted


@pytest.mark.parametrize("query", ["SELECT n FROM FLOWFILE a JOIN FLOWFILE b ON a.n = b.n", "SELECT c.n FROM FLOWFILE a", "SELECT (SELECT n FROM FLOWFILE) m FROM FLOWFILE"])
def test_sql_that_fails_the_flow_file(query):
    with pytest.raises(SqlError):
        sql(query, ROWS)


def test_two_long_tables_are_joined_without_trying_every_pair():
    rows = "[" + ",".join(f'{{"n":{n}}}' for n in range(5000)) + "]"
    assert sql("SELECT COUNT(*) c FROM FLOWFILE a JOIN FLOWFILE b ON a.n = b.n", rows) == [{"c": 5000}]


def test_enrichments_are_joined_by_sql():
    _, cell = emit_cell("JoinEnrichment", {"Original Record Reader": "r", "Enrichment Record Reader": "r", "Record Writer": "w", "Join Strategy": "SQL"}, DRIVER, services={
        "r": {"type": "org.apache.nifi.json.JsonTreeReader"}, "w": {"type": "org.apache.nifi.json.JsonRecordSetWriter"}})
    group = {"enrichment.group.id": "g"}
    halves = [FlowFile({**group, "enrichment.role": "ORIGINAL"}, b'[{"id":1,"n":"a"},{"id":2,"n":"b"}]'), FlowFile({**group, "enrichment.role": "ENRICHMENT"}, b'[{"id":2,"z":"B"}]')]
    joined = next(f for f in run_cell(cell, halves) if f.relationship == "joined")
    assert joined.content == b'[{"id":1,"n":"a","id0":null,"z":null},{"id":2,"n":"b","id0":2,"z":"B"}]'


@pytest.mark.parametrize("path, wanted", [
    ("$.sum($.a)", 7.0), ("$.a.sum(1, 2)", 10.0), ("$..p.sum()", 5.0), ("$.a.stddev()", 1.2472191289246466), ("$.length($.a)", 3), ("$..a.length()", 3),
    ("$.concat($.b[0], '-', $.b[1])", "x-y"), ("$.a.append('z')", [1, 2, 4, "z"]), ("$.a.index(-1)", 4), ("$.s.length()", None), ("$.a[*].length()", [None, None, None]),
])
def test_functions_of_json_paths(path, wanted):
    assert json_path.parse_path(path).read({"a": [1, 2, 4], "b": ["x", "y"], "o": [{"p": 2}, {"p": 3}], "s": "text"}) == wanted


@pytest.mark.parametrize("path", ["$.b.sum()", "$.o[0].p.sum()", "$.sum(zz)", "$.sum($.a", "$.e.first()", "$.one.last()", "$.a.nope()"])
def test_functions_of_json_paths_that_fail(path):
    with pytest.raises(ELError):
        json_path.parse_path(path).read({"a": [1], "b": ["x"], "o": [{"p": 2}], "e": [], "one": [1]})


@pytest.mark.parametrize("query", ["WITH x AS (SELECT 1) SELECT * FROM x", "SELECT * FROM nowhere", "SELECT SUM(n) OVER (ORDER BY n ROWS 2 PRECEDING) FROM FLOWFILE", "SELECT n FROM (SELECT 1) x", "DELETE FROM FLOWFILE", "SELECT nope(n) FROM FLOWFILE"])
def test_sql_that_is_not_translated_makes_the_processor_manual(query):
    services = {"r": {"type": "org.apache.nifi.json.JsonTreeReader"}, "w": {"type": "org.apache.nifi.json.JsonRecordSetWriter"}}
    with pytest.raises(Refused):
        emit_cell("org.apache.nifi.processors.standard.QueryRecord", {"record-reader": "r", "record-writer": "w", "out": query}, services=services)


def test_sql_as_long_as_it_likes_is_bounded():
    with pytest.raises(SqlError):
        sql_query.check("SELECT " + "(" * 5000 + "n")


@pytest.mark.parametrize("operation, spec, document, wanted", [
    ("shift", {"items": {"*": {"id": "ids[]", "tags": {"*": "all.&2.&"}}}}, {"items": [{"id": 1, "tags": ["x"]}, {"id": 2}]}, {"ids": [1, 2], "all": {"0": {"0": "x"}}}),
    ("shift", {"a|b": "both", "*-id": "ids.&(0,1)"}, {"a": 1, "b": 2, "x-id": 3}, {"both": [1, 2], "ids": {"x": 3}}),
    ("shift", {"type": {"A": {"@(2,value)": "a"}, "B": {"@(2,value)": "b"}}}, {"type": "B", "value": 5}, {"b": 5}),
    ("default", {"l[]": {"0": {"n": 1}}, "*": {"d": 0}}, {"x": {"c": 1}}, {"x": {"c": 1, "d": 0}, "l": [{"n": 1}]}),
    ("remove", {"l": {"*": {"secret": ""}}, "tmp*": ""}, {"l": [{"secret": 1, "k": 2}], "tmp1": 1, "x": 1}, {"l": [{"k": 2}], "x": 1}),
    ("cardinality", {"l": {"@": "MANY", "a": "ONE"}}, {"l": {"a": [1, 2]}}, {"l": [{"a": [1, 2]}]}),
    ("modify-overwrite-beta", {"n": "=toInteger", "s": "=join(',',@(1,l))", "m": "=intSum(@(1,n),1)", "e?": "x"}, {"n": "7", "l": ["a", "b"]}, {"n": 7, "l": ["a", "b"], "s": "a,b", "m": 8}),
    ("modify-default-beta", {"a": "d", "b": ["=toDouble(@(1,x))", 0]}, {"a": None, "x": "no"}, {"a": "d", "x": "no", "b": 0}),
    ("sort", None, {"b": 1, "~a": {"z": 1, "c": 2}}, {"~a": {"c": 2, "z": 1}, "b": 1}),
])
def test_jolt(operation, spec, document, wanted):
    made = jolt.transform(operation, spec, document)
    assert made == wanted
    if operation == "sort":
        assert list(made) == list(wanted)


def test_a_jolt_index_out_of_all_bounds_is_an_error():
    with pytest.raises(jolt.JoltError):
        jolt.transform("shift", {"a": "out[99999999].x"}, {"a": 1})


@pytest.mark.parametrize("path, wanted", [
    ("count(//b[@k > 1])", "2"), ("//b[last()]/text()", "z"), ("//b[2]/preceding-sibling::b/@k", "1"), ("normalize-space(/a/c)", "p q"), ("/a/b[@k='2'] | /a/c", "y"),
    ("sum(//@k) div 2", "3"), ("substring('12345', 2, 3)", "234"), ("translate('bar', 'abc', 'AB')", "BAr"), ("not(//zz)", "true"), ("string-join(//b, '-')", "x-y-z"),
    ("//*[local-name()='b' and position()=1]", "x"), ("ancestor::node()", ""), ("concat(name(/*), ':', //b[3])", "a:z"), ("/a/b[contains(., 'y')]/following-sibling::*[1]", "z"),
])
def test_xpath(path, wanted):
    tree = xml_tree.parse(b"<a><b k='1'>x</b><b k='2'>y</b><b k='3'>z</b><c> p  q </c></a>")
    assert xpath.string(xpath.parse(path).evaluate(tree)) == wanted


@pytest.mark.parametrize("path", ["//x:b", "/a[", "nope(1)", "for $x in //a return $x", "$v"])
def test_xpath_that_is_not_understood_is_refused(path):
    with pytest.raises(xpath.XPathError):
        xpath.parse(path)


def test_a_path_writes_into_nested_records_and_arrays_and_types_follow():
    flow_file = FlowFile({"v": "7"}, b'[{"o":{"l":[{"q":1}]}}]')
    (name, made), = record_changes.update(flow_file, READ, WRITE, values={"/o/l[0]/q": lambda attributes: attributes["v"], "/o/new": "x"})
    assert (name, made.content) == ("success", b'[{"o":{"l":[{"q":7}],"new":"x"}}]')


def test_lookups_part_matched_from_unmatched():
    out = dict(record_changes.lookup(FlowFile({}, ROWS.encode()), READ, WRITE, {"a": "Alpha"}, {"key": "/k"}, result="/name", split=True))
    assert b'"name":"Alpha"' in out["matched"].content and out["unmatched"].attributes["record.count"] == "1"


def test_merge_parts_schemas_waits_for_the_minimum_and_honours_the_maximum():
    files = [FlowFile({"filename": str(i)}, b'[{"a":1}]') for i in range(5)] + [FlowFile({}, b'[{"b":1}]')]
    out = record_sets.merge(files, READ, WRITE, least=2, most=2)
    assert [n for n, _ in out].count("merged") == 2 and [n for n, _ in out].count("waiting") == 2
    assert [f.attributes["record.count"] for n, f in out if n == "merged"] == ["2", "2"]


def test_flatten_and_unflatten_are_inverse():
    document = b'{"a":{"b":[{"c":1},{"d":null}]},"e":"x"}'
    (_, flat), = json_documents.flatten(FlowFile({}, document), mode="normal")
    (_, back), = json_documents.flatten(flat, mode="unflatten")
    assert back.content == document


def test_csv_checks_tell_the_place():
    out = dict(csv_checks.validate(FlowFile({}, b'a,b\n1,xx\n1,"y\nz"\n'), 'Unique(), StrMinMax("1","3")', lines=True))
    assert out["invalid"].attributes["validation.error.message"] == "duplicate value '1' encountered at {line=4, row=3, column=1}"
    assert out["valid"].content == b"a,b\n1,xx"


def test_fingerprints_ignore_documentation():
    plain = {"type": "record", "name": "n.r", "fields": [{"name": "a", "type": "int"}]}
    documented = {"type": "record", "name": "r", "namespace": "n", "doc": "x", "fields": [{"name": "a", "type": {"type": "int"}, "default": 1, "doc": "y"}]}
    assert avro_documents.fingerprint(plain) == avro_documents.fingerprint(documented)


def test_a_reader_that_is_not_known_is_named():
    services = {"r": {"type": "org.apache.nifi.cef.CEFReader"}, "w": {"type": "org.apache.nifi.json.JsonRecordSetWriter"}}
    with pytest.raises(Refused, match="CEFReader"):
        emit_cell("org.apache.nifi.processors.standard.ConvertRecord", {"record-reader": "r", "record-writer": "w"}, services=services)


def test_stylesheets_and_xml_schemas_are_gaps_with_nifis_relationships():
    from nifi_converter.runtime import xml_documents
    from nifi_converter.runtime.flow_files import Late

    _, cell = emit_cell("org.apache.nifi.processors.standard.TransformXml", {"XSLT file name": "/opt/a.xsl", "p": "${k}"})
    assert cell.level == "assisted" and cell.gaps[0].arguments == ("content", "parameters") and "/opt/a.xsl" in cell.gaps[0].doc
    good, = xml_documents.transform(FlowFile({}, b"<a/>"), Late(lambda content, parameters: parameters["p"]), {"p": "v"})
    bad, = xml_documents.transform(FlowFile({}, b"<a>"), Late(lambda content, parameters: b""), {})
    assert (good[0], good[1].content, bad[0]) == ("success", b"v", "failure")
    (name, told), = xml_documents.well_formed(FlowFile({}, b"<a/>"), faults=Late(lambda content: "no b"))
    assert (name, told.attributes["validatexml.invalid.error"]) == ("invalid", "no b")
