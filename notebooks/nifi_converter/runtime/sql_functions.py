"""What SQL's operators and functions do with values, by Calcite's rules."""

from __future__ import annotations

import functools
import math
import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Callable, Dict, Optional

from . import record_path
from .el_environment import Date
from .el_errors import ELError
from .java_numbers import double_text
from .record_schema import RecordError
from .record_values import text
from .sql_parse import SqlError


def compare(a: Any, b: Any) -> int:
    if isinstance(a, Date) and isinstance(b, Date):
        a, b = a.milliseconds, b.milliseconds
    if isinstance(a, str) != isinstance(b, str):
        a, b = number(a), number(b)
        if a is None or b is None:
            raise RecordError("values of different types are compared")
    if isinstance(a, Decimal) and isinstance(b, float):
        b = Decimal(repr(b))
    if isinstance(b, Decimal) and isinstance(a, float):
        a = Decimal(repr(a))
    try:
        return (a > b) - (a < b)
    except TypeError:
        raise RecordError("values of different types are compared") from None


def number(value: Any) -> Any:
    if isinstance(value, Date):
        return value.milliseconds
    if isinstance(value, (int, float, Decimal)):
        return value
    try:
        return Decimal(str(value).strip())
    except ArithmeticError:
        return None


def arithmetic(sign: str, a: Any, b: Any) -> Any:
    """Java's: whole numbers stay whole, a division by zero is an error for them."""
    if a is None or b is None or isinstance(a, bool) or isinstance(b, bool):
        raise RecordError("an operand is no number")
    if isinstance(a, float) or isinstance(b, float):
        a, b = float(a), float(b)
    if sign == "+":
        return a + b
    if sign == "-":
        return a - b
    if sign == "*":
        return a * b
    if b == 0:
        if isinstance(a, float) and sign == "/":
            return math.nan if a == 0 or a != a else math.copysign(math.inf, a)
        raise RecordError("/ by zero")
    if sign == "%":
        return math.fmod(a, b) if isinstance(a, float) else a - b * _towards_zero(a, b)
    return a / b if isinstance(a, float) or isinstance(a, Decimal) or isinstance(b, Decimal) else _towards_zero(a, b)


def _towards_zero(a: Any, b: Any) -> Any:
    whole = abs(int(a)) // abs(int(b))
    return whole if (a < 0) == (b < 0) else -whole


@functools.lru_cache(maxsize=200)
def like(pattern: str, escape: Optional[str]) -> Any:
    out, at = [], 0
    while at < len(pattern):
        char = pattern[at]
        if escape and char == escape and at + 1 < len(pattern):
            at += 1
            out.append(re.escape(pattern[at]))
        else:
            out.append(".*" if char == "%" else "." if char == "_" else re.escape(char))
        at += 1
    return re.compile("".join(out), re.S)


CASTS = {"VARCHAR": "text", "CHAR": "text", "CHARACTER": "text", "STRING": "text", "INTEGER": "whole", "INT": "whole", "BIGINT": "whole", "SMALLINT": "whole",
          "TINYINT": "whole", "DOUBLE": "double", "FLOAT": "double", "REAL": "double", "DECIMAL": "decimal", "NUMERIC": "decimal", "BOOLEAN": "boolean"}


def cast(value: Any, kind: str) -> Any:
    if value is None:
        return None
    target = CASTS.get(kind.split()[0])
    try:
        if target == "text":
            return text(value)
        if target == "boolean":
            return value if isinstance(value, bool) else {"true": True, "false": False}[str(value).strip().lower()]
        amount = int(value) if isinstance(value, bool) else number(value)
        if target == "whole":
            return int(amount)
        return float(amount) if target == "double" else Decimal(double_text(amount)) if isinstance(amount, float) else Decimal(amount)
    except (KeyError, TypeError, ValueError, ArithmeticError):
        raise RecordError(f"{value!r} cannot be cast to {kind}") from None


def _null_safe(function: Callable) -> Callable:
    def called(*values: Any) -> Any:
        return None if any(v is None for v in values) else function(*values)

    return called


def _substring(value: str, start: int, length: Optional[int] = None) -> str:
    value = text(value) or ""
    begin = int(start) - 1
    end = len(value) if length is None else begin + int(length)
    return value[max(begin, 0) : max(end, 0)]


def _trim(*arguments: Any) -> str:
    where, what, value = arguments if len(arguments) == 3 else ("BOTH", " ", arguments[0])
    value = text(value) or ""
    if where in ("BOTH", "LEADING"):
        value = value.lstrip(what)
    return value.rstrip(what) if where in ("BOTH", "TRAILING") else value


