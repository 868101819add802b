"""Avro records: AvroReader, AvroRecordSetWriter."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Dict, List, Tuple

from . import avro
from .avro import AvroError
from .record_schema import RecordError, Schema, Type, avro_tree, resolved_names, schema_of_avro
from .record_service import DATES, SCHEMA, Options, Reader, RecordSet, Settings, Writer, access
from .record_values import Moment, Record, binary, choose, convert, field_value, text


class AvroReader(Reader):
    """Records of an Avro file (`schema` embedded), or bare ones whose schema is known from elsewhere."""

    def __init__(self, **options: Any):
        self.options = Options(options, **{**SCHEMA, **DATES, "schema": "embedded"})

    def read(self, flow_file) -> RecordSet:
        settings = self.options.of(flow_file.attributes)
        try:
            if settings.schema == "embedded":
                tree = avro.read_header(flow_file.content)[0]
                schema = schema_of_avro(tree)
                return RecordSet(schema, [record_of_avro(r, tree, schema) for r in avro.records(flow_file.content)])
            schema = access(settings, flow_file.attributes)
            tree = avro_tree(schema)
            reader = avro.Reader(flow_file.content, tree)
            records = []
            while reader.at < len(reader.data):
                records.append(record_of_avro(reader.value(tree), tree, schema))
            return RecordSet(schema, records)
        except AvroError as error:
            raise RecordError(str(error)) from None


def record_of_avro(value: Dict[str, Any], tree: Dict[str, Any], schema: Schema) -> Record:
    """A decoded Avro record with its logical types read."""
    names = resolved_names(tree)
    made = Record(schema=schema)
    for entry, field in zip(tree["fields"], schema.fields):
        dict.__setitem__(made, field.name, _value(value[entry["name"]], entry["type"], field.type, names))
    return made


def _value(value: Any, tree: Any, kind: Type, names: Dict[str, Any]) -> Any:
    if value is None:
        return None
    if kind.kind == "CHOICE":
        branches = [b for b in (tree if isinstance(tree, list) else [tree]) if b != "null"]
        for branch, choice in zip(branches, kind.choices):
            if avro._fits(branch, value, names):
                return _value(value, branch, choice, names)
        return value
    if isinstance(tree, list):
        tree = next((t for t in tree if t != "null"), "null")
    if isinstance(tree, str) and tree in names:
        tree = names[tree]
    logical = tree.get("logicalType") if isinstance(tree, dict) else None
    if kind.kind == "RECORD":
        return record_of_avro(value, tree, kind.schema) if isinstance(tree, dict) else value
    if kind.kind == "MAP":
        return {k: _value(v, tree["values"], kind.element, names) for k, v in value.items()}
    if isinstance(value, (bytes, bytearray)):
        if kind.kind == "DECIMAL":
            return Decimal(int.from_bytes(value, "big", signed=True)).scaleb(-kind.scale)
        return binary(value)
    if kind.kind == "ARRAY" and isinstance(value, list):
        return [_value(v, tree["items"], kind.element, names) for v in value]
    if kind.kind == "DATE":
        return Moment(value * 86_400_000, "DATE")
    if kind.kind in ("TIME", "TIMESTAMP"):
        return Moment(value // 1000 if (logical or "").endswith("micros") else value, kind.kind)
    return value


class AvroRecordSetWriter(Writer):
    """An Avro file with its schema in it."""

    DEFAULTS = {"codec": "null"}

    def content(self, settings: Settings, attributes: Dict[str, str], records: List[Record], schema: Schema) -> Tuple[bytes, str]:
        if any(c.kind == "RECORD" and c.schema is None for f in schema.fields for c in f.type.choices):
            raise RecordError("Failed to compile Avro Schema")  # a field that was made from nothing
        tree = avro_tree(schema)
        rows = [avro_of_record(record, tree, schema, settings) for record in records]
        if settings.schema_write == "bare":
            names = resolved_names(tree)
            return b"".join(avro.encode(tree, row, names) for row in rows), "application/avro-binary"
        return avro.write_file(tree, rows, settings.codec), "application/avro-binary"


def avro_of_record(record: Record, tree: Dict[str, Any], schema: Schema, settings: Settings) -> Dict[str, Any]:
    """A record as values that `avro.encode` takes."""
    names = resolved_names(tree)
    made = {}
    for entry, field in zip(tree["fields"], schema.fields):
        made[field.name] = _out(field_value(record, field), entry["type"], field.type, names, field.name, settings)
    return made


def _out(value: Any, tree: Any, kind: Type, names: Dict[str, Any], name: str, settings: Settings) -> Any:
    if value is None:
        return None
    if kind.kind == "CHOICE":
        chosen = choose(value, kind)
        if chosen is None:
            return text(value)
        branches = [b for b in (tree if isinstance(tree, list) else [tree]) if b != "null"]
        index = kind.choices.index(chosen) if chosen in kind.choices else 0
        return _out(value, branches[index] if index < len(branches) else branches[0], chosen, names, name, settings)
    if isinstance(tree, list):
        tree = next((t for t in tree if t != "null"), "null")
    if isinstance(tree, str) and tree in names:
        tree = names[tree]
    if kind.kind == "RECORD" and isinstance(value, dict) and isinstance(tree, dict):
        return avro_of_record(value if isinstance(value, Record) else Record(value), tree, kind.schema, settings)
    value = convert(value, kind, settings.formats, name)
    logical = tree.get("logicalType") if isinstance(tree, dict) else None
    if kind.kind == "MAP":
        return {k: _out(v, tree["values"], kind.element, names, name, settings) for k, v in value.items()}
    if kind.kind == "ARRAY":
        if tree == "bytes" or (isinstance(tree, dict) and tree.get("type") in ("bytes", "fixed")):
            return bytes(v % 256 for v in value)
        return [_out(v, tree["items"], kind.element, names, name, settings) for v in value]
    if isinstance(value, Moment):
        if kind.kind == "DATE":
            return value.milliseconds // 86_400_000
        return value.milliseconds * 1000 if (logical or "").endswith("micros") else value.milliseconds
    if isinstance(value, Decimal):
        unscaled = int(value.scaleb(kind.scale).to_integral_value())
        return unscaled.to_bytes(max(1, (unscaled.bit_length() + 8) // 8), "big", signed=True)
    if kind.kind == "BIGINT":
        return str(value)
    return value
