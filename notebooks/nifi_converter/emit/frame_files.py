"""Which processors of a part work on frame files: flow files on the driver, each with its records as a DataFrame.

Where attributes say what to read and where to write (`SELECT * FROM ${table}`, a target named by the file), one DataFrame
of all records will not do. A frame file begins where a query or a reader gives records for a flow file, passes through
record processors (their record form, as a function of records and attributes) and through what looks at attributes only,
and ends in a sink. Nothing of it may lead to a processor that wants the content as bytes: then the whole chain keeps its
flow-file form.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any, Dict, FrozenSet, List, Optional, Set

from ..errors import ConverterError
from ..expression_language import parse_value
from ..planning import Part, Wire
from ..planning.graph import PROCESSOR, Graph, Node
from ..processors import CONVERTED, DRIVER, RECORDS, Cell, Handler, Refused, Step, handler_for
from ..processors.code import Code, assign, block, call, lit
from ..processors.landings import FETCHES, fetch_later, reading, reading_code

# What a query, a split or a merge notes on its flow files and a frame file does not know: who reads it gets flow files.
_NOTED = re.compile(r"executesql\.|querydbtable\.|fragment\.|segment\.|merge\.|record\.(count|error)|mime\.type|QueryRecord\.Route")


# Properties of a reader or writer that count only where the schema comes that way.
_SCHEMA_BY = {"schema-text": "schema-text-property", "schema-name": "schema-name", "schema-branch": "schema-name", "schema-version": "schema-name"}

# What goes along a wire: frame files, flow files whose file nobody has opened yet, or flow files as ever.
FRAMES, UNOPENED, PLAIN = "frames", "unopened", "plain"


@dataclass(frozen=True)
class Member:
    """A processor that makes, changes or takes in frame files. `handler` gives its cell on the driver.

    passes  relationships on which its records go on; the others carry failures
    gives   what goes out by them
    takes   what may come in: a query looks at attributes only, so that anything may
    sink    writes the records: what computes them
    """

    handler: Handler
    passes: FrozenSet[str]
    gives: str
    takes: FrozenSet[str]
    sink: bool = False


@dataclass(frozen=True)
class Region:
    """`members` by key, and the keys of attribute processors that frame files pass through."""

    members: Dict[str, Member]
    passed: FrozenSet[str]

    def __contains__(self, key: str) -> bool:
        return key in self.members or key in self.passed


def frame_files_region(context: Any, part: Part, taken: Set[str]) -> Region:
    """The region of a part beside the processors that are `taken` by the records region. Deterministic."""
    graph = context.plan.graph
    nodes = [n for n in part.nodes() if n.kind == PROCESSOR and not n.processor.disabled and n.key not in taken]
    indifferent = {n.key for n in nodes for h in [handler_for(n.processor.type)] if h is not None and not h.content}
    missed = _before(graph, [n.key for n in nodes if _reads_what_was_noted(n)])
    members = {n.key: m for n in nodes if n.key not in indifferent and n.key not in missed for m in [_member(context, graph, n)] if m is not None}
    while True:
        flows = _Flows(graph, members, indifferent)
        wrong = flows.at_fault() or flows.without_sink()
        if not wrong:
            break
        for key in wrong:
            del members[key]
    for key, member in members.items():
        if UNOPENED in flows.incoming(key) and PLAIN not in member.takes:
            by = _attributes_read(context, graph, key)
            members[key] = replace(member, handler=_on_unopened(handler_for(graph.nodes[key].processor.type, records=True), by))
    return Region(members, frozenset(k for k in indifferent if flows.incoming(k) - {PLAIN}))


def _reads_what_was_noted(node: Node) -> bool:
    texts = [text for text in node.processor.properties.values() if text and "${" in text] + [node.processor.annotation_data]
    return any(_NOTED.search(text) for text in texts)


def _before(graph: Graph, keys: List[str]) -> Set[str]:
    """All that lies in front of these processors."""
    found: Set[str] = set()
    walk = list(keys)
    while walk:
        for wire in graph.into(walk.pop()):
            if wire.source not in found:
                found.add(wire.source)
                walk.append(wire.source)
    return found


def _attributes_read(context: Any, graph: Graph, key: str) -> Optional[List[str]]:
    """Names of the attributes that a processor and all behind it read; None where nobody can tell."""
    names: Set[str] = set()
    walk, seen = [key], set()
    while walk:
        at = walk.pop()
        node = graph.nodes[at]
        if at in seen or node.kind != PROCESSOR:
            continue
        seen.add(at)
        walk.extend(w.destination for w in graph.out_of(at))
        if node.processor.annotation_data.strip():
            return None
        resolved = context.resolved(node.processor)
        services = [s for s in map(resolved.service, resolved.property_names()) if s is not None]
        texts = [resolved.get(n) for n in resolved.property_names()] + list(resolved.dynamic.values())
        texts += [s.get(n) for s in services for n in s.property_names() if _SCHEMA_BY.get(n, s.get("schema-access-strategy")) == s.get("schema-access-strategy")]
        for text in (t for t in texts if t and "${" in t):
            if re.search(r"(any|all)(Matching|Delineated)?(Attribute|Values?)", text):
                return None
            try:
                names.update(parse_value(text, nifi_version=context.flow.nifi_version or "1.28.1").attributes_read())
            except ConverterError:
                return None
    return sorted(names - {"field.value", "field.name"})


def _member(context: Any, graph: Graph, node: Node) -> Optional[Member]:
    """None where the type has no record form that accepts this configuration."""
    form = handler_for(node.processor.type, records=True)
    has_input = bool(graph.into(node.key))
    if node.processor.short_type in FETCHES and has_input:
        fetch = Handler((node.processor.short_type,), fetch_later, (DRIVER,), side_effect=True)
        cell = _asked(context, node, fetch)
        return None if cell is None else Member(fetch, frozenset(cell.passes), UNOPENED, frozenset([PLAIN, FRAMES, UNOPENED]))
    if form is None or form.stream or form.state or not form.source and not has_input:
        return None
    # Attributes that come out of the records are columns: a flow file of frames has one value for all.
    forms = {FRAMES: form} if form.source else {FRAMES: form, UNOPENED: _on_unopened(form, None)}
    cells = {kind: cell for kind, asked in forms.items() for cell in [_asked(context, node, asked)] if cell is not None and not cell.attributes}
    if not cells:
        return None
    passes = frozenset(p for cell in cells.values() for p in cell.passes) | ({"success"} if form.side_effect else frozenset())
    takes = frozenset([PLAIN, FRAMES, UNOPENED] if form.source else cells)
    return Member(_on_frame_files(form), passes, FRAMES, takes, form.side_effect and not form.source)


def _asked(context: Any, node: Node, handler: Handler) -> Optional[Cell]:
    """The handler's cell for a stand-in input; None where this configuration is Refused."""
    step = Step(node.processor, context.resolved(node.processor), "frame", "records", RECORDS, (), context.flow.nifi_version, context.flow_name)
    step.per_file = True
    try:
        return handler.function(step)
    except Refused:
        return None


