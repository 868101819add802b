"""A Spark Connect server for one test run: prints `ready PORT` and ends when its input does.

Spark 4 brings the server along; for 3.5 its jar lies in the folder SPARK_CONNECT_JARS.
"""

from __future__ import annotations

import os
import socket
import sys
import tempfile


def main() -> None:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    from h2_database import jar
    from pyspark import SparkConf
    from pyspark.sql import SparkSession

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = tempfile.mkdtemp(prefix="spark-connect-")
    os.chdir(folder)  # Spark 3.5 keeps what is sent to it where it was started
    conf = SparkConf().setMaster("local[2]").setAppName("nifi-converter-tests").setAll([
        ("spark.plugins", "org.apache.spark.sql.connect.SparkConnectPlugin"),
        ("spark.connect.grpc.binding.address", "127.0.0.1"), ("spark.connect.grpc.binding.port", str(port)),
        ("spark.driver.host", "127.0.0.1"), ("spark.driver.bindAddress", "127.0.0.1"),
        ("spark.sql.shuffle.partitions", "1"), ("spark.sql.session.timeZone", "UTC"), ("spark.sql.warehouse.dir", os.path.join(folder, "warehouse")),
        ("spark.driver.extraClassPath", jar() or ""), ("spark.ui.enabled", "false"), ("spark.ui.showConsoleProgress", "false"), ("spark.log.level", "ERROR"),
        # Short queries: what a compiler would gain is less than it costs. Long chains need a stack as Databricks gives it.
        ("spark.driver.extraJavaOptions", "-XX:TieredStopAtLevel=1 -Xss4m"), ("spark.sql.codegen.wholeStage", "false"),
    ])
    jars = os.environ.get("SPARK_CONNECT_JARS")
    if jars:
        conf.set("spark.jars", ",".join(os.path.join(jars, name) for name in sorted(os.listdir(jars)) if name.endswith(".jar")))
    session = SparkSession.builder.config(conf=conf).getOrCreate()
    print("ready", port, flush=True)
    sys.stdin.read()
    session.stop()


if __name__ == "__main__":
    main()
