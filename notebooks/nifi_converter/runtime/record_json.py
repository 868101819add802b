"""JSON records: JsonTreeReader, JsonPathReader, JsonRecordSetWriter."""

from __future__ import annotations

import bz2
import gzip
import re
from typing import Any, Dict, Iterator, List, Tuple

from . import json_path, json_text
from .el_errors import ELError
from .json_text import Raw
from .record_inference import infer_records, of_json
from .record_schema import STRING, RecordError, Schema, Type
from .record_service import DATES, SCHEMA, Options, Reader, RecordSet, Settings, Writer, access
from .record_values import (Formats, Moment, Record, choose, convert, field_value, format_moment, schema_of, unchanged)

_COMMENT = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n]*|/\*.*?\*/|#[^\n]*', re.S)


class JsonTreeReader(Reader):
    """Objects of a document, of an array, or one after the other; everything else is passed over."""

    def __init__(self, **options: Any):
        self.options = Options(options, **{**SCHEMA, **DATES, "schema": "infer", "field": None, "whole_schema": False,
                                           "comments": False, "charset": "utf-8"})

    def read(self, flow_file, coerce: bool = True) -> RecordSet:
        settings = self.options.of(flow_file.attributes)
        nodes = list(self._nodes(flow_file.content, settings))
        schema = self._schema(flow_file, settings, nodes)
        formats = settings.formats
        if not coerce:
            return RecordSet(schema, [Record(node, schema, node) for node in _objects(nodes)])
        return RecordSet(schema, [self._record(node, schema, formats) for node in _objects(nodes)])

    def _nodes(self, content: bytes, settings: Settings) -> Iterator[Any]:
        text = content.decode("utf-8", "replace").lstrip("\ufeff")
        if settings.comments:
            text = _COMMENT.sub(lambda m: m.group() if m.group()[0] == '"' else " ", text)
        try:
            nodes = list(json_text.values(text))
        except json_text.JsonError as error:
            raise RecordError(str(error)) from None
        if settings.field:
            found = [v for v in (_find(node, settings.field) for node in nodes[:1]) if v is not None]
            return iter(found)
        return iter(nodes)

    def _schema(self, flow_file, settings: Settings, nodes: List[Any]) -> Schema:
        if settings.schema == "infer":
            return infer_records(_flattened(nodes), of_json(settings.formats))
        return access(settings, flow_file.attributes)

    def _record(self, node: Dict[str, Any], schema: Schema, formats: Formats) -> Record:
        return tree_record(node, schema, formats)


class JsonPathReader(JsonTreeReader):
    """Fields by JsonPath. With an inferred schema only names that the document itself has get a value, as in NiFi."""

    def __init__(self, paths: Dict[str, str], **options: Any):
        super().__init__(**options)
        self.paths = paths

    def _record(self, node: Dict[str, Any], schema: Schema, formats: Formats) -> Record:
        made = Record(schema=schema)
        for name, path in self.paths.items():
            known = schema.get(name)
            try:
                value = json_path.parse_path(path).read(node)
            except json_path.PathNotFound:
                value = None
            except ELError as error:
                raise RecordError(str(error)) from None
            if known is not None:
                value = _value(value, known.type, formats, name)
            made[name] = value
        return made


def _objects(nodes: List[Any]) -> Iterator[Dict[str, Any]]:
    for node in nodes:
        if isinstance(node, dict):
            yield node
        elif isinstance(node, list):
            for item in node:
                if isinstance(item, dict):
                    yield item


def _flattened(nodes: List[Any]) -> Iterator[Dict[str, Any]]:
    """For inference arrays within arrays count as well."""
    stack = list(reversed(nodes))
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            yield node
        elif isinstance(node, list):
            stack.extend(reversed(node))


def _find(node: Any, name: str) -> Any:
    """The value of the first field of this name in the order of the document, at any depth."""
    stack = [node]
    while stack:
        at = stack.pop()
        if isinstance(at, dict):
            if name in at and next(iter(at)) == name:
                return at[name]
            for key in at:
                if key == name:
                    return at[key]
                if isinstance(at[key], (dict, list)):
                    found = _find(at[key], name)
                    if found is not None:
                        return found
        elif isinstance(at, list):
            stack.extend(reversed(at))
    return None


def tree_record(node: Dict[str, Any], schema: Schema, formats: Formats) -> Record:
    """A parsed object as a record of the schema. It keeps the object as `raw`, but not where a field is null in it: NiFi
    then writes the whole record anew."""
    made = Record(schema=schema)
    whole = True
    for field in schema.fields:
        name = field.name if field.name in node else next((a for a in field.aliases if a in node), None)
        if name is None:
            continue
        value = node[name]
        whole = whole and value is not None
        dict.__setitem__(made, field.name, _value(value, field.type, formats, field.name))
    made.raw = node if whole else None
    return made


