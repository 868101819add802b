"""All real flows of the corpus read, where it is at hand."""

from __future__ import annotations

import csv

import pytest
from conftest import ROOT

from nifi_converter.read import ends_missing, list_top_level_groups, read_flow
from nifi_converter.resolve import resolve

CORPUS = ROOT.parent / "shared" / "corpus"
FLOOR = 90  # files; only ever goes up

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real flows is not beside the repository")


def test_every_flow_of_the_corpus_is_read_and_resolved():
    with open(CORPUS / "manifest.tsv", encoding="utf-8", newline="") as file:
        listed = list(csv.DictReader(file, delimiter="\t"))
    processors = connections = positions = services = 0
    for row in listed:
        flow = read_flow(str(CORPUS / row["file"]))
        found = (len(list(flow.processors())), len(list(flow.connections())), len(list(flow.groups())) - 1)
        assert found == (int(row["processors"]), int(row["connections"]), int(row["process_groups"])), row["file"]
        assert ends_missing(flow) == [], row["file"]
        processors += found[0]
        connections += found[1]
        positions += sum(1 for p in flow.processors() if p.line and p.column)
        for item in resolve(flow).processors():
            services += sum(1 for n in item.property_names() if item.service(n) is not None)
            mapped = {item.key_in_file(name) for name in item.property_names()}
            assert set(item.raw) <= mapped | set(item.dynamic_written) | set(item.unknown), "nothing is dropped"
    print(f"\n{len(listed)} of {len(listed)} files read: {processors} processors, {connections} connections, "
          f"{positions} processors with a position, {services} service references resolved")
    assert len(listed) >= FLOOR and positions == processors


def test_instance_files_give_one_flow_a_group():
    path = next(CORPUS.glob("*flow.json.gz"))
    entries = list_top_level_groups(str(path))
    assert sum(e.processors for e in entries) == len(list(read_flow(str(path)).processors()))
    for entry in entries:
        flow = read_flow(entry.source)
        assert ends_missing(flow) == [] and flow.name == entry.name
