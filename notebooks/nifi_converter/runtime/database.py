"""Databases: queries over JDBC or in Unity Catalog, statements and record loads in Unity Catalog.

A NiFi connection pool is one `Database` in a notebook. With a JDBC URL it reads from the old database; without one its
tables are those of a schema in Unity Catalog (moved, or federated), which can be written as well.
"""

from __future__ import annotations

import json
import re
import uuid
from decimal import Decimal

from . import jdbc, query_results
from .flow_files import FlowFile
from .tables import in_memory, quoted, remember, remembered, table_format

# java.sql.Types of attributes sql.args.N.type -> how the text becomes a parameter
_INTEGERS = {"-7", "-6", "5", "4", "-5"}
_NUMBERS = {"2", "3", "6", "7", "8"}


class Database:
    """One connection pool of the flow. `schema`: catalog.schema where `url` is empty."""

    def __init__(self, spark, url="", user=None, password=None, driver=None, schema=""):
        self.spark, self.url, self.user, self._password, self.driver, self.schema = spark, url, user, password, driver, schema

    @property
    def password(self):
        """The password; a function that gives it is called when it is needed."""
        return self._password() if callable(self._password) else self._password

    def query(self, sql, pages=None, parameters=()):
        """The rows of a query as a DataFrame. `pages`: (column, least value, largest value, number of partitions)."""
        text = sql.strip().rstrip(";")
        if not self.url:
            self._use()
            return self.spark.sql(text, args=list(parameters)) if parameters else self.spark.sql(text)
        text = jdbc.inlined(self.url, text, parameters) if parameters else text
        if pages:
            column, least, largest, number = pages
            asked = jdbc.options(self, dbtable=f"({text}) t", partitionColumn=column, lowerBound=least, upperBound=largest, numPartitions=str(number))
        else:
            asked = jdbc.options(self, query=text)
        return self.spark.read.format("jdbc").options(**asked).load()

    def first_row(self, sql):
        """(the first row's values as texts, the columns' types); None where there is none."""
        from pyspark.sql import functions as F

        frame = self.query(sql)
        row = frame.select(*[F.col(quoted(n)).cast("string") for n in frame.columns]).first()
        return (list(row), [f.dataType.simpleString() for f in frame.schema]) if row is not None else None

    def execute(self, sql, parameters=()):
        """Runs a statement that gives no rows."""
        text = sql.strip().rstrip(";")
        if self.url:
            jdbc.execute(self, jdbc.inlined(self.url, text, parameters) if parameters else text)
            return
        self._use()
        self.spark.sql(text, args=list(parameters)) if parameters else self.spark.sql(text)

    def primary_key(self, table):
        """The columns of a table's primary key as the database declares it; [] where there is none."""
        return jdbc.primary_key(self, table)

    def table(self, name):
        """A table's full name; in Unity Catalog that of `catalog.schema`."""
        return name if self.url or name.count(".") >= 2 or not self.schema else f"{self.schema}.{name.split('.')[-1]}"

    def _use(self):
        if self.schema and not in_memory():
            self.spark.sql(f"USE {quoted(self.schema)}")


_QUERY = re.compile(r"\s*(?:(?:--[^\n]*\n|/\*.*?\*/)\s*)*\(*\s*(select|with|values|show|describe|desc|explain|table)\b", re.I | re.S)


def execute_sql(flow_file, db, sql=None, writer=None, max_rows=0, pre=None, post=None, logical_types=False, normalize=False):
    """ExecuteSQL: the result of the query (the content, where there is no property). `success` or `failure`. A statement
    that gives no rows is run, its flow file has an empty result."""
    text = sql if sql is not None else flow_file.content.decode("utf-8")
    parameters = parameters_of(flow_file.attributes)
    try:
        for statement in _statements(pre):
            db.execute(statement)
        if not _QUERY.match(text):
            db.execute(text, parameters)
            return [("success", query_results.empty(flow_file, writer))]
        made = query_results.of(flow_file, db.query(text, parameters=parameters), db, writer, max_rows, logical_types, normalize)
        for statement in _statements(post):
            db.execute(statement)
    except Exception as error:
        return [("failure", flow_file.with_attributes({"executesql.error.message": str(error)[:1000]}).failed(error))]
    out = []
    for count, part in made:
        noted = {"executesql.row.count": str(count), "executesql.resultset.index": "0", "executesql.query.duration": "0",
                 "executesql.query.executiontime": "0", "executesql.query.fetchtime": "0", "input.flowfile.uuid": flow_file.attributes.get("uuid", "")}
        out.append(("success", part.with_attributes(noted)))
    return out


def _statements(text):
    return [s for s in (text or "").split(";") if s.strip()]


