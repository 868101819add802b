"""The dummy agent: the contract in its smallest form."""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path

import pytest
from local_run import DUMMY_AGENT, LocalRun

TEMPLATE = """<?xml version="1.0" encoding="UTF-8"?>
<template encoding-version="1.2"><name>Small</name><snippet>
<processGroups><id>g1</id><name>Inner</name><contents>
  <processors><id>p1</id><name>Get it</name><config><schedulingPeriod>1 sec</schedulingPeriod></config>
    <relationships><name>success</name></relationships><type>org.apache.nifi.processors.standard.GetFile</type></processors>
</contents></processGroups>
<connections><id>c1</id><name></name><source><id>p1</id></source></connections>
<controllerServices><id>s1</id><name>Pool</name><type>org.apache.nifi.dbcp.DBCPConnectionPool</type></controllerServices>
</snippet></template>"""
INSTANCE_XML = """<flowController encoding-version="1.4"><rootGroup><id>root</id><name>NiFi Flow</name>
<processor><id>p0</id><name>At the root</name><class>org.apache.nifi.processors.standard.LogMessage</class></processor>
<processGroup><id>a</id><name>A</name>
  <processor><id>p1</id><name>In A</name><class>x.GetFile</class></processor>
  <processGroup><id>aa</id><name>AA</name><processor><id>p2</id><name>In AA</name><class>x.PutFile</class></processor></processGroup>
</processGroup>
<processGroup><id>b</id><name>B</name><processor><id>p3</id><name>In B</name><class>x.PutSQL</class></processor></processGroup>
</rootGroup></flowController>"""
DEFINITION = {
    "flowContents": {
        "identifier": "g",
        "name": "Def",
        "processors": [{"identifier": "p", "name": "One", "type": "org.apache.nifi.processors.standard.PutFile"}],
        "processGroups": [{"identifier": "h", "name": "H", "processors": [{"identifier": "q", "name": "Two", "type": "a.B"}]}],
    }
}


def run_on(tmp_path, name, data, group="", **parameters):
    source = tmp_path / name
    source.write_bytes(data if isinstance(data, bytes) else data.encode("utf-8"))
    run = LocalRun(tmp_path / "place", DUMMY_AGENT, f"{source}{group}", **parameters)
    run.printed = run.run()
    return run


def notebook_of(run) -> str:
    (path,) = json.loads(run.row["generated_notebooks"])
    assert Path(path).is_absolute() and Path(path).parent == run.output
    text = Path(path).read_text("utf-8")
    assert text.startswith("# Databricks notebook source\n")
    compile(text, path, "exec")
    return text


def test_a_template_ends_in_one_placeholder(tmp_path):
    run = run_on(tmp_path, "small.xml", TEMPLATE)
    row = run.row
    assert (row["status"], row["progress_percentage"], row["error_message"]) == ("SUCCESS", 100, None), run.printed
    assert 90 <= row["duration_seconds"] < 150
    assert row["validation_percentage"] is None, "nothing was validated"
    text = notebook_of(run)
    assert "Placeholder" in text and "Nothing was converted" in text
    for named in ("Inner", "Get it: GetFile", "Pool: DBCPConnectionPool", "1 connections"):
        assert named in text
    assert "success" not in text


def test_the_terminal_progress_file_agrees_with_the_row(tmp_path):
    run = run_on(tmp_path, "small.xml", TEMPLATE)
    progress, row = run.progress, run.row
    assert progress["version"] == 1 and progress["attempt_id"] == "f_attempt_1"
    for key in ("status", "progress_percentage", "iterations", "validation_percentage", "status_message", "error_message"):
        assert progress[key] == row[key]
    assert progress["generated_notebooks"] == json.loads(row["generated_notebooks"])
    assert sorted(path.name for path in run.output.iterdir()) == ["_progress.json", "placeholder.py"]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize(("name", "text", "count"), [("t.xml", TEMPLATE, 4), ("d.json", json.dumps(DEFINITION), 3)])
def test_formats_plain_and_gzip(tmp_path, packed, name, text, count):
    data = text.encode("utf-8")
    run = run_on(tmp_path, f"{name}.gz" if packed else name, gzip.compress(data) if packed else data)
    assert run.row["status"] == "SUCCESS", run.printed
    assert run.row["status_message"] == f"Placeholder written for {count} components"


@pytest.mark.parametrize(
    ("group", "named", "others"),
    [
        ("#a", ["In A", "In AA"], ["In B", "At the root"]),
        ("#b", ["In B"], ["In A", "At the root"]),
        ("#root", ["At the root"], ["In A", "In B"]),
        ("", ["At the root", "In A", "In AA", "In B"], []),
    ],
)
def test_a_group_of_an_instance(tmp_path, group, named, others):
    text = notebook_of(run_on(tmp_path, "flow.xml", INSTANCE_XML, group))
    for name in named:
        assert f"- {name}: " in text
    for name in others:
        assert f"- {name}" not in text


