"""Record reader and writer services as formats of `spark.read` and `DataFrame.write`, for the record form of a flow."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional

from .code import Code, identifier, lit, tall
from .step import Refused, Step


@dataclass
class Format:
    """How Spark reads or writes what a service does.

    kind      csv, json, avro, parquet, xml
    options   options of the reader or writer
    types     {column: SQL type} where the flow says so; empty: from the files
    required  columns that may not be null
    text      all columns are read as text and cast afterwards (`types`): only so NiFi's rules for single cells hold
    by_name   the header's names say which column is which, wherever it stands
    notes     what a person must know
    named     each flow file names its schema (frame files only): then there are no `types`
    """

    kind: str
    options: Dict[str, Any] = field(default_factory=dict)
    types: Dict[str, str] = field(default_factory=dict)
    required: List[str] = field(default_factory=list)
    text: bool = False
    by_name: bool = False
    notes: List[str] = field(default_factory=list)
    named: Optional["NamedSchemas"] = None

    @property
    def schema(self) -> str:
        """The columns as DDL; "" where the files decide."""
        if self.by_name:
            return ""
        return ", ".join(f"`{n}` {'STRING' if self.text else t}" for n, t in self.types.items())


@dataclass(frozen=True)
class NamedSchemas:
    """The schemas of a registry in the flow, of which an expression chooses one for each flow file.

    registry  variable of the notebook that holds them as {name: {column: DDL type}}
    name      expression over `attributes`
    """

    registry: str
    name: Code
    schemas: Dict[str, Dict[str, str]]

    @property
    def setup(self) -> str:
        body = "".join(f"    {lit(name)}: {tall(types)},\n" for name, types in self.schemas.items())
        return f"{self.registry} = {{\n{body}}}"


_SIMPLE = {"int": "INT", "long": "BIGINT", "float": "FLOAT", "double": "DOUBLE", "boolean": "BOOLEAN", "string": "STRING", "bytes": "BINARY",
           "enum": "STRING", "fixed": "BINARY", "null": "STRING"}


def avro_columns(text: str):
    """({column: SQL type}, [required columns]) of an Avro record schema. Refused for what has no SQL type."""
    try:
        schema = json.loads(text)
    except ValueError:
        raise Refused("the schema is no Avro schema in JSON")
    if not isinstance(schema, dict) or schema.get("type") != "record" or not isinstance(schema.get("fields"), list):
        raise Refused("the schema is no Avro record")
    types, required = {}, []
    for column in schema["fields"]:
        kind = column.get("type")
        types[str(column["name"])] = _sql_type(kind, 0)
        if not (isinstance(kind, list) and "null" in kind) and kind != "null" and "default" not in column:
            required.append(str(column["name"]))
    return types, required


def _sql_type(kind: Any, depth: int) -> str:
    if depth > 20:
        raise Refused("the schema nests too deep")
    if isinstance(kind, list):
        branches = [k for k in kind if k != "null"]
        if len(branches) != 1:
            raise Refused("a field of the schema has several types")
        return _sql_type(branches[0], depth + 1)
    if isinstance(kind, str):
        if kind in _SIMPLE:
            return _SIMPLE[kind]
        raise Refused(f"the schema refers to the type {kind}")
    if not isinstance(kind, dict):
        raise Refused("the schema is no Avro schema")
    logical, base = kind.get("logicalType"), kind.get("type")
    # On another base than Avro's own a logical type has no effect.
    if logical == "date" and base == "int":
        return "DATE"
    if logical in ("timestamp-millis", "timestamp-micros") and base == "long":
        return "TIMESTAMP"
    if logical == "decimal" and base in ("bytes", "fixed"):
        return f"DECIMAL({int(kind.get('precision', 10))},{int(kind.get('scale', 0))})"
    if kind.get("type") == "array":
        return f"ARRAY<{_sql_type(kind.get('items'), depth + 1)}>"
    if kind.get("type") == "map":
        return f"MAP<STRING, {_sql_type(kind.get('values'), depth + 1)}>"
    if kind.get("type") == "record":
        return "STRUCT<" + ", ".join(f"`{f['name']}`: {_sql_type(f.get('type'), depth + 1)}" for f in kind.get("fields", [])) + ">"
    return _sql_type(kind.get("type"), depth + 1)


def schema_text(step: Step, service: Any) -> Optional[str]:
    """The text of the schema that a service takes by text or by name; None where it takes it from the data."""
    strategy = service.get("schema-access-strategy") or ""
    if strategy in ("schema-text-property", "schema-name"):
        text = service.get("schema-text") if strategy == "schema-text-property" else service.get("schema-name")
        if not text or not step.is_literal(text):
            raise Refused(f"{service.name}: the schema differs from flow file to flow file")
        if strategy == "schema-text-property":
            return text
        registry = service.service("schema-registry")
        found = registry.dynamic.get(text) if registry is not None and registry.short_type == "AvroSchemaRegistry" else None
        if not found:
            raise Refused(f"{service.name}: the schema {text} is in a registry outside of the flow")
        return found
    if strategy in ("", "csv-header-derived", "infer-schema", "embedded-avro-schema", "inherit-record-schema"):
        return None
    raise Refused(f"{service.name} takes its schema by {strategy}")


def named_schemas(step: Step, service: Any) -> Optional[NamedSchemas]:
    """Where flow files name their schema and their attributes are at hand; None where the flow says which one it is."""
    name = service.get("schema-name") or ""
    if not step.per_file or service.get("schema-access-strategy") != "schema-name" or step.is_literal(name):
        return None
    registry = service.service("schema-registry")
    if registry is None or registry.short_type != "AvroSchemaRegistry":
        raise Refused(f"the schemas of {service.name} are in a registry outside of the flow")
    schemas = {}
    for key, text in sorted(registry.dynamic.items()):
        types, required = avro_columns(text or "")
        schemas[key] = {column: f"{kind} NOT NULL" if column in required else kind for column, kind in types.items()}
    return NamedSchemas(identifier(registry.name, "schemas"), step.python_of_file(name), schemas)


def _plain(step: Step, service: Any, name: str, default: str) -> str:
    text = service.get(name)
    if text is None:
        return default
    if not step.is_literal(text):
        raise Refused(f"{service.name}: {name} is an expression")
    return text.replace("\\t", "\t").replace("\\n", "\n").replace("\\r", "\r") if text != "\\" else text


def _csv(step: Step, service: Any) -> Dict[str, Any]:
    presets = {"rfc-4180": (",", '"', '"'), "excel": (",", '"', '"'), "tdf": ("\t", '"', '"')}
    kind = service.get("CSV Format") or "custom"
    if kind == "custom":
        separator, quote, escape = (_plain(step, service, n, d) for n, d in (("Value Separator", ","), ("Quote Character", '"'), ("Escape Character", "\\")))
        escape = '"' if escape == "\\" else escape
    elif kind in presets:
        separator, quote, escape = presets[kind]
    else:
        raise Refused(f"CSV format {kind}")
    options: Dict[str, Any] = {"sep": separator, "quote": quote, "escape": escape}
    charset = service.get("csvutils-character-set") or "UTF-8"
    if charset.upper() != "UTF-8":
        options["encoding"] = charset
    comment = service.get("Comment Marker")
    if comment:
        options["comment"] = comment
    if service.get("Null String"):
        options["nullValue"] = service.get("Null String")
    return options


def reader_format(step: Step, service: Any) -> Format:
    """The format of a record reader service. Refused where Spark's reader would give other records."""
    kind = service.short_type if service is not None else ""
    if kind == "CSVReader":
        return _csv_format(step, service)
    dates = [n for n in ("Date Format", "Time Format", "Timestamp Format") if service is not None and service.get(n)]
    if kind == "JsonTreeReader":
        if service.get("starting-field-strategy") == "NESTED_FIELD" or (service.get("schema-application-strategy") or "SELECTED_PART") != "SELECTED_PART":
            raise Refused("the JSON reader starts at a nested field")
        text = schema_text(step, service)
        types, required = avro_columns(text) if text else ({}, [])
        if dates and any(t in ("DATE", "TIMESTAMP") for t in types.values()):
            raise Refused("dates in JSON have a format of their own")
        note = [SCHEMA_ONLY] if text else ["The schema is inferred from the files of a run, in NiFi from each file: give `.schema(...)` where it must not change."]
        return Format("json", {"encoding": "UTF-8"}, types, required, notes=note)
    if kind == "AvroReader":
        if (service.get("schema-access-strategy") or "embedded-avro-schema") != "embedded-avro-schema":
            raise Refused("Avro without its schema in the file")
        return Format("avro")
    if kind == "ParquetReader":
        return Format("parquet")
    raise Refused(f"the record reader {service.name if service is not None else ''} is a {kind or 'service outside of the flow'}")


