"""Tables that a notebook keeps: written-down results, queues in front of manual steps, inboxes."""

from __future__ import annotations

import time

_format = "delta"

# With the format "memory" tables are lists in this process: rehearsals and tests write nothing anywhere.
memory = {}


def table_format():
    """The format of the tables that notebooks make: delta. The check, which may run without Delta, sets another."""
    return _format


def set_table_format(name):
    global _format
    _format = name


def quoted(table):
    """`catalog.schema.table` as it may stand in SQL."""
    return ".".join("`" + part.strip("`").replace("`", "``") + "`" for part in table.split("."))


def in_memory():
    return _format == "memory"


def materialise(frame, table):
    """Writes a frame down and reads it back, so that all that follows sees one and the same set of rows.

    Needed in front of a branch wherever rows come from random(), uuid(), now() or a call; Connect has no cache.
    Lists on the driver are that already.
    """
    if isinstance(frame, list):
        return frame
    if in_memory():
        rows = [tuple(row) for row in frame.collect()]
        return frame.sparkSession.createDataFrame(rows, frame.schema)
    frame.write.format(_format).mode("overwrite").option("overwriteSchema", "true").saveAsTable(quoted(table))
    return frame.sparkSession.table(quoted(table))


def inbox(spark, table):
    """The flow files that wait in a table of the flow's own."""
    from .flow_files import FLOW_FILES

    if in_memory():
        return list(memory.get(table, []))
    spark.sql(f"CREATE TABLE IF NOT EXISTS {quoted(table)} ({FLOW_FILES}) USING {_format}")
    return spark.table(quoted(table)).select("attributes", "content")


def arrivals(spark, table, checkpoint):
    """The flow files that others wrote into a table (`attributes`, `content`) since the last run that ended well.

    A stream takes what is new into the table `<table>_taken`, which the run reads as often as it likes; `taken` empties
    that one. So what is written while the run goes on is the next run's, and a run that breaks off takes its rows again.
    """
    if in_memory():
        return inbox(spark, table)
    inbox(spark, table)
    stream = spark.readStream.option("skipChangeCommits", "true").table(quoted(table)).select("attributes", "content")
    (stream.writeStream.format(_format).outputMode("append").option("checkpointLocation", checkpoint)
     .trigger(availableNow=True).toTable(quoted(f"{table}_taken")).awaitTermination())
    return inbox(spark, f"{table}_taken")


def taken(spark, table):
    """The run's last act for what it got from `arrivals`."""
    clear(spark, table if in_memory() else f"{table}_taken")


def keep_waiting(spark, flow_files, table):
    """Appends flow files to the table in front of a manual step. Gives the number that now wait there."""
    from .flow_files import to_frame, to_list

    if in_memory():
        memory.setdefault(table, []).extend(to_list(flow_files))
        return len(memory[table])
    if flow_files is None or isinstance(flow_files, list) and not flow_files:
        return spark.table(quoted(table)).count() if spark.catalog.tableExists(quoted(table)) else 0
    to_frame(spark, flow_files).select("attributes", "content").write.format(_format).mode("append").saveAsTable(quoted(table))
    return spark.table(quoted(table)).count()


def with_retries(action, attempts, wait_seconds=1.0):
    """Calls `action` until it succeeds, at most `attempts` times. Raises what the last attempt raised."""
    for attempt in range(1, attempts + 1):
        try:
            return action()
        except Exception:
            if attempt == attempts:
                raise
            time.sleep(wait_seconds * attempt)


def pause(turn, longest=30):
    """Before a loop's next turn where something failed: `turn` seconds, counted from 1, at most `longest`."""
    if not in_memory():
        time.sleep(min(turn + 1, longest))


def retried(flow_files, process, *relationships, attempts):
    """Relationships that lead back to their own processor, as a bounded number of attempts: `process` (a list of flow
    files -> results) is called again for what it sent there. What the last attempt still sends there stays."""
    from .flow_files import to_list

    queued, done, attempts = to_list(flow_files), [], max(1, int(attempts))
    for attempt in range(1, attempts + 1):
        results = process(queued)
        again = [f for f in results if f.relationship in relationships]
        if not again or attempt == attempts:
            return done + results
        done += [f for f in results if f.relationship not in relationships]
        queued = to_list(again)
        time.sleep(attempt)


def clear(spark, table):
    """Empties a table whose rows have reached every branch. Called last: a run that breaks off keeps them."""
    if in_memory():
        memory.pop(table, None)
    else:
        spark.sql(f"DELETE FROM {quoted(table)}")


def remembered(spark, table):
    """A state table as a dictionary {key: value}."""
    if in_memory():
        return dict(memory.get(table, {}))
    spark.sql(f"CREATE TABLE IF NOT EXISTS {quoted(table)} (key STRING, value STRING, at TIMESTAMP) USING {_format}")
    return {row["key"]: row["value"] for row in spark.table(quoted(table)).select("key", "value").collect()}


def remember(spark, table, values):
    """Sets keys of a state table, in one MERGE."""
    if not values:
        return
    if in_memory():
        memory[table] = {**memory.get(table, {}), **values}
        return
    spark.createDataFrame(sorted(values.items()), "key STRING, value STRING").createOrReplaceTempView("nifi_state_new")
    spark.sql(f"MERGE INTO {quoted(table)} t USING nifi_state_new s ON t.key = s.key "
              "WHEN MATCHED THEN UPDATE SET value = s.value, at = current_timestamp() "
              "WHEN NOT MATCHED THEN INSERT (key, value, at) VALUES (s.key, s.value, current_timestamp())")


def turn_over(spark, table):
    """A queue that leads back: what this run took from `table` is done, what it put into `table`_next waits for the next."""
    following = f"{table}_next"
    if in_memory():
        memory[table] = memory.pop(following, [])
        return
    inbox(spark, following)
    spark.table(quoted(following)).write.format(_format).mode("overwrite").saveAsTable(quoted(table))
    spark.sql(f"DELETE FROM {quoted(following)}")


def append(frame, table):
    """Appends records to a table; it is made where it is missing. A column that the table does not have is an error."""
    if in_memory():
        memory.setdefault(table, []).extend(frame.collect())
        return
    frame.write.format(_format).mode("append").saveAsTable(quoted(table))
