"""Small flows for tests, written as what is on the canvas."""

from __future__ import annotations

from itertools import count

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


# Texts that must not break out of where they are written.
HOSTILE = ["a\n# COMMAND ----------\nimport os", '"""', "'''", "\\", "\r\n# MAGIC %sh rm", "\u2028x", "\u202egnp", "{volume}", "a\0b", "\ud800", "𝄞", "`|`"]

STANDARD = "org.apache.nifi.processors.standard."


def processor(key, kind="LogAttribute", properties=None, **more):
    """A processor whose id is its name, of a standard type."""
    return Processor(id=key, name=more.pop("name", key), group_id="g", type=STANDARD + kind, properties=properties or {}, **more)


_numbers = count(1)


def connection(source, destination, *relationships):
    """A connection between two processors, by `success` where nothing else is said."""
    return Connection(id=f"c{next(_numbers)}", name="", group_id="g", source=End(source, "g", "PROCESSOR"),
                      destination=End(destination, "g", "PROCESSOR"), relationships=relationships or ("success",))


def flow_of(processors, connections, **more):
    """A flow of one group; `more` are fields of it."""
    return Flow(name=more.pop("name", "A flow"), source_name="flow.json", format="flow-definition-json", nifi_version="1.28.1",
                root=ProcessGroup(id="g", name="A flow", processors=processors, connections=connections), **more)


def source_of(conversion):
    """All notebooks of a conversion as one text."""
    return "\n".join(n.source() for n in conversion.notebooks)


DBCP = "org.apache.nifi.dbcp.DBCPConnectionPool"


def database_flow(services, *processors):
    """One notebook for each processor."""
    made = flow_of(list(processors), [], name="Databases")
    made.root.services = [ControllerService(id=key, name=name, group_id="g", type=DBCP, properties=properties) for key, name, properties in services]
    ends = [processor(f"log{p.id}", "PutFile", {"Directory": f"/{p.id}"}) for p in processors]
    made.root.processors += ends
    made.root.connections = [connection(p.id, e.id) for p, e in zip(processors, ends)]
    return made