def _round(value: Any, digits: int = 0) -> Any:
    if isinstance(value, int):
        return value
    made = Decimal(double_text(value) if isinstance(value, float) else value).quantize(Decimal(1).scaleb(-int(digits)), ROUND_HALF_UP)
    return float(made) if isinstance(value, float) else made


def _extract(unit: str, value: Any) -> Any:
    from datetime import datetime, timedelta

    if not isinstance(value, Date):
        raise RecordError("EXTRACT takes a date")
    at = datetime(1970, 1, 1) + timedelta(milliseconds=value.milliseconds)
    units = {"YEAR": at.year, "MONTH": at.month, "DAY": at.day, "HOUR": at.hour, "MINUTE": at.minute, "SECOND": at.second,
             "DOW": at.isoweekday() % 7 + 1, "DOY": at.timetuple().tm_yday, "EPOCH": value.milliseconds // 1000}
    if unit not in units:
        raise SqlError(f"EXTRACT {unit} is not translated")
    return units[unit]


def _rpath(kind: Optional[str]) -> Callable:
    def called(value: Any, path: str) -> Any:
        holder = value if isinstance(value, dict) else None
        if holder is None:
            return None
        try:
            found = record_path.parse(path).values(holder)
        except ELError as error:
            raise RecordError(str(error)) from None
        values = [v for v in found if v is not None]
        if not values:
            return None
        return values[0] if kind is None else cast(values[0], kind)

    return called


def _upper_words(value: str) -> str:
    return re.sub(r"\w+", lambda m: m.group()[0].upper() + m.group()[1:].lower(), value)


FUNCTIONS: Dict[str, Callable] = {
    "UPPER": _null_safe(lambda v: (text(v) or "").upper()), "LOWER": _null_safe(lambda v: (text(v) or "").lower()), "INITCAP": _null_safe(_upper_words),
    "CHAR_LENGTH": _null_safe(lambda v: len(text(v) or "")), "CHARACTER_LENGTH": _null_safe(lambda v: len(text(v) or "")),
    "LENGTH": _null_safe(lambda v: len(text(v) or "")), "SUBSTRING": _null_safe(_substring), "SUBSTR": _null_safe(_substring), "TRIM": _null_safe(_trim),
    "LTRIM": _null_safe(lambda v: (text(v) or "").lstrip(" ")), "RTRIM": _null_safe(lambda v: (text(v) or "").rstrip(" ")),
    "POSITION": _null_safe(lambda a, b: (text(b) or "").find(text(a) or "") + 1), "REPLACE": _null_safe(lambda v, a, b: (text(v) or "").replace(a, b)),
    "CONCAT": lambda *v: "".join(text(x) or "" for x in v), "LEFT": _null_safe(lambda v, n: (text(v) or "")[: int(n)]),
    "RIGHT": _null_safe(lambda v, n: (text(v) or "")[-int(n):] if int(n) else ""), "REVERSE": _null_safe(lambda v: (text(v) or "")[::-1]),
    "COALESCE": lambda *v: next((x for x in v if x is not None), None), "NVL": lambda a, b: b if a is None else a, "IFNULL": lambda a, b: b if a is None else a,
    "NULLIF": lambda a, b: None if a is None or (b is not None and compare(a, b) == 0) else a,
    "ABS": _null_safe(abs), "CEIL": _null_safe(lambda v: v if isinstance(v, int) else float(math.ceil(v)) if isinstance(v, float) else Decimal(math.ceil(v))),
    "CEILING": _null_safe(lambda v: v if isinstance(v, int) else float(math.ceil(v))), "FLOOR": _null_safe(lambda v: v if isinstance(v, int) else float(math.floor(v))),
    "ROUND": _null_safe(_round), "MOD": _null_safe(lambda a, b: arithmetic("%", number(a), number(b))), "POWER": _null_safe(lambda a, b: float(a) ** float(b)),
    "SQRT": _null_safe(lambda v: math.sqrt(v)), "SIGN": _null_safe(lambda v: (v > 0) - (v < 0)),
    "GREATEST": _null_safe(lambda *v: functools.reduce(lambda a, b: a if compare(a, b) >= 0 else b, v)),
    "LEAST": _null_safe(lambda *v: functools.reduce(lambda a, b: a if compare(a, b) <= 0 else b, v)), "EXTRACT": _null_safe(_extract),
    "RPATH": _rpath(None), "RPATH_STRING": _rpath("VARCHAR"), "RPATH_INT": _rpath("INTEGER"), "RPATH_LONG": _rpath("BIGINT"),
    "RPATH_FLOAT": _rpath("FLOAT"), "RPATH_DOUBLE": _rpath("DOUBLE"),
}
