"""Which processors of a part carry records (typed DataFrames) instead of flow files.

A processor is in the region when it has a record form that accepts its configuration, and every connection into it
comes from the region. So a region starts at a source that gives records (a query) and ends in sinks that take them.
What leaves it by a failure relationship is kept in the failure table, record by record.
"""

from __future__ import annotations

from typing import Dict, Set

from ..planning import Loop, Part
from ..planning.graph import PROCESSOR
from ..processors import NOT_NEEDED, RECORDS, Cell, Refused, Step, handler_for


def records_region(context, part: Part) -> Set[str]:
    """Keys of the nodes that take and give records. Deterministic; asks each record handler once with a stand-in input."""
    graph = context.plan.graph
    in_loop = {n.key for s in part.steps if isinstance(s, Loop) and len(s.nodes) > 1 for n in s.nodes}
    cells: Dict[str, Cell] = {}
    for node in part.nodes():
        if node.kind != PROCESSOR or node.processor.disabled or node.key in in_loop:
            continue
        cell = _accepted(context, node, bool(graph.into(node.key)))
        if cell is not None:
            cells[node.key] = cell
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
    return region


def _accepted(context, node, has_input: bool):
    """The cell of the record form, or None where there is none for this configuration."""
    handler = handler_for(node.processor.type, records=True)
    if handler is None:
        plain = handler_for(node.processor.type)
        if plain is not None and plain.level == NOT_NEEDED and has_input:
            return Cell(level=NOT_NEEDED, passes=("success",))
        return None
    if handler.source == has_input:
        return None
    step = Step(node.processor, context.resolved(node.processor), "frame", "records" if has_input else "", RECORDS, (),
                context.flow.nifi_version, context.flow_name)
    try:
        return handler.function(step)
    except Refused:
        return None
