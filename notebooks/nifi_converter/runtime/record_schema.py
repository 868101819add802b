"""Record schemas: data types, Avro's JSON text of them, and how NiFi widens and merges types.

A `Type` has a `kind` (BOOLEAN, BYTE, SHORT, INT, LONG, BIGINT, FLOAT, DOUBLE, DECIMAL, CHAR, STRING, DATE, TIME,
TIMESTAMP, UUID, ENUM, RECORD, ARRAY, MAP, CHOICE) and what the kind needs: a schema, an element type, choices.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional, Tuple

MAX_DEPTH = 100


class RecordError(Exception):
    """Content, schema or value that does not fit. The message is NiFi's where a flow can see it."""


@dataclass(frozen=True)
class Type:
    kind: str
    schema: Optional["Schema"] = None  # RECORD
    element: Optional["Type"] = None  # ARRAY, MAP
    choices: Tuple["Type", ...] = ()  # CHOICE
    precision: int = 0  # DECIMAL
    scale: int = 0
    symbols: Tuple[str, ...] = ()  # ENUM

    def __str__(self) -> str:
        if self.kind == "ARRAY":
            return f"ARRAY[{self.element}]"
        if self.kind == "MAP":
            return f"MAP<{self.element}>"
        if self.kind == "CHOICE":
            return "CHOICE[" + ", ".join(str(c) for c in self.choices) + "]"
        return self.kind


@dataclass(frozen=True)
class Field:
    name: str
    type: Type
    nullable: bool = True
    default: Any = field(default=None, compare=False)
    aliases: Tuple[str, ...] = field(default=(), compare=False)


@dataclass(frozen=True)
class Schema:
    """Fields in order. `text` is the Avro text it came from, which a writer embeds again as it is."""

    fields: Tuple[Field, ...] = ()
    name: str = field(default="", compare=False)
    namespace: str = field(default="", compare=False)
    text: Optional[str] = field(default=None, compare=False)

    def get(self, name: str) -> Optional[Field]:
        """The field of this name or alias."""
        for found in self.fields:
            if found.name == name:
                return found
        for found in self.fields:
            if name in found.aliases:
                return found
        return None

    def names(self) -> List[str]:
        return [f.name for f in self.fields]


STRING = Type("STRING")
SIMPLE = {k: Type(k) for k in ("BOOLEAN", "BYTE", "SHORT", "INT", "LONG", "BIGINT", "FLOAT", "DOUBLE", "CHAR", "STRING",
                               "DATE", "TIME", "TIMESTAMP", "UUID")}


def array_of(element: Type) -> Type:
    return Type("ARRAY", element=element)


def record_of(schema: Schema) -> Type:
    return Type("RECORD", schema=schema)


# ---- merging -----------------------------------------------------------------------------------------------

_WHOLE = ("BYTE", "SHORT", "INT", "LONG", "BIGINT")
_RANK = {k: i for i, k in enumerate(_WHOLE + ("FLOAT", "DOUBLE", "DECIMAL"))}


def wider(a: Type, b: Type) -> Optional[Type]:
    """The type that holds both without loss in NiFi's eyes; None where there is none."""
    if a == b:
        return a
    if a.kind in _RANK and b.kind in _RANK:
        return a if _RANK[a.kind] >= _RANK[b.kind] else b
    for one, other in ((a, b), (b, a)):
        if (one.kind, other.kind) in (("TIMESTAMP", "DATE"), ("STRING", "CHAR")):
            return one
    return None


def merge_types(a: Type, b: Type) -> Type:
    """One type for values of both: the wider one, a merged record or array, or a choice."""
    if a == b:
        return a
    if a.kind == "RECORD" and b.kind == "RECORD":
        return record_of(merge_schemas(a.schema, b.schema))
    if a.kind == "CHOICE" or b.kind == "CHOICE":
        choices: List[Type] = list(a.choices) if a.kind == "CHOICE" else [a]
        for other in (b.choices if b.kind == "CHOICE" else (b,)):
            for index, known in enumerate(choices):
                joined = wider(known, other)
                if joined is None and known.kind == other.kind and known.kind in ("RECORD", "ARRAY"):
                    joined = merge_types(known, other)
                if joined is not None:
                    choices[index] = joined
                    break
            else:
                choices.append(other)
        return choices[0] if len(choices) == 1 else Type("CHOICE", choices=tuple(choices))
    if a.kind == "ARRAY" and b.kind == "ARRAY":
        if a.element is None or b.element is None:
            return a if b.element is None else b
        return array_of(merge_types(a.element, b.element))
    joined = wider(a, b)
    return joined if joined is not None else Type("CHOICE", choices=(a, b))


