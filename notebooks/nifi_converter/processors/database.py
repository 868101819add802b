"""SQL databases: queries, incremental fetches, statements."""

from __future__ import annotations

import re
from typing import Any, Dict

from . import ASSISTED, DRIVER, FLOW_FILES, Cell, Refused, Widget, handles
from .code import Code, assign, call, identifier, lit
from .record_services import writer
from .servers import is_local
from .step import Step

# JDBC drivers that come with Databricks Runtime; others are libraries of the cluster.
_SHIPPED = re.compile(r"jdbc:(postgresql|mysql|mariadb|sqlserver|redshift|snowflake|databricks|spark|oracle)", re.I)


def database(step: Step, pool: Any, written: bool = False):
    """(variable, setup line, widgets, markdown, what is missing for it to run) of a connection pool, by the property that names it or the service itself:
    one per pool. `written`: the step writes to it; a pool that nothing reads becomes a schema of Unity Catalog, so the
    default of its URL is empty."""
    service = step.service(pool) if isinstance(pool, str) else pool
    written = written and (service is None or service.key not in step.servers.read)
    name = step.servers.pools.get(service.key if service else "") or identifier(service.name if service else "", "database_1")
    url = (service.get("Database Connection URL") if service else "") or ""
    if "${" in url or "#{" in url:
        url = ""
    url = re.sub(r"(?i)(password|pwd)=[^;&]*", r"\1=", url)
    options = {"url": Code(f'dbutils.widgets.get("{name}_url")')}
    if service is not None:
        if service.get("Database User"):
            user = service.get("Database User")
            options["user"] = lit(user) if "${" not in user and "#{" not in user else step.secret("Database User", service) or lit(user)
        password = step.secret("Password", service, wanted="user" in options)
        if password:
            options["password"] = Code(f"lambda: {password}")  # read where it is used: without a URL nobody needs it
        driver = service.get("Database Driver Class Name")
        if driver and "${" not in driver:
            options["driver"] = driver
    options["schema"] = Code('f"{catalog}.{schema}"')
    url = "" if written else url
    what = (f"tables of `catalog.schema` in Unity Catalog; the old database where widget `{name}_url` is set." if written
            else f"JDBC where widget `{name}_url` is set, otherwise the tables of `catalog.schema` in Unity Catalog.")
    lacking = "its connection pool is not in the file" if service is None else ""
    notes = [f"Pool `{(service.name if service else 'unknown').replace('`', chr(39))}`: {what}"]
    if url and not _SHIPPED.match(url):
        lacking = "the JDBC driver is a library to add"
        notes.append("The JDBC driver does not come with Databricks: add it to the cluster as a library.")
    asked = not written and is_local(url)
    what = f"JDBC URL of {service.name if service else 'the database'}; empty: tables of catalog.schema" + (f" (in NiFi {url}, its own host)" if asked else "")
    return name, assign(name, call("database.Database", Code("spark"), **options)), [Widget(f"{name}_url", "" if asked else url, what, needed=asked or service is None and not written)], notes, lacking


KEY_ASKED = "The key is the table's declared primary key, which the run looks up: a table that declares none fails (in Unity Catalog: `ALTER TABLE … ADD CONSTRAINT … PRIMARY KEY`)."


def asked_keys(step: Step) -> Code:
    """The keys that a person may name where neither the flow nor the table does."""
    return Code(f'database.keys(dbutils.widgets.get("{step.frame}_keys"))')


def ask_for_keys(step: Step, cell: Cell) -> None:
    """The widget of `asked_keys`, and what the cell says of it."""
    cell.widgets.append(Widget(f"{step.frame}_keys", "", f"primary key of {step.name}'s table where it declares none: columns with commas, or JSON by table"))
    cell.notes += [KEY_ASKED, f'Or widget `{step.frame}_keys` names it: `id`, or by table `{{"orders": ["id"], "log": []}}`, where `[]` is a table without a key: its rows are appended.']


def _with(cell: Cell, made) -> Cell:
    name, setup, widgets, notes, lacking = made
    cell.setup = [setup, *cell.setup]
    cell.widgets += widgets
    cell.notes = notes + cell.notes
    if lacking and cell.level == "converted":
        cell.level, cell.how = ASSISTED, f"{lacking}: {cell.how}"
    return cell


def _results(step: Step, writer_name: str, normalize: str) -> Dict[str, Any]:
    """How a query's rows are written: the options that differ from NiFi's defaults."""
    options: Dict[str, Any] = {}
    if step.type.endswith("Record"):
        options["writer"] = writer(step, writer_name)
    if step.flag("dbf-user-logical-types"):
        options["logical_types"] = True
    if step.flag(normalize):
        options["normalize"] = True
    return options


