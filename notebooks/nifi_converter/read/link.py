"""After reading: make keys unique and let every connection's end name the component where it stands.

Formats differ in what they promise. Templates repeat ids between groups, and after an export some ends carry the
group id of the instance the flow came from. NiFi only ever connects components of one group with each other and
with the ports of its direct children, so an end is looked for there first.
"""

from __future__ import annotations

from typing import Dict, List, Optional, Tuple

from ..model import Component, Connection, End, Flow, Port, ProcessGroup


class _Index:
    """Components by how well an end names them; the first of its kind counts. Every look-up takes the same time."""

    def __init__(self) -> None:
        self._found: Dict[Tuple[str, ...], Tuple[str, str]] = {}  # (what is asked) -> (group id now, kind)

    def add(self, identifier: str, group_id: str, written: str, kind: str) -> None:
        place = (group_id, kind)
        for asked in (
            ("exact", identifier, written, kind),
            ("kind", identifier, kind),
            ("group", identifier, written),
            ("id", identifier),
        ):
            self._found.setdefault(asked, place)

    def find(self, end: End) -> Optional[Tuple[str, str]]:
        found = self._found
        return (
            found.get(("exact", end.id, end.group_id, end.kind))
            or found.get(("kind", end.id, end.kind))
            or found.get(("group", end.id, end.group_id))
            or found.get(("id", end.id))
        )


def link(flow: Flow) -> None:
    """Changes the flow in place; ends that are nowhere stay as written, with a note."""
    written = _unique_group_ids(flow)
    for group in flow.groups():
        _unique_component_ids(group, flow.notes)
    _add_ports_outside(flow, written)
    everywhere = _Index()
    for group in flow.groups():
        _collect(group, written[group.id], everywhere, inner=True)
    broken = 0
    for group in flow.groups():
        near = _Index()
        _collect(group, written[group.id], near, inner=True)
        for child in group.groups:
            _collect(child, written[child.id], near, inner=False)
        for connection in group.connections:
            connection.source, found_source = _find(connection.source, near, everywhere)
            connection.destination, found_destination = _find(connection.destination, near, everywhere)
            broken += 2 - found_source - found_destination
    if broken:
        flow.notes.append(f"{broken} end(s) of connections name a component that is not in the file")


def _add_ports_outside(flow: Flow, written: Dict[str, str]) -> None:
    """A group that the registry keeps elsewhere gets the ports that its connections name."""
    for group in flow.groups():
        outside = {written[child.id]: child for child in group.groups if child.outside}
        known = {(port.id, port.kind) for child in outside.values() for port in child.input_ports + child.output_ports}
        for connection in group.connections if outside else ():
            for end in (connection.source, connection.destination):
                child = outside.get(end.group_id)
                if child is None or end.kind not in ("INPUT_PORT", "OUTPUT_PORT"):
                    continue
                ports = child.input_ports if end.kind == "INPUT_PORT" else child.output_ports
                kind = "INPUT" if end.kind == "INPUT_PORT" else "OUTPUT"
                if (end.id, kind) not in known:
                    known.add((end.id, kind))
                    ports.append(Port(id=end.id, name=end.name, group_id=child.id, kind=kind))


def ends_missing(flow: Flow) -> List[Tuple[Connection, End]]:
    """The ends that name a component which the flow does not hold."""
    keys = set()
    for group in flow.groups():
        for component in _endpoints(group):
            keys.add(component[0].key)
    return [(c, end) for c in flow.connections() for end in (c.source, c.destination) if end.key not in keys]


def _endpoints(group: ProcessGroup) -> List[Tuple[Component, str]]:
    found: List[Tuple[Component, str]] = [(p, "PROCESSOR") for p in group.processors]
    found += [(p, "INPUT_PORT") for p in group.input_ports]
    found += [(p, "OUTPUT_PORT") for p in group.output_ports]
    found += [(f, "FUNNEL") for f in group.funnels]
    for remote in group.remote_groups:
        found += [(p, f"REMOTE_{p.kind}_PORT") for p in remote.ports]
    return found


def _collect(group: ProcessGroup, written: str, into: _Index, inner: bool) -> None:
    """Adds what a connection may end at: everything inside a group (`inner`), or only the ports of a child."""
    for component, kind in _endpoints(group):
        if inner or kind in ("INPUT_PORT", "OUTPUT_PORT"):
            as_written = written if component.group_id == group.id else component.group_id
            into.add(component.id, component.group_id, as_written, kind)


def _find(end: End, near: _Index, everywhere: _Index) -> Tuple[End, bool]:
    place = near.find(end) or everywhere.find(end)
    if place is None:
        return end, False
    return End(end.id, place[0], place[1], end.name), True


def _unique_group_ids(flow: Flow) -> Dict[str, str]:
    """Renames repeated or empty group ids (`~2`, `~3`…). Gives the id as written by the id now."""
    written: Dict[str, str] = {}
    counts: Dict[str, int] = {}
    renamed = 0
    for group in flow.groups():
        original = group.id
        wanted = original or "group"
        if wanted in written or not original:
            renamed += 1
            counts[wanted] = counts.get(wanted, 1)
            while f"{wanted}~{counts[wanted]}" in written:
                counts[wanted] += 1
            wanted = f"{wanted}~{counts[wanted]}"
        written[wanted] = original
        if wanted != original:
            group.id = wanted
            for component in _members(group):
                component.group_id = wanted
    if renamed:
        flow.notes.append(f"{renamed} group(s) had no id or repeated one; ids were made unique with ~1, ~2…")
    return written


def _members(group: ProcessGroup) -> List[Component]:
    found: List[Component] = []
    for part in (
        group.processors,
        group.services,
        group.connections,
        group.input_ports,
        group.output_ports,
        group.funnels,
        group.labels,
        group.remote_groups,
        group.groups,
    ):
        found.extend(part)
    return found


def _unique_component_ids(group: ProcessGroup, notes: List[str]) -> None:
    seen: Dict[str, int] = {}
    repeated = 0
    for component in _members(group):
        if isinstance(component, ProcessGroup):
            continue
        identifier = component.id
        if identifier in seen or not identifier:
            repeated += 1
            count = seen.get(identifier, 0) + 1
            while f"{identifier}~{count}" in seen:
                count += 1
            seen[identifier] = count
            component.id = f"{identifier}~{count}"
        seen.setdefault(component.id, 1)
    if repeated:
        notes.append(f"group {group.name!r}: {repeated} component(s) without an id of their own; made unique with ~")
