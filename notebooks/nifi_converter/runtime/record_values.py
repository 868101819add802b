"""Records and the conversion of their values, as NiFi's record framework does it.

A record is a `Record`: a dict of its fields that knows its schema and, while nothing changed it, the parsed JSON it was
read from. Values: None, bool, int, float, Decimal, str, list, Record, dict (a map), `Moment` (date, time, timestamp).
FLOAT values are kept as the shortest double of that float, so they print as Java's do.
"""

from __future__ import annotations

import math
import re
import struct
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Callable, Dict, Iterable, List, Optional

from . import java_calendar, java_time, java_time_parse, json_text
from .avro import shortest_float
from .el_environment import Date, zone_name
from .el_errors import ELError
from .java_numbers import double_text, double_to_long, java_trim
from .record_schema import STRING, Field, RecordError, Schema, Type, array_of, record_of, wider


class Record(dict):
    """One record. `raw` is the JSON it was read from, None as soon as a field is set; `schema` may be None."""

    __slots__ = ("schema", "raw")

    def __init__(self, values: Any = (), schema: Optional[Schema] = None, raw: Any = None):
        super().__init__(values)
        self.schema = schema
        self.raw = raw

    def __setitem__(self, name: str, value: Any) -> None:
        self.raw = None
        super().__setitem__(name, value)

    def __delitem__(self, name: str) -> None:
        self.raw = None
        super().__delitem__(name)

    def __reduce__(self):
        return Record, (dict(self), self.schema, self.raw)

    def copy(self) -> "Record":
        return Record(self, self.schema, self.raw)


class Moment(Date):
    """A java.sql date, time or timestamp: milliseconds since 1970 in UTC, and which of the three it is."""

    __slots__ = ("kind",)

    def __init__(self, milliseconds: int, kind: str):
        super().__init__(milliseconds)
        self.kind = kind

    def __reduce__(self):
        return Moment, (self.milliseconds, self.kind)


@dataclass(frozen=True)
class Formats:
    """Patterns of a reader or writer (java.time), None where it has none: dates are epoch milliseconds then."""

    date: Optional[str] = None
    time: Optional[str] = None
    timestamp: Optional[str] = None

    def of(self, kind: str) -> Optional[str]:
        return {"DATE": self.date, "TIME": self.time, "TIMESTAMP": self.timestamp}.get(kind)


NO_FORMATS = Formats()


def format_moment(value: Moment, pattern: str) -> str:
    return java_time.format_instant(value.milliseconds * 1_000_000, pattern, java_calendar.strict_zone(zone_name()))


def parse_moment(value: str, pattern: str, kind: str) -> int:
    """Milliseconds since 1970 of a text in a reader's format. ELError where it is no such text.

    A date needs no time and a time no date, but apart from that the text must be as the pattern says, digit by digit.
    """
    letters = set(re.sub(r"'[^']*'", "", pattern))
    if kind != "TIME" and not letters & set("HhKkAN"):
        value, pattern = value + " 00:00:00", pattern + " HH:mm:ss"
    elif kind == "TIME" and not letters & set("yudMDL"):
        value, pattern = "1970-01-01 " + value, "yyyy-MM-dd " + pattern
    try:
        return java_time_parse.parse(value, pattern, java_calendar.strict_zone(zone_name()), False) // 1_000_000
    except ELError as error:
        raise ELError(str(error).replace(" 00:00:00'", "'", 1)) from None


