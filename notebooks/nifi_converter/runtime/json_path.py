"""JsonPath as NiFi's library (Jayway) understands it, over parsed JSON (dict, list, str, int, float, bool, None).

Children, indexes, slices, unions, wildcards, deep scan, filters and the functions at a path's end.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Tuple

from .el_errors import ELError
from .json_path_functions import FUNCTIONS

_MAX_STEPS = 200
_MAX_RESULTS = 1_000_000
Ref = Tuple[Any, Any]  # the container and the key in it; (None, None) is the document


class JsonPathError(ELError):
    """No valid path, or one that is not understood here."""


class PathNotFound(ELError):
    """A definite path leads nowhere in this document."""


@dataclass(frozen=True)
class Step:
    """`kind`: keys, indexes, slice, wild, deep (then `value` is the next step), filter, function (a Function)."""

    kind: str
    value: Any = None


@dataclass(frozen=True)
class Function:
    """A function at a path's end. An argument is a path or a value."""

    name: str
    arguments: Tuple[Any, ...] = ()

    def of(self, value: Any, document: Any) -> Any:
        given = [a.read(document) if isinstance(a, JsonPath) else a for a in self.arguments]
        return FUNCTIONS[self.name](value, given)


@dataclass(frozen=True)
class JsonPath:
    """A parsed path. `definite`: it names at most one place."""

    text: str
    steps: Tuple[Step, ...]

    @property
    def definite(self) -> bool:
        return all((s.kind in ("keys", "indexes") and len(s.value) == 1) or s.kind == "function" for s in self.steps)

    @property
    def function(self) -> Optional[Function]:
        return self.steps[-1].value if self.steps and self.steps[-1].kind == "function" else None

    def refs(self, document: Any) -> List[Ref]:
        """The places that the path names, in order. PathNotFound if it is definite and leads nowhere."""
        found: List[Ref] = [(None, None)]
        definite = True
        for step in self.steps:
            if step.kind == "function":
                break
            if not found and definite:
                break
            definite = definite and step.kind in ("keys", "indexes") and len(step.value) == 1
            following: List[Ref] = []
            for ref in found:
                following.extend(_apply(step, _value(document, ref), document))
                if len(following) > _MAX_RESULTS:
                    raise ELError("JsonPath gives too many results")
            found = following
        if not found and definite:
            raise PathNotFound(f"No results for path: {self.text}")
        return found

    def read(self, document: Any) -> Any:
        """The value (definite), a list of values (indefinite), or what the function gives."""
        values = [_value(document, ref) for ref in self.refs(document)]
        definite = all((s.kind in ("keys", "indexes") and len(s.value) == 1) for s in self.steps if s.kind != "function")
        function = self.function
        if function is None:
            return values[0] if definite else values
        return function.of(values[0], document) if definite else [function.of(value, document) for value in values]


def _value(document: Any, ref: Ref) -> Any:
    return document if ref[0] is None else ref[0][ref[1]]


def _apply(step: Step, node: Any, document: Any) -> List[Ref]:
    kind = step.kind
    if kind == "keys":
        if isinstance(node, dict):
            return [(node, key) for key in step.value if key in node]
        return []
    if kind == "indexes":
        if isinstance(node, list):
            return [(node, i % len(node)) for i in step.value if -len(node) <= i < len(node)]
        return []
    if kind == "slice":
        if isinstance(node, list):
            return [(node, i) for i in range(*slice(step.value[0], step.value[1]).indices(len(node)))]
        return []
    if kind == "wild":
        return _all(node)
    if kind == "filter":
        if isinstance(node, list):
            return [(node, i) for i, item in enumerate(node) if step.value(item, document)]
        if isinstance(node, dict):
            # A filter on an object tests the object itself; the place is handed on under a wrapper.
            return [([node], 0)] if step.value(node, document) else []
        return []
    # deep scan: here and everywhere below, parents first
    out: List[Ref] = []
    stack = [node]
    while stack:
        at = stack.pop()
        out.extend(_apply(step.value, at, document))
        if isinstance(at, dict):
            stack.extend(v for v in reversed(list(at.values())) if isinstance(v, (dict, list)))
        elif isinstance(at, list):
            stack.extend(v for v in reversed(at) if isinstance(v, (dict, list)))
    return out


def _all(node: Any) -> List[Ref]:
    if isinstance(node, dict):
        return [(node, key) for key in node]
    if isinstance(node, list):
        return [(node, index) for index in range(len(node))]
    return []


# ---- parsing -----------------------------------------------------------------------------------------------

_PARSED: Dict[str, JsonPath] = {}
_NAME = re.compile(r"[^.\[\]()\s'\"*?]+")
_INDEXES = re.compile(r"\[\s*(-?\d+(?:\s*,\s*-?\d+)*)\s*\]")
_SLICE = re.compile(r"\[\s*(-?\d*)\s*:\s*(-?\d*)\s*\]")
_FUNCTION = re.compile(r"([A-Za-z]+)\((.*)\)\Z", re.S)
_QUOTED = re.compile(r"\s*'((?:[^'\\]|\\.)*)'\s*|\s*\"((?:[^\"\\]|\\.)*)\"\s*")


