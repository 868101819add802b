"""A record processor has two forms, one for each carrier: over the same data both give the same records.

One flow with a branch for each processor is converted twice, once with record forms and once without, both notebooks run
over the same files, and what reaches the sinks is compared record by record.
"""

from __future__ import annotations

import collections
import io
import json
import os
import types

import pytest
from cells import install_runtime
from flows import AVRO, CSV, JSON, flow
from nifi_converter import processors
from nifi_converter.convert import convert_flow
from nifi_converter.emit import part as emit_part
from nifi_converter.emit import records as emit_records
from nifi_converter.processors.kafka import CONSUME_RECORD, PUBLISH_RECORD
from nifi_converter.processors.landings import FETCHES, GETS, LISTS
from nifi_converter.processors.record_chains import FILE_SINKS

EVENTS = [
    {"id": 1, "kind": "click", "name": "Ann", "amount": 10.5, "ok": True},
    {"id": 2, "kind": "view", "name": "Bób \"B\"", "amount": -3.25, "ok": False},
    {"id": 3, "kind": "click", "name": None, "amount": 0.5, "ok": True},
    {"id": 4, "kind": "zz", "name": "D", "amount": 7.0, "ok": None},
    {"id": 5, "kind": "click", "name": "Ann", "amount": 1e10, "ok": False},
]
ORDERS = "id,name,amount,ok\n1, Ann ,10.5,true\nx,B,1,false\n3,\"C, d\",,\n,E,2,true\n5,,abc,true\n6,F,7,TRUE\n"
ORDER_SCHEMA = json.dumps({"type": "record", "name": "o", "fields": [
    {"name": "id", "type": "long"}, {"name": "name", "type": ["null", "string"]}, {"name": "amount", "type": ["null", "double"]}, {"name": "ok", "type": ["null", "boolean"]}]})

SERVICES = {
    "json in": (JSON + "JsonTreeReader", {"schema-access-strategy": "infer-schema"}),
    "json out": (JSON + "JsonRecordSetWriter", {"schema-access-strategy": "inherit-record-schema"}),
    "csv in": (CSV + "CSVReader", {"schema-access-strategy": "schema-text-property", "schema-text": ORDER_SCHEMA, "Skip Header Line": "true"}),
    "csv out": (CSV + "CSVRecordSetWriter", {"schema-access-strategy": "inherit-record-schema"}),
    "avro in": (AVRO + "AvroReader", {"schema-access-strategy": "embedded-avro-schema"}),
    "avro out": (AVRO + "AvroRecordSetWriter", {"schema-access-strategy": "inherit-record-schema"}),
    "typed out": (JSON + "JsonRecordSetWriter", {"schema-access-strategy": "schema-text-property", "schema-text": json.dumps(
        {"type": "record", "name": "t", "fields": [{"name": "id", "type": "string"}, {"name": "amount", "type": ["null", "double"]}]})}),
    "kinds": ("org.apache.nifi.lookup.SimpleKeyValueLookupService", {"click": "a click", "view": "a view"}),
    "pool": ("org.apache.nifi.dbcp.DBCPConnectionPool", {"Database Connection URL": "jdbc:postgresql://db/x"}),
}
READ = {"record-reader": "json in", "record-writer": "json out"}


def to(folder):
    return ("PutFile", {"Directory": f"/out/{folder}", "Conflict Resolution Strategy": "ignore"})


