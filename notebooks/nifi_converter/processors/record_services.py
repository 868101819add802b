"""Record reader and writer services as source text: `records.CSVReader(schema="header")`.

Only what differs from NiFi's defaults is written. A service that is not known here is Refused: the processor is manual,
and the report names the service.
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from .code import Code, call, lit, text_block
from .step import Refused, Step

_SCHEMAS = {"schema-text-property": "text", "schema-name": "name", "schema-name-property": "name", "csv-header-derived": "header", "infer-schema": "infer",
            "embedded-avro-schema": "embedded", "inherit-record-schema": "inherit"}
_ESCAPES = {"\\t": "\t", "\\n": "\n", "\\r": "\r", "\\r\\n": "\r\n"}


def _option(step: Step, service: Any, name: str) -> Optional[Code]:
    """A service's property as an option: a literal or a function of the flow file's attributes."""
    text = service.get(name)
    return None if text is None else step.python(text)


def _character(step: Step, service: Any, name: str) -> Optional[Code]:
    text = service.get(name)
    if text is None:
        return None
    if step.is_literal(text):
        plain = step.parse(text).literal_text
        return lit(_ESCAPES.get(plain, plain.replace("\\t", "\t").replace("\\n", "\n").replace("\\r", "\r")))
    return step.python(text)


def schema_options(step: Step, service: Any, default: str, registry: str = "schema-registry") -> Dict[str, Any]:
    """The options of where the schema comes from, only those that count."""
    strategy = service.get("schema-access-strategy") or ""
    if strategy not in _SCHEMAS:
        raise Refused(f"{service.name} takes its schema by {strategy or 'nothing'}: it is in a registry or within the content")
    kind = _SCHEMAS[strategy]
    options: Dict[str, Any] = {} if kind == default else {"schema": kind}
    if kind == "text" and service.get("schema-text") not in (None, "${avro.schema}"):
        options["schema_text"] = _option(step, service, "schema-text")
    if kind == "name":
        known = service.service(registry)
        if known is None or known.short_type != "AvroSchemaRegistry":
            raise Refused(f"the schemas of {service.name} are in {known.short_type if known else 'a registry that is missing'}")
        options["registry"] = step.shared(known, "schemas", _schemas({name: text for name, text in known.dynamic.items() if text is not None}))
        if service.get("schema-name") not in (None, "${schema.name}"):
            options["schema_name"] = _option(step, service, "schema-name")
    return options


def _schemas(texts: Dict[str, str]) -> str:
    """A registry's schemas by name, as they are written in NiFi."""
    return "{  # Avro schemas by name\n" + "".join(f"    {lit(name)}: {text_block(text)},\n" for name, text in texts.items()) + "}"


def _dates(service: Any) -> Dict[str, Any]:
    names = {"Date Format": "date_format", "Time Format": "time_format", "Timestamp Format": "timestamp_format"}
    return {key: service.get(name) for name, key in names.items() if service.get(name)}


def _unless(options: Dict[str, Any], key: str, value: Any, default: Any) -> None:
    if value is not None and value != default:
        options[key] = value


def _flag(service: Any, name: str) -> bool:
    return (service.get(name) or "").strip().lower() == "true"


# ---- readers -----------------------------------------------------------------------------------------------


def _json_tree(step: Step, service: Any) -> Code:
    options = {**schema_options(step, service, "infer"), **_dates(service)}
    if service.get("starting-field-strategy") == "NESTED_FIELD":
        options["field"] = service.get("starting-field-name")
    _unless(options, "comments", _flag(service, "Allow Comments"), False)
    return call("records.JsonTreeReader", **options)


def _json_path(step: Step, service: Any) -> Code:
    options = {**schema_options(step, service, "infer"), **_dates(service)}
    paths = {name: path for name, path in service.dynamic.items() if path is not None}
    if not paths:
        raise Refused(f"JsonPathReader {service.name} has no path")
    _unless(options, "comments", _flag(service, "Allow Comments"), False)
    return call("records.JsonPathReader", paths, **options)


def csv_dialect(step: Step, service: Any) -> Dict[str, Any]:
    """Separator, quote and escape where they differ from a comma, a double quote and a backslash."""
    options: Dict[str, Any] = {}
    kind = service.get("CSV Format") or "custom"
    _unless(options, "format", kind, "custom")
    if kind == "custom":
        for name, key, default in (("Value Separator", "separator", ","), ("Quote Character", "quote", '"'), ("Escape Character", "escape", "\\"),
                                   ("Comment Marker", "comment", None), ("Null String", "null_text", None)):
            made = _character(step, service, name)
            if made is not None and made != lit(default):
                options[key] = made
        if not _flag(service, "Trim Fields"):
            options["trim"] = False
    charset = service.get("csvutils-character-set") or "UTF-8"
    if charset.upper() not in ("UTF-8", "UTF8"):
        options["charset"] = charset
    return options


def _csv_reader(step: Step, service: Any) -> Code:
    if service.get("Null String") == "":
        raise Refused("Null String cannot be empty; NiFi calls it invalid")
    options = {**schema_options(step, service, "infer"), **csv_dialect(step, service), **_dates(service)}
    if options.get("schema") in ("text", "name"):
        _unless(options, "header", _flag(service, "Skip Header Line"), False)
        _unless(options, "ignore_header", _flag(service, "ignore-csv-header"), False)
    _unless(options, "unquote", _flag(service, "Trim double quote"), True)
    return call("records.CSVReader", **options)


def _avro_reader(step: Step, service: Any) -> Code:
    return call("records.AvroReader", **schema_options(step, service, "embedded"))


