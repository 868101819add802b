"""One flow out of an instance file: a process group with what it inherits, or what stands at the root."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Dict, List, Sequence, Set

from ..errors import Place, ReadError
from ..model import Flow, ParameterContext, ProcessGroup


@dataclass(frozen=True)
class FlowEntry:
    """A flow that a file holds. `source` is what `read_flow` and the converter take."""

    source: str  # path, or path#group id
    name: str
    group_id: str  # empty: the whole file is one flow
    processors: int


def count_processors(group: ProcessGroup) -> int:
    return sum(len(g.processors) for g in group.walk())


def top_level_flows(flow: Flow, path: str) -> List[FlowEntry]:
    """The flows of a file: one per top-level group of an instance, one more for processors at its root."""
    if flow.format not in ("flow-xml", "flow-json"):
        return [FlowEntry(path, flow.name, "", count_processors(flow.root))]
    found = []
    if flow.root.processors:
        name = f"{flow.root.name} (root)"
        found.append(FlowEntry(f"{path}#{flow.root.id}", name, flow.root.id, len(flow.root.processors)))
    for group in flow.root.groups:
        found.append(FlowEntry(f"{path}#{group.id}", group.name, group.id, count_processors(group)))
    return found


def select_group(flow: Flow, group_id: str, path: str) -> Flow:
    """The flow of one group, by the id in the file or the one that NiFi's user interface shows.

    The instance's root id stands for the processors at the root.

    The chosen group comes in a root group that holds just that one. Raises ReadError no_such_group.
    """
    parents: Dict[int, ProcessGroup] = {}
    chosen = None
    for group in flow.groups():
        for child in group.groups:
            parents[id(child)] = group
        if chosen is None and group_id in (group.id, group.instance_id):
            chosen = group
    if chosen is None:
        raise ReadError("no_such_group", f"holds no process group {group_id[:80]!r}", Place(file=path))
    if chosen is flow.root:
        return _root_only(flow)
    ancestors = []
    group = chosen
    while id(group) in parents:
        group = parents[id(group)]
        ancestors.insert(0, group)
    services = list(flow.inherited_services)
    variables = dict(flow.inherited_variables)
    for ancestor in ancestors:
        services.extend(replace(s, parameter_context=ancestor.parameter_context) for s in ancestor.services)
        variables.update(ancestor.variables)
    parent = ancestors[-1]
    notes = list(flow.notes)
    crossing = sum(
        1 for c in parent.connections if (c.source.group_id == chosen.id) != (c.destination.group_id == chosen.id)
    )
    if crossing:
        notes.append(f"{crossing} connection(s) join the group's ports with other flows; they are not part of this one")
    shell = ProcessGroup(
        id=parent.id, name=parent.name, group_id=parent.group_id, line=parent.line, column=parent.column
    )
    shell.groups = [chosen]
    return replace(
        flow,
        name=chosen.name,
        root=shell,
        group_id=group_id,
        parameter_contexts=_contexts(flow, chosen, [a.parameter_context for a in ancestors if a.services]),
        inherited_services=services,
        inherited_variables=variables,
        notes=notes,
    )


def _root_only(flow: Flow) -> Flow:
    """What stands at the root. Top-level groups stay as empty shells with their ports, so that ends are found."""
    root = flow.root
    shells = [
        replace(
            group,
            processors=[],
            services=[],
            connections=[],
            funnels=[],
            labels=[],
            remote_groups=[],
            groups=[],
            outside=True,
        )
        for group in root.groups
    ]
    inside = {c.id for part in (root.processors, root.funnels, root.input_ports, root.output_ports) for c in part}
    kept = [
        c
        for c in root.connections
        if (c.source.group_id == root.id and c.source.id in inside)
        or (c.destination.group_id == root.id and c.destination.id in inside)
    ]
    used = {end.group_id for c in kept for end in (c.source, c.destination)}
    only = replace(root, groups=[s for s in shells if s.id in used], connections=kept)
    return replace(
        flow,
        name=f"{root.name} (root)",
        root=only,
        group_id=root.id,
        parameter_contexts=_contexts(flow, only),
    )


def _contexts(flow: Flow, top: ProcessGroup, more: Sequence[str] = ()) -> Dict[str, ParameterContext]:
    """The contexts that the groups use, `more` of them, and those that these inherit."""
    wanted: List[str] = list(more) + [group.parameter_context for group in top.walk() if group.parameter_context]
    seen: Set[str] = set()
    while wanted:
        name = wanted.pop()
        if name in seen or name not in flow.parameter_contexts:
            continue
        seen.add(name)
        wanted.extend(flow.parameter_contexts[name].inherits)
    return {name: context for name, context in flow.parameter_contexts.items() if name in seen}
