"""The record form of database queries, loads and what between them only changes the format: DataFrames all the way.

`passes` of a cell are the relationships on which its records go on.
"""

from __future__ import annotations

import re
from typing import List

from . import NOT_NEEDED, RECORDS, Cell, Refused, Widget, handles
from .code import Code, assign, block, call, text_block
from .record_formats import Format, writer_format
from .record_state import column, told
from .database import _with, ask_for_keys, asked_keys, database, statement_of
from .step import Step


@handles("QueryDatabaseTable", "QueryDatabaseTableRecord", carriers=(RECORDS,), source=True, state=True)
def query_table(step: Step) -> Cell:
    """The rows that are new since the largest values seen, as a DataFrame."""
    made = database(step, "Database Connection Pooling Service")
    table = step.get("Table Name") or ""
    if not step.is_literal(table) or not table:
        raise Refused("the table's name is an expression")
    columns = [c.strip() for c in (step.get("Maximum-value Columns") or "").split(",") if c.strip()]
    options = {key: step.get(name) for name, key in (("Columns to Return", "columns"), ("db-fetch-where-clause", "where"), ("db-fetch-sql-query", "sql")) if step.get(name)}
    cell = Cell(how="an incremental query as a DataFrame", passes=("success",), carrier=RECORDS, outside="database", format=_written_as(step, "qdbtr-record-writer"))
    if columns:
        state = f"{step.frame}_state"
        options["max_columns"], options["state"] = columns, Code(state)
        cell.setup = [f'{state} = database.MaxValues(spark, f"{{tables}}__{state}")']
        cell.commit = f"{state}.commit()"
        cell.notes.append(f"Only rows with a larger {', '.join(f'`{c}`' for c in columns)} than in the run before; the largest values are committed at the end.")
        initial = {n[len("initial.maxvalue."):]: v for n, v in step.dynamic if n.startswith("initial.maxvalue.")}
        if initial:
            options["initial"] = initial
    if step.type == "GenerateTableFetch" and columns and step.number("gen-table-fetch-partition-size", 10000):
        options["page_rows"] = step.number("gen-table-fetch-partition-size", 10000)
    cell.code = assign(step.frame, call("database.new_rows", Code(made[0]), table, **options))
    cell.notes += _kept_types(step)
    return _with(cell, made)


def _kept_types(step: Step) -> List[str]:
    """Where a DataFrame is better than what NiFi made of a row, and whoever reads the files will see it."""
    return [] if step.flag("dbf-user-logical-types") else ["Decimals, dates and times keep their types; NiFi, without *Use Avro Logical Types*, makes texts of them."]


PAGE_FETCHERS = ("ExecuteSQL", "ExecuteSQLRecord")


@handles("GenerateTableFetch", carriers=(RECORDS,), source=True, state=True)
def table_pages(step: Step) -> Cell:
    """The new rows of a table as one DataFrame that Spark reads in pages; the processor that would run the pages' queries
    passes it on."""
    cell = query_table(step)
    cell.pages, cell.how, cell.format = True, "an incremental query as a DataFrame, read in pages", None
    if step.get("gen-table-column-for-val-partitioning") or step.get("gen-table-custom-orderby-column"):
        raise Refused("the pages follow a column of their own")
    size = step.number("gen-table-fetch-partition-size", 10000)
    cell.notes.append(f"Pages of {size:,} rows: Spark's JDBC source reads about as many rows to a partition, where the first maximum-value column is a number, a date or a time.".replace(",", " ", 1)
                      if size and step.get("Maximum-value Columns") else "One query for all rows.")
    return cell


