"""Processors that change each record: UpdateRecord, RemoveRecordField, LookupRecord, ForkRecord, JoltTransformRecord, ValidateRecord."""

from __future__ import annotations

import copy
from typing import Any, Callable, Dict, List, Optional, Tuple

from . import java_hash, jolt, record_path, records
from .el_errors import ELError
from .flow_files import Late
from .record_path import Place
from .record_schema import STRING, Field, RecordError, Schema, Type, merge_types, record_of
from .record_values import Moment, Record, convert, schema_of, text, type_of
from .records import FAULTS

# What NiFi takes a field for that is not there.
UNKNOWN = Type("CHOICE", choices=(STRING, Type("RECORD")))


def type_at(place: Place, schema: Schema) -> Type:
    """The type of the field that a path found; of what a function made of no field, that of the value."""
    keys: List[Any] = []
    at: Optional[Place] = place
    while at is not None and at.key is not None:
        keys.append(at.key)
        at = at.parent
    if not keys and place.parent is None and not isinstance(place.value, Record):
        return type_of(place.value) or STRING
    kind: Type = record_of(schema)
    for key in reversed(keys):
        if kind.kind == "CHOICE":
            kind = next((c for c in kind.choices if c.kind == ("RECORD" if isinstance(key, str) else "ARRAY")), UNKNOWN)
        if isinstance(key, str) and kind.kind == "RECORD" and kind.schema is not None:
            found = kind.schema.get(key)
            kind = found.type if found is not None else UNKNOWN
        elif kind.kind in ("ARRAY", "MAP"):
            kind = kind.element or STRING
        else:
            return UNKNOWN
    return kind


def put(record: Record, place: Place, value: Any, kind: Type) -> None:
    """Writes a value where a path points to, and tells the record's schema its type."""
    if not place.put(value):
        return
    keys: List[Any] = []
    at: Optional[Place] = place
    while at is not None and at.key is not None:
        if at.container is not None and (at is place or isinstance(at.value, (dict, list))):
            keys.append(at.key)
        at = at.parent
    keys.reverse()
    record.schema = _with_type(record.schema, keys, kind)
    _forget(record, keys)


def _forget(record: Record, keys: List[Any]) -> None:
    """Nothing on the way to a changed field is as it was read."""
    at: Any = record
    for key in [None, *keys[:-1]]:
        at = at if key is None else at[key]
        if isinstance(at, Record):
            at.raw = None


def _with_type(schema: Schema, keys: List[Any], kind: Type) -> Schema:
    if not keys or not isinstance(keys[0], str):
        return schema
    known = schema.get(keys[0])
    if len(keys) == 1:
        made = kind if known is None else _either(known.type, kind)
    elif known is None:
        return schema
    else:
        made = _inner(known.type, keys[1:], kind)
    if known is not None and made == known.type:
        return schema
    field = Field(keys[0], made, known.nullable if known else True, known.default if known else None, known.aliases if known else ())
    fields = tuple(field if f.name == field.name else f for f in schema.fields) if known is not None else schema.fields + (field,)
    return Schema(fields, schema.name, schema.namespace)


def _either(known: Type, kind: Type) -> Type:
    if known == kind or (kind.kind == "CHOICE" and known in kind.choices):
        return known
    if known.kind == "CHOICE" and kind in known.choices:
        return known
    return merge_types(known, kind)


def _inner(known: Type, keys: List[Any], kind: Type) -> Type:
    if known.kind == "RECORD" and known.schema is not None and isinstance(keys[0], str):
        return record_of(_with_type(known.schema, keys, kind))
    if known.kind == "ARRAY" and isinstance(keys[0], int):
        element = known.element or STRING
        made = _either(element, kind) if len(keys) == 1 else _inner(element, keys[1:], kind)
        return Type("ARRAY", element=made)
    return known


def parsed(path: str) -> record_path.RecordPath:
    try:
        return record_path.parse(path)
    except ELError as error:
        raise RecordError("org.apache.nifi.record.path.exception.RecordPathException Thrown") from error


# ---- UpdateRecord ------------------------------------------------------------------------------------------


