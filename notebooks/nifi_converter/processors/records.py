"""Record processors on flow files: a reader, a rule, a writer. The rules are in runtime/record_changes.py and record_sets.py."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Tuple

from ..runtime import java_hash, record_path, sql_query
from ..runtime.el_errors import ELError
from . import ASSISTED, DRIVER, Cell, Gap, Refused, handles
from .attributes import table
from .code import Code, call, lit, text_block
from .json_documents import jolt_options
from .record_services import notes, reader, schema_options, writer
from .step import Step


def _services(step: Step, reader_name: str = "record-reader", writer_name: str = "record-writer") -> Dict[str, Any]:
    return {"reader": reader(step, reader_name), "writer": writer(step, writer_name)}


def _path(text: str) -> str:
    try:
        record_path.parse(text)
    except ELError as error:
        raise Refused(f"{error}; NiFi calls it invalid")
    return text


def _paths(step: Step) -> Dict[str, Any]:
    """The user-added properties as name → record path (which may be an expression)."""
    return {name: _path(text) if step.is_literal(text) else step.python(text) for name, text in step.dynamic}


@handles("ConvertRecord")
def convert_record(step: Step) -> Cell:
    """The record framework's readers, coercions and writers, exact to the byte on the golden vectors."""
    options = _services(step)
    if not step.flag("include-zero-record-flowfiles", True):
        options["include_empty"] = False
    return step.transform("records.convert", how="records read and written anew, flow file by flow file",
                          notes=notes(step, "record-reader", "record-writer"), **options)


@handles("UpdateRecord")
def update_record(step: Step) -> Cell:
    """Record paths act one after the other, in the order in which NiFi's hash map holds them, and see each other.

    A path with a function that NiFi does not know is refused; in NiFi each flow file fails.
    """
    options = _services(step)
    given = dict(step.dynamic)
    if not given:
        raise Refused("it has no record path; NiFi calls it invalid")
    builtin = 3 if step.resolved.is_set("replacement-value-strategy") else 2
    order = java_hash.property_order(given, builtin)
    for path in order:
        _path(path)
        if not path.startswith("/"):
            raise Refused(f"{path!r} is no record path; NiFi calls it invalid")
    if step.get("replacement-value-strategy", "literal-value") == "record-path-value":
        options["paths"] = {p: _path(given[p]) if step.is_literal(given[p]) else step.python(given[p]) for p in order}
    else:
        options["values"] = Code(f"rt.Late({lit({p: step.python(given[p]) for p in order})})")
    return step.transform("record_changes.update", how="fields set by record paths",
                          notes=notes(step, "record-reader", "record-writer") + table([(p, given[p]) for p in order], ("Record path", "Value")), **options)


@handles("RemoveRecordField")
def remove_record_field(step: Step) -> Cell:
    return step.transform("record_changes.remove", how="fields removed by record paths", paths=[p for p in _paths(step).values()], **_services(step))


@handles("ForkRecord", fan_out=True)
def fork_record(step: Step) -> Cell:
    options = {**_services(step), "paths": list(_paths(step).values())}
    if step.get("fork-mode", "split") == "extract":
        options["extract"] = True
        if step.flag("include-parent-fields"):
            options["parents"] = True
    return step.transform("record_changes.fork", how="a record for each element", **options)


@handles("LookupRecord", deterministic=False)
def lookup_record(step: Step) -> Cell:
    """Lookup tables that the flow holds are dictionaries; others are a gap with the lookup's contract."""
    options = {**_services(step)}
    service = step.service("lookup-service")
    gaps: List[Gap] = []
    if service is None:
        raise Refused("the lookup service is not part of the flow")
    if service.short_type == "SimpleKeyValueLookupService":
        options["table"] = {name: value for name, value in service.dynamic.items() if value is not None}
    else:
        gap = step.gap("lookup", ("keys",), f"{service.short_type} {service.name}: gives the value (a text, or a dictionary for a record) of "
                       f"`keys`, a dictionary of {', '.join(n for n, _ in step.dynamic) or 'the key'}; None where there is none.")
        gaps.append(gap)
        options["table"] = Code(f"rt.Late(gaps.{gap.function})")
    options["coordinates"] = _paths(step)
    if step.get("record-update-strategy", "use-property") == "replace-existing-values":
        options["replace"] = True
    elif step.get("result-record-path"):
        options["result"] = step.option("result-record-path")
    if step.get("routing-strategy", "route-to-success") == "route-to-matched-unmatched":
        options["split"] = True
    cell = step.transform("record_changes.lookup", how="looked up record by record", notes=notes(step, "record-reader", "record-writer", "lookup-service"), **options)
    if gaps:
        cell.level, cell.gaps, cell.how = ASSISTED, gaps, f"the lookup service is a {service.short_type}"
    return cell