def _xml_reader(step: Step, service: Any) -> Code:
    options = {**schema_options(step, service, "infer"), **_dates(service)}
    form = service.get("record_format") or "false"
    _unless(options, "array", form if form in ("true", "false") else "attribute", "false")
    for name, key in (("attribute_prefix", "attribute_prefix"), ("content_field_name", "content_field")):
        if service.get(name):
            options[key] = _option(step, service, name)
    _unless(options, "attributes", _flag(service, "parse_xml_attributes"), True)
    return call("records.XMLReader", **options)


# ---- writers -----------------------------------------------------------------------------------------------


def _writer_schema(step: Step, service: Any, write_default: str = "no-schema") -> Dict[str, Any]:
    options = schema_options(step, service, "inherit")
    strategy = service.get("Schema Write Strategy") or write_default
    if strategy not in ("no-schema", "avro-embedded", "full-schema-attribute", "schema-name"):
        raise Refused(f"{service.name} writes its schema by {strategy}")
    _unless(options, "schema_write", strategy, write_default)
    return options


def _json_writer(step: Step, service: Any) -> Code:
    options = {**_writer_schema(step, service), **_dates(service)}
    _unless(options, "pretty", _flag(service, "Pretty Print JSON"), False)
    _unless(options, "nulls", service.get("suppress-nulls"), "never-suppress")
    _unless(options, "lines", service.get("output-grouping") == "output-oneline", False)
    if options.get("pretty") and options.get("lines"):
        raise Refused("one line per object cannot be pretty-printed; NiFi calls it invalid")
    if service.get("Allow Scientific Notation") == "false":
        options["scientific"] = False
    compression = service.get("compression-format") or "none"
    if compression not in ("none", "gzip", "bzip2"):
        raise Refused(f"JSON compressed by {compression}")
    _unless(options, "compression", compression, "none")
    if compression == "gzip":
        _unless(options, "level", int(service.get("compression-level") or "1"), 1)
    return call("records.JsonRecordSetWriter", **options)


def _csv_writer(step: Step, service: Any) -> Code:
    options = {**_writer_schema(step, service), **csv_dialect(step, service), **_dates(service)}
    options.pop("comment", None)
    if (service.get("CSV Format") or "custom") == "custom":
        newline = _character(step, service, "Record Separator")
        if newline is not None and newline != lit("\n"):
            options["newline"] = newline
        _unless(options, "mode", service.get("Quote Mode"), "MINIMAL")
        _unless(options, "trailing", _flag(service, "Include Trailing Delimiter"), False)
    _unless(options, "header", _flag(service, "Include Header Line"), True)
    return call("records.CSVRecordSetWriter", **options)


def _avro_writer(step: Step, service: Any) -> Code:
    options = _writer_schema(step, service, "avro-embedded")
    if options.get("schema_write") == "no-schema":
        options["schema_write"] = "bare"
    codec = (service.get("compression-format") or "NONE").upper()
    if codec not in ("NONE", "DEFLATE", "BZIP2"):
        raise Refused(f"Avro compressed by {codec}")
    if codec != "NONE":
        options["codec"] = codec.lower()
    return call("records.AvroRecordSetWriter", **options)


def _xml_writer(step: Step, service: Any) -> Code:
    options = {**_writer_schema(step, service), **_dates(service)}
    for name, key in (("root_tag_name", "root"), ("record_tag_name", "record"), ("array_tag_name", "array_tag")):
        _unless(options, key, service.get(name), None)
    _unless(options, "nulls", service.get("suppress_nulls"), "never-suppress")
    _unless(options, "pretty", _flag(service, "pretty_print_xml"), False)
    _unless(options, "declaration", not _flag(service, "omit_xml_declaration"), True)
    _unless(options, "wrapping", service.get("array_wrapping"), "no-wrapping")
    return call("records.XMLRecordSetWriter", **options)


def _free_form(step: Step, service: Any) -> Code:
    text = service.get("Text") or ""
    made = lit(step.parse(text).literal_text) if step.is_literal(text) else Code(f"lambda attributes: {step.python_source(text)}")
    charset = service.get("Character Set") or "UTF-8"
    return call("records.FreeFormTextRecordSetWriter", made, **({} if charset.upper() == "UTF-8" else {"charset": charset}))


READERS = {"JsonTreeReader": _json_tree, "JsonPathReader": _json_path, "CSVReader": _csv_reader, "AvroReader": _avro_reader, "XMLReader": _xml_reader}
WRITERS = {"JsonRecordSetWriter": _json_writer, "CSVRecordSetWriter": _csv_writer, "AvroRecordSetWriter": _avro_writer,
           "XMLRecordSetWriter": _xml_writer, "FreeFormTextRecordSetWriter": _free_form}


def reader(step: Step, property_name: str) -> Code:
    """The reader service that a property names, as an expression."""
    return _made(step, property_name, READERS, "reader")


def writer(step: Step, property_name: str) -> Code:
    """The writer service that a property names, as an expression."""
    return _made(step, property_name, WRITERS, "writer")


def _made(step: Step, property_name: str, known: Dict[str, Any], what: str) -> Code:
    service = step.service(property_name)
    if service is None:
        raise Refused(f"the record {what} ({property_name}) is not part of the flow")
    if service.short_type not in known:
        raise Refused(f"the record {what} {service.name} is a {service.short_type}, which is not translated")
    return known[service.short_type](step, service)


def notes(step: Step, *property_names: str) -> List[str]:
    """A markdown line that names the services."""
    names = [(name, step.service(name)) for name in property_names]
    shown = [f"`{' '.join(service.name.replace('`', chr(39)).split())}` ({service.short_type})" for _, service in names if service is not None]
    return [" → ".join(shown)] if shown else []
