"""One part of a flow as a notebook: walks the plan in order, asks each processor's handler for its cell, and does what
is the graph's business: unites connections, parts frames by relationship, keeps failures, closes loops, orders state."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Dict, List, Optional, Set, Tuple

from ..levels import level_of
from ..planning import Loop, Node, Part, Wire
from ..planning.graph import INLET, OUTLET, PROCESSOR
from ..processors import (ASSISTED, CONVERTED, DRIVER, FLOW_FILES, MANUAL, NOT_NEEDED, RECORDS, Cell, Handler, Refused,
                          Step, Widget, handler_for)
from ..processors.code import Code, block, call, identifier, lit
from . import markdown as md
from .context import ConnectionOutcome, Context, Outcome
from .frame_files import frame_files_region
from .names import names_of
from .notebook import Notebook
from .records import landings_of, records_region

# Auto-terminated relationships that lose data by a fault are kept; the others were ended on purpose.
FAILURE_LIKE = re.compile(r"fail|error|invalid|not.?found|denied|no retry|retr(y|ies)|exceeded|nonzero|timeout|unsupported|incompatible|too.large|expired", re.I)
IN_WORDS = {CONVERTED: "converted", ASSISTED: "assisted", MANUAL: "manual", NOT_NEEDED: "not needed"}


class PartEmitter:
    """Builds the notebook of one part. `emit` is its one public method."""

    def __init__(self, context: Context, part: Part):
        self.c = context
        self.part = part
        self.graph = context.plan.graph
        self.variables: Dict[Tuple[str, Tuple[str, ...]], str] = {}  # (node, relationships) -> expression
        self.carriers: Dict[str, str] = {}  # expression -> carrier
        self.volatile: Dict[str, bool] = {}  # expression -> must not be computed twice
        self.pieces: List[Tuple[List[str], str, Tuple[str, ...]]] = []  # (markdown, code, keys)
        self.setup: List[str] = []
        self.commits: List[str] = []
        self.widgets: Dict[str, Widget] = {}
        self.manual_steps = False
        self.landings = landings_of(context, part)
        self.region = records_region(context, part, self.landings)
        self.frames = frame_files_region(context, part, set(self.region.states))
        self.parameters: Dict[str, Optional[str]] = {}  # NiFi's parameters that expressions read, with the flow's values (None: sensitive)
        self.libraries: Set[str] = set()
        self.variables_used: Dict[str, str] = {}

    # -- nodes -----------------------------------------------------------------------------------------------

    def steps(self) -> None:
        for step in self.part.steps:
            if isinstance(step, Loop) and step.nodes[0].key in self.region:
                lines, source = self.record_node(step.nodes[0])
                self.pieces.append((lines, source, (step.nodes[0].key,)))
            elif isinstance(step, Loop):
                self.loop(step)
            elif step.key in self.region:
                lines, source = self.record_node(step)
                self.pieces.append((lines, source, (step.key,)))
            elif step.kind == INLET:
                self.inlet(step)
            elif step.kind == OUTLET:
                self.outlet(step)
            else:
                lines, source = self.node(step)
                self.pieces.append((lines, source, (step.key,)))

    def inlet(self, node: Node) -> None:
        name = self.c.names[node.key]
        table = f'f"{{tables}}__{name}"'
        words = {"port": "input port", "remote port": "output port of a remote group", "funnel": "funnel that nothing feeds"}.get(node.what, node.what)
        lines = [f"## {md.plain(node.name)}", f"An {words}: what comes in from outside of the flow is read from the table `…__{name}` "
                 "(`attributes`, `content`), which is emptied at the end of the run."]
        self.variables[(node.key, ("",))] = name
        self.carriers[name] = FLOW_FILES
        self.commits.append(f"rt.clear(spark, {table})")
        self.pieces.append((lines, f"{name} = rt.inbox(spark, {table})", (node.key,)))

    def outlet(self, node: Node) -> None:
        name = self.c.names[node.key]
        source, _ = self.incoming(self.graph.into(node.key), prefix=[])
        if not source:
            return
        if node.what == "funnel":
            lines = [f"## {md.plain(node.name)}", "A funnel that leads nowhere: in NiFi its queue only fills. What arrives is kept in the failure table."]
            code = call("report.keep_all", Code(source), node.name, "not connected")
        else:
            words = "input port of a remote group" if node.what == "remote port" else "output port that is not connected further"
            lines = [f"## {md.plain(node.name)}", f"An {words}: what arrives is appended to the table `…__{name}`."]
            code = f'report.count({lit(node.name)}, "out", rt.keep_waiting(spark, {source}, f"{{tables}}__{name}"))'
        self.pieces.append((lines, code, (node.key,)))

    def incoming(self, wires: List[Wire], prefix: List[str], name: str = "", as_list: bool = False) -> Tuple[str, str]:
        """(expression of what comes in, carrier); "" where nothing does. Several connections are united once.
        `as_list`: frame files are among it, which only a list on the driver can hold."""
        sources, seen = [], set()
        for wire in wires:
            variable = self.variables.get((wire.source, wire.relationships))
            if wire in self.part.feedback and variable is None:
                variable = self.again(wire)
                if variable not in seen:
                    prefix.append(f'{variable} = rt.inbox(spark, f"{{tables}}__{variable}")  # what led back in the run before')
            if variable and variable not in seen:
                seen.add(variable)
                sources.append(variable)
        if not sources:
            return "", FLOW_FILES
        kinds = {self.carriers.get(s, FLOW_FILES) for s in sources}
        if as_list and kinds != {DRIVER}:
            sources = [s if self.carriers.get(s) == DRIVER else call("rt.to_list", Code(s)) for s in sources]
            kinds = {DRIVER}
            self.carriers.update(dict.fromkeys(sources, DRIVER))
        carrier = DRIVER if kinds == {DRIVER} else FLOW_FILES
        if len(sources) == 1:
            return sources[0], carrier
        united = call("rt.union", *[Code(s) for s in sources])
        if name:
            prefix.append(f"{name}_incoming = {united}")
            united = Code(f"{name}_incoming")
        self.carriers[united] = carrier
        self.volatile[united] = any(self.volatile.get(s) for s in sources)
        return united, carrier

    def record_node(self, node: Node) -> Tuple[List[str], str]:
        """A processor within the records region: its frame goes on under its own name, failures fail the run or are kept
        by the cell itself."""
        name = self.c.names[node.key]
        sources = list(dict.fromkeys(self.variables[(w.source, w.relationships)] for w in self.graph.into(node.key)
                                     if w.source != node.key and (w.source, w.relationships) in self.variables))
        source = sources[0] if len(sources) == 1 else call("rt.union_records", *[Code(s) for s in sources]) if sources else ""
        handler = handler_for(node.processor.type, records=True)
        outgoing = sorted({w.relationships for w in self.graph.out_of(node.key)})
        connected = tuple(sorted({r for rs in outgoing for r in rs}))
        step = Step(node.processor, self.c.resolved(node.processor), name, source, RECORDS, connected, self.c.flow.nifi_version, self.c.flow_name)
        step.landing, step.records, step.attributes_wanted = self.landings.get(node.key), self.region.states[node.key], self.region.wanted
        cell = handler.function(step) if handler else handler_for(node.processor.type).function(step)
        frame = name if cell.code else source
        passes = set(cell.passes) or ({"success"} if not cell.code else set())
        code = [cell.code] if cell.code else []
        for relationships in outgoing:
            given = [cell.outputs[r] for r in relationships if r in cell.outputs]
            if given:
                variable = self.variable(node, relationships)
                expression = given[0] if len(given) == 1 else call("rt.union_records", *[Code(g) for g in given])
                code += [f"{variable} = {expression}"] if expression != variable else []  # the cell's own name for it
                self.variables[(node.key, relationships)] = variable
                self.carriers[variable] = RECORDS
            elif passes & set(relationships):
                self.variables[(node.key, relationships)] = frame
                self.carriers[frame] = RECORDS
            elif any(w.destination != node.key for w in self.graph.out_of(node.key) if w.relationships == relationships):
                variable = self.variable(node, relationships)
                code.append(f"{variable} = []  # records that fail are not sent on: the run fails, or the cell keeps them")
                self.variables[(node.key, relationships)] = variable
                self.carriers[variable] = DRIVER
        lines = [f"## {md.plain(node.name)}" if not node.path else f"## {md.plain(node.path[-1])} / {md.plain(node.name)}", self.headline(node, cell)]
        if node.processor.comments.strip():
            lines += ["", f"> {md.plain(node.processor.comments)}"]
        lines += ["", *cell.notes] if cell.notes else []
        self.take(node, step, cell, RECORDS)
        for wire in self.graph.into(node.key):
            for connection in wire.connections:
                self.c.connections.setdefault(connection, ConnectionOutcome("bounded loop" if wire.source == node.key else RECORDS))
        return lines, "\n".join(code)

    def take(self, node: Node, step: Step, cell: Cell, carrier: str, fault: str = "") -> None:
        """Notes a cell's outcome and all that it asks of the notebook."""
        self.c.outcomes[node.key] = Outcome(node, cell.level, cell.how, cell.carrier or carrier, self.part.name, 0,
                                            [g.function for g in cell.gaps], cell.look_at, cell.outside, fault)
        self.c.add_gaps(cell.gaps)
        self.c.secrets.update(step.secrets)
        self.c.hidden_texts += [t for t in step.hidden_texts if t]
        self.parameters.update(step.parameters_used)
        self.variables_used.update(step.variables_used)
        self.libraries.update(cell.libraries)
        if cell.sample:
            self.c.samples[node.key] = cell.sample
        for places, place in ((self.c.reads, cell.reads), (self.c.writes, cell.writes)):
            if place and "lambda" not in place:
                places.setdefault(place, []).append(self.part.name)
        for widget in cell.widgets:
            self.widgets.setdefault(widget.name, widget)
        self.setup += [s for s in cell.setup if s not in self.setup]
        if cell.commit and cell.commit not in self.commits:
            self.commits.append(cell.commit)

    def again(self, wire: Wire) -> str:
        """The variable and table of a wire that leads back into the next run."""
        name = f"{self.variable(self.graph.nodes[wire.source], wire.relationships)}_again"
        self.carriers[name] = FLOW_FILES
        return name

    def feed_back(self, node: Node) -> List[str]:
        """Code that keeps what leads back for the next run. The tables are turned over at the end."""
        lines = []
        for relationships in sorted({w.relationships for w in self.part.feedback if w.source == node.key}):
            current = self.variables.get((node.key, relationships))
            if current:
                table = self.again(next(w for w in self.part.feedback if (w.source, w.relationships) == (node.key, relationships)))
                lines.append(f'rt.keep_waiting(spark, {current}, f"{{tables}}__{table}_next")  # leads back: taken by the next run')
                self.commits.append(f'rt.turn_over(spark, f"{{tables}}__{table}")')
                for wire in self.part.feedback:
                    if (wire.source, wire.relationships) == (node.key, relationships):
                        for connection in wire.connections:
                            self.c.connections[connection] = ConnectionOutcome("table, into the next run")
        return lines

    def node(self, node: Node, inside_loop: bool = False) -> Tuple[List[str], str]:
        """(markdown lines, code) of a processor; notes its outcome and its outgoing variables."""
        name = self.c.names[node.key]
        prefix: List[str] = []
        member = self.frames.members.get(node.key)
        wires = self.graph.into(node.key)
        source, carrier = self.incoming(wires, prefix, name, as_list=node.key in self.frames)
        handler = member.handler if member is not None else handler_for(node.processor.type)
        resolved = self.c.resolved(node.processor)
        definition = resolved.definition
        is_source = not wires and (bool(handler and handler.source) or definition is not None and definition.input == "INPUT_FORBIDDEN")
        if not source and not is_source and not node.processor.disabled:
            table = f'f"{{tables}}__to_{name}"'
            prefix.append(f"{name}_incoming = rt.inbox(spark, {table})")
            self.commits.append(f"rt.clear(spark, {table})")
            source, carrier = f"{name}_incoming", FLOW_FILES
        if handler and source:
            if carrier == DRIVER and (DRIVER not in handler.carriers or handler.fan_out and not inside_loop):
                prefix.append(f"{name}_incoming = rt.to_frame(spark, {source})")
                source, carrier = f"{name}_incoming", FLOW_FILES
            elif carrier != DRIVER and (inside_loop and DRIVER in handler.carriers or FLOW_FILES not in handler.carriers):
                prefix.append(f"{name}_incoming = rt.to_list({source})")
                source, carrier = f"{name}_incoming", DRIVER
        outgoing = sorted({w.relationships for w in self.graph.out_of(node.key)})
        connected = tuple(sorted({r for rs in outgoing for r in rs}))
        step = Step(node.processor, resolved, name, source, carrier, connected, self.c.flow.nifi_version, self.c.flow_name)
        cell, fault = self.ask(node, handler, step)
        if not source and not is_source and not node.processor.disabled:
            cell.look_at.append("nothing leads into it: it never runs in NiFi")
        refused = self.region.refused.get(node.key)
        if refused and node.processor.short_type.endswith("Record") and cell.level not in (MANUAL, NOT_NEEDED):
            cell.how += f"; flow files, not a DataFrame: {refused}"
            cell.notes = [*cell.notes, "", f"Flow files here, not a DataFrame: {md.plain(refused)}."]
        lines, code = self.finish(node, handler, step, cell, source, carrier, outgoing, connected, inside_loop)
        self.take(node, step, replace(cell, carrier=RECORDS) if member is not None else cell, carrier, fault)
        for wire in self.graph.into(node.key):
            kind = RECORDS if self.carries_frames(wire) else "bounded loop" if inside_loop and any(w.source == wire.source for w in self.graph.into(node.key)) and wire.source in self.loop_keys else carrier
            for connection in wire.connections:
                self.c.connections.setdefault(connection, ConnectionOutcome(kind))
        back = self.feed_back(node)
        return lines, "\n".join([*prefix, *([code] if code else []), *back] if code or outgoing else [])

    loop_keys: frozenset = frozenset()

    def carries_frames(self, wire: Wire) -> bool:
        """Whether frame files go along a wire."""
        return wire.destination in self.frames and (wire.source in self.frames.passed or wire.source in self.frames.members)

    def ask(self, node: Node, handler: Optional[Handler], step: Step) -> Tuple[Cell, str]:
        """The handler's cell; a cell that says why where there is none. Never raises: one processor must not cost the flow."""
        if node.processor.disabled:
            return Cell(level=NOT_NEEDED, how="disabled in NiFi: nothing passes here"), ""
        if handler is None:
            return Cell(level=MANUAL, how=f"{node.processor.short_type} is not converted. A way out: {level_of(node.processor.type).target}"), ""
        try:
            cell = handler.function(step)
            return cell, ""
        except Refused as refused:
            return Cell(level=MANUAL, how=f"this configuration is not converted: {refused.message}"), ""
        except Exception as error:
            return Cell(level=MANUAL, how="not converted: the converter failed on this configuration"), f"{type(error).__name__}: {error}"

    def finish(self, node: Node, handler: Optional[Handler], step: Step, cell: Cell, source: str, carrier: str,
               outgoing: List[Tuple[str, ...]], connected: Tuple[str, ...], inside_loop: bool) -> Tuple[List[str], str]:
        name = step.frame
        kind = cell.carrier or carrier
        lines = [f"## {md.plain(node.name)}" if not node.path else f"## {md.plain(node.path[-1])} / {md.plain(node.name)}", self.headline(node, cell)]
        if node.processor.comments.strip():
            lines += ["", f"> {md.plain(node.processor.comments)}"]
        if cell.notes:
            lines += [""] + list(cell.notes)
        if cell.level == MANUAL:
            return lines + self.manual_words(name, source, outgoing), self.manual(node, name, source, outgoing, cell)
        code = [cell.code] if cell.code else []
        if not cell.code and cell.passes and source:
            # Nothing to compute: what comes in goes out, under the input's own name.
            for relationships in outgoing:
                passes = set(relationships) & set(cell.passes)
                self.bind(node.key, relationships, source if passes else None, name, code, kind)
                if passes:
                    self.carriers[source] = carrier
            return lines, "\n".join(code)
        if not cell.code:
            for relationships in outgoing:
                self.bind(node.key, relationships, None, name, code, kind)
            return lines, "\n".join(code)
        volatile = kind != DRIVER and (self.volatile.get(source, False) or not self.deterministic(handler, step, cell))
        ends = [r for r in self.all_relationships(node) if r not in connected and (cell.sends is None or r in cell.sends)]
        kept = [r for r in ends if FAILURE_LIKE.search(r)]
        may_fail = any(verb in cell.code for verb in ("rt.transform", "rt.for_each", "frame_files."))
        consumers = len(outgoing) + bool(kept or may_fail)
        if volatile and consumers > 1 and not cell.outputs and not inside_loop:
            code.append(f'{name} = rt.materialise({name}, f"{{tables}}__{name}")  # read by several: computed once')
            volatile = False
        if (kept or may_fail) and not cell.outputs:
            code.append(call("report.keep", Code(name), self.label(node), *kept))
        for relationships in outgoing:
            variable = self.variable(node, relationships)
            given = [cell.outputs[r] for r in relationships if r in cell.outputs]
            if given:
                expression = given[0] if len(given) == 1 else call("rt.union", *[Code(g) for g in given])
            else:
                expression = call("rt.relationship", Code(name), *relationships)
            code.append(f"{variable} = {expression}")
            self.variables[(node.key, relationships)] = variable
            self.carriers[variable] = kind
            self.volatile[variable] = volatile
        dropped = [r for r in ends if r not in kept]
        lines += self.ends(kept, dropped)
        return lines, "\n".join(code)

    def deterministic(self, handler: Optional[Handler], step: Step, cell: Cell) -> bool:
        declared = handler.deterministic if handler else True
        return (declared if cell.deterministic is None else cell.deterministic) and step.deterministic

    def bind(self, key: str, relationships: Tuple[str, ...], expression: Optional[str], name: str, code: List[str], kind: str) -> None:
        """A relationship's variable; with nothing to bind, an empty list that all consumers understand."""
        if expression is None:
            variable = self.variable(self.graph.nodes[key], relationships)
            code.append(f"{variable} = []  # nothing is sent here")
            self.variables[(key, relationships)] = variable
            self.carriers[variable] = DRIVER
        else:
            self.variables[(key, relationships)] = expression

    def variable(self, node: Node, relationships: Tuple[str, ...]) -> str:
        return f"{self.c.names[node.key]}_{identifier('_'.join(relationships), 'out')}"

    def label(self, node: Node) -> str:
        return md.one_line(f"{node.path[-1]} / {node.name}" if node.path else node.name)

    def all_relationships(self, node: Node) -> List[str]:
        processor = node.processor
        known = [*processor.relationships, *processor.auto_terminated, *self.c.relationships_of(processor)]
        return sorted(set(known))

    def headline(self, node: Node, cell: Cell) -> str:
        processor = node.processor
        schedule = processor.schedule
        when = ""
        if schedule.strategy == "CRON_DRIVEN":
            when = f" · cron {md.code(schedule.period)}"
        elif not self.graph.into(node.key) and schedule.period not in ("0 sec", "0 s", "0"):
            when = f" · every {md.plain(schedule.period)}"
        tasks = f" · {schedule.concurrent_tasks} tasks" if schedule.concurrent_tasks > 1 else ""
        how = f": {md.plain(cell.how)}" if cell.how and cell.level in (MANUAL, NOT_NEEDED) else ""
        return f"{md.code(processor.short_type)} · {md.code(processor.id)}{when}{tasks} · **{IN_WORDS[cell.level]}**{how}"

    def ends(self, kept: List[str], dropped: List[str]) -> List[str]:
        lines = []
        if kept:
            lines += ["", f"Not connected, kept in the failure table: {', '.join(md.code(r) for r in kept)}."]
        if dropped:
            lines += ["", f"Not connected, dropped on purpose as in NiFi: {', '.join(md.code(r) for r in dropped)}."]
        return lines

    # -- manual ----------------------------------------------------------------------------------------------

    def manual_words(self, name: str, source: str, outgoing) -> List[str]:
        lines = [""]
        if source:
            lines.append(f"Its input is kept in `…__to_{name}`, nothing is lost; the run ends red at its end (widget `on_manual`).")
        if outgoing:
            lines.append(f"What it would send on is read from `…__from_{name}_…`: fill that table (`attributes`, `content`) to feed what follows.")
        return lines

    def manual(self, node: Node, name: str, source: str, outgoing, cell: Cell) -> str:
        self.manual_steps = True
        code = []
        label = lit(self.label(node))
        if source:
            code.append(f'{name}_waiting = rt.keep_waiting(spark, {source}, f"{{tables}}__to_{name}")')
            code.append(f"if {name}_waiting:")
            code.append(f'    report.gap({label}, "manual", f"{{{name}_waiting}} flow files wait in {{tables}}__to_{name}")')
        else:
            code.append(f'report.gap({label}, "manual", {lit(cell.how)})')
        for relationships in outgoing:
            variable = self.variable(node, relationships)
            table = f'f"{{tables}}__from_{variable}"'
            code.append(f"{variable} = rt.inbox(spark, {table})")
            self.commits.append(f"rt.clear(spark, {table})")
            self.variables[(node.key, relationships)] = variable
            self.carriers[variable] = FLOW_FILES
        return "\n".join(code)

    # -- loops -----------------------------------------------------------------------------------------------

    def loop(self, loop: Loop) -> None:
        """A circle of processors as a bounded loop on the driver. What enters is taken in the first round, what leads
        back in the following ones, what leaves is collected; what is left at the bound goes to the failure table."""
        keys = frozenset(n.key for n in loop.nodes)
        self.loop_keys = keys
        before: List[str] = []
        body: List[str] = []
        lines: List[str] = []
        back = {(w.source, w.relationships): f"{self.variable(self.graph.nodes[w.source], w.relationships)}_again" for w in loop.back}
        entry_variables: List[str] = []
        outside: Dict[Tuple[str, Tuple[str, ...]], str] = {}  # others than this loop read the same relationships afterwards
        # What enters from outside is turned into lists once and is empty from the second round on.
        for node in loop.nodes:
            for wire in self.graph.into(node.key):
                if wire.source in keys:
                    continue
                variable = outside.get((wire.source, wire.relationships)) or self.variables.get((wire.source, wire.relationships))
                if not variable:
                    continue
                queued = f"{identifier(variable)}_queued"
                if queued not in entry_variables:
                    entry_variables.append(queued)
                    before.append(f"{queued} = rt.to_list({variable})")
                outside.setdefault((wire.source, wire.relationships), variable)
                self.variables[(wire.source, wire.relationships)] = queued
                self.carriers[queued] = DRIVER
        for (source, relationships), variable in back.items():
            before.append(f"{variable} = []")
            self.variables[(source, relationships)] = variable
            self.carriers[variable] = DRIVER
        exits: List[Tuple[str, str, Tuple[str, Tuple[str, ...]]]] = []
        moves: List[str] = []
        for node in loop.nodes:
            node_lines, code = self.node(node, inside_loop=True)
            lines += ([""] if lines else []) + node_lines
            body.append(code)
            for relationships in sorted({w.relationships for w in self.graph.out_of(node.key)}):
                key = (node.key, relationships)
                current = self.variables.get(key)
                if key in back and current:
                    moves.append(f"{back[key]} = rt.to_list({current})" if self.carriers.get(current) != DRIVER else f"{back[key]} = {current}")
                leaves = any(w.destination not in keys for w in self.graph.out_of(node.key) if w.relationships == relationships)
                if leaves and current:
                    collected = f"{self.variable(node, relationships)}_all"
                    before.append(f"{collected} = []")
                    body.append(f"{collected} = rt.union({collected}, {current})")
                    exits.append((collected, current, key))
        again = sorted(set(back.values()))
        first = min(loop.nodes, key=lambda n: n.order)
        clear = [f"{q} = []" for q in entry_variables]
        inner = "\n".join([*(b for b in body if b), *moves, *clear, f"if not {again[0]}:" if len(again) == 1 else f"if not ({' or '.join(again)}):", "    break"])
        code = "\n".join([*before, f"for rounds in range(int(dbutils.widgets.get({lit('max_rounds')}))):", block(inner), "else:",
                          *[f"    report.keep_all({v}, {lit(self.label(first))}, \"max_rounds\", \"the bound of the loop is reached\")" for v in again]])
        self.widgets.setdefault("max_rounds", Widget("max_rounds", str(self.c.settings.max_rounds), "bound of loops (retries, pages, polls)"))
        self.variables.update(outside)
        for collected, _, key in exits:
            self.variables[key] = collected
            self.carriers[collected] = DRIVER
        head = [f"A loop of {len(loop.nodes)} processors, so one cell. Bound: widget `max_rounds`; what is left then goes to the failure table.", ""] \
            if len(loop.nodes) > 1 else ["It leads back to itself: a bounded loop (widget `max_rounds`); what is left then goes to the failure table.", ""]
        self.pieces.append((head + lines, code, tuple(n.key for n in loop.nodes)))
        self.loop_keys = frozenset()


# Lines that only give a relationship its name, for whoever reads it.
_NAMED = re.compile(r"(\w+) = (?:rt\.relationship\([^\n]*\)|\[\]  # [^\n]*)")


def without_unread(pieces, others: List[str]):
    """The pieces without names of relationships that no cell reads: their consumers only log, or are not needed."""
    try:
        read = {name for source in [*(p[1] for p in pieces), *others] for name in names_of(source)[0]}
    except SyntaxError:  # the check tells of it
        return pieces

    def kept(line: str) -> bool:
        named = _NAMED.fullmatch(line)
        return named is None or named[1] in read

    return [(lines, "\n".join(line for line in source.split("\n") if kept(line)), keys) for lines, source, keys in pieces]


def emit_part(context: Context, part: Part) -> Notebook:
    """The notebook of a part. Fills the context's outcomes, connections, gaps and widgets."""
    from .frame import assemble

    emitter = PartEmitter(context, part)
    emitter.steps()
    emitter.pieces = without_unread(emitter.pieces, emitter.setup + emitter.commits)
    return assemble(context, part, emitter)
