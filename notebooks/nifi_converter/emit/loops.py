"""Circles of processors: a relationship that leads back to its own processor is tried again, any other circle (pages,
polls) is a bounded loop on the driver."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Dict, FrozenSet, List, Optional, Set, Tuple

from ..planning import Loop, Node, Wire
from ..planning.graph import PROCESSOR
from ..processors import DRIVER, NOT_NEEDED, Handler, Widget, handler_for
from ..processors.code import block, identifier, lit
from .context import ConnectionOutcome

# Relationships that something went wrong in. Led back, they are attempts; auto-terminated, they are kept as failures.
FAILURE_LIKE = re.compile(r"fail|error|invalid|not.?found|denied|no retry|retr(y|ies)|exceeded|nonzero|timeout|unsupported|incompatible|too.large|expired|reject", re.I)

ATTEMPTS = Widget("max_attempts", "3", "bound of retries; what still fails then goes to the failure table")
ROUNDS = Widget("max_rounds", "10000", "bound of loops (pages, polls); the run fails when it is reached")


@dataclass(frozen=True)
class Retry:
    """One processor whose failures lead back to it, straight or through processors that only look at them."""

    node: Node
    relationships: Tuple[str, ...]
    passing: Tuple[Node, ...]
    wires: FrozenSet[Wire]
    acts: bool  # it acts on the outside world, so that another attempt may end otherwise

    def words(self) -> List[str]:
        """Markdown that says what became of it."""
        names = " and ".join(f"`{r}`" for r in self.relationships)
        way = f" (through {', '.join(f'*{n.name}*' for n in self.passing)})" if self.passing else ""
        bound = "at most `max_attempts` attempts" if self.acts else "the result would be the same each time, so one attempt"
        return ["", f"{names} led back here without end{way}: {bound}, then the failure table."]


def retry_of(emitter, loop: Loop) -> Optional[Retry]:
    """The loop as a retry; None where it is none, and for what no single statement can state."""
    keys = {n.key for n in loop.nodes}
    if any(n.kind != PROCESSOR for n in loop.nodes):
        return None
    passing = tuple(n for n in loop.nodes if not n.processor.disabled and _handler(n) is not None and _handler(n).level == NOT_NEEDED)
    working = [n for n in loop.nodes if n not in passing]
    if len(working) != 1 or working[0].processor.disabled:
        return None
    node, handler = working[0], _handler(working[0])
    wires = {w for key in keys for w in emitter.graph.out_of(key) if w.destination in keys}
    back = [w for w in wires if w.source == node.key]
    names = sorted({r for w in back for r in w.relationships})
    others = [w for n in passing for w in emitter.graph.out_of(n.key) if w.destination not in keys]
    others += [w for n in passing for w in emitter.graph.into(n.key) if w.source not in keys]
    if handler is None or others or not all(FAILURE_LIKE.search(r) for r in names):
        return None
    return Retry(node, tuple(names), passing, frozenset(wires), handler.side_effect)


def _handler(node: Node) -> Optional[Handler]:
    return handler_for(node.processor.type)


def _own_retry(emitter, node: Node) -> Optional[Retry]:
    """Failures of one processor of a larger loop that lead straight back to it: attempts within its cell, and no rounds of
    the loop, which may be many."""
    handler = _handler(node) if node.kind == PROCESSOR and not node.processor.disabled else None
    wires = frozenset(w for w in emitter.graph.out_of(node.key) if w.destination == node.key and all(FAILURE_LIKE.search(r) for r in w.relationships))
    if handler is None or not wires:
        return None
    retry = Retry(node, tuple(sorted({r for w in wires for r in w.relationships})), (), wires, handler.side_effect)
    if retry.acts and not emitter.can_retry(retry):
        return None
    if retry.acts:
        emitter.widgets.setdefault(ATTEMPTS.name, ATTEMPTS)
    return retry


def emit_retry(emitter, retry: Retry) -> bool:
    """A processor whose failures lead back to it. False where it has to be written as a loop after all; then nothing
    was emitted."""
    made = emitter.node(retry.node, retry=retry)
    if made is None:
        return False
    lines, code = made
    if retry.acts:
        emitter.widgets.setdefault(ATTEMPTS.name, ATTEMPTS)
    lines += retry.words()
    for node in retry.passing:
        lines += ["", *emitter.passing(node)]
    for wire in retry.wires:
        for connection in wire.connections:
            emitter.c.connections[connection] = ConnectionOutcome("bounded loop")
    emitter.pieces.append((lines, code, (retry.node.key, *(n.key for n in retry.passing))))
    return True


def emit_looking(emitter, loop: Loop) -> bool:
    """A circle of processors that only look at what passes: in NiFi their flow files go round without an end and nothing
    comes of it. What leaves it passes on as it came. False where a processor of it does more."""
    keys = {n.key for n in loop.nodes}
    if not all(n.kind == PROCESSOR and not n.processor.disabled and _handler(n) is not None and _handler(n).level == NOT_NEEDED for n in loop.nodes):
        return False
    code: List[str] = []
    name = emitter.c.names[loop.nodes[0].key]
    entering = [w for n in loop.nodes for w in emitter.graph.into(n.key) if w.source not in keys]
    source, carrier = emitter.incoming(entering, code, name)
    for connection in (c for w in entering for c in w.connections):
        emitter.c.connections.setdefault(connection, ConnectionOutcome(carrier))
    lines = ["It leads back to itself, where nothing changes: in NiFi its flow files go round without an end."]
    for node in loop.nodes:
        lines += ["", *emitter.passing(node)]
        emitter.c.outcomes[node.key].look_at.append("it leads back to itself, so that its flow files go round without an end; here they pass once")
        for wire in emitter.graph.out_of(node.key):
            if wire.destination in keys:
                emitter.c.connections.update({c: ConnectionOutcome("none: it leads back to what only looks at it") for c in wire.connections})
            elif source:
                emitter.variables[(node.key, wire.relationships)] = source
                emitter.carriers[source] = carrier
    emitter.pieces.append((lines, "\n".join(code), tuple(n.key for n in loop.nodes)))
    return True


def emit_loop(emitter, loop: Loop) -> None:
    """A circle of processors as a bounded loop on the driver. What enters is taken in the first round, what leads back in
    the following ones, what leaves is collected."""
    if emit_looking(emitter, loop):
        return
    retry = retry_of(emitter, loop)
    if retry is not None and emit_retry(emitter, retry):
        return
    keys = frozenset(n.key for n in loop.nodes)
    emitter.loop_keys = keys
    before: List[str] = []
    body: List[str] = []
    lines: List[str] = []
    graph = emitter.graph
    own = {n.key: r for n in loop.nodes for r in [_own_retry(emitter, n)] if r is not None} if len(loop.nodes) > 1 else {}
    within = {w for r in own.values() for w in r.wires}
    back = {(w.source, w.relationships): f"{emitter.variable(graph.nodes[w.source], w.relationships)}_again" for w in loop.back if w not in within}
    entry_variables: List[str] = []
    outside: Dict[Tuple[str, Tuple[str, ...]], str] = {}  # others than this loop read the same relationships afterwards
    for node in loop.nodes:
        for wire in graph.into(node.key):
            if wire.source in keys:
                continue
            variable = outside.get((wire.source, wire.relationships)) or emitter.variables.get((wire.source, wire.relationships))
            if not variable:
                continue
            queued = f"{identifier(variable)}_queued"
            if queued not in entry_variables:
                entry_variables.append(queued)
                listed = variable if emitter.carriers.get(variable) == DRIVER else f"rt.to_list({variable})"
                before.append(f"{queued} = {listed}")
            outside.setdefault((wire.source, wire.relationships), variable)
            emitter.variables[(wire.source, wire.relationships)] = queued
            emitter.carriers[queued] = DRIVER
    for (source, relationships), variable in back.items():
        before.append(f"{variable} = []")
        emitter.variables[(source, relationships)] = variable
        emitter.carriers[variable] = DRIVER
    exits: List[Tuple[str, Tuple[str, Tuple[str, ...]]]] = []
    moves: List[str] = []
    for node in loop.nodes:
        node_lines, code = emitter.node(node, inside_loop=True, retry=own.get(node.key))
        node_lines += own[node.key].words() if node.key in own else []
        lines += ([""] if lines else []) + node_lines
        body.append(code)
        for relationships in sorted({w.relationships for w in graph.out_of(node.key)}):
            key = (node.key, relationships)
            current = emitter.variables.get(key)
            if key in back and current:
                moves.append(f"{back[key]} = rt.to_list({current})" if emitter.carriers.get(current) != DRIVER else f"{back[key]} = {current}")
            leaves = any(w.destination not in keys for w in graph.out_of(node.key) if w.relationships == relationships)
            if leaves and current:
                collected = f"{emitter.variable(node, relationships)}_all"
                before.append(f"{collected} = []")
                body.append(f"{collected} = rt.union({collected}, {current})")
                exits.append((collected, key))
    follows = _without_failure(loop, graph.out_of, keys)
    endless = _has_circle(follows)
    failing = sorted({back[w.source, w.relationships] for w in loop.back if w not in within and _of_failures(w, follows)})
    bound = ROUNDS if endless else ATTEMPTS
    emitter.widgets.setdefault(bound.name, bound)
    again = sorted(set(back.values()))
    first = min(loop.nodes, key=lambda n: n.order)
    clear = [f"{q} = []" for q in entry_variables]
    test = again[0] if len(again) == 1 else f"({' or '.join(again)})"
    pause = [f"if {' or '.join(failing)}:", "    rt.pause(turn)"] if failing else []
    inner = "\n".join([*(b for b in body if b), *moves, *clear, f"if not {test}:", "    break", *pause])
    if endless:
        message = f"{emitter.label(first)}: flow files still go round after {{dbutils.widgets.get('{bound.name}')}} rounds (widget {bound.name})"
        at_bound = ['    raise RuntimeError(f' + lit(message) + ')']
    else:
        at_bound = [f'    report.keep_all({v}, {lit(emitter.label(first))}, "{bound.name}", "the bound of the loop is reached")' for v in again]
    code = "\n".join([*before, f'for {"turn" if failing else "_"} in range(int(dbutils.widgets.get("{bound.name}"))):', block(inner), "else:", *at_bound])
    for connection in (c for w in within for c in w.connections):
        emitter.c.connections[connection] = ConnectionOutcome("bounded loop")
    emitter.variables.update(outside)
    for collected, key in exits:
        emitter.variables[key] = collected
        emitter.carriers[collected] = DRIVER
    head = f"A loop of {len(loop.nodes)} processors, so one cell." if len(loop.nodes) > 1 else "It leads back to itself."
    head += f" Bound: widget `{bound.name}`; " + ("the run fails when it is reached, and the next one starts anew." if endless else "what is left then goes to the failure table.")
    emitter.pieces.append(([head, "", *lines], code, tuple(n.key for n in loop.nodes)))
    emitter.loop_keys = frozenset()


def _without_failure(loop: Loop, out_of, keys: FrozenSet[str]) -> Dict[str, Set[str]]:
    """Where flow files of a loop go on to without anything having gone wrong."""
    return {key: {w.destination for w in out_of(key) if w.destination in keys and not all(FAILURE_LIKE.search(r) for r in w.relationships)} for key in keys}


def _of_failures(wire: Wire, follows: Dict[str, Set[str]]) -> bool:
    """Whether only what failed comes back by a wire."""
    return all(FAILURE_LIKE.search(r) for r in wire.relationships) or wire.source not in _reached(follows, wire.destination)


def _reached(follows: Dict[str, Set[str]], start: str) -> Set[str]:
    """All that `start` leads to, and itself."""
    found, walk = {start}, [start]
    while walk:
        more = follows[walk.pop()] - found
        found |= more
        walk += more
    return found


def _has_circle(follows: Dict[str, Set[str]]) -> bool:
    """Whether flow files can go round without anything having gone wrong: pages and polls, in which to stop early would
    lose data. Otherwise only attempts are repeated."""
    return any(key in _reached(follows, target) for key, targets in follows.items() for target in targets)
