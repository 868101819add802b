"""UpdateAttribute, RouteOnAttribute, LogAttribute and LogMessage: what only looks at attributes.

UpdateAttribute's advanced rules are in `update_attribute_rules`.
"""

from __future__ import annotations

from . import NOT_NEEDED, Cell, Refused, handles
from .code import Code, assign, call
from .step import CONVERTED, Step


def table(rows, head=("Attribute", "Expression Language")):
    """Markdown lines of a two-column table; the cells are code, as written in the flow."""
    lines = [f"| {head[0]} | {head[1]} |", "| --- | --- |"]
    return lines + [f"| `{_cell(a)}` | `{_cell(b)}` |" for a, b in rows]


def _cell(text):
    return str(text).replace("`", "'").replace("|", "\\|").replace("\r", " ").replace("\n", " ")


@handles("UpdateAttribute")
def update_attribute(step: Step) -> Cell:
    """All values see the incoming attributes. The delete expression acts last and wins."""
    if step.processor.annotation_data.strip():
        raise Refused("advanced rules")
    values = {name: step.value(text) for name, text in step.dynamic}
    updated = call("rt.set_attributes", step.input, values) if values else step.input
    delete = step.get("Delete Attributes Expression")
    if delete:
        updated = call("attributes.delete_attributes", updated, step.value(delete))
    code = assign(step.frame, call("rt.send", Code(updated), "success"))
    return Cell(code=code, how="rt.set_attributes", notes=table(step.dynamic))


@handles("RouteOnAttribute")
def route_on_attribute(step: Step) -> Cell:
    """One boolean column per property; clones where several are true."""
    strategy = step.get("Routing Strategy", "Route to Property name")
    matched = {"Route to 'match' if all match": "all", "Route to 'matched' if all match": "all",
               "Route to 'match' if any matches": "any", "Route to 'matched' if any matches": "any"}.get(strategy)
    conditions = {name: step.value(text) for name, text in step.dynamic}
    options = {"matched": matched} if matched else {}
    code = assign(step.frame, call("rt.route_on_attribute", step.input, conditions, **options))
    notes = table(step.dynamic, ("Relationship", "Expression Language"))
    if not conditions:
        notes.append("There is no rule: every flow file is `unmatched`.")
    return Cell(code=code, how="rt.route_on_attribute", notes=notes, level=CONVERTED)


@handles("LogAttribute", "LogMessage", "DebugFlow", level=NOT_NEEDED)
def log_attribute(step: Step) -> Cell:
    """Only writes log lines. What arrives passes on."""
    return Cell(level=NOT_NEEDED, how="it only writes log lines; counts are in the report line", passes=("success",))
