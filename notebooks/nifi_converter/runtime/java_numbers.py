"""Numbers as Java reads, computes and prints them: `long` wraps at 64 bits, `double` prints as Double.toString does."""

from __future__ import annotations

import math
import re
from typing import Optional, Union

from .el_errors import ELError

LONG_MAX = 2**63 - 1
LONG_MIN = -(2**63)

# What counts as a whole number and as a decimal (Java's floating point literals; an exponent needs a fraction).
_WHOLE = re.compile(r"[+-]?(?:[0-9]+|0[xX][0-9a-fA-F]+)\Z")
_DECIMAL = re.compile(
    r"[+-]?(?:Infinity|NaN"
    r"|[0-9]+\.[0-9]+(?:[eE][+-]?[0-9]+)?"
    r"|\.[0-9]+(?:[eE][+-]?[0-9]+)?"
    r"|0[xX][0-9a-fA-F]+\.?[pP][+-]?[0-9]+"
    r"|0[xX][0-9a-fA-F]*\.[0-9a-fA-F]+(?:[pP][+-]?[0-9]+)?)\Z"
)


def java_trim(text: str) -> str:
    """String.trim: every character up to U+0020 goes, no other white space."""
    start, end = 0, len(text)
    while start < end and text[start] <= " ":
        start += 1
    while end > start and text[end - 1] <= " ":
        end -= 1
    return text[start:end]


def wrap_long(value: int) -> int:
    """A whole number cut to 64 bits, as `long` arithmetic overflows."""
    return (value + 2**63) % 2**64 - 2**63


def wrap_int(value: int) -> int:
    """A whole number cut to 32 bits, as Long.intValue does."""
    return (value + 2**31) % 2**32 - 2**31


def double_to_long(value: float) -> int:
    """The cast (long) of a double: towards zero, NaN is 0, what is too large is the largest."""
    if value != value:
        return 0
    if value in (math.inf, -math.inf):
        return LONG_MAX if value > 0 else LONG_MIN
    return max(LONG_MIN, min(LONG_MAX, int(value)))


def parse_double(text: str) -> float:
    """Double.valueOf for a text that already has the shape of a decimal."""
    body = text.lstrip("+-")
    if body[:2] in ("0x", "0X"):
        if "p" not in body.lower():
            raise ELError(f'For input string: "{text}"')
        return float.fromhex(text)
    if body == "Infinity":
        return -math.inf if text.startswith("-") else math.inf
    return float(text)


def parse_number(text: str) -> Optional[Union[int, float]]:
    """A trimmed text as Long (also hexadecimal) or Double, None where it is no number. Too large a Long is an error."""
    if _WHOLE.match(text):
        body = text.lstrip("+-")
        value = int(body, 16 if body[:2] in ("0x", "0X") else 10)
        value = -value if text.startswith("-") else value
        if not LONG_MIN <= value <= LONG_MAX:
            raise ELError(f'For input string: "{text}"')
        return value
    if _DECIMAL.match(text):
        return parse_double(text)
    return None


def double_text(value: float) -> str:
    """Double.toString: plain from 1e-3 up to 1e7, otherwise with an exponent, always at least one decimal."""
    if value != value:
        return "NaN"
    if value in (math.inf, -math.inf):
        return "Infinity" if value > 0 else "-Infinity"
    sign = "-" if math.copysign(1.0, value) < 0 else ""
    magnitude = abs(value)
    if magnitude == 0:
        return sign + "0.0"
    mantissa, _, exponent = f"{magnitude!r}".partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0)  # where the decimal point stands in whole + fraction
    point -= len(whole + fraction) - len((whole + fraction).lstrip("0"))
    digits = digits.rstrip("0") or "0"
    if 1e-3 <= magnitude < 1e7:
        if point <= 0:
            return f"{sign}0.{'0' * -point}{digits}"
        padded = digits.ljust(point, "0")
        return f"{sign}{padded[:point]}.{padded[point:] or '0'}"
    return f"{sign}{digits[0]}.{digits[1:] or '0'}E{point - 1}"


def utf16_length(text: str) -> int:
    """String.length: UTF-16 units, so a character outside the basic plane counts twice."""
    return len(text) + sum(1 for c in text if c > "\uffff")


def utf16(text: str) -> str:
    """The text with each character outside the basic plane as its two surrogates, so that indexes are Java's."""
    if text.isascii() or not any(c > "\uffff" for c in text):
        return text
    data = text.encode("utf-16-le", "surrogatepass")
    return "".join(chr(int.from_bytes(data[i : i + 2], "little")) for i in range(0, len(data), 2))


def from_utf16(text: str) -> str:
    """The reverse of `utf16`; a lone surrogate stays one."""
    if text.isascii() or not any("\ud800" <= c <= "\udfff" for c in text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
