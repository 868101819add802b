"""Rules over attributes alone."""

from __future__ import annotations

import re

from .flow_files import resolved


def delete_attributes(flow_files, expression):
    """UpdateAttribute's delete expression: a regular expression that must match the whole name; empty deletes nothing."""
    if isinstance(flow_files, list):
        out = []
        for f in flow_files:
            pattern = resolved(expression, f.attributes)
            gone = [k for k in f.attributes if pattern and re.fullmatch(pattern, k)]
            out.append(f.without_attributes(gone))
        return out
    from pyspark.sql import functions as F

    column = F.lit(expression) if isinstance(expression, str) else expression
    whole = F.concat(F.lit(r"\A(?:"), column, F.lit(r")\z"))
    return flow_files.withColumn("attributes", F.when(F.coalesce(column, F.lit("")) == "", F.col("attributes")).otherwise(
        F.map_filter("attributes", lambda k, v: ~F.regexp_like(k, whole))))