SCHEMA_ONLY = "Fields that the schema does not have are left out; NiFi's JSON writer passes them on with a record that nothing has changed."
SAME_HEADER = "A file whose header differs from the schema's names fails the run (`enforceSchema`): its columns would be mistaken for others."


def _csv_format(step: Step, service: Any) -> Format:
    options = {**_csv(step, service), "multiLine": True}
    dates = any(service.get(n) for n in ("Date Format", "Time Format", "Timestamp Format"))
    notes = []
    if options["escape"] == '"' and (service.get("Escape Character") or "\\") == "\\" and (service.get("CSV Format") or "custom") == "custom":
        notes.append('Quotes inside of quotes are read as `""`; files that write `\\"` need `escape` set to a backslash (NiFi reads both).')
    strategy = service.get("schema-access-strategy") or ""
    named = named_schemas(step, service)
    text = None if named is not None else schema_text(step, service)
    trim = (service.get("Trim Fields") or "true").lower() != "false"
    if trim:
        options.update({"ignoreLeadingWhiteSpace": True, "ignoreTrailingWhiteSpace": True})
    if text is None and named is None:
        if strategy == "infer-schema":
            notes.append("Types are inferred from the files of a run, in NiFi from each file: give `.schema(...)` where they must not change.")
            return Format("csv", {"header": True, "inferSchema": True, **options}, notes=notes)
        return Format("csv", {"header": True, "enforceSchema": False, **options}, notes=notes + [SAME_HEADER, "Names come from the header line, every value is text, as in NiFi."])
    types, required = avro_columns(text) if text is not None else ({}, [])
    kinds = [t for schema in ([types] if named is None else named.schemas.values()) for t in schema.values()]
    nested = [t for t in kinds if t.startswith(("ARRAY", "MAP", "STRUCT", "BINARY"))]
    if nested or dates and any(t.startswith(("DATE", "TIMESTAMP")) for t in kinds):
        raise Refused("the CSV schema has nested fields, or dates in a format of their own")
    if (service.get("Skip Header Line") or "").lower() == "true":
        by_name = (service.get("ignore-csv-header") or "").lower() != "true"
        if by_name:
            return Format("csv", {"header": True, "enforceSchema": False, **options}, types, required, True, True, notes + [SAME_HEADER], named)
        return Format("csv", {"header": True, "enforceSchema": True, **options}, types, required, True, notes=notes, named=named)
    return Format("csv", {"header": False, **options}, types, required, True, notes=notes, named=named)


