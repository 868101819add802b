"""Table stores of the Hadoop world: their counterpart on Databricks is a table of Unity Catalog."""

from __future__ import annotations

from typing import Any, Dict

from . import ASSISTED, RECORDS, Cell, Refused, Widget, handles
from .code import Code, assign, call
from .readers import reader_function
from .step import Step

_LAKE = 'lake_tables = database.Database(spark, schema=f"{catalog}.{schema}")'


@handles("PutIceberg", "PutIcebergRecord", side_effect=True)
def put_iceberg(step: Step) -> Cell:
    """Rows appended; the catalog service's place is taken by Unity Catalog."""
    table = step.get("table-name") or step.get("Table Name") or ""
    reader = "record-reader" if step.service("record-reader") is not None else "Record Reader"
    options: Dict[str, Any] = {"db": Code("lake_tables"), "table": step.option("table-name" if step.get("table-name") else "Table Name", ""),
                               "read": reader_function(step, reader)}
    if (step.get("unmatched-column-behavior") or "FAIL_UNMATCHED_COLUMN").startswith("FAIL"):
        options["fail_on_unmatched_field"] = True
    cell = step.for_each("database.put_records", outside="table", how="rows appended to a table of Unity Catalog", **options)
    cell.setup.append(_LAKE)
    namespace = " ".join((step.get("catalog-namespace") or step.get("Namespace") or "").split()).replace("`", "'")
    cell.notes.append(f"Iceberg table `{namespace}.{table.replace('`', chr(39))}`: here a table of `catalog.schema` in Unity Catalog (managed Iceberg or Delta), which must exist.")
    return cell


@handles("PutKudu", side_effect=True)
def put_kudu(step: Step) -> Cell:
    operation = (step.get("Insert Operation") or "INSERT").upper()
    if not step.is_literal(operation) or step.get("Operation RecordPath") or step.get("Data RecordPath"):
        raise Refused("the operation differs from record to record")
    operation = {"INSERT": "INSERT", "INSERT_IGNORE": "INSERT_IGNORE", "UPSERT": "UPSERT", "UPDATE": "UPDATE", "DELETE": "DELETE"}.get(operation)
    if operation is None:
        raise Refused(f"operation {step.get('Insert Operation')}")
    options: Dict[str, Any] = {"db": Code("lake_tables"), "table": step.option("Table Name", ""), "read": reader_function(step, "record-reader")}
    if operation != "INSERT":
        options["statement"] = operation
        options["keys"] = Code(f'dbutils.widgets.get("{step.frame}_keys").split(",")')
    cell = step.for_each("database.put_records", outside="table", how=f"{operation} into a table of Unity Catalog", **options)
    cell.setup.append(_LAKE)
    cell.notes.append("The Kudu table is a table of `catalog.schema` in Unity Catalog here; `impala::db.name` keeps only its last part.")
    if operation != "INSERT":
        cell.level, cell.how = ASSISTED, f"{operation}: the primary key is known to Kudu only"
        cell.widgets.append(Widget(f"{step.frame}_keys", "", f"primary key columns for {step.name}"))
        cell.notes.append(f"**Gap:** which columns are the primary key is known to Kudu only: widget `{step.frame}_keys` (comma-separated).")
    return cell


@handles("PutHiveQL", "PutHive3QL", "PutHive_1_1QL", side_effect=True)
def put_hive(step: Step) -> Cell:
    cell = step.for_each("database.put_sql", outside="database", how="statements of Hive in Spark SQL, one after the other", db=Code("lake_tables"))
    cell.setup.append(_LAKE)
    cell.notes.append("Hive's tables are tables of Unity Catalog here. Statements stay in Hive's dialect: what Spark does not know goes to `failure`.")
    return cell


@handles("SelectHiveQL", "SelectHive3QL", "SelectHive_1_1QL", source=True, side_effect=True, deterministic=False)
def select_hive(step: Step) -> Cell:
    query = next((n for n in ("hive3-query", "hive-query", "HiveQL Select Query") if step.get(n)), "")
    options: Dict[str, Any] = {"db": Code("lake_tables")}
    if query:
        options["sql"] = step.option(query)
    elif not step.has_input:
        raise Refused("it has neither a query nor an input")
    form = (next((step.get(n) for n in ("hive3-output-format", "hive-output-format", "Output Format") if step.get(n)), "Avro") or "Avro").lower()
    if form != "avro":
        options["output"] = form
    if not step.has_input:
        step.input = Code("[rt.fresh()]")
    cell = step.for_each("database.execute_sql", outside="database", how=f"a query of Hive's tables in Unity Catalog, its rows as {form}", **options)
    cell.setup.append(_LAKE)
    return cell


def _cells(step: Step, cell: Cell) -> Cell:
    name = f"{step.frame}_cells"
    cell.level, cell.how = ASSISTED, "cells are rows of a table: whoever reads HBase has to read it there, or a client puts them"
    cell.setup.append(f'{name} = hbase.Cells(spark, f"{{tables}}__hbase")')
    cell.commit = f"{name}.commit()"
    cell.notes.append("**Gap:** Databricks has no HBase: cells are rows of `…__hbase` (`hbase_table`, `row_key`, `family`, `qualifier`, `value`, `at`; the newest counts), written at the end of the run.")
    return cell


