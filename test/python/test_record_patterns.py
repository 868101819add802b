"""The record form on data: whole notebooks of the pairs run over real files, and give the records that NiFi's readers and
rules give."""

from __future__ import annotations

import json
import os
import types

import pytest
from cells import install_runtime

PAIRS = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "fixtures", "conversions")


class Exit(Exception):
    pass


def run(spark, name, tmp_path, monkeypatch, messages=()):
    """Runs a pair's notebooks with tables in memory. Gives {table: rows that were loaded}, and what notebooks leave behind."""
    from nifi_converter.convert import convert_flow
    from nifi_converter.read import read_flow

    install_runtime()
    from nifi_runtime import database, kafka, tables

    tables.memory.clear()
    monkeypatch.setattr(tables, "_format", "memory")
    loaded = {}
    monkeypatch.setattr(database, "load", lambda db, frame, table, **o: loaded.setdefault(table, []).extend(r.asDict() for r in frame.collect()))
    monkeypatch.setattr(kafka, "messages", lambda spark, *_, **__: spark.createDataFrame([(bytearray(m),) for m in messages], "value BINARY"))
    monkeypatch.setattr(kafka, "publish_records", lambda frame, topic, brokers, value, key=None, **_: loaded.setdefault(topic, []).extend(
        (r[0], r[1]) for r in frame.select(key, value).collect()))
    conversion = convert_flow(read_flow(os.path.join(PAIRS, name, "flow.json")))
    assert conversion.problems == [] and {e["carrier"] for e in conversion.report["processors"]} == {"records"}
    values = {"volume": str(tmp_path)}

    def leave(value=""):
        raise Exit(value)

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
    failures = [tuple(row) for key, rows in tables.memory.items() if key.endswith("__failures") for row in rows]
    return loaded, failures, tables.memory


def put(folder, **files):
    os.makedirs(folder, exist_ok=True)
    for name, text in files.items():
        with open(os.path.join(folder, name.replace("__", ".")), "w", encoding="utf-8") as file:
            file.write(text)


def test_new_files_become_rows(spark, tmp_path, monkeypatch):
    folder = tmp_path / "data" / "orders"
    put(folder, a__csv='id,customer,amount,country\n1," Ann ",10.5,fr\n007,"a ""b""",,\n', b__csv="id,customer,amount,country\n3,,,de\n", notes__txt="id\n9\n")
    put(folder / "deeper", c__csv="id,customer,amount,country\n9,,,\n")
    put(folder, bad__csv="id,customer,amount,country\n4,,1,\nx,,2,\n")
    loaded, failures, _ = run(spark, "folder-to-table", tmp_path, monkeypatch)
    rows = sorted((r["id"], r["customer"], r["amount"], r["country"], r["loaded_by"]) for r in loaded["orders"])
    assert rows == [(1, "Ann", 10.5, "FR", "nifi"), (3, None, None, "DE", "nifi"), (7, 'a "b"', None, "??", "nifi")]
    assert sorted(f[2].split(":")[0] for f in failures) == ["id is no BIGINT", "its file has"], "one value that is no number fails its whole file"


def test_another_header_is_never_mistaken(spark, tmp_path, monkeypatch):
    put(tmp_path / "data" / "orders", a__csv="id,customer,amount,country\n1,a,2,fr\n", b__csv="customer,id,country,amount\nb,2,de,3\n")
    with pytest.raises(Exception, match="CSV header does not conform|HEADER|header"):
        run(spark, "folder-to-table", tmp_path, monkeypatch)


def test_no_file_is_no_failure(spark, tmp_path, monkeypatch):
    assert run(spark, "folder-to-table", tmp_path, monkeypatch)[0] == {}
    assert run(spark, "queue-to-files", tmp_path, monkeypatch)[0] == {}


def test_a_folder_as_queue(spark, tmp_path, monkeypatch):
    from nifi_converter.rehearse import rehearse  # noqa: F401  (the module must import without a session)

    folder = tmp_path / "data" / "events"
    put(folder, lines__json='{"id": 1, "kind": "click", "name": "a", "at": "t1"}\n{"id": 2, "kind": "view", "name": "b", "at": "t2"}\n',
        array__json='[\n {"id": 3, "kind": "click", "name": "c;d", "at": "t3"}\n]\n', one__json='{\n "id": 4, "kind": "view", "name": "x", "at": "t"}')
    written = {}
    install_runtime()
    from nifi_runtime import landings

    monkeypatch.setattr(landings, "write_files", lambda frame, target, kind, options=None: written.update(
        {os.path.relpath(target, tmp_path): (kind, options, sorted(tuple(r) for r in frame.collect()))}))
    _, _, memory = run(spark, "queue-to-files", tmp_path, monkeypatch)
    kind, options, rows = written["data/clicks"]
    assert (kind, options["sep"]) == ("csv", ";") and rows == [(1, "a", "t1"), (3, "c;d", "t3")]
    assert sorted(tuple(r) for k, found in memory.items() if k.endswith("event_totals") for r in found) == [("click", 2), ("view", 2)]
    assert os.listdir(folder) == [], "the files leave at the end of the run"


def test_topics_by_record(spark, tmp_path, monkeypatch):
    messages = [b'{"id": 1, "amount": 2000.5, "customer": null}', b'[{"id": 2, "amount": 5}, {"id": 3, "amount": 1001, "country": "fr"}]', b"no json"]
    loaded, failures, _ = run(spark, "topic-to-topic", tmp_path, monkeypatch, messages)
    sent = sorted((key, json.loads(value)) for key, value in loaded["large-orders"])
    assert sent == [("1", {"id": 1, "customer": None, "amount": 2000.5, "country": None}), ("3", {"id": 3, "customer": None, "amount": 1001.0, "country": "fr"})]
    assert [f[1] for f in failures] == ["parse.failure"]
