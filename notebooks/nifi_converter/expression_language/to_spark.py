"""The Spark target: a value as PySpark source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Tuple

from .to_python import parts_source

if TYPE_CHECKING:
    from . import Value


@dataclass(frozen=True)
class ColumnCode:
    """PySpark source of one Column. `imports`: the lines that it needs; `uses_udf`: a Python function runs per row."""

    source: str
    imports: Tuple[str, ...]
    uses_udf: bool


def to_spark(value: "Value", *, attributes: str = "attributes") -> ColumnCode:
    source = parts_source(value.parts, value.version, value.nifi_version)
    return ColumnCode(f"elc.udf(lambda attributes: {source})(F.col({attributes!r}))", (), True)