@handles("ExecuteSQL", "ExecuteSQLRecord", source=True, side_effect=True, deterministic=False, carriers=(DRIVER, FLOW_FILES))
def execute_sql(step: Step) -> Cell:
    """Rows as NiFi writes them, checked on a real database. The text of an error is the driver's in Spark's words, and
    durations are not measured (0)."""
    made = database(step, "Database Connection Pooling Service")
    options = {"db": Code(made[0])}
    if step.get("SQL select query"):
        options["sql"] = step.option("SQL select query")
    elif not step.has_input:
        raise Refused("it has neither a query nor an input")
    options.update(_results(step, "esqlrecord-record-writer", "esqlrecord-normalize" if step.type == "ExecuteSQLRecord" else "dbf-normalize"))
    if step.number("esql-max-rows", 0):
        options["max_rows"] = step.number("esql-max-rows", 0)
    for name, key in (("sql-pre-query", "pre"), ("sql-post-query", "post")):
        if step.get(name):
            options[key] = step.option(name)
    if not step.has_input:
        step.input = Code("[rt.fresh()]")
    cell = step.for_each("database.execute_sql", outside="database", how="a query whose rows become flow files on the driver", **options)
    return _with(cell, made)


@handles("QueryDatabaseTable", "QueryDatabaseTableRecord", source=True, state=True, side_effect=True, carriers=(DRIVER,))
def query_database_table(step: Step) -> Cell:
    """Fetch size and output batches are left out: a run takes what is new at once."""
    made = database(step, "Database Connection Pooling Service")
    table = step.get("Table Name") or ""
    options = {}
    for name, key in (("Columns to Return", "columns"), ("db-fetch-where-clause", "where"), ("db-fetch-sql-query", "sql")):
        if step.get(name):
            options[key] = step.get(name)
    columns = [c.strip() for c in (step.get("Maximum-value Columns") or "").split(",") if c.strip()]
    cell = Cell(carrier=DRIVER, outside="database", how="an incremental query; the largest values are a state table")
    if columns:
        state = f"{step.frame}_state"
        options["max_columns"], options["state"] = columns, Code(state)
        cell.setup = [f'{state} = database.MaxValues(spark, f"{{tables}}__{state}")']
        cell.commit = f"{state}.commit()"
        initial = {n[len("initial.maxvalue."):]: v for n, v in step.dynamic if n.startswith("initial.maxvalue.")}
        if initial:
            options["initial"] = initial
    options.update(_results(step, "qdbtr-record-writer", "qdbtr-normalize" if step.type == "QueryDatabaseTableRecord" else "dbf-normalize"))
    if step.number("qdbt-max-rows", 0):
        options["max_rows"] = step.number("qdbt-max-rows", 0)
    if not step.is_literal(table):
        raise Refused("the table's name is an expression")
    cell.code = assign(step.frame, f'rt.send({call("database.query_table", Code(made[0]), step.python(table), **options)}, "success")')
    return _with(cell, made)


@handles("GenerateTableFetch", source=True, state=True, side_effect=True, carriers=(DRIVER, FLOW_FILES))
def generate_table_fetch(step: Step) -> Cell:
    """Pages by LIMIT and OFFSET, which Oracle and SQL Server write otherwise: followed by ExecuteSQL into records it is one
    read in partitions instead (record_tables.table_pages)."""
    made = database(step, "Database Connection Pooling Service")
    options = {"db": Code(made[0]), "table": step.option("Table Name", "")}
    for name, key in (("Columns to Return", "columns"), ("db-fetch-where-clause", "where")):
        if step.get(name):
            options[key] = step.option(name)
    columns = [c.strip() for c in (step.get("Maximum-value Columns") or "").split(",") if c.strip()]
    if step.get("gen-table-fetch-partition-size", "10000") != "10000":
        options["partition_size"] = step.number("gen-table-fetch-partition-size", 10000)
    if not step.has_input:
        step.input = Code("[rt.fresh()]")
    state = f"{step.frame}_state"
    if columns:
        options["max_columns"], options["state"] = columns, Code(state)
    cell = step.for_each("database.generate_table_fetch", outside="database", how="a query per partition of rows", **options)
    if columns:
        cell.setup = [f'{state} = database.MaxValues(spark, f"{{tables}}__{state}")']
        cell.commit = f"{state}.commit()"
    return _with(cell, made)


