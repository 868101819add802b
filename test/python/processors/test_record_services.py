"""Readers, writers and the conversion of values: what the golden vectors do not show, and hostile input."""

from __future__ import annotations

import pytest
from nifi_converter.runtime import avro, csv_text, json_text
from nifi_converter.runtime.avro import AvroError
from nifi_converter.runtime.flow_files import FlowFile
from nifi_converter.runtime.record_schema import RecordError, Schema, Type, merge_types, parse_schema
from nifi_converter.runtime.record_values import Formats, Moment, convert, text
from nifi_converter.runtime.records import (AvroReader, AvroRecordSetWriter, CSVReader, CSVRecordSetWriter, JsonRecordSetWriter, JsonTreeReader,
                                            XMLReader, XMLRecordSetWriter, convert as convert_record)

SCHEMA = '{"type":"record","name":"r","fields":[{"name":"d","type":{"type":"int","logicalType":"date"}},{"name":"n","type":["null","long"]}]}'


def run(content, reader, writer, **attributes):
    (name, flow_file), = convert_record(FlowFile(attributes, content.encode() if isinstance(content, str) else content), reader, writer)
    return name, flow_file


def test_a_typed_csv_goes_through_avro_and_back():
    reader = CSVReader(schema="text", schema_text=SCHEMA, header=True, date_format="dd/MM/yyyy")
    _, as_avro = run("d,n\n07/03/2024,5\n01/01/1969,\n", reader, AvroRecordSetWriter())
    assert avro.read_file(as_avro.content)[1] == [{"d": 19789, "n": 5}, {"d": -365, "n": None}]
    _, as_csv = run(as_avro.content, AvroReader(), CSVRecordSetWriter(date_format="yyyy/MM/dd"))
    assert as_csv.content == b"d,n\n2024/03/07,5\n1969/01/01,\n"


def test_a_date_that_does_not_fit_fails_the_whole_flow_file():
    name, flow_file = run("d,n\n07/03/2024,5\n2024-03-07,6\n", CSVReader(schema="text", schema_text=SCHEMA, header=True, date_format="dd/MM/yyyy"), JsonRecordSetWriter())
    assert name == "failure" and flow_file.content.startswith(b"d,n")
    assert flow_file.attributes["record.error.message"] == "Error while getting next record"


def test_inferred_types_meet_in_the_wider_one_or_in_a_choice():
    kinds = {k: Type(k) for k in ("INT", "LONG", "DOUBLE", "STRING")}
    assert merge_types(kinds["INT"], kinds["LONG"]) == kinds["LONG"]
    assert merge_types(kinds["LONG"], kinds["DOUBLE"]) == kinds["DOUBLE"]
    choice = merge_types(kinds["INT"], kinds["STRING"])
    assert choice.kind == "CHOICE" and merge_types(choice, kinds["LONG"]).choices == (kinds["LONG"], kinds["STRING"])


@pytest.mark.parametrize("value, kind, wanted", [("12", "INT", 12), (" 12 ", "LONG", 12), (3.9, "INT", 3), ("TRUE", "BOOLEAN", True), (0.1, "FLOAT", 0.1), (7, "STRING", "7"), (None, "INT", None)])
def test_values_convert(value, kind, wanted):
    assert convert(value, Type(kind), name="f") == wanted


@pytest.mark.parametrize("value, kind", [("12x", "INT"), (2**31, "INT"), ("yes", "BOOLEAN"), ("x", "DOUBLE"), ([1], "LONG")])
def test_values_that_do_not_convert_say_so(value, kind):
    with pytest.raises(RecordError, match="for field f"):
        convert(value, Type(kind), name="f")


def test_dates_print_by_their_format_or_as_milliseconds():
    at = Moment(1709820309123, "TIMESTAMP")
    assert text(at) == "1709820309123" and text(at, Formats(timestamp="yyyy-MM-dd HH:mm")) == "2024-03-07 14:05"


def test_null_suppression_and_lines():
    writer = JsonRecordSetWriter(nulls="always-suppress", lines=True)
    assert run('[{"a":null,"b":1},{"a":2}]', JsonTreeReader(), writer)[1].content == b'{"b":1}\n{"a":2}'


def test_jsons_faults_carry_the_parsers_words():
    for content, words in (("{a:1}", "was expecting double-quote to start field name"), ('{"a" 1}', "was expecting a colon"), ("[1 2]", "was expecting comma to separate Array entries")):
        with pytest.raises(json_text.JsonError, match=words):
            list(json_text.values(content))


def test_xml_with_a_document_type_is_refused():
    bomb = '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'
    assert run(bomb, XMLReader(), JsonRecordSetWriter())[0] == "failure"


def test_xml_without_a_root_tag_holds_one_record_only():
    writer = XMLRecordSetWriter(record="rec")
    assert run('{"a":1}', JsonTreeReader(), writer)[1].content == b'<?xml version="1.0" ?><rec><a>1</a></rec>'
    assert run('[{"a":1},{"a":2}]', JsonTreeReader(), writer)[0] == "failure"


