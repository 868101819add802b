"""DecimalFormat patterns (`#,##0.00`): checked, evaluated in Python, and handed to Spark's format_number."""

from __future__ import annotations

from ..runtime import java_decimal_format as runtime
from ..runtime.el_errors import ELError, NotTranslated
from .translation import PatternError, Translation


def check(pattern: str) -> None:
    """PatternError for a pattern that Java refuses or that is not understood here."""
    try:
        runtime.compile_pattern(pattern)
    except ELError as error:
        raise PatternError(str(error)) from None


def to_spark(pattern: str, column: str) -> Translation:
    """`F.expr(...)` over a numeric column: Spark's format_number takes a pattern of java.text.DecimalFormat, in English,
    and prints with it. Not `possible` for what format_number leaves out (a negative part of its own)."""
    if not pattern:
        return Translation("", False, "an empty pattern: Spark takes one of its own, with groups of thousands")
    try:
        runtime.compile_pattern(pattern)
    except NotTranslated as error:
        return Translation("", False, str(error))
    except ELError as error:
        raise PatternError(str(error)) from None
    if ";" in runtime.unquoted(pattern):
        return Translation("", False, "a separate pattern for negative numbers: use the Python function")
    text = pattern.replace("\\", "\\\\").replace("'", "\\'")
    return Translation(f"F.expr({f'format_number({column}, {chr(39)}{text}{chr(39)})'!r})")
