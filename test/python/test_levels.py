"""The one table of processor types: complete, well-formed, and in line with what is really converted."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter

import pytest
from conftest import ROOT

from nifi_converter import catalogue, levels
from nifi_converter.read import read_flow

CORPUS = ROOT.parent / "shared" / "corpus"


def test_every_type_of_the_catalogue_is_in_the_table():
    known = {row["type"] for row in levels.rows()}
    assert [name for name in catalogue.types() if name not in known] == []


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real flows is not beside the repository")
def test_every_type_of_the_corpus_is_in_the_table():
    used = {
        p.type for path in sorted(CORPUS.iterdir()) if path.suffix != ".tsv" for p in read_flow(str(path)).processors()
    }
    assert len(used) > 100
    assert [name for name in sorted(used) if not levels.level_of(name).known] == []
    known = {row["type"] for row in levels.rows()}
    assert [name for name in sorted(used) if name not in known] == []


def test_rows_are_well_formed_and_sorted():
    rows = levels.rows()
    for row in rows:
        assert sorted(row) == ["family", "level", "planned", "short", "target", "type"]
        assert row["level"] in levels.LEVELS and isinstance(row["planned"], bool)
        assert row["short"] == row["type"].rsplit(".", 1)[-1] and row["family"]
        assert 10 <= len(row["target"]) <= 125 and not row["target"].endswith(".")
    assert [r["type"] for r in rows] == [r["type"] for r in sorted(rows, key=lambda r: (r["short"].lower(), r["type"]))]
    assert max(Counter(r["type"] for r in rows).values()) == 1


def test_planned_is_what_no_handler_converts():
    """Where this fails: python -m nifi_converter.levels --write"""
    assert levels.differences() == []


def test_differences_are_found(monkeypatch):
    rows = levels.rows()
    before = set(levels.differences())
    rows[0] = {**rows[0], "planned": not rows[0]["planned"]}
    monkeypatch.setattr(levels, "rows", lambda: rows)
    changed = before ^ set(levels.differences())
    assert len(changed) == 1 and rows[0]["type"] in changed.pop()


def test_writing_the_table_changes_only_flags(tmp_path, monkeypatch):
    copy = tmp_path / "table.json"
    with open(levels.TABLE, encoding="utf-8") as source:
        document = json.load(source)
    for row in document["types"]:
        row["planned"] = not row["planned"]
    copy.write_text(json.dumps(document), encoding="utf-8")
    monkeypatch.setattr(levels, "TABLE", str(copy))
    levels.write_table()
    assert levels.differences() == []
    after = levels.rows()
    assert [r["target"] for r in after] == [r["target"] for r in document["types"]]
    lines = copy.read_text(encoding="utf-8").split("\n")
    assert sum(1 for line in lines if '"short"' in line) == len(after)


def test_level_of_any_spelling_and_of_unknown_types():
    full = levels.level_of("org.apache.nifi.processors.standard.ReplaceText")
    assert full == levels.level_of("ReplaceText") and full.known
    assert levels.level_of("org.vendor.ReplaceText") == full
    unknown = levels.level_of("com.example.Thing")
    assert (unknown.level, unknown.known, unknown.planned) == ("manual", False, False)
    assert levels.Level("x", "converted", True, "").text == "planned: converted"


@pytest.mark.parametrize("arguments, code, text", [
    (["explain", "ReplaceText"], 0, "org.apache.nifi.processors.standard.ReplaceText"),
    (["explain", "CSVReader"], 0, "controller service"),
    (["explain", "CSVReader", "--json"], 0, '"kind": "service"'),
    (["explain", "ReplaceText", "--json"], 0, '"kind": "processor"'),
    (["explain", "NoSuchThing"], 3, "not a processor type"),
    (["explain"], 2, "usage"),
])
def test_explain(arguments, code, text):
    run = subprocess.run(
        [sys.executable, "-m", "nifi_converter", *arguments], cwd=ROOT / "notebooks", capture_output=True, text=True
    )
    assert run.returncode == code and text in run.stdout + run.stderr
