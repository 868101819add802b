"""Every handled type, as a person drags it onto the canvas: with and without input, in its defaults, with expressions in
every property. It converts or says why not; it never fails, and its notebook is sound."""

from __future__ import annotations

import pytest
from nifi_converter import catalogue
from nifi_converter.convert import convert_flow
from nifi_converter.model import Connection, End, Flow, ProcessGroup, Processor
from nifi_converter.processors import all_handlers

TYPES = sorted(name for name, _ in all_handlers())
FULL = {name.rsplit(".", 1)[-1]: name for name in catalogue.types()}


def flow_of(short, properties, fed):
    kind = FULL.get(short, f"org.example.{short}")
    processors = [Processor(id="p", name=f"A {short}", group_id="g", type=kind, properties=properties),
                  Processor(id="end", name="After", group_id="g", type="org.apache.nifi.processors.standard.PutFile", properties={"Directory": "/out"})]
    wires = [Connection(id="c", name="", group_id="g", source=End("p", "g", "PROCESSOR"), destination=End("end", "g", "PROCESSOR"), relationships=("success",))]
    if fed:
        processors.insert(0, Processor(id="start", name="Before", group_id="g", type="org.apache.nifi.processors.standard.GetFile", properties={"Input Directory": "/in"}))
        wires.append(Connection(id="d", name="", group_id="g", source=End("start", "g", "PROCESSOR"), destination=End("p", "g", "PROCESSOR"), relationships=("success",)))
    return Flow(name="f", source_name="f", format="flow-definition-json", nifi_version="1.28.1", root=ProcessGroup(id="g", name="g", processors=processors, connections=wires))


@pytest.mark.parametrize("text, fed", [(None, True), (None, False), ("${a:toUpper()}", True), ("7", False)])
def test_no_handler_fails(text, fed):
    faults = []
    for short in TYPES:
        definition = catalogue.find(FULL[short]) if short in FULL else None
        properties = {p: text for p in definition.properties} if definition is not None and text is not None else {}
        if text is not None:
            properties["added.by.hand"] = text
        conversion = convert_flow(flow_of(short, properties, fed))
        entry = next(e for e in conversion.report["processors"] if e["name"] == f"A {short}")
        if conversion.problems or "converter_fault" in entry or not (entry["reason"] or entry["level"] == "converted"):
            faults.append((short, conversion.problems[:1], entry.get("converter_fault")))
    assert faults == []
