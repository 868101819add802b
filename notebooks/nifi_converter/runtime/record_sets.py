"""Processors that part, count, compare or join whole record sets: SplitRecord, PartitionRecord, DeduplicateRecord,
SampleRecord, CalculateRecordStats, ExtractRecordSchema, MergeRecord, JoinEnrichment."""

from __future__ import annotations

import random
import uuid
from typing import Any, Dict, List, Optional, Tuple

from . import records, sql_query
from .record_changes import UNKNOWN, parsed, put
from .record_schema import Schema, avro_text, record_of
from .record_values import Record, text, type_of
from .records import FAULTS


def split(flow_file, reader, writer, size):
    """SplitRecord: flow files of at most `size` records, 0: of all."""
    try:
        found = records.read(reader, flow_file)
        target = writer.schema_for(flow_file.attributes, found.schema)
        size = size or max(1, len(found.records))
        pieces = [found.records[i : i + size] for i in range(0, len(found.records), size)]
        written = [records.write(writer, flow_file, piece, target) for piece in pieces]
    except FAULTS as error:
        return [("failure", flow_file.failed(error))]
    together = {"fragment.identifier": str(uuid.uuid4()), "fragment.count": str(len(written))}
    name = flow_file.attributes.get("filename", "")
    parts = [("splits", part.with_attributes(together, **{"fragment.index": i, "segment.original.filename": name})) for i, part in enumerate(written)]
    return parts + [("original", flow_file.with_attributes(together))]


def partition(flow_file, reader, writer, paths):
    """PartitionRecord: a flow file for each combination of the paths' values; a single scalar becomes an attribute."""
    try:
        found = records.read(reader, flow_file)
        groups: Dict[Any, Tuple[Dict[str, str], List[Record]]] = {}
        for record in found.records:
            values = {name: [v for v in parsed(path).values(record) if v is not None] for name, path in paths.items()}
            key = repr([(name, _comparable(v)) for name, v in values.items()])
            if key not in groups:
                groups[key] = ({name: text(v[0]) or "" for name, v in values.items() if len(v) == 1 and not isinstance(v[0], (dict, list))}, [])
            groups[key][1].append(record)
        target = writer.schema_for(flow_file.attributes, found.schema)
        written = [records.write(writer, flow_file, some, target).with_attributes(values) for values, some in groups.values()]
    except FAULTS as error:
        return [("failure", flow_file.failed(error))]
    together = {"fragment.identifier": str(uuid.uuid4()), "fragment.count": str(len(written)),
                "segment.original.filename": flow_file.attributes.get("filename", "")}
    return [("success", part.with_attributes(together, **{"fragment.index": i})) for i, part in enumerate(written)] + [("original", flow_file)]


def _comparable(value: Any) -> Any:
    if isinstance(value, dict):
        return sorted((k, _comparable(v)) for k, v in value.items())
    return [_comparable(v) for v in value] if isinstance(value, list) else (type(value).__name__, text(value))


def deduplicate(flow_file, reader, writer, paths=None, include_empty=True):
    """DeduplicateRecord within one flow file: by the whole record, or by the values of `paths`."""
    try:
        found = records.read(reader, flow_file)
        seen, routed = set(), {"non-duplicate": [], "duplicate": []}
        for record in found.records:
            if paths:
                values = [v for path in paths for v in parsed(path).values(record)]
            else:
                values = [record.get(f.name) for f in found.schema.fields]
            key = repr([_comparable(v) for v in values])
            routed["duplicate" if key in seen else "non-duplicate"].append(record)
            seen.add(key)
        target = writer.schema_for(flow_file.attributes, found.schema)
        out = [(name, records.write(writer, flow_file, some, target)) for name, some in routed.items() if some or include_empty]
        return out + [("original", flow_file)]
    except FAULTS as error:
        return [("failure", flow_file.failed(error))]


