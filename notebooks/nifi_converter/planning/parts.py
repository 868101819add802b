"""Parts of a flow (one notebook each), their order of execution, and their loops."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field
from typing import Dict, Iterable, List, Set, Tuple, Union

from ..model import Flow
from ..processors.code import identifier
from .graph import PROCESSOR, Graph, Node, Wire, build_graph


@dataclass
class Loop:
    """Processors that feed each other in a circle: one cell, a bounded loop. `back`: wires that close the circle."""

    nodes: List[Node]
    back: List[Wire]


@dataclass
class Part:
    """A connected part of the flow = one notebook = one task."""

    name: str  # of the notebook file, without .py
    title: str
    steps: List[Union[Node, Loop]] = field(default_factory=list)
    depends_on: List[str] = field(default_factory=list)
    feedback: List[Wire] = field(default_factory=list)  # wires of large circles: through a table into the next run

    def nodes(self) -> List[Node]:
        return [n for step in self.steps for n in (step.nodes if isinstance(step, Loop) else [step])]


@dataclass
class Plan:
    flow: Flow
    graph: Graph
    parts: List[Part]
    alone: List[Node]  # processors without any connection, and nothing that could start them


def make_plan(flow: Flow) -> Plan:
    """The plan of a flow. Deterministic: the order is the canvas's, ties are broken by key."""
    graph = build_graph(flow)
    groups = _components(graph)
    alone = [graph.nodes[next(iter(keys))] for keys in groups if len(keys) == 1 and not _wired(graph, keys)]
    wired = [keys for keys in groups if _wired(graph, keys)]
    wired.sort(key=lambda keys: min(graph.nodes[k].order for k in keys))
    parts = []
    taken: Set[str] = set()
    for number, keys in enumerate(wired, start=1):
        title = _title(graph, keys, flow)
        slug = identifier(title, "part")
        name = f"{number:02d}_{slug}" if len(wired) > 1 else slug
        while name in taken:
            name += "_2"
        taken.add(name)
        part = Part(name, title)
        part.steps = _steps(graph, keys, part.feedback)
        parts.append(part)
    alone.sort(key=lambda node: node.order)
    return Plan(flow, graph, parts, alone)


def _wired(graph: Graph, keys: Set[str]) -> bool:
    return any(graph.out_of(k) or graph.into(k) for k in keys)


def _components(graph: Graph) -> List[Set[str]]:
    neighbours: Dict[str, Set[str]] = {k: set() for k in graph.nodes}
    for wire in graph.wires:
        neighbours[wire.source].add(wire.destination)
        neighbours[wire.destination].add(wire.source)
    left, found = set(graph.nodes), []
    for start in graph.nodes:
        if start not in left:
            continue
        part, walk = set(), [start]
        while walk:
            key = walk.pop()
            if key in part:
                continue
            part.add(key)
            walk.extend(neighbours[key] - part)
        left -= part
        found.append(part)
    return found


def shared_path(nodes: Iterable[Node]) -> Tuple[str, ...]:
    """Names of the groups that all of these nodes are in, outermost first."""
    paths = [node.path for node in nodes]
    shared = paths[0] if paths else ()
    for path in paths[1:]:
        length = 0
        while length < min(len(shared), len(path)) and shared[length] == path[length]:
            length += 1
        shared = shared[:length]
    return shared


def _title(graph: Graph, keys: Set[str], flow: Flow) -> str:
    """The innermost group that holds the whole part, otherwise its first processor."""
    nodes = [graph.nodes[k] for k in keys]
    shared = shared_path(nodes)
    others = [n for n in graph.nodes.values() if n.key not in keys and n.kind == PROCESSOR and n.path[:len(shared)] == shared
              and _wired(graph, {n.key})]
    if shared and not others:
        return shared[-1]
    if not others:
        return flow.name or flow.source_name
    first = min((n for n in nodes if n.kind == PROCESSOR), key=lambda n: (bool(graph.into(n.key)), n.order), default=min(nodes, key=lambda n: n.order))
    # A group that the whole flow is in says nothing about this part.
    everywhere = all(n.path[:len(shared)] == shared for n in graph.nodes.values() if n.kind == PROCESSOR)
    return f"{shared[-1]} {first.name}" if shared and not everywhere else first.name


