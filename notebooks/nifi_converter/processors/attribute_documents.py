"""Attributes as documents, by word lists and lookups: AttributesToJSON and -CSV, FilterAttribute, ScanAttribute, LookupAttribute."""

from __future__ import annotations

from typing import Optional

from . import ASSISTED, DRIVER, Cell, Refused, handles
from .code import Code, assign, call, lit
from .step import Step
from .text import charset, known_regex


def _names(step: Step, text):
    return [name for name in (part.strip() for part in (text or "").split(",")) if name]


@handles("AttributesToJSON", deterministic=False)
def attributes_to_json(step: Step) -> Cell:
    """The list of names is no expression, `${…}` in it is part of a name, as in NiFi. Named attributes stand in the
    order of Java's hash set; without a list a flow file that has no uuid gets one, and the order is that of the map
    (within a UDF Spark's, as NiFi's own in no order that means anything)."""
    options = {}
    names, pattern = _names(step, step.get("Attributes List")), step.get("attributes-to-json-regex")
    if names:
        options["names"] = names
    if pattern:
        options["pattern"] = known_regex(pattern) if step.is_literal(pattern) else step.option("attributes-to-json-regex")
    options.update(_flags(step, (("Include Core Attributes", "core", True), ("Null Value", "null", False), ("Pretty Print", "pretty", False))))
    if step.get("JSON Handling Strategy", "ESCAPED") == "NESTED":
        options["nested"] = True
    if step.get("Destination", "flowfile-attribute") == "flowfile-content":
        options["to_content"] = True
    if step.carrier != DRIVER and (set(options) - {"null", "to_content"} == {"core"}):  # all that are not NiFi's own
        document = "F.to_json(attribute_documents.own_attributes())"
        if "to_content" in options:
            made = call("rt.set_attributes", Code(f'{step.input}.withColumn("content", {document}.cast("binary"))'), {"mime.type": Code('F.lit("application/json")')})
        else:
            made = call("rt.set_attributes", step.input, {"JSONAttributes": Code(document)})
        return Cell(code=assign(step.frame, call("rt.send", made, "success")), how="attributes as a JSON object, as a Spark expression", deterministic=True)
    cell = step.transform("attribute_documents.to_json", how="attributes as a JSON object", **options)
    cell.deterministic = bool(names or pattern) or "core" in options
    return cell


@handles("AttributesToCSV", deterministic=False)
def attributes_to_csv(step: Step) -> Cell:
    """Without a list or pattern all attributes in the order they came; NiFi's order there is a hash map's."""
    options = {}
    if step.get("attribute-list"):
        options["names"] = step.option("attribute-list")
    if step.get("attributes-regex"):
        pattern = step.get("attributes-regex")
        options["pattern"] = known_regex(pattern) if step.is_literal(pattern) else step.option("attributes-regex")
    options.update(_flags(step, (("include-core-attributes", "core", True), ("null-value", "null", False), ("include-schema", "schema", False))))
    if step.get("destination", "flowfile-attribute") == "flowfile-content":
        options["to_content"] = True
    cell = step.transform("attribute_documents.to_csv", how="attributes as a CSV line", **options)
    cell.deterministic = "names" in options or "pattern" in options or "core" in options
    return cell


def _flags(step: Step, flags):
    return {key: not default for name, key, default in flags if step.flag(name, default) != default}


@handles("FilterAttribute")
def filter_attribute(step: Step) -> Cell:
    by_pattern = step.get("Attribute Matching Strategy", "Enumerate attributes") != "Enumerate attributes"
    name = "Filtered Attributes Pattern" if by_pattern else "Filtered Attributes"
    text = step.get(name)
    if not text:
        raise Refused(f"{name} is not set; NiFi calls it invalid")
    if by_pattern and step.is_literal(text):
        known_regex(text)
    options = {"pattern" if by_pattern else "names": step.option(name)}
    if step.get("Filter Mode", "Retain") == "Remove":
        options["remove"] = True
    return step.transform("attribute_documents.keep", how="attributes kept or removed", **options)


@handles("ScanAttribute")
def scan_attribute(step: Step) -> Cell:
    """The word list is read from the Volume with each run."""
    path, pattern = step.get("Dictionary File"), step.get("Attribute Pattern", ".*")
    if not path:
        raise Refused("it has no dictionary file; NiFi calls it invalid")
    listed = [str(step.path(path))]
    if step.get("Dictionary Filter Pattern"):
        listed.append(str(lit(known_regex(step.get("Dictionary Filter Pattern")))))
    options = {"terms": Code(f"dictionaries.terms({', '.join(listed)})")}
    if pattern != ".*":
        options["pattern"] = known_regex(pattern)
    if step.get("Match Criteria", "At Least 1 Must Match") == "All Must Match":
        options["every"] = True
    cell = step.transform("dictionaries.scan_attributes", how="attribute values looked up in a word list", **options)
    cell.reads = f"file {step.path(path)}"
    return cell


