"""Typed errors of the converter. Each carries its place, so that a person finds what to mend."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Optional


@dataclass(frozen=True)
class Place:
    """Where in a source file something stands. Lines and columns count from 1."""

    file: Optional[str] = None
    line: Optional[int] = None
    column: Optional[int] = None
    component: Optional[str] = None

    def __str__(self) -> str:
        parts = []
        if self.file:
            parts.append(self.file)
        if self.line is not None:
            parts.append(f"line {self.line}" + (f", column {self.column}" if self.column is not None else ""))
        if self.component:
            parts.append(self.component)
        return ": ".join(parts)


class ConverterError(Exception):
    """A failure that a person can act on. `reason` is a stable word for scripts, the message is for people."""

    def __init__(self, reason: str, message: str, place: Place = Place()):
        self.reason = reason
        self.message = message
        self.place = place
        where = str(place)
        super().__init__(f"{where}: {message}" if where else message)


    def sentence(self) -> str:
        """The error for a row of a table, where the flow is known: what is wrong first, its place behind."""
        starts = ("is ", "holds ", "declares ", "needs ", "cannot ")
        what = f"The file {self.message}" if self.message.startswith(starts) else self.message[:1].upper() + self.message[1:]
        name = re.split(r"[/\\]", self.place.file)[-1] if self.place.file else None
        where = [str(replace(self.place, file=None)).replace(": ", ", ")] + ([f"in {name}"] if name else [])
        places = ", ".join(part for part in where if part)
        return f"{what} ({places})" if places else what


class ReadError(ConverterError):
    """The source cannot be read as a NiFi flow."""
