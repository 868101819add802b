"""What all record readers and writers share: record sets, options that are expressions, where schemas come from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, List, Tuple

from .flow_files import resolved
from .record_schema import RecordError, Schema, avro_text, parse_schema
from .record_values import Formats, Record


@dataclass
class RecordSet:
    """The records of one flow file and the schema that they are read with. `failed`: a reader's error that came after
    the records in front of it (NiFi reads one at a time)."""

    schema: Schema
    records: List[Record] = field(default_factory=list)


class Options:
    """Options by name, each a value or a function of the flow file's attributes."""

    def __init__(self, given: Dict[str, Any], **defaults: Any):
        unknown = set(given) - set(defaults)
        if unknown:
            raise TypeError(f"unknown options: {', '.join(sorted(unknown))}")
        self._values = {**defaults, **{k: v for k, v in given.items() if v is not None}}

    def of(self, attributes: Dict[str, str]) -> "Settings":
        return Settings({k: resolved(v, attributes) for k, v in self._values.items()})


class Settings:
    """The options for one flow file, as attributes."""

    def __init__(self, values: Dict[str, Any]):
        self.__dict__.update(values)

    @property
    def formats(self) -> Formats:
        return Formats(self.date_format or None, self.time_format or None, self.timestamp_format or None)


# Options of where a schema comes from; `schema_text` and `schema_name` may be expressions.
SCHEMA = {"schema": "", "schema_text": "${avro.schema}", "schema_name": "${schema.name}", "registry": None}
DATES = {"date_format": None, "time_format": None, "timestamp_format": None}


def access(settings: Settings, attributes: Dict[str, str]) -> Schema:
    """The schema that `settings.schema` asks for: `text`, `name` (of `registry`) or `attribute` (avro.schema)."""
    if settings.schema == "text":
        made = settings.schema_text
        try:
            return parse_schema(attributes.get("avro.schema", "") if made == "${avro.schema}" else made or "")
        except RecordError:
            raise RecordError("Failed to create schema from the Schema Text after evaluating FlowFile Attributes") from None
    if settings.schema == "attribute":
        return parse_schema(attributes.get("avro.schema", ""))
    if settings.schema == "name":
        name = attributes.get("schema.name", "") if settings.schema_name == "${schema.name}" else settings.schema_name
        if not name:
            raise RecordError("${schema.name} did not provide appropriate Schema Name")
        text = (settings.registry or {}).get(name)
        if text is None:
            raise RecordError(f"Unable to find schema with name '{name}'")
        return parse_schema(text)
    raise RecordError(f"a schema from {settings.schema or 'nowhere'} is not known here")


def schema_attributes(strategy: str, schema: Schema, name: str = "") -> Dict[str, str]:
    """The attributes that a writer's Schema Write Strategy adds."""
    if strategy == "full-schema-attribute":
        return {"avro.schema": avro_text(schema)}
    if strategy == "schema-name" and name:
        return {"schema.name": name}
    return {}


class Reader:
    """A record reader service. `read` gives the records of a flow file or raises RecordError."""

    def read(self, flow_file) -> RecordSet:
        raise NotImplementedError


class Writer:
    """A record writer service.

    `schema_for(attributes, schema)` is the schema it writes with, `write(attributes, records, schema)` gives (content,
    attributes to add). Raises RecordError, JsonError, AvroError.
    """

    mime_type = "application/octet-stream"
    DEFAULTS: Dict[str, Any] = {}

    def __init__(self, **options: Any):
        self.options = Options(options, **{"schema": "inherit", "schema_text": "${avro.schema}", "schema_name": "${schema.name}",
                                           "registry": None, "schema_write": "no-schema", **DATES, **self.DEFAULTS})

    def schema_for(self, attributes: Dict[str, str], schema: Schema) -> Schema:
        settings = self.options.of(attributes)
        return schema if settings.schema == "inherit" else access(settings, attributes)

    def write(self, attributes: Dict[str, str], records: List[Record], schema: Schema) -> Tuple[bytes, Dict[str, str]]:
        settings = self.options.of(attributes)
        content, mime_type = self.content(settings, attributes, records, schema)
        return content, {"mime.type": mime_type, **schema_attributes(settings.schema_write, schema, attributes.get("schema.name", ""))}

    def content(self, settings: Settings, attributes: Dict[str, str], records: List[Record], schema: Schema) -> Tuple[bytes, str]:
        raise NotImplementedError


class SchemaAccess:
    """A schema of a processor's own: `of(attributes)` gives it or raises RecordError."""

    def __init__(self, **options: Any):
        self.options = Options(options, **SCHEMA)

    def of(self, attributes: Dict[str, str]) -> Schema:
        return access(self.options.of(attributes), attributes)