# name -> (type, properties, relationship -> folder of the sink)
BRANCHES = {
    "convert": ("ConvertRecord", READ, {"success": "convert"}),
    "convert to a schema": ("ConvertRecord", {**READ, "record-writer": "typed out"}, {"success": "typed"}),
    "update": ("UpdateRecord", {**READ, "replacement-value-strategy": "literal-value", "/name": "${field.value:replaceNull('none'):toUpper()}", "/added": "x ${field.name}"},
               {"success": "update"}),
    "update by path": ("UpdateRecord", {**READ, "replacement-value-strategy": "record-path-value", "/copy": "/kind"}, {"success": "by-path"}),
    "remove": ("RemoveRecordField", {**READ, "field": "/amount"}, {"success": "remove"}),
    "query": ("QueryRecord", {**READ, "clicks": "SELECT id, name FROM FLOWFILE WHERE kind = 'click' AND name IS NOT NULL", "counts": "SELECT kind, COUNT(*) AS n, MIN(amount) AS least FROM FLOWFILE GROUP BY kind"},
              {"clicks": "clicks", "counts": "counts"}),
    "look up": ("LookupRecord", {**READ, "lookup-service": "kinds", "key": "/kind", "result-record-path": "/label"}, {"success": "lookup"}),
    "look up over a field": ("LookupRecord", {**READ, "lookup-service": "kinds", "key": "/kind", "result-record-path": "/name"}, {"success": "lookup-over"}),
    "look up and part": ("LookupRecord", {**READ, "lookup-service": "kinds", "key": "/kind", "result-record-path": "/label", "routing-strategy": "route-to-matched-unmatched"},
                         {"matched": "matched", "unmatched": "unmatched"}),
    "part by kind": ("PartitionRecord", {**READ, "kind": "/kind"}, {"success": "kinds/${kind}"}),
    "split": ("SplitRecord", {"Record Reader": "json in", "Record Writer": "json out", "Records Per Split": "10"}, {"splits": "split"}),
    "merge": ("MergeRecord", {**READ, "min-records": "1"}, {"merged": "merge"}),
    "load": ("PutDatabaseRecord", {"put-db-record-record-reader": "json in", "put-db-record-dcbp-service": "pool", "put-db-record-table-name": "loaded"}, {}),
    "append": ("PutIceberg", {"record-reader": "json in", "catalog-namespace": "n", "table-name": "appended"}, {}),
}


class Exit(Exception):
    pass


def in_their_form(monkeypatch, record_forms):
    """Without record forms every connection carries flow files."""
    if not record_forms:
        plain = processors.handler_for
        for module in (emit_records, emit_part):
            monkeypatch.setattr(module, "handler_for", lambda name, records=False: None if records else plain(name))


def plain(record):
    """As JSON has it, without what is null: a flow file's JSON leaves out what its record never had."""
    return json.dumps({k: v for k, v in sorted(json.loads(json.dumps(record, default=str)).items()) if v is not None}, sort_keys=True, ensure_ascii=False)


def as_csv(record):
    """A record as its row in a CSV file reads."""
    return {k: None if v is None else str(v).lower() if isinstance(v, bool) else str(v) for k, v in record.items()}


def read_back(path):
    with open(path, "rb") as file:
        content = file.read()
    if content.startswith(b"Obj\x01"):
        from nifi_runtime import avro

        return avro.read_file(content)[1]
    text = content.decode("utf-8")
    if not text.startswith(("[", "{")):
        import csv

        return [{k: v or None for k, v in row.items()} for row in csv.DictReader(io.StringIO(text))]
    found = json.loads(text)
    return found if isinstance(found, list) else [found]


