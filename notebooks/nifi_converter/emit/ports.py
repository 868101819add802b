"""What comes into a part from outside of the flow, and what leaves it: tables that others fill and read."""

from __future__ import annotations

from typing import Any

from ..planning import Node
from ..processors import FLOW_FILES
from ..processors.code import arrivals, lit
from . import markdown as md


def emit_inlet(emitter: Any, node: Node) -> None:
    """An input port of the flow, or what else nothing in it feeds."""
    name = emitter.c.names[node.key]
    words = {"port": "input port", "remote port": "output port of a remote group", "funnel": "funnel that nothing feeds", "missing": "end that is not in the file"}.get(node.what, node.what)
    article = "A" if words[0] not in "aeiou" else "An"
    lines = [f"## {md.plain(node.name)}", f"{article} {words}: what comes in from outside of the flow is read from the table `…__{name}` "
             "(`attributes`, `content`), each row once."]
    emitter.variables[(node.key, ("",))] = name
    emitter.carriers[name] = FLOW_FILES
    code, commit = arrivals(name)
    emitter.commits.append(commit)
    emitter.pieces.append((lines, f"{name} = {code}", (node.key,)))


def emit_outlet(emitter: Any, node: Node) -> None:
    """An output port of the flow, or of a remote group."""
    name = emitter.c.names[node.key]
    source, _ = emitter.incoming(emitter.graph.into(node.key), prefix=[])
    if not source or node.what == "funnel":  # what leads into such a funnel is kept where it comes from
        return
    words = {"remote port": "input port of a remote group", "missing": "end that is not in the file"}.get(node.what, "output port that is not connected further")
    lines = [f"## {md.plain(node.name)}", f"An {words}: what arrives is appended to the table `…__{name}`."]
    code = f'report.count({lit(node.name)}, "out", rt.keep_waiting(spark, {source}, f"{{tables}}__{name}"))'
    emitter.pieces.append((lines, code, (node.key,)))
