"""What waits for the next run: wires that lead back into it keep their flow files in tables; and funnels that lead nowhere,
whose queues only fill in NiFi."""

from __future__ import annotations

from typing import Any, List, Tuple

from ..planning import Node, Wire
from ..processors import FLOW_FILES
from .context import ConnectionOutcome


def again(emitter: Any, wire: Wire) -> str:
    """The variable and table of a wire that leads back into the next run."""
    name = f"{emitter.variable(emitter.graph.nodes[wire.source], wire.relationships)}_again"
    emitter.carriers[name] = FLOW_FILES
    return name


def feed_back(emitter: Any, node: Node) -> List[str]:
    """Code that keeps what leads back for the next run. The tables are turned over at the end."""
    lines = []
    for relationships in sorted({w.relationships for w in emitter.part.feedback if w.source == node.key}):
        current = emitter.variables.get((node.key, relationships))
        if current:
            table = again(emitter, next(w for w in emitter.part.feedback if (w.source, w.relationships) == (node.key, relationships)))
            lines.append(f'rt.keep_waiting(spark, {current}, f"{{tables}}__{table}_next")  # leads back: taken by the next run')
            emitter.commits.append(f'rt.turn_over(spark, f"{{tables}}__{table}")')
            for wire in emitter.part.feedback:
                if (wire.source, wire.relationships) == (node.key, relationships):
                    for connection in wire.connections:
                        emitter.c.connections[connection] = ConnectionOutcome("table, into the next run")
    return lines


def is_parked(emitter: Any, wire: Wire) -> bool:
    """Whether a wire ends in a funnel that leads nowhere: in NiFi its queue only fills."""
    return emitter.graph.nodes[wire.destination].what == "funnel"


def parked_by(emitter: Any, node: Node, connected: Tuple[str, ...]) -> List[str]:
    """Relationships that end in such funnels and nowhere else. All but plain success are kept as failures."""
    wires = [w for w in emitter.graph.out_of(node.key) if is_parked(emitter, w)]
    for connection in (c for w in wires for c in w.connections):
        emitter.c.connections[connection] = ConnectionOutcome("none: it ends in a funnel that leads nowhere")
    return sorted({r for w in wires for r in w.relationships} - set(connected))
