"""Cells of HBase as rows of a table: table, row_key, family, qualifier, value, at."""

from __future__ import annotations

import json

from .tables import append

SCHEMA = "hbase_table STRING, row_key STRING, family STRING, qualifier STRING, value BINARY, at TIMESTAMP"


class Cells:
    """What a run puts; written in one append at its end (`commit`), so a run that breaks off puts nothing."""

    def __init__(self, spark, table):
        self.spark, self.table, self.rows = spark, table, []

    def commit(self):
        if self.rows:
            from pyspark.sql import functions as F

            frame = self.spark.createDataFrame(self.rows, "hbase_table STRING, row_key STRING, family STRING, qualifier STRING, value BINARY")
            append(frame.withColumn("at", F.current_timestamp()), self.table)
        self.rows = []


def put_cell(flow_file, cells, table, row, family, qualifier):
    """PutHBaseCell: the content is the cell's value."""
    if not table or not row or not family or not qualifier:
        return [("failure", flow_file.failed("table, row, family and qualifier must not be empty"))]
    cells.function.rows.append((table, row, family, qualifier, bytearray(flow_file.content)))
    return [("success", flow_file)]


def put_json(flow_file, cells, table, family, row=None, row_field=None, complex_fields="Text"):
    """PutHBaseJSON: each field of the one JSON object is a cell; null fields are left out."""
    try:
        document = json.loads(flow_file.content.decode("utf-8"))
    except ValueError as error:
        return [("failure", flow_file.failed(error))]
    if not isinstance(document, dict):
        return [("failure", flow_file.failed("not one JSON object"))]
    key = row if row else None if document.get(row_field) is None else _text(document[row_field])
    if not key or not table or not family:
        return [("failure", flow_file.failed("no row identifier"))]
    made = []
    for name, value in document.items():
        if value is None or not row and name == row_field:
            continue
        if isinstance(value, (dict, list)):
            if complex_fields == "Fail":
                return [("failure", flow_file.failed(f"{name} is no plain value"))]
            if complex_fields in ("Ignore", "Warn"):
                continue
        made.append((table, key, family, name, bytearray(_text(value).encode("utf-8"))))
    cells.function.rows.extend(made)
    return [("success", flow_file)]


def _text(value):
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