def parameters_of(attributes):
    """The parameters `sql.args.N.value` of a statement with `?`, typed by `sql.args.N.type`."""
    found, number = [], 1
    while f"sql.args.{number}.type" in attributes or f"sql.args.{number}.value" in attributes:
        value, kind = attributes.get(f"sql.args.{number}.value"), attributes.get(f"sql.args.{number}.type", "12")
        if value is None or value == "" and kind not in ("12", "1", "-1", "-9"):
            found.append(None)
        elif kind in _INTEGERS:
            found.append(int(value))
        elif kind in _NUMBERS:
            found.append(Decimal(value))
        elif kind == "16":
            found.append(value.lower() == "true")
        else:
            found.append(value)
        number += 1
    return found


def put_sql(flow_file, db, sql=None):
    """PutSQL: runs the statement of the property or content. `success` or `failure`; the run tries again on `retry` by itself."""
    text = sql if sql is not None else flow_file.content.decode("utf-8")
    try:
        if text.strip():
            db.execute(text, parameters_of(flow_file.attributes))
    except Exception as error:
        return [("failure", flow_file.with_attributes({"error.message": str(error)[:1000]}).failed(error))]
    return [("success", flow_file)]


class MaxValues:
    """The largest values of a table's columns that were fetched; `commit` is the run's last act."""

    def __init__(self, spark, table):
        self.spark, self.table = spark, table
        self.values = remembered(spark, table)
        self._new = {}

    def commit(self):
        remember(self.spark, self.table, self._new)


