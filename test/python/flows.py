"""Small flows for tests, written as what is on the canvas."""

from __future__ import annotations

from nifi_converter import catalogue
from nifi_converter.model import Connection, ControllerService, End, Flow, ProcessGroup, Processor

_FULL = {name.rsplit(".", 1)[-1]: name for name in catalogue.types()}

AVRO, CSV, JSON = "org.apache.nifi.avro.", "org.apache.nifi.csv.", "org.apache.nifi.json."


def flow(processors, wires, services=None, name="A flow"):
    """`processors`: {name: (short type, properties)}, `wires`: [(from, relationship, to)], `services`: {id: (full type, properties)}."""
    made = [Processor(id=f"p{i}", name=key, group_id="g", type=_FULL.get(kind, f"org.apache.nifi.processors.{kind}"), properties=dict(properties), position=(0.0, float(i)))
            for i, (key, (kind, properties)) in enumerate(processors.items())]
    ids = {p.name: p.id for p in made}
    connections = [Connection(id=f"c{i}", name="", group_id="g", source=End(ids[a], "g", "PROCESSOR"), destination=End(ids[b], "g", "PROCESSOR"), relationships=(r,))
                   for i, (a, r, b) in enumerate(wires)]
    held = [ControllerService(id=key, name=key, group_id="g", type=kind, properties=dict(properties)) for key, (kind, properties) in (services or {}).items()]
    return Flow(name=name, source_name="flow.json", format="flow-definition-json", nifi_version="1.28.1",
                root=ProcessGroup(id="g", name=name, processors=made, connections=connections, services=held))