def merge_schemas(a: Schema, b: Schema) -> Schema:
    """The fields of both in order of appearance, types merged."""
    fields: Dict[str, Field] = {f.name: f for f in a.fields}
    for other in b.fields:
        known = fields.get(other.name)
        if known is None:
            fields[other.name] = other
        elif known.type != other.type:
            fields[other.name] = Field(known.name, merge_types(known.type, other.type), known.nullable or other.nullable,
                                       known.default, known.aliases)
    return Schema(tuple(fields.values()), a.name, a.namespace)


# ---- Avro text ---------------------------------------------------------------------------------------------

_FROM_AVRO = {"boolean": "BOOLEAN", "int": "INT", "long": "LONG", "float": "FLOAT", "double": "DOUBLE", "string": "STRING"}
_LOGICAL = {"date": "DATE", "time-millis": "TIME", "time-micros": "TIME", "timestamp-millis": "TIMESTAMP",
            "timestamp-micros": "TIMESTAMP", "local-timestamp-millis": "TIMESTAMP", "local-timestamp-micros": "TIMESTAMP", "uuid": "UUID"}


def parse_schema(text: str) -> Schema:
    """The schema of an Avro record in JSON. RecordError where it is none."""
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError):
        raise RecordError("Failed to compile Avro Schema") from None
    return schema_of_avro(tree, text)


def schema_of_avro(tree: Any, text: Optional[str] = None) -> Schema:
    """The schema of a parsed Avro record. RecordError where it is none."""
    if not isinstance(tree, dict) or tree.get("type") != "record":
        raise RecordError("Failed to compile Avro Schema")
    made = _record_type(tree, {}, "", 0).schema
    return Schema(made.fields, made.name, made.namespace, text if text is not None else json.dumps(tree, ensure_ascii=False))


def full_name(tree: Dict[str, Any], namespace: str) -> str:
    name = str(tree.get("name", ""))
    space = tree.get("namespace", namespace)
    return name if "." in name or not space else f"{space}.{name}"


def _record_type(tree: Dict[str, Any], known: Dict[str, Any], namespace: str, depth: int) -> Type:
    if depth > MAX_DEPTH or not isinstance(tree.get("fields"), list) or not tree.get("name"):
        raise RecordError("Failed to compile Avro Schema")
    name = full_name(tree, namespace)
    space = name.rpartition(".")[0]
    known[name] = STRING  # a type that holds itself is not followed
    fields = []
    for entry in tree["fields"]:
        if not isinstance(entry, dict) or "name" not in entry or "type" not in entry:
            raise RecordError("Failed to compile Avro Schema")
        kind, nullable = _type(entry["type"], known, space, depth + 1)
        fields.append(Field(str(entry["name"]), kind, nullable, entry.get("default"), tuple(entry.get("aliases") or ())))
    made = Type("RECORD", schema=Schema(tuple(fields), name.rpartition(".")[2], space, json.dumps(tree, ensure_ascii=False)))
    known[name] = made
    return made


def _type(tree: Any, known: Dict[str, Any], namespace: str, depth: int) -> Tuple[Type, bool]:
    """(type, whether null is one of its alternatives)."""
    if depth > MAX_DEPTH:
        raise RecordError("Failed to compile Avro Schema")
    if isinstance(tree, list):
        kinds = [_type(t, known, namespace, depth + 1)[0] for t in tree if t != "null"]
        nullable = "null" in tree
        if not kinds:
            return STRING, True
        return (kinds[0] if len(kinds) == 1 else Type("CHOICE", choices=tuple(kinds))), nullable
    if isinstance(tree, str):
        if tree in _FROM_AVRO:
            return SIMPLE[_FROM_AVRO[tree]], False
        if tree == "bytes":
            return array_of(SIMPLE["BYTE"]), False
        if tree == "null":
            return STRING, True
        found = known.get(tree) or known.get(f"{namespace}.{tree}" if namespace else tree)
        if found is None:
            raise RecordError("Failed to compile Avro Schema")
        return found, False
    if not isinstance(tree, dict) or "type" not in tree:
        raise RecordError("Failed to compile Avro Schema")
    kind = tree["type"]
    logical = tree.get("logicalType")
    if logical == "decimal" and kind in ("bytes", "fixed"):
        made = Type("DECIMAL", precision=int(tree.get("precision", 38)), scale=int(tree.get("scale", 0)))
        if kind == "fixed":
            known[full_name(tree, namespace)] = made
        return made, False
    # On another base than Avro's own a logical type has no effect: {"type": "string", "logicalType": "date"} is a text.
    if logical in _LOGICAL and kind == {"date": "int", "time-millis": "int", "uuid": "string"}.get(logical, "long"):
        return SIMPLE[_LOGICAL[logical]], False
    if kind == "record":
        return _record_type(tree, known, namespace, depth), False
    if kind == "array":
        return array_of(_type(tree.get("items"), known, namespace, depth + 1)[0]), False
    if kind == "map":
        return Type("MAP", element=_type(tree.get("values"), known, namespace, depth + 1)[0]), False
    if kind == "enum":
        made = Type("ENUM", symbols=tuple(tree.get("symbols") or ()))
        known[full_name(tree, namespace)] = made
        return made, False
    if kind == "fixed":
        known[full_name(tree, namespace)] = array_of(SIMPLE["BYTE"])
        return array_of(SIMPLE["BYTE"]), False
    return _type(kind, known, namespace, depth + 1)


