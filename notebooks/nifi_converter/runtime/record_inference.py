"""Schema inference: from JSON, from text cells (CSV, XML), as NiFi's readers infer one schema for a flow file."""

from __future__ import annotations

import re
from typing import Any, Dict, Iterable, List, Optional

from .el_errors import ELError
from .record_schema import STRING, Field, RecordError, Schema, Type, array_of, merge_types, record_of
from .record_values import NO_FORMATS, Formats, parse_moment

MAX_DEPTH = 200  # of nested records; NiFi's own bound is 1000 levels of JSON


class Possible:
    """What a field can be, after each value that was seen."""

    __slots__ = ("type",)

    def __init__(self) -> None:
        self.type: Optional[Type] = None

    def add(self, kind: Optional[Type]) -> None:
        if kind is not None and self.type is not kind:
            self.type = kind if self.type is None else merge_types(self.type, kind)


def infer_records(records: Iterable[Dict[str, Any]], of_value) -> Schema:
    """The schema of parsed records; `of_value(value)` gives a scalar's type or None."""
    fields: Dict[str, Possible] = {}
    for record in records:
        _add(record, fields, of_value, 0)
    return _schema(fields)


def _add(record: Dict[str, Any], fields: Dict[str, Possible], of_value, depth: int) -> None:
    for name, value in record.items():
        fields.setdefault(name, Possible()).add(_type(value, of_value, depth))


def _type(value: Any, of_value, depth: int) -> Optional[Type]:
    if depth > MAX_DEPTH:
        raise RecordError("records are nested too deep")
    if isinstance(value, dict):
        inner: Dict[str, Possible] = {}
        _add(value, inner, of_value, depth + 1)
        return record_of(_schema(inner))
    if isinstance(value, list):
        element = Possible()
        for item in value:
            element.add(_type(item, of_value, depth + 1))
        return array_of(element.type)
    return of_value(value)


def _schema(fields: Dict[str, Possible]) -> Schema:
    return Schema(tuple(Field(name, settled(possible.type)) for name, possible in fields.items()))


def settled(kind: Optional[Type]) -> Type:
    """A type that was never seen with a value is a text, also as the element of an array."""
    if kind is None:
        return STRING
    if kind.kind == "ARRAY":
        return array_of(settled(kind.element))
    return kind


_INT, _LONG, _BIGINT, _FLOAT, _DOUBLE, _BOOLEAN = (Type(k) for k in ("INT", "LONG", "BIGINT", "FLOAT", "DOUBLE", "BOOLEAN"))


def of_json(formats: Formats = NO_FORMATS):
    """The type of a JSON scalar."""

    def of_value(value: Any) -> Optional[Type]:
        if value is None:
            return None
        if isinstance(value, bool):
            return _BOOLEAN
        if isinstance(value, int):
            return whole(value)
        if isinstance(value, float):
            return _DOUBLE
        return moment(value, formats) or STRING

    return of_value


def whole(value: int) -> Type:
    return _INT if -(2**31) <= value < 2**31 else _LONG if -(2**63) <= value < 2**63 else _BIGINT


_PARSABLE = re.compile(r"-?(?:\d+(?:\.\d+)?|\.\d+)\Z")


def of_text(formats: Formats = NO_FORMATS):
    """The type of a text cell: a whole number, a decimal, true or false, a date of the reader's formats, a text."""

    def of_value(value: Any) -> Optional[Type]:
        if value is None or value == "":
            return None
        if _PARSABLE.match(value) and len(value) < 1000:
            if "." in value:
                number = float(value)
                # Float.MIN_VALUE is the smallest positive float, so what is not above it is a double in NiFi.
                if number in (float("inf"), float("-inf")):
                    return Type("DECIMAL", precision=len(value.replace(".", "").lstrip("-")), scale=len(value.partition(".")[2]))
                return _DOUBLE if number > 3.4028234663852886e38 or number < 1.401298464324817e-45 else _FLOAT
            return whole(int(value))
        if value.lower() in ("true", "false"):
            return _BOOLEAN
        return moment(value, formats) or STRING

    return of_value


def moment(value: str, formats: Formats) -> Optional[Type]:
    """DATE, TIMESTAMP or TIME where the reader has a format that reads the text."""
    for kind in ("DATE", "TIMESTAMP", "TIME"):
        pattern = formats.of(kind)
        if pattern:
            try:
                parse_moment(value.strip(), pattern, kind)
                return Type(kind)
            except ELError:
                continue
    return None


def header_schema(names: List[str]) -> Schema:
    """All fields are texts."""
    return Schema(tuple(Field(name, STRING) for name in dict.fromkeys(names)))