@handles("JoltTransformRecord")
def jolt_transform_record(step: Step) -> Cell:
    options = {**_services(step, "jolt-record-record-reader", "jolt-record-record-writer"),
               **jolt_options(step, "jolt-record-transform", "jolt-record-spec")}
    return step.transform("record_changes.jolt_records", how="the Jolt specification as it is, record by record", **options)


@handles("ValidateRecord")
def validate_record(step: Step) -> Cell:
    options = _services(step)
    strategy = step.get("schema-access-strategy", "reader-schema")
    if strategy not in ("reader-schema", "use-reader-schema"):
        options["schema"] = call("records.SchemaAccess", **schema_options(step, step, "", registry="schema-registry"))
    for name, key, default in (("allow-extra-fields", "extra", True), ("strict-type-checking", "strict", True), ("coerce-types", "coerce", False)):
        if step.flag(name, default) != default:
            options[key] = not default
    if step.get("validation-details-attribute-name"):
        options["details"] = step.option("validation-details-attribute-name")
        if step.get("maximum-validation-details-length", "1024") != "1024":
            options["details_length"] = step.number("maximum-validation-details-length", 1024)
    if step.get("invalid-record-writer"):
        options["invalid_writer"] = writer(step, "invalid-record-writer")
    return step.transform("record_changes.validate", how="records checked against the schema", **options)


@handles("SplitRecord", fan_out=True, deterministic=False)
def split_record(step: Step) -> Cell:
    return step.transform("record_sets.split", how="flow files of a number of records", size=_number(step, "Records Per Split"), **_services(step, "Record Reader", "Record Writer"))


def _number(step: Step, name: str) -> Any:
    """A number of records; 0 (all of them) for a parameter that has no value."""
    text = step.written(name) or "1"
    return step.number(name) if step.is_literal(text) else Code(f"lambda attributes: int({step.python_source(text)} or 0)")


@handles("PartitionRecord", fan_out=True, deterministic=False)
def partition_record(step: Step) -> Cell:
    """A flow file for each combination of values. Their order, and so `fragment.index`, is that of first appearance; in NiFi it is a hash order."""
    return step.transform("record_sets.partition", how="a flow file for each combination of values", paths=_paths(step),
                          notes=table(step.dynamic, ("Attribute", "Record path")), **_services(step))


@handles("DeduplicateRecord")
def deduplicate_record(step: Step) -> Cell:
    if step.get("deduplication-strategy", "single") != "single":
        raise Refused("duplicates over several flow files are in a distributed map cache")
    options = _services(step)
    paths = list(_paths(step).values())
    if paths:
        options["paths"] = paths
    if not step.flag("include-zero-record-flowfiles", True):
        options["include_empty"] = False
    return step.transform("record_sets.deduplicate", how="records seen before within one flow file go to `duplicate`", **options)


@handles("SampleRecord", deterministic=False)
def sample_record(step: Step) -> Cell:
    options: Dict[str, Any] = {**_services(step), "strategy": step.get("sample-record-sampling-strategy", "reservoir")}
    for name, key in (("sample-record-interval", "interval"), ("sample-record-range", "ranges"), ("sample-record-probability", "probability"),
                      ("sample-record-reservoir", "size"), ("sample-record-random-seed", "seed")):
        if step.resolved.is_set(name):
            options[key] = step.option(name)
    return step.transform("record_sets.sample", how="a sample of the records", **options)


