"""Kafka by record, in the record form of a flow: structured streaming in, a batch write out."""

from __future__ import annotations

from . import RECORDS, Cell, Refused, handles, kafka
from .code import Code, call, lit
from .record_chains import quoted, through
from .record_formats import SCHEMA_ONLY, avro_columns, reader_format, schema_text
from .record_state import column, fixed
from .step import Step

def _parsed(step: Step):
    """(expression of the value as an array of records, notes) by the reader. Refused where no schema is in the flow."""
    service = step.service(kafka.key(step, "record-reader"))
    kind = service.short_type if service is not None else ""
    text = schema_text(step, service) if service is not None else None
    if not text:
        raise Refused("the schema of the messages is not in the flow")
    if kind == "JsonTreeReader":
        form = reader_format(step, service)
        struct = ", ".join(f"`{n}`: {t}" for n, t in form.types.items())
        return f'F.from_json(F.col("value").cast("string"), {lit(f"ARRAY<STRUCT<{struct}>>")})', ["A message is a JSON object or an array of them.", SCHEMA_ONLY]
    if kind == "AvroReader":
        avro_columns(text)
        return f"F.array(from_avro(\"value\", {lit(text)}, {{\"mode\": \"PERMISSIVE\"}}))", []
    raise Refused(f"messages read by {kind}")


@handles(*kafka.CONSUME_RECORD, "ConsumeKafka", carriers=(RECORDS,), source=True, stream=True, state=True, side_effect=True)
def consume_records(step: Step) -> Cell:
    """A stream that takes what is new into a staged table; its checkpoint stands for the consumer group."""
    if not kafka.by_record(step):
        raise Refused("messages are taken as they are")
    parsed, notes = _parsed(step)
    topic = kafka.get(step, "topic")
    if not step.is_literal(topic):
        raise Refused("the topic is an expression")
    if (kafka.get(step, "output-strategy") or "USE_VALUE") != "USE_VALUE":
        raise Refused("records are wrapped with their key and headers")
    name = step.frame
    table, checkpoint = f'f"{{tables}}__{name}_staged"', f'f"{{volume}}/_checkpoints/{name}"'
    start = step.get("auto.offset.reset", "latest")
    settings = {"starting": start if start in ("latest", "earliest") else "latest"}
    if kafka.get(step, "topic_type") == "pattern":
        settings["pattern"] = True
    client = kafka.client_options(step, notes)
    if client:
        settings["options"] = client
    stream = call("kafka.messages", Code("spark"), step.parse(topic).literal_text, kafka.brokers(step), **settings)
    code = "\n".join([
        f"{name}_messages = {stream}",
        f'{name}_parsed = {name}_messages.select(\n    F.col("value").cast("string").alias("value"),\n    {parsed}.alias("records"),\n)',
        f"{name}_staged = landings.staged({name}_parsed, {table}, checkpoint={checkpoint})",
        f'{name} = {name}_staged.where("records IS NOT NULL").select(F.inline("records"))',
        f'report.keep_records({name}_staged.where("records IS NULL").select("value"), {lit(" ".join(step.name.split()))}, "parse.failure")'])
    setup = ["from pyspark.sql.avro.functions import from_avro"] if "from_avro" in parsed else []
    notes = ["A stream that takes what is new and stops (`availableNow`), into a staged table; its checkpoint stands for the consumer group.",
             "What cannot be read is kept in the failure table."] + notes
    return Cell(code=code, how="structured streaming from Kafka, staged, as records", notes=notes, passes=("success",), carrier=RECORDS, setup=setup,
                commit=f"rt.clear(spark, {table})", widgets=[kafka.widget(step)], outside="Kafka", reads=f"topic {lit(step.parse(topic).literal_text)}")


@handles(*kafka.PUBLISH_RECORD, "PublishKafka", carriers=(RECORDS,), side_effect=True)
def publish_records(step: Step) -> Cell:
    """Each record is a message."""
    if not kafka.by_record(step):
        raise Refused("a flow file is a message")
    topic = kafka.get(step, "topic")
    fixed_topic = fixed(step, topic)
    if (kafka.get(step, "publish-strategy") or "USE_VALUE") != "USE_VALUE" or kafka.get(step, "attribute-name-regex"):
        raise Refused("messages carry attributes or a wrapper")
    made = through(step, kafka.key(step, "record-reader"), kafka.key(step, "record-writer"))
    source, form = made.source, made.format
    if form is None or form.kind != "json":
        raise Refused("messages are not written as JSON")
    nulls = "" if form.options.get("ignoreNullFields", True) else ', {"ignoreNullFields": "false"}'
    options: dict = {"topic": column(step, topic) if fixed_topic is None else fixed_topic, "brokers": kafka.brokers(step), "value": Code(f'F.to_json(F.struct("*"){nulls})'),
                     "table": Code('f"{tables}__kafka"')}
    key = kafka.get(step, "message-key-field")
    if key:
        if not step.is_literal(key):
            raise Refused("the key's field is an expression")
        options["key"] = Code(f'F.col({lit(quoted(key))}).cast("string")')
    notes: list = []
    client = kafka.client_options(step, notes)
    acks = step.get("acks")
    if acks and acks not in ("all", "-1"):
        client["kafka.acks"] = acks
    if client:
        options["options"] = client
    notes.append(kafka.sent(step))
    return Cell(code=call("kafka.publish_records", Code(source), **options), how="a batch write to Kafka, a message per record", notes=notes, passes=("success",),
                carrier=RECORDS, widgets=[kafka.widget(step)], outside="Kafka", writes=f"topic {lit(fixed_topic)}" if fixed_topic is not None else "")
