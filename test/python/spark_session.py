"""The one Spark session of the Python tests: small, UTC, ANSI as Spark has it."""

from __future__ import annotations

import os
import sys
import tempfile


def make_spark():
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    os.environ.setdefault("PYSPARK_DRIVER_PYTHON", sys.executable)
    from h2_database import jar
    from pyspark.sql import SparkSession

    return (SparkSession.builder.master("local[2]").appName("nifi-converter-tests")
            .config("spark.sql.shuffle.partitions", "1").config("spark.sql.session.timeZone", "UTC")
            .config("spark.ui.enabled", "false").config("spark.ui.showConsoleProgress", "false").config("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1")
            .config("spark.sql.warehouse.dir", tempfile.mkdtemp(prefix="spark-warehouse-"))
            .config("spark.driver.extraClassPath", jar() or "")
            .config("spark.sql.codegen.wholeStage", "false").config("spark.log.level", "ERROR")
            .getOrCreate())