@handles("PutHBaseCell", side_effect=True, level=ASSISTED)
def put_hbase_cell(step: Step) -> Cell:
    return _cells(step, step.for_each("hbase.put_cell", outside="table", cells=Code(f"rt.Late({step.frame}_cells)"), table=step.option("Table Name", ""),
                                      row=step.option("Row Identifier", ""), family=step.option("Column Family", ""), qualifier=step.option("Column Qualifier", "")))


@handles("PutHBaseJSON", side_effect=True, level=ASSISTED)
def put_hbase_json(step: Step) -> Cell:
    options: Dict[str, Any] = {"cells": Code(f"rt.Late({step.frame}_cells)"), "table": step.option("Table Name", ""), "family": step.option("Column Family", "")}
    for name, key in (("Row Identifier", "row"), ("Row Identifier Field Name", "row_field")):
        if step.get(name):
            options[key] = step.option(name)
    if (step.get("Complex Field Strategy") or "Text") != "Text":
        options["complex_fields"] = step.get("Complex Field Strategy")
    return _cells(step, step.for_each("hbase.put_json", outside="table", **options))


@handles("GetHBase", "ScanHBase", "FetchHBaseRow", source=True, side_effect=True, deterministic=False, level=ASSISTED)
def read_hbase(step: Step) -> Cell:
    table = step.get("Table Name") or step.get("scanhbase-table-name") or ""
    gap = step.gap("", ("flow_file",), f"Reads rows of the HBase table `{table}` (columns: {step.get('Columns') or 'all'}).\n\nflow_file  what came in (empty for a source)\n"
                   f"returns    list of (relationship, flow file): {', '.join(step.connected) or 'success'}; a row is {{\"row\": …, \"cells\": [{{\"fam\", \"qual\", \"val\", \"ts\"}}]}} in JSON\n"
                   "HBase is read through its REST gateway or happybase, or its table was moved to Unity Catalog and spark.table reads it.")
    if not step.has_input:
        step.input = Code("[rt.fresh()]")
    cell = step.for_each(f"gaps.{gap.function}", outside="HBase", how="reading HBase is a function in gaps.py: Databricks has no HBase")
    cell.level, cell.gaps = ASSISTED, [gap]
    cell.notes.append(f"**Gap:** write `{gap.function}` in `gaps.py`: read the moved table with `spark.table`, or HBase through its REST gateway.")
    return cell


@handles("PutParquet", "PutORC", carriers=(RECORDS,), side_effect=True)
def put_columnar(step: Step) -> Cell:
    folder = step.get("Directory") or "."
    if not step.is_literal(folder):
        raise Refused("the folder is an expression")
    kind = "parquet" if step.type == "PutParquet" else "orc"
    return Cell(code=call("landings.write_files", step.input, step.path(folder), kind), how=f"files ({kind}) in a folder of the Volume", passes=("success",), carrier=RECORDS,
                outside="files", writes=f"folder {step.path(folder)}", notes=["Spark names the files."])


@handles("DeleteHDFS", "DeleteS3Object", "DeleteGCSObject", "DeleteAzureBlobStorage", "DeleteAzureBlobStorage_v12", "DeleteAzureDataLakeStorage", "DeleteFile",
         source=True, side_effect=True)
def delete_object(step: Step) -> Cell:
    """The object below the Volume that its list or fetch used."""
    whole = step.get("file_or_directory")
    if whole:
        path = step.path(whole)
    else:
        base = next((step.get(n) for n in ("Bucket", "gcs-bucket", "container-name", "filesystem-name", "Directory Path") if step.get(n)), "") or ""
        folder = step.get("directory-name") or ""
        key = next((step.get(n) for n in ("Object Key", "gcs-key", "blob", "blob-name", "file-name", "Filename") if step.get(n)), "${filename}") or "${filename}"
        path = step.path("/".join(p.rstrip("/") for p in (base, folder, key) if p))
    options: Dict[str, Any] = {"path": path}
    if step.type == "DeleteHDFS" and not step.flag("recursive", True):
        options["recursive"] = False
    if not step.has_input:
        step.input = Code("[rt.fresh()]")
    return step.for_each("files.delete_path", outside="files", how="deleted on the Volume", notes=["Deleted when the cell runs, as in NiFi; the bucket or folder lies below the Volume."], **options)


@handles("TailFile", source=True, state=True, side_effect=True)
def tail_file(step: Step) -> Cell:
    """The whole lines that are new since the run before."""
    path = step.get("File to Tail") or ""
    if (step.get("tail-mode") or "Single file") != "Single file":
        raise Refused("it follows several files, chosen by a pattern: Auto Loader with format text reads a folder of files that are complete")
    if not path or not step.is_literal(path):
        raise Refused("the file's name is an expression")
    if step.get("Line Start Pattern"):
        raise Refused("messages of several lines are held together by a pattern")
    name = f"{step.frame}_tail"
    options: Dict[str, Any] = {}
    start = step.get("Initial Start Position") or "Beginning of File"
    if start != "Beginning of File":
        options["start"] = "Current Time"
    if step.get("Rolling Filename Pattern"):
        options["rolled"] = step.get("Rolling Filename Pattern")
    place = step.path(path)
    return Cell(code=assign(step.frame, f'rt.send({call(f"{name}.new", place, **options)}, "success")'), how="the new lines of a file on the Volume", carrier="driver", outside="files",
                setup=[f'{name} = tail.Tail(spark, f"{{tables}}__{name}")'], commit=f"{name}.commit()",
                notes=["The position is a state table, committed at the end of the run. The file has to lie on the Volume: a log of another host is carried there (or sent to Kafka)."])
