"""XML records: XMLReader, XMLRecordSetWriter."""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, Tuple

from . import xml_tree
from .record_inference import infer_records, of_text
from .record_schema import STRING, RecordError, Schema, Type
from .record_service import DATES, SCHEMA, Options, Reader, RecordSet, Settings, Writer, access
from .record_values import Record, choose, convert, field_value, text
from .xml_tree import Node, XmlError, escape, tag_name


class XMLReader(Reader):
    """Elements as records. `array`: the root holds the records ("true"), is the record ("false"), or the flow file's
    attribute xml.stream.is.array says which. Repeated elements are arrays; an empty element is null."""

    def __init__(self, **options: Any):
        self.options = Options(options, **{**SCHEMA, **DATES, "schema": "infer", "array": "false", "attribute_prefix": None,
                                           "content_field": None, "attributes": True})

    def read(self, flow_file) -> RecordSet:
        settings = self.options.of(flow_file.attributes)
        try:
            document = xml_tree.parse(flow_file.content)
        except XmlError as error:
            raise RecordError(f"Could not parse XML: {error}") from None
        root = document.elements()[0]
        array = settings.array
        if array not in ("true", "false"):
            array = flow_file.attributes.get("xml.stream.is.array", "").strip().lower()
            if array not in ("true", "false"):
                raise RecordError("xml.stream.is.array is neither true nor false")
        elements = root.elements() if array == "true" else [root]
        if settings.schema == "infer":
            schema = infer_records((self._plain(e, settings) for e in elements), of_text(settings.formats))
        else:
            schema = access(settings, flow_file.attributes)
        return RecordSet(schema, [self._record(e, schema, settings) for e in elements])

    def _plain(self, element: Node, settings: Settings) -> Dict[str, Any]:
        """An element as nested dicts, for inference. Attributes count without their prefix, as in NiFi."""
        out: Dict[str, Any] = {}
        if settings.attributes:
            for attribute in element.attributes:
                out[attribute.local] = attribute.value
        for child in element.elements():
            value = self._plain_value(child, settings)
            if child.local in out:
                known = out[child.local]
                out[child.local] = (known if isinstance(known, list) else [known]) + [value]
            else:
                out[child.local] = value
        own = _own_text(element)
        if own and settings.content_field:
            out[settings.content_field] = own
        return out

    def _plain_value(self, element: Node, settings: Settings) -> Any:
        if element.elements() or (element.attributes and settings.attributes):
            return self._plain(element, settings)
        return _own_text(element) or None

    def _record(self, element: Node, schema: Schema, settings: Settings) -> Record:
        made = Record(schema=schema)
        for attribute in element.attributes if settings.attributes else ():
            name = (settings.attribute_prefix or "") + attribute.local
            known = schema.get(name)
            if known is not None:
                dict.__setitem__(made, name, convert(attribute.value, known.type, settings.formats, name))
        groups: Dict[str, List[Node]] = {}
        for child in element.elements():
            groups.setdefault(child.local, []).append(child)
        for name, children in groups.items():
            known = schema.get(name)
            if known is not None:
                dict.__setitem__(made, name, self._values(children, known.type, name, settings))
        own = _own_text(element)
        if own and settings.content_field:
            known = schema.get(settings.content_field)
            if known is not None:
                dict.__setitem__(made, known.name, convert(own, known.type, settings.formats, known.name))
        return made

    def _values(self, elements: List[Node], kind: Type, name: str, settings: Settings) -> Any:
        if kind.kind == "ARRAY":
            return [self._value(e, kind.element or STRING, name, settings) for e in elements]
        if kind.kind == "CHOICE" and len(elements) > 1:
            array = next((c for c in kind.choices if c.kind == "ARRAY"), None)
            if array is not None:
                return self._values(elements, array, name, settings)
        return self._value(elements[-1], kind, name, settings)

    def _value(self, element: Node, kind: Type, name: str, settings: Settings) -> Any:
        if kind.kind == "CHOICE":
            if element.elements() or (element.attributes and settings.attributes):
                records = [c for c in kind.choices if c.kind == "RECORD"]
                if records:
                    return self._record(element, records[0].schema, settings)
        if kind.kind == "RECORD":
            return self._record(element, kind.schema, settings) if element.children or element.attributes else None
        if kind.kind == "MAP":
            return {c.local: self._value(c, kind.element or STRING, name, settings) for c in element.elements()}
        if kind.kind == "ARRAY":
            return [self._value(element, kind.element or STRING, name, settings)]
        own = _own_text(element)
        return convert(own, kind, settings.formats, name) if own else None


