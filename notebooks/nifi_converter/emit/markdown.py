"""Markdown that no text of a flow can break out of: not of its line, not of its cell, not of its code span."""

from __future__ import annotations

import re
from typing import Iterable, List, Sequence

_BREAKS = re.compile("[\r\n\x0b\x0c\x1c-\x1e\x85\u2028\u2029]+")
_HIDDEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def one_line(text: object) -> str:
    """A text on one line, without characters that cannot be seen."""
    return _HIDDEN.sub("", _BREAKS.sub(" ", str(text))).strip()


def plain(text: object) -> str:
    """A text of the flow as running text: no HTML, no links, no emphasis that it did not mean."""
    line = one_line(text)
    return re.sub(r"([\\`*_\[\]<>|#])", lambda m: {"<": "&lt;", ">": "&gt;"}.get(m[1], "\\" + m[1]), line)


def code(text: object) -> str:
    """A text of the flow in a code span."""
    line = one_line(text).replace("`", "'")
    return f"`{line}`" if line else "*(empty)*"


def cell(text: object) -> str:
    """A code span that may stand in a table."""
    return code(text).replace("|", "\\|")


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> List[str]:
    """Lines of a table; the cells are Markdown already."""
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    return lines + ["| " + " | ".join(row) + " |" for row in rows]


def shorten(text: object, length: int = 300) -> str:
    line = one_line(text)
    return line if len(line) <= length else line[: length - 1] + "…"
