"""UpdateAttribute, RouteOnAttribute, LogAttribute and LogMessage: what only looks at attributes."""

from __future__ import annotations

from typing import List, Tuple

from .. import advanced_rules
from ..errors import ConverterError
from . import CONVERTED, DRIVER, NOT_NEEDED, Cell, Refused, handles
from .code import Code, assign, call, indent, lit
from .step import Step


def table(rows, head=("Attribute", "Expression Language")) -> List[str]:
    """Markdown lines of a two-column table; the cells are code, as written in the flow."""
    if not rows:
        return []
    lines = [f"| {head[0]} | {head[1]} |", "| --- | --- |"]
    return lines + [f"| `{_cell(a)}` | `{_cell(b)}` |" for a, b in rows]


def _cell(text) -> str:
    line = " ".join(str(text).replace("`", "'").replace("|", "\\|").split())
    return line[:400] or " "


@handles("UpdateAttribute", content=False)
def update_attribute(step: Step) -> Cell:
    """All values see the incoming attributes. The delete expression acts last and wins."""
    values = [(name, text) for name, text in step.dynamic]
    delete = step.written("Delete Attributes Expression")
    if delete and len(step.parse(delete).parts) > 1 and any(True for _ in step.parse(delete).nodes()):
        raise Refused(f"the delete expression {delete!r} is not one expression; NiFi calls it invalid")
    if step.get("Store State", "Do not store state") != "Do not store state":
        return _with_state(step, values, delete)
    if step.processor.annotation_data.strip() and read_rules(step.processor.annotation_data)[1]:
        return _by_rules(step, values, delete)
    if not values and not delete:
        return Cell(level=NOT_NEEDED, how="it sets no attribute", passes=("success",))
    texts = [t for _, t in values] + ([delete] if delete else [])
    if step.carrier == DRIVER or delete or any(step.needs_udf(t) for t in texts):
        options = {"values": {name: step.python(text) for name, text in values}}
        if delete:
            options["delete"] = step.python(delete)
        cell = step.transform("attributes.update", how="attributes set by Python functions", notes=table(values), **options)
    else:
        updated = call("rt.set_attributes", step.input, {name: step.column(text) for name, text in values}) if values else step.input
        cell = Cell(code=assign(step.frame, call("rt.send", Code(updated), "success")), how="rt.set_attributes", notes=table(values))
    if delete:
        cell.notes.append(f"Deleted at last: every attribute whose whole name matches `{_cell(delete)}`.")
    return cell


def _with_state(step: Step, values, delete) -> Cell:
    """One flow file after the other, on the driver: each sees what the one before left."""
    if step.processor.annotation_data.strip():
        raise Refused("advanced rules that keep state")
    if not step.get("Stateful Variables Initial Value"):
        raise Refused("it keeps state and has no initial value; NiFi calls it invalid")
    state = f"{step.frame}_state"
    functions = {name: Code(f"lambda attributes, state: {step.python_source(text)}") for name, text in values}
    options = {"values": Code(f"rt.Late({lit(functions)})"), "state": Code(state)}
    if step.get("Stateful Variables Initial Value"):
        options["initial"] = step.option("Stateful Variables Initial Value")
    if delete:
        options["delete"] = step.python(delete)
    cell = step.for_each("attributes.update_with_state", outside="", how="one after the other on the driver, values kept in a state table", notes=table(values), **options)
    cell.setup = [f'{state} = attributes.State(spark, f"{{tables}}__{state}")']
    cell.commit = f"{state}.commit()"
    return cell


def _by_rules(step: Step, values, delete) -> Cell:
    policy, rules = read_rules(step.processor.annotation_data)
    lines = []
    for name, conditions, actions in rules:
        given = {k: step.python(v) for k, v in actions}
        lines.append(f"    {indent(call('', name, [step.python(c) for c in conditions], given))},")
    rules_name = f"{step.frame}_rules"
    options = {"rules": Code(rules_name)}
    if values:
        options["values"] = {name: step.python(text) for name, text in values}
    if delete:
        options["delete"] = step.python(delete)
    if policy == "USE_CLONE":
        options["clone"] = True
    cell = step.transform("attributes.update_by_rules", how=f"{len(rules)} advanced rules as Python functions", **options)
    cell.code = f"{rules_name} = rt.Late([  # (name, conditions, values)\n" + "\n".join(lines) + "\n])\n" + cell.code
    cell.notes = table(values)
    for name, conditions, actions in rules:
        cell.notes += ["", f"Rule *{_cell(name)}*, if " + " and ".join(f"`{_cell(c)}`" for c in conditions) + ":", "", *table(actions)]
    return cell


def read_rules(text: str) -> Tuple[str, List[Tuple[str, List[str], List[Tuple[str, str]]]]]:
    """(policy, [(name, conditions, [(attribute, value)])]) out of the annotation data. Refused where it is no such XML."""
    try:
        found = advanced_rules.read_rules(text)
    except ConverterError as error:
        raise Refused(error.message) from None
    return found.policy, [(rule.name, list(rule.conditions), list(rule.actions)) for rule in found.rules]


@handles("RouteOnAttribute", content=False)
def route_on_attribute(step: Step) -> Cell:
    """One boolean column per property; clones where several are true."""
    strategy = step.get("Routing Strategy", "Route to Property name")
    matched = {"Route to 'match' if all match": "all", "Route to 'matched' if all match": "all",
               "Route to 'match' if any matches": "any", "Route to 'matched' if any matches": "any"}.get(strategy)
    options = {"matched": matched} if matched else {}
    for name, text in step.dynamic:
        value = step.parse(text)
        if value.value_type != "BOOLEAN" or value.is_literal:
            raise Refused(f"{name} is not one boolean expression: {text!r}; NiFi calls it invalid")
    if step.carrier == DRIVER or any(step.needs_udf(text) for _, text in step.dynamic):
        conditions = {name: step.condition(text) for name, text in step.dynamic}
        code = assign(step.frame, call("rt.transform", step.input, Code("attributes.route"), conditions=conditions, **options))
        how = "conditions as Python functions"
    else:
        conditions = {name: step.column(text) for name, text in step.dynamic}
        code = assign(step.frame, call("rt.route_on_attribute", step.input, conditions, **options))
        how = "rt.route_on_attribute"
    notes = table(step.dynamic, ("Relationship", "Expression Language"))
    if not conditions:
        notes.append("There is no rule: every flow file is `unmatched`.")
    return Cell(code=code, how=how, notes=notes, level=CONVERTED)


@handles("LogAttribute", "LogMessage", "DebugFlow", level=NOT_NEEDED, content=False)
def log_attribute(step: Step) -> Cell:
    """Only writes log lines. What arrives passes on."""
    return Cell(level=NOT_NEEDED, how="it only writes log lines; counts are in the report line", passes=("success",))