def _own_text(element: Node) -> str:
    return "".join(c.value for c in element.children if c.kind == "text" and c.value.strip()).strip()


class XMLRecordSetWriter(Writer):
    """`<root><record>…`. Arrays are repeated elements unless they are wrapped; null is an empty element."""

    DEFAULTS = {"root": None, "record": None, "nulls": "never-suppress", "pretty": False, "declaration": True,
                "wrapping": "no-wrapping", "array_tag": None, "charset": "utf-8"}

    def content(self, settings: Settings, attributes: Dict[str, str], records: List[Record], schema: Schema) -> Tuple[bytes, str]:
        record_tag = settings.record or schema.name
        if not settings.root and len(records) != 1:
            raise RecordError("The method writeRecord() was called more than once although root tag name is not set") if records \
                else RecordError("the root tag name is not set")
        if not record_tag:
            raise RecordError("Record tag name is not set")
        out: List[Any] = []
        for record in records:
            inner = list(self._fields(record, schema, settings))
            if inner:
                out.append((tag_name(record_tag), inner))
        tree = [(tag_name(settings.root), out)] if settings.root else out
        head = ['<?xml version="1.0" ?>'] if settings.declaration else []
        if settings.pretty:
            lines = head + [line for name, inner in tree for line in _pretty(name, inner, "")]
            shown = "\n".join(lines) + "\n"
        else:
            shown = "".join(head) + "".join(_flat(name, inner) for name, inner in tree)
        return shown.encode("utf-8"), "application/xml"

    def _fields(self, record: Record, schema: Schema, settings: Settings) -> Iterator[Tuple[str, Any]]:
        for field in schema.fields:
            value = field_value(record, field)
            name = tag_name(field.name)
            if value is None:
                if settings.nulls == "never-suppress" or (settings.nulls == "suppress-missing" and field.name in record):
                    yield name, ""
                continue
            yield from self._elements(name, value, field.type, settings)

    def _elements(self, name: str, value: Any, kind: Type, settings: Settings) -> Iterator[Tuple[str, Any]]:
        if value is None:
            if settings.nulls == "never-suppress":
                yield name, ""
            return
        if kind.kind == "CHOICE":
            kind = choose(value, kind, settings.formats) or STRING
        if kind.kind == "RECORD" and isinstance(value, dict):
            yield name, list(self._fields(value if isinstance(value, Record) else Record(value), kind.schema, settings))
            return
        value = convert(value, kind, settings.formats, name)
        if kind.kind == "MAP":
            yield name, [pair for k, v in value.items() for pair in self._elements(tag_name(k), v, kind.element or STRING, settings)]
        elif kind.kind == "ARRAY":
            element = kind.element or STRING
            if settings.wrapping == "use-property-as-wrapper":
                yield tag_name(settings.array_tag or "array"), [p for v in value for p in self._elements(name, v, element, settings)]
            elif settings.wrapping == "use-property-for-elements":
                yield name, [p for v in value for p in self._elements(tag_name(settings.array_tag or "element"), v, element, settings)]
            else:
                for item in value:
                    yield from self._elements(name, item, element, settings)
        else:
            yield name, text(value, settings.formats)


def _flat(name: str, inner: Any) -> str:
    if isinstance(inner, list):
        return f"<{name}>" + "".join(_flat(n, i) for n, i in inner) + f"</{name}>"
    return f"<{name}>{escape(inner)}</{name}>"


def _pretty(name: str, inner: Any, margin: str) -> Iterator[str]:
    if isinstance(inner, list) and inner:
        yield f"{margin}<{name}>"
        for child, value in inner:
            yield from _pretty(child, value, margin + "  ")
        yield f"{margin}</{name}>"
    else:
        yield f"{margin}<{name}>{escape(inner) if inner else ''}</{name}>"