def run(spark, made, folder, monkeypatch, record_forms, views=()):
    """{sink: sorted records} and {processor: carrier}."""
    with monkeypatch.context() as patch:
        in_their_form(patch, record_forms)
        conversion = convert_flow(made)
    assert conversion.problems == []
    install_runtime()
    from nifi_runtime import database, landings, tables

    tables.memory.clear()
    monkeypatch.setattr(tables, "_format", "memory")
    sunk = collections.defaultdict(list)
    monkeypatch.setattr(database, "load", lambda db, frame, table, **o: sunk[table].extend(r.asDict(True) for r in frame.collect()))
    monkeypatch.setattr(database, "_write_records", lambda db, table, records, *_: sunk[table.split(".")[-1]].extend(records))
    monkeypatch.setattr(landings, "write_files", lambda frame, target, kind, options=None: sunk[os.path.relpath(target, folder)].extend(
        as_csv(r.asDict()) if kind == "csv" else r.asDict(True) for r in frame.collect()))

    def leave(value=""):
        raise Exit(value)

    values = {"volume": str(folder), "unfinished_bins": "merge", "pool_url": ""}
    widgets = types.SimpleNamespace(text=lambda n, d="", *_: values.setdefault(n, d), dropdown=lambda n, d, *_: values.setdefault(n, d), get=values.get)
    dbutils = types.SimpleNamespace(widgets=widgets, notebook=types.SimpleNamespace(exit=leave), secrets=types.SimpleNamespace(get=lambda *_: "s"))
    for notebook in conversion.notebooks:
        space = {"spark": spark, "dbutils": dbutils}
        try:
            for cell in notebook.cells:
                if cell.kind == "code":
                    exec(compile(cell.text, notebook.name, "exec"), space)
        except Exit:
            pass
    for base, _, names in os.walk(folder / "out"):
        for name in names:
            sunk[os.path.relpath(base, folder)] += read_back(os.path.join(base, name))
    for table, rows in tables.memory.items():
        if "__" not in table and rows and hasattr(rows[0], "asDict"):
            sunk[table.split(".")[-1]] += [r.asDict(True) for r in rows]
    return {sink: sorted(plain(r) for r in rows) for sink, rows in sunk.items() if rows}, {e["name"]: e["carrier"] for e in conversion.report["processors"]}


def compared(spark, made, tmp_path, monkeypatch, put):
    results = []
    for record_forms in (True, False):
        folder = tmp_path / str(record_forms)
        for name, content in put.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(content, "utf-8")
        results.append(run(spark, made, folder, monkeypatch, record_forms))
    (records, carriers), (files, others) = results
    assert set(carriers.values()) == {"records"}, carriers
    assert "records" not in others.values()
    assert records == files
    return records


def database_flow():
    """Queries as flow files of Avro or JSON, and as DataFrames."""
    pool = {"Database Connection Pooling Service": "pool"}
    wanted = json.dumps({"type": "record", "name": "o", "fields": [{"name": "id", "type": "long"}, {"name": "name", "type": "string"}, {"name": "ok", "type": ["null", "boolean"]}]})
    steps = {
        "query": ("ExecuteSQL", {**pool, "SQL select query": "SELECT id, kind, name, ok\nFROM events_source WHERE id > 1"}),
        "split": ("SplitAvro", {"Output Size": "10"}), "as json": ("ConvertAvroToJSON", {}), "put json": to("json"),
        "check": ("ValidateRecord", {"record-reader": "avro in", "record-writer": "json out", "schema-access-strategy": "schema-text-property", "schema-text": wanted}),
        "put good": to("good"), "put bad": to("bad"),
        "query records": ("ExecuteSQLRecord", {**pool, "SQL select query": "SELECT id, kind, amount FROM events_source", "esqlrecord-record-writer": "json out"}), "put records": to("records"),
        "table": ("QueryDatabaseTable", {**pool, "Table Name": "events_source", "Maximum-value Columns": "id", "db-fetch-where-clause": "ok IS NOT NULL"}), "put table": to("table"),
        "table records": ("QueryDatabaseTableRecord", {**pool, "Table Name": "events_source", "qdbtr-record-writer": "json out"}), "put table records": to("table-records"),
        "pages": ("GenerateTableFetch", {**pool, "Table Name": "events_source", "Maximum-value Columns": "id", "gen-table-fetch-partition-size": "2", "Columns to Return": "id, name"}),
        "page": ("ExecuteSQLRecord", {**pool, "esqlrecord-record-writer": "json out"}), "load": ("PutDatabaseRecord", {
            "put-db-record-record-reader": "json in", "put-db-record-dcbp-service": "pool", "put-db-record-table-name": "paged"}),
    }
    wires = [("query", "success", "split"), ("split", "split", "as json"), ("as json", "success", "put json"), ("query", "success", "check"), ("check", "valid", "put good"),
             ("check", "invalid", "put bad"), ("query records", "success", "put records"), ("table", "success", "put table"), ("table records", "success", "put table records"),
             ("pages", "success", "page"), ("page", "success", "load")]
    return flow(steps, wires, SERVICES)


