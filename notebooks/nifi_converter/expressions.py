"""Whether a property's expressions are valid, for checks that want no tree."""

from __future__ import annotations

from functools import lru_cache
from typing import Optional

from .expression_language import ExpressionError, parse_value


# Flows repeat themselves: the same few expressions stand in most processors of an estate.
@lru_cache(maxsize=4096)
def expression_error(value: str, version: str = "1.28.1") -> Optional[str]:
    """What is wrong with the expressions in `value`, with the place; None where NiFi would accept it."""
    try:
        parse_value(value, nifi_version=version)
    except ExpressionError as error:
        return f"{error.message} (at character {error.offset + 1})"
    return None
