"""The record form of what sends records to different places: RouteOnAttribute, PartitionRecord, ValidateRecord."""

from __future__ import annotations

import ast
from typing import Any, Dict, List, Optional, Tuple

from ..patterns import record_path
from ..patterns.translation import PatternError
from . import RECORDS, Cell, Refused, handles
from .attributes import table
from .code import Code, call
from .record_chains import format_of, through
from .record_formats import avro_columns, schema_text
from .record_state import Known, column, fixed
from .step import Step


@handles("RouteOnAttribute", carriers=(RECORDS,))
def route_on_attribute(step: Step) -> Cell:
    """A filter per relationship; together they part the records exactly, a record goes to each one that it fits."""
    strategy = step.get("Routing Strategy", "Route to Property name")
    conditions: Dict[str, str] = {}
    for name, text in step.dynamic:
        value = step.parse(text)
        if value.value_type != "BOOLEAN" or value.is_literal:
            raise Refused(f"{name} is not one boolean expression: {text!r}; NiFi calls it invalid")
        plain = fixed(step, text)
        conditions[name] = column(step, text) if plain is None else call("F.lit", plain == "true")
    if not conditions:
        raise Refused("there is no rule")
    every = list(conditions.values())
    if strategy == "Route to Property name":
        outputs = {name: f"{step.input}.where({condition})" for name, condition in conditions.items()}
        outputs["unmatched"] = f"{step.input}.where({_negated(_joined(every, '|'))})"
    else:
        whole = _joined(every, "&" if "all" in strategy else "|")
        outputs = {"matched": f"{step.input}.where({whole})", "unmatched": f"{step.input}.where({_negated(whole)})"}
    return Cell(how="a filter per relationship", outputs=outputs, passes=tuple(outputs), carrier=RECORDS, types=step.records.types,
                notes=table(step.dynamic, ("Relationship", "Expression Language")))


def _negated(condition: str) -> str:
    """The opposite of a condition, without doubling what is one already."""
    node = ast.parse(condition, mode="eval").body
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert):
        return ast.get_source_segment(condition, node.operand) or ""
    return f"~{condition}" if isinstance(node, ast.Call) else f"~({condition})"


def _joined(conditions: List[str], sign: str) -> str:
    """Conditions joined by `|` or `&`, in brackets where they are more than a call."""
    if len(conditions) == 1:
        return conditions[0]
    return f" {sign} ".join(c if isinstance(ast.parse(c, mode="eval").body, ast.Call) else f"({c})" for c in conditions)


_TEXTS = ("STRING", "INT", "BIGINT", "BOOLEAN", "FLOAT", "DOUBLE")  # their text is the same in Java and in Spark


@handles("PartitionRecord", carriers=(RECORDS,))
def partition(step: Step) -> Cell:
    """Nothing to do for the records themselves: each path is a column, which stands for the attribute further down."""
    made = through(step, "record-reader", "record-writer")
    types = made.types or {}
    known, rows = dict(step.records.attributes), []
    for name, text in step.dynamic:
        if not step.is_literal(text):
            raise Refused("a record path is an expression")
        value, field = _scalar(text)
        kind = types.get(field, "STRING")
        if types and field not in types:
            raise Refused(f"the schema has no field {field}")
        if kind not in _TEXTS:
            raise Refused(f"{field} is a {kind}, whose text is another one in NiFi")
        before = step.records.attributes.get(name)
        source = f'{value}.cast("string")' if kind != "STRING" or not types else value
        if before is not None:  # a path without a value leaves the attribute that was there
            source = f"F.coalesce({source}, {before.source})"
        known[name] = Known(source, frozenset([field]) | (before.columns if before is not None else frozenset()))
        rows.append((name, text))
    if not rows:
        raise Refused("it has no record path; NiFi calls it invalid")
    changed = made.source != step.input
    notes = [*table(rows, ("Attribute", "Record path")), "", "The attribute is this column wherever it is read further down: one DataFrame stands for the flow files of all values."]
    return Cell(code=f"{step.frame} = {made.source}" if changed else "", how="columns stand for the attributes", passes=("success", "original"), carrier=RECORDS,
                format=made.format, types=made.types, attributes=known, notes=notes)


def _scalar(path: str) -> Tuple[str, str]:
    """(column of a record path, its top-level field). Refused for what may give several values."""
    try:
        steps = record_path.parse(path).steps
        made = record_path.to_spark(path)
    except PatternError as error:
        raise Refused(str(error))
    if not made.text or len(steps) != 1:
        raise Refused(f"the record path {path} is no single field")
    return made.text, str(steps[0][1])


@handles("ValidateRecord", carriers=(RECORDS,))
def validate(step: Step) -> Cell:
    """Each record against the schema: straight from CSV files the texts, otherwise the columns as they are typed."""
    types, required = _schema(step)
    nested = [n for n, t in types.items() if t not in _TEXTS]
    if nested:
        raise Refused(f"the schema has types that are checked value by value: {', '.join(nested)}")
    name, written = step.frame, format_of(step, "record-writer")
    checks: Dict[str, Any] = {"required": required} if required else {}
    if step.landing is not None:
        form = step.landing.format()
        if not form.text or form.types != types:
            raise Refused("each value has a type of its own in these files")
        if "invalid" in step.connected and (written is None or written.kind != "csv") and set(types.values()) != {"STRING"}:
            raise Refused("the invalid records are written value by value, numbers where they are numbers")
        check, notes = call("landings.fitting", step.input, types, **checks), ["Each cell is read as text and checked."]
    else:
        reader = step.service("record-reader")
        if reader is None or schema_text(step, reader) or step.records.format is None or step.records.format.kind not in ("avro", "parquet"):
            raise Refused("each value has a type of its own in this format")
        if not step.flag("strict-type-checking", True):
            checks["strict"] = False
        if not step.flag("allow-extra-fields", True):
            checks["extra"] = False
        check, notes = call("landings.validated", step.input, types, **checks), []
    notes.append("A record that does not fit is `invalid`, with the reason in the column `error`; the others go on.")
    if step.get("validation-details-attribute-name"):
        notes.append(f"The reasons of attribute `{step.get('validation-details-attribute-name')}` are in that column, record by record.")
    lines = [f"{name}_valid, {name}_invalid = {check}"]
    outputs = {}
    if "valid" in step.connected:
        outputs["valid"] = f"{name}_valid"
    if "invalid" in step.connected:
        outputs["invalid"] = f'{name}_invalid.drop("error")'
    else:
        lines.append(call("report.keep_records", Code(f"{name}_invalid"), " ".join(step.name.split()), "invalid", **({"attributes": Code("attributes")} if step.per_file else {})))
        notes.append("Not connected, kept in the failure table: `invalid`.")
    return Cell(code="\n".join(lines), how="records checked against the schema", outputs=outputs, passes=("valid", "invalid"), carrier=RECORDS, notes=notes, format=written,
                types_by={"valid": types} if step.landing is not None else {})


def _schema(step: Step) -> Tuple[Dict[str, str], List[str]]:
    strategy = step.get("schema-access-strategy", "reader-schema")
    text: Optional[str] = None
    if strategy in ("reader-schema", "use-reader-schema"):
        reader = step.service("record-reader")
        text = schema_text(step, reader) if reader is not None else None
    elif strategy == "schema-text-property":
        text = step.get("schema-text")
        if text is not None and not step.is_literal(text):
            raise Refused("the schema differs from flow file to flow file")
    if not text:
        raise Refused("the schema is not in the flow")
    return avro_columns(text)
