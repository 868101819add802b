"""Java's regular expressions in Python: translated where Python can say the same, refused where it cannot.

Differences that are bridged: `.`, `$`, `^` and `\\Z` know five line ends; `\\d`, `\\w`, `\\s` and ignoring case are
ASCII; `\\b` is not; classes nest and intersect; `\\Q…\\E`, `\\h`, `\\R`, `\\x{…}`, POSIX names, flags in mid-pattern,
possessive quantifiers, replacements with `$1` and `${name}`.
"""

from __future__ import annotations

import re
from typing import Dict, List, Optional, Pattern

from .el_errors import ELError
from .java_regex_translator import RegexError, RegexNotTranslatable, translate  # noqa: F401

_COMPILED: Dict[str, Pattern[str]] = {}


def compile_java(pattern: str) -> Pattern[str]:
    """The compiled pattern, remembered for the next row. Raises as `translate` does."""
    compiled = _COMPILED.get(pattern)
    if compiled is None:
        source = translate(pattern)
        try:
            compiled = re.compile(source)
        except (re.error, OverflowError, RecursionError) as error:
            if "look-behind" in str(error):
                raise RegexNotTranslatable(pattern, "look-behind of varying width has no equal in Python") from None
            raise RegexNotTranslatable(pattern, str(error)) from None
        if len(_COMPILED) >= 500:
            _COMPILED.clear()
        _COMPILED[pattern] = compiled
    return compiled


def replacement_parts(replacement: str, pattern: Pattern[str]) -> List[object]:
    """A Java replacement as texts and group numbers: `$1`, `${name}`, and a backslash that makes the next literal."""
    parts: List[object] = []
    text: List[str] = []
    at = 0
    while at < len(replacement):
        char = replacement[at]
        at += 1
        if char == "\\":
            if at >= len(replacement):
                raise ELError("character to be escaped is missing")
            text.append(replacement[at])
            at += 1
        elif char == "$":
            if text:
                parts.append("".join(text))
                text = []
            name = re.compile(r"\{([a-zA-Z][a-zA-Z0-9]*)\}").match(replacement, at)
            if name:
                if name[1] not in pattern.groupindex:
                    raise ELError(f"No group with name {{{name[1]}}}")
                parts.append(pattern.groupindex[name[1]])
                at = name.end()
                continue
            if not replacement[at : at + 1].isdigit():
                raise ELError("Illegal group reference")
            number = int(replacement[at])
            at += 1
            if number > pattern.groups:
                raise ELError(f"No group {number}")
            while replacement[at : at + 1].isdigit() and number * 10 + int(replacement[at]) <= pattern.groups:
                number = number * 10 + int(replacement[at])
                at += 1
            parts.append(number)
        else:
            text.append(char)
    if text:
        parts.append("".join(text))
    return parts


def replace(text: str, pattern: str, replacement: Optional[str], count: int = 0) -> str:
    """Matcher.replaceAll (`count` 0) or replaceFirst (1). The replacement is only looked at where something matches."""
    compiled = compile_java(pattern)
    parts: Optional[List[object]] = None

    def put(match) -> str:
        nonlocal parts
        if parts is None:
            if replacement is None:
                raise ELError("a replacement is needed")
            parts = replacement_parts(replacement, compiled)
        return "".join(p if isinstance(p, str) else (match.group(p) or "") for p in parts)

    return compiled.sub(put, text, count=count)
