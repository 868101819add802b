"""The flow as a graph of processors: ports and funnels are only wires between them.

What nothing feeds (an input port of the top group, a remote output port) becomes an inlet, what leads nowhere or out of
the flow (an output port of the top group, a remote input port, a funnel without an exit) an outlet.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, List, Optional, Tuple

from ..model import Connection, Flow, Processor

PROCESSOR, INLET, OUTLET = "processor", "inlet", "outlet"


@dataclass
class Node:
    """A processor, an inlet or an outlet. `key` is unique in the flow; `path` are the names of the groups around it."""

    key: str
    kind: str
    name: str
    path: Tuple[str, ...] = ()
    position: Tuple[float, float] = (0.0, 0.0)
    group_order: int = 0
    processor: Optional[Processor] = None
    what: str = ""  # of inlets and outlets: port, remote port, funnel, processor

    @property
    def order(self) -> Tuple[int, float, float, str, str]:
        """As on the canvas: group by group, top to bottom, left to right."""
        return (self.group_order, self.position[1], self.position[0], self.name, self.key)


@dataclass(frozen=True)
class Wire:
    """From one processor's relationships to another node, over `connections` (several where ports lie between)."""

    source: str
    relationships: Tuple[str, ...]
    destination: str
    connections: Tuple[str, ...]


@dataclass
class Graph:
    nodes: Dict[str, Node] = field(default_factory=dict)
    wires: List[Wire] = field(default_factory=list)
    connections: List[Connection] = field(default_factory=list)
    dangling: Dict[str, str] = field(default_factory=dict)  # connection identity -> why no wire uses it

    def into(self, key: str) -> List[Wire]:
        return self._index()[1].get(key, [])

    def out_of(self, key: str) -> List[Wire]:
        return self._index()[0].get(key, [])

    def _index(self):
        cached = getattr(self, "_cache", None)
        if cached is None or cached[2] != len(self.wires):
            out: Dict[str, List[Wire]] = {}
            into: Dict[str, List[Wire]] = {}
            for wire in self.wires:
                out.setdefault(wire.source, []).append(wire)
                into.setdefault(wire.destination, []).append(wire)
            cached = (out, into, len(self.wires))
            self._cache = cached
        return cached


def connection_identity(connection: Connection, index: int) -> str:
    """Connections of templates may share an id between groups: the group, the id and the position in the flow."""
    return f"{connection.group_id}/{connection.id}#{index}"


def build_graph(flow: Flow) -> Graph:
    """The graph of a flow. Every connection is in the identity of at least one wire, or in `dangling` with a reason."""
    graph = Graph()
    paths: Dict[str, Tuple[str, ...]] = {}
    group_orders: Dict[str, int] = {}
    names: Dict[str, str] = {}
    stack = [(flow.root, ())]
    order = 0
    while stack:
        group, path = stack.pop()
        paths[group.id] = path
        group_orders[group.id] = order
        order += 1
        for processor in group.processors:
            key = _unique(graph, processor.key)
            graph.nodes[key] = Node(
                key, PROCESSOR, processor.name or processor.short_type, path, processor.position, group_orders[group.id], processor)
        for part in (*group.input_ports, *group.output_ports, *group.funnels):
            names[part.key] = part.name
        for remote in group.remote_groups:
            names[remote.key] = remote.name or remote.target_uris
            names.update({port.key: f"{port.name or 'port'} of {names[remote.key] or 'a remote group'}" for port in remote.ports})
        below = sorted(group.groups, key=lambda g: (g.position[1], g.position[0], g.name, g.id))
        stack.extend((child, path + (child.name,)) for child in reversed(below))

    exits: Dict[str, List[Tuple[str, Connection]]] = {}
    fed = set()
    graph.connections = list(flow.connections())
    for index, connection in enumerate(graph.connections):
        identity = connection_identity(connection, index)
        exits.setdefault(connection.source.key, []).append((identity, connection))
        fed.add(connection.destination.key)

    def place(connection: Connection) -> Tuple[Tuple[str, ...], int]:
        return paths.get(connection.group_id, ()), group_orders.get(connection.group_id, 0)

    def outlet(end, connection: Connection) -> str:
        key = f"outlet:{end.key}"
        if key not in graph.nodes:
            path, number = place(connection)
            remote = end.kind.startswith("REMOTE")
            what = "remote port" if remote else "funnel" if end.kind == "FUNNEL" else "port" if "PORT" in end.kind else "missing"
            graph.nodes[key] = Node(key, OUTLET, names.get(end.key) or what, path, (1e9, 1e9), number, None, what)
        return key

    def reach(identity: str, connection: Connection) -> List[Tuple[str, Tuple[str, ...]]]:
        """Where a connection leads: [(node key, connections on the way)]."""
        found, seen = [], set()
        walk = [(connection, (identity,))]
        while walk:
            at, way = walk.pop()
            end = at.destination
            if end.key in graph.nodes:
                found.append((end.key, way))
                continue
            if end.key in seen:
                continue
            seen.add(end.key)
            further = exits.get(end.key, [])
            if not further:
                found.append((outlet(end, at), way))
            walk.extend((c, way + (i,)) for i, c in reversed(further))
        return found

    used = set()
    for key, leaving in exits.items():
        is_processor = key in graph.nodes and graph.nodes[key].kind == PROCESSOR
        inlet_key = ""
        if not is_processor:
            if key in fed:
                continue  # a port or funnel in between
            end = leaving[0][1].source
            path, number = place(leaving[0][1])
            what = "remote port" if end.kind.startswith("REMOTE") else "funnel" if end.kind == "FUNNEL" else "port" if "PORT" in end.kind else "missing"
            inlet_key = f"inlet:{key}"
            graph.nodes[inlet_key] = Node(inlet_key, INLET, names.get(key) or what, path, (-1e9, -1e9), number, None, what)
        for identity, connection in leaving:
            for destination, way in reach(identity, connection):
                relationships = tuple(connection.relationships) if is_processor else ("",)
                graph.wires.append(Wire(inlet_key or key, relationships or ("success",), destination, way))
                used.update(way)
    for index, connection in enumerate(graph.connections):
        identity = connection_identity(connection, index)
        if identity not in used:
            graph.dangling[identity] = "nothing that makes flow files leads into it"
    return graph


def _unique(graph: Graph, key: str) -> str:
    """Two processors of one key within one group happen in hand-made files; the reader keeps both."""
    if key not in graph.nodes:
        return key
    number = 2
    while f"{key}~{number}" in graph.nodes:
        number += 1
    return f"{key}~{number}"