def text(value: Any, formats: Formats = NO_FORMATS) -> Optional[str]:
    """A value as text, as Java's toString says it; dates by their format, otherwise as milliseconds."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return double_text(value)
    if isinstance(value, (int, Decimal)):
        return decimal_text(value) if isinstance(value, Decimal) else str(value)
    if isinstance(value, Moment):
        pattern = formats.of(value.kind)
        return format_moment(value, pattern) if pattern else str(value.milliseconds)
    if isinstance(value, Date):
        return str(value.milliseconds)
    if isinstance(value, Record):
        return json_text.compact(value.raw) if unchanged(value) else f"MapRecord[{_map_text(value)}]"
    if isinstance(value, dict):
        return _map_text(value)
    if isinstance(value, (bytes, bytearray)):
        return value.decode("utf-8", "replace")
    return "[" + ", ".join("null" if v is None else text(v) or "" for v in value) + "]"


def _map_text(value: Dict[str, Any]) -> str:
    return "{" + ", ".join(f"{k}={'null' if v is None else text(v)}" for k, v in value.items()) + "}"


def decimal_text(value: Decimal) -> str:
    """BigDecimal.toString."""
    return str(value)


def unchanged(record: Record) -> bool:
    """Whether a record and all records in it are still as they were read."""
    if not isinstance(record, Record) or record.raw is None:
        return False
    stack: List[Any] = list(record.values())
    while stack:
        value = stack.pop()
        if isinstance(value, Record) and value.raw is None:
            return False
        if isinstance(value, dict):
            stack.extend(value.values())
        elif isinstance(value, list):
            stack.extend(v for v in value if isinstance(v, (dict, list)))
    return True


# ---- what a value is ---------------------------------------------------------------------------------------


def type_of(value: Any) -> Optional[Type]:
    """The type that NiFi infers for a value; None for null."""
    if value is None:
        return None
    if isinstance(value, bool):
        return Type("BOOLEAN")
    if isinstance(value, int):
        return Type("INT" if -(2**31) <= value < 2**31 else "LONG" if -(2**63) <= value < 2**63 else "BIGINT")
    if isinstance(value, float):
        return Type("DOUBLE")
    if isinstance(value, Decimal):
        return Type("DECIMAL", precision=len(value.as_tuple().digits), scale=max(0, -int(value.as_tuple().exponent)))
    if isinstance(value, Moment):
        return Type(value.kind)
    if isinstance(value, Date):
        return Type("DATE")
    if isinstance(value, str):
        return STRING
    if isinstance(value, Record):
        return record_of(value.schema if value.schema is not None else schema_of(value))
    if isinstance(value, dict):
        kinds = [k for k in (type_of(v) for v in value.values()) if k is not None]
        return Type("MAP", element=kinds[0] if kinds else STRING)
    if isinstance(value, (bytes, bytearray)):
        return array_of(Type("BYTE"))
    from .record_schema import merge_types

    element: Optional[Type] = None
    for item in value:
        kind = type_of(item)
        element = kind if element is None else element if kind is None else merge_types(element, kind)
    return array_of(element or STRING)


def schema_of(values: Dict[str, Any]) -> Schema:
    """A schema out of values alone: null is a text."""
    return Schema(tuple(Field(name, type_of(value) or STRING) for name, value in values.items()))


_ORDER = {k: i for i, k in enumerate(("BOOLEAN", "BYTE", "SHORT", "INT", "LONG", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL",
                                      "TIMESTAMP", "DATE", "TIME", "CHAR", "ENUM", "UUID", "STRING", "RECORD", "CHOICE", "ARRAY", "MAP"))}


def choose(value: Any, choice: Type, formats: Formats = NO_FORMATS) -> Optional[Type]:
    """The type of a choice that fits a value best; None where none does. A text is the simplest type it can be read as."""
    choices: List[Type] = []
    for option in choice.choices:
        choices.extend(option.choices if option.kind == "CHOICE" else (option,))
    fitting = [c for c in choices if compatible(value, c, formats)]
    if len(fitting) < 2:
        return fitting[0] if fitting else None
    if isinstance(value, str):
        return min(fitting, key=lambda c: _ORDER[c.kind])
    own = type_of(value)
    for option in fitting:
        if own is not None and option.kind == own.kind:
            return option
    for option in fitting:
        if own is not None and wider(own, option) == option:
            return option
    return fitting[0]


def compatible(value: Any, kind: Type, formats: Formats = NO_FORMATS) -> bool:
    """Whether a value can be converted to a type."""
    if value is None:
        return True
    if kind.kind == "CHOICE":
        return choose(value, kind, formats) is not None
    if kind.kind == "STRING":
        return not isinstance(value, (dict, list))
    if kind.kind == "RECORD" and kind.schema is None:
        return isinstance(value, dict)
    if kind.kind == "RECORD" and isinstance(value, dict):
        return all(f.name in value or f.default is not None or f.nullable for f in kind.schema.fields) and \
            all(compatible(v, kind.schema.get(k).type, formats) for k, v in value.items() if kind.schema.get(k) is not None)
    if kind.kind == "BOOLEAN" and isinstance(value, str):
        return value.lower() in ("true", "false")
    try:
        convert(value, kind, formats)
        return True
    except RecordError:
        return False


# ---- conversion --------------------------------------------------------------------------------------------


def _java_class(value: Any) -> str:
    names = {bool: "java.lang.Boolean", float: "java.lang.Double", str: "java.lang.String", Decimal: "java.math.BigDecimal"}
    if type(value) is int:
        return {"INT": "java.lang.Integer", "LONG": "java.lang.Long", "BIGINT": "java.math.BigInteger"}[type_of(value).kind]
    return names.get(type(value), "[Ljava.lang.Object;" if isinstance(value, list) else "org.apache.nifi.serialization.record.MapRecord")


def _refuse(value: Any, target: str, name: str) -> RecordError:
    return RecordError(f"Cannot convert value [{text(value)}] of type class {_java_class(value)} to {target} for field {name}")


def _whole(bits: int, target: str) -> Callable:
    def converted(value: Any, kind: Type, formats: Formats, name: str) -> int:
        if isinstance(value, bool) or isinstance(value, (list, dict)):
            raise _refuse(value, target, name)
        if isinstance(value, Date):
            number = value.milliseconds
        elif isinstance(value, (int, Decimal)):
            number = int(value)
        elif isinstance(value, float):
            number = double_to_long(value)
        else:
            trimmed = java_trim(value)
            body = trimmed[1:] if trimmed[:1] in "+-" else trimmed
            if not (body.isdigit() and body.isascii()) or len(body) > 400:
                raise _refuse(value, target, name)
            number = int(trimmed)
        if bits < 65 and not -(2 ** (bits - 1)) <= number < 2 ** (bits - 1):
            raise _refuse(value, target, name)
        return number
    return converted


def _float_text(value: str) -> bool:
    try:
        float(value)
        return "_" not in value
    except ValueError:
        return False


def _decimal_number(value: Any, kind: Type, formats: Formats, name: str) -> float:
    if isinstance(value, (bool, list, dict)) or isinstance(value, str) and not _float_text(value):
        raise _refuse(value, "Double" if kind.kind == "DOUBLE" else "Float", name)
    number = float(value.milliseconds if isinstance(value, Date) else value)
    if kind.kind == "FLOAT" and not math.isinf(number) and number == number:
        try:
            return shortest_float(struct.unpack("<f", struct.pack("<f", number))[0])
        except OverflowError:
            return math.inf if number > 0 else -math.inf
    return number


def _decimal(value: Any, kind: Type, formats: Formats, name: str) -> Decimal:
    if isinstance(value, (bool, list, dict, Date)):
        raise _refuse(value, "BigDecimal", name)
    try:
        return value if isinstance(value, Decimal) else Decimal(double_text(value) if isinstance(value, float) else value)
    except InvalidOperation:
        raise _refuse(value, "BigDecimal", name) from None


def _boolean(value: Any, kind: Type, formats: Formats, name: str) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and java_trim(value).lower() in ("true", "false"):
        return java_trim(value).lower() == "true"
    raise _refuse(value, "Boolean", name)


def _text(value: Any, kind: Type, formats: Formats, name: str) -> str:
    if isinstance(value, list) and value and kind.kind == "STRING" and all(isinstance(v, int) and not isinstance(v, bool) for v in value) and \
            all(-128 <= v < 256 for v in value) and getattr(value, "binary", False):
        return bytes(v % 256 for v in value).decode("utf-8", "replace")
    return text(value, formats)


def _moment(value: Any, kind: Type, formats: Formats, name: str) -> Moment:
    if isinstance(value, Date):
        milliseconds = value.milliseconds
        if kind.kind == "DATE":
            milliseconds -= milliseconds % 86_400_000
        elif kind.kind == "TIME":
            milliseconds %= 86_400_000
        return Moment(milliseconds, kind.kind)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return Moment(int(value), kind.kind)
    if not isinstance(value, str):
        raise _refuse(value, kind.kind.title(), name)
    trimmed = value.strip()
    pattern = formats.of(kind.kind)
    if not trimmed:
        return None
    if pattern:
        try:
            return Moment(parse_moment(trimmed, pattern, kind.kind), kind.kind)
        except ELError as error:
            raise RecordError(str(error)) from None
    body = trimmed[1:] if trimmed[:1] == "-" else trimmed
    if body.isdigit() and len(body) < 20:
        return Moment(int(trimmed), kind.kind)
    raise RecordError(f"Cannot convert value [{value}] of type class java.lang.String to {kind.kind.title()} for field {name}")


def _array(value: Any, kind: Type, formats: Formats, name: str) -> List[Any]:
    if isinstance(value, (list, tuple)):
        if kind.element is None:
            return list(value)
        return same_kind(value, [convert(v, kind.element, formats, name) for v in value])
    if isinstance(value, (bytes, bytearray)):
        return binary(value)
    if isinstance(value, str) and kind.element is not None and kind.element.kind == "BYTE":
        return binary(value.encode("utf-8"))
    raise _refuse(value, "Object Array", name)


class Binary(list):
    """Bytes as NiFi's arrays of signed bytes; they were binary before, so they become text by decoding."""

    binary = True


