"""Java's regular expressions at conversion time: valid, and sayable in Python's `re`? Spark takes them as they are."""

from __future__ import annotations

from ..runtime import java_regex as runtime
from .translation import PatternError, Translation


def to_python(pattern: str) -> Translation:
    """Python's pattern. PatternError where Java refuses it too; not `possible` where Python has no equal."""
    try:
        return Translation(runtime.compile_java(pattern).pattern)
    except runtime.RegexNotTranslatable as error:
        return Translation("", False, str(error))
    except runtime.RegexError as error:
        raise PatternError(str(error)) from None


def to_spark(pattern: str) -> Translation:
    """The pattern itself: Spark runs java.util.regex. PatternError where it is known to be invalid."""
    try:
        runtime.translate(pattern)
    except runtime.RegexNotTranslatable:
        pass
    except runtime.RegexError as error:
        raise PatternError(str(error)) from None
    return Translation(pattern)
