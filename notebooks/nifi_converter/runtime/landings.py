"""Files read as records: Auto Loader into a staged table, or the files of a listing, and the casts NiFi's readers make."""

from __future__ import annotations

import os

from .files import path_of
from .flow_files import rehearsing
from .tables import in_memory, quoted, table_format

# Set by the check: frames that were staged, so that a second cell sees the same rows.
_staged = {}


def auto_loader(spark, kind, folder, schema=None, schema_location=None, infer_types=False, options=None):
    """`spark.readStream.format("cloudFiles")` over a folder: Auto Loader. Without a schema it finds one and keeps it at
    `schema_location`. A plain Spark has no Auto Loader: there it is a file stream, with the schema of what lies in the
    folder now."""
    options = dict(options or {})
    if "DATABRICKS_RUNTIME_VERSION" not in os.environ:
        plain = schema or spark.read.format(kind).options(**options).load(folder).schema
        return spark.readStream.format(kind).schema(plain).options(**options).load(folder)
    reader = spark.readStream.format("cloudFiles").option("cloudFiles.format", kind).options(**options)
    if schema:
        return reader.schema(schema).load(folder)
    if infer_types:
        reader = reader.option("cloudFiles.inferColumnTypes", True)
    return reader.option("cloudFiles.schemaLocation", schema_location).load(folder)


def directly_in(folder):
    """Whether a file lies in the folder itself and not in one below it, as a column of a file read."""
    from urllib.parse import quote

    from pyspark.sql import functions as F

    return F.regexp_replace("_metadata.file_path", "/[^/]*$", "").endswith(quote(folder.rstrip("/")))


def has_files(folder):
    """Whether a folder holds any file: without one nothing says what the columns are."""
    return any(names for _, _, names in os.walk(folder))


def staged(stream, table, checkpoint):
    """Takes what is new up to now into a staged table and gives that table, so that all cells and branches see one set of
    rows. The checkpoint remembers the files; the table keeps their rows until the run has ended well (`rt.clear`)."""
    spark = stream.sparkSession
    if not stream.isStreaming:  # the check's stand-in for a stream
        return stream
    if in_memory():
        name = f"nifi_staged_{len(_staged)}"
        _staged[table] = name
        stream.writeStream.format("memory").queryName(name).outputMode("append").trigger(availableNow=True).start().awaitTermination()
        return spark.table(name)
    (stream.writeStream.format(table_format()).outputMode("append").option("checkpointLocation", checkpoint).option("mergeSchema", "true")
     .trigger(availableNow=True).toTable(quoted(table)).awaitTermination())
    return spark.table(quoted(table))


def read_files(spark, listed, kind, options=None, schema=None):
    """The files of a listing as one DataFrame, with `_file`.

    Files are read in groups that one reader understands: CSV by its header line, JSON by documents or lines. Nothing
    listed: no rows, and the columns of `schema` where there is one.
    """
    from pyspark.sql import functions as F

    options = dict(options or {})
    groups = {}
    for flow_file in listed:
        path = path_of(flow_file)
        groups.setdefault(_form(path, kind, options), []).append(path)
    frame = None
    for form in sorted(groups):
        reader = spark.read.format(kind).options(**{**options, **({"multiLine": form == "document"} if kind == "json" else {})})
        if schema:
            reader = reader.schema(schema)
        part = reader.load(sorted(groups[form])).select("*", F.col("_metadata.file_path").alias("_file"))
        frame = part if frame is None else frame.unionByName(part, allowMissingColumns=True)
    if frame is None:
        return spark.createDataFrame([], f"{schema}, _file STRING" if schema else "_file STRING")
    return frame


def _form(path, kind, options):
    """What files must share to be read together."""
    if kind == "csv" and str(options.get("header", "")).lower() == "true":
        with open(path, encoding=options.get("encoding", "UTF-8"), errors="replace", newline="") as file:
            return file.readline(1 << 20)
    if kind == "json":
        import json

        with open(path, encoding=options.get("encoding", "utf-8-sig"), errors="replace") as file:
            first = file.readline(1 << 20).strip()
            second = file.readline(1 << 10).strip()
        try:
            # One whole object on the first line and another one on the next: JSON lines. All else is one document.
            return "lines" if isinstance(json.loads(first), dict) and second.startswith("{") else "document"
        except ValueError:
            return "document"
    return ""


def schema_of_name(schemas, name):
    """({column: SQL type}, [columns that may not be null]) of one of a registry's schemas, which are {column: DDL type}."""
    if name not in schemas and rehearsing():
        name = next(iter(schemas), name)
    if name not in schemas:
        raise ValueError(f"there is no schema {name!r} in the registry")
    types = {column: kind.replace(" NOT NULL", "") for column, kind in schemas[name].items()}
    return types, [column for column, kind in schemas[name].items() if kind.endswith(" NOT NULL")]


def text_columns(names):
    """DDL of columns that are read as text, to be cast afterwards."""
    return ", ".join(f"{quoted_name(name)} STRING" for name in names)


def typed(frame, types, required=()):
    """(records that fit, records of files that do not fit): casts text columns to the schema of NiFi's reader.

    `types`: {column: SQL type}. Empty cells are null; a value that is no such number, or a null where one is required,
    fails its whole file (`_file`), as in NiFi. Missing columns are null, columns that the schema does not have are left
    out. The second frame has `error`.
    """
    from pyspark.sql import Window, functions as F

    columns, error = _casts(frame, types, required)
    checked = frame.selectExpr(*columns, "_file", f"{error or _NO_ERROR} AS error")
    if not error:
        return checked.drop("error", "_file"), checked.where("false").drop("_file")
    by_file = Window.partitionBy("_file")
    told = checked.withColumn("_why", F.max("error").over(by_file)).drop("_file")
    bad = told.where("_why IS NOT NULL").withColumn("error", F.coalesce("error", F.concat(F.lit("its file has: "), "_why"))).drop("_why")
    return told.where("_why IS NULL").drop("_why", "error"), bad


