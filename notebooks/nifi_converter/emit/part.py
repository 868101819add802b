"""One part of a flow as a notebook: walks the plan in order, asks each processor's handler for its cell, and does what
is the graph's business: unites connections, closes loops, orders state. What becomes of a cell's flow files: `ends`."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Dict, List, Optional, Set, Tuple

from ..levels import level_of
from ..planning import Loop, Node, Part, Wire, shared_path
from ..planning.graph import INLET, OUTLET, PROCESSOR
from ..processors import (ASSISTED, CONVERTED, DRIVER, FLOW_FILES, MANUAL, NOT_NEEDED, RECORDS, Cell, Handler, Refused,
                          Step, Widget, handler_for)
from ..processors.code import Code, arrivals, call, identifier
from . import markdown as md
from .context import ConnectionOutcome, Context, Outcome
from .ends import finish
from .loops import Retry, emit_loop
from .frame_files import frame_files_region
from .notebook import Notebook
from .records import landings_of, records_region
from .ports import emit_inlet, emit_outlet
from .queues import again, feed_back, is_parked
from .source import retried, without_unread
from .words import headline


class PartEmitter:
    """What is known of one part while its notebook is built; `steps` builds it."""

    def __init__(self, context: Context, part: Part):
        self.c = context
        self.part = part
        self.graph = context.plan.graph
        self.variables: Dict[Tuple[str, Tuple[str, ...]], str] = {}  # (node, relationships) -> expression
        self.carriers: Dict[str, str] = {}  # expression -> carrier
        self.volatile: Dict[str, bool] = {}  # expression -> must not be computed twice
        self.origins: Dict[str, Counter] = {}  # expression -> how often each of its origins is in its plan
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
        self.variables_used: Dict[str, Optional[str]] = {}
        self.shared_groups = len(shared_path(n for n in part.nodes() if n.kind == PROCESSOR))

    # -- nodes -----------------------------------------------------------------------------------------------

    def steps(self) -> None:
        for step in self.part.steps:
            if isinstance(step, Loop) and step.nodes[0].key in self.region:
                lines, source = self.record_node(step.nodes[0])
                self.pieces.append((lines, source, (step.nodes[0].key,)))
            elif isinstance(step, Loop):
                emit_loop(self, step)
            elif step.key in self.region:
                lines, source = self.record_node(step)
                self.pieces.append((lines, source, (step.key,)))
            elif step.kind == INLET:
                emit_inlet(self, step)
            elif step.kind == OUTLET:
                emit_outlet(self, step)
            else:
                lines, source = self.node(step)
                self.pieces.append((lines, source, (step.key,)))

    def incoming(self, wires: List[Wire], prefix: List[str], name: str = "", as_list: bool = False) -> Tuple[str, str]:
        """(expression of what comes in, carrier); "" where nothing does. Several connections are united once.
        `as_list`: frame files are among it, which only a list on the driver can hold."""
        sources, seen = [], set()
        for wire in wires:
            variable = self.variables.get((wire.source, wire.relationships))
            if wire in self.part.feedback and variable is None:
                variable = again(self, wire)
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
        self.origins[united] = sum((self.origins.get(s, Counter()) for s in sources), Counter())
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
        step = self.step(node, source, RECORDS, connected)
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
        lines = [f"## {md.plain(self.label(node))}", headline(node, cell, not self.graph.into(node.key))]
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
        told = list(dict.fromkeys([*cell.look_at, *self.c.doubts.get(node.processor.key, [])]))
        self.c.outcomes[node.key] = Outcome(node, cell.level, cell.how, cell.carrier or carrier, self.part.name, 0,
                                            [g.function for g in cell.gaps], told, cell.outside, fault)
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
        self.setup += [s for s in (*step.setup, *cell.setup) if s not in self.setup]
        if cell.commit and cell.commit not in self.commits:
            self.commits.append(cell.commit)

    def node(self, node: Node, inside_loop: bool = False, retry: Optional[Retry] = None) -> Optional[Tuple[List[str], str]]:
        """(markdown lines, code) of a processor; notes its outcome and its outgoing variables. With `retry` its failures
        are tried again: None, and nothing noted, where its cell is no single call."""
        name = self.c.names[node.key]
        prefix: List[str] = []
        member = self.frames.members.get(node.key)
        wires = [w for w in self.graph.into(node.key) if not retry or w not in retry.wires]
        source, carrier = self.incoming(wires, prefix, name, as_list=node.key in self.frames)
        handler = member.handler if member is not None else handler_for(node.processor.type)
        definition = self.c.resolved(node.processor).definition
        is_source = not wires and (bool(handler and handler.source) or definition is not None and definition.input == "INPUT_FORBIDDEN")
        if not source and not is_source and not node.processor.disabled:
            code, commit = arrivals(f"to_{name}")
            prefix.append(f"{name}_incoming = {code}")
            self.commits.append(commit)
            source, carrier = f"{name}_incoming", FLOW_FILES
        if handler and source:
            if carrier == DRIVER and (DRIVER not in handler.carriers or handler.fan_out and not inside_loop):
                prefix.append(f"{name}_incoming = rt.to_frame(spark, {source})")
                source, carrier = f"{name}_incoming", FLOW_FILES
            elif carrier != DRIVER and (inside_loop and DRIVER in handler.carriers or FLOW_FILES not in handler.carriers):
                prefix.append(f"{name}_incoming = rt.to_list({source})")
                source, carrier = f"{name}_incoming", DRIVER
        outgoing = sorted({w.relationships for w in self.graph.out_of(node.key) if not is_parked(self, w) and (not retry or w not in retry.wires)})
        connected = tuple(sorted({r for rs in outgoing for r in rs}))
        again = bool(retry and retry.acts and source)
        if again and (handler is None or DRIVER not in handler.carriers):
            return None
        step = self.step(node, "queued" if again else source, carrier, connected)
        cell, fault = self.ask(node, handler, step)
        if cell.until and cell.level != MANUAL:
            held = f"{name}_incoming"
            prefix.append(f"{held} = " + call("report.held_back", Code(source), self.label(node), Code(f'f"{{tables}}__to_{name}"'), until=Code(f'dbutils.widgets.get("{cell.until}")')))
            source, self.manual_steps = held, True
            if "report.release()" not in self.commits:
                self.commits.append("report.release()")
            step = self.step(node, "queued" if again else source, carrier, connected)
            cell, fault = self.ask(node, handler, step)
        if again:
            code = retried(cell.code, name, source, retry.relationships) if cell.level != MANUAL and cell.carrier == DRIVER and not cell.outputs else None
            if code is None:
                return None
            cell.code = code
        refused = self.region.refused.get(node.key)
        if refused and node.processor.short_type.endswith("Record") and cell.level not in (MANUAL, NOT_NEEDED):
            cell.how += f"; flow files, not a DataFrame: {refused}"
            cell.notes = [*cell.notes, "", f"Flow files here, not a DataFrame: {md.plain(refused)}."]
        lines, code = finish(self, node, handler, step, cell, source, carrier, outgoing, connected, inside_loop, retry)
        self.take(node, step, replace(cell, carrier=RECORDS) if member is not None else cell, carrier, fault)
        for wire in self.graph.into(node.key):
            kind = RECORDS if self.carries_frames(wire) else "bounded loop" if inside_loop and any(w.source == wire.source for w in self.graph.into(node.key)) and wire.source in self.loop_keys else carrier
            for connection in wire.connections:
                self.c.connections.setdefault(connection, ConnectionOutcome(kind))
        back = feed_back(self, node)
        return lines, "\n".join([*prefix, *([code] if code else []), *back] if code or outgoing else [])

    def can_retry(self, retry: Retry) -> bool:
        """Whether the cell of a processor that acts is one call over a list, which can be called again."""
        member = self.frames.members.get(retry.node.key)
        handler = member.handler if member is not None else handler_for(retry.node.processor.type)
        step = self.step(retry.node, "queued", DRIVER, ())
        cell, _ = self.ask(retry.node, handler, step)
        return DRIVER in handler.carriers and cell.level != MANUAL and cell.carrier == DRIVER and not cell.outputs and \
            retried(cell.code, step.frame, "queued", retry.relationships) is not None

    def passing(self, node: Node) -> List[str]:
        """Markdown of a processor that only looks at what passes; notes its outcome."""
        step = self.step(node, "queued", FLOW_FILES, ())
        cell, fault = self.ask(node, handler_for(node.processor.type), step)
        self.take(node, step, cell, FLOW_FILES, fault)
        return [f"## {md.plain(self.label(node))}", headline(node, cell, not self.graph.into(node.key))]

    loop_keys: frozenset = frozenset()

    def carries_frames(self, wire: Wire) -> bool:
        """Whether frame files go along a wire."""
        return wire.destination in self.frames and (wire.source in self.frames.passed or wire.source in self.frames.members)

    def step(self, node: Node, source: str, carrier: str, connected: Tuple[str, ...]) -> Step:
        step = Step(node.processor, self.c.resolved(node.processor), self.c.names[node.key], source, carrier, connected, self.c.flow.nifi_version, self.c.flow_name)
        step.attribute_names, step.servers = self.c.attribute_names, self.c.servers
        return step

    def ask(self, node: Node, handler: Optional[Handler], step: Step) -> Tuple[Cell, str]:
        """The handler's cell; a cell that says why where there is none. Never raises: one processor must not cost the flow."""
        if node.processor.disabled:
            return Cell(level=NOT_NEEDED, how="disabled in NiFi: nothing passes here"), ""
        if handler is None:
            known = level_of(node.processor.type)
            what = f"is not converted. A way out: {known.target}" if known.known else f"is n{known.target[1:]}"
            return Cell(level=MANUAL, how=f"{node.processor.short_type} {what}"), ""
        try:
            cell = handler.function(step)
            missing = self.c.unset.get(node.processor.key)
            if missing and cell.level == CONVERTED:
                cell.level, cell.how = ASSISTED, f"{cell.how}; the flow does not set {', '.join(missing)}"
                cell.notes.append(f"**Gap:** NiFi calls it invalid: set {', '.join(md.code(m) for m in missing)} in this cell.")
            return cell, ""
        except Refused as refused:
            return Cell(level=MANUAL, how=f"this configuration is not converted: {refused.message}"), ""
        except Exception as error:
            return Cell(level=MANUAL, how="not converted: the converter failed on this configuration"), f"{type(error).__name__}: {error}"

    def variable(self, node: Node, relationships: Tuple[str, ...]) -> str:
        return f"{self.c.names[node.key]}_{identifier('_'.join(relationships), 'out')}"

    def label(self, node: Node) -> str:
        """The processor's name, with its group where the notebook holds several."""
        return md.one_line(f"{node.path[-1]} / {node.name}" if len(node.path) > self.shared_groups else node.name)

    def all_relationships(self, node: Node) -> List[str]:
        processor = node.processor
        known = [*processor.relationships, *processor.auto_terminated, *self.c.relationships_of(processor)]
        return sorted(set(known))

def emit_part(context: Context, part: Part) -> Notebook:
    """The notebook of a part. Fills the context's outcomes, connections, gaps and widgets."""
    from .frame import assemble

    emitter = PartEmitter(context, part)
    emitter.steps()
    emitter.pieces = without_unread(emitter.pieces, emitter.setup + emitter.commits)
    return assemble(context, part, emitter)