class _Flows:
    """What goes along each wire, given the members."""

    def __init__(self, graph: Graph, members: Dict[str, Member], indifferent: Set[str]):
        self.graph, self.members, self.indifferent = graph, members, indifferent
        self._incoming: Dict[str, Set[str]] = {k: set() for k in (*members, *indifferent)}
        changed = True
        while changed:
            changed = False
            for key, known in self._incoming.items():
                into = graph.into(key)
                found = known.union(*(self.kinds(w) for w in into)) if into else {PLAIN}
                if found != known:
                    self._incoming[key] = found
                    changed = True

    def incoming(self, key: str) -> Set[str]:
        return self._incoming.get(key, {PLAIN})

    def kinds(self, wire: Wire) -> Set[str]:
        member = self.members.get(wire.source)
        if member is None:
            return self.incoming(wire.source) if wire.source in self.indifferent else {PLAIN}
        found = {member.gives} if set(wire.relationships) & member.passes else set()
        if set(wire.relationships) - member.passes:
            # A flow file that a query cannot start from goes on as it came, a file that cannot be read with its content.
            incoming = self.incoming(wire.source)
            found |= {PLAIN} if PLAIN in member.takes or incoming == {UNOPENED} else {FRAMES} if incoming else set()
        return found

    def at_fault(self) -> Set[str]:
        """Members that get something else than they take, or whose output reaches somebody who cannot take it."""
        wrong = {key for key, member in self.members.items() if not self.incoming(key) <= member.takes or PLAIN not in member.takes and len(self.incoming(key)) != 1}
        for wire in self.graph.wires:
            special = self.kinds(wire) - {PLAIN}
            if special and wire.destination not in self.members and wire.destination not in self.indifferent:
                wrong |= self.origins(wire)
        return wrong

    def origins(self, wire: Wire) -> Set[str]:
        """The members whose frames or unopened files come along a wire."""
        found: Set[str] = set()
        walk, seen = [wire], set()
        while walk:
            at = walk.pop()
            if at in seen or not self.kinds(at) - {PLAIN}:
                continue
            seen.add(at)
            if at.source in self.members:
                found.add(at.source)
            else:
                walk.extend(self.graph.into(at.source))
        return found

    def without_sink(self) -> Set[str]:
        """Members none of whose records are ever written: nothing would compute them."""
        reaching = {k for k, m in self.members.items() if m.sink}
        walk = list(reaching)
        while walk:
            for wire in self.graph.into(walk.pop()):
                if wire.source not in reaching and (wire.source in self.members or wire.source in self.indifferent) and self.kinds(wire) - {PLAIN}:
                    reaching.add(wire.source)
                    walk.append(wire.source)
        return set(self.members) - reaching


