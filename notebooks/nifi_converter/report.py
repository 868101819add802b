"""`conversion_report.json` and `.md`: what became of every processor and connection, and what to look at."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Dict, List, Tuple

from . import __version__
from .emit import markdown as md
from .emit.bundle import is_running, jobs
from .emit.context import Context
from .emit.frame import NO_VALUE, schedule_words
from .planning import Part
from .planning.graph import PROCESSOR, connection_identity
from .processors import ASSISTED, CONVERTED, LEVELS, MANUAL, NOT_NEEDED

SCHEMA_VERSION = 1


def build_report(context: Context, parts: List[Part], static: Dict, validation: Dict) -> Dict:
    """The report as plain data. Keys and their meaning: docs/conversion_report.md."""
    flow = context.flow
    processors = []
    place = {p.name: number for number, p in enumerate(parts)}

    def read_order(node):
        """As a reader of the notebooks meets it; what has no cell comes last."""
        outcome = context.outcomes[node.key]
        return place.get(outcome.notebook, len(place)), outcome.cell, node.order

    for node in sorted((n for n in context.plan.graph.nodes.values() if n.kind == PROCESSOR), key=read_order):
        outcome = context.outcomes[node.key]
        processors.append({
            "id": node.processor.id, "name": md.one_line(node.processor.name), "type": node.processor.type,
            "group_id": node.processor.group_id, "group": " / ".join(md.one_line(p) for p in node.path),
            "level": outcome.level, "reason": md.one_line(outcome.how), "carrier": outcome.carrier,
            "notebook": outcome.notebook, "cell": outcome.cell, "gaps": outcome.gaps,
            **({"outside": outcome.outside} if outcome.outside else {}),
            **({"not_used": [md.one_line(name) for name in outcome.not_used]} if outcome.not_used else {}),
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
    order = {n.key: n.order for n in context.plan.graph.nodes.values()}
    place = {c.id: order.get(c.source.key, (1 << 30, 0.0, 0.0, "", "")) for c in context.plan.graph.connections}
    connections.sort(key=lambda c: place[c["id"]])
    levels = Counter(p["level"] for p in processors)
    settings = [{"name": w.name, "description": md.one_line(w.description)} for _, w in sorted(context.widgets.items()) if w.needed]
    look_at = [f"{o.node.name}: {text}" for node in context.plan.graph.nodes.values() if node.kind == PROCESSOR
               for o in [context.outcomes[node.key]] for text in o.look_at] + context.look_at
    return {
        "version": SCHEMA_VERSION,
        "flow": context.flow_name,
        "source": {"name": flow.source_name, "format": flow.format, "sha256": flow.sha256, "size": flow.size,
                   "nifi_version": flow.nifi_version, "group_id": flow.group_id},
        "converter_version": __version__,
        "levels": {level: levels.get(level, 0) for level in LEVELS},
        "summary": _summary(processors, levels, settings, sorted(context.secrets)),
        "static_check": static,
        "validation": validation,
        "look_at": [md.one_line(x) for x in look_at],
        "settings": settings,
        "notebooks": [{"name": p.name, "title": md.one_line(p.title), "depends_on": p.depends_on, "schedule": md.one_line(schedule_words(context, p)),
                       "processors": sum(n.kind == PROCESSOR for n in p.nodes())} for p in parts],
        "processors": processors,
        "connections": connections,
        "services": [{"id": s.id, "name": md.one_line(s.name), "type": s.type, "becomes": _service(s.short_type)} for s in flow.services()],
        "parameters": _parameters(context),
        "secrets": sorted(context.secrets),
        "secret_uses": [{"key": key, "description": md.one_line(what)} for key, what in sorted(context.secrets.items())],
        "place": _place(context, parts),
        "notes": [md.one_line(n) for n in flow.notes],
    }


def _place(context: Context, parts: List[Part]) -> Dict:
    """Where the notebooks' tables, files and secrets are by default, and the jobs that run them."""
    widgets = {name: widget.default for name, widget in context.widgets.items()}
    made = jobs(context, parts)
    return {"catalog": context.settings.catalog, "schema": context.schema, "volume": widgets.get("volume", ""), "secret_scope": widgets.get("secret_scope", ""),
            "failures": f"{context.slug}__failures", "jobs": [key for key, _ in made],
            "paused": any(not any(is_running(context, p) for p in members) for _, members in made)}


