"""Converts one flow: read, resolve, plan, emit, check. `convert_flow` gives all files of the output as texts."""

from __future__ import annotations

import ast
import json
import os
import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Callable, Dict, FrozenSet, Iterable, List, Optional, Set, Tuple

from .check import check_notebooks, check_report
from .doubts import attributes_set, doubts, unset
from .emit.bundle import bundle_source
from .emit.context import ConnectionOutcome, Context, Outcome, Settings
from .emit.gaps import gaps_source
from .emit.names import runtime_modules
from .emit.naming import RESERVED
from .emit.notebook import Notebook
from .emit.part import emit_part
from .faults import not_used
from .model import Flow
from .plan import make_plan
from .processors import ASSISTED, CONVERTED, NOT_NEEDED, Gap
from .processors.servers import servers_of
from .report import build_report, report_json, report_markdown
from .resolve import resolve, secret_by_name
from .source_copy import FILE_NAME as SOURCE_FILE
from .source_copy import source_copy

NOT_RUN = {"ran": False, "percentage": None, "replaced": [], "skipped": [], "summary": "Not run over sample data: only the static checks were made."}

Progress = Callable[[str, int, int], None]  # (step, processors done, of)


@dataclass
class Conversion:
    """The result: `files` maps paths within the output folder to texts."""

    flow: Flow
    report: Dict
    notebooks: List[Notebook]
    files: Dict[str, str] = field(default_factory=dict)
    problems: List[str] = field(default_factory=list)
    context: Optional[Context] = None


# Runs the notebooks, tells how many processors it has run, and gives the report's `validation`.
Validate = Callable[[Conversion, Callable[[int], None]], Dict]


def convert_flow(flow: Flow, settings: Optional[Settings] = None, existing_gaps: str = "", progress: Optional[Progress] = None,
                 validate: Optional[Validate] = None) -> Conversion:
    """The conversion of a flow, in memory. The same flow, settings and gaps give the same bytes.

    `validate` runs the notebooks where Spark is at hand and gives the report's `validation`.
    """
    tell = progress or (lambda step, done, of: None)
    tell("plan", 0, 1)
    resolved = resolve(flow)
    plan = make_plan(flow)

    def relationships(processor):
        return resolved.processor(processor.key).relationships

    context = Context(plan, lambda p: resolved.processor(p.key), relationships, settings or Settings())
    context.attribute_names = frozenset(attributes_set(resolved))
    context.doubts, context.look_at = doubts(resolved)
    context.unset = unset(resolved)
    for processor in resolved.processors():
        processor.looked_at.clear()  # what was asked for so far was only checked
    context.servers = servers_of(resolved, RESERVED.union(runtime_modules(), context.names.values()))
    notebooks = []
    total = sum(1 for _ in flow.processors())
    for part in plan.parts:
        notebooks.append(emit_part(context, part))
        tell("emit", len(context.outcomes), total)
    for node in plan.alone:
        context.outcomes[node.key] = Outcome(node, NOT_NEEDED, "it has no connection: nothing comes in and nothing leaves",
                                             look_at=context.doubts.get(node.processor.key, []) if node.processor else [])
    for identity, why in plan.graph.dangling.items():
        context.connections[identity] = ConnectionOutcome(f"none: {why}")
    context.connect_parts()
    for outcome in context.outcomes.values():
        if outcome.level in (CONVERTED, ASSISTED) and outcome.node.processor is not None:
            outcome.not_used = not_used(resolved.processor(outcome.node.processor.key))
    hide = _redactor(flow, resolved, context)
    for notebook in notebooks:
        for cell in notebook.cells:
            cell.text = hide(cell.text)
    context.gaps = [Gap(g.function, g.arguments, hide(g.doc), g.body) for g in context.gaps]
    for widget in list(context.widgets.values()):
        context.widgets[widget.name] = replace(widget, default=hide(widget.default), description=hide(widget.description))
    for outcome in context.outcomes.values():
        outcome.how, outcome.look_at = hide(outcome.how), [hide(x) for x in outcome.look_at]
    context.look_at = [hide(x) for x in context.look_at]
    gaps, _ = gaps_source(context.gaps, existing_gaps)
    tell("check", 0, 1)
    checked = check_notebooks(notebooks, gaps)
    static = {"cells": checked.cells, "good_cells": checked.good_cells, "problems": checked.problems}
    conversion = Conversion(flow, {}, notebooks, context=context)
    conversion.files = {f"notebooks/{n.name}.py": n.source() for n in notebooks}
    if context.gaps or existing_gaps:
        conversion.files["notebooks/gaps.py"] = gaps
    conversion.files.update(runtime_files([source for name, source in conversion.files.items() if name.endswith(".py")]))
    conversion.files["databricks.yml"] = bundle_source(context, plan.parts)
    validation = validate(conversion, lambda done: tell("check", done, total)) if validate else dict(NOT_RUN)
    report = build_report(context, plan.parts, static, validation)
    conversion.problems = checked.problems + check_report(flow, report)
    report["static_check"]["problems"] = conversion.problems
    conversion.report = report
    conversion.files["conversion_report.json"] = report_json(report)
    conversion.files["conversion_report.md"] = report_markdown(report)
    conversion.files[SOURCE_FILE] = source_copy(resolved, hide)
    tell("done", 1, 1)
    return conversion


