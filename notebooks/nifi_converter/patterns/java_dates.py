"""Date patterns to Spark's. Spark prints and reads with java.time, in a subset of its letters and with its own limits.

NiFi 1.x prints with SimpleDateFormat, where the same letters partly mean other things; NiFi 2.x with DateTimeFormatter.
"""

from __future__ import annotations

from typing import List, Tuple

from ..expression_language.functions import parse_version
from ..runtime import java_simple_date, java_time
from ..runtime.el_errors import ELError, NotTranslated
from .translation import PatternError, Translation

# letter → the most letters with which SimpleDateFormat and Spark print the same
_SAME_1 = {"y": 6, "M": 4, "L": 2, "d": 2, "D": 3, "E": 4, "H": 2, "k": 2, "K": 2, "h": 2, "m": 2, "s": 2, "X": 3, "Z": 3}
_SAME_2 = {**_SAME_1, "S": 9, "Q": 4, "q": 4, "V": 2, "O": 4, "x": 3, "L": 4, "n": 0}
_NUMBERS = "yMdHhkKmsSD"


def to_spark_printing(pattern: str, nifi_version: str = "1.28.1") -> Translation:
    """The pattern for `date_format`. PatternError where NiFi refuses it; not `possible` where Spark has no equal."""
    try:
        items, two = _items(pattern, nifi_version)
    except NotTranslated as error:
        return Translation("", False, str(error))
    out: List[str] = []
    for letter, count, literal in items:
        if not letter:
            out.append(_quoted(literal))
            continue
        if letter == "S" and not two and count != 3:
            return Translation("", False, f"{letter * count}: milliseconds in NiFi 1.x, a fraction of a second in Spark")
        if letter == "X" and count == 1 and not two:
            return Translation("", False, "X: NiFi 1.x prints the hours of an offset only, Spark its minutes as well")
        if letter == "a":
            out.append("a")
            continue
        if letter == "S" or letter in (_SAME_2 if two else _SAME_1) and count <= (_SAME_2 if two else _SAME_1)[letter]:
            if letter == "S" and count > 9:
                return Translation("", False, "more than nine digits of a second")
            out.append(letter * count)
            continue
        return Translation("", False, f"{letter * count}: no letter of Spark's date patterns means the same")
    return Translation(_joined(out))


def to_spark_reading(pattern: str, nifi_version: str = "1.28.1") -> Translation:
    """The pattern for `try_to_timestamp`. Never `equal`: NiFi reads leniently, Spark to the letter; for texts that have
    exactly the pattern's form both give the same. Not `possible` where even those differ (two-digit years, names)."""
    try:
        items, two = _items(pattern, nifi_version)
    except NotTranslated as error:
        return Translation("", False, str(error))
    if any(letter == "y" and count <= 2 and not two for letter, count, _ in items):
        return Translation("", False, "two-digit years: NiFi 1.x takes 80 years back to 20 ahead, Spark 2000 to 2099")
    if any(letter in "zV" and letter for letter, _, _ in items):
        return Translation("", False, "names of time zones are read by other tables")
    printing = to_spark_printing(pattern, nifi_version)
    if not printing.possible:
        return printing
    names = {letter for letter, _, _ in items}
    if "E" in names:
        return Translation("", False, "Spark does not read names of weekdays")
    return Translation(printing.text, False, "other texts: NiFi rolls dates over or takes fewer digits, Spark gives null")


def _items(pattern: str, nifi_version: str) -> Tuple[List[Tuple[str, int, str]], bool]:
    two = parse_version(nifi_version) >= (2, 0)
    try:
        return (java_time if two else java_simple_date).compile_pattern(pattern), two
    except NotTranslated:
        raise
    except ELError as error:
        raise PatternError(f"date pattern {pattern!r}: {error}") from None


def _quoted(literal: str) -> str:
    if literal == "'":
        return "''"
    if any(c.isalpha() or c in "[]{}#'" for c in literal):
        return "'" + literal.replace("'", "''") + "'"
    return literal


def _joined(pieces: List[str]) -> str:
    """Two quoted texts side by side would read as an escaped quote."""
    out = ""
    for piece in pieces:
        if out.endswith("'") and piece.startswith("'") and len(piece) > 2 and not out.endswith("''"):
            out = out[:-1] + piece[1:]
        else:
            out += piece
    return out