@handles("ExecuteSQL", "ExecuteSQLRecord", carriers=(RECORDS,), source=True)
def execute_sql(step: Step) -> Cell:
    if step.records.pages:
        if step.get("SQL select query") or step.get("sql-pre-query") or step.get("sql-post-query"):
            raise Refused("it does not run the pages' queries as they are")
        return Cell(level=NOT_NEEDED, how="the pages are one DataFrame already", passes=("success",), carrier=RECORDS, outside="database",
                    format=_written_as(step, "esqlrecord-record-writer"))
    query = step.written("SQL select query") or ""
    known = told(step, query)
    if known is None or not re.match(r"\s*(select|with)\b", query, re.I) or step.get("sql-pre-query") or step.get("sql-post-query"):
        raise Refused("the query depends on flow files, or has statements around it")
    made = database(step, "Database Connection Pooling Service")
    text = text_block(f"\n{query.strip()}\n") if step.is_literal(query) and "\n" in query.strip() else known
    return _with(Cell(code=assign(step.frame, f"{made[0]}.query({text})"), how="a query as a DataFrame", passes=("success",),
                      carrier=RECORDS, outside="database", format=_written_as(step, "esqlrecord-record-writer"), notes=_kept_types(step)), made)


def _written_as(step: Step, writer: str):
    """The format of a query's records for those who write files of them; Avro without a writer, None for one that Spark has not."""
    if not step.type.endswith("Record"):
        return Format("avro")
    try:
        return writer_format(step, step.service(writer))
    except Refused:
        return None


@handles("PutDatabaseRecord", carriers=(RECORDS,), side_effect=True)
def put_database_record(step: Step) -> Cell:
    table = step.get("put-db-record-table-name") or ""
    statement = statement_of(step)
    keys = [k.strip() for k in (step.get("put-db-record-update-keys") or "").split(",") if k.strip()]
    if statement not in ("INSERT", "UPSERT", "UPDATE", "INSERT_IGNORE", "DELETE") or any("${" in k for k in keys):
        raise Refused("statement or keys differ from flow file to flow file")
    made = database(step, "put-db-record-dcbp-service", written=True)
    more = {"statement": statement, **({"keys": keys} if keys else {})} if statement != "INSERT" else {}
    cell = Cell(how=f"{statement} of the DataFrame into a table", outside="database", carrier=RECORDS, deterministic=True)
    if statement not in ("INSERT", "DELETE") and not keys:
        more["keys"] = asked_keys(step)
        ask_for_keys(step, cell)
    name = told(step, table)
    if name is not None:
        cell.code = _tried(step, cell, call("database.load", Code(made[0]), step.input, name, **more))
    else:
        rows = f"{step.frame}_rows"
        load = call("database.load", Code(made[0]), Code(rows), Code("table"), **more)
        cell.code = f"for table, {rows} in {call('landings.by_value', step.input, column(step, table))}:\n{block(_tried(step, cell, load))}"
        cell.how = f"{statement} of the records into the table that each one names"
        cell.notes.append(f"Table `{' '.join(table.replace('`', chr(39)).split())}`: one load per value. A name that is no table fails the {'flow file' if step.per_file else 'run'}.")
    return _with(cell, made)


def _tried(step: Step, cell: Cell, load: str) -> str:
    """A load and what happens when it fails. The failure of one flow file's load is a relationship of its own."""
    if step.per_file:
        cell.notes.append("All rows of one flow file are written or none.")
        return load
    cell.widgets.append(Widget("max_attempts", "3", "bound of retries; what still fails then goes to the failure table"))
    cell.notes.append("A load that fails is tried again, then it fails the run: nothing of it is in the table, and the next run takes the same rows.")
    return f'rt.with_retries(lambda: {load}, attempts=int(dbutils.widgets.get("max_attempts")))'


@handles("PutIceberg", carriers=(RECORDS,), side_effect=True)
def put_iceberg(step: Step) -> Cell:
    name = ".".join(p for p in (step.get("catalog-namespace"), step.get("table-name")) if p)
    if not step.is_literal(name):
        raise Refused("the table's name is an expression")
    table = Code(f'f"{{catalog}}.{{schema}}.{name.split(".")[-1]}"')
    return Cell(code=call("rt.append", step.input, table), how="an append to a table of Unity Catalog", outside="table", carrier=RECORDS,
                passes=("success",), notes=[f"Iceberg table `{name}`: here a table of Unity Catalog (managed Iceberg or Delta); new columns are refused, as in NiFi."])