def fitting(frame, types, required=()):
    """ValidateRecord on text columns: (records that fit, in their types; the others as texts, with `error`)."""
    columns, error = _casts(frame, types, required)
    error = error or _NO_ERROR
    texts = [f"CAST(NULL AS STRING) AS {quoted_name(n)}" if n not in frame.columns else
             f"coalesce(CAST(try_cast({_cell(quoted_name(n))} AS {kind}) AS STRING), {_cell(quoted_name(n))}) AS {quoted_name(n)}" for n, kind in types.items()]
    return frame.where(f"{error} IS NULL").selectExpr(*columns), frame.where(f"{error} IS NOT NULL").selectExpr(*texts, f"{error} AS error")


_NO_ERROR = "CAST(NULL AS STRING)"


def _casts(frame, types, required):
    """(columns of text cells cast to their types, the first fault of a record as SQL; "" where nothing can be wrong)."""
    columns, faults = [], []
    for name, kind in types.items():
        column = quoted_name(name)
        if name not in frame.columns:
            columns.append(f"CAST(NULL AS {kind}) AS {column}")
            if name in required:
                faults.append(f"'{_sql(name)} is missing'")
            continue
        text = _cell(column)
        columns.append(f"{text} AS {column}" if kind.upper() == "STRING" else f"try_cast({text} AS {kind}) AS {column}")
        if kind.upper() != "STRING":
            faults.append(f"CASE WHEN {text} IS NOT NULL AND try_cast({text} AS {kind}) IS NULL THEN concat('{_sql(name)} is no {kind}: ', {column}) END")
        if name in required:
            faults.append(f"CASE WHEN {text} IS NULL THEN '{_sql(name)} is missing' END")
    return columns, f"coalesce({', '.join(faults)}, {_NO_ERROR})" if faults else ""


_WHOLE = ("tinyint", "smallint", "int", "bigint")
_KINDS = {"INT": _WHOLE, "BIGINT": _WHOLE, "FLOAT": ("float", "double", "decimal"), "DOUBLE": ("float", "double", "decimal"), "BOOLEAN": ("boolean",), "STRING": ("string",)}


def validated(frame, types, required=(), strict=True, extra=True):
    """ValidateRecord on typed columns: (valid records, the others with `error`). Strict: a value's own type must be the
    schema's kind, whatever it could be read as; `extra`: columns that the schema does not have are allowed."""
    import re

    own = {f.name: re.sub(r"\(.*", "", f.dataType.simpleString()) for f in frame.schema}
    faults = [] if extra else [f"'{_sql(n)} is not in the schema'" for n in own if n not in types]
    for name, kind in types.items():
        column = quoted_name(name)
        if name not in own:
            faults += [f"'{_sql(name)} is missing'"] if name in required else []
            continue
        if name in required:
            faults.append(f"CASE WHEN {column} IS NULL THEN '{_sql(name)} is missing' END")
        wrong = f"'{_sql(name)} is a {own[name]}, no {kind}'"
        if own[name] not in _KINDS[kind] and (strict or own[name] not in {k for kinds in _KINDS.values() for k in kinds}):
            faults.append(f"CASE WHEN {column} IS NOT NULL THEN {wrong} END")
        elif own[name] != kind.lower() and kind != "STRING":
            faults.append(f"CASE WHEN {column} IS NOT NULL AND try_cast({column} AS {kind}) IS NULL THEN {wrong} END")
    checked = frame.withColumn("error", _expression(f"coalesce({', '.join([*faults, _NO_ERROR])})"))
    return checked.where("error IS NULL").drop("error"), checked.where("error IS NOT NULL")


def _expression(text):
    from pyspark.sql import functions as F

    return F.expr(text)


def by_value(frame, column):
    """Parts a frame by a column's values, which are few: [(value, records)]. For what a store's name depends on the data:
    one load per table, one write per folder. A null counts as empty text."""
    from pyspark.sql import functions as F

    key = F.coalesce(column.cast("string"), F.lit(""))
    values = sorted(row[0] for row in frame.select(key.alias("value")).distinct().collect())
    return [(value, frame.where(key == value)) for value in values]


def _cell(column):
    """A CSV cell as NiFi's reader gives it: trimmed as in Java, quoted or not; an empty one is null."""
    return f"nullif(regexp_replace({column}, '^[\\\\x00-\\\\x20]+|[\\\\x00-\\\\x20]+$', ''), '')"


def cells(frame):
    """Text columns of CSV files as NiFi's reader gives them."""
    return frame.selectExpr(*[f"{_cell(quoted_name(n))} AS {quoted_name(n)}" for n in frame.columns if n != "_file"])


def fitted(frame, types):
    """Records in the columns and types of a writer's schema: missing columns are null, others are left out. A value that
    does not fit fails the run, as it fails the flow file in NiFi."""
    have = {name.lower() for name in frame.columns}
    return frame.selectExpr(*[
        f"CAST({quoted_name(n) if n.lower() in have else 'NULL'} AS {kind}) AS {quoted_name(n)}" for n, kind in types.items()])


def write_files(frame, folder, kind, options=None):
    """Appends records to a folder as files of one format; Spark names them. Nothing is written for no records."""
    if not frame.columns:
        return
    if in_memory():
        frame.collect()
        return
    frame.write.format(kind).options(**(options or {})).mode("append").save(folder)


def quoted_name(name):
    return "`" + name.replace("`", "``") + "`"


def _sql(text):
    return text.replace("\\", "\\\\").replace("'", "\\'")