def binary(data: Iterable[int]) -> Binary:
    return Binary(b - 256 if b > 127 else b for b in data)


def same_kind(before: Any, after: List[Any]) -> List[Any]:
    return Binary(after) if isinstance(before, Binary) else after


def _record(value: Any, kind: Type, formats: Formats, name: str) -> Any:
    if isinstance(value, Record):
        return value
    if isinstance(value, dict):
        return record_from(value, kind.schema or schema_of(value), formats)
    raise RecordError(f"Cannot convert value [{text(value)}] of type class {_java_class(value)} to Record for field {name}")


def record_from(values: Dict[str, Any], schema: Schema, formats: Formats = NO_FORMATS) -> Record:
    """A record out of plain values; names that the schema does not know stay as they are."""
    made = Record(schema=schema)
    for name, value in values.items():
        known = schema.get(name)
        made[name] = convert(value, known.type, formats, name) if known is not None else value
    return made


def _map(value: Any, kind: Type, formats: Formats, name: str) -> Dict[str, Any]:
    if not isinstance(value, dict):
        raise _refuse(value, "Map", name)
    return {k: convert(v, kind.element or STRING, formats, name) for k, v in value.items()}


def _enum(value: Any, kind: Type, formats: Formats, name: str) -> str:
    if kind.symbols and value not in kind.symbols:
        raise RecordError(f"Cannot convert value {value} of type ENUM for field {name}")
    return value