def branches_flow():
    steps, wires = {"take": ("GetFile", {"Input Directory": "/in", "Keep Source File": "false"})}, []
    for name, (kind, properties, sinks) in BRANCHES.items():
        steps[name] = (kind, properties)
        wires.append(("take", "success", name))
        for relationship, folder in sinks.items():
            steps[f"put {folder}"] = to(folder)
            wires.append((name, relationship, f"put {folder}"))
    steps["name"] = ("UpdateAttribute", {"target": "events_${kind}", "source": "files", "filename": "${kind}.json"})
    steps["route"] = ("RouteOnAttribute", {"clicks": "${kind:equals('click')}", "none": "${kind:isEmpty()}"})
    steps["tell"] = ("UpdateRecord", {**READ, "/from": "${source}/${target}"})
    steps["load each"] = ("PutDatabaseRecord", {"put-db-record-record-reader": "json in", "put-db-record-dcbp-service": "pool", "put-db-record-table-name": "${target}"})
    steps["put others"] = to("others")
    wires += [("part by kind", "success", "name"), ("name", "success", "route"), ("route", "clicks", "tell"), ("route", "unmatched", "put others"), ("tell", "success", "load each")]
    return flow(steps, wires, SERVICES)


def test_over_json(spark, tmp_path, monkeypatch):
    records = compared(spark, branches_flow(), tmp_path, monkeypatch, {"in/a.json": json.dumps(EVENTS, ensure_ascii=False)})
    assert len(records["out/convert"]) == 5 and len(records["out/kinds/click"]) == 3 and len(records["events_click"]) == 3
    assert len(records["out/matched"]) == 4 and len(records["out/others"]) == 2


def test_records_against_a_schema(spark, tmp_path, monkeypatch):
    made = flow({"take": ("GetFile", {"Input Directory": "/in", "Keep Source File": "false"}),
                 "check": ("ValidateRecord", {"record-reader": "csv in", "record-writer": "csv out"}),
                 "good": to("good"), "bad": to("bad")},
                [("take", "success", "check"), ("check", "valid", "good"), ("check", "invalid", "bad")], SERVICES)
    records = compared(spark, made, tmp_path, monkeypatch, {"in/a.csv": ORDERS})
    assert len(records["out/good"]) == 3 and len(records["out/bad"]) == 3


def test_from_a_database(spark, tmp_path, monkeypatch):
    spark.createDataFrame([tuple(e[n] for n in ("id", "kind", "name", "amount", "ok")) for e in EVENTS], "id BIGINT, kind STRING, name STRING, amount DOUBLE, ok BOOLEAN") \
        .createOrReplaceTempView("events_source")
    records = compared(spark, database_flow(), tmp_path, monkeypatch, {})
    assert len(records["out/good"]) == 3 and len(records["out/bad"]) == 1 and len(records["paged"]) == 5 and len(records["out/table"]) == 4


OLD_KAFKA = ({"bootstrap.servers": "b:9092", "record-reader": "typed in", "record-writer": "json out"}, "topic", {})
NEW_KAFKA = ({"Kafka Connection Service": "kafka", "Record Reader": "typed in", "Record Writer": "json out"}, "Topics", {"Processing Strategy": "RECORD"})