def _value(value: Any, kind: Type, formats: Formats, name: str) -> Any:
    if value is None:
        return None
    if kind.kind == "CHOICE":
        if isinstance(value, dict):
            schemas = [c for c in kind.choices if c.kind == "RECORD"]
            if schemas:
                best = max(schemas, key=lambda c: sum(1 for k in value if c.schema.get(k) is not None))
                return tree_record(value, best.schema, formats)
        if isinstance(value, list):
            arrays = [c for c in kind.choices if c.kind == "ARRAY"]
            if arrays:
                return _value(value, arrays[0], formats, name)
    if kind.kind == "RECORD" and isinstance(value, dict):
        return tree_record(value, kind.schema, formats)
    if kind.kind == "ARRAY" and isinstance(value, list):
        element = kind.element or STRING
        return [_value(v, element, formats, name) for v in value]
    if kind.kind == "MAP" and isinstance(value, dict):
        return {k: _value(v, kind.element or STRING, formats, name) for k, v in value.items()}
    if kind.kind == "STRING" and isinstance(value, (dict, list)):
        return json_text.compact(value)
    return convert(value, kind, formats, name)


# ---- writer ------------------------------------------------------------------------------------------------


class JsonRecordSetWriter(Writer):
    """An array, or one record a line. A record that nothing changed is written as it was read, unless it is printed
    pretty or compressed."""

    DEFAULTS = {"pretty": False, "nulls": "never-suppress", "lines": False, "scientific": True, "compression": "none", "level": 1}
    _MIME = {"gzip": "application/gzip", "bzip2": "application/bzip2"}

    def content(self, settings: Settings, attributes: Dict[str, str], records: List[Record], schema: Schema) -> Tuple[bytes, str]:
        plain = settings.compression in ("none", "", None)
        as_read = not settings.pretty and plain
        made = [self.tree(record, schema if schema is not None else schema_of(record), settings, as_read) for record in records]
        if settings.lines:
            text = "\n".join(json_text.layout(m, False, settings.scientific) for m in made)
        else:
            text = json_text.layout(made, settings.pretty, settings.scientific)
        data = text.encode("utf-8", "surrogatepass")
        if plain:
            return data, "application/json"
        if settings.compression == "gzip":
            return gzip.compress(data, int(settings.level), mtime=0), self._MIME["gzip"]
        if settings.compression == "bzip2":
            return bz2.compress(data), self._MIME["bzip2"]
        raise RecordError(f"compression {settings.compression} cannot be written here")

    def tree(self, record: Record, schema: Schema, settings: Settings, as_read: bool) -> Any:
        """The record as nested dicts for `json_text.layout`."""
        if as_read and unchanged(record) and record.schema == schema:
            shown = json_text.compact(record.raw)
            if settings.scientific or not re.search(r"[0-9][eE][+-]?[0-9]", shown):
                return Raw(shown)
        out: Dict[str, Any] = {}
        for field in schema.fields:
            value = field_value(record, field)
            if value is None:
                if settings.nulls == "never-suppress" or (settings.nulls == "suppress-missing" and field.name in record):
                    out[field.name] = None
                continue
            out[field.name] = self.value(value, field.type, field.name, settings, as_read)
        return out

    def value(self, value: Any, kind: Type, name: str, settings: Settings, as_read: bool) -> Any:
        if value is None:
            return None
        if kind.kind == "CHOICE":
            kind = choose(value, kind, settings.formats) or _free(value)
        if kind.kind == "RECORD" and isinstance(value, dict):
            return self.tree(value if isinstance(value, Record) else Record(value), kind.schema or schema_of(value), settings, as_read)
        if kind.kind in ("STRING", "CHAR", "UUID") and isinstance(value, Record):
            return json_text.layout(self.tree(value, value.schema or Schema(), settings, as_read), False)
        value = convert(value, kind, settings.formats, name)
        if isinstance(value, Moment):
            pattern = settings.formats.of(value.kind)
            return format_moment(value, pattern) if pattern else value.milliseconds
        if kind.kind == "MAP":
            return {k: self.value(v, kind.element or STRING, name, settings, as_read) for k, v in value.items()}
        if kind.kind == "ARRAY":
            return [self.value(v, kind.element or STRING, name, settings, as_read) for v in value]
        return value


def _free(value: Any) -> Type:
    from .record_values import type_of

    return type_of(value) or STRING
