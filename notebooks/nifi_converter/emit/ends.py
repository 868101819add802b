"""What becomes of the flow files that a cell gives: the variables of its relationships, failures that are kept, ends that
nobody reads; and the tables where flow files wait for a processor that was not converted."""

from __future__ import annotations

from collections import Counter
from typing import Any, List, Optional, Tuple

from ..planning import Node
from ..planning.graph import PROCESSOR
from ..planning.triggers import period_seconds
from ..processors import DRIVER, FLOW_FILES, MANUAL, NOT_NEEDED, Cell, Handler, Step, handler_for
from ..processors.code import Code, arrivals, call, lit
from . import markdown as md
from .loops import FAILURE_LIKE, Retry
from .queues import parked_by
from .source import renamed, sent_to
from .words import headline, listed, manual_words, words_of_ends

# Branches that meet repeat all that was before them in a plan, and the next ones repeat that again. So many copies of one
# origin, and what branches next is written down.
MEETINGS = 4


def finish(emitter: Any, node: Node, handler: Optional[Handler], step: Step, cell: Cell, source: str, carrier: str,
           outgoing: List[Tuple[str, ...]], connected: Tuple[str, ...], inside_loop: bool, retry: Optional[Retry] = None) -> Tuple[List[str], str]:
    """(markdown lines, code) of a processor whose cell is known: the cell, and a variable for each relationship that leads on."""
    name = step.frame
    kind = cell.carrier or carrier
    lines = [f"## {md.plain(emitter.label(node))}", headline(node, cell, not emitter.graph.into(node.key))]
    if node.processor.comments.strip():
        lines += ["", f"> {md.plain(node.processor.comments)}"]
    if cell.notes:
        lines += [""] + list(cell.notes)
    if cell.level == MANUAL:
        return lines + manual_words(name, source, outgoing), manual(emitter, node, name, source, outgoing, cell)
    code = [cell.code] if cell.code else []
    if not cell.code and cell.passes and source:
        # Nothing to compute: what comes in goes out, under the input's own name.
        for relationships in outgoing:
            passes = set(relationships) & set(cell.passes)
            bind(emitter, node.key, relationships, source if passes else None, name, code, kind)
            if passes:
                emitter.carriers[source] = carrier
        return lines, "\n".join(code)
    if not cell.code:
        for relationships in outgoing:
            bind(emitter, node.key, relationships, None, name, code, kind)
        return lines, "\n".join(code)
    origins = emitter.origins.get(source) or Counter({node.key: 1})
    volatile = kind != DRIVER and (emitter.volatile.get(source, False) or not deterministic(emitter, handler, step, cell) or max(origins.values()) >= MEETINGS)
    ends = [r for r in emitter.all_relationships(node) if r not in connected and (cell.sends is None or r in cell.sends)]
    sent = sent_to(cell.code, name) if not cell.outputs else None
    if sent:
        if slower(emitter, node, kind, sent[0]):
            lines += ["", "The job runs more often than this processor did: the cell acts where its period has passed since it last did."]
        return lines + words_of_ends([], [r for r in ends if r == sent[2]]), send_on(emitter, node, sent, kind, volatile, origins, outgoing, cell)
    parked = parked_by(emitter, node, connected)
    logged = only_logged(emitter, node, outgoing) if not cell.outputs else []
    kept = [r for r in ends if FAILURE_LIKE.search(r) or r in parked and r not in ("success", "original")] + logged
    led_back = retry.relationships if retry else ()
    may_fail = any(verb in cell.code for verb in ("rt.transform", "rt.for_each", "frame_files."))
    consumers = readers(emitter, node, outgoing) + bool(kept or may_fail)
    if volatile and consumers > 1 and not cell.outputs and not inside_loop:
        code.append(f'{name} = rt.materialise({name}, f"{{tables}}__{name}")  # read by several: computed once')
        volatile, origins = False, Counter({node.key: 1})
    if (kept or may_fail) and not cell.outputs:
        code.append(call("report.keep", Code(name), emitter.label(node), *kept))
    for relationships in outgoing:
        variable = emitter.variable(node, relationships)
        given = [cell.outputs[r] for r in relationships if r in cell.outputs]
        if given:
            expression = given[0] if len(given) == 1 else call("rt.union", *[Code(g) for g in given])
        else:
            expression = call("rt.relationship", Code(name), *relationships)
        code.append(f"{variable} = {expression}" + ("  # nothing is sent here" if expression == "[]" else ""))
        emitter.variables[(node.key, relationships)] = variable
        emitter.carriers[variable] = kind
        emitter.volatile[variable], emitter.origins[variable] = volatile, origins
    dropped = [r for r in ends if r not in kept]
    lines += words_of_ends([r for r in kept if r not in (*led_back, *parked, *logged)], [r for r in dropped if r not in parked])
    if logged:
        lines += ["", f"Only logged in NiFi: {listed(logged)} kept in the failure table."]
    if parked:
        lines += ["", "Ends in a funnel that leads nowhere: " + "; ".join(
            f"{listed(names)} {what}" for names, what in (([r for r in parked if r in kept], "kept in the failure table"), ([r for r in parked if r not in kept], "dropped")) if names) + "."]
    return lines, "\n".join(code)