def sample(flow_file, reader, writer, strategy="reservoir", interval=100, ranges="", probability=10, size=100, seed=None):
    """SampleRecord. `strategy`: interval, range (`1-3,7`), probabilistic (per cent), reservoir (`size` of all)."""
    try:
        found = records.read(reader, flow_file)
        dice = random.Random(int(seed)) if seed not in (None, "") else random.Random()
        rows = found.records
        if strategy == "interval":
            step = int(interval)
            kept = [r for i, r in enumerate(rows, 1) if step > 0 and i % step == 0]
        elif strategy == "range":
            kept = [r for i, r in enumerate(rows, 1) if _in_ranges(i, ranges)]
        elif strategy == "probabilistic":
            kept = [r for r in rows if dice.randrange(100) < int(probability)]
        else:
            kept = rows[: int(size)]
            for index in range(int(size), len(rows)):
                place = dice.randrange(index + 1)
                if place < int(size):
                    kept[place] = rows[index]
        target = writer.schema_for(flow_file.attributes, found.schema)
        return [("success", records.write(writer, flow_file, kept, target)), ("original", flow_file)]
    except FAULTS + (ValueError,) as error:
        return [("failure", flow_file.failed(error))]


def _in_ranges(index: int, ranges: str) -> bool:
    for part in ranges.split(","):
        low, dash, high = part.strip().partition("-")
        first = int(low) if low.strip() else 1
        last = (int(high) if high.strip() else index) if dash else first
        if part.strip() and first <= index <= last:
            return True
    return False


def statistics(flow_file, reader, paths, limit=10):
    """CalculateRecordStats: how often each value of a path occurs, the `limit` most frequent of them."""
    try:
        found = records.read(reader, flow_file)
    except FAULTS as error:
        return [("failure", flow_file.failed(error))]
    made = {"record.count": str(len(found.records))}
    for name, path in paths.items():
        counts: Dict[str, int] = {}
        total = 0
        for record in found.records:
            for value in parsed(path).values(record):
                if value is not None:
                    total += 1
                    shown = text(value) or ""
                    counts[shown] = counts.get(shown, 0) + 1
        made[f"recordStats.{name}"] = str(total)
        for shown, count in sorted(counts.items(), key=lambda pair: -pair[1])[: int(limit)]:
            made[f"recordStats.{name}.{shown}"] = str(count)
    return [("success", flow_file.with_attributes(made))]


def extract_schema(flow_file, reader):
    """ExtractRecordSchema: the reader's schema as Avro text in `avro.schema`."""
    try:
        return [("success", flow_file.with_attributes({"avro.schema": avro_text(records.read(reader, flow_file).schema)}))]
    except FAULTS as error:
        message = str(error)
        if "[Source: REDACTED" in message:
            message = "com.fasterxml.jackson.core.JsonParseException Thrown"
        return [("failure", flow_file.with_attributes({"record.error.message": message}).failed(error))]


# ---- MergeRecord -------------------------------------------------------------------------------------------


def merge(flow_files, reader, writer, defragment=False, correlation=None, least=1, most=1000, least_bytes=0, most_bytes=None, age=False, unique=False):
    """MergeRecord over the run's flow files. One bin for each schema (and value of attribute `correlation`).

    A bin is sent once it has `least` records and `least_bytes`; what does not reach it waits, unless `age` says that
    NiFi would send it by its age. `defragment`: the flow files of one fragment.identifier, all fragment.count of them.
    """
    out: List[Tuple[str, Any]] = []
    bins: Dict[Any, List[List[Any]]] = {}
    for flow_file in flow_files:
        try:
            found = records.read(reader, flow_file)
        except FAULTS as error:
            out.append(("failure", flow_file.failed(error)))
            continue
        key: Any = flow_file.attributes.get("fragment.identifier") if defragment else (
            avro_text(found.schema), flow_file.attributes.get(correlation, "") if correlation else "")
        if defragment and key is None:
            out.append(("failure", flow_file.failed("it has no fragment.identifier")))
            continue
        open_bins = bins.setdefault(key, [[]])
        last = open_bins[-1]
        records_in = sum(len(s.records) for _, s in last)
        bytes_in = sum(len(f.content) for f, _ in last)
        full = last and not defragment and (records_in >= most or (most_bytes is not None and bytes_in + len(flow_file.content) > most_bytes))
        if full:
            open_bins.append([])
        open_bins[-1].append((flow_file, found))
    for group in bins.values():
        for members in group:
            out += _merged(members, writer, defragment, least, least_bytes, age, unique)
    return out


