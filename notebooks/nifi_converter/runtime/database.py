"""Databases: queries over JDBC or in Unity Catalog, statements and record loads in Unity Catalog.

A NiFi connection pool is one `Database` in a notebook. With a JDBC URL it reads from the old database; without one its
tables are those of a schema in Unity Catalog (moved, or federated), which can be written as well.
"""

from __future__ import annotations

import json
import re
import uuid
from decimal import Decimal

from .flow_files import FlowFile
from .tables import in_memory, quoted, remember, remembered, table_format

# java.sql.Types of attributes sql.args.N.type -> how the text becomes a parameter
_INTEGERS = {"-7", "-6", "5", "4", "-5"}
_NUMBERS = {"2", "3", "6", "7", "8"}


class Database:
    """One connection pool of the flow. `schema`: catalog.schema where `url` is empty."""

    def __init__(self, spark, url="", user=None, password=None, driver=None, schema=""):
        self.spark, self.url, self.user, self.password, self.driver, self.schema = spark, url, user, password, driver, schema

    def query(self, sql, pages=None):
        """The rows of a query as a DataFrame. `pages`: (column, least value, largest value, number of partitions)."""
        if not self.url:
            self._use()
            return self.spark.sql(sql)
        text = sql.strip().rstrip(";")
        options = {"url": self.url, "fetchsize": "1000"}
        if pages:
            column, least, largest, number = pages
            options.update({"dbtable": f"({text}) t", "partitionColumn": column, "lowerBound": least, "upperBound": largest, "numPartitions": str(number)})
        else:
            options["query"] = text
        for name, value in (("user", self.user), ("password", self.password), ("driver", self.driver)):
            if value:
                options[name] = value
        return self.spark.read.format("jdbc").options(**options).load()

    def first_row(self, sql):
        """(the first row's values as texts, the columns' types); None where there is none."""
        from pyspark.sql import functions as F

        frame = self.query(sql)
        row = frame.select(*[F.col(quoted(n)).cast("string") for n in frame.columns]).first()
        return (list(row), [f.dataType.simpleString() for f in frame.schema]) if row is not None else None

    def execute(self, sql, parameters=None):
        """Runs a statement. Only in Unity Catalog: Spark's JDBC source runs no statements."""
        if self.url:
            raise NotImplementedError("statements run in Unity Catalog: empty the widget of the JDBC URL, or run this one in the database")
        self._use()
        return self.spark.sql(sql.strip().rstrip(";"), args=parameters) if parameters else self.spark.sql(sql.strip().rstrip(";"))

    def table(self, name):
        """A table's full name in Unity Catalog."""
        return name if name.count(".") >= 2 or not self.schema else f"{self.schema}.{name.split('.')[-1]}"

    def _use(self):
        if self.schema and not in_memory():
            self.spark.sql(f"USE {quoted(self.schema)}")


def _json_value(value):
    if isinstance(value, Decimal):
        return float(value)
    return value.isoformat() if hasattr(value, "isoformat") else value.hex() if isinstance(value, (bytes, bytearray)) else value


def content_of(frame, output, max_rows=0):
    """(rows, content, MIME type) of a query's result: avro, json or csv, as the processor's writer says."""
    rows = frame.limit(max_rows).collect() if max_rows else frame.collect()
    names = frame.columns
    if output == "avro":
        from . import avro

        fields = [{"name": re.sub(r"[^A-Za-z0-9_]", "_", f.name), "type": ["null", _avro_type(f.dataType.simpleString())]} for f in frame.schema]
        schema = {"type": "record", "name": "NiFi_ExecuteSQL_Record", "namespace": "any.data", "fields": fields}
        records = [{f["name"]: _avro_value(v, f["type"][1]) for f, v in zip(fields, row)} for row in rows]
        return len(rows), avro.write_file(schema, records), "application/avro-binary"
    if output == "csv":
        import csv
        import io

        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(names)
        writer.writerows([["" if v is None else _json_value(v) for v in row] for row in rows])
        return len(rows), text.getvalue().encode("utf-8"), "text/csv"
    records = [{n: _json_value(v) for n, v in zip(names, row)} for row in rows]
    return len(rows), json.dumps(records, ensure_ascii=False, separators=(",", ":")).encode("utf-8"), "application/json"


def _avro_type(spark_type):
    return {"int": "int", "smallint": "int", "tinyint": "int", "bigint": "long", "float": "float", "double": "double", "boolean": "boolean",
            "binary": "bytes"}.get(spark_type, "string")


def _avro_value(value, kind):
    return value if value is None or kind != "string" else str(value)


