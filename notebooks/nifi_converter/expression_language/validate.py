"""What NiFi checks when it compiles an expression, before any attribute is known: constant patterns and amounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable, Optional

from ..runtime import el_dates, java_calendar, java_regex, java_time, json_path
from ..runtime.el_errors import ELError
from .errors import ExpressionError
from .nodes import Call, Expression, Literal

if TYPE_CHECKING:
    from . import Value


def check_literals(value: "Value") -> None:
    """Raises ExpressionError for a constant that NiFi refuses at compile time. What is only not translatable passes."""
    two = value.version >= (2, 0)
    for part in value.parts:
        if not isinstance(part, Expression):
            continue
        for node in part.root.walk():
            if not isinstance(node, Call):
                continue
            for index, check in _CHECKS.get(node.function, ()):
                if index < len(node.arguments):
                    _check(node.arguments[index], check, part.start)
            if two and node.function in ("format", "toDate", "isValidDate"):
                _check(node.arguments[0] if node.arguments else None, java_time.compile_pattern, part.start)
                if len(node.arguments) > 1 and _constant(node.arguments[0]) is not None:
                    _check(node.arguments[1], java_calendar.strict_zone, part.start)


def _constant(node) -> Optional[str]:
    return node.value if isinstance(node, Literal) and isinstance(node.value, str) else None


def _check(node, check: Callable[[str], object], offset: int) -> None:
    text = _constant(node)
    if text is None:
        return
    try:
        check(text)
    except java_regex.RegexNotTranslatable:
        return
    except ELError as error:
        raise ExpressionError(str(error), offset + node.start, node.end - node.start) from None


_CHECKS = {
    "matches": ((0, java_regex.translate),),
    "find": ((0, java_regex.translate),),
    "jsonPath": ((0, json_path.parse_path),),
    "jsonPathDelete": ((0, json_path.parse_path),),
    "jsonPathSet": ((0, json_path.parse_path),),
    "jsonPathAdd": ((0, json_path.parse_path),),
    "jsonPathPut": ((0, json_path.parse_path),),
    "plusDuration": ((0, el_dates.check_duration),),
    "minusDuration": ((0, el_dates.check_duration),),
    "plusInstantDuration": ((0, el_dates.check_duration),),
    "minusInstantDuration": ((0, el_dates.check_duration),),
}
