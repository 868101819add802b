"""What an editor says about an open document: the findings with their places, what becomes of each component, its
properties as NiFi declares them, what each expression becomes in Spark, and the words that complete an expression.

    description = describe(data, "flow.json")

The result holds JSON values only. A component is found by `line`, `column` and `id`, all as written in the document;
offsets in a property count characters of its value. A document that cannot be read has its `error` and nothing else.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Dict, Iterator, List, Optional, Tuple

from .assess.findings import evaluates_expressions, findings
from .errors import ReadError
from .expression_language import ExpressionError, Value, parse_value, to_spark
from .expression_language.functions import FUNCTIONS, MULTI
from .expression_language.nodes import Expression
from .levels import LEVELS, level_of
from .read import DEFAULT_LIMITS, Limits, read_flow_bytes
from .resolve import ResolvedComponent, ResolvedFlow, ResolvedProcessor, resolve

VERSION = 1
# Attributes that every flow file has.
CORE_ATTRIBUTES = ("filename", "path", "uuid", "entryDate", "lineageStartDate", "fileSize")
_LONGEST_COLUMN = 4000


def describe(data: bytes, name: str, limits: Limits = DEFAULT_LIMITS) -> Dict[str, Any]:
    """The description of a document's bytes. Raises nothing for a bad document: that is its `error`."""
    result: Dict[str, Any] = {"version": VERSION, "error": None, "functions": functions()}
    try:
        flow = resolve(read_flow_bytes(data, name, limits=limits))
    except ReadError as error:
        place = error.place
        result["error"] = {"reason": error.reason, "message": error.message, "line": place.line, "column": place.column}
        return result
    types: Dict[str, Dict[str, Any]] = {}
    components = [_component(item, types) for item in _components(flow)]
    result.update(
        {
            "format": flow.flow.format,
            "nifi_version": flow.flow.nifi_version,
            "levels": _levels(flow),
            "findings": _findings(flow),
            "components": components,
            "types": types,
            "attributes": _attributes(flow, components),
        }
    )
    return result


def functions() -> List[Dict[str, Any]]:
    """The functions of the expression language, sorted. `subject`: none for those that stand first."""
    found = [
        {
            "name": one.name,
            "subject": one.subject,
            "parameters": list(one.parameters),
            "required": one.required,
            "variadic": one.variadic,
            "result": one.result,
            "since": ".".join(map(str, one.since)),
        }
        for one in FUNCTIONS.values()
    ]
    for name in MULTI:
        found.append(
            {
                "name": name, "subject": None, "parameters": ["STRING"], "required": 1, "variadic": True,
                "result": "STRING", "since": "1.0",
            }
        )
    return sorted(found, key=lambda entry: entry["name"].lower())


def _components(flow: ResolvedFlow) -> Iterator[ResolvedComponent]:
    yield from flow.processors()
    yield from (service for service in flow.services() if not service.external)


def _levels(flow: ResolvedFlow) -> Dict[str, int]:
    counted = Counter(level_of(processor.type).level for processor in flow.processors())
    return {level: counted[level] for level in LEVELS if counted[level]}


def _findings(flow: ResolvedFlow) -> List[Dict[str, Any]]:
    """As an assessment has them, with the property's key as the document says it and the exact range in its value."""
    by_place = {(item.component.key, item.component.line, item.component.column): item for item in _components(flow)}
    found = []
    for finding in findings(flow):
        item = by_place.get((finding["key"], finding["line"], finding["column"]))
        entry = {name: finding[name] for name in ("code", "severity", "message", "id", "name", "type", "line", "column", "level")}
        entry["property"] = finding["property"]
        entry["range"] = None
        if item is not None and finding["property"]:
            entry["property"] = item.key_in_file(finding["property"])
            if finding["code"] == "expression":
                entry["range"] = _error_range(item, finding["property"])
        found.append(entry)
    return found


def _error_range(item: ResolvedComponent, name: str) -> Optional[Tuple[int, int]]:
    value = item.written(name) or ""
    try:
        parse_value(value, nifi_version=_version(item))
    except ExpressionError as error:
        start = min(error.offset, len(value))
        return (start, min(max(start + error.length, start + 1), max(len(value), 1)))
    return None


def _version(item: ResolvedComponent) -> str:
    return item.definition.nifi if item.definition is not None else "1.28.1"


