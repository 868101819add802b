"""The fake workspace's engine: one Spark with Delta, asked by JSON lines on standard input, answering on standard output.

A request is `{"id": 1, "op": "execute", ...}`, its answer `{"id": 1, "ok": ...}` or `{"id": 1, "error": ...}`; the first
line, with id 0, says that the engine is ready and on which port it serves Spark Connect. Requests run side by side.
When standard input closes, also by the death of whoever started it, the engine ends.
"""

from __future__ import annotations

import argparse
import base64
import json
import logging
import os
import re
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

# The JVM inherits descriptor 1 and prints on it: answers get a copy of their own, everything else goes to stderr.
ANSWERS = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
os.dup2(2, 1)

PARALLEL_REQUESTS = 16


def configuration(data: Path, jars: Path) -> dict[str, str]:
    return {
        "spark.app.name": "fake workspace",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.driver.extraClassPath": str(jars / "*"),
        # Two processors compile and run at once: the slow compiler gets only what is called very often. Without it
        # (TieredStopAtLevel=1) statements take half as long again, with the usual limits a fifth more work is done.
        # 48 MB of compiled code is what Spark fills within a minute: then the JVM throws code away and interprets.
        # Spark's thousands of classes are checked by whoever compiles them; doing it again costs a fifth of the first minute.
        # Delta distrusts its checksums where the clock is not "UTC" by name.
        "spark.driver.extraJavaOptions": "-XX:Tier4InvocationThreshold=20000 -XX:Tier4MinInvocationThreshold=3000"
        " -XX:Tier4CompileThreshold=60000 -XX:Tier4BackEdgeThreshold=160000 -XX:ReservedCodeCacheSize=240m"
        " -XX:+UseSerialGC -XX:+UnlockDiagnosticVMOptions -XX:-BytecodeVerificationRemote -Duser.timezone=UTC",
        "spark.sql.warehouse.dir": str(data / "tables"),
        "spark.local.dir": str(data / "scratch"),
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        # Delta 4.4 loses statement parameters on Spark 4.2 without this.
        "spark.sql.legacy.parameterSubstitution.constantsOnly": "true",
        "spark.sql.session.timeZone": "UTC",
        # Small tables: the defaults cost six times the time of an UPDATE.
        "spark.sql.shuffle.partitions": "1",
        "spark.databricks.delta.snapshotPartitions": "1",
        "spark.databricks.delta.merge.materializeSource": "none",
        "spark.sql.sources.parallelPartitionDiscovery.parallelism": "1",
        # Writing and compiling Java for each plan costs more than these tables' few rows.
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.adaptive.enabled": "false",
        # For nobody to read: plans as text, checks of the optimizer, figures about each commit and each file.
        "spark.sql.ui.explainMode": "simple",
        "spark.sql.lightweightPlanChangeValidation": "false",
        "spark.databricks.delta.history.metricsEnabled": "false",
        "spark.databricks.delta.commitMetrics.enabled": "false",
        "spark.databricks.delta.stats.collect": "false",
        # One JVM writes all tables: its own lock will do, where the usual way starts a process for each file's links.
        "spark.delta.logStore.file.impl": "io.delta.storage.LocalLogStore",
        "spark.sql.streaming.checkpointFileManagerClass": "org.apache.spark.sql.execution.streaming.checkpointing"
        ".FileSystemBasedCheckpointFileManager",
        "spark.plugins": "org.apache.spark.sql.connect.SparkConnectPlugin",
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": "0",
    }


NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
INSTANT = re.compile(r"[0-9TZ:.+\- ]+")
SUFFIXES = {"TINYINT": "Y", "SMALLINT": "S", "INT": "", "INTEGER": "", "BIGINT": "L", "FLOAT": "F", "DOUBLE": "D", "DECIMAL": "BD"}


def literal(parameter: dict):
    """A parameter of the wire (type name and text) as a typed literal: Spark takes no casts here."""
    from pyspark.sql import functions as F

    kind, text = (parameter.get("type") or "VOID").upper(), parameter.get("value")
    if text is None or kind == "VOID":
        return F.lit(None)
    if kind == "STRING":
        return F.lit(text)
    if kind == "BOOLEAN":
        return F.lit(text.lower() == "true")
    if kind in SUFFIXES and NUMBER.fullmatch(text):
        return F.expr(text + SUFFIXES[kind])
    if kind in ("DATE", "TIMESTAMP", "TIMESTAMP_NTZ") and INSTANT.fullmatch(text):
        return F.expr(f"{kind}'{text}'")
    raise ValueError(f"[INVALID_PARAMETER_VALUE] Parameter {parameter.get('name')} has no literal of type {kind}. SQLSTATE: 22023")


