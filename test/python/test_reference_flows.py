"""Three real flows, converted as they are and run over data of their kind: what must come out is what NiFi would make of it."""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import types

import pytest
from cells import install_runtime

CORPUS = os.path.join(os.path.dirname(os.path.abspath(__file__)), *[os.pardir] * 3, "shared", "corpus")
pytestmark = pytest.mark.skipif(not os.path.isdir(CORPUS), reason="the corpus of real flows is not beside the repository")
CSV_LOADER = "duanelupinski+nifi-crdb-installation__templates__CSV_Data_Loader_with_Sample_Transformation.xml"
TWITTER = "hortonworks-gallery+nifi-templates__templates__Twitter_Dashboard.xml"
MEDS = "tspannhw+ApacheConAtHome2020__flows__DailyMed__REST_Ingest_DailyMeds.xml"


class Exit(Exception):
    pass


def converted(name):
    from nifi_converter.convert import convert_flow
    from nifi_converter.read import read_flow

    conversion = convert_flow(read_flow(os.path.join(CORPUS, name)))
    assert conversion.problems == []
    return conversion


def run(spark, conversion, notebook, gaps=None, **values):
    """One notebook in this process, tables in memory. Gives the report line and the failure table's rows."""
    from nifi_runtime import tables

    made = next(n for n in conversion.notebooks if n.name.startswith(notebook))

    def leave(value=""):
        raise Exit(value)

    widgets = types.SimpleNamespace(text=lambda n, d="", *_: values.setdefault(n, d), dropdown=lambda n, d, *_: values.setdefault(n, d), get=values.get)
    dbutils = types.SimpleNamespace(widgets=widgets, notebook=types.SimpleNamespace(exit=leave), secrets=types.SimpleNamespace(get=lambda *_: "s"))
    source = conversion.files.get("notebooks/gaps.py", "")
    module = types.ModuleType("gaps")
    module.__file__ = os.path.join(tempfile.mkdtemp(prefix="gaps-"), "gaps.py")
    with open(module.__file__, "w", encoding="utf-8") as file:
        file.write(source)
    exec(compile(source, module.__file__, "exec"), module.__dict__)
    for name, function in (gaps or {}).items():
        assert hasattr(module, name), f"{name} is no gap"
        setattr(module, name, function)
    sys.modules["gaps"] = module
    space, line = {"spark": spark, "dbutils": dbutils}, ""
    try:
        for cell in made.cells:
            if cell.kind == "code":
                exec(compile(cell.text, made.name, "exec"), space)
    except Exit as end:
        line = str(end)
    finally:
        del sys.modules["gaps"]
        shutil.rmtree(os.path.dirname(module.__file__))
    failures = [tuple(r) for k, rows in tables.memory.items() if k.endswith("__failures") for r in rows]
    return json.loads(line), failures


@pytest.fixture
def memory(monkeypatch):
    rt = install_runtime()
    from nifi_runtime import tables

    tables.memory.clear()
    monkeypatch.setattr(tables, "_format", "memory")

    def inbox(spark, table):
        return rt.to_frame(spark, list(tables.memory.get(table, [])))

    monkeypatch.setattr(tables, "inbox", inbox)
    monkeypatch.setattr(rt, "inbox", inbox)
    return tables.memory


def write(folder, **files):
    os.makedirs(folder, exist_ok=True)
    for name, text in files.items():
        with open(os.path.join(folder, name.replace("__", ".")), "w", encoding="utf-8", newline="") as file:
            file.write(text)