def send_on(emitter: Any, node: Node, sent: Tuple[str, str, str], kind: str, volatile: bool, origins: Counter, outgoing: List[Tuple[str, ...]], cell: Cell) -> str:
    """A cell all of whose flow files go to one relationship: it is assigned to that relationship's variable."""
    head, expression, relationship = sent
    lines = [head] if head else []
    period = slower(emitter, node, kind, head)
    if period:
        due = f"{emitter.c.names[node.key]}_due"
        emitter.setup.append(f'{due} = rt.Due(spark, f"{{tables}}__{due}", seconds={period:g})')
        emitter.commits.append(f"{due}.commit()")
        expression = f"{expression} if {due}.now() else []"
    given = [rs for rs in outgoing if relationship in rs]
    if not given and not expression.isidentifier():
        lines.append(f"{emitter.c.names[node.key]} = {expression}")
    if volatile and readers(emitter, node, given) > 1:
        expression = call("rt.materialise", Code(expression), Code(f'f"{{tables}}__{emitter.c.names[node.key]}"')) + "  # read by several: computed once"
        volatile, origins = False, Counter({node.key: 1})
    for relationships in outgoing:
        if relationships not in given:
            bind(emitter, node.key, relationships, None, "", lines, kind)
            continue
        variable = emitter.variable(node, relationships)
        lines.append(f"{variable} = {expression}")
        expression = variable
        cell.commit = renamed(cell.commit, emitter.c.names[node.key], variable)
        emitter.variables[(node.key, relationships)] = variable
        emitter.carriers[variable], emitter.volatile[variable], emitter.origins[variable] = kind, volatile, origins
    return "\n".join(lines)


def slower(emitter: Any, node: Node, kind: str, head: str) -> Optional[float]:
    """The period of a source that runs less often than its part, in seconds; None for all others, and for a cell of more
    than one expression, which cannot be left out."""
    from .frame import part_trigger

    schedule = node.processor.schedule
    if kind != DRIVER or head or emitter.graph.into(node.key) or schedule.strategy == "CRON_DRIVEN":
        return None
    trigger, period = part_trigger(emitter.c, emitter.part), period_seconds(schedule.period)
    return period if period and trigger.kind == "periodic" and period > trigger.seconds else None


def only_logged(emitter: Any, node: Node, outgoing: List[Tuple[str, ...]]) -> List[str]:
    """Relationships like `failure` that lead to nothing but processors that look at what passes: the log was where NiFi
    told of them."""
    wires = [w for w in emitter.graph.out_of(node.key) if w.relationships in outgoing and w.destination != node.key]
    handled = {r for w in wires if not leads_nowhere(emitter, w.destination) for r in w.relationships}
    return sorted({r for w in wires for r in w.relationships if FAILURE_LIKE.search(r)} - handled)


def leads_nowhere(emitter: Any, key: str, seen: Tuple[str, ...] = ()) -> bool:
    """Whether what comes to a node has no effect there and behind it: it is logged, or the processor is disabled."""
    node = emitter.graph.nodes[key]
    if node.kind != PROCESSOR or key in emitter.frames.members:
        return False
    if node.processor.disabled or key in seen:
        return True
    if not all(leads_nowhere(emitter, w.destination, (*seen, key)) for w in emitter.graph.out_of(key)):
        return False
    return emitter.ask(node, handler_for(node.processor.type), emitter.step(node, "queued", FLOW_FILES, ()))[0].level == NOT_NEEDED


def readers(emitter: Any, node: Node, outgoing: List[Tuple[str, ...]]) -> int:
    """How many processors read what goes out by these relationships."""
    return sum(w.relationships in outgoing for w in emitter.graph.out_of(node.key))


def deterministic(emitter: Any, handler: Optional[Handler], step: Step, cell: Cell) -> bool:
    declared = handler.deterministic if handler else True
    return (declared if cell.deterministic is None else cell.deterministic) and step.deterministic


def bind(emitter: Any, key: str, relationships: Tuple[str, ...], expression: Optional[str], name: str, code: List[str], kind: str) -> None:
    """A relationship's variable; with nothing to bind, an empty list that all consumers understand."""
    if expression is None:
        variable = emitter.variable(emitter.graph.nodes[key], relationships)
        code.append(f"{variable} = []  # nothing is sent here")
        emitter.variables[(key, relationships)] = variable
        emitter.carriers[variable] = DRIVER
    else:
        emitter.variables[(key, relationships)] = expression


def manual(emitter: Any, node: Node, name: str, source: str, outgoing, cell: Cell) -> str:
    emitter.manual_steps = True
    code = []
    label = lit(emitter.label(node))
    if source:
        code.append(f'{name}_waiting = rt.keep_waiting(spark, {source}, f"{{tables}}__to_{name}")')
        code.append(f"if {name}_waiting:")
        code.append(f'    report.gap({label}, "manual", f"{{{name}_waiting}} flow files wait in {{tables}}__to_{name}")')
    else:
        code.append(f'report.gap({label}, "manual", {lit(cell.how)})')
    for relationships in outgoing:
        variable = emitter.variable(node, relationships)
        arriving, commit = arrivals(f"from_{variable}")
        code.append(f"{variable} = {arriving}")
        emitter.commits.append(commit)
        emitter.variables[(node.key, relationships)] = variable
        emitter.carriers[variable] = FLOW_FILES
    return "\n".join(code)