_CONVERT: Dict[str, Callable] = {
    "BOOLEAN": _boolean, "BYTE": _whole(8, "Byte"), "SHORT": _whole(16, "Short"), "INT": _whole(32, "Integer"),
    "LONG": _whole(64, "Long"), "BIGINT": _whole(4096, "BigInteger"), "FLOAT": _decimal_number, "DOUBLE": _decimal_number,
    "DECIMAL": _decimal, "STRING": _text, "CHAR": _text, "UUID": _text, "DATE": _moment, "TIME": _moment,
    "TIMESTAMP": _moment, "ARRAY": _array, "MAP": _map, "RECORD": _record, "ENUM": _enum,
}


def convert(value: Any, kind: Type, formats: Formats = NO_FORMATS, name: str = "") -> Any:
    """A value as a type. RecordError where it cannot be; a value that fits no type of a choice raises as well."""
    if value is None:
        return None
    if kind.kind == "CHOICE":
        chosen = choose(value, kind, formats)
        if chosen is None:
            raise RecordError(f"Cannot convert value [{text(value)}] of type class {_java_class(value)} to {kind} for field {name}")
        kind = chosen
    return _CONVERT[kind.kind](value, kind, formats, name)


def field_value(record: Record, field: Field) -> Any:
    """A field by its name or an alias; the schema's default where it is null."""
    value = record.get(field.name)
    if value is None:
        for alias in field.aliases:
            if record.get(alias) is not None:
                return record[alias]
        return field.default
    return value