def test_csv_loader(spark, tmp_path, memory, monkeypatch):
    from nifi_runtime import database

    loaded = {}
    monkeypatch.setattr(database, "load", lambda db, frame, table, **_: loaded.setdefault(table, []).extend(r.asDict() for r in frame.collect()))
    data, deeper = tmp_path / "data", tmp_path / "mnt" / "data1" / "csv" / "sub"
    write(data, covid_stats_split_1='Exports,2021,15/03/2021,Sunday,All,All,All,$,71000000,71000000.5\n'
          'Imports,2021,x,Monday,,"Milk, powder",Sea,Tonnes,1e3,,,p,q,r\n"Re""imports",2021,not a date,Tue," ","a\nb",Air,$, 007 ,"",,\n',
          covid_stats_split_bad="Exports,20x1,01/01/2021\nExports,2021,02/01/2021\n", lineorder_split_1="L,1999,01/02/1999\n",
          unknown_split_1="1,2\n", __hidden_split_1="1,2\n", other__csv="1,2\n")
    write(deeper, customer_split_1__tbl="1, Ann ,Street 1\n2,Bob,\n")
    write(deeper.parent, customer_split_2__tbl=",NoKey,x\n3,Cy,x\n")
    conversion = converted(CSV_LOADER)
    line, failures = run(spark, conversion, "02_", volume=str(tmp_path), batch_size="10000")
    rows = {r["direction"]: r for r in loaded["covid_stats"]}
    assert sorted(rows) == ["Exports", "Imports", 'Re"imports'], "one record that does not fit fails its whole file"
    first = rows["Exports"]
    assert (first["year"], first["date"], first["timestamp"], first["cumulative"], first["system_account_id"]) == (
        2021, "2021-03-15", "2021-03-15T00:00:00Z", 71000000.0, "nifi-file-loader")
    assert (rows["Imports"]["country"], rows["Imports"]["commodity"], rows["Imports"]["value"], rows["Imports"]["date"]) == ("", "Milk, powder", 1000.0, "x")
    last = rows['Re"imports']
    assert (last["country"], last["commodity"], last["value"], last["cumulative"]) == ("", "a\nb", 7.0, None)
    assert sorted((r["c_custkey"], r["c_name"], r["c_address"]) for r in loaded["customer"]) == [(1, "Ann", "Street 1"), (2, "Bob", None)]
    assert "unknown" not in loaded and {f[1] for f in failures} == {"failure"}
    # NiFi 1.28 cannot write a field of unknown type as Avro either: a path that names no field of `lineorder`.
    kept = sorted(f[0].rsplit(" / ", 1)[-1] for f in failures)
    assert kept == ["SplitRecord"] * 5 + ["UpdateRecord Lineorder"], "the four records of two files that do not fit, a file without a schema"
    assert "lineorder" not in loaded
    assert sorted(os.listdir(data)) == [".hidden_split_1", ".processed", "other.csv"]
    assert len(os.listdir(data / ".processed")) == 6
    loaded.clear()
    memory.pop(next(k for k in memory if k.endswith("__failures")))
    again, failures = run(spark, conversion, "02_", volume=str(tmp_path), batch_size="10000")
    assert (loaded, failures, again["failed"]) == ({}, [], {})


def test_csv_loader_names_its_open_gap(spark, tmp_path, memory):
    conversion = converted(CSV_LOADER)
    write(tmp_path / "data", covid_stats_1__csv="h\n1\n")
    with pytest.raises(NotImplementedError, match="gaps.execute_stream_command"):
        run(spark, conversion, "01_", volume=str(tmp_path))
    seen = []
    memory.clear()

    def split(arguments, standard_input, working_directory):
        seen.append((arguments, working_directory))
        return 0, b"done", ""

    line, failures = run(spark, conversion, "01_", gaps={"execute_stream_command": split}, volume=str(tmp_path))
    assert failures == [] and seen == [(["-f covid_stats_1.csv", "-c 10000"], f"{tmp_path}/data")]


def test_twitter(spark, tmp_path, memory, monkeypatch):
    from nifi_runtime import http

    rt = install_runtime()
    sent = []

    def solr(method, url, headers=None, body=None, timeout=30, follow=True):
        sent.append((url, body))
        return 200, b"{}", {}

    monkeypatch.setattr(http, "call", solr)
    tweets = [
        {"id": 1, "lang": "en", "text": "AAPL at $190\nup", "created_at": "Mon", "timestamp_ms": "17", "user": {"screen_name": "ann", "name": "Ann"}, "entities": {"hashtags": [{"text": "x"}]}},
        {"id": 2, "lang": None, "text": "[sic] C:\\temp", "created_at": "Mon", "timestamp_ms": "18", "user": {"screen_name": "bob", "name": "Bob"}, "entities": {"hashtags": []}},
        {"id": 3, "text": " \n\t", "user": {"screen_name": "cy"}}, {"delete": {"status": {"id": 4}}}, {"id": 5, "text": {"nested": "object"}}]
    conversion = converted(TWITTER)
    inbox = next(k for k in ("main.twitter_dashboard.twitter_dashboard__grab_garden_hose",))
    memory[inbox] = [rt.FlowFile({"filename": f"t{i}", "landing": "a.json"}, json.dumps(t).encode()) for i, t in enumerate(tweets)] + [rt.FlowFile({"filename": "bad"}, b"not json")]
    line, failures = run(spark, conversion, "twitter", volume=str(tmp_path), put_solr_content_stream_url="http://solr.example.org/solr")
    folders = [tmp_path / "tmp" / name for name in ("tweets", "tweets_staging")]
    assert [len(os.listdir(f)) for f in folders] == [1, 1] and os.listdir(folders[0]) == os.listdir(folders[1])
    text = (folders[0] / os.listdir(folders[0])[0]).read_text()
    expected = [f"1|17|Mon|ann|AAPL at 190up|{json.dumps(tweets[0])}", f"2|18|Mon|bob|[sic] C:temp|{json.dumps(tweets[1])}"]
    assert text in ("".join(expected), "".join(reversed(expected))), "$ and line breaks gone, a backslash eats itself, the original appended"
    assert len(sent) == 2 and all(url.startswith("http://solr.example.org/solr/tweets/update/json/docs?commitWithin=1000&") for url, _ in sent)
    assert sorted(f[0] for f in failures) == ["Pull Key Attributes", "Pull Key Attributes"], "no JSON, and a text that is no scalar"
    assert inbox not in memory, "the inbox is empty after the run"


