"""What an editor is told of a document."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from conftest import ROOT

from nifi_converter import catalogue
from nifi_converter.assess import assess
from nifi_converter.describe import describe, functions
from nifi_converter.expression_language.functions import FUNCTIONS, MULTI
from nifi_converter.levels import level_of

FLOWS = sorted((ROOT / "test" / "fixtures" / "flows-read").iterdir())
ORDERS = ROOT / "test" / "fixtures" / "editor" / "orders.json"
CORPUS = ROOT.parent / "shared" / "corpus"


def described(path):
    return describe(path.read_bytes(), path.name)


@pytest.mark.parametrize("path", [*FLOWS, ORDERS], ids=lambda p: p.name)
def test_findings_are_those_of_an_assessment(path):
    if path.suffix == ".json" and "rootGroup" in path.read_text("utf-8") or path.name == "flow.xml":
        pytest.skip("an instance is assessed one flow at a time")
    row = assess([str(path)])["flows"][0]
    found = [(f["code"], f["severity"], f["message"], f["line"]) for f in described(path)["findings"]]
    assert found == [(f["code"], f["severity"], f["message"], f["line"]) for f in row["findings"]]


@pytest.mark.parametrize("path", [*FLOWS, ORDERS], ids=lambda p: p.name)
def test_types_are_those_of_the_catalogue_and_the_table(path):
    for entry in described(path)["types"].values():
        if entry["level"]:
            level = level_of(entry["name"])
            assert (entry["level"]["level"], entry["level"]["target"]) == (level.level, level.target)
        definition = catalogue.find(entry["name"], entry["nifi"])
        if definition is not None and entry["properties"]:
            assert {p["display"] for p in entry["properties"]} == {p.display for p in definition.properties.values()}


def test_expressions_carry_their_range_their_type_and_their_column():
    orders = described(ORDERS)
    component = next(c for c in orders["components"] if c["id"] == "p-name")
    values = json.loads(ORDERS.read_text("utf-8"))["flowContents"]["processors"][1]["properties"]
    for expression in component["expressions"]:
        text = values[expression["property"]][expression["start"] : expression["end"]]
        assert text.startswith("${") and text.endswith("}")
    name = next(e for e in component["expressions"] if e["property"] == "filename")
    assert (name["type"], name["reads"], name["udf"]) == ("STRING", ["filename"], False)
    assert "substring_index" in name["spark"]
    wrong = next(f for f in orders["findings"] if f["code"] == "expression")
    assert values["broken"][slice(*wrong["range"])] == "toUper"


def test_no_secret_is_given_out():
    assert "hunter2-in-clear" in ORDERS.read_text("utf-8")
    assert "hunter2" not in json.dumps(described(ORDERS))


def test_attributes_name_their_writers():
    found = {a["name"]: a for a in described(ORDERS)["attributes"]}
    assert found["shop"]["written_by"] == ["Name file"]
    assert found["invokehttp.status.code"]["written_by"] == ["Fetch orders"]
    assert found["shop.id"]["written_by"] == []
    assert found["uuid"]["core"]


def test_functions_are_all_that_the_language_has():
    assert {f["name"] for f in functions()} == set(FUNCTIONS) | set(MULTI)


def test_a_document_that_cannot_be_read_has_its_error():
    result = describe(b"<template>\n<snippet>\n</template>", "x.xml")
    assert (result["error"]["reason"], result["error"]["line"]) == ("malformed", 3)
    assert result["functions"] and "components" not in result


def test_command_reads_stdin():
    done = subprocess.run(
        [sys.executable, "-m", "nifi_converter", "describe"], cwd=ROOT / "notebooks", input=ORDERS.read_bytes(),
        capture_output=True, timeout=60,
    )
    assert done.returncode == 0
    assert json.loads(done.stdout) == json.loads(json.dumps(described(ORDERS)))


def test_corpus_is_described():
    if not CORPUS.exists():
        pytest.skip("the corpus is not at hand")
    files = [p for p in sorted(CORPUS.iterdir()) if p.suffix in (".xml", ".json", ".snapshot", ".gz")]
    assert all(described(path)["error"] is None for path in files)
