"""ConvertJSONToSQL."""

from __future__ import annotations

from typing import Any, Dict

from . import Cell, Refused, handles
from .code import Code
from .database import KEY_ASKED, _with, database
from .step import Step


@handles("ConvertJSONToSQL", fan_out=True, side_effect=True, deterministic=False)
def convert_json_to_sql(step: Step) -> Cell:
    """Statements by the table's columns and, for an UPDATE without Update Keys, its primary key: the database is asked for both."""
    made = database(step, "JDBC Connection Pool", written=True)
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
    if keys:
        options["keys"] = [k.strip() for k in keys.split(",")] if step.is_literal(keys) else Code(f'lambda attributes: {step.python_source(keys)}.split(",")')
    cell = step.for_each("sql_statements.convert", outside="database", how="a statement for each JSON object", **options)
    if not keys and statement not in ("INSERT", "DELETE"):
        cell.notes.append(KEY_ASKED)
    return _with(cell, made)