def update(flow_file, reader, writer, values=None, paths=None):
    """UpdateRecord. `values`: path → text or function of the attributes and field.name, field.value, field.type;
    `paths`: path → record path whose value is taken. They act one after the other and see each other's results."""

    given = (values.function if isinstance(values, Late) else values) or {}

    def change(record: Record, schema: Schema) -> Record:
        for path, value in given.items():
            for place in parsed(path).select(record):
                if path.endswith("*") and place.value is None:
                    continue
                if callable(value):
                    seen = {"field.name": place.name, "field.type": type_at(place, record.schema).kind}
                    shown = text(place.value)
                    if shown is not None:
                        seen["field.value"] = shown
                    attributes = {k: v for k, v in flow_file.attributes.items() if k != "field.value"} if shown is None else flow_file.attributes
                    made = value({**attributes, **seen})
                else:
                    made = value
                put(record, place, made, STRING)
        for path, source in (paths or {}).items():
            record = _from_path(record, path, source)
        return record

    return records.process(flow_file, reader, writer, change)


def _from_path(record: Record, path: str, source: str) -> Record:
    replacement = parsed(source)
    relative = source.lstrip().startswith(".")
    targets = parsed(path).select(record)
    if not relative:
        value, kind = _found(replacement.select(record), record.schema)
    for place in targets:
        if relative:
            value, kind = _found(replacement.selector(Place(record), place), record.schema)
        if place.container is None and place.parent is None and place.key is None:
            return _as_root(record, value)
        put(record, place, copy.copy(value) if isinstance(value, (list, dict)) else value, kind)
    return record


def _as_root(record: Record, value: Any) -> Record:
    return value if isinstance(value, Record) else record


def _found(places: List[Place], schema: Schema) -> Tuple[Any, Type]:
    if not places:
        return None, UNKNOWN
    if len(places) > 1:
        values = [p.value for p in places]
        return values, type_of(values) or STRING
    return places[0].value, type_at(places[0], schema)


# ---- RemoveRecordField -------------------------------------------------------------------------------------


def remove(flow_file, reader, writer, paths):
    """RemoveRecordField. A field that is removed within a record read from JSON is still in that record's text, as in NiFi."""

    def change(record: Record, schema: Schema) -> Record:
        for path in paths:
            for place in reversed(parsed(path).select(record)):
                if place.container is None or (isinstance(place.container, dict) and place.key not in place.container):
                    continue
                if place.container is record:
                    del record[place.key]
                    record.schema = Schema(tuple(f for f in record.schema.fields if f.name != place.key), record.schema.name, record.schema.namespace)
                elif isinstance(place.container, Record):
                    dict.__delitem__(place.container, place.key)
                else:
                    del place.container[place.key]
                    record.raw = None
        return record

    return records.process(flow_file, reader, writer, change)


# ---- LookupRecord ------------------------------------------------------------------------------------------


def lookup(flow_file, reader, writer, table, coordinates, result=None, replace=False, split=False):
    """LookupRecord. `table`: key → value, or a function of the coordinates (name → value) that gives a value or None;
    `result`: the path that is written, `replace`: the keys themselves are; `split`: to matched and unmatched."""
    find = table if callable(table) else lambda keys: table.get(text(next(iter(keys.values()))))
    try:
        found = records.read(reader, flow_file)
        routed: Dict[str, List[Record]] = {"matched": [], "unmatched": []} if split else {"success": []}
        schemas: Dict[str, Schema] = {}
        for record in found.records:
            hit = _replaced(record, find, coordinates) if replace else _looked_up(record, find, coordinates, result)
            name = ("matched" if hit else "unmatched") if split else "success"
            routed[name].append(record)
            known = schemas.get(name)
            if hit or known is None:
                schemas[name] = record.schema if known is None or len(record.schema.fields) > len(known.fields) else known
        out = []
        for name, some in routed.items():
            if some or not split:
                target = writer.schema_for(flow_file.attributes, schemas.get(name, found.schema))
                out.append((name, records.write(writer, flow_file, some, target)))
        return out
    except FAULTS as error:
        return [("failure", flow_file.failed(error))]


