"""Whether a property's expressions are valid, for checks that want no tree."""

from __future__ import annotations

from typing import Optional

from .expression_language.errors import ExpressionError
from .expression_language.functions import parse_version
from .expression_language.parser import parse_parts


def expression_error(value: str, version: str = "") -> Optional[str]:
    """What is wrong with the expressions in `value`, with the place; None where NiFi would accept it."""
    try:
        parse_parts(value, parse_version(version))
    except ExpressionError as error:
        return f"{error.message} (at character {error.offset + 1})"
    return None