def described(error: BaseException) -> dict:
    """An error as a warehouse tells it: text that begins with `[CONDITION]` and ends with the SQLSTATE."""
    from pyspark.errors import PySparkException

    text = str(error)
    condition = state = None
    if isinstance(error, PySparkException):
        condition, state = error.getCondition(), error.getSqlState()
    java = getattr(error, "_origin", None) or getattr(error, "java_exception", None)
    if java is not None:
        text = java.getMessage() or text
        try:
            condition, state = condition or java.getErrorClass(), state or java.getSqlState()
        except Exception:
            pass  # a Java class that has neither
    text = text.split("\n\nJVM stacktrace:")[0].strip()
    found = re.match(r"\[([A-Z0-9_.]+)\]", text)
    condition = condition or (found.group(1) if found else None)
    found = re.search(r"SQLSTATE: (\w{5})", text)
    state = state or (found.group(1) if found else None)
    if condition and not text.startswith("["):
        text = f"[{condition}] {text}"
    if state and "SQLSTATE:" not in text:
        text += f" SQLSTATE: {state}"
    return {"condition": condition, "sqlState": state, "message": text}


class Engine:
    def __init__(self, data: Path, jars: Path):
        from pyspark.sql import SparkSession

        builder = SparkSession.builder.master("local[2]")
        for key, value in configuration(data, jars).items():
            builder = builder.config(key, value)
        self.root = builder.getOrCreate()
        self.root.sparkContext.setLogLevel("OFF")
        logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL)
        self.sessions: dict[str, object] = {}
        service = getattr(self.root._jvm, "org.apache.spark.sql.connect.service.SparkConnectService$")
        self.connect_port = getattr(service, "MODULE$").localPort()

    def open(self, session: str) -> dict:
        self.sessions[session] = self.root.newSession()
        return {}

    def close(self, session: str) -> dict:
        self.sessions.pop(session, None)
        return {}

    def execute(self, session: str, sql: str, parameters: list, tag: str) -> dict:
        context = self.root.sparkContext
        context.addJobTag(tag)  # the session's own tags do not reach a query that ends in Arrow
        try:
            named = {parameter["name"]: literal(parameter) for parameter in parameters}
            frame = self.sessions[session].sql(sql, args=named or None)
            table = frame.toArrow()
        finally:
            context.removeJobTag(tag)

        def encoded(buffer) -> str:
            return base64.b64encode(buffer.to_pybytes()).decode("ascii")

        return {
            "columns": [{"name": field.name, "type": field.dataType.simpleString()} for field in frame.schema.fields],
            "arrowSchema": encoded(table.schema.serialize()),
            "batches": [{"rows": batch.num_rows, "data": encoded(batch.serialize())} for batch in table.to_batches()],
        }

    def rows(self, sql: str) -> list:
        """Rows as JSON, for what the fake asks for itself."""
        return [row.asDict() for row in self.root.sql(sql).collect()]

    def cancel(self, tag: str) -> dict:
        self.root.sparkContext.cancelJobsWithTag(tag)
        return {}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the tables and of scratch files")
    parser.add_argument("--jars", type=Path, required=True, help="folder of Delta's jars")
    options = parser.parse_args()
    engine = Engine(options.data, options.jars)
    lock = threading.Lock()

    def answer(value: dict) -> None:
        with lock:
            ANSWERS.write(json.dumps(value) + "\n")

    def handle(request: dict) -> None:
        number, operation = request.pop("id"), request.pop("op")
        try:
            answer({"id": number, "ok": getattr(engine, operation)(**request)})
        except Exception as error:  # whatever went wrong is the answer
            answer({"id": number, "error": described(error)})

    answer({"id": 0, "ok": {"connectPort": engine.connect_port}})
    with ThreadPoolExecutor(PARALLEL_REQUESTS) as pool:
        for line in sys.stdin:
            pool.submit(handle, json.loads(line))
        pool.shutdown(wait=False, cancel_futures=True)
    engine.root.stop()


if __name__ == "__main__":
    main()
