"""RecordPath: parsed and evaluated by runtime/record_path.py; here its column where Spark says the same."""

from __future__ import annotations

import json
from typing import Any, Callable, Dict, List, Tuple

from ..runtime import java_calendar
from ..runtime import record_path as runtime
from ..runtime.el_errors import ELError
from . import java_dates
from .translation import PatternError, Translation

# Record paths read and print dates with java.time in NiFi 1.x as well.
_DATES = "2.0.0"
# java.time takes the month's last day for it, the older SimpleDateFormat counts on into the next month.
_STAYS = "A text that is no such date stays as it is. So does a day that its month does not have, such as 31/02, of which NiFi makes another day."


def parse(text: str) -> runtime.RecordPath:
    """The path with `select`, `values` and `put` over Python records. PatternError for what is invalid or unknown."""
    try:
        return runtime.parse(text)
    except ELError as error:
        raise PatternError(str(error)) from None


def to_spark(text: str) -> Translation:
    """A column over a typed record. Equal for fields and single indexes of one struct, and for functions of them that are
    Spark's too, but for dates that are none; not `possible` for what may name several places, filters and other functions:
    run those in Python."""
    try:
        tree = parse(text).tree
        return Translation(_column(tree), False, _STAYS) if _formats(tree) else Translation(_column(tree))
    except _NoColumn as reason:
        return Translation("", False, f"{text}: {reason}")


class _NoColumn(Exception):
    pass


def _formats(tree: Tuple) -> bool:
    """Whether dates are formatted anywhere in a path."""
    return tree[0] == "call" and (tree[1] == "format" or any(_formats(argument) for argument in tree[2]))


def _column(tree: Tuple) -> str:
    if tree[0] == "path":
        return _path(tree)
    if tree[0] == "call":
        return _call(tree[1], tree[2])
    if tree[0] in ("text", "number"):
        return f"F.lit({_text(str(tree[1]))})"
    raise _NoColumn("not a plain path of fields")


def _path(tree: Tuple) -> str:
    _, start, steps = tree
    if start != "/" or not steps:
        raise _NoColumn("not a plain path of fields")
    if steps[0][0] != "field":
        raise _NoColumn("does not begin with a field")
    column = f"F.col({_text(_name(steps[0][1]))})"
    for kind, value in steps[1:]:
        if kind == "field":
            column += f"[{_text(value)}]"
        elif kind == "indexes" and len(value) == 1 and value[0][0] == value[0][1]:
            index = value[0][0]
            # Positions count from 1, and from the end with a minus; a place that is not there is null.
            column = f"F.try_element_at({column}, F.lit({index + 1 if index >= 0 else index}))"
        elif kind == "keys" and len(value) == 1:
            column += f"[{_text(value[0])}]"
        else:
            raise _NoColumn("may name several places")
    return column


def _as_text(tree: Tuple) -> str:
    """A value as its text. Numbers with decimals print otherwise in Java, but only beyond seven digits."""
    column = _column(tree)
    return column if column.startswith(("F.lit(", "F.upper(", "F.lower(", "rt.trim(", "F.concat(")) else f'{column}.cast("string")'


def _constant(tree: Tuple) -> str:
    if tree[0] not in ("text", "number"):
        raise _NoColumn("an argument that differs from record to record")
    return str(tree[1])


def _upper(arguments: List[Tuple]) -> str:
    return f"F.upper({_as_text(arguments[0])})"


def _lower(arguments: List[Tuple]) -> str:
    return f"F.lower({_as_text(arguments[0])})"


def _trim(arguments: List[Tuple]) -> str:
    return f"rt.trim({_as_text(arguments[0])})"


def _concat(arguments: List[Tuple]) -> str:
    """A null is empty text in between."""
    return "F.concat(" + ", ".join(_as_text(a) if a[0] == "text" else f'F.coalesce({_as_text(a)}, F.lit(""))' for a in arguments) + ")"


def _replace(arguments: List[Tuple]) -> str:
    sought, other = _constant(arguments[1]), _constant(arguments[2])
    if not sought:
        raise _NoColumn("replaces the empty text")
    return f"F.replace({_as_text(arguments[0])}, F.lit({_text(sought)}), F.lit({_text(other)}))"


def _replace_null(arguments: List[Tuple]) -> str:
    return f"F.coalesce({_as_text(arguments[0])}, {_as_text(arguments[1])})"


def _format(arguments: List[Tuple]) -> str:
    """`format(toDate(path, pattern), pattern[, zone])` of texts; what is no such date stays as it is."""
    inner = arguments[0]
    if inner[0] != "call" or inner[1] != "toDate" or len(inner[2]) != 2:
        raise _NoColumn("formats something else than toDate(path, pattern)")
    read = java_dates.to_spark_reading(_constant(inner[2][1]), _DATES)
    printed = java_dates.to_spark_printing(_constant(arguments[1]), _DATES)
    for pattern in (read, printed):
        if not pattern.possible:
            raise _NoColumn(pattern.reason)
    zone = ""
    if len(arguments) > 2:
        name = _constant(arguments[2])
        try:
            java_calendar.strict_zone(name)
        except ELError:
            name = "GMT"  # Java's TimeZone takes what it does not know for that
        zone = f", zone={_text(name)}"
    return f"rt.format_date({_column(inner[2][0])}, {_text(read.text)}, {_text(printed.text)}{zone})"


_FUNCTIONS: Dict[str, Tuple[Callable[[List[Tuple]], str], int, int]] = {
    "toUpperCase": (_upper, 1, 1), "toLowerCase": (_lower, 1, 1), "trim": (_trim, 1, 1), "concat": (_concat, 1, 100),
    "replace": (_replace, 3, 3), "replaceNull": (_replace_null, 2, 2), "format": (_format, 2, 3),
}


def _call(name: str, arguments: List[Any]) -> str:
    known = _FUNCTIONS.get(name)
    if known is None or not known[1] <= len(arguments) <= known[2]:
        raise _NoColumn(f"{name}() has no column of its own")
    return known[0](arguments)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _name(name: str) -> str:
    return name if name.isidentifier() else "`" + name.replace("`", "``") + "`"
