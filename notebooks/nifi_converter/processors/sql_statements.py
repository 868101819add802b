"""ConvertJSONToSQL."""

from __future__ import annotations

from typing import Any, Dict

from . import ASSISTED, Cell, Refused, Widget, handles
from .code import Code
from .database import _with, database
from .step import Step


@handles("ConvertJSONToSQL", fan_out=True, side_effect=True, deterministic=False)
def convert_json_to_sql(step: Step) -> Cell:
    """Statements by the table's columns, which the database is asked for. Primary keys are not to be had from Spark: an
    UPDATE without Update Keys takes them from a widget."""
    made = database(step, "JDBC Connection Pool")
    statement = step.get("Statement Type") or ""
    if not statement:
        raise Refused("it has no statement type; NiFi calls it invalid")
    options: Dict[str, Any] = {"db": Code(made[0]), "table": step.option("Table Name", ""),
                               "statement": Code('lambda attributes: attributes.get("statement.type", "")') if statement.startswith("Use ") else statement}
    for name, key in (("Schema Name", "schema"), ("Catalog Name", "catalog")):
        if step.get(name):
            options[key] = step.option(name)
    if not step.flag("Translate Field Names", True):
        options["translate"] = False
    if (step.get("Unmatched Field Behavior") or "").startswith("Fail"):
        options["fail_on_field"] = True
    if not (step.get("Unmatched Column Behavior") or "Fail").startswith("Fail"):
        options["fail_on_column"] = False
    for name, key in (("jts-quoted-identifiers", "quote_columns"), ("jts-quoted-table-identifiers", "quote_table")):
        if step.flag(name):
            options[key] = True
    if step.get("jts-sql-param-attr-prefix", "sql") != "sql":
        options["prefix"] = step.option("jts-sql-param-attr-prefix")
    keys = step.get("Update Keys")
    widgets = []
    if keys:
        options["keys"] = [k.strip() for k in keys.split(",")] if step.is_literal(keys) else Code(f'lambda attributes: {step.python_source(keys)}.split(",")')
    elif statement != "INSERT" and statement != "DELETE":
        widget = f"{step.frame}_keys"
        widgets = [Widget(widget, "", f"primary key columns for {step.name}, which only the database knows")]
        options["keys"] = Code(f'dbutils.widgets.get("{widget}").split(",")')
    cell = step.for_each("sql_statements.convert", outside="database", how="a statement for each JSON object", **options)
    if widgets:
        cell.widgets += widgets
        cell.level = ASSISTED
        cell.how = "the primary key is known to the database only"
        cell.notes.append(f"**Gap:** the primary key's columns, for UPDATE statements: widget `{widgets[0].name}`.")
    return _with(cell, made)
