"""Kafka in and out, as structured streaming and batch writes of flow files."""

from __future__ import annotations

from . import flow_files as _flow_files
from .flow_files import send, to_frame
from .tables import quoted, table_format


def _address(brokers):
    if not brokers:
        raise ValueError("Kafka's address is not set: give the widget of the bootstrap servers a value")
    return brokers


def _send(messages, brokers, table, options):
    """Sends messages (topic, value and what else Kafka takes); without brokers they are appended to a table instead."""
    if brokers:
        messages.write.format("kafka").options(**{"kafka.bootstrap.servers": brokers, **(options or {})}).save()
    else:
        messages.write.format(table_format()).mode("append").option("mergeSchema", "true").saveAsTable(quoted(table))


def publish(spark, flow_files, topic, brokers, table, key=None, headers=None, demarcator=None, options=None):
    """PublishKafka: each flow file (each piece between demarcators) is a message; all go to `success`. What Kafka refuses
    fails the run. `topic` and `key` are columns, `headers` a regular expression over attribute names. Without brokers the
    messages are appended to a table (topic, value, key, headers)."""
    from pyspark.sql import functions as F

    frame = to_frame(spark, flow_files)
    if _flow_files.rehearsal is not None:
        return send(frame, "success")
    value = F.col("content")
    messages = frame
    if demarcator:
        pieces = F.split(F.col("content").cast("string"), F.lit("\\Q" + demarcator.replace("\\E", "") + "\\E"))
        messages = messages.withColumn("_piece", F.explode(pieces)).where(F.length("_piece") > 0)
        value = F.col("_piece").cast("binary")
    columns = [topic.cast("string").alias("topic"), value.alias("value")]
    if key is not None:
        columns.append(key.cast("binary").alias("key"))
    if headers:
        columns.append(F.transform(
            F.filter(F.map_entries("attributes"), lambda e: F.regexp_like(e["key"], F.lit(f"\\A(?:{headers})\\z"))),
            lambda e: F.struct(e["key"].alias("key"), e["value"].cast("binary").alias("value"))).alias("headers"))
    _send(messages.select(*columns), brokers, table, {**({"includeHeaders": "true"} if headers else {}), **(options or {})})
    return send(frame, "success")


def attributes_of(messages, headers=None):
    """Kafka's messages as flow files. `headers`: a regular expression; headers whose whole name it matches become
    attributes, of several of one name the last."""
    from pyspark.sql import functions as F

    given = {"filename": F.col("_uuid"), "path": F.lit("./"), "uuid": F.col("_uuid"), "kafka.topic": F.col("topic"),
             "kafka.partition": F.col("partition").cast("string"), "kafka.offset": F.col("offset").cast("string"),
             "kafka.timestamp": F.unix_millis("timestamp").cast("string"), "kafka.key": F.col("key").cast("string"), "kafka.count": F.lit("1")}
    attributes = F.map_filter(F.map_from_arrays(F.array(*map(F.lit, given)), F.array(*given.values())), lambda name, text: text.isNotNull())
    frame = messages.withColumn("_uuid", F.expr("uuid()"))
    if headers:
        known = F.filter("headers", lambda h: F.regexp_like(h["key"], F.lit(f"\\A(?:{headers})\\z")))
        frame = frame.withColumn("_headers", F.coalesce(known, F.array().cast("array<struct<key:string,value:binary>>")))
        last = F.filter("_headers", lambda h, at: ~F.exists(F.slice("_headers", at + 2, F.size("_headers")), lambda later: later["key"] == h["key"]))
        added = F.map_from_entries(F.transform(last, lambda h: F.struct(h["key"].alias("key"), h["value"].cast("string").alias("value"))))
        attributes = F.map_concat(F.map_filter(attributes, lambda name, _: ~F.exists("_headers", lambda h: h["key"] == name)), F.coalesce(added, F.create_map().cast("map<string,string>")))
    return frame.select(attributes.alias("attributes"), F.col("value").alias("content"))


def consume(spark, topics, brokers, table, checkpoint, pattern=False, starting="latest", options=None, headers=None):
    """ConsumeKafka: takes what is new up to now into a staged table, which the rest of the notebook reads as a batch. The
    checkpoint is the consumer group's offset; the stage is emptied at the end of the run."""
    stage_schema = "attributes MAP<STRING,STRING>, content BINARY"
    if _flow_files.rehearsal is not None:
        return spark.createDataFrame([], stage_schema)
    spark.sql(f"CREATE TABLE IF NOT EXISTS {quoted(table)} ({stage_schema}) USING {table_format()}")
    settings = {"kafka.bootstrap.servers": _address(brokers), ("subscribePattern" if pattern else "subscribe"): topics,
                "startingOffsets": starting, "includeHeaders": "true", **(options or {})}
    stream = spark.readStream.format("kafka").options(**settings).load()
    (attributes_of(stream, headers)
     .writeStream.format(table_format()).outputMode("append").option("checkpointLocation", checkpoint)
     .trigger(availableNow=True).toTable(quoted(table)).awaitTermination())
    return spark.table(quoted(table))


def read_records(flow_file, reader, writer):
    """ConsumeKafkaRecord: a message's records as the writer writes them; what the reader does not understand goes to
    `parse.failure` as it came."""
    from . import records

    return [("parse.failure" if name == "failure" else name, f) for name, f in records.convert(flow_file, reader, writer)]


def record_messages(flow_file, reader, writer):
    """PublishKafkaRecord: each record of a flow file as a flow file of its own, as the writer writes a single one."""
    from . import records

    try:
        found = records.read(reader, flow_file)
        schema = writer.schema_for(flow_file.attributes, found.schema)
        made = [records.write(writer, flow_file, [record], schema) for record in found.records]
    except records.FAULTS as error:
        return [("failure", flow_file.failed(error))]
    if isinstance(writer, records.JsonRecordSetWriter):  # one object, not an array of one
        made = [f.with_content(f.content.strip()[1:-1].strip() if f.content.strip().startswith(b"[") else f.content.strip()) for f in made]
    return [("success", f) for f in made]


def messages(spark, topics, brokers, pattern=False, starting="latest", options=None):
    """The messages of topics as a stream with `key`, `value`, `topic`, `partition`, `offset`, `timestamp`, `headers`."""
    if _flow_files.rehearsal is not None:
        return spark.createDataFrame([(bytearray(b"{}"), topics)], "value BINARY, topic STRING")
    settings = {"kafka.bootstrap.servers": _address(brokers), ("subscribePattern" if pattern else "subscribe"): topics,
                "startingOffsets": starting, **(options or {})}
    return spark.readStream.format("kafka").options(**settings).load()


def publish_records(records, topic, brokers, value, table, key=None, options=None):
    """PublishKafkaRecord: a message per record; `value` and `key` are columns over the records, `topic` may be one. Without
    brokers the messages are appended to a table, as by `publish`."""
    from pyspark.sql import functions as F

    columns = [(F.lit(topic) if isinstance(topic, str) else topic).alias("topic"), value.cast("binary").alias("value")]
    columns += [key.cast("binary").alias("key")] if key is not None else []
    sent = records.select(*columns)
    if _flow_files.rehearsal is not None:
        sent.collect()
        return
    _send(sent, brokers, table, options)