def _circles(graph: Graph, keys: Set[str]) -> Dict[str, int]:
    """key -> number of its strongly connected component (Tarjan, without recursion)."""
    index: Dict[str, int] = {}
    low: Dict[str, int] = {}
    on_stack: Set[str] = set()
    stack: List[str] = []
    circle: Dict[str, int] = {}
    counter = 0
    ordered = sorted(keys, key=lambda k: graph.nodes[k].order)
    for root in ordered:
        if root in index:
            continue
        work = [(root, iter(graph.out_of(root)))]
        index[root] = low[root] = counter
        counter += 1
        stack.append(root)
        on_stack.add(root)
        while work:
            key, wires = work[-1]
            moved = False
            for wire in wires:
                to = wire.destination
                if to not in index:
                    index[to] = low[to] = counter
                    counter += 1
                    stack.append(to)
                    on_stack.add(to)
                    work.append((to, iter(graph.out_of(to))))
                    moved = True
                    break
                if to in on_stack:
                    low[key] = min(low[key], index[to])
            if moved:
                continue
            work.pop()
            if work:
                low[work[-1][0]] = min(low[work[-1][0]], low[key])
            if low[key] == index[key]:
                while True:
                    member = stack.pop()
                    on_stack.discard(member)
                    circle[member] = index[key]
                    if member == key:
                        break
    return circle


# A circle of more processors than this is no retry or page loop but a flow that feeds itself: nobody could read it as one
# cell. What leads back waits in a table for the next run, as it would wait in NiFi's queue.
LARGEST_LOOP = 12


def _steps(graph: Graph, keys: Set[str], feedback: List[Wire]) -> List[Union[Node, Loop]]:
    circle = _circles(graph, keys)
    members: Dict[int, List[str]] = {}
    for key in keys:
        members.setdefault(circle[key], []).append(key)
    waiting: Dict[int, int] = {c: 0 for c in members}
    follows: Dict[int, Set[int]] = {c: set() for c in members}
    for key in keys:
        for wire in graph.out_of(key):
            a, b = circle[key], circle[wire.destination]
            if a != b and b not in follows[a]:
                follows[a].add(b)
                waiting[b] += 1

    def rank(c: int) -> Tuple:
        return min(graph.nodes[k].order for k in members[c])

    ready = [(rank(c), c) for c, n in waiting.items() if n == 0]
    heapq.heapify(ready)
    steps: List[Union[Node, Loop]] = []
    while ready:
        _, c = heapq.heappop(ready)
        inside = sorted(members[c], key=lambda k: graph.nodes[k].order)
        waits = [w for k in inside for w in graph.out_of(k) if _waits_for_the_next_run(graph, w)]
        loops = any(w.destination in members[c] and w not in waits for k in inside for w in graph.out_of(k))
        if waits and not loops:
            feedback += waits
        if loops and len(inside) > LARGEST_LOOP:
            circle_of = _loop(graph, inside)
            feedback += circle_of.back
            steps += circle_of.nodes
        else:
            steps.append(_loop(graph, inside) if loops else graph.nodes[inside[0]])
        for b in sorted(follows[c], key=rank):
            waiting[b] -= 1
            if waiting[b] == 0:
                heapq.heappush(ready, (rank(b), b))
    return steps


def _waits_for_the_next_run(graph: Graph, wire: Wire) -> bool:
    """Whether it is a Wait's own queue: nothing that it waits for can happen within the run, however often it looks."""
    processor = graph.nodes[wire.source].processor
    return wire.source == wire.destination and processor is not None and processor.short_type == "Wait" and set(wire.relationships) == {"wait"}


def _loop(graph: Graph, inside: List[str]) -> Loop:
    """Orders a circle: from where flow files enter, depth first, so that few wires lead back."""
    within = set(inside)
    entries = [k for k in inside if any(w.source not in within for w in graph.into(k))] or inside[:1]
    state: Dict[str, int] = {}
    finished: List[str] = []
    for entry in [*entries, *inside]:
        if entry in state:
            continue
        work = [(entry, iter([w.destination for w in graph.out_of(entry) if w.destination in within]))]
        state[entry] = 1
        while work:
            key, following = work[-1]
            nxt = next((k for k in following if k not in state), None)
            if nxt is None:
                finished.append(key)
                work.pop()
            else:
                state[nxt] = 1
                work.append((nxt, iter([w.destination for w in graph.out_of(nxt) if w.destination in within])))
    ordered = list(reversed(finished))
    place = {k: i for i, k in enumerate(ordered)}
    back = [w for k in ordered for w in graph.out_of(k) if w.destination in within and place[w.destination] <= place[k]]
    return Loop([graph.nodes[k] for k in ordered], back)
