"""Which processors of a part carry records (typed DataFrames) instead of flow files.

A processor is in the region when it has a record form that accepts its configuration, and every connection into it
comes from the region. So a region starts at a source that gives records (a query) and ends in sinks that take them.
What leaves it by a failure relationship is kept in the failure table, record by record.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Dict, FrozenSet, List, Optional, Set, Tuple

from ..planning import Loop, Part
from ..planning.graph import PROCESSOR
from ..processors import NOT_NEEDED, RECORDS, Cell, Refused, Step, handler_for
from ..processors.landings import FETCHES, GETS, LISTS, READER_PROPERTIES, Landing
from ..processors.record_state import RecordState, joined
from ..processors.record_tables import PAGE_FETCHERS


def landings_of(context, part: Part) -> Dict[str, Landing]:
    """Key of each list, fetch, get and first record reader of a file source -> its Landing.

    A list leads to its fetch alone, and all that the fetch leads to by `success` reads records with the same reader.
    """
    graph = context.plan.graph
    found: Dict[str, Landing] = {}
    sources = [n for n in part.nodes() if n.kind == PROCESSOR and not n.processor.disabled and not graph.into(n.key)]
    fields = fields_named(part)
    for node in part.nodes():
        if node.kind != PROCESSOR or node.processor.disabled or node.processor.short_type not in (*FETCHES, *GETS):
            continue
        lister = None
        if node.processor.short_type in FETCHES:
            into = graph.into(node.key)
            lister = graph.nodes[into[0].source] if len(into) == 1 else None
            if lister is None or lister.kind != PROCESSOR or lister.processor.disabled or lister.processor.short_type not in LISTS \
                    or len(graph.out_of(lister.key)) != 1 or graph.into(lister.key):
                continue
        elif graph.into(node.key):
            continue
        readers = [r for r in (_reader_of(context, graph.nodes[key]) for key in _readers_after(graph, node.key)) if r is not None]
        services = {r[0].service(r[1]).key if r[0].service(r[1]) is not None else "" for r in readers}
        if len(services) != 1 or not next(iter(services)):
            continue
        if len({r[0].type == "ValidateRecord" for r in readers}) != 1:
            continue  # one reads texts and judges them, the other what they stand for
        step = _step(context, node, True)
        landing = Landing(_step(context, lister, False) if lister else step, step if lister else None, *readers[0], alone=len(sources) == 1, fields=fields)
        found[node.key] = landing
        if lister:
            found[lister.key] = landing
        for key in _readers_after(graph, node.key):
            found.setdefault(key, landing)
    return found


_PASSES = ("UpdateAttribute", "LogAttribute", "LogMessage")


def _readers_after(graph, key: str) -> List[str]:
    """What `success` leads to, through processors that leave the content alone. Sorted, each once."""
    found, walk, seen = set(), [key], set()
    while walk:
        for wire in graph.out_of(walk.pop()):
            to = graph.nodes[wire.destination]
            if "success" not in wire.relationships or wire.destination in seen:
                continue
            seen.add(wire.destination)
            if to.kind == PROCESSOR and to.processor.short_type in _PASSES:
                walk.append(to.key)
            else:
                found.add(to.key)
    return sorted(found)


_SQL_WORDS = frozenset("select from where group by order having limit and or not in is null as on join left inner case when then else end count sum avg min max "
                       "distinct like between cast flowfile union all asc desc varchar integer bigint double true false upper lower coalesce".split())


def fields_named(part: Part) -> Tuple[str, ...]:
    """Top-level names in the part's queries and record paths. Sorted."""
    found: Set[str] = set()
    for node in part.nodes():
        if node.kind != PROCESSOR or not node.processor.short_type.endswith("Record"):
            continue
        for name, text in node.processor.properties.items():
            found.update(re.findall(r"^/([A-Za-z_]\w*)", name))
            if text and re.match(r"\s*select\b", text, re.I):
                found.update(w for w in re.findall(r"[A-Za-z_]\w*", re.sub(r"'[^']*'", "", text)) if w.lower() not in _SQL_WORDS)
    return tuple(sorted(found))


