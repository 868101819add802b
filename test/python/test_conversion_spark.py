"""What only Spark can show: runtime functions on DataFrames, the record form on data, whole notebooks over sample data."""

from __future__ import annotations

import os

import pytest
from cells import install_runtime

PAIRS = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "fixtures", "conversions")


@pytest.fixture
def rt(spark):
    return install_runtime()


def flow_files(spark, *rows):
    return spark.createDataFrame([(dict(a), bytearray(c)) for a, c in rows], "attributes MAP<STRING,STRING>, content BINARY")


def results(frame):
    return in_order((r["relationship"], dict(r["attributes"]), bytes(r["content"]), r["error"]) for r in frame.collect())


def in_order(rows):
    return sorted(rows, key=lambda r: (r[0], sorted(r[1].items()), r[2]))


def test_a_rule_gives_the_same_on_the_driver_and_on_spark(spark, rt):
    def halves(flow_file, cut):
        if not flow_file.content:
            raise ValueError("empty")
        return [("half", flow_file.with_content(part).with_attributes(cut=cut)) for part in flow_file.content.decode().split(cut)] + [("original", flow_file)]

    rows = [({"by": "-"}, b"a-b"), ({"by": "+"}, b"c"), ({"by": "+"}, b"")]
    options = {"cut": lambda attributes: attributes["by"]}
    on_spark = results(rt.transform(flow_files(spark, *rows), halves, **options))
    listed = rt.transform([rt.FlowFile(a, c) for a, c in rows], halves, **options)
    assert on_spark == in_order((f.relationship, f.attributes, f.content, f.error) for f in listed)
    assert [r[0] for r in on_spark] == ["half", "half", "half", "original", "original", "rolled back"] and on_spark[-1][3] == "ValueError: empty"


def test_all_together_in_order_and_by_key(spark, rt):
    from pyspark.sql import functions as F

    def joined(files):
        return [("merged", files[0].with_content(b"".join(f.content for f in files)))]

    rows = [({"fragment.index": str(i), "k": "ab"[i % 2]}, str(i).encode()) for i in (3, 1, 12, 0, 2)]
    assert [r[2] for r in results(rt.transform_all(flow_files(spark, *rows), joined))] == [b"012312"]
    assert sorted(r[2] for r in results(rt.transform_all(flow_files(spark, *rows), joined, key=F.col("attributes")["k"]))) == [b"0212", b"13"]
    assert results(rt.transform_all(flow_files(spark), joined)) == []


def test_routing_parts_exactly(spark, rt):
    frame = flow_files(spark, ({"a": "1"}, b""), ({"a": "2"}, b""), ({}, b""))
    is_one, is_set = rt.attr("a") == "1", rt.attr("a").isNotNull()
    routed = rt.route_on_attribute(frame, {"one": is_one, "set": is_set})
    assert [(r[0], r[1].get("a"), r[1]["RouteOnAttribute.Route"]) for r in results(routed)] == [
        ("one", "1", "one"), ("set", "1", "set"), ("set", "2", "set"), ("unmatched", None, "unmatched")]
    assert [r[0] for r in results(rt.route_on_attribute(frame, {"one": is_one, "set": is_set}, matched="all"))] == ["matched", "unmatched", "unmatched"]


def test_attributes_are_set_from_what_came_in(spark, rt):
    from pyspark.sql import functions as F

    frame = rt.set_attributes(flow_files(spark, ({"a": "1", "b": "2"}, b"")), {"a": rt.attr("b"), "b": rt.attr("a"), "c": rt.attr("nope"), "d": F.lit(5)})
    assert dict(frame.collect()[0]["attributes"]) == {"a": "2", "b": "1", "c": "", "d": "5"}


def test_long_chains_and_branches_that_meet_fit_into_connects_messages(spark, rt):
    """A plan is one message, and messages nest 100 deep at most: this chain would be nested three times as deep."""
    from nifi_runtime import plans
    from pyspark.sql import functions as F

    frame = flow_files(spark, ({"n": "0"}, b"x"))
    for n in range(20):
        routed = rt.route_on_attribute(frame, {"next": rt.attr("n") == str(n)})
        parts = [rt.relationship(routed, "next")] + ([rt.relationship(routed, "unmatched")] if n == 8 else [])
        frame = rt.set_attributes(rt.union(*parts), {"n": F.lit(n + 1)})
        steps, size = plans.measured(frame._plan)
        assert steps < 2 * plans.STEPS and size < 2 * plans.SIZE
    assert [r["attributes"]["n"] for r in frame.collect()] == ["20"]


def test_failures_are_kept_in_one_table(spark, rt):
    rt.set_table_format("parquet")
    try:
        spark.sql("DROP TABLE IF EXISTS kept_failures")
        report = rt.Report(spark, "flow", "kept_failures")
        frame = rt.send(flow_files(spark, ({"a": "1"}, b"x")), "failure")
        report.keep(frame, "P", "failure")
        report.keep([rt.FlowFile({}, b"y", "rolled back", "boom"), rt.FlowFile({}, b"z", "success")], "Q")
        assert '"failed": {"P / failure": 1, "Q / rolled back": 1}' in report.line()
        assert sorted((r["processor"], bytes(r["content"]), r["error"]) for r in spark.table("kept_failures").collect()) == [("P", b"x", None), ("Q", b"y", "boom")]
    finally:
        rt.set_table_format("memory")
        spark.sql("DROP TABLE IF EXISTS kept_failures")


