"""Lookup tables as DataFrames of `key` and `value` (texts), and the join that LookupRecord is."""

from __future__ import annotations


def of_pairs(spark, values):
    """A lookup table that the flow holds itself."""
    return spark.createDataFrame(sorted(values.items()), "key STRING, value STRING")


def of_csv(spark, path, key, value):
    """Two columns of a CSV file with a header."""
    from pyspark.sql import functions as F

    frame = spark.read.csv(path, header=True, multiLine=True, escape='"')
    return frame.select(F.col(f"`{key}`").alias("key"), F.col(f"`{value}`").alias("value"))


def of_table(db, table, key, value):
    """Two columns of a database's table."""
    return db.query(f"SELECT {key}, {value} FROM {table}").toDF("key", "value").selectExpr("CAST(key AS STRING) AS key", "value")


def look_up(frame, table, key, result):
    """The records with the value of their key in the field `result`, where the table has one; else they keep what they have."""
    return _joined(frame, table, key, result).drop("_hit")


def matched(frame, table, key, result):
    """(records with a hit, records without one; these as they were)."""
    from pyspark.sql import functions as F

    joined = _joined(frame, table, key, result)
    return joined.where("_hit").drop("_hit"), joined.where(~F.col("_hit")).select(*[F.col(f"`{n}`") for n in frame.columns])


def _joined(frame, table, key, result):
    from pyspark.sql import functions as F

    once = F.broadcast(table.where("key IS NOT NULL AND value IS NOT NULL").dropDuplicates(["key"]).select(F.col("key").alias("_key"), F.col("value").alias("_value")))
    joined = frame.join(once, key == F.col("_key"), "left").withColumn("_hit", F.col("_key").isNotNull())
    kept = F.col(f"`{result}`") if result in frame.columns else F.lit(None)
    return joined.withColumn(result, F.coalesce(F.col("_value"), kept)).drop("_key", "_value")