def _looked_up(record: Record, find: Callable, coordinates: Dict[str, str], result: Optional[str]) -> bool:
    keys = {}
    for name, path in coordinates.items():
        values = [v for v in parsed(path).values(record) if v is not None]
        if not values:
            return False
        keys[name] = values[0]
    value = find(keys)
    if value is None:
        return False
    if result:
        for place in parsed(result).select(record):
            put(record, place, copy.copy(value), type_of(value) or STRING)
    return True


def _replaced(record: Record, find: Callable, coordinates: Dict[str, str]) -> bool:
    hit = False
    for name, path in coordinates.items():
        for place in parsed(path).select(record):
            value = find({name: place.value}) if place.value is not None else None
            if value is not None:
                hit = True
                put(record, place, value, type_of(value) or STRING)
    return hit


# ---- ForkRecord --------------------------------------------------------------------------------------------


def fork(flow_file, reader, writer, paths, extract=False, parents=False):
    """ForkRecord: a record for each element of the arrays. Split: the record around the one element; extract: the
    element itself, with `parents` the fields above it as well. Written with the reader's schema unless the writer has one."""
    try:
        found = records.read(reader, flow_file)
        made: List[Record] = []
        for record in found.records:
            for path in paths:
                for place in parsed(path).select(record):
                    if not isinstance(place.value, list):
                        continue
                    for element in place.value:
                        if not isinstance(element, dict):
                            continue
                        if extract:
                            made.append(_extracted(element, place, parents))
                        else:
                            whole = copy.deepcopy(record)
                            for other in parsed(path).select(whole):
                                if other.key == place.key:
                                    other.put([element])
                            whole.raw = None
                            made.append(whole)
        target = writer.schema_for(flow_file.attributes, found.schema)
        return [("fork", records.write(writer, flow_file, made, target)), ("original", flow_file)]
    except FAULTS as error:
        return [("failure", flow_file.failed(error))]


def _extracted(element: Dict[str, Any], place: Place, parents: bool) -> Record:
    made = Record(element, schema_of(element))
    above = place.parent
    while parents and above is not None:
        if isinstance(above.value, dict):
            for name, value in above.value.items():
                if name not in made:
                    dict.__setitem__(made, name, value)
        above = above.parent
    return made


# ---- JoltTransformRecord -----------------------------------------------------------------------------------


def plain(value: Any) -> Any:
    """A value as plain JSON: what a schema knows but the record has not is null."""
    if isinstance(value, Record):
        names = value.schema.names() if value.schema is not None else list(value)
        return {n: plain(value.get(n)) for n in names}
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [plain(v) for v in value]
    return value.milliseconds if isinstance(value, Moment) else value


def record_of_plain(value: Dict[str, Any], schema: Optional[Schema] = None) -> Record:
    """Plain JSON as a record: types by its values, or those of `schema`, which raises RecordError where they do not fit."""
    made = {k: _recorded(v) for k, v in value.items()}
    if schema is None:
        return Record(made, schema_of(made))
    return Record({k: convert(v, schema.get(k).type, name=k) if schema.get(k) is not None else v for k, v in made.items()}, schema)


def _recorded(value: Any) -> Any:
    if isinstance(value, dict):
        return record_of_plain(value)
    return [_recorded(v) for v in value] if isinstance(value, list) else value


def jolt_records(flow_file, reader, writer, operation, spec=None):
    """JoltTransformRecord. The first record's result says the schema; a later one that does not fit fails the flow file."""
    try:
        compiled = jolt.parse_spec(operation, spec)
        found = records.read(reader, flow_file)
        made: List[Record] = []
        for record in found.records:
            result = jolt.transform(operation, copy.deepcopy(compiled), plain(record))
            for one in result if isinstance(result, list) else [result]:
                if not isinstance(one, dict):
                    raise RecordError("the transform made no object")
                made.append(record_of_plain(one, made[0].schema if made else None))
        target = writer.schema_for(flow_file.attributes, made[0].schema if made else found.schema)
        return [("success", records.write(writer, flow_file, made, target)), ("original", flow_file)]
    except FAULTS + (jolt.JoltError, RecursionError) as error:
        return [("failure", flow_file.failed(error))]


