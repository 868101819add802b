"""The error of a text that is no valid expression."""

from __future__ import annotations

from ..errors import ConverterError, Place


class ExpressionError(ConverterError):
    """NiFi calls this expression invalid. `offset` and `length` say where, in characters of the property's text."""

    def __init__(self, message: str, offset: int = 0, length: int = 1, place: Place = Place()):
        super().__init__("expression-syntax", message, place)
        self.offset = offset
        self.length = max(length, 1)