def _redactor(flow: Flow, resolved, context: Context) -> Callable[[str], str]:
    """A function that puts `(secret)` in place of every secret value of the flow, wherever it stands as a word of its own."""
    texts = set(context.hidden_texts)
    for component in [*resolved.processors(), *resolved.services()]:
        for name, value in component.raw.items():
            if value and component.is_sensitive(name) and "#{" not in value:
                texts.add(value)
    for parameters in flow.parameter_contexts.values():
        texts.update(p.value for p in parameters.parameters.values() if p.value and (p.sensitive or secret_by_name(p.name, p.value)))
    for variables in [flow.inherited_variables, *(group.variables for group in flow.groups())]:
        texts.update(text for name, text in variables.items() if secret_by_name(name, text))
    wanted = sorted({t.strip() for t in texts if len(t.strip()) >= 4}, key=lambda t: (-len(t), t))
    if not wanted:
        return lambda text: text
    # As it stands, and as it would stand within a string literal.
    forms = [f for t in wanted for f in dict.fromkeys([t, json.dumps(t, ensure_ascii=False)[1:-1]])]
    pattern = re.compile("|".join(rf"(?<![A-Za-z0-9_]){re.escape(f)}(?![A-Za-z0-9_])" for f in forms))
    return lambda text: pattern.sub("(secret)", text)


def runtime_files(sources: Iterable[str]) -> Dict[str, str]:
    """Those modules of the runtime that these Python sources need, also through each other: a reader of the notebooks
    has nothing beside them that they do not use."""
    files: Dict[str, str] = {}
    wanted = {"__init__"}.union(*(_runtime_imports(source, ("nifi_runtime",)) for source in sources))
    while wanted:
        name = wanted.pop()
        target = f"notebooks/nifi_runtime/{name}.py"
        found = _runtime_module(name)
        if target not in files and found is not None:  # else a name that a module or `__init__` hands on
            files[target] = found[0]
            wanted |= found[1]
    return dict(sorted(files.items()))


@lru_cache(maxsize=None)
def _runtime_module(name: str) -> Optional[Tuple[str, FrozenSet[str]]]:
    """(source, names it takes from the runtime); None where there is no such module. Once per process: converting many
    flows must not parse the runtime for each."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "runtime", f"{name}.py")
    if not os.path.exists(path):
        return None
    with open(path, encoding="utf-8") as file:
        source = file.read()
    return source, frozenset(_runtime_imports(source, ("",)))


def _runtime_imports(source: str, packages: Tuple[str, ...]) -> Set[str]:
    """Names that a source takes from the runtime: `from . import a`, `from .a import b`, `from nifi_runtime import a`."""
    names: Set[str] = set()
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):  # a cell's fault, which the check reports
        return names
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            package, _, module = (node.module or "").partition(".") if not node.level else ("", "", node.module or "")
            if package in packages and (node.level == 1 or package):
                names.update([module] if module else [alias.name for alias in node.names])
        elif isinstance(node, ast.Import):
            names.update(a.name.split(".")[1] for a in node.names if a.name.split(".")[0] in packages and "." in a.name)
    return names


def write_files(files: Dict[str, str], output: str) -> List[str]:
    """Writes the files below `output`, each to a temporary name first. Gives their absolute paths."""
    written = []
    for name in sorted(files):
        path = os.path.join(output, *name.split("/"))
        os.makedirs(os.path.dirname(path), exist_ok=True)
        part = f"{path}.part"
        with open(part, "w", encoding="utf-8", newline="\n", errors="backslashreplace") as file:
            file.write(files[name])
        os.replace(part, path)
        written.append(os.path.abspath(path))
    return written
