"""Record readers and writers by the names of NiFi's services, and the processors that only read and write.

A reader or writer is made once and given to a function here: `rt.transform(f, records.convert, reader=records.CSVReader(),
writer=records.JsonRecordSetWriter())`. Processors' functions take a FlowFile and give [(relationship, FlowFile)].
"""

from __future__ import annotations

from typing import Any, Callable, List

from .avro import AvroError
from .el_errors import ELError
from .json_text import JsonError
from .record_avro import AvroReader, AvroRecordSetWriter  # noqa: F401
from .record_csv import CSVReader, CSVRecordSetWriter  # noqa: F401
from .record_json import JsonPathReader, JsonRecordSetWriter, JsonTreeReader  # noqa: F401
from .record_schema import RecordError, Schema
from .record_service import Reader, RecordSet, SchemaAccess, Writer  # noqa: F401
from .record_text import FreeFormTextRecordSetWriter  # noqa: F401
from .record_values import Record
from .record_xml import XMLReader, XMLRecordSetWriter  # noqa: F401

# What a reader or writer raises for content that it cannot deal with: the flow file goes to `failure`.
FAULTS = (RecordError, AvroError, JsonError, ELError, RecursionError)


def read(reader: Any, flow_file) -> RecordSet:
    return reader.read(flow_file)


def write(writer: Writer, flow_file, records: List[Record], schema: Schema, count: bool = True):
    """`flow_file` with the records as its content, and the attributes that NiFi sets. `schema` is the one to write with."""
    content, attributes = writer.write(flow_file.attributes, records, schema)
    if count:
        attributes["record.count"] = str(len(records))
    return flow_file.with_content(content).with_attributes(attributes)


def process(flow_file, reader, writer, change: Callable[[Record, Schema], Record], include_empty: bool = True):
    """What ConvertRecord and its kin do: all records through `change`, to `success`; a fault sends the flow file as it
    came to `failure` with `record.error.message`. The schema that is written is that of the first changed record."""
    try:
        found = read(reader, flow_file)
        records = []
        schema = found.schema
        for index, record in enumerate(found.records):
            made = change(record, found.schema)
            if index == 0:
                schema = made.schema if made.schema is not None else schema
            records.append(made)
        target = writer.schema_for(flow_file.attributes, schema)
        if not records and not include_empty:
            return []
        return [("success", write(writer, flow_file, records, target))]
    except FAULTS as error:
        failed = flow_file.with_attributes({"record.error.message": message_of(error)})
        return [("failure", failed.failed(error))]


def message_of(error: Exception) -> str:
    return str(error)


def convert(flow_file, reader, writer, include_empty=True):
    """ConvertRecord."""
    return process(flow_file, reader, writer, lambda record, schema: record, include_empty)