def writer_format(step: Step, service: Any) -> Format:
    """The format of a record writer service, for files that Spark writes."""
    kind = service.short_type if service is not None else ""
    if kind == "JsonRecordSetWriter":
        options: Dict[str, Any] = {}
        if (service.get("suppress-nulls") or "never-suppress") == "never-suppress":
            options["ignoreNullFields"] = False
        compression = service.get("compression-format") or "none"
        if compression not in ("none", "gzip", "bzip2"):
            raise Refused(f"JSON compressed by {compression}")
        if compression != "none":
            options["compression"] = compression
        note = [] if service.get("output-grouping") == "output-oneline" else ["One JSON object a line; NiFi wrote one array a file."]
        return Format("json", options, notes=note)
    if kind == "CSVRecordSetWriter":
        options = {**_csv(step, service), "header": (service.get("Include Header Line") or "true").lower() != "false"}
        options.pop("comment", None)
        if service.get("Quote Mode") == "ALL":
            options["quoteAll"] = True
        return Format("csv", options)
    if kind == "AvroRecordSetWriter":
        return Format("avro", {} if (service.get("compression-format") or "NONE") == "NONE" else {"compression": str(service.get("compression-format")).lower()})
    if kind == "ParquetRecordSetWriter":
        return Format("parquet")
    raise Refused(f"the record writer is a {kind or 'service outside of the flow'}")