@handles("CalculateRecordStats")
def calculate_record_stats(step: Step) -> Cell:
    return step.transform("record_sets.statistics", how="counts of values as attributes", reader=reader(step, "record-stats-reader"),
                          paths=_paths(step), limit=_number(step, "record-stats-limit"))


@handles("ExtractRecordSchema")
def extract_record_schema(step: Step) -> Cell:
    return step.transform("record_sets.extract_schema", how="the reader's schema as an attribute", reader=reader(step, "record-reader"))


@handles("MergeRecord", deterministic=False)
def merge_record(step: Step) -> Cell:
    """Bins over what one run holds. Different schemas go into different bins; a bin that is too small waits for the next run."""
    options = _services(step)
    if step.get("merge-strategy", "Bin-Packing Algorithm") == "Defragment":
        options["defragment"] = True
    else:
        options["least"] = step.number("min-records", 1)
        options["most"] = step.number("max-records", 1000)
        if step.size("min-bin-size", 0):
            options["least_bytes"] = step.size("min-bin-size")
        if step.get("max-bin-size"):
            options["most_bytes"] = step.size("max-bin-size")
        if step.get("correlation-attribute-name"):
            options["correlation"] = step.get("correlation-attribute-name")
    if step.get("max-bin-age"):
        options["age"] = True
    if step.get("Attribute Strategy", "Keep Only Common Attributes") == "Keep All Unique Attributes":
        options["unique"] = True
    return step.transform_all("record_sets.merge", how="records of a run's flow files merged by schema", **options)


@handles("ForkEnrichment", deterministic=False)
def fork_enrichment(step: Step) -> Cell:
    return step.transform("record_sets.fork_enrichment", how="a copy for the enrichment, both with one group id")


@handles("JoinEnrichment", deterministic=False)
def join_enrichment(step: Step) -> Cell:
    strategy = step.get("Join Strategy", "Wrapper")
    key = Code("lambda attributes: attributes.get('enrichment.group.id', '')") if step.carrier == DRIVER else Code('F.col("attributes")["enrichment.group.id"]')
    options: Dict[str, Any] = {"key": key, "original_reader": reader(step, "Original Record Reader"), "enrichment_reader": reader(step, "Enrichment Record Reader"),
                               "writer": writer(step, "Record Writer")}
    if strategy == "SQL":
        text = step.get("SQL", "SELECT original.*, enrichment.* FROM original LEFT OUTER JOIN enrichment ON original.id = enrichment.id")
        if not step.is_literal(text):
            raise Refused("the SQL is an expression")
        sql = step.parse(text).literal_text
        _checked(sql, ("ORIGINAL", "ENRICHMENT"))
        return step.transform_all("record_sets.join", how="records joined by SQL", **options, sql=text_block(sql))
    if strategy != "Wrapper":
        options["strategy"] = strategy
        options["path"] = step.get("Insertion Record Path", "/")
    return step.transform_all("record_sets.join", how="records joined by their position", **options)


@handles("QueryRecord")
def query_record(step: Step) -> Cell:
    """SQL over each flow file's records, by Calcite's rules (`runtime/sql_query.py`): no frames, no set operations but UNION."""
    options = _services(step)
    queries: Dict[str, Any] = {}
    for name, text in step.dynamic:
        _checked(_EXPRESSION.sub("1", step.resolved.dynamic[name] or ""))
        if step.is_literal(text):
            queries[name] = text_block(step.parse(text).literal_text)
        else:
            queries[name] = step.python(text)
    if not queries:
        raise Refused("it has no query; NiFi calls it invalid")
    options["queries"] = queries
    if not step.flag("include-zero-record-flowfiles", True):
        options["include_empty"] = False
    return step.transform("sql_query.query_record", how="SQL over each flow file's records", notes=notes(step, "record-reader", "record-writer"), **options)


_EXPRESSION = re.compile(r"\$\{[^{}]*\}")


def _checked(sql: str, tables: Tuple[str, ...] = ("FLOWFILE",)) -> None:
    """Refused for SQL that is not translated; what is an expression altogether is only known when it runs."""
    if sql.strip() == "1":
        return
    try:
        sql_query.check(sql, tables)
    except sql_query.SqlError as error:
        raise Refused(str(error))