# ---- ValidateRecord ----------------------------------------------------------------------------------------


def validate(flow_file, reader, writer, schema=None, extra=True, strict=True, coerce=False, details=None, details_length=1024, invalid_writer=None):
    """ValidateRecord. `schema`: a function of the attributes that gives the schema, None: the reader's. Records are
    written with the fields that they have."""
    try:
        found = reader.read(flow_file, coerce) if isinstance(reader, (records.JsonTreeReader, records.CSVReader)) else records.read(reader, flow_file)
        wanted = schema.of(flow_file.attributes) if schema is not None else found.schema
        routed: Dict[str, List[Record]] = {"valid": [], "invalid": []}
        problems: Tuple[List[str], List[str], List[str]] = ([], [], [])
        for record in found.records:
            faults = _faults(record, wanted, "", extra, strict)
            for known, new in zip(problems, faults):
                known.extend(new)
            routed["invalid" if any(faults) else "valid"].append(record)
        out = []
        for name, some in routed.items():
            if not some:
                continue
            own = invalid_writer if name == "invalid" and invalid_writer is not None else writer
            target = None if isinstance(own, records.JsonRecordSetWriter) else found.schema
            written = records.write(own, flow_file, some, target)
            if name == "invalid" and details:
                written = written.with_attributes({details: _reasons(problems)[:details_length]})
            out.append((name, written))
        return out
    except FAULTS as error:
        return [("failure", flow_file.failed(error))]


def _faults(record: Dict[str, Any], schema: Schema, path: str, extra: bool, strict: bool) -> Tuple[List[str], List[str], List[str]]:
    """(not in the schema, missing, of another type), as paths."""
    unknown = [f"{path}/{n}" for n in record if schema.get(n) is None] if not extra else []
    missing, wrong = [], []
    for field in schema.fields:
        place = f"{path}/{field.name}"
        value = record.get(field.name)
        if value is None:
            if not field.nullable and field.default is None:
                missing.append(place)
        elif not _valid(value, field.type, strict):
            wrong.append(place)
        elif field.type.kind == "RECORD" and isinstance(value, dict):
            below = _faults(value, field.type.schema, place, extra, strict)
            unknown, missing, wrong = unknown + below[0], missing + below[1], wrong + below[2]
    return unknown, missing, wrong


def _valid(value: Any, kind: Type, strict: bool) -> bool:
    from .record_values import compatible

    if kind.kind == "CHOICE":
        return any(_valid(value, c, strict) for c in kind.choices)
    if kind.kind == "RECORD":
        return isinstance(value, dict)
    if kind.kind == "ARRAY":
        return isinstance(value, list) and all(v is None or _valid(v, kind.element or STRING, strict) for v in value)
    if kind.kind == "MAP":
        return isinstance(value, dict) and all(v is None or _valid(v, kind.element or STRING, strict) for v in value.values())
    if not strict:
        return compatible(value, kind)
    own = type_of(value)
    if kind.kind in ("FLOAT", "DOUBLE", "DECIMAL"):
        return own.kind in ("FLOAT", "DOUBLE", "DECIMAL")
    if kind.kind in ("LONG", "BIGINT", "SHORT", "BYTE"):
        return own.kind in ("INT", "LONG", "BIGINT") and compatible(value, kind)
    if kind.kind in ("UUID", "ENUM", "CHAR"):
        return own.kind == "STRING" and compatible(value, kind)
    return own.kind == kind.kind


def _reasons(problems: Tuple[List[str], List[str], List[str]]) -> str:
    unknown, missing, wrong = (java_hash.set_order(p) for p in problems)
    out = "Records in this FlowFile were invalid for the following reasons: "
    if unknown:
        out += f"The following {len(unknown)} fields were present in the Record but not in the schema: [{', '.join(unknown)}]"
    if missing:
        out += ("; " if unknown else "") + f"The following {len(missing)} fields were missing: [{', '.join(missing)}]"
    if wrong:
        out += f"; The following {len(wrong)} fields had values whose type did not match the schema: [{', '.join(wrong)}]"
    return out
