"""ExtractGrok: named patterns put together to one regular expression of Java."""

from __future__ import annotations

import re

from . import dictionaries
from .charsets import decode
from .grok_patterns import PATTERNS, read
from .java_hash import map_order
from .java_regex import compile_java
from .json_text import layout

_REFERENCE = re.compile(r"%\{([A-Za-z0-9_]+)(?::([A-Za-z0-9_.@\[\]-]+))?(?::([A-Za-z][^}]*))?\}")
_DEPTH, _LENGTH = 50, 45_000
_TYPES = {"byte": int, "short": int, "int": int, "integer": int, "long": int, "float": float, "double": float, "boolean": lambda t: t.lower() == "true",
          "string": str}
_compiled = {}


class GrokError(ValueError):
    """A pattern that is not known, or one that is made of itself."""


def compile_grok(expression, more=None, named_only=False):
    """(pattern, [(capture, type or None)] by number of the group `g<number>`). GrokError where a name is not known."""
    key = (expression, tuple(sorted((more or {}).items())), named_only)
    if key not in _compiled:
        if len(_compiled) > 200:
            _compiled.clear()
        patterns, captures = {**PATTERNS, **(more or {})}, []
        _compiled[key] = (compile_java(_expanded(expression, patterns, captures, named_only, 0)), captures)
    return _compiled[key]


def _expanded(expression, patterns, captures, named_only, depth):
    if depth > _DEPTH:
        raise GrokError("a pattern that is made of itself")

    def put(match):
        name, own, kind = match.groups()
        if name not in patterns:
            raise GrokError(f"no pattern {name}")
        if own is None and named_only:
            return f"(?:{_expanded(patterns[name], patterns, captures, named_only, depth + 1)})"
        number = len(captures)
        captures.append((own or name, kind))
        return f"(?<g{number}>{_expanded(patterns[name], patterns, captures, named_only, depth + 1)})"

    whole = _REFERENCE.sub(put, expression)
    if len(whole) > _LENGTH:
        raise GrokError("the patterns are too long")
    return whole


def patterns_of(path):
    """The patterns of a file."""
    return read(dictionaries.contents(path).decode("utf-8"))


class Patterns:
    """More patterns than Grok's own, handed on as they are (see rt.transform)."""

    def __init__(self, values):
        self.values = values


def extract(flow_file, expression, more=None, to_content=False, named_only=False, keep_empty=True, charset="UTF-8", max_size=1024 * 1024):
    """ExtractGrok: captures as attributes `grok.<name>`, or as a JSON object in the content. A name that captures several
    times is a list."""
    pattern, captures = compile_grok(expression, more.values if more else None, named_only)
    match = pattern.search(decode(flow_file.content[:max_size], charset))
    found = {} if match is None else _captured(match, captures, keep_empty)
    if not found:
        return [("unmatched", flow_file)]
    if to_content:
        names = list(found)
        ordered = {names[i]: found[names[i]] for i in map_order(names)}
        return [("matched", flow_file.with_content(layout(ordered, False)).with_attributes({"mime.type": "application/json"}))]
    return [("matched", flow_file.with_attributes({f"grok.{k}": _text(v) for k, v in found.items() if v is not None}))]


def _captured(match, captures, keep_empty):
    found = {}
    for number, (name, kind) in enumerate(captures):
        value = _typed(match[f"g{number}"], kind)
        if value is None and not keep_empty:
            continue
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found


def _typed(text, kind):
    """The value in the type that `%{NAME:capture:type}` asks for; text where it has no such value."""
    if text is None or kind is None:
        return text
    try:
        return _TYPES.get(kind.lower(), str)(text)
    except ValueError:
        return text


def _text(value):
    if isinstance(value, list):
        return "[" + ", ".join("null" if v is None else _text(v) for v in value) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)
