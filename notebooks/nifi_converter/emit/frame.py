"""What stands around the processors' cells: the head of a notebook, its widgets and imports, and the end of the run."""

from __future__ import annotations

import re
from typing import List, Tuple

from ..planning import Part, Trigger, trigger_of
from ..planning.graph import PROCESSOR
from ..processors import ASSISTED, MANUAL, NOT_NEEDED, Widget
from ..processors.code import Code, call, double_quoted, identifier, lit
from ..resolve import slug
from . import markdown as md
from .context import Context
from .names import imports_for, names_of
from .notebook import Notebook

NO_VALUE = "; the file holds no value"  # ends the description of a parameter's widget

# In the order in which a notebook passes from one to the next.
CARRIERS = {"driver": "**driver** (flow files in plain Python)", "records": "**records** (typed DataFrames)",
            "flow_files": "**flow files** (`attributes MAP<STRING,STRING>`, `content BINARY`)"}


def sources_of(context: Context, part: Part) -> List:
    """The processors that start a part: nothing leads into them, and NiFi runs them all the same."""
    graph = context.plan.graph
    alone = [n.processor for n in part.nodes() if n.kind == PROCESSOR and not graph.into(n.key) and not n.processor.disabled]
    definitions = [context.resolved(p).definition for p in alone]
    return [p for p, definition in zip(alone, definitions) if definition is None or definition.input != "INPUT_REQUIRED"]


def part_trigger(context: Context, part: Part) -> Trigger:
    return trigger_of(sources_of(context, part), nifi_version=context.flow.nifi_version)


def assemble(context: Context, part: Part, emitter) -> Notebook:
    """The notebook out of its pieces. Sets each outcome's cell number (counted from 1, over all cells)."""
    notebook = Notebook(part.name, part.title)
    outcomes = [context.outcomes[n.key] for n in part.nodes() if n.key in context.outcomes]
    notebook.markdown(_head(context, part, outcomes), ())
    if emitter.libraries:
        notebook.magic(f"%pip install {' '.join(sorted(emitter.libraries))}")

    emitter.pieces = [(lines, double_quoted(source), keys) for lines, source, keys in emitter.pieces]
    emitter.setup, emitter.commits = ([double_quoted(s) for s in sources] for sources in (emitter.setup, emitter.commits))
    code = [source for _, source, _ in emitter.pieces if source]
    for name, value in sorted((n, v) for n, v in emitter.parameters.items() if v is not None):
        emitter.widgets.setdefault(_parameter_widget(name), Widget(_parameter_widget(name), value, f"NiFi parameter {name}" + ("" if value else NO_VALUE), needed=not value))
    end = _end(emitter)
    given = _given(emitter, code + emitter.setup + emitter.commits)
    widgets = _widgets(context, emitter, code + given + emitter.setup + emitter.commits + [end])
    context.widgets_of[part.name] = [widget.name for widget in widgets]
    for widget in widgets:
        context.widgets.setdefault(widget.name, widget)
    widget_cell = _widget_cell(widgets, context.slug)
    notebook.code(widget_cell, ())

    report = call("rt.Report", Code("spark"), context.flow_name, Code('f"{tables}__failures"'))
    services = "\n".join([*given, f"report = {report}", *emitter.setup])
    imports = imports_for([widget_cell, services, *code, *emitter.commits, end])
    notebook.code("\n".join(imports) + "\n\n" + services, ())

    for lines, source, keys in emitter.pieces:
        notebook.markdown(lines, keys)
        for key in keys:
            if key in context.outcomes:
                context.outcomes[key].cell = len(notebook.cells) + (1 if source.strip() else 0)
        notebook.code(source, keys)
    words = ["## End of the run", "Failures are written first" + (", then state is committed: a run that breaks off before finds its input again." if emitter.commits else ".")]
    notebook.markdown(words, ())
    notebook.code(end, ())
    return notebook


def _given(emitter, sources: List[str]) -> List[str]:
    """NiFi's parameters and variables as dictionaries, where an expression reads them. Sensitive ones are secrets."""
    given = []
    if any("parameters" in names_of(c)[0] for c in sources):
        rows = [(name, f"dbutils.widgets.get({lit(_parameter_widget(name))})" if value is not None else _secret(name))
                for name, value in sorted(emitter.parameters.items())]
        given.append("parameters = {\n" + "".join(f"    {lit(name)}: {source},\n" for name, source in rows) + "}")
    if emitter.variables_used:
        rows = [(name, lit(text) if text is not None else _secret(name)) for name, text in sorted(emitter.variables_used.items())]
        given.append("variables = {  # of NiFi's process groups\n" + "".join(f"    {lit(name)}: {source},\n" for name, source in rows) + "}")
    return given


def _secret(name: str) -> str:
    return f"dbutils.secrets.get(secret_scope, {lit(slug(name))})"


def _parameter_widget(name: str) -> str:
    """NiFi's name where a widget and a bundle variable may have it."""
    return name if name.isidentifier() and name.isascii() else identifier(name, "parameter")


