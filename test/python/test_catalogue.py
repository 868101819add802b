"""The packaged facts are those of the source, and found by any name."""

from __future__ import annotations

import gzip
import json

import pytest
from conftest import ROOT

from nifi_converter import catalogue
from nifi_converter.catalogue import build

SOURCE = ROOT.parent / "shared" / "catalogue"


def test_find_by_full_and_short_name_and_line():
    full = catalogue.find("org.apache.nifi.processors.standard.ReplaceText", "1.13.2")
    assert full is catalogue.find("ReplaceText", "1.9") and full.nifi.startswith("1.28")
    assert catalogue.find("ReplaceText", "2.0.0-M1").nifi.startswith("2.")
    assert catalogue.find("ReplaceText", "1.20.0.2.3.8.2-2").nifi.startswith("1.28")
    assert full.properties["Replacement Strategy"].default == "Regex Replace"
    assert full.relationships == ("success", "failure") and full.input == "INPUT_REQUIRED"
    assert catalogue.find("com.example.ReplaceText").type == full.type
    assert catalogue.find("NoSuchThing") is None


def test_a_type_of_one_line_only_is_found_from_the_other():
    assert catalogue.find("PutHBaseJSON", "2.1").nifi.startswith("1.28")
    assert catalogue.find("ConsumeKafka", "1.2").nifi.startswith("2.")


def test_properties_have_their_details():
    reader = catalogue.find("ConvertRecord").properties["record-reader"]
    assert reader.service == "org.apache.nifi.serialization.RecordReaderFactory" and reader.required
    assert catalogue.find("GetHTTP").properties["Password"].sensitive
    allowed = catalogue.find("PutFile").properties["Conflict Resolution Strategy"].allowable
    assert sorted(value for value, _ in allowed) == ["fail", "ignore", "replace"]
    assert catalogue.find("UpdateAttribute").dynamic
    assert catalogue.find("RouteOnAttribute").dynamic_relationships


@pytest.mark.skipif(not SOURCE.is_dir(), reason="the catalogue's source is not beside the repository")
def test_the_packaged_file_is_what_the_script_makes():
    with gzip.open(ROOT / "notebooks" / "nifi_converter" / "catalogue" / "catalogue.json.gz", "rt", encoding="utf-8") as file:
        assert json.load(file) == json.loads(json.dumps(build.build(str(SOURCE))))


def test_the_packaged_file_is_small():
    size = (ROOT / "notebooks" / "nifi_converter" / "catalogue" / "catalogue.json.gz").stat().st_size
    assert size < 200_000