_TO_AVRO = {"BOOLEAN": "boolean", "BYTE": "int", "SHORT": "int", "INT": "int", "LONG": "long", "BIGINT": "string", "FLOAT": "float",
            "DOUBLE": "double", "CHAR": "string", "STRING": "string", "ENUM": "string",
            "DATE": {"type": "int", "logicalType": "date"}, "TIME": {"type": "int", "logicalType": "time-millis"},
            "TIMESTAMP": {"type": "long", "logicalType": "timestamp-millis"}, "UUID": {"type": "string", "logicalType": "uuid"}}


def avro_tree(schema: Schema) -> Dict[str, Any]:
    """The schema as parsed Avro JSON: its own text, or one made as NiFi makes it (`nifiRecord`, every field nullable)."""
    if schema.text is not None:
        return json.loads(schema.text)
    return {"type": "record", "name": schema.name or "nifiRecord", "namespace": schema.namespace or "org.apache.nifi",
            "fields": [_avro_field(f, "") for f in schema.fields]}


def avro_text(schema: Schema) -> str:
    """The same as compact text."""
    return schema.text if schema.text is not None else json.dumps(avro_tree(schema), ensure_ascii=False, separators=(",", ":"))


def _avro_field(made: Field, prefix: str) -> Dict[str, Any]:
    kind = _avro_type(made.type, made.name, prefix)
    if made.nullable:
        kind = [*[k for k in kind if k != "null"], "null"] if isinstance(kind, list) else [kind, "null"]
    return {"name": made.name, "type": kind}


def _avro_type(kind: Type, name: str, prefix: str) -> Any:
    if kind.kind in _TO_AVRO:
        return _TO_AVRO[kind.kind]
    if kind.kind == "DECIMAL":
        return {"type": "bytes", "logicalType": "decimal", "precision": kind.precision, "scale": kind.scale}
    if kind.kind == "ARRAY":
        if kind.element is not None and kind.element.kind == "BYTE":
            return "bytes"
        return {"type": "array", "items": _avro_type(kind.element or STRING, name, prefix)}
    if kind.kind == "MAP":
        return {"type": "map", "values": _avro_type(kind.element or STRING, name, prefix)}
    if kind.kind == "RECORD":
        path = f"{prefix}{name}"
        return {"type": "record", "name": f"{path}Type", "fields": [_avro_field(f, path + "_") for f in kind.schema.fields]}
    made: List[Any] = []
    for choice in kind.choices:
        one = _avro_type(choice, name, prefix)
        if one not in made:
            made.append(one)
    return made


def resolved_names(tree: Any) -> Dict[str, Any]:
    """Every named type of an Avro schema by its full name, for readers and writers of the binary form."""
    names: Dict[str, Any] = {}
    stack = [(tree, "")]
    while stack:
        at, space = stack.pop()
        if isinstance(at, list):
            stack.extend((t, space) for t in at)
        elif isinstance(at, dict):
            kind = at.get("type")
            if kind in ("record", "enum", "fixed", "error"):
                name = full_name(at, space)
                names[name] = at
                names.setdefault(name.rpartition(".")[2], at)
                space = name.rpartition(".")[0]
                stack.extend((f.get("type"), space) for f in at.get("fields") or [] if isinstance(f, dict))
            elif kind == "array":
                stack.append((at.get("items"), space))
            elif kind == "map":
                stack.append((at.get("values"), space))
            elif isinstance(kind, (dict, list)):
                stack.append((kind, space))
    return names