def _component(item: ResolvedComponent, types: Dict[str, Dict[str, Any]]) -> Dict[str, Any]:
    kind = "processor" if isinstance(item, ResolvedProcessor) else "service"
    type_key = f"{item.type} {_version(item)}"
    if type_key not in types:
        types[type_key] = _type(item, kind)
    component = item.component
    return {
        "kind": kind,
        "id": component.id,
        "line": component.line,
        "column": component.column,
        "type": type_key,
        # Where the document says a key in another spelling than the catalogue.
        "keys": {item.key_in_file(name): name for name in item.property_names() if item.key_in_file(name) != name},
        "expressions": list(_expressions(item)),
    }


def _type(item: ResolvedComponent, kind: str) -> Dict[str, Any]:
    definition = item.definition
    result: Dict[str, Any] = {"name": item.type, "kind": kind, "level": None, "nifi": "", "deprecated": "", "properties": [], "relationships": []}
    if kind == "processor":
        level = level_of(item.type)
        result["level"] = {
            "level": level.level, "planned": level.planned, "target": level.target, "known": level.known, "family": level.family,
        }
    if definition is not None:
        result["nifi"] = definition.nifi
        result["deprecated"] = definition.deprecated
        result["relationships"] = list(definition.relationships)
        for name in item.names.all():
            entry = item.names.properties.get(name)
            if entry is None:
                continue
            result["properties"].append(
                {
                    "name": name,
                    "display": entry.display,
                    "default": None if entry.sensitive else item.names.default(name),
                    "allowable": [list(pair) for pair in entry.allowable],
                    "required": entry.required,
                    "sensitive": entry.sensitive,
                    "el": entry.el,
                    "service": entry.service,
                }
            )
    return result


def _expressions(item: ResolvedComponent) -> Iterator[Dict[str, Any]]:
    """Each expression of the component's own values, with what it comes to."""
    for name in (*item.property_names(), *item.dynamic_written):
        if not item.is_set(name) or item.is_sensitive(name):
            continue
        value = item.written(name)
        if not value or "${" not in value or not evaluates_expressions(item, name):
            continue
        try:
            parsed = parse_value(value, nifi_version=_version(item))
        except ExpressionError:
            continue  # a finding says so
        for part in parsed.parts:
            if isinstance(part, Expression):
                yield {
                    "property": item.key_in_file(name),
                    "start": part.start,
                    "end": part.end,
                    "type": part.root.type,
                    "reads": list(Value(part.source, (part,), parsed.nifi_version).attributes_read()),
                    **_column(part, parsed),
                }


def _column(part: Expression, value: Value) -> Dict[str, Any]:
    try:
        code = to_spark(Value(part.source, (part,), value.nifi_version))
    except (ExpressionError, ValueError, KeyError, NotImplementedError):
        return {"spark": None, "udf": False}
    return {"spark": code.source if len(code.source) <= _LONGEST_COLUMN else None, "udf": code.uses_udf}


def _attributes(flow: ResolvedFlow, components: List[Dict[str, Any]]) -> List[Dict[str, Any]]:
    """Attribute names that the document's flow files can have, with who writes them; sorted."""
    writers: Dict[str, List[str]] = {name: [] for name in CORE_ATTRIBUTES}
    for processor in flow.processors():
        definition = processor.definition
        if definition is None:
            continue
        names = [name for name in definition.writes if _is_name(name)]
        if any("attribute" in entry.get("name", "").lower() for entry in definition.dynamic):
            names += processor.dynamic_written
        for name in names:
            writers.setdefault(name, []).append(processor.name or processor.short_type)
    for component in components:
        for expression in component["expressions"]:
            for name in expression["reads"]:
                writers.setdefault(name, [])
    for scope in flow.scopes.values():
        for name in scope.own_variables:
            writers.setdefault(name, [])
    return [
        {"name": name, "core": name in CORE_ATTRIBUTES, "written_by": sorted(set(writers[name]))[:5]}
        for name in sorted(writers, key=str.lower)
    ]


def _is_name(name: str) -> bool:
    """NiFi documents some as patterns (`s3.tag.___`) or in words."""
    return bool(name) and "_" * 3 not in name and not any(sign in name for sign in " <>*{}#")
