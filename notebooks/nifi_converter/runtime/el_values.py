"""Conversions, comparisons and arithmetic of the Expression Language, and functions over several attributes.

Values are str, int (Java's long), float (double), bool, Date, Instant, or None (an attribute that does not exist).
"""

from __future__ import annotations

import math as _math
import re
from typing import Any, Callable, Iterable, List, Mapping, Optional, Union

from . import java_regex, java_time
from .el_environment import Date, Instant, zone_name
from .el_errors import ELError
from .java_numbers import double_text, double_to_long, java_trim, parse_number, utf16, wrap_int, wrap_long

Number = Union[int, float]

# ---- conversions -------------------------------------------------------------------------------------------


def to_text(value: Any) -> Optional[str]:
    """As NiFi writes a value into an attribute: Java's toString; a date in the JVM's zone."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return double_text(value)
    if isinstance(value, Date):
        return java_time.date_text(value.milliseconds, zone_name())
    return java_time.instant_text(value.nanoseconds)


def same(value: Any) -> Any:
    """toNumber and toDecimal: the conversion of the subject is all there is."""
    return value


def boolean(value: Optional[str]) -> Optional[bool]:
    """Text is true if it is `true` in any case, trimmed."""
    return None if value is None else java_trim(value).lower() == "true"


def number(value: Any) -> Optional[Number]:
    """Text as Long or Double, None where it is no number; a date as milliseconds."""
    if isinstance(value, str):
        return parse_number(java_trim(value))
    if isinstance(value, Date):
        return value.milliseconds
    if isinstance(value, Instant):
        return value.nanoseconds // 1_000_000
    return value


def whole(value: Any) -> Optional[int]:
    """As `number`, decimals cut towards zero."""
    found = number(value)
    return double_to_long(found) if isinstance(found, float) else found


def decimal(value: Any) -> Optional[float]:
    """As `number`, always a double."""
    found = number(value)
    return None if found is None else float(found)


_DIGITS = re.compile(r"[0-9]+\Z")


def date(value: Any) -> Optional[Date]:
    """Epoch milliseconds (no sign), Date.toString's form or yyyy/MM/dd HH:mm:ss[.SSS]; other text is an error."""
    if value is None or isinstance(value, Date):
        return value
    if isinstance(value, str):
        text = java_trim(value)
        if _DIGITS.match(text):
            return Date(_long(text))
        return Date(java_time.implicit_date(text, zone_name()))
    if isinstance(value, Instant):
        return Date(value.nanoseconds // 1_000_000)
    return Date(double_to_long(value) if isinstance(value, float) else value)


def instant(value: Any) -> Optional[Instant]:
    """Epoch milliseconds (no sign) or ISO 8601 in UTC; other text is an error."""
    if value is None or isinstance(value, Instant):
        return value
    if isinstance(value, str):
        text = java_trim(value)
        if _DIGITS.match(text):
            return Instant(_long(text) * 1_000_000)
        found = java_time.parse_iso_instant(text)
        if found is None:
            raise ELError(f"Could not implicitly convert input to INSTANT: {text}")
        return Instant(found)
    if isinstance(value, Date):
        return Instant(value.milliseconds * 1_000_000)
    return Instant((double_to_long(value) if isinstance(value, float) else value) * 1_000_000)


def _long(text: str) -> int:
    found = parse_number(text)
    assert isinstance(found, int)
    return found


# ---- logic -------------------------------------------------------------------------------------------------


def is_null(subject: Optional[str]) -> bool:
    return subject is None


def not_null(subject: Optional[str]) -> bool:
    return subject is not None


def is_empty(subject: Optional[str]) -> bool:
    """Missing, empty or only white space."""
    return subject is None or not java_trim(subject)


def not_(subject: Optional[bool]) -> bool:
    """A missing subject is an error, as in NiFi."""
    if subject is None:
        raise ELError("not() of an attribute that does not exist")
    return not subject


def and_(subject: Optional[bool], other: Callable[[], Optional[bool]]) -> bool:
    """A missing subject counts as true here: NiFi looks only at the other side then."""
    if subject is False:
        return False
    return bool(other())


def or_(subject: Optional[bool], other: Callable[[], Optional[bool]]) -> bool:
    return True if subject else bool(other())


def equals(subject: Any, other: Any) -> bool:
    """Values of one type as they are, of different types by their text; a date's text is its milliseconds."""
    if subject is None or other is None:
        return False
    return _plain(subject) == _plain(other)


def _plain(value: Any) -> Any:
    if isinstance(value, Date):
        return str(value.milliseconds)
    return to_text(value)


def equals_ignore_case(subject: Optional[str], other: Optional[str]) -> bool:
    """Java compares letter by letter: equal in upper case or in lower case."""
    if subject is None or other is None:
        return False
    return len(subject) == len(other) and all(a == b or _fold(a) == _fold(b) for a, b in zip(subject, other))


def _fold(char: str) -> str:
    upper = char.upper()
    upper = upper if len(upper) == 1 else char
    lower = upper.lower()
    return lower if len(lower) == 1 else ("i" if upper == "\u0130" else upper)


def in_(subject: Optional[str], *texts: Optional[str]) -> bool:
    return subject is not None and subject in texts


def starts_with(subject: Optional[str], text: Optional[str]) -> bool:
    return subject is not None and text is not None and subject.startswith(text)


def ends_with(subject: Optional[str], text: Optional[str]) -> bool:
    return subject is not None and text is not None and subject.endswith(text)


def contains(subject: Optional[str], text: Optional[str]) -> bool:
    return subject is not None and text is not None and text in subject


def matches(subject: Optional[str], pattern: Optional[str]) -> bool:
    """The whole subject matches Java's regular expression."""
    if subject is None or pattern is None:
        return False
    return java_regex.compile_java(pattern).fullmatch(subject) is not None


def find(subject: Optional[str], pattern: Optional[str]) -> bool:
    """Some part of the subject matches Java's regular expression."""
    if subject is None or pattern is None:
        return False
    return java_regex.compile_java(pattern).search(subject) is not None


def gt(subject: Optional[Number], other: Optional[Number]) -> bool:
    return _compare(subject, other, lambda a, b: a > b)


def ge(subject: Optional[Number], other: Optional[Number]) -> bool:
    return _compare(subject, other, lambda a, b: a >= b)


def lt(subject: Optional[Number], other: Optional[Number]) -> bool:
    return _compare(subject, other, lambda a, b: a < b)


def le(subject: Optional[Number], other: Optional[Number]) -> bool:
    return _compare(subject, other, lambda a, b: a <= b)


def _compare(subject: Optional[Number], other: Optional[Number], test: Callable[[Number, Number], bool]) -> bool:
    """Whole numbers exactly, otherwise as doubles; what is no number compares as false."""
    if subject is None or other is None:
        return False
    if isinstance(subject, int) and isinstance(other, int):
        return test(subject, other)
    return test(float(subject), float(other))


# ---- numbers -----------------------------------------------------------------------------------------------


def length(subject: Optional[str]) -> int:
    """In UTF-16 units; 0 for a missing attribute."""
    return 0 if subject is None else len(utf16(subject))


def index_of(subject: Optional[str], text: Optional[str]) -> int:
    """-1 for a missing attribute; a missing argument is an error."""
    if subject is None:
        return -1
    if text is None:
        raise ELError("indexOf needs a text")
    return utf16(subject).find(utf16(text))


def last_index_of(subject: Optional[str], text: Optional[str]) -> int:
    if subject is None:
        return -1
    if text is None:
        raise ELError("lastIndexOf needs a text")
    return utf16(subject).rfind(utf16(text))


def plus(subject: Optional[Number], other: Optional[Number]) -> Optional[Number]:
    return _compute(subject, other, lambda a, b: a + b, lambda a, b: a + b)


def minus(subject: Optional[Number], other: Optional[Number]) -> Optional[Number]:
    return _compute(subject, other, lambda a, b: a - b, lambda a, b: a - b)


def multiply(subject: Optional[Number], other: Optional[Number]) -> Optional[Number]:
    return _compute(subject, other, lambda a, b: a * b, lambda a, b: a * b)


def divide(subject: Optional[Number], other: Optional[Number]) -> Optional[Number]:
    """Whole numbers towards zero, by zero is an error; decimals give Infinity and NaN."""
    return _compute(subject, other, _divide_whole, _divide_decimal)


def mod(subject: Optional[Number], other: Optional[Number]) -> Optional[Number]:
    """The remainder has the subject's sign."""
    return _compute(subject, other, lambda a, b: a - b * _divide_whole(a, b), _mod_decimal)


def _compute(subject, other, on_whole, on_decimal) -> Optional[Number]:
    """Long if both sides are whole (it wraps), else Double; None where one side is no number."""
    if subject is None or other is None:
        return None
    if isinstance(subject, int) and isinstance(other, int):
        return wrap_long(on_whole(subject, other))
    return on_decimal(float(subject), float(other))


def _divide_whole(a: int, b: int) -> int:
    if b == 0:
        raise ELError("/ by zero")
    quotient = abs(a) // abs(b)
    return quotient if (a < 0) == (b < 0) else -quotient


def _divide_decimal(a: float, b: float) -> float:
    if b == 0:
        if a == 0 or a != a:
            return _math.nan
        return _math.copysign(_math.inf, a) * _math.copysign(1.0, b)
    return a / b


def _mod_decimal(a: float, b: float) -> float:
    if b == 0 or _math.isinf(a) or a != a or b != b:
        return _math.nan
    return _math.fmod(a, b)


def to_radix(subject: Optional[int], radix: Optional[int], width: Optional[int] = None) -> Optional[str]:
    """In another base, padded with zeros to `width`; a base outside 2..36 counts as 10."""
    if subject is None:
        return None
    if radix is None:
        raise ELError("toRadix needs a radix")
    base = wrap_int(radix)
    if not 2 <= base <= 36:
        base = 10  # as Long.toString
    digits, rest = [], abs(subject)
    while rest or not digits:
        rest, digit = divmod(rest, base)
        digits.append("0123456789abcdefghijklmnopqrstuvwxyz"[digit])
    text = ("-" if subject < 0 else "") + "".join(reversed(digits))
    if width is not None and width > len(text):
        if width > 100_000_000:
            raise ELError(f"padding to {width} digits")
        text = text.rjust(width, "0")  # in front of the sign, as NiFi does
    return text


def from_radix(subject: Optional[str], radix: Optional[int]) -> Optional[int]:
    """Long.parseLong with a base; other text is an error."""
    if subject is None or radix is None:
        return None
    base = wrap_int(radix)
    body = subject[1:] if subject[:1] in ("+", "-") else subject
    allowed = "0123456789abcdefghijklmnopqrstuvwxyz"[: max(base, 0)]
    if not 2 <= base <= 36 or not body or any(c.lower() not in allowed or not c.isascii() for c in body):
        raise ELError(f'For input string: "{subject}" under radix {base}')
    value = int(body, base) * (-1 if subject.startswith("-") else 1)
    if wrap_long(value) != value:
        raise ELError(f'For input string: "{subject}" under radix {base}')
    return value


# ---- several attributes ------------------------------------------------------------------------------------


def attributes_named(attributes: Mapping[str, str], *names: Optional[str]) -> List[Optional[str]]:
    return [attributes.get(name) if name is not None else None for name in names]


def attributes_matching(attributes: Mapping[str, str], *patterns: Optional[str]) -> List[Optional[str]]:
    """The values of attributes whose whole name matches; one missing value if none does, as NiFi evaluates once."""
    compiled = [java_regex.compile_java(p) for p in patterns if p is not None]
    found: List[Optional[str]] = [v for n, v in attributes.items() if any(p.fullmatch(n) for p in compiled)]
    return found or [None]


def delimited_values(text: Optional[str], delimiter: Optional[str]) -> List[Optional[str]]:
    """String.split by a regular expression: empty parts at the end go; one missing value if nothing is left."""
    if text is None or delimiter is None:
        return [None]
    parts = list(split(text, delimiter))
    return parts or [None]  # type: ignore[return-value]


def split(text: str, pattern: str) -> List[str]:
    """Java's String.split(pattern)."""
    parts: List[str] = []
    last = 0
    for match in java_regex.compile_java(pattern).finditer(text):
        if match.end() == 0 or (match.start() == match.end() == len(text)):
            continue
        parts.append(text[last : match.start()])
        last = match.end()
    if not parts:
        return [text]
    parts.append(text[last:])
    while parts and not parts[-1]:
        parts.pop()
    return parts


def any_of(values: Iterable[Optional[str]], test: Callable[[Optional[str]], Optional[bool]]) -> bool:
    return any(test(value) for value in values)


def all_of(values: Iterable[Optional[str]], test: Callable[[Optional[str]], Optional[bool]]) -> bool:
    return all(test(value) for value in values)


def count_of(values: Iterable[Any]) -> int:
    """How many are there; of booleans, how many are true."""
    return sum(1 for value in values if value is not None and value is not False)


def join_of(values: Iterable[Optional[str]], delimiter: Optional[str]) -> str:
    """The texts with the delimiter between them, missing ones as empty text."""
    return ("null" if delimiter is None else delimiter).join(value or "" for value in values)
