"""What a translation gives, and the error of a text that is invalid in NiFi as well."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import ConverterError, Place


class PatternError(ConverterError):
    """The text is invalid in NiFi too. `offset` counts characters."""

    def __init__(self, message: str, offset: int = 0, place: Place = Place()):
        super().__init__("pattern", message, place)
        self.offset = offset


@dataclass(frozen=True)
class Translation:
    """`text` in the target's language, empty where there is none. `equal`: it means the same to the letter."""

    text: str
    equal: bool = True
    reason: str = ""

    @property
    def possible(self) -> bool:
        return bool(self.text)