def test_a_group_of_a_json_instance(tmp_path):
    document = {"encodingVersion": {}, "rootGroup": {**DEFINITION["flowContents"], "identifier": "root"}}
    text = notebook_of(run_on(tmp_path, "flow.json", json.dumps(document), "#h"))
    assert "- Two: B" in text and "- One" not in text


def test_a_hash_in_a_file_name_is_no_group(tmp_path):
    assert run_on(tmp_path, "a#b.xml", TEMPLATE).row["status"] == "SUCCESS"


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("bad.xml", TEMPLATE.replace("</processGroups>", "</processGroup>"), "bad.xml: mismatched tag: line 6, column 13"),
        ("bad.json", '{"flowContents":\n {"a" 1}}', "bad.json: Expecting ':' delimiter: line 2 column 7 (char 23)"),
        ("empty.xml", "", "empty.xml: no element found: line 1, column 0"),
        ("page.xml", "<html/>", "page.xml: not a NiFi flow: its root element is <html>"),
        ("other.json", '{"a": 1}', "other.json: not a NiFi flow: the JSON has neither flowContents nor rootGroup"),
        ("note.xml", "hello", "note.xml: neither XML nor JSON, so not a NiFi flow"),
        ("cut.gz", gzip.compress(TEMPLATE.encode())[:-20], "cut.gz: Compressed file ended"),
        ("dtd.xml", '<!DOCTYPE a [<!ENTITY b "c">]><template/>', "dtd.xml: holds a DTD, which NiFi never writes: line 1"),
    ],
)
def test_a_source_that_cannot_be_read_fails_with_the_parsers_words(tmp_path, name, data, message):
    run = run_on(tmp_path, name, data)
    assert run.row["status"] == "FAILED"
    assert run.row["error_message"].startswith(message)
    assert run.row["completed_at"] is not None
    assert run.progress["status"] == "FAILED" and run.progress["error_message"] == run.row["error_message"]
    assert run.exit_code == 1 and run.record["result"] == "failed", "the run is red as well"
    assert not (run.output / "placeholder.py").exists()


def test_a_source_that_is_gone(tmp_path):
    run = LocalRun(tmp_path, DUMMY_AGENT, tmp_path / "gone.xml")
    run.run()
    assert run.row["error_message"] == "gone.xml: No such file or directory"


def test_a_group_that_is_not_there(tmp_path):
    run = run_on(tmp_path, "flow.xml", INSTANCE_XML, "#nothing")
    assert run.row["error_message"] == "flow.xml: holds no process group nothing"


@pytest.mark.parametrize("status", ["SUCCESS", "FAILED", "CANCELLED"])
def test_an_attempt_that_has_ended_is_left_alone(tmp_path, status):
    source = tmp_path / "small.xml"
    source.write_text(TEMPLATE, "utf-8")
    run = LocalRun(tmp_path / "place", DUMMY_AGENT, source)
    run.execute(("UPDATE nifi_conversion_history SET status = ?, progress_percentage = 7", (status,)))
    run.run()
    assert run.exit_code == 0
    assert (run.row["status"], run.row["progress_percentage"], run.row["completed_at"]) == (status, 7, None)
    assert not run.output.exists()


def test_an_attempt_without_a_row_fails(tmp_path):
    run = run_on(tmp_path, "small.xml", TEMPLATE, attempt_id="nobody")
    assert run.exit_code == 1
    assert "has no attempt nobody" in run.record["message"]


@pytest.mark.skipif(sys.platform == "win32", reason="a file in the way is another error there")
def test_an_output_folder_that_cannot_be_made_is_said(tmp_path):
    source, blocked = tmp_path / "small.xml", tmp_path / "file"
    source.write_text(TEMPLATE, "utf-8")
    blocked.write_text("in the way")
    run = LocalRun(tmp_path / "place", DUMMY_AGENT, source, output_path=str(blocked / "output"))
    run.run()
    assert run.row["status"] == "FAILED"
    assert "Not a directory" in run.row["error_message"]


def test_text_of_the_flow_cannot_leave_its_markdown_cell(tmp_path):
    evil = "x\n\n# COMMAND ----------\n\nprint('out')\n# MAGIC %sh rm <script>"
    document = {"flowContents": {"identifier": "g", "processors": [{"identifier": "p", "name": evil, "type": "a.B"}]}}
    text = notebook_of(run_on(tmp_path, "evil.json", json.dumps(document)))
    assert text.count("# COMMAND ----------\n\n") == 1
    assert "\nprint('out')" not in text and "<script>" not in text


def test_nothing_is_left_to_chance(tmp_path):
    source = tmp_path / "small.xml"
    source.write_text(TEMPLATE, "utf-8")
    texts = set()
    for name in ("one", "two"):
        run = LocalRun(tmp_path / name, DUMMY_AGENT, source)
        run.run()
        texts.add((run.output / "placeholder.py").read_text("utf-8"))
    assert len(texts) == 1