def test_csv_of_other_dialects():
    assert list(csv_text.rows('a;"b;c"\n#x\n"d""e";f', csv_text.Dialect(separator=";", comment="#"))) == [["a", "b;c"], ['d"e', "f"]]
    assert csv_text.write_row(["1", None, "a b"], csv_text.Style(mode="NON_NUMERIC"), [True, False, False]) == '1,,"a b"\n'
    with pytest.raises(csv_text.CsvError, match="EOF reached"):
        list(csv_text.rows('"a', csv_text.Dialect()))


@pytest.mark.parametrize("options, row", [
    ({"mode": "ALL"}, '"1","true"," x ",'), ({"mode": "ALL", "null_text": "NULL"}, '"1","true"," x ","NULL"'), ({"mode": "NON_NUMERIC"}, '1,"true"," x ",'),
    ({"mode": "MINIMAL", "trim": True}, "1,true,x,"), ({"format": "tdf", "mode": None}, '1\ttrue\t" x "\t'), ({"trailing": True}, '1,true," x ",,'),
])
def test_csv_is_quoted_as_its_mode_says(options, row):
    _, made = run('[{"i":1,"b":true,"t":" x ","n":null}]', JsonTreeReader(), CSVRecordSetWriter(**{"header": False, "trim": False, **options}))
    assert made.content.decode().rstrip("\r\n") == row


@pytest.mark.parametrize("codec", ["null", "deflate", "bzip2", "xz"])
def test_avro_files_of_all_codecs(codec):
    schema = {"type": "record", "name": "r", "fields": [{"name": "f", "type": "float"}, {"name": "u", "type": ["null", {"type": "map", "values": "long"}]},
                                                       {"name": "b", "type": "bytes"}, {"name": "s", "type": {"type": "enum", "name": "e", "symbols": ["A", "B"]}}]}
    rows = [{"f": 0.1, "u": {"k": -(2**60)}, "b": b"\0\xff", "s": "B"}, {"f": -3.0, "u": None, "b": b"", "s": "A"}]
    assert avro.read_file(avro.write_file(schema, rows, codec)) == (schema, rows)


def test_avro_names_the_place_of_a_null():
    with pytest.raises(AvroError, match=r"null value for \(non-nullable\) int at r.a"):
        avro.write_file({"type": "record", "name": "r", "fields": [{"name": "a", "type": "int"}]}, [{"a": None}])


def test_damaged_and_hostile_avro_ends_in_an_error():
    good = avro.write_file({"type": "record", "name": "r", "fields": [{"name": "a", "type": {"type": "array", "items": "null"}}]}, [{"a": [None]}])
    for cut in range(4, len(good) - 1, 7):
        with pytest.raises(AvroError):
            avro.read_file(good[:cut])
    many = avro.Reader(b"\xfe\xff\xff\xff\xff\xff\xff\xff\x7f\0", {})  # 2^62 nulls
    with pytest.raises(AvroError, match="more items"):
        many.value({"type": "array", "items": "null"})
    loop = {"type": "record", "name": "n", "fields": [{"name": "next", "type": "n"}]}
    with pytest.raises(AvroError, match="nested"):
        avro.Reader(b"", loop).value(loop)


def test_a_schema_that_holds_itself_is_read():
    schema = parse_schema('{"type":"record","name":"n","fields":[{"name":"v","type":"int"},{"name":"next","type":["null","n"]}]}')
    assert schema.names() == ["v", "next"] and isinstance(schema, Schema)


def test_json_as_deep_as_the_content_wants_is_no_crash():
    assert run("[" * 100_000, JsonTreeReader(), JsonRecordSetWriter())[0] == "failure"
    assert run('{"a":' * 900 + "1" + "}" * 900, JsonTreeReader(), JsonRecordSetWriter())[0] == "failure"


def test_rows_for_a_database_are_plain_values():
    from nifi_converter.runtime import readers

    reader = CSVReader(schema="text", schema_text=SCHEMA, header=True, date_format="dd/MM/yyyy")
    assert readers.rows(reader, FlowFile({}, b"d,n\n07/03/2024,5\n")) == [{"d": "2024-03-07", "n": 5}]


def test_the_reader_of_a_load_is_the_flows_own():
    services = {"db": {"type": "org.apache.nifi.dbcp.DBCPConnectionPool"}, "r": {"type": "org.apache.nifi.csv.CSVReader", "properties": {"Value Separator": ";", "schema-access-strategy": "csv-header-derived"}}}
    from cells import emit_cell

    _, cell = emit_cell("org.apache.nifi.processors.standard.PutDatabaseRecord", {"put-db-record-record-reader": "r", "put-db-record-dcbp-service": "db", "put-db-record-statement-type": "INSERT",
                                                                                 "put-db-record-table-name": "t"}, services=services)
    assert 'readers.rows(records.CSVReader(schema="header", separator=";"), flow_file)' in cell.code


def test_texts_are_quoted_as_jackson_does():
    assert json_text.quoted('\x1f\\u00ab "é') == '"\\u001F\\\\u00ab \\"é"'
