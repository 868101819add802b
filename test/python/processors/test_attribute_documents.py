"""Attributes as documents, word lists, lookups, syslog and order where the golden vectors say nothing."""

from __future__ import annotations

import pytest
from cells import emit_cell, install_runtime, run_cell

from nifi_converter.processors import ASSISTED, DRIVER, Refused
from nifi_converter.runtime import attribute_documents, dictionaries, sequences, syslog
from nifi_converter.runtime.flow_files import FlowFile

STANDARD = "org.apache.nifi.processors.standard."


def test_a_pattern_without_names_keeps_the_order_of_the_attributes():
    ((_, out),) = attribute_documents.to_json(FlowFile({"b": "2", "a": "1", "x": "3"}), pattern="[ab]")
    assert out.attributes["JSONAttributes"] == '{"b":"2","a":"1"}'


def test_core_attributes_are_all_of_nifis_own():
    flow_file = FlowFile({"filename": "f", "path": "./", "mime.type": "text/plain", "a": "1"})
    ((_, out),) = attribute_documents.to_json(flow_file, core=False)
    assert out.attributes["JSONAttributes"] == '{"a":"1"}'
    ((_, out),) = attribute_documents.to_csv(flow_file, schema=True)
    assert out.attributes["CSVSchema"] == "a,filename,path,uuid,mime.type"


def test_nested_json_that_is_broken_stays_text():
    ((_, out),) = attribute_documents.to_json(FlowFile({"j": "{broken", "k": "[1, {\"a\": 1.0}]"}), names=["j", "k"], nested=True)
    assert out.attributes["JSONAttributes"] in ('{"j":"{broken","k":[1,{"a":1.0}]}', '{"k":[1,{"a":1.0}],"j":"{broken"}')


def test_names_in_quotes_may_hold_a_comma():
    ((_, out),) = attribute_documents.to_csv(FlowFile({"a,b": "1", "c": "2"}), names='"a,b",c', core=False, schema=True, to_content=True)
    assert out.content == b'"a,b",c\n1,2'


def test_retained_attributes():
    ((_, out),) = attribute_documents.keep(FlowFile({"a": "1", "b": "2", "uuid": "u"}), names="a, nope")
    assert out.attributes == {"a": "1", "uuid": "u"}


def test_the_term_that_ends_first_is_found():
    search = dictionaries.Search([b"shers", b"he", b"hers"])
    assert search.first(b"ushers") == b"he"
    assert dictionaries.Search([b"abcd", b"bc"]).first(b"xabcd") == b"bc"
    assert dictionaries.Search([b"aab"]).first(b"aaab") == b"aab" and dictionaries.Search([]).first(b"a") is None


def test_files_of_words_and_values(tmp_path):
    (tmp_path / "p.properties").write_text("# c\n! d\na = 1\nb:x\\\n   y\nc\\=d=\\u\n", encoding="utf-8")
    found = dictionaries.properties(str(tmp_path / "p.properties"))
    assert (found.get("a"), found.get("b"), found.get("c=d"), found.get("zz")) == ("1", "xy", "u", None)
    (tmp_path / "t.csv").write_text('id,name\n1,"a,b"\n1,c\n', encoding="utf-8")
    assert dictionaries.csv_column(str(tmp_path / "t.csv"), "id", "name").get("1") == "a,b"
    with pytest.raises(ValueError, match="no column nope"):
        dictionaries.csv_column(str(tmp_path / "t.csv"), "nope", "name")
    (tmp_path / "b.bin").write_bytes(b"\0\0\0\x02ab\0\0\0\x01c")
    assert dictionaries.byte_terms(str(tmp_path / "b.bin"), binary=True) == [b"ab", b"c"]


def test_a_lookup_service_that_is_elsewhere_is_a_gap():
    services = {"s": {"type": "org.apache.nifi.lookup.RestLookupService", "properties": {}}}
    _, cell = emit_cell(STANDARD + "LookupAttribute", {"lookup-service": "s", "out": "${k}"}, services=services)
    assert cell.level == ASSISTED and [g.arguments for g in cell.gaps] == [("key",)]
    with pytest.raises(Refused):
        emit_cell(STANDARD + "LookupAttribute", {"out": "${k}"})


def test_a_lookup_function_is_asked_once_for_a_key():
    asked = []
    service = attribute_documents.Lookup(lambda key: asked.append(key))
    assert service.get("a") is None and service.get("a") is None and asked == ["a"]


RFC5424 = '<165>1 2003-10-11T22:14:15.003Z host app - ID47 [ex@1 a="1" b="q\\"\\]"][two] body text'


@pytest.mark.parametrize("nil, procid", [("NULL", ""), ("DASH", "-"), ("OMIT", None)])
def test_syslog_5424(nil, procid):
    ((name, out),) = syslog.parse_5424(FlowFile({}, RFC5424.encode()), nil=nil)
    a = out.attributes
    assert (name, a.get("syslog.procid"), a["syslog.structuredData.ex@1.b"], a["syslog.body"], a["syslog.facility"]) == ("success", procid, 'q"]', "body text", "20")


def test_broken_structured_data_fails():
    for text in ('<165>1 - h a p m [ex a="1" body', "<165>1 - h a p m ", "<192>1 - h a p m -"):
        ((name, _),) = syslog.parse_5424(FlowFile({}, text.encode()))
        assert name == "failure"


def test_order_goes_on_in_the_next_run():
    install_runtime().set_table_format("memory")
    from nifi_converter.runtime import tables

    kept = tables.table_format()
    tables.set_table_format("memory")
    try:
        positions = sequences.Positions(None, "order")
        files = [FlowFile({"i": str(i)}) for i in (1, 0, 3)]
        names = {f.attributes["i"]: name for name, f in sequences.enforce_order(files, positions, "i", "g")}
        assert names == {"0": "success", "1": "success", "3": "wait"}
        positions.commit()
        again = sequences.Positions(None, "order")
        names = {f.attributes["i"]: name for name, f in sequences.enforce_order([FlowFile({"i": "1"}), FlowFile({"i": "2"}), FlowFile({"i": "3"})], again, "i", "g")}
        assert names == {"1": "skipped", "2": "success", "3": "success"}
    finally:
        tables.memory.clear()
        tables.set_table_format(kept)


def test_the_emitted_order_keeps_its_state_last():
    rt = install_runtime()
    rt.set_table_format("memory")
    _, cell = emit_cell(STANDARD + "EnforceOrder", {"order-attribute": "i", "group-id": "g"}, carrier=DRIVER)
    out = run_cell(cell, [rt.FlowFile({"i": "0"}, b"")])
    assert [f.relationship for f in out] == ["success"] and cell.commit == "under_test_positions.commit()"
