"""RecordPath: parsed and evaluated by runtime/record_path.py; here its column where Spark says the same."""

from __future__ import annotations

import json

from ..runtime import record_path as runtime
from ..runtime.el_errors import ELError
from .translation import PatternError, Translation


def parse(text: str) -> runtime.RecordPath:
    """The path with `select`, `values` and `put` over Python records. PatternError for what is invalid or unknown."""
    try:
        return runtime.parse(text)
    except ELError as error:
        raise PatternError(str(error)) from None


def to_spark(text: str) -> Translation:
    """A column over a typed record. Equal for fields and single indexes of one struct; not `possible` for what may name
    several places, filters and functions: run those as a Python function."""
    path = parse(text)
    if not path.steps:
        return Translation("", False, f"{text}: not a plain path of fields")
    if path.steps[0][0] != "field":
        return Translation("", False, f"{text}: does not begin with a field")
    column = f"F.col({_text(_name(path.steps[0][1]))})"
    for kind, value in path.steps[1:]:
        if kind == "field":
            column += f"[{_text(value)}]"
        elif kind == "indexes" and len(value) == 1 and value[0][0] == value[0][1]:
            index = value[0][0]
            # Positions count from 1, and from the end with a minus; a place that is not there is null.
            column = f"F.try_element_at({column}, F.lit({index + 1 if index >= 0 else index}))"
        elif kind == "keys" and len(value) == 1:
            column += f"[{_text(value[0])}]"
        else:
            return Translation("", False, f"{text}: may name several places")
    return Translation(column)


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _name(name: str) -> str:
    return name if name.isidentifier() else "`" + name.replace("`", "``") + "`"