def pages(calls, settings):
    """The API of the drug names: four pages; one may fail twice, for ever, or be gone."""
    def call(method, url, headers=None, body=None, timeout=30, follow=True):
        calls.append(url)
        page = int(url.partition("page=")[2]) if "&page=" in url else 1
        if not url.startswith("http"):
            raise ValueError(f"not an http URL: {url!r}")
        if page == settings.get("down") or page == settings.get("flaky") and calls.count(url) < 3:
            return 503, b"busy", {}
        if page == settings.get("gone"):
            return 404, b"gone", {}
        more = {"next_page": "null", "next_page_url": "null"} if page == 4 and not settings.get("endless") else \
            {"next_page": page + 1, "next_page_url": f" https://api.example.org/d?x&page={1 if settings.get('endless') else page + 1} "}
        data = [{"drug_name": f'D{page}{n} "x" é', "name_type": "B"} for n in range(3)]
        document = {"metadata": {"current_page": page, "db_published_date": "May 1", **more}, "data": data}
        return 200, json.dumps(document, ensure_ascii=False).encode(), {"Content-Type": "application/json"}

    return call


@pytest.mark.parametrize("settings, asked, messages, failed", [
    ({"flaky": 3}, ["1", "2", "3", "3", "3", "4"], 12, set()),
    ({"down": 3}, ["1", "2"] + ["3"] * 4, 6, {"retries_exceeded"}),
    ({"gone": 2}, ["1", "2"], 3, {"No Retry"}),
])
def test_meds(spark, memory, monkeypatch, settings, asked, messages, failed):
    rt = install_runtime()
    from nifi_runtime import http, kafka

    calls, sent = [], []
    monkeypatch.setattr(http, "call", pages(calls, settings))

    def publish(spark, flow_files, topic, brokers, table, key=None, headers=None, demarcator=None, options=None):
        rows = rt.to_list(rt.to_frame(spark, flow_files))
        sent.extend((f.content.decode(), {k for k in f.attributes if k.startswith("schema")}) for f in rows)
        return rt.send(rows, "success")

    monkeypatch.setattr(kafka, "publish", publish)
    conversion = converted(MEDS)
    line, failures = run(spark, conversion, "01_", max_rounds="8")
    assert [c.partition("&page=")[2] or "1" for c in calls] == asked
    assert len(sent) == messages and {f[1] for f in failures} == failed
    assert json.loads(sent[0][0])["name_type"] == "B" and "schema.name" in sent[0][1]
    if settings == {"flaky": 3}:
        before = len(sent)
        run(spark, conversion, "01_", max_rounds="8")
        assert len(sent) == before, "the cache's key is the text db_key: what was seen does not pass again"


def test_meds_without_an_end(spark, memory, monkeypatch):
    install_runtime()
    from nifi_runtime import http

    calls = []
    monkeypatch.setattr(http, "call", pages(calls, {"endless": True}))
    with pytest.raises(RuntimeError, match="max_rounds"):
        run(spark, converted(MEDS), "01_", max_rounds="8")
    assert len(calls) == 9 and not [k for k in memory if k.endswith("_cache")], "bounded, and the run has left no mark"
