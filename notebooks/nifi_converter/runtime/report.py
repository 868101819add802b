"""Counts, the failure table and the one line that a job's run page shows."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace

from .flow_files import ROLLED_BACK, union
from .plans import shortened, united
from .tables import clear, in_memory, inbox, keep_waiting, memory, quoted, table_format

FAILURES = ("run STRING, flow STRING, processor STRING, relationship STRING, error STRING, attributes MAP<STRING,STRING>, "
            "content BINARY, record STRING, failed_at TIMESTAMP")

MANY = 500  # failures of a run that are written as they are computed; fewer are fetched first
LARGE = 256 * 1024  # bytes of a failure's content and record that are not fetched


def _told(records, processor, relationship, error=None, attributes=None):
    """Records as rows of the failure table, each as JSON."""
    from pyspark.sql import functions as F

    fields = [c for c in records.columns if c != "error"]
    reason = F.col("error") if "error" in records.columns else F.lit(error).cast("string")
    texts = [F.lit(text) for item in sorted((attributes or {}).items()) for text in item]
    return records.select(
        F.lit(processor).alias("processor"), F.lit(relationship).alias("relationship"), reason.alias("error"),
        (F.create_map(*texts) if texts else F.lit(None).cast("map<string,string>")).alias("attributes"), F.lit(None).cast("binary").alias("content"),
        F.to_json(F.struct(*[F.col(quoted(c)) for c in fields])).alias("record"))


class Report:
    """One run of one notebook. Failures are collected as frames and written in one go (`write`): a job for each
    processor would cost more than the failures."""

    def __init__(self, spark, flow, table):
        self.spark, self.flow, self.table, self.run = spark, flow, table, str(uuid.uuid4())
        self.counts, self.open_gaps, self._kept, self._held, self._written = {}, [], [], [], False
        if hasattr(spark, "conf"):  # clusters before runtime 17 cast what does not fit to null, and load that
            spark.conf.set("spark.sql.ansi.enabled", "true")
        if not in_memory():
            spark.sql(f"CREATE TABLE IF NOT EXISTS {quoted(table)} ({FAILURES}) USING {table_format()}")

    def count(self, processor, relationship, number):
        key = f"{processor} / {relationship}"
        self.counts[key] = self.counts.get(key, 0) + number

    def keep(self, results, processor, *relationships):
        """Keeps what a processor sent to these relationships, and what NiFi would have rolled back."""
        names = [*relationships, ROLLED_BACK]
        if isinstance(results, list):
            for f in results:  # on the driver counting costs nothing
                self.count(processor, f.relationship, 1)
            self._keep_list([f for f in results if f.relationship in names], processor)
            return
        from pyspark.sql import functions as F

        self._keep(results.where(F.col("relationship").isin(*names)), processor)

    def keep_all(self, flow_files, processor, relationship, error=None):
        """Keeps flow files that have no `relationship` column: the end of a bounded loop, a queue that leads nowhere."""
        if isinstance(flow_files, list) or flow_files is None:
            self._keep_list([replace(f, relationship=relationship, error=error) for f in flow_files or []], processor)
            return
        from pyspark.sql import functions as F

        self._keep(flow_files.select(F.lit(relationship).alias("relationship"), F.lit(error).cast("string").alias("error"), "attributes", "content"), processor)

    def _keep_list(self, flow_files, processor):
        """Flow files on the driver. Those of a frame file are kept record by record, and at once: records that cannot be
        computed must not take the other failures with them."""
        rows = []
        for f in flow_files:
            row = (f.relationship, f.error, dict(f.attributes), bytearray(f.content))
            if getattr(f, "records", None) is None:
                rows.append(row)
                continue
            try:
                self._append(_told(f.records, processor, f.relationship, f.error, f.attributes))
            except Exception as error:
                rows.append((f.relationship, f"{f.error}; its records cannot be read: {error}"[:2000], *row[2:]))
        if rows:
            self._keep(self.spark.createDataFrame(
                rows, "relationship STRING, error STRING, attributes MAP<STRING,STRING>, content BINARY"), processor)

    def keep_records(self, records, processor, relationship, error=None, attributes=None):
        """Keeps records, as JSON; `attributes` are those of the flow file that they are of, where it is known."""
        self._write_later(_told(records, processor, relationship, error, attributes))

    def _keep(self, frame, processor):
        from pyspark.sql import functions as F

        self._write_later(frame.select(
            F.lit(processor).alias("processor"), "relationship", "error", "attributes", "content", F.lit(None).cast("string").alias("record")))

    def _write_later(self, frame):
        self._kept.append(shortened(frame))

    def held_back(self, flow_files, processor, table, until):
        """The flow files for a sink that cannot act before `until` (an address) is set: with it, also those that waited;
        without it none, they are kept in `table` and the gap is in the report line."""
        if until:
            waiting = inbox(self.spark, table)
            self._held.append(table)
            return union(flow_files, waiting)
        count = keep_waiting(self.spark, flow_files, table)
        if count:
            self.gap(processor, "assisted", f"{count} flow files wait in {table}")
        return []

    def release(self):
        """Empties the tables of what was held back and is through now: an act of the end of the run."""
        for table in self._held:
            clear(self.spark, table)
        self._held = []

    def gap(self, processor, level, what):
        self.open_gaps.append({"processor": processor, "level": level, "what": what})

    def write(self):
        """Writes all that was kept, as one job. Called after the sinks and before state is committed."""
        if not self._kept:
            return
        failures, self._kept = united(self._kept), []
        if not in_memory():
            failures = self._few(failures)
        if failures is not None:
            self._append(failures)

    def _few(self, failures):
        """The failures as rows of their own where they are few and small, so that they are computed once; None where there
        are none, as there should be: then nothing is written."""
        from pyspark.sql import functions as F

        size = F.coalesce(F.octet_length("content"), F.lit(0)) + F.coalesce(F.octet_length("record"), F.lit(0))
        small = failures.withColumn("_size", size).withColumn("content", F.when(F.col("_size") <= LARGE, F.col("content")))
        rows = small.withColumn("record", F.when(F.col("_size") <= LARGE, F.col("record"))).limit(MANY).collect()
        if len(rows) >= MANY or any(row["_size"] > LARGE for row in rows):
            return failures
        columns = failures.columns
        return self.spark.createDataFrame([tuple(row[c] for c in columns) for row in rows], failures.schema) if rows else None

    def _append(self, failures):
        from pyspark.sql import functions as F

        self._written = True

        if in_memory():
            memory.setdefault(self.table, []).extend(failures.select("processor", "relationship", "error").collect())
            return
        failures.select(F.lit(self.run).alias("run"), F.lit(self.flow).alias("flow"), "processor", "relationship", "error", "attributes",
                        "content", "record", F.current_timestamp().alias("failed_at")) \
            .write.format(table_format()).mode("append").saveAsTable(quoted(self.table))

    def line(self):
        """Writes what is still kept and counts all failures of this run in one query."""
        self.write()
        if in_memory():
            failed = {}
            for row in memory.get(self.table, []):
                key = f"{row[0]} / {row[1]}"
                failed[key] = failed.get(key, 0) + 1
            return json.dumps({"flow": self.flow, "counts": self.counts, "failed": failed, "open": self.open_gaps}, sort_keys=True)
        found = self.spark.table(quoted(self.table)).where(f"run = '{self.run}'") if self._written else None
        rows = found.groupBy("processor", "relationship").count().collect() if found is not None else []
        failed = {f"{row[0]} / {row[1]}": row[2] for row in rows}
        return json.dumps({"flow": self.flow, "run": self.run, "counts": self.counts, "failed": failed, "open": self.open_gaps}, sort_keys=True)
