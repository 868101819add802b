"""ValidateCsv: each column's checks."""

from __future__ import annotations

from typing import Any, Dict

from ..runtime import csv_checks
from . import Cell, Refused, handles
from .step import Step


@handles("ValidateCsv")
def validate_csv(step: Step) -> Cell:
    """Cell processors with their messages; RequireHashCode is not checked."""
    schema = step.get("validate-csv-schema")
    if not schema:
        raise Refused("it has no schema")
    options: Dict[str, Any] = {"schema": step.option("validate-csv-schema")}
    if step.is_literal(schema):
        try:
            csv_checks.parse_schema(schema)
        except csv_checks.CsvSchemaError as error:
            raise Refused(f"{error}; NiFi calls it invalid")
        if "requirehashcode" in schema.lower():
            raise Refused("RequireHashCode is not translated")
    if not step.flag("validate-csv-header", True):
        options["header"] = False
    for name, key, default in (("validate-csv-delimiter", "separator", ","), ("validate-csv-quote", "quote", '"')):
        if step.get(name, default) != default:
            options[key] = step.option(name)
    newline = (step.get("validate-csv-eol") or "\\n").replace("\\r", "\r").replace("\\n", "\n")
    if newline != "\n":
        options["newline"] = newline
    if step.get("validate-csv-strategy", "FlowFile validation") != "FlowFile validation":
        options["lines"] = True
    if step.flag("validate-csv-violations"):
        options["everything"] = True
    return step.transform("csv_checks.validate", how="cells checked column by column", **options)
