"""Kafka: consume and publish, plain and by record."""

from __future__ import annotations

import re
from typing import Any

from . import ASSISTED, CONVERTED, FLOW_FILES, Cell, Refused, Widget, handles
from .code import Code, assign, call
from .record_services import reader, writer
from .servers import brokers_of, cluster, is_local
from .step import Step

_OWN = {"kafka.sasl.jaas.config"}
PUBLISH = ["PublishKafka", "PutKafka"] + [f"PublishKafka_{v}" for v in ("0_10", "0_11", "1_0", "2_0", "2_6")] + ["PublishKafka2CDP"]
PUBLISH_RECORD = ["PublishKafkaRecord"] + [f"PublishKafkaRecord_{v}" for v in ("0_10", "0_11", "1_0", "2_0", "2_6")] + ["PublishKafka2RecordCDP", "PublishKafkaRecord2CDP"]
CONSUME = ["ConsumeKafka", "GetKafka"] + [f"ConsumeKafka_{v}" for v in ("0_10", "0_11", "1_0", "2_0", "2_6")] + ["ConsumeKafka2CDP"]
CONSUME_RECORD = ["ConsumeKafkaRecord"] + [f"ConsumeKafkaRecord_{v}" for v in ("0_10", "0_11", "1_0", "2_0", "2_6")] + ["ConsumeKafka2RecordCDP"]


# A property of 1.28's processors -> what ConsumeKafka and PublishKafka of 2.x, or versions before 1.0, call it.
_ELSEWHERE = {
    "topic": ("Topics", "Topic Name"), "topic_type": ("Topic Format",), "message-demarcator": ("Message Demarcator", "Message Delimiter"),
    "record-reader": ("Record Reader",), "record-writer": ("Record Writer",), "kafka-key": ("Kafka Key",), "message-key-field": ("Message Key Field",),
    "attribute-name-regex": ("FlowFile Attribute Header Pattern",), "header-name-regex": ("Header Name Pattern",), "output-strategy": ("Output Strategy",),
    "publish-strategy": ("Publish Strategy",), "ssl.context.service": ("SSL Context Service",),
}


def key(component: Any, name: str) -> str:
    """What a processor or service calls a property of NiFi 1.28's Kafka processors."""
    return next((n for n in (name, *_ELSEWHERE.get(name, ())) if component.get(n) is not None), name)


def get(step: Step, name: str) -> str:
    return step.get(key(step, name)) or ""


def by_record(step: Step) -> bool:
    """Whether messages are records: by its type, or in 2.x by what is set."""
    if step.type in CONSUME_RECORD or step.type in PUBLISH_RECORD:
        return True
    return step.get("Processing Strategy") == "RECORD" or step.type == "PublishKafka" and step.service("Record Reader") is not None


def brokers(step: Step) -> Code:
    return Code(f'dbutils.widgets.get("{_cluster(step)}")')


def _cluster(step: Step) -> str:
    """The widget of the step's cluster: a flow may copy from one to another."""
    return step.servers.clusters.get(cluster(brokers_of(step)), "kafka_brokers")


def widget(step: Step) -> Widget:
    """Where Kafka is. An address of NiFi's own host, and one that only NiFi's environment knows, is asked for."""
    known = brokers_of(step)
    open_ended = not known or "${" in known or "#{" in known
    asked = open_ended or is_local(known)
    words = "bootstrap servers of Kafka" + (f" (in NiFi {known}{'' if open_ended else ', its own host'})" if asked and known else "")
    return Widget(_cluster(step), "" if asked else cluster(known), words, needed=asked)