def _reader_of(context, node):
    """(step, property) of a processor that reads records; None where it has no reader."""
    if node.kind != PROCESSOR or node.processor.disabled:
        return None
    step = _step(context, node, True)
    return next(((step, name) for name in READER_PROPERTIES if step.service(name) is not None), None)


def _step(context, node, has_input: bool) -> Step:
    connected = tuple(sorted({r for w in context.plan.graph.out_of(node.key) for r in w.relationships}))
    return Step(node.processor, context.resolved(node.processor), "frame", "records" if has_input else "", RECORDS, connected,
                context.flow.nifi_version, context.flow_name)


@dataclass
class Region:
    """The nodes of a part that take and give records. `states`: key -> what is known of what comes in; `wanted`: the
    attributes that some node of the region reads; `refused`: key -> why a node with a record form is not in it."""

    states: Dict[str, RecordState] = field(default_factory=dict)
    wanted: FrozenSet[str] = frozenset()
    refused: Dict[str, str] = field(default_factory=dict)

    def __contains__(self, key: str) -> bool:
        return key in self.states


def records_region(context, part: Part, landings: Optional[Dict[str, Landing]] = None) -> Region:
    """Deterministic; asks each record handler once with a stand-in input."""
    landings = landings or {}
    graph = context.plan.graph
    in_loop = {n.key for s in part.steps if isinstance(s, Loop) and len(s.nodes) > 1 for n in s.nodes}
    found = Region()
    before: Dict[str, RecordState] = {}
    cells: Dict[str, Cell] = {}
    read: Dict[str, Set[str]] = {}
    for node in part.nodes():
        if node.kind != PROCESSOR or node.processor.disabled or node.key in in_loop:
            continue
        wires = sorted({(w.source, w.relationships) for w in graph.into(node.key) if w.source != node.key})
        before[node.key] = joined(before[s].after(cells[s], r) if s in cells else RecordState() for s, r in wires)
        step = _step(context, node, bool(graph.into(node.key)))
        step.landing, step.records = landings.get(node.key), before[node.key]
        try:
            cell = _accepted(node, step)
        except Refused as refused:
            found.refused[node.key] = refused.message
            continue
        except Exception as error:  # the flow-file form takes its place: one processor must not cost the flow
            found.refused[node.key] = f"the record form failed: {type(error).__name__}: {error}"
            continue
        if cell is not None:
            cells[node.key], read[node.key] = cell, step.attributes_read
    region = set(cells)
    changed = True
    while changed:
        changed = False
        for key in sorted(region):
            into = [w for w in graph.into(key) if w.source != key]
            out = [w for w in graph.out_of(key) if w.destination != key]
            own = set(cells[key].passes)
            stays = [w for w in out if own & set(w.relationships)]
            fed = all(w.source in region and set(w.relationships) <= set(cells[w.source].passes) for w in into)
            leads = all(w.destination in region for w in stays)
            is_source = not into
            if not fed or not leads or is_source and not stays:
                region.discard(key)
                changed = True
    found.states = {key: before[key] for key in region}
    found.wanted = frozenset(name for key in region for name in read[key])
    return found


def _accepted(node, step: Step) -> Optional[Cell]:
    """The cell of the record form, or None where the type has none. Refused for this configuration: raises."""
    handler = handler_for(node.processor.type, records=True)
    if step.records.pages and node.processor.short_type not in PAGE_FETCHERS:
        return None
    if handler is None:
        plain = handler_for(node.processor.type)
        if plain is not None and plain.level == NOT_NEEDED and step.has_input:
            return Cell(level=NOT_NEEDED, passes=("success",))
        return None
    if handler.source == (step.has_input and not step.records.pages):
        return None
    return handler.function(step)