@handles("ListDatabaseTables", source=True, state=True, carriers=(DRIVER,))
def list_database_tables(step: Step) -> Cell:
    made = database(step, "list-db-tables-db-connection")
    state = f"{step.frame}_seen"
    options = {"seen": Code(state)}
    for name, key in (("list-db-tables-schema-pattern", "schema_pattern"), ("list-db-tables-name-pattern", "name_pattern")):
        if step.get(name):
            options[key] = step.get(name)
    cell = Cell(code=assign(step.frame, f'rt.send({call("database.list_tables", Code(made[0]), **options)}, "success")'), carrier=DRIVER, outside="database",
                how="the information schema; tables that were listed are a state table", commit=f"{state}.commit()",
                setup=[f'{state} = database.MaxValues(spark, f"{{tables}}__{state}")'])
    if step.flag("list-db-include-count"):
        cell.notes.append("*Include Count* is left out: count in the query that follows.")
    return _with(cell, made)


@handles("PutSQL", side_effect=True)
def put_sql(step: Step) -> Cell:
    """One statement after the other, each by itself: fragmented transactions are left out. The text of an error is Spark's."""
    made = database(step, "JDBC Connection Pool", written=True)
    options = {"db": Code(made[0])}
    if step.get("putsql-sql-statement"):
        options["sql"] = step.option("putsql-sql-statement")
    cell = step.for_each("database.put_sql", outside="database", how="statements, one after the other", **options)
    cell.notes.append("Statements are in the old database's dialect: what Spark does not know in Unity Catalog goes to `failure`.")
    return _with(cell, made)


_UPSERTS = {"UPSERT": ("PostgreSQL", "MySQL", "Oracle 12+", "Phoenix"), "INSERT_IGNORE": ("PostgreSQL", "MySQL", "Phoenix")}


def statement_of(step: Step) -> str:
    """The statement type of PutDatabaseRecord. Refused for one that NiFi's database type does not know."""
    statement = step.get("put-db-record-statement-type") or "INSERT"
    kind = step.get("db-type") or "Generic"
    if statement not in ("INSERT", "UPDATE", "DELETE", "UPSERT", "INSERT_IGNORE", "Use statement.type Attribute"):
        raise Refused(f"the statement type {statement} is not known or differs from record to record")
    if step.get("Data Record Path"):
        raise Refused("the rows are within the records, at the data record path")
    if statement in _UPSERTS and kind not in _UPSERTS[statement] and kind in ("Generic", "Oracle", "Oracle 12+", "MS SQL 2008", "MS SQL 2012+"):
        raise Refused(f"the database type {kind} has no {statement}; NiFi calls it invalid")
    return statement


@handles("PutDatabaseRecord", side_effect=True)
def put_database_record(step: Step) -> Cell:
    """In Unity Catalog a primary key is declared but not enforced: an INSERT of a row that is there adds it once more, in
    an old database it fails as in NiFi. The text of an error is Spark's."""
    from .readers import reader_function

    made = database(step, "put-db-record-dcbp-service", written=True)
    options = {"db": Code(made[0]), "table": step.option("put-db-record-table-name", ""), "read": reader_function(step, "put-db-record-record-reader")}
    field = step.get("put-db-record-field-containing-sql")
    if step.get("put-db-record-statement-type") == "SQL" and field and step.is_literal(field):
        options["sql_field"] = step.parse(field).literal_text
        return _with(step.for_each("database.put_records", outside="database", how="statements that the records hold", **options), made)
    statement = statement_of(step)
    if statement == "Use statement.type Attribute":
        options["statement"] = Code('lambda attributes: attributes.get("statement.type", "INSERT")')
    elif statement not in ("INSERT",):
        options["statement"] = statement
    keys = step.get("put-db-record-update-keys")
    if keys:
        options["keys"] = [k.strip() for k in keys.split(",")] if step.is_literal(keys) else Code(f'lambda attributes: {step.python_source(keys)}.split(",")')
    if (step.get("put-db-record-unmatched-field-behavior") or "").startswith("Fail"):
        options["fail_on_unmatched_field"] = True
    keys_asked = statement in ("INSERT_IGNORE", "UPSERT", "UPDATE") and not keys
    if keys_asked:
        options["keys"] = asked_keys(step)
    cell = step.for_each("database.put_records", outside="database", how=f"{statement} of a flow file's records into a table of Unity Catalog", **options)
    if keys_asked:
        ask_for_keys(step, cell)
    cell.notes.append("All records of a flow file are written or none.")
    return _with(cell, made)