def _merged(members, writer, defragment, least, least_bytes, age, unique):
    first = members[0][0]
    if defragment:
        count = next((f.attributes["fragment.count"] for f, _ in members if f.attributes.get("fragment.count", "").isdigit()), None)
        ready = count is not None and len(members) >= int(count)
    else:
        ready = sum(len(s.records) for _, s in members) >= least and sum(len(f.content) for f, _ in members) >= least_bytes
    if not ready and not age:
        return [("waiting", f) for f, _ in members]
    if not ready and defragment:
        return [("failure", f.failed("not all fragments came")) for f, _ in members]
    attributes = merged_attributes([f for f, _ in members], unique)
    rows = [r for _, s in members for r in s.records]
    bundle = type(first)(attributes, b"")
    try:
        written = records.write(writer, bundle, rows, writer.schema_for(attributes, members[0][1].schema))
    except FAULTS as error:
        return [("failure", f.failed(error)) for f, _ in members]
    identifier = str(uuid.uuid4())
    written = written.with_attributes({"filename": identifier, **written.attributes, "merge.count": str(len(members)), "merge.bin.age": "0"})
    return [("merged", written)] + [("original", f.with_attributes({"merge.uuid": identifier})) for f, _ in members]


def merged_attributes(flow_files: List[Any], unique: bool) -> Dict[str, str]:
    """Attributes that all have with one value; `unique`: those that no two have with different values."""
    made: Dict[str, str] = {}
    names = {n: None for f in flow_files for n in f.attributes}
    for name in names:
        values = {f.attributes[name] for f in flow_files if name in f.attributes}
        everywhere = all(name in f.attributes for f in flow_files)
        if name != "uuid" and len(values) == 1 and (unique or everywhere):
            made[name] = next(iter(values))
    return made


# ---- JoinEnrichment ----------------------------------------------------------------------------------------


def fork_enrichment(flow_file):
    """ForkEnrichment: the flow file twice, told apart by enrichment.role."""
    group = {"enrichment.group.id": str(uuid.uuid4())}
    return [("original", flow_file.with_attributes(group, **{"enrichment.role": "ORIGINAL"})),
            ("enrichment", flow_file.with_attributes(group, **{"enrichment.role": "ENRICHMENT"}))]


def join(flow_files, original_reader, enrichment_reader, writer, strategy="Wrapper", path="/", sql=""):
    """JoinEnrichment of one enrichment.group.id: `Wrapper` ({original, enrichment} by position), `Insert Enrichment
    Fields` (the enrichment's fields at `path`) or `sql` over both. A group of which one half is missing waits."""
    by_role = {f.attributes.get("enrichment.role", ""): f for f in flow_files}
    original, enrichment = by_role.get("ORIGINAL"), by_role.get("ENRICHMENT")
    if original is None or enrichment is None:
        return [("waiting", f) for f in flow_files]
    try:
        left, right = records.read(original_reader, original), records.read(enrichment_reader, enrichment)
        if sql:
            schema, rows = sql_query.run_over(sql, {"ORIGINAL": (left.schema, left.records), "ENRICHMENT": (right.schema, right.records)})
        else:
            schema, rows = _by_position(left, right, strategy, path)
        target = writer.schema_for(original.attributes, schema)
        both = type(original)({"filename": str(uuid.uuid4()), **merged_attributes([original, enrichment], False)}, b"")
        joined = records.write(writer, both, rows, target)
    except FAULTS + (sql_query.SqlError, TypeError) as error:
        return [("failure", f.failed(error)) for f in (original, enrichment)]
    return [("joined", joined), ("original", original), ("original", enrichment)]


def _by_position(left: Any, right: Any, strategy: str, path: str) -> Tuple[Schema, List[Record]]:
    rows: List[Record] = []
    for index in range(max(len(left.records), len(right.records)) if strategy == "Wrapper" else len(left.records)):
        one = left.records[index] if index < len(left.records) else None
        other = right.records[index] if index < len(right.records) else None
        rows.append(_wrapped(one, other, left.schema, right.schema) if strategy == "Wrapper" else _inserted(one, other, path))
    return (rows[0].schema if rows else None) or left.schema, rows


def _wrapped(one: Optional[Record], other: Optional[Record], left: Schema, right: Schema) -> Record:
    from .record_schema import Field

    schema = Schema((Field("original", record_of(left)), Field("enrichment", record_of(right))))
    return Record({"original": one, "enrichment": other}, schema)


def _inserted(one: Record, other: Optional[Record], path: str) -> Record:
    if other is None:
        return one
    for place in parsed(path).select(one):
        if isinstance(place.value, dict):
            for name, value in other.items():
                inner = parsed("/" if path == "/" else path)
                prefix = "" if inner.text == "/" else inner.text
                for target in parsed(f"{prefix}/'{name}'").select(one):
                    put(one, target, value, type_of(value) or UNKNOWN)
    return one