def _service(kind: str) -> str:
    """What becomes of a controller service, by its kind."""
    for pattern, words in _SERVICES:
        if re.search(pattern, kind):
            return words
    return "its settings are read where a processor uses it"


_SERVICES = (
    (r"(Reader|Writer|RecordSetWriter)$", "options of the cells that use it; between processors that both speak records it vanishes"),
    (r"SchemaRegistry$", "its schemas stand in the services cell, where they are part of the flow"),
    (r"(DBCP|ConnectionPool|HikariCP)", "JDBC for what is read, a schema of Unity Catalog for what is written"),
    (r"SSL", "the cluster's certificates"),
    (r"(MapCache|SetCache|Redis)", "a state table"),
    (r"Lookup", "a table or dictionary of the cell that looks up"),
    (r"Credential|KeyProvider", "the cluster's own identity, or secrets"),
)


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


def _summary(processors: List[Dict], levels: Counter, settings: List[Dict], secrets: List[str]) -> str:
    total = len(processors) or 1
    done = levels.get(CONVERTED, 0) + levels.get(NOT_NEEDED, 0)
    return (f"{done} of {_many(len(processors), 'processor')} ({100 * done // total} %) need nothing more: {levels.get(CONVERTED, 0)} converted, "
            f"{levels.get(NOT_NEEDED, 0)} not needed. To do: {_todo(levels, settings, secrets)}.")


def _todo(levels: Counter, settings: List[Dict], secrets: List[str]) -> str:
    parts = [f"{levels[level]} {level}" for level in (ASSISTED, MANUAL) if levels.get(level)]
    parts += [_many(len(x), what) for x, what in ((settings, "setting"), (secrets, "secret")) if x]
    return ", ".join(parts) or "nothing"