def _head(context: Context, part: Part, outcomes) -> List[str]:
    flow = context.flow
    parts = context.plan.parts
    number = f" · {parts.index(part) + 1} of {len(parts)}" if len(parts) > 1 else ""
    lines = [f"# {md.plain(context.flow_name)}{number}" + (f" · {md.plain(part.title)}" if part.title != context.flow_name else "")]
    version = f", NiFi {md.plain(flow.nifi_version)}" if flow.nifi_version else ""
    lines.append(f"From {md.code(flow.source_name)} ({md.plain(flow.format)}{version}), {len(outcomes)} processor{'' if len(outcomes) == 1 else 's'}{_groups_in(part)}.")
    if part.depends_on:
        lines += ["", f"Runs after {', '.join(md.code(d) for d in part.depends_on)}: they meet in a folder, topic or table."]
    used = [c for c in CARRIERS if any(o.carrier == c and o.level != NOT_NEEDED for o in outcomes)]
    if used:
        lines += ["", f"{'Carriers' if len(used) > 1 else 'Carrier'}: " + "; ".join(CARRIERS[c] for c in used) + "."]
    groups = [g for g in flow.groups() if g.comments.strip() and any(g.id == n.processor.group_id for n in part.nodes() if n.processor)]
    for group in groups:
        comment = md.plain(md.shorten(group.comments, 600))
        lines += ["", f"> {comment}" if group.name == context.flow_name else f"> {md.plain(group.name)}: {comment}"]
    rows: List[Tuple[str, str]] = []
    trigger = part_trigger(context, part)
    for source in sources_of(context, part):
        schedule = source.schedule
        rows.append((f"*{md.plain(source.name)}* {_period(schedule)}", _when(trigger)))
    for outcome in outcomes:
        if outcome.level in (ASSISTED, MANUAL):
            gaps = f" (`gaps.{outcome.gaps[0]}`)" if outcome.gaps else ""
            rows.append((f"open: *{md.plain(outcome.node.name)}*", f"**{outcome.level}**: {md.plain(md.shorten(outcome.how, 200))}{gaps}"))
    if rows:
        lines += ["", *md.table(("In NiFi", "Here"), rows)]
    faults = [(o.node.name, text) for o in outcomes for text in o.look_at]
    if faults or trigger.notes:
        lines += ["", "**Look at this**", ""]
        lines += [f"{i}. *{md.plain(name)}*: {md.plain(text)}" for i, (name, text) in enumerate(faults, start=1)]
        lines += [f"{i}. {md.plain(text)}" for i, text in enumerate(trigger.notes, start=len(faults) + 1)]
    return lines


def _groups_in(part: Part) -> str:
    """The process groups that a notebook's processors are in, in canvas order."""
    names = list(dict.fromkeys(n.path[-1] for n in part.nodes() if n.kind == PROCESSOR and n.path))
    if not names:
        return ""
    shown = ", ".join(f"*{md.plain(n)}*" for n in names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
    return f" of group{'' if len(names) == 1 else 's'} {shown}"


def schedule_words(context: Context, part: Part) -> str:
    """When a part runs here and when in NiFi."""
    trigger = part_trigger(context, part)
    periods = list(dict.fromkeys(_period(s.schedule) for s in sources_of(context, part)))
    return "; ".join([_when(trigger), *([f"in NiFi {', '.join(periods)}"] if periods else []), *trigger.notes]).replace("`", "")


def _period(schedule) -> str:
    if schedule.strategy == "CRON_DRIVEN":
        return f"cron {md.cell(schedule.period)}"
    return "without a pause" if re.fullmatch(r"0\s*\w*", schedule.period.strip()) else f"every {md.plain(schedule.period)}"


def _when(trigger: Trigger) -> str:
    if trigger.kind == "cron":
        return f"the job's schedule {md.cell(trigger.expression)}"
    if trigger.kind == "periodic":
        minutes = int(trigger.seconds // 60)
        every = "every minute" if minutes == 1 else f"every {minutes} minutes" if minutes % 60 else "every hour" if minutes == 60 else f"every {minutes // 60} hours"
        return f"the job, {every}" + (": change it to what the data need" if trigger.slowed else "")
    return "started by hand or by the task before"


def _widgets(context: Context, emitter, sources: List[str]) -> List[Widget]:
    """Widgets that the notebook reads: the house's own, those that handlers asked for, and `on_manual` where it matters."""
    text = "\n".join(sources)
    widgets = [Widget("catalog", context.settings.catalog, "Unity Catalog's catalog of all tables"),
               Widget("schema", context.schema, "schema of all tables")]
    if "volume" in text:
        widgets.append(Widget("volume", context.volume, "Volume that stands for the NiFi host's folders"))
    if "secret_scope" in text:
        widgets.append(Widget("secret_scope", context.slug, "secret scope that holds the flow's secrets"))
    widgets += [emitter.widgets[name] for name in sorted(emitter.widgets)]
    if emitter.manual_steps:
        widgets.append(Widget("on_manual", context.settings.on_manual, "fail: the run ends red while a manual step is open; keep: its input is only kept", ("fail", "keep")))
    return widgets


def _widget_cell(widgets: List[Widget], slug: str) -> str:
    lines = []
    for w in widgets:
        if w.choices:
            default = w.default if w.default in w.choices else w.choices[0]
            lines.append(f"dbutils.widgets.dropdown({lit(w.name)}, {lit(default)}, {lit(list(w.choices))})")
        else:
            lines.append(f"dbutils.widgets.text({lit(w.name)}, {lit(w.default)})" + (f"  # {md.one_line(w.description)}" if w.description else ""))
    names = [w.name for w in widgets if w.name in ("catalog", "schema", "volume", "secret_scope")]
    lines += ["", f"{', '.join(names)} = (dbutils.widgets.get(name) for name in {lit(tuple(names))})"]
    lines.append(f'tables = f"{{catalog}}.{{schema}}.{slug}"  # all tables of this flow start with it')
    return "\n".join(lines)


def _end(emitter) -> str:
    lines = ["report.write()"] if emitter.commits else []
    lines += emitter.commits
    lines += ["line = report.line()", "print(line)"]
    if emitter.manual_steps:
        lines += ['if report.open_gaps and dbutils.widgets.get("on_manual") == "fail":',
                  '    raise RuntimeError(f"manual steps are open: {line}")']
    lines.append("dbutils.notebook.exit(line)")
    return "\n".join(lines)