def client_options(step: Step, cell_notes) -> dict:
    """Kafka client options out of the processor: security and what a person added."""
    options = {}
    holder = step.service("Kafka Connection Service") or step  # 2.x: a service has what is the same for a cluster
    protocol = holder.get("security.protocol") or "PLAINTEXT"
    if protocol != "PLAINTEXT":
        options["kafka.security.protocol"] = protocol
    if "SASL" in protocol:
        mechanism = holder.get("sasl.mechanism") or "PLAIN"
        options["kafka.sasl.mechanism"] = mechanism
        options["kafka.sasl.jaas.config"] = step.hidden("jaas-config", "")
        step.stands_for("sasl.username", "sasl.password")
        cell_notes.append("The whole JAAS line (module, user and password) is one secret; on Databricks the module's name starts with `kafkashaded.`")
    if "SSL" in protocol:
        options.update(_stores(step, holder.service(key(holder, "ssl.context.service")), cell_notes))
    for name, value in step.dynamic:
        if re.fullmatch(r"[a-z][a-z0-9.]*", name) and step.is_literal(value) and "interceptor" not in name and "${" not in value:
            options[f"kafka.{name}"] = step.python(value)
    return options


def _stores(step: Step, service: Any, cell_notes) -> dict:
    """The trust and key store of the SSL service: files of the Volume, their passwords secrets. {} for the cluster's own
    authorities."""
    options = {}
    for kind in ("Truststore", "Keystore") if service is not None else ():
        file = service.get(f"{kind} Filename")
        if not file or not step.is_literal(file):
            continue
        name = f"kafka.ssl.{kind.lower()}"
        options[f"{name}.location"] = step.path(file)
        if service.get(f"{kind} Type"):
            options[f"{name}.type"] = service.get(f"{kind} Type")
        password = step.secret(f"{kind} Password", service)
        if password is not None:
            options[f"{name}.password"] = password
    key_password = step.secret("key-password", service) if service is not None else None
    if key_password is not None:
        options["kafka.ssl.key.password"] = key_password
    if options:
        cell_notes.append(f"The stores of the SSL service `{service.name.replace('`', chr(39))}` are files of the Volume.")
    return options


def _publish(step: Step, source: Code, notes: list) -> Cell:
    options = {"topic": step.column(get(step, "topic")), "brokers": brokers(step), "table": Code('f"{tables}__kafka"')}
    if get(step, "kafka-key"):
        options["key"] = step.column(get(step, "kafka-key"))
    if get(step, "attribute-name-regex"):
        options["headers"] = get(step, "attribute-name-regex")
    demarcator = get(step, "message-demarcator")
    if demarcator:
        options["demarcator"] = demarcator.replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\r")
    client = client_options(step, notes)
    acks = step.get("acks")
    if acks and acks not in ("all", "-1"):
        client["kafka.acks"] = acks
    compression = step.get("compression.type")
    if compression and compression != "none":
        client["kafka.compression.type"] = compression
    if client:
        options["options"] = client
    notes.append(sent(step))
    return Cell(code=assign(step.frame, call("kafka.publish", Code("spark"), source, **options)), how="a batch write to Kafka", notes=notes,
                outputs={"failure": "[]"}, widgets=[widget(step)], outside="Kafka", carrier=FLOW_FILES, sends=("success",),
                writes=f"topic {options['topic'].replace('F.lit(', '').rstrip(')')}")


def sent(step: Step) -> str:
    """What a cell that publishes says of it."""
    return ("What Kafka refuses fails the run, and the next one sends it again: at least once, as NiFi without transactions. "
            f"While `{_cluster(step)}` is empty, messages are appended to the table `…__kafka`.")


@handles(*PUBLISH, side_effect=True, carriers=(FLOW_FILES,))
def publish(step: Step) -> Cell:
    """In 2.x with a record reader each record is a message of its own."""
    return publish_record(step) if by_record(step) else _publish(step, step.input, [])


_MESSAGE_WRITERS = ("JsonRecordSetWriter", "AvroRecordSetWriter", "FreeFormTextRecordSetWriter")


