"""Record readers as functions of a flow file, for handlers outside of the record families."""

from __future__ import annotations

from .code import Code, lit
from .step import Refused, Step


def reader_function(step: Step, property_name: str) -> Code:
    """`rt.Late(lambda flow_file: [records as dictionaries])` of the reader service that a property names."""
    service = step.service(property_name)
    kind = service.short_type if service else ""
    if kind in ("JsonTreeReader", "JsonPathReader"):
        return Code("rt.Late(readers.json_records)")
    if kind == "CSVReader":
        options = {}
        separator = service.get("Value Separator") or ","
        if separator != ",":
            options["separator"] = separator.replace("\\t", "\t")
        if (service.get("Skip Header Line") or "false") == "false" and (service.get("schema-access-strategy") or "") not in ("csv-header-derived", "infer-schema"):
            raise Refused("the CSV reader's schema is in a registry: no header names the columns")
        arguments = "".join(f", {k}={lit(v)}" for k, v in options.items())
        return Code(f"rt.Late(lambda flow_file: readers.csv_records(flow_file{arguments}))")
    if kind in ("AvroReader", ""):
        return Code("rt.Late(readers.avro_records)")
    raise Refused(f"reader {kind}")