def execute_sql(flow_file, db, sql=None, output="avro", max_rows=0, pre=None, post=None):
    """ExecuteSQL: the result of the query (the content, where there is no property). `success` or `failure`."""
    text = sql if sql is not None else flow_file.content.decode("utf-8")
    try:
        for statement in _statements(pre):
            db.execute(statement)
        count, content, mime_type = content_of(db.query(text), output, max_rows)
        for statement in _statements(post):
            db.execute(statement)
    except Exception as error:
        return [("failure", flow_file.with_attributes({"executesql.error.message": str(error)[:1000]}).failed(error))]
    noted = {"executesql.row.count": str(count), "executesql.resultset.index": "0", "mime.type": mime_type, "executesql.query.duration": "0",
             "executesql.query.executiontime": "0", "executesql.query.fetchtime": "0"}
    if "uuid" in flow_file.attributes:
        noted["input.flowfile.uuid"] = flow_file.attributes["uuid"]
    return [("success", flow_file.with_attributes(noted).with_content(content))]


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


def query_table(db, table, columns=None, where=None, max_columns=(), state=None, output="avro", initial=None, max_rows=0, sql=None):
    """QueryDatabaseTable: what is new since the largest values of `max_columns`; one flow file, none where nothing is new."""
    frame = new_rows(db, table, columns, where, max_columns, state, initial, sql)
    count, content, mime_type = content_of(frame, output, max_rows)
    if not count:
        return []
    noted = {"filename": str(uuid.uuid4()), "path": "./", "uuid": str(uuid.uuid4()), "tablename": table, "querydbtable.row.count": str(count), "mime.type": mime_type}
    noted.update({f"maxvalue.{c.lower()}": v for c, v in (state._new.items() if state else ())})
    return [FlowFile(noted, content)]


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


def put_records(flow_file, db, table, read, statement="INSERT", keys=(), fail_on_unmatched_field=False, sql_field=None):
    """PutDatabaseRecord: the records of one flow file into a table. All or nothing per flow file, as NiFi's transaction.

    `read` (rt.Late) gives the records as dictionaries. Field names match columns without case, `_` left out of account.
    """
    try:
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
    """A DataFrame into a table of Unity Catalog by column names without case; made where it is missing, for an INSERT."""
    spark, name = db.spark, quoted(db.table(table))
    if statement == "INSERT" and not spark.catalog.tableExists(db.table(table)):
        frame.write.format(table_format()).mode("append").saveAsTable(name)
        return
    columns = {f.name.lower(): f for f in spark.table(name).schema}
    fields = {c: columns[c.lower()] for c in frame.columns if c.lower() in columns}
    typed = frame.selectExpr(*[f"CAST(`{c}` AS {f.dataType.simpleString()}) AS `{f.name}`" for c, f in fields.items()])
    typed.createOrReplaceTempView("nifi_typed")
    _run_load(spark, name, list(fields.values()), statement, list(keys))


def _write_records(db, table, records, statement, keys, strict):
    spark, name = db.spark, quoted(table)
    columns = {f.name.replace("_", "").lower(): f for f in spark.table(name).schema}
    fields = {}
    for record in records:
        for field in record:
            column = columns.get(field.replace("_", "").lower())
            if column is not None:
                fields[field] = column
            elif strict:
                raise ValueError(f"{table} has no column for the field {field}")
    if not fields:
        raise ValueError(f"no field fits a column of {table}")
    rows = [tuple(None if record.get(f) is None else record[f] if isinstance(record[f], str) else json.dumps(record[f]) for f in fields) for record in records]
    raw = spark.createDataFrame(rows, ", ".join(f"`{c.name}` STRING" for c in fields.values()))
    raw.createOrReplaceTempView("nifi_records")
    typed = ", ".join(f"CAST(`{c.name}` AS {c.dataType.simpleString()}) AS `{c.name}`" for c in fields.values())
    spark.sql(f"SELECT {typed} FROM nifi_records").createOrReplaceTempView("nifi_typed")
    _run_load(spark, name, list(fields.values()), statement, keys)


def _run_load(spark, name, fields, statement, keys):
    """The view nifi_typed into a table, by INSERT or MERGE."""
    names = ", ".join(f"`{c.name}`" for c in fields)
    on = " AND ".join(f"t.`{k}` = s.`{k}`" for k in keys)
    sets = ", ".join(f"t.`{c.name}` = s.`{c.name}`" for c in fields if c.name.lower() not in {k.lower() for k in keys})
    insert = f"INSERT ({names}) VALUES ({', '.join(f's.`{c.name}`' for c in fields)})"
    if statement == "INSERT" or not keys and statement in ("INSERT_IGNORE", "UPSERT"):
        spark.sql(f"INSERT INTO {name} ({names}) SELECT {names} FROM nifi_typed")
    elif not keys:
        raise ValueError(f"{statement} needs update keys: set them in the notebook")
    elif statement == "DELETE":
        spark.sql(f"MERGE INTO {name} t USING nifi_typed s ON {on} WHEN MATCHED THEN DELETE")
    else:
        matched = "" if statement == "INSERT_IGNORE" else f" WHEN MATCHED THEN UPDATE SET {sets}"
        new = "" if statement == "UPDATE" else f" WHEN NOT MATCHED THEN {insert}"
        spark.sql(f"MERGE INTO {name} t USING nifi_typed s ON {on}{matched}{new}")