@pytest.mark.parametrize("line, read, tell", [(OLD_KAFKA, "ConsumeKafkaRecord_2_6", "PublishKafkaRecord_2_6"), (NEW_KAFKA, "ConsumeKafka", "PublishKafka")])
def test_from_topic_to_topic(spark, tmp_path, monkeypatch, line, read, tell):
    install_runtime()
    from nifi_runtime import kafka

    events = [{k: v for k, v in e.items() if k != "ok"} for e in EVENTS]  # a field outside of the schema: see record_formats
    messages = [json.dumps(events[:2]).encode(), json.dumps(events[2]).encode(), b"no json"]
    typed = json.dumps({"type": "record", "name": "e", "fields": [{"name": n, "type": ["null", t]} for n, t in (("id", "long"), ("kind", "string"), ("name", "string"), ("amount", "double"))]})
    services = {**SERVICES, "typed in": (JSON + "JsonTreeReader", {"schema-access-strategy": "schema-text-property", "schema-text": typed}),
                "kafka": ("org.apache.nifi.kafka.service.Kafka3ConnectionService", {"bootstrap.servers": "b:9092"})}
    common, topics, more = line
    made = flow({"read": (read, {**common, **more, topics: "events"}), "tell": (tell, {**common, "topic" if topics == "topic" else "Topic Name": "all"})},
                [("read", "success", "tell")], services)
    sent = []
    frame = spark.createDataFrame([(bytearray(m),) for m in messages], "value BINARY")
    monkeypatch.setattr(kafka, "messages", lambda *_, **__: frame)
    monkeypatch.setattr(kafka, "consume", lambda *_, **__: frame.selectExpr("map('kafka.topic', 'events') AS attributes", "value AS content"))
    monkeypatch.setattr(kafka, "publish_records", lambda records, topic, brokers, value, **_: sent.append(sorted(plain(json.loads(r[0])) for r in records.select(value).collect())))
    monkeypatch.setattr(kafka, "publish", lambda spark, files, **_: sent.append(sorted(plain(json.loads(r[0])) for r in files.selectExpr("CAST(content AS STRING)").collect())) or [])
    compared(spark, made, tmp_path, monkeypatch, {})
    assert sent[0] == sent[1] and len(sent[0]) == 3


# Types with a record form that only files show, which test_record_patterns runs over real folders in their record form.
FILES = {*LISTS, *FETCHES, *GETS, *FILE_SINKS, "PutORC", "PutParquet"}


def test_every_record_form_is_compared():
    processors.load()
    both = {name for name, records in processors._handlers if records and (name, False) in processors._handlers}
    here = {kind for made in (branches_flow(), database_flow()) for kind in (p.short_type for p in made.processors())} | {"ValidateRecord", *CONSUME_RECORD, *PUBLISH_RECORD, "ConsumeKafka", "PublishKafka"}
    assert both - here - FILES == set()


def test_headers_of_a_message_become_attributes(spark):
    install_runtime()
    from nifi_runtime import kafka

    messages = spark.sql("""SELECT binary('k') AS key, binary('v') AS value, 't' AS topic, 0 AS partition, 1L AS offset, timestamp_millis(5) AS timestamp,
        transform(array('a1', 'a2', 'filenamef', 'bx'), h -> struct(left(h, length(h) - 1) AS key, binary(right(h, 1)) AS value)) AS headers
        UNION ALL SELECT null, binary('w'), 't', 0, 2L, timestamp_millis(5), null""")
    first, second = (row[0] for row in sorted(kafka.attributes_of(messages, "a|file.*").collect(), key=lambda row: row[1]))
    core = {"path": "./", "kafka.topic": "t", "kafka.partition": "0", "kafka.timestamp": "5", "kafka.count": "1"}
    assert {k: v for k, v in first.items() if k != "uuid"} == {**core, "kafka.offset": "1", "kafka.key": "k", "a": "2", "filename": "f"}
    assert {k: v for k, v in second.items() if k != "uuid"} == {**core, "kafka.offset": "2", "filename": second["uuid"]}, "no key is no attribute"
    assert "a" not in kafka.attributes_of(messages).collect()[0][0]