def new_rows(db, table, columns=None, where=None, max_columns=(), state=None, initial=None, sql=None, page_rows=0):
    """The rows of a table that are new since the largest values of `max_columns`, as a DataFrame; with `page_rows` in
    partitions of about so many rows. What arrives while the run is under way belongs to the next one: rows above the
    largest value found are left out."""
    conditions = [f"({where})"] if where else []
    for column in max_columns:
        last = state.values.get(column, (initial or {}).get(column)) if state else None
        if last is not None:
            conditions.append(f"{column} > {_literal(last)}")
    source = f"({sql}) t" if sql else table

    def select(what):
        return f"SELECT {what} FROM {source}" + (f" WHERE {' AND '.join(conditions)}" if conditions else "")

    pages = None
    if max_columns and state is not None:
        asked = [f"MAX({c}) AS largest_{i}" for i, c in enumerate(max_columns)]
        found = db.first_row(select(", ".join([*asked, f"MIN({max_columns[0]}) AS least", "COUNT(*) AS total"] if page_rows else asked)))
        if found is not None:
            values, kinds = found
            state._new.update({c: v for c, v in zip(max_columns, values) if v is not None})
            if values[0] is not None:
                conditions.append(f"{max_columns[0]} <= {_literal(values[0])}")
                if page_rows and int(values[-1]) > page_rows and re.match(_BOUNDED, kinds[0]):
                    pages = (max_columns[0], values[-2], values[0], -(-int(values[-1]) // page_rows))
    return db.query(select(columns or "*"), **({"pages": pages} if pages else {}))


_BOUNDED = r"tinyint|smallint|int|bigint|float|double|decimal|date|timestamp"  # what Spark's JDBC source can make partitions of


def _literal(value):
    return value if re.fullmatch(r"-?\d+(\.\d+)?", value) else "'" + value.replace("'", "''") + "'"


def query_table(db, table, columns=None, where=None, max_columns=(), state=None, writer=None, initial=None, max_rows=0, sql=None, logical_types=False, normalize=False):
    """QueryDatabaseTable: what is new since the largest values of `max_columns`; no flow file where nothing is new."""
    frame = new_rows(db, table, columns, where, max_columns, state, initial, sql)
    noted = {"path": "./", "tablename": table}
    noted.update({f"maxvalue.{c.lower()}": v for c, v in (state._new.items() if state else ())})
    made = query_results.of(FlowFile(noted), frame, db, writer, max_rows, logical_types, normalize)
    return [part.with_attributes({"filename": str(uuid.uuid4()), "uuid": str(uuid.uuid4()), "querydbtable.row.count": str(count)}) for count, part in made if count]


def list_tables(db, schema_pattern=None, name_pattern=None, seen=None):
    """ListDatabaseTables: one flow file without content per table, by the database's information schema."""
    conditions = [f"table_{what} LIKE '{pattern.replace(chr(39), chr(39) * 2)}'" for what, pattern in (("schema", schema_pattern), ("name", name_pattern)) if pattern]
    text = "SELECT table_catalog, table_schema, table_name, table_type FROM information_schema.tables" + (f" WHERE {' AND '.join(conditions)}" if conditions else "")
    found = []
    for catalog, schema, name, kind in sorted(tuple(r) for r in db.query(text).collect()):
        full = ".".join(p for p in (catalog, schema, name) if p)
        if seen is not None and full in seen.values:
            continue
        if seen is not None:
            seen._new[full] = kind or ""
        found.append(FlowFile({"db.table.catalog": catalog or "", "db.table.schema": schema or "", "db.table.name": name, "db.table.fullname": full,
                               "db.table.type": "TABLE" if "TABLE" in (kind or "") else kind or "", "db.table.remarks": "", "filename": str(uuid.uuid4()), "path": "./"}))
    return found


def generate_table_fetch(flow_file, db, table, columns=None, where=None, max_columns=(), partition_size=10000, state=None):
    """GenerateTableFetch: one query per partition of rows, for ExecuteSQL to run."""
    conditions = [f"({where})"] if where else []
    for column in max_columns:
        last = state.values.get(f"{table}@{column}") if state else None
        if last is not None:
            conditions.append(f"{column} > {last if last.lstrip('-').isdigit() else chr(39) + last + chr(39)}")
    scope = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    largest = [f"MAX({c}) AS {c}" for c in max_columns]
    row = db.query(f"SELECT {', '.join(['COUNT(*) AS n', *largest])} FROM {table}{scope}").first()
    total = int(row[0])
    if state is not None:
        state._new.update({f"{table}@{c}": str(row[i + 1]) for i, c in enumerate(max_columns) if row[i + 1] is not None})
    order = f" ORDER BY {', '.join(max_columns)}" if max_columns else ""
    size = partition_size or max(total, 1)
    identifier = str(uuid.uuid4())
    queries = []
    for index, offset in enumerate(range(0, total, size)):
        limit = f" LIMIT {size}" + (f" OFFSET {offset}" if offset else "") if partition_size else ""
        noted = {"generatetablefetch.tableName": table, "generatetablefetch.columnNames": columns or "*", "generatetablefetch.limit": str(size),
                 "generatetablefetch.offset": str(offset), "fragment.identifier": identifier, "fragment.index": str(index), "fragment.count": str(-(-total // size))}
        queries.append(("success", flow_file.with_attributes(noted).with_content(f"SELECT {columns or '*'} FROM {table}{scope}{order}{limit}")))
    return queries


def keys(text):
    """The primary key of a widget: a list of columns, or {table: columns} where it is JSON."""
    return json.loads(text) if text.strip().startswith("{") else [k.strip() for k in text.split(",") if k.strip()]


def _named_keys(table, statement, keys):
    """(statement, keys) for one table where the keys are by table. One that is named without a key takes all rows."""
    if not isinstance(keys, dict):
        return statement, keys
    return "INSERT" if keys.get(table) == [] else statement, keys.get(table, [])


def put_records(flow_file, db, table, read, statement="INSERT", keys=(), fail_on_unmatched_field=False, sql_field=None):
    """PutDatabaseRecord: the records of one flow file into a table. All or nothing per flow file, as NiFi's transaction.

    `read` (rt.Late) gives the records as dictionaries. Field names match columns without case, `_` left out of account.
    `keys`: columns, or {table: columns}; no columns for a table that is named there: it has no key, and rows are appended.
    """
    try:
        statement, keys = _named_keys(table, statement, keys)
        records = read.function(flow_file)
        if sql_field:
            for record in records:
                db.execute(str(record.get(sql_field, "")))
            return [("success", flow_file)]
        if records:
            _write_records(db, db.table(table), records, statement.upper(), [k.strip() for k in keys if k.strip()], fail_on_unmatched_field)
    except Exception as error:
        return [("failure", flow_file.with_attributes({"putdatabaserecord.error": str(error)[:1000]}).failed(error))]
    return [("success", flow_file)]


def load(db, frame, table, statement="INSERT", keys=()):
    """A DataFrame into a table by column names (see `_key`). In Unity Catalog the table is made where it is missing and rows
    come in."""
    spark, name = db.spark, db.table(table)
    statement, keys = _named_keys(table, statement, keys)
    if (statement == "INSERT" or keys and statement not in ("UPDATE", "DELETE")) and not db.url and not spark.catalog.tableExists(name):
        frame.write.format(table_format()).mode("append").saveAsTable(quoted(name))
        return
    columns = {_key(f.name): f for f in columns_of(db, name)}
    fields = {c: columns[_key(c)] for c in frame.columns if _key(c) in columns}
    if not fields:
        raise ValueError(f"no field fits a column of {name}")
    typed = frame.selectExpr(*[f"CAST(`{c}` AS {f.dataType.simpleString()}) AS `{f.name}`" for c, f in fields.items()])
    if statement == "INSERT_IGNORE" and keys:
        typed = typed.dropDuplicates(list(keys))  # a MERGE would insert both rows of a key that is new
    _run_load(db, typed, name, list(fields.values()), statement, list(keys))


def _key(name):
    """Field names match columns without case and `_`, as NiFi translates them by default."""
    return name.replace("_", "").lower()


def columns_of(db, table):
    """The columns of a table, as Spark's fields."""
    return jdbc.columns(db, table) if db.url else db.spark.table(quoted(table)).schema.fields


def _write_records(db, table, records, statement, keys, strict):
    columns = {_key(f.name): f for f in columns_of(db, table)}
    fields = {}
    for record in records:
        for field in record:
            column = columns.get(_key(field))
            if column is not None:
                fields[field] = column
            elif strict:
                raise ValueError(f"{table} has no column for the field {field}")
    if not fields:
        raise ValueError(f"no field fits a column of {table}")
    keys = keys or ([] if statement in ("INSERT", "DELETE") else db.primary_key(table))
    records = _last_of_each(records, fields, statement, keys)
    rows = [tuple(None if record.get(f) is None else record[f] if isinstance(record[f], str) else json.dumps(record[f]) for f in fields) for record in records]
    raw = db.spark.createDataFrame(rows, ", ".join(f"`{c.name}` STRING" for c in fields.values()))
    typed = raw.selectExpr(*[f"CAST(`{c.name}` AS {c.dataType.simpleString()}) AS `{c.name}`" for c in fields.values()])
    _run_load(db, typed, table, list(fields.values()), statement, keys)


def _last_of_each(records, fields, statement, keys):
    """Of records of one key the one that a database would end with: the first that was inserted, the last update. A MERGE
    takes one row for a key."""
    by_key = [f for f, column in fields.items() if column.name.lower() in {k.lower() for k in keys}]
    if not keys or len(by_key) < len(keys) or statement == "DELETE":
        return records
    found = {}
    for record in records:
        key = json.dumps([record.get(f) for f in by_key], sort_keys=True)
        if key not in found or statement != "INSERT_IGNORE":
            found[key] = record
    return list(found.values())


def _run_load(db, typed, table, fields, statement, keys):
    """Rows in the table's own types into it: INSERT, or one MERGE by the keys, which are the declared primary key where
    none are given. A DELETE without keys goes by all fields."""
    keys = keys or ([f.name for f in fields] if statement == "DELETE" else [] if statement == "INSERT" else db.primary_key(table))
    if statement != "INSERT" and not keys:
        raise ValueError(f"{statement} needs keys: {table} declares no primary key, name its columns in the notebook")
    if statement == "INSERT" and db.url:
        jdbc.append(db, typed, table)
        return
    quote, name = ('"', table) if db.url else ("`", quoted(table))
    if statement == "INSERT":
        typed.createOrReplaceTempView("nifi_typed")
        names = ", ".join(f"`{c.name}`" for c in fields)
        db.spark.sql(f"INSERT INTO {name} ({names}) SELECT {names} FROM nifi_typed")
        return

    def merge(source):
        return merge_statement(name, source, [f.name for f in fields], statement, keys, quote)

    if db.url:
        jdbc.merge(db, typed, table, merge)
        return
    typed.createOrReplaceTempView("nifi_typed")
    db.spark.sql(merge("nifi_typed"))


def merge_statement(table, source, names, statement, keys, quote="`"):
    """One MERGE for UPDATE, UPSERT, INSERT_IGNORE or DELETE; keys are matched without case."""
    column = {n.lower(): quote + n + quote for n in names}
    by = [column.get(k.strip().lower(), quote + k.strip() + quote) for k in keys]
    if statement == "DELETE":
        on = " AND ".join(f"(t.{c} = s.{c} OR t.{c} IS NULL AND s.{c} IS NULL)" for c in by)
        return f"MERGE INTO {table} t USING {source} s ON {on} WHEN MATCHED THEN DELETE"
    on = " AND ".join(f"t.{c} = s.{c}" for c in by)
    sets = ", ".join(f"t.{c} = s.{c}" if quote == "`" else f"{c} = s.{c}" for c in column.values() if c not in by)
    matched = "" if statement == "INSERT_IGNORE" or not sets else f" WHEN MATCHED THEN UPDATE SET {sets}"
    every = list(column.values())
    new = "" if statement == "UPDATE" else f" WHEN NOT MATCHED THEN INSERT ({', '.join(every)}) VALUES ({', '.join(f's.{c}' for c in every)})"
    return f"MERGE INTO {table} t USING {source} s ON {on}{matched}{new}"
