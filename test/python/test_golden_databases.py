"""Processors that need a database, against what NiFi did: the emitted cells over Spark's JDBC source and a real H2."""

from __future__ import annotations

import os
from types import SimpleNamespace

import golden_processors as goldens
import h2_database
import pytest
from cells import SHARED, install_runtime

VECTORS = os.path.join(SHARED, "goldens", "processors.jsonl")
FLOORS = {name: floor["spark"] for name, floor in goldens.known().items() if "driver" not in floor}


@pytest.fixture(scope="module")
def h2(spark):
    if h2_database.jar() is None:
        pytest.skip("H2 is missing: Maven fetches it")
    install_runtime()
    return spark


def test_as_nifi_did(h2, capsys):
    if not os.path.exists(VECTORS):
        pytest.skip("the golden vectors are not at ../shared/goldens")
    goldens.freeze_clock()
    judged = goldens.judge([v for v in goldens.read_vectors(VECTORS) if h2_database.needs_h2(v)], database_spark=h2)
    equal = {name: goldens.equal_of(results) for name, results in judged.items()}
    with capsys.disabled():
        print("\n" + ", ".join(f"{name} {equal[name]} of {len(judged[name])}" for name in sorted(equal)))
    assert set(equal) == set(FLOORS)
    assert {name: (floor, [d for d in judged[name].values() if d][:2]) for name, floor in FLOORS.items() if equal[name] < floor} == {}


def database(spark, name, *statements):
    """A Database of the runtime over an H2 with these statements run."""
    from nifi_runtime.database import Database

    made = h2_database.Databases(spark, {"id": name, "services": {"db": {"type": h2_database.SERVICE, "properties": {"init": ";\n".join(statements)}}}})
    return Database(spark, url=made.urls["db_url"])


def test_new_rows_in_pages(h2):
    from nifi_runtime.database import new_rows

    db = database(h2, "pages", "CREATE TABLE m (id INT PRIMARY KEY, at TIMESTAMP, v VARCHAR(5))",
                  "INSERT INTO m SELECT x, DATEADD('SECOND', x, TIMESTAMP '2024-01-01 00:00:00'), 'v' || x FROM SYSTEM_RANGE(1, 25)")
    state = SimpleNamespace(values={}, _new={})
    for column, largest in (("at", "2024-01-01 00:00:25"), ("id", "25")):
        rows = new_rows(db, "m", max_columns=[column], state=state, page_rows=10)
        assert state._new[column] == largest and len({r[0] for r in rows.selectExpr("spark_partition_id()").collect()}) == 3
        assert sorted(r[0] for r in rows.collect()) == list(range(1, 26))
    state.values = {"id": "20"}
    assert sorted(r[0] for r in new_rows(db, "m", max_columns=["id"], state=state).collect()) == [21, 22, 23, 24, 25]
    state.values = {"id": "25"}
    assert new_rows(db, "m", max_columns=["id"], state=state).count() == 0


def test_frames_into_an_old_database(h2):
    from nifi_runtime.database import load

    db = database(h2, "loads", "CREATE TABLE p (id INT PRIMARY KEY, name VARCHAR(20), amount DECIMAL(10, 2))", "INSERT INTO p VALUES (1, 'Ann', 1.5), (2, 'Bob', NULL)")
    frame = h2.createDataFrame([(2, "it's \\ two", 2.345, "x"), (3, None, 3.0, "y")], "ID INT, Name STRING, amount DOUBLE, other STRING")

    def rows():
        return sorted((r[0], r[1], None if r[2] is None else float(r[2])) for r in db.query("SELECT id, name, amount FROM p").collect())

    assert db.primary_key("p") == ["ID"] and db.primary_key("nope") == []
    load(db, frame, "p", statement="INSERT_IGNORE")
    assert rows() == [(1, "Ann", 1.5), (2, "Bob", None), (3, None, 3.0)]
    load(db, frame, "p", statement="UPSERT", keys=["id"])
    assert rows() == [(1, "Ann", 1.5), (2, "it's \\ two", 2.35), (3, None, 3.0)]
    with pytest.raises(Exception, match="Unique index or primary key violation"):
        load(db, frame, "p")
    load(db, frame.where("ID = 3").selectExpr("ID"), "p", statement="DELETE")
    load(db, frame.selectExpr("ID + 10 AS id", "Name"), "p")
    assert [r[0] for r in rows()] == [1, 2, 12, 13]
    db.execute("UPDATE p SET name = ? WHERE id = ?", ["a ? 'quoted'", 1])
    assert rows()[0][1] == "a ? 'quoted'"


@pytest.mark.parametrize("url, written", [("jdbc:h2:mem:x", "'a\\b''c'"), ("jdbc:mysql://x", "'a\\\\b''c'"), ("jdbc:unknown:x", None)])
def test_a_text_cannot_leave_its_literal(url, written):
    install_runtime()
    from nifi_runtime import jdbc

    if written is None:
        with pytest.raises(ValueError, match="backslash"):
            jdbc.inlined(url, "SELECT ?", ["a\\b'c"])
    else:
        assert jdbc.inlined(url, "SELECT '?', \"?\", ? -- ?\n, ?", ["a\\b'c", None]) == f"SELECT '?', \"?\", {written} -- ?\n, NULL"


def test_places_and_parameters_must_agree():
    install_runtime()
    from nifi_runtime import jdbc

    for sql in ("SELECT 1", "SELECT ?, ?"):
        with pytest.raises(ValueError):
            jdbc.inlined("jdbc:h2:mem:x", sql, [1])