@handles(*PUBLISH_RECORD, side_effect=True, carriers=(FLOW_FILES,))
def publish_record(step: Step) -> Cell:
    """Each record is a message of its own. A writer that is not known, or whose schema is in a registry, is a gap."""
    names = key(step, "record-reader"), key(step, "record-writer")
    services = [step.service(n) for n in names]
    kinds = [s.short_type if s else "unknown" for s in services]
    gaps: list = []
    try:
        if kinds[1] not in _MESSAGE_WRITERS:
            raise Refused("another writer")
        made = call("rt.transform", step.input, Code("kafka.record_messages"), reader=reader(step, names[0]), writer=writer(step, names[1]))
        notes = [f"{kinds[0]} → {kinds[1]}: each record is a message."]
    except Refused:
        gap = step.gap("encode", ("flow_file",), f"Returns the messages of one flow file as a list of bytes.\n\nReader {kinds[0]}, writer {kinds[1]}; "
                       "what they do is not in the flow (a schema registry) or not known here. As delivered the content is one message.", "return [flow_file.content]")
        gaps = [gap]
        made = call("rt.transform", step.input, Code(f'lambda f: [("success", f.with_content(m)) for m in gaps.{gap.function}(f)]'))
        notes = [f"**Gap:** `gaps.{gap.function}` makes the messages ({kinds[0]} → {kinds[1]}); as delivered it sends the content as it is."]
    messages = f"{step.frame}_messages"
    cell = _publish(step, Code(f'rt.relationship({messages}, "success")'), notes)
    kept = call("report.keep", Code(messages), " ".join(step.name.split()), "failure")
    cell.code = f"{messages} = {made}\n{kept}\n{cell.code}"
    if gaps:
        cell.level, cell.how, cell.gaps = ASSISTED, f"a batch write to Kafka; the messages of {kinds[1]} are made in gaps.py", gaps
    return cell


@handles(*CONSUME, *CONSUME_RECORD, source=True, stream=True, state=True, side_effect=True, carriers=(FLOW_FILES,))
def consume(step: Step) -> Cell:
    notes = ["A stream that takes what is new and stops (`availableNow`), into a staged table; its checkpoint stands for the consumer group."]
    table = Code(f'f"{{tables}}__{step.frame}_staged"')
    options = {"table": table, "checkpoint": Code(f'f"{{volume}}/_checkpoints/{step.frame}"')}
    if get(step, "topic_type") == "pattern":
        options["pattern"] = True
    start = step.get("auto.offset.reset", "latest")
    options["starting"] = start if start in ("latest", "earliest") else "latest"
    client = client_options(step, notes)
    if client:
        options["options"] = client
    topics = step.once(get(step, "topic"))
    if get(step, "header-name-regex"):
        options["headers"] = get(step, "header-name-regex")
    messages = call("kafka.consume", Code("spark"), topics, brokers(step), **options)
    code, level, how = assign(step.frame, f'rt.send({messages}, "success")'), CONVERTED, "structured streaming from Kafka, staged"
    if by_record(step):
        names = key(step, "record-reader"), key(step, "record-writer")
        try:
            parsed = call("rt.transform", Code(f"{step.frame}_messages"), Code("kafka.read_records"), reader=reader(step, names[0]), writer=writer(step, names[1]))
            code = f"{assign(f'{step.frame}_messages', messages)}\n{assign(step.frame, parsed)}"
            notes.append("A message's records are a flow file of their own; NiFi joins those of many messages.")
        except Refused as refused:
            kinds = [s.short_type if s else "unknown" for s in map(step.service, names)]
            notes.append(f"Messages stay as they are ({kinds[0]} → {kinds[1]} in NiFi): {refused.message.replace('`', chr(39))}.")
            if not all("Json" in kind for kind in kinds):
                level, how = ASSISTED, f"messages stay as they are, NiFi read them by {kinds[0]} and wrote them by {kinds[1]}"
    if get(step, "message-demarcator"):
        notes.append("The demarcator that joined messages into one flow file is left out: one message is one flow file.")
    return Cell(code=code, level=level, how=how, notes=notes, commit=f"rt.clear(spark, {table})", widgets=[widget(step)],
                outside="Kafka", carrier=FLOW_FILES, deterministic=True, reads=f"topic {topics}")