# -- cells ---------------------------------------------------------------------------------------------------------


def _on_frame_files(form: Handler) -> Handler:
    """A record form as a handler of frame files on the driver."""
    def cell_of(step: Step) -> Cell:
        sets, step.input, step.carrier, step.per_file = step.input or Code("[rt.FlowFile()]"), Code("records"), RECORDS, True
        cell = form.function(step)
        step.input, step.carrier = sets, DRIVER
        return _wrapped(form, step, cell)

    return replace(form, function=cell_of, carriers=(DRIVER,))


def _on_unopened(form: Handler, by: Optional[List[str]]) -> Handler:
    """A record form that opens the files itself: one DataFrame for all that agree in the attributes `by`."""
    def cell_of(step: Step) -> Cell:
        files, name = step.input, f"{step.frame}_read"
        step.per_file = True
        landing = reading(step)
        if landing is None:
            raise Refused("it reads no records")
        body, cell = reading_code(step, landing)
        step.landing, step.input, step.carrier = landing, Code("records"), RECORDS
        rest = form.function(step)
        step.input, step.carrier = files, DRIVER
        options: Dict[str, Any] = {} if by is None else {"by": by}
        only_reads = not rest.code and not rest.outputs
        relationship = _onward(step, rest)
        if only_reads and relationship != "success":
            options["relationship"] = relationship
        read = call("frame_files.read_files", files, Code(name), **options)
        target = step.frame if only_reads else f"{step.frame}_records"
        code = f"def {name}(files, attributes):\n{block(body)}\n\n\n{assign(target, read)}"
        if only_reads:
            rest = replace(rest, level=CONVERTED, how="the files are read with Spark")
        else:
            step.input = Code(f'rt.relationship({target}, "success")')
            rest = _wrapped(form, step, rest)
            step.input = files
            code += f"\n{call('report.keep', Code(target), step.name, 'failure')}\n\n\n{rest.code}"
        return replace(rest, code=code, carrier=DRIVER, outputs={}, sample=cell.sample, setup=[*cell.setup, *rest.setup], notes=[*cell.notes, *rest.notes])

    return replace(form, function=cell_of, carriers=(DRIVER,))


def _onward(step: Step, cell: Cell) -> str:
    """The relationship that the changed records go to, where it is one."""
    return next((r for r in cell.passes if r in step.connected), next(iter(cell.passes), "success"))


def _wrapped(form: Handler, step: Step, cell: Cell) -> Cell:
    """The cell of one DataFrame as one that acts on each frame file. Its code sets `step.frame`, or writes."""
    if not cell.code and not cell.outputs:
        return replace(cell, carrier=DRIVER)
    if form.source:
        made = _function(step, cell, ("attributes",), "query")
        acted = call("frame_files.read", step.input, made.value)
    elif form.side_effect:
        made = _function(step, cell, ("records", "attributes"), "write")
        acted = call("frame_files.write", step.input, made.value)
    else:
        made = _function(step, cell, ("records", "attributes"), "change")
        relationship = "success" if cell.outputs else _onward(step, cell)
        acted = call("frame_files.change", step.input, made.value, **({} if relationship == "success" else {"relationship": relationship}))
    code = made.definition + assign(step.frame, acted)
    return replace(cell, code=code, carrier=DRIVER, outputs={})


@dataclass(frozen=True)
class _Function:
    definition: str  # "" for a lambda
    value: Code


def _function(step: Step, cell: Cell, parameters: tuple, verb: str) -> _Function:
    """The cell's code as a lambda where it is one short expression, otherwise as a function with a name."""
    head, value = f"{step.frame} = ", ""
    if not cell.outputs and cell.code.startswith(head) and _is_expression(cell.code[len(head):]):
        value = cell.code[len(head):]
    elif not cell.outputs and _is_expression(cell.code):
        value = cell.code
    if value and "\n" not in value and len(value) < 90:
        return _Function("", Code(f"lambda {', '.join(parameters)}: {value}"))
    name = f"{step.frame}_{verb}"
    if value:
        body = f"return {value}"
    elif cell.outputs:
        outputs = "{\n" + "".join(f"    {lit(r)}: {_indented(e)},\n" for r, e in cell.outputs.items() if r in step.connected) + "}"
        body = f"{cell.code}\nreturn {outputs}".lstrip()
    else:
        body = f"{cell.code}\nreturn {step.frame}" if cell.code.startswith(head) or f"\n{head}" in cell.code else cell.code
    return _Function(f"def {name}({', '.join(parameters)}):\n{block(body)}\n\n\n", Code(name))


def _indented(expression: str) -> str:
    return block(expression).lstrip()


def _is_expression(source: str) -> bool:
    try:
        compile(source, "cell", "eval")
        return True
    except SyntaxError:
        return False
