"""The record form of LookupRecord: a join with the lookup's table."""

from __future__ import annotations

from . import ASSISTED, RECORDS, Cell, Refused, handles
from .code import Code, assign, call, lit
from .database import database
from .record_chains import field_of, quoted, through
from .step import Step


@handles("LookupRecord", carriers=(RECORDS,))
def lookup_record(step: Step) -> Cell:
    """One key, one value. A record without a hit keeps what it has."""
    coordinates = list(step.dynamic)
    if len(coordinates) != 1 or not step.is_literal(coordinates[0][1]):
        raise Refused("the lookup has several keys")
    if step.get("record-update-strategy", "use-property") == "replace-existing-values":
        raise Refused("values are replaced in place, whatever their type")
    result = step.get("result-record-path") or ""
    if not result or not step.is_literal(result):
        raise Refused("the result goes to no fixed field")
    key, field = field_of(coordinates[0][1]), field_of(result)
    made = through(step, "record-reader", "record-writer")
    if made.changes:
        raise Refused("a schema comes between the records and the lookup")
    if made.types is not None and key not in made.types:
        raise Refused(f"the schema has no field {key}")
    if made.types is not None and made.types.get(field, "STRING") != "STRING":
        raise Refused(f"{field} is a {made.types[field]} and would become a text")
    texts = made.types is not None and made.types.get(key) == "STRING"
    cell = Cell(how="a join with the lookup's table", carrier=RECORDS, format=made.format, changes=(field,), types={**made.types, field: "STRING"} if made.types else None,
                notes=["A key that the table holds twice gives its first row; a record without a hit keeps what it has."])
    table = f"{step.frame}_table"
    lines = [assign(table, _table(step, cell))]
    column = f"F.col({lit(quoted(key))})"
    options = {"key": Code(column if texts else f'{column}.cast("string")'), "result": field}
    if step.get("routing-strategy", "route-to-success") == "route-to-matched-unmatched":
        lines.append(f"{step.frame}_matched, {step.frame}_unmatched = {call('lookups.matched', step.input, Code(table), **options)}")
        cell.outputs = {name: f"{step.frame}_{name}" for name in ("matched", "unmatched")}
        cell.passes = ("matched", "unmatched")
    else:
        lines.append(assign(step.frame, call("lookups.look_up", step.input, Code(table), **options)))
        cell.passes = ("success",)
    cell.code = "\n".join(lines)
    return cell


def _table(step: Step, cell: Cell) -> str:
    """The lookup's table as a DataFrame of `key` and `value`; notes on the cell what it asks of the notebook."""
    service = step.service("lookup-service")
    kind = service.short_type if service is not None else ""
    if kind == "SimpleKeyValueLookupService":
        return call("lookups.of_pairs", Code("spark"), {name: text or "" for name, text in service.dynamic.items()})
    if kind == "SimpleCsvFileLookupService" and (service.get("CSV Format") or "default") in ("default", "rfc-4180", "excel"):
        path, names = service.get("csv-file") or "", [service.get("lookup-key-column") or "", service.get("lookup-value-column") or ""]
        if path and all(names) and step.is_literal(path):
            cell.outside = "files"
            return call("lookups.of_csv", Code("spark"), step.path(path), *names)
    if kind == "SimpleDatabaseLookupService":
        table, *names = (service.get(n) or "" for n in ("dbrecord-lookup-table-name", "dbrecord-lookup-key-column", "lookup-value-column"))
        pool = service.service("dbrecord-lookup-dbcp-service")
        if table and all(names) and all(step.is_literal(t) for t in (table, *names)) and pool is not None:
            pool_name, setup, widgets, notes, lacking = database(step, pool)
            cell.setup, cell.widgets, cell.outside = [setup], list(widgets), "database"
            cell.notes = notes + cell.notes
            if lacking:
                cell.level, cell.how = ASSISTED, f"{lacking}: {cell.how}"
            return call("lookups.of_table", Code(pool_name), table, *names)
    raise Refused(f"the lookup service is a {kind or 'service outside of the flow'}")
