"""Flow files that have a DataFrame each: whole notebooks over real tables, and which processors take part."""

from __future__ import annotations

import os
import types

import pytest
from cells import install_runtime

from nifi_converter.convert import convert_flow
from nifi_converter.read import read_flow

PAIRS = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "fixtures", "conversions")


@pytest.fixture()
def warehouse(spark, monkeypatch):
    """Real tables in the formats of plain Spark; state and failures in memory."""
    install_runtime()
    from nifi_runtime import database, tables

    tables.memory.clear()
    monkeypatch.setattr(tables, "_format", "memory")
    monkeypatch.setattr(database, "table_format", lambda: "parquet")
    for name in ("sales", "lake"):
        spark.sql(f"CREATE DATABASE {name}")
    yield tables.memory
    for name in ("sales", "lake"):
        spark.sql(f"DROP DATABASE {name} CASCADE")


def run(spark, name, values):
    """Runs a pair's notebooks; gives the conversion and what the last one left behind."""
    conversion = convert_flow(read_flow(os.path.join(PAIRS, name, "flow.json")))
    assert conversion.problems == []

    class Left(Exception):
        pass

    def leave(line=""):
        raise Left(line)

    widgets = types.SimpleNamespace(text=lambda n, d="", *_: values.setdefault(n, d), get=values.get)
    dbutils = types.SimpleNamespace(widgets=widgets, notebook=types.SimpleNamespace(exit=leave), secrets=types.SimpleNamespace(get=lambda *_: "s"))
    for notebook in conversion.notebooks:
        space = {"spark": spark, "dbutils": dbutils}
        with pytest.raises(Left):
            for cell in notebook.cells:
                if cell.kind == "code":
                    exec(compile(cell.text, notebook.name, "exec"), space)
    return conversion, space


@pytest.mark.parametrize("name", ["tables-to-lake", "files-by-name"])
def test_notebooks_rehearse(spark, name):
    from nifi_converter.rehearse import rehearse

    validation = convert_flow(read_flow(os.path.join(PAIRS, name, "flow.json")), validate=lambda c, progress: rehearse(c, spark, progress)).report["validation"]
    assert (validation["failed"], validation["skipped"], validation["percentage"]) == ([], [], 100)


def test_tables_are_copied_by_attributes(spark, warehouse, monkeypatch):
    from nifi_runtime import database, flow_files

    spark.sql("CREATE TABLE sales.Customers USING parquet AS SELECT 1L AS id, ' Ann ' AS name UNION ALL SELECT 2L, NULL")
    spark.sql("CREATE TABLE sales.Orders USING parquet AS SELECT id, concat('o', id) AS name FROM range(50)")
    spark.sql("CREATE TABLE lake.orders (id BIGINT, name DATE) USING parquet")
    listed = [flow_files.FlowFile({"db.table.schema": "sales", "db.table.name": n, "db.table.fullname": f"sales.{n}"}) for n in ("Customers", "Gone", "Orders")]
    monkeypatch.setattr(database, "list_tables", lambda db, **_: listed)
    conversion, _ = run(spark, "tables-to-lake", {"catalog": "spark_catalog", "schema": "lake", "sales_db_url": "", "max_rounds": "1"})

    carriers = {e["name"]: e["carrier"] for e in conversion.report["processors"]}
    assert [carriers[n] for n in ("Read the table", "Clean", "Load")] == ["records"] * 3
    rows = sorted(tuple(r) for r in spark.table("lake.customers").select("id", "name", "source").collect())
    assert rows == [(1, "Ann", "sales.Customers"), (2, "", "sales.Customers")]
    kept = [tuple(row) for key, found in warehouse.items() if key.endswith("__failures") for row in found]
    assert [row[:2] for row in kept if row[0] == "Read the table"] == [("Read the table", "failure")], "a table that is gone fails alone"
    assert len([row for row in kept if row[0] == "Load"]) == 50, "all rows of a load that fails are kept"
    assert spark.table("lake.orders").count() == 0, "a load writes all rows or none"


def test_files_are_read_by_the_schema_that_they_name(spark, warehouse, tmp_path):
    incoming = tmp_path / "data" / "in"
    incoming.mkdir(parents=True)
    for name, text in {"customers_part_1.csv": "1, Ann \n2\n", "customers_part_2.csv": "3,Eve,old,surplus\n", "orders_part_1.csv": "7,1.5\n8,\n",
                       "orders_part_2.csv": "9,2\nx,3\n", "parcels_part_1.csv": "1\n", "notes.txt": "no part"}.items():
        (incoming / name).write_text(text)
    _, space = run(spark, "files-by-name", {"catalog": "spark_catalog", "schema": "lake", "volume": str(tmp_path), "lake_url": "", "max_rounds": "2"})

    assert sorted(f.attributes["target"] for f in space["split_splits"]) == ["customers", "orders"], "one DataFrame for all files of a table"
    assert sorted(tuple(r) for r in spark.table("lake.customers").collect()) == [(1, "Ann", "files"), (2, "", "files"), (3, "Eve", "files")]
    assert sorted(tuple(r) for r in spark.table("lake.orders").collect()) == [(7, 1.5), (8, None)], "one record that does not fit fails its whole file"
    kept = sorted(tuple(row) for key, found in warehouse.items() if key.endswith("__failures") for row in found)
    assert [row[:2] for row in kept] == [("Split", "failure")] * 3
    assert [row[2] for row in kept] == ["ValueError: there is no schema 'parcels' in the registry", "id is no BIGINT: x", "its file has: id is no BIGINT: x"]
    assert len(os.listdir(tmp_path / "data" / "done")) == 5
    assert os.listdir(incoming) == ["notes.txt"], "the files leave at the end of the run"
