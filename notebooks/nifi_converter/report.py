"""`conversion_report.json` and `.md`: what became of every processor and connection, and what to look at."""

from __future__ import annotations

import json
from collections import Counter
from typing import Dict, List, Optional

from . import __version__
from .emit import markdown as md
from .emit.context import Context
from .planning import Part
from .planning.graph import PROCESSOR, connection_identity
from .processors import ASSISTED, CONVERTED, LEVELS, MANUAL, NOT_NEEDED

SCHEMA_VERSION = 1


def build_report(context: Context, parts: List[Part], static: Dict, validation: Dict) -> Dict:
    """The report as plain data. Keys and their meaning: docs/conversion_report.md."""
    flow = context.flow
    processors = []
    for node in sorted((n for n in context.plan.graph.nodes.values() if n.kind == PROCESSOR), key=lambda n: n.order):
        outcome = context.outcomes[node.key]
        processors.append({
            "id": node.processor.id, "name": md.one_line(node.processor.name), "type": node.processor.type,
            "group_id": node.processor.group_id, "group": " / ".join(md.one_line(p) for p in node.path),
            "level": outcome.level, "reason": md.one_line(outcome.how), "carrier": outcome.carrier,
            "notebook": outcome.notebook, "cell": outcome.cell, "gaps": outcome.gaps,
            **({"outside": outcome.outside} if outcome.outside else {}),
            **({"converter_fault": md.one_line(outcome.fault)} if outcome.fault else {}),
        })
    names = {n.key: n.name for n in context.plan.graph.nodes.values()}
    for group in flow.groups():
        for part in (*group.input_ports, *group.output_ports, *group.funnels, *(p for g in [group] for p in g.processors)):
            names.setdefault(part.key, part.name or "funnel")
    connections = []
    for index, connection in enumerate(context.plan.graph.connections):
        identity = connection_identity(connection, index)
        outcome = context.connections.get(identity)
        connections.append({
            "id": connection.id, "group_id": connection.group_id,
            "from": md.one_line(names.get(connection.source.key, connection.source.kind.lower())),
            "relationships": list(connection.relationships),
            "to": md.one_line(names.get(connection.destination.key, connection.destination.kind.lower())),
            "carrier": outcome.carrier if outcome else ("none" if identity in context.plan.graph.dangling else "failure table or outbox"),
            **_queue(connection),
        })
    levels = Counter(p["level"] for p in processors)
    look_at = [f"{o.node.name}: {text}" for node in context.plan.graph.nodes.values() if node.kind == PROCESSOR
               for o in [context.outcomes[node.key]] for text in o.look_at] + context.look_at
    return {
        "version": SCHEMA_VERSION,
        "flow": context.flow_name,
        "source": {"name": flow.source_name, "format": flow.format, "sha256": flow.sha256, "size": flow.size,
                   "nifi_version": flow.nifi_version, "group_id": flow.group_id},
        "converter_version": __version__,
        "levels": {level: levels.get(level, 0) for level in LEVELS},
        "summary": _summary(processors, levels),
        "static_check": static,
        "validation": validation,
        "look_at": [md.one_line(x) for x in look_at],
        "notebooks": [{"name": p.name, "title": md.one_line(p.title), "depends_on": p.depends_on} for p in parts],
        "processors": processors,
        "connections": connections,
        "services": [{"id": s.id, "name": md.one_line(s.name), "type": s.type} for s in flow.services()],
        "parameters": _parameters(context),
        "secrets": sorted(context.secrets),
        "notes": [md.one_line(n) for n in flow.notes],
    }


def _queue(connection) -> Dict:
    """Queue settings that mean something: expiry and order lose or reorder data, the others only bound NiFi's memory."""
    found = {}
    if connection.expiration and not connection.expiration.strip().startswith("0"):
        found["expiration"] = connection.expiration
    if connection.prioritizers:
        found["prioritizers"] = [p.rsplit(".", 1)[-1] for p in connection.prioritizers]
    if connection.load_balance not in ("", "DO_NOT_LOAD_BALANCE"):
        found["load_balance"] = connection.load_balance
    return found


def _parameters(context: Context) -> List[Dict]:
    found = []
    for name in sorted(context.flow.parameter_contexts):
        for parameter in context.flow.parameter_contexts[name].parameters.values():
            found.append({"context": name, "name": parameter.name, "sensitive": parameter.sensitive})
    return found


def _summary(processors: List[Dict], levels: Counter) -> str:
    total = len(processors) or 1
    done = levels.get(CONVERTED, 0) + levels.get(NOT_NEEDED, 0)
    todo = levels.get(ASSISTED, 0) + levels.get(MANUAL, 0)
    return (f"{done} of {len(processors)} processors ({100 * done // total} %) need nothing more: {levels.get(CONVERTED, 0)} converted, "
            f"{levels.get(NOT_NEEDED, 0)} not needed. {todo} to do: {levels.get(ASSISTED, 0)} assisted, {levels.get(MANUAL, 0)} manual.")


def report_json(report: Dict) -> str:
    return json.dumps(report, indent=1, ensure_ascii=False) + "\n"


def report_markdown(report: Dict) -> str:
    """The same for people: summary first, then what to do, what looks wrong, then everything."""
    source = report["source"]
    lines = [f"# {md.plain(report['flow'])}", "", f"From {md.code(source['name'])}. {report['summary']}", "", md.plain(report["validation"]["summary"])]
    todo = [p for p in report["processors"] if p["level"] in (ASSISTED, MANUAL)]
    if todo:
        rows = [(md.plain(p["name"]), md.cell(p["type"].rsplit(".", 1)[-1]), p["level"],
                 md.plain(p["reason"]) + "".join(f" `gaps.{g}`" for g in p["gaps"])) for p in todo]
        lines += ["", f"## To do ({len(todo)})", "", *md.table(("Processor", "Type", "Level", "What"), rows)]
    if report["look_at"]:
        lines += ["", "## Look at this", "", *[f"- {md.plain(x)}" for x in report["look_at"]]]
    if report["secrets"]:
        lines += ["", "## Secrets to provide", "", *[f"- {md.code(x)}" for x in report["secrets"]]]
    if report["static_check"]["problems"]:
        lines += ["", "## Static check", "", *[f"- {md.plain(x)}" for x in report["static_check"]["problems"]]]
    rows = [(md.plain(p["name"]), md.cell(p["type"].rsplit(".", 1)[-1]), p["level"].replace("_", " "),
             f"{p['notebook']}, cell {p['cell']}" if p["notebook"] and p["cell"] else p["notebook"] or "–", md.plain(p["reason"])) for p in report["processors"]]
    lines += ["", "## Processors", "", *md.table(("Processor", "Type", "Level", "Where", "How"), rows)]
    rows = [(md.plain(c["from"]), ", ".join(md.cell(r) for r in c["relationships"]) or "–", md.plain(c["to"]), md.plain(c["carrier"])) for c in report["connections"]]
    lines += ["", "## Connections", "", *md.table(("From", "Relationships", "To", "Carried as"), rows)]
    if report["notes"]:
        lines += ["", "## What the reader had to leave open", "", *[f"- {md.plain(x)}" for x in report["notes"]]]
    return "\n".join(lines) + "\n"