def parse_path(text: str) -> JsonPath:
    """A path; `$.` in front may be missing. Raises JsonPathError."""
    known = _PARSED.get(text)
    if known is None:
        known = JsonPath(text, tuple(_parse(text)))
        if len(_PARSED) > 500:
            _PARSED.clear()
        _PARSED[text] = known
    return known


def _parse(text: str) -> List[Step]:
    path = text.strip()
    if not path:
        raise JsonPathError("path can not be null or empty")
    if path[0] not in "$@":
        path = "$." + path
    steps: List[Step] = []
    at = 1
    while at < len(path):
        if len(steps) > _MAX_STEPS:
            raise JsonPathError(f"path has more than {_MAX_STEPS} steps")
        deep = path.startswith("..", at)
        if deep:
            at += 2
        elif path[at] == ".":
            at += 1
        elif path[at] != "[":
            raise JsonPathError(f"Could not parse token at position {at} of {text}")
        if at >= len(path):
            raise JsonPathError("Path must not end with a '.' or '..'")
        step, at = _step(path, at)
        steps.append(Step("deep", step) if deep else step)
    if len(steps) > 1 and steps[0].kind == "deep" and steps[-1].kind == "function" and not steps[-1].value.arguments:
        # A function after a scan is of all that the scan finds, not of each.
        return [Step("function", _function(steps[-1].value.name, (JsonPath(text, tuple(steps[:-1])),)))]
    return steps


def _function(name: str, arguments: Tuple[Any, ...]) -> Function:
    if name not in FUNCTIONS:
        raise JsonPathError(f"Function of name: {name} cannot be created")
    if name in ("length", "size") and arguments and isinstance(arguments[0], JsonPath) and arguments[0].function is None:
        arguments = (JsonPath(arguments[0].text, (*arguments[0].steps, Step("wild"))), *arguments[1:])  # of its children
    return Function(name, arguments)


def _arguments(text: str) -> Tuple[Any, ...]:
    """The arguments of a function: paths and JSON values, with commas between them."""
    parts: List[str] = []
    depth, quote, start, at = 0, "", 0, 0
    while at < len(text):
        char = text[at]
        if quote:
            at += char == "\\"
            quote = "" if char == quote else quote
        elif char in "'\"":
            quote = char
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == "," and not depth:
            parts.append(text[start:at])
            start = at + 1
        at += 1
    if quote or depth:
        raise JsonPathError(f"Arguments to function: '{text}' are not closed properly.")
    parts.append(text[start:])
    return tuple(_argument(part.strip()) for part in parts) if text.strip() else ()


def _argument(text: str) -> Any:
    if text[:1] in ("$", "@"):
        return parse_path(text)
    try:
        return json.loads(f'"{text[1:-1]}"' if text[:1] == "'" else text)
    except ValueError:
        raise JsonPathError(f"{text!r} is no argument of a function") from None


def _step(path: str, at: int) -> Tuple[Step, int]:
    if path[at] == "*":
        return Step("wild"), at + 1
    if path[at] != "[":
        function = _FUNCTION.match(path, at)
        if function:
            return Step("function", _function(function[1], _arguments(function[2]))), len(path)
        name = _NAME.match(path, at)
        if not name:
            raise JsonPathError(f"Could not parse token at position {at} of {path}")
        if path[name.end() : name.end() + 1] not in ("", ".", "["):
            raise JsonPathError("Use bracket notion ['my prop'] if your property contains blank characters")
        return Step("keys", (name.group(),)), name.end()
    wild = re.compile(r"\[\s*\*\s*\]").match(path, at)
    if wild:
        return Step("wild"), wild.end()
    indexes = _INDEXES.match(path, at)
    if indexes:
        return Step("indexes", tuple(int(i) for i in indexes[1].split(","))), indexes.end()
    part = _SLICE.match(path, at)
    if part and (part[1] or part[2]):
        return Step("slice", (int(part[1]) if part[1] else None, int(part[2]) if part[2] else None)), part.end()
    if re.compile(r"\[\s*\?").match(path, at):
        return _filter_step(path, at)
    names: List[str] = []
    at += 1
    while True:
        quoted = _QUOTED.match(path, at)
        if not quoted:
            raise JsonPathError(f"Could not parse token at position {at} of {path}")
        names.append(re.sub(r"\\(.)", r"\1", quoted[1] if quoted[1] is not None else quoted[2]))
        at = quoted.end()
        if path[at : at + 1] == ",":
            at += 1
            continue
        if path[at : at + 1] == "]":
            return Step("keys", tuple(names)), at + 1
        raise JsonPathError(f"Could not parse token at position {at} of {path}")


def _filter_step(path: str, at: int) -> Tuple[Step, int]:
    from . import json_path_filter

    start = path.index("?", at) + 1
    end = json_path_filter.closing(path, start)
    test = json_path_filter.parse_filter(path[start:end].strip())
    close = path.find("]", end)
    if close < 0 or path[end:close].strip():
        raise JsonPathError(f"Filter must be closed with ')]' in {path}")
    return Step("filter", test), close + 1