def _many(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def report_json(report: Dict) -> str:
    return json.dumps(report, indent=1, ensure_ascii=False) + "\n"


def report_markdown(report: Dict) -> str:
    """The same for people: summary first, then what to do, what looks wrong, then everything."""
    source, static = report["source"], report["static_check"]
    version = f", NiFi {md.plain(source['nifi_version'])}" if source["nifi_version"] else ""
    lines = [f"# {md.plain(report['flow'])}", "", f"From {md.code(source['name'])} ({md.plain(source['format'])}{version}), converted by version {report['converter_version']}.", "",
             f"- {md.plain(report['summary'])}",
             f"- {md.plain(report['validation']['summary'])}",
             f"- Static check: {static['good_cells']} of {static['cells']} cells compile and read no unknown name."]
    if report["look_at"]:
        lines.append(f"- {_many(len(report['look_at']), 'place')} of the flow itself to look at.")
    lines += _to_do(report)
    if report["look_at"]:
        lines += ["", f"## Look at this ({len(report['look_at'])})", "", *[f"- {md.plain(x)}" for x in report["look_at"]]]
    if static["problems"]:
        lines += ["", "## Static check", "", *[f"- {md.plain(x)}" for x in static["problems"]]]
    lines += _not_run(report["validation"])
    rows = [(md.code(n["name"]), md.plain(n["title"]), str(n["processors"]), md.plain(n["schedule"]), ", ".join(md.code(d) for d in n["depends_on"]) or "–") for n in report["notebooks"]]
    lines += ["", "## Notebooks", "", *md.table(("Notebook", "Holds", "Processors", "Runs", "After"), rows)]
    rows = [(md.plain(p["name"]), md.cell(p["type"].rsplit(".", 1)[-1]), p["level"].replace("_", " "), _where(p), md.plain(p["reason"])) for p in report["processors"]]
    lines += ["", "## Processors", "", *md.table(("Processor", "Type", "Level", "Where", "How"), rows)]
    rows = [(md.plain(c["from"]), ", ".join(md.cell(r) for r in c["relationships"]) or "–", md.plain(c["to"]), md.plain(c["carrier"].replace("_", " ")) + _queue_words(c)) for c in report["connections"]]
    lines += ["", "## Connections", "", *md.table(("From", "Relationships", "To", "Carried as"), rows)]
    lines += _not_used(report["processors"])
    if report["services"]:
        rows = [(md.plain(s["name"]), md.cell(s["type"].rsplit(".", 1)[-1]), md.plain(s["becomes"])) for s in report["services"]]
        lines += ["", "## Controller services", "", *md.table(("Service", "Type", "Here"), rows)]
    if report["notes"]:
        lines += ["", "## What the reader had to leave open", "", *[f"- {md.plain(x)}" for x in report["notes"]]]
    return "\n".join(lines) + "\n"


def _to_do(report: Dict) -> List[str]:
    """All that a person has to do, in the order in which it is best done: what the cells need, what is to be written, what
    is to be judged, and the first run."""
    assisted, manual = ([p for p in report["processors"] if p["level"] == level] for level in (ASSISTED, MANUAL))
    written = [p for p in assisted if p["gaps"]]
    arranged = [p for p in assisted if not p["gaps"]]
    steps: List[Tuple[str, List[str]]] = [("Make a place for tables and files", _places(report))]
    if report["secrets"]:
        steps.append((f"Put {_many(len(report['secrets']), 'secret')} into the scope", _secrets(report)))
    if report["settings"]:
        steps.append((f"Give {_many(len(report['settings']), 'variable')} of `databricks.yml` a value", _settings(report["settings"])))
    if written:
        rows = [(", ".join(md.code(g) for g in p["gaps"]), md.plain(p["name"]), _where(p), md.plain(p["reason"])) for p in written]
        functions = len({g for p in written for g in p["gaps"]})
        steps.append((f"Write {_many(functions, 'function')} in `gaps.py`", md.table(("Function", "Processor", "Where", "What it stands for"), rows)))
    for todo, words in ((arranged, "Arrange what {} need"), (manual, "Replace {}")):
        if todo:
            steps.append((words.format(_many(len(todo), "processor")).replace("1 processor need", "1 processor needs"), _by_reason(todo)))
    if report["look_at"]:
        steps.append((f"Judge {_many(len(report['look_at']), 'place')} of the flow itself", ["Listed under *Look at this*: faults that the flow has in NiFi too, or that only a person can judge."]))
    steps.append(("Run it once by hand", _first_run(report)))
    lines = ["", "## To do, in this order"]
    for number, (title, body) in enumerate(steps, start=1):
        lines += ["", f"### {number}. {title}", "", *body]
    return lines


def _places(report: Dict) -> List[str]:
    place = report["place"]
    lines = ["```sql", f"CREATE SCHEMA IF NOT EXISTS {place['catalog']}.{place['schema']};"]
    if place["volume"]:
        found = re.fullmatch(r"/Volumes/([^/]+)/([^/]+)/([^/]+)(/.*)?", place["volume"])
        lines += [f"CREATE VOLUME IF NOT EXISTS {'.'.join(found.group(1, 2, 3))};"] if found else [f"-- and the folder {place['volume']}"]
    return lines + ["```", "", "Other names: the variables `catalog` and `schema`" + (" and `volume`" if place["volume"] else "") + " of `databricks.yml`."]


def _settings(settings: List[Dict]) -> List[str]:
    """One line for each; parameters whose values are only in NiFi's parameter contexts are told together."""
    parameters = [s for s in settings if s["description"].endswith(NO_VALUE)]
    lines = [f"- {md.code(s['name'])}: {md.plain(s['description'])}" for s in settings if s not in parameters]
    if parameters:
        lines.append("- Parameters of NiFi that the file holds no value of; NiFi's parameter contexts have them: " + ", ".join(md.code(s["name"]) for s in parameters))
    return lines


def _secrets(report: Dict) -> List[str]:
    scope = report["place"]["secret_scope"]
    rows = [(f"`databricks secrets put-secret {scope} {s['key']}`", md.plain(s["description"])) for s in report["secret_uses"]]
    return [f"`databricks secrets create-scope {scope}` first, if there is no such scope (variable `secret_scope`).", "", *md.table(("Secret", "What it is"), rows)]


def _by_reason(processors: List[Dict]) -> List[str]:
    """Processors that need the same are one row."""
    rows: Dict[Tuple[str, str], List[Dict]] = {}
    for p in processors:
        rows.setdefault((p["type"].rsplit(".", 1)[-1] if p["level"] == MANUAL else "", p["reason"]), []).append(p)
    return md.table(("Processor", "Type", "Where", "What"), [
        (", ".join(md.plain(p["name"]) for p in same), ", ".join(dict.fromkeys(md.cell(p["type"].rsplit(".", 1)[-1]) for p in same)),
         "; ".join(_where(p) for p in same), md.plain(reason)) for (_, reason), same in rows.items()])


def _first_run(report: Dict) -> List[str]:
    place = report["place"]
    jobs = ", then ".join(f"`databricks bundle run {job}`" for job in place["jobs"])
    return ["- `databricks bundle deploy`" + (f", {jobs}: in the target `dev` no schedule is active." if jobs else "."),
            f"- Read what is in `{place['catalog']}.{place['schema']}.{place['failures']}` and the last line of each notebook: what failed, and how much came through.",
            "- Compare with what NiFi made of the same input, then `databricks bundle deploy -t prod`."
            + (" A schedule that is `PAUSED` belongs to sources that were not running in the flow file." if place["paused"] else "")]


def _where(processor: Dict) -> str:
    return f"{processor['notebook']}, cell {processor['cell']}" if processor["notebook"] and processor["cell"] else processor["notebook"] or "–"


def _not_run(validation: Dict) -> List[str]:
    """Which processors did not run over the sample data, and why."""
    lines: List[str] = []
    for key, title in (("failed", "Failed on sample data"), ("skipped", "Not run on sample data")):
        if validation.get(key):
            lines += ["", f"## {title} ({len(validation[key])})", "", *[f"- {md.plain(x['name'])}: {md.plain(x['why'])}" for x in validation[key]]]
    return lines


def _not_used(processors: List[Dict]) -> List[str]:
    """What the flow sets and no cell takes up: processors that set the same are one row."""
    rows: Dict[Tuple[str, Tuple[str, ...]], List[str]] = {}
    for p in processors:
        if p.get("not_used"):
            rows.setdefault((p["type"].rsplit(".", 1)[-1], tuple(p["not_used"])), []).append(p["name"])
    if not rows:
        return []
    return ["", "## Set in NiFi, not used here", "", "Most of these have no meaning on Databricks, such as sizes of buffers and batches. See whether one of them matters.", "",
            *md.table(("Properties", "Type", "Processors"), [(", ".join(md.plain(n) for n in names), md.cell(kind), ", ".join(md.plain(n) for n in of)) for (kind, names), of in rows.items()])]


def _queue_words(connection: Dict) -> str:
    """What a queue did that the table or frame in its place does not."""
    words = [f"expired after {connection['expiration']}"] if "expiration" in connection else []
    words += [f"ordered by {', '.join(connection['prioritizers'])}"] if "prioritizers" in connection else []
    return f" (NiFi: {md.plain('; '.join(words))}; not here)" if words else ""