@handles("ScanContent")
def scan_content(step: Step) -> Cell:
    """All terms in one pass over the content."""
    path = step.get("Dictionary File")
    if not path:
        raise Refused("it has no dictionary file; NiFi calls it invalid")
    binary = step.get("Dictionary Encoding", "text") == "binary"
    made = f"dictionaries.byte_terms({step.path(path)}{', binary=True' if binary else ''})"
    options = {"terms": Code(made), **({"binary": True} if binary else {})}
    cell = step.transform("dictionaries.scan_content", how="content searched for the terms of a word list", **options)
    cell.reads = f"file {step.path(path)}"
    return cell


@handles("ParseSyslog")
def parse_syslog(step: Step) -> Cell:
    return step.transform("syslog.parse", how="RFC 3164 or 5424 as attributes", **charset(step))


@handles("ParseSyslog5424")
def parse_syslog_5424(step: Step) -> Cell:
    options = {} if step.get("nil_policy", "NULL") == "NULL" else {"nil": step.get("nil_policy")}
    if not step.flag("include_policy", True):
        options["body"] = False
    return step.transform("syslog.parse_5424", how="RFC 5424 as attributes", **options, **charset(step))


def lookup_service(step: Step, service) -> Optional[Code]:
    """A lookup service with one value for a key as `something.get(key)`: a dictionary of the flow, or a file of the
    Volume. None for any other."""
    if service.short_type == "SimpleKeyValueLookupService":
        return lit({name: text or "" for name, text in service.dynamic.items()})
    if service.short_type == "SimpleCsvFileLookupService" and service.get("csv-file"):
        form, separator = service.get("CSV Format") or "default", service.get("Value Separator") or ","
        if form not in ("default", "custom", "rfc-4180", "excel", "tdf") or len(separator) > 1:
            return None
        columns = {"key": service.get("lookup-key-column"), "value": service.get("lookup-value-column")}
        if form == "tdf" or separator != ",":
            columns["separator"] = "\t" if form == "tdf" else separator
        return call("dictionaries.csv_column", step.path(service.get("csv-file")), **columns)
    if service.short_type == "PropertiesFileLookupService" and service.get("configuration-file"):
        return call("dictionaries.properties", step.path(service.get("configuration-file")))
    return None


@handles("LookupAttribute")
def lookup_attribute(step: Step) -> Cell:
    """Tables within the flow are dictionaries, CSV and properties files are read from the Volume; any other service is
    a gap with the lookup's contract."""
    service = step.service("lookup-service")
    if service is None:
        raise Refused("the lookup service is not part of the flow")
    known, gaps = lookup_service(step, service), []
    if known is None:
        gap = step.gap("lookup", ("key",), f"{service.short_type} {service.name}: gives the value of a key as text, None where there is none.")
        known, gaps = Code(f"attribute_documents.Lookup(gaps.{gap.function})"), [gap]
    options = {"keys": {name: step.python(text) for name, text in step.dynamic}, "service": known}
    if not step.flag("include-empty-values", True):
        options["include_empty"] = False
    cell = step.transform("attribute_documents.look_up", how=f"looked up in {service.name}", **options)
    if gaps:
        cell.level, cell.gaps, cell.how = ASSISTED, gaps, f"the lookup service is a {service.short_type}"
    return cell


@handles("EnforceOrder", state=True, deterministic=False)
def enforce_order(step: Step) -> Cell:
    """On the driver, one flow file after the other. Nothing times out within a run: `overtook` stays empty, and what
    waits is in `wait`, as in NiFi's queue."""
    attribute = step.get("order-attribute")
    if not attribute:
        raise Refused("it has no order attribute; NiFi calls it invalid")
    positions = f"{step.frame}_positions"
    options = {"positions": Code(positions), "attribute": attribute, "group": step.option("group-id", "${filename}")}
    if step.get("initial-order", "0") != "0":
        options["initial"] = step.option("initial-order")
    if step.get("maximum-order"):
        options["maximum"] = step.option("maximum-order")
    code = assign(step.frame, call("rt.transform_all", Code(f"rt.to_list({step.input})"), Code("sequences.enforce_order"), **options))
    return Cell(code=code, how="put in order on the driver, positions in a state table", carrier=DRIVER,
                setup=[f'{positions} = sequences.Positions(spark, f"{{tables}}__{positions}")'], commit=f"{positions}.commit()")