@pytest.mark.parametrize("many, large", [(500, 1000), (2, 1000), (500, 0)])
def test_failures_are_written_whole_whether_they_are_few_or_many_small_or_large(spark, rt, monkeypatch, many, large):
    from nifi_runtime import report as reports

    monkeypatch.setattr(reports, "MANY", many)
    monkeypatch.setattr(reports, "LARGE", large)
    rt.set_table_format("parquet")
    try:
        spark.sql("DROP TABLE IF EXISTS kept_failures")
        report = rt.Report(spark, "flow", "kept_failures")
        report.keep(rt.send(flow_files(spark, ({"a": "1"}, b"x"), ({}, b"y")), "failure"), "P", "failure")
        report.keep_records(spark.createDataFrame([(7, "no number")], "id INT, error STRING"), "R", "failure", attributes={"k": "v"})
        assert '"failed": {"P / failure": 2, "R / failure": 1}' in report.line()
        rows = {(r["processor"], bytes(r["content"] or b""), r["record"], r["error"]): dict(r["attributes"] or {}) for r in spark.table("kept_failures").collect()}
        assert rows == {("P", b"x", None, None): {"a": "1"}, ("P", b"y", None, None): {}, ("R", b"", '{"id":7}', "no number"): {"k": "v"}}
    finally:
        rt.set_table_format("memory")
        spark.sql("DROP TABLE IF EXISTS kept_failures")


def test_a_run_without_failures_writes_none(spark, rt, monkeypatch):
    rt.set_table_format("parquet")
    try:
        spark.sql("DROP TABLE IF EXISTS kept_failures")
        report = rt.Report(spark, "flow", "kept_failures")
        monkeypatch.setattr(report, "_append", lambda failures: pytest.fail("nothing failed"))
        report.keep(rt.send(flow_files(spark, ({}, b"x")), "success"), "P", "failure")
        assert '"failed": {}' in report.line() and spark.table("kept_failures").count() == 0
    finally:
        rt.set_table_format("memory")
        spark.sql("DROP TABLE IF EXISTS kept_failures")


def test_what_waits_for_the_next_run_is_replaced(spark, rt):
    from nifi_runtime import merging

    rt.set_table_format("parquet")
    try:
        spark.sql("DROP TABLE IF EXISTS left_over")
        counts = [rt.inbox(spark, "left_over").count()]
        for waiting in ([], [rt.FlowFile({"a": "1"}, b"x")], [rt.FlowFile({}, b"y"), rt.FlowFile({}, b"z")], []):
            merging.keep_for_next_run(spark, waiting, "left_over")
            counts.append(rt.inbox(spark, "left_over").count())
        assert counts == [0, 0, 1, 2, 0]
    finally:
        rt.set_table_format("memory")
        spark.sql("DROP TABLE IF EXISTS left_over")


def test_new_rows_and_load(spark, rt):
    from nifi_runtime import database

    class State:
        values, _new = {"id": "1"}, {}

    rt.set_table_format("parquet")
    try:
        spark.createDataFrame([(1, "a"), (2, "b"), (10, "c")], "id INT, name STRING").createOrReplaceTempView("customers_source")
        db = database.Database(spark)
        new = database.new_rows(db, "customers_source", max_columns=["ID"], state=State)
        assert State._new == {"ID": "10"} and new.count() == 3, "the state's key is the column as the flow writes it"
        State.values = {"ID": "1"}
        new = database.new_rows(db, "customers_source", columns="id, name", max_columns=["ID"], state=State)
        assert sorted(tuple(r) for r in new.collect()) == [(2, "b"), (10, "c")]
        spark.sql("DROP TABLE IF EXISTS customers_loaded")
        database.load(db, new, "customers_loaded")
        database.load(db, new.selectExpr("CAST(id AS STRING) AS ID", "'extra' AS other"), "customers_loaded")
        assert sorted((r["id"], r["name"] or "") for r in spark.table("customers_loaded").collect()) == [(2, ""), (2, "b"), (10, ""), (10, "c")]
    finally:
        rt.set_table_format("memory")
        spark.sql("DROP TABLE IF EXISTS customers_loaded")


@pytest.mark.parametrize("name, percentage", [(name, 80 if name == "route-and-put" else 100) for name in sorted(os.listdir(PAIRS))])  # 80: one step is manual
def test_a_whole_flow_of_each_pattern_runs_over_sample_data(spark, name, percentage):
    """On Spark Connect, as all of these tests: what serverless and shared clusters refuse fails here."""
    from nifi_converter.convert import convert_flow
    from nifi_converter.read import read_flow
    from nifi_converter.rehearse import rehearse

    conversion = convert_flow(read_flow(os.path.join(PAIRS, name, "flow.json")), validate=lambda c, progress: rehearse(c, spark, progress))
    validation = conversion.report["validation"]
    assert (validation["failed"], validation["skipped"], validation["percentage"]) == ([], [], percentage)
    assert validation["ran"]


@pytest.mark.parametrize("name", ["folder-to-table", "sftp-to-table", "s3-to-table", "azure-to-tables", "gcs-to-table", "hdfs-to-table", "files-by-name"])
def test_a_rehearsal_needs_no_files_that_spark_sees(spark, name, monkeypatch):
    """As on Databricks, whose executors see no folder of the driver's."""
    from nifi_converter.convert import convert_flow
    from nifi_converter.read import read_flow
    from nifi_converter.rehearse import rehearse
    from pyspark.sql.connect.readwriter import DataFrameReader

    monkeypatch.setattr(DataFrameReader, "load", lambda *_, **__: pytest.fail("a file is read by Spark"))
    conversion = convert_flow(read_flow(os.path.join(PAIRS, name, "flow.json")), validate=lambda c, progress: rehearse(c, spark, progress, local_files=False))
    validation = conversion.report["validation"]
    assert (validation["failed"], validation["skipped"], validation["percentage"]) == ([], [], 100)
    assert any(word.startswith("landings.") for word in validation["replaced"])
