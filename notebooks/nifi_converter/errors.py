"""Typed errors of the converter. Each carries its place, so that a person finds what to mend."""

from __future__ import annotations

from dataclasses import dataclass
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


class ReadError(ConverterError):
    """The source cannot be read as a NiFi flow."""
