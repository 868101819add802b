"""Jolt's modify-overwrite, modify-default and modify-define, and their functions (`=toInteger`, `=concat(@(1,a),'-')`)."""

from __future__ import annotations

import copy
import json
import math
import re
from typing import Any, Callable, Dict, List, Optional, Tuple

from .java_numbers import double_to_long, java_trim
from .jolt_path import JoltError, Key, Level, child, evaluate, is_missing, items_of, keys_of, look_up
from .json_text import compact

_NOTHING = object()  # a function that gives no value: the next alternative, or nothing is written
_MODES = {"+": "overwrite", "~": "default", "_": "define"}


def modify(mode: str, spec: Dict[str, Any], document: Any) -> Any:
    """The document with the spec's values written. `mode`: overwrite, default (missing or null), define (missing)."""
    if isinstance(document, (dict, list)):
        _below(mode, spec, document, [Level(document, ("root",))])
    return document


def _below(mode: str, spec: Dict[str, Any], tree: Any, walked: List[Level]) -> None:
    literal: List[Tuple[str, str, bool, bool, Any]] = []
    computed: List[Tuple[Key, str, Any]] = []
    for text, value in spec.items():
        own = _MODES.get(text[:1], mode) if len(text) > 1 else mode
        name = text[1:] if text[:1] in _MODES and len(text) > 1 else text
        only_if_there = name.endswith("?")
        name = name[:-1] if only_if_there else name
        array = name.endswith("[]")
        name = name[:-2] if array else name
        for key in keys_of(name):
            if key.kind == "literal":
                literal.append((key.text, own, only_if_there, array, value))
            else:
                computed.append((key, own, value))
    computed.sort(key=lambda entry: entry[0].order or (0,))
    named = set()
    for name, own, only_if_there, array, value in literal:
        named.add(name)
        if only_if_there and is_missing(child(tree, name)):
            continue
        _write(own, tree, name, (name,), value, array, walked)
    for name, _ in list(items_of(tree)) if computed and isinstance(tree, (dict, list)) else []:
        if name in named:
            continue
        for key, own, value in computed:
            keys = key.match(name, walked)
            if keys is not None:
                _write(own, tree, name, keys, value, False, walked)
                break


def _write(mode: str, tree: Any, name: str, keys: Tuple[str, ...], spec: Any, array: bool, walked: List[Level]) -> None:
    known = child(tree, name)
    if isinstance(spec, dict):
        if is_missing(known) or (known is None and mode != "define"):
            known = [] if array else {}
            _set(tree, name, known)
        if isinstance(known, (dict, list)):
            walked.append(Level(known, keys))
            _below(mode, spec, known, walked)
            walked.pop()
        return
    if not (mode == "overwrite" or is_missing(known) or (mode == "default" and known is None)):
        return
    walked.append(Level(None if is_missing(known) else known, keys))
    made: Any = _NOTHING
    for alternative in spec if isinstance(spec, list) else [spec]:
        made = _value(alternative, known, walked)
        if made is not _NOTHING:
            break
    walked.pop()
    if made is not _NOTHING:
        _set(tree, name, made)


def _set(tree: Any, name: str, value: Any) -> None:
    if isinstance(tree, dict):
        tree[name] = value
    elif isinstance(tree, list) and name.isdigit() and int(name) < 1_000_000:
        tree.extend([None] * (int(name) + 1 - len(tree)))
        tree[int(name)] = value


# ---- values ------------------------------------------------------------------------------------------------


def _value(spec: Any, known: Any, walked: List[Level]) -> Any:
    if not isinstance(spec, str):
        return copy.deepcopy(spec)
    if spec.startswith("="):
        return _call(spec[1:], known, walked)
    if spec.startswith("@"):
        found = look_up(walked, spec)
        return _NOTHING if is_missing(found) or found is None else copy.deepcopy(found)
    if spec.startswith("\\") and len(spec) > 1:
        return spec[1:]
    return spec


_CALL = re.compile(r"([\w]+)\s*(?:\((.*)\))?\s*\Z", re.S)


def _call(text: str, known: Any, walked: List[Level]) -> Any:
    match = _CALL.match(text.strip())
    if not match or match[1] not in FUNCTIONS:
        raise JoltError(f"the Jolt function {text!r} is not known here")
    if match[2] is None:
        arguments = [] if is_missing(known) else [known]
        if is_missing(known) and match[1] not in ("isPresent", "isNull", "notNull"):
            return _NOTHING
    else:
        arguments = []
        for piece in _pieces(match[2]):
            arguments.append(_argument(piece, known, walked))
    return FUNCTIONS[match[1]](*[None if a is _NOTHING else a for a in arguments]) if _fits(match[1], arguments) else _NOTHING


def _fits(name: str, arguments: List[Any]) -> bool:
    least, most = _ARITY.get(name, (1, 100))
    return least <= len(arguments) <= most


def _pieces(text: str) -> List[str]:
    pieces, piece, depth, quoted = [], "", 0, False
    for index, char in enumerate(text):
        if char == "'" and (index == 0 or text[index - 1] != "\\"):
            quoted = not quoted
        if not quoted:
            depth += (char == "(") - (char == ")")
            if char == "," and depth == 0:
                pieces.append(piece)
                piece = ""
                continue
        piece += char
    return pieces + [piece] if piece.strip() or pieces else []


def _argument(text: str, known: Any, walked: List[Level]) -> Any:
    text = text.strip()
    if text.startswith("'") and text.endswith("'") and len(text) > 1:
        return text[1:-1].replace("\\'", "'")
    if text.startswith("@"):
        found = look_up(walked, text)
        return _NOTHING if is_missing(found) else found
    if text.startswith("&"):
        return evaluate(text, walked)
    if text.startswith("^"):
        return _NOTHING
    try:
        return json.loads(text)
    except ValueError:
        return text


# ---- functions ---------------------------------------------------------------------------------------------


def _number(value: Any) -> Optional[float]:
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, (int, float)):
        return value
    try:
        return int(value) if re.fullmatch(r"[+-]?\d{1,18}", value.strip()) else float(value) if isinstance(value, str) and "_" not in value else None
    except (TypeError, ValueError, AttributeError):
        return None


def _each(function: Callable[[Any], Any]) -> Callable:
    """A function of one value; a list gives the list of what it gives for each item that it takes."""

    def mapped(*values: Any) -> Any:
        value = values[0] if len(values) == 1 else list(values)
        if isinstance(value, list):
            made = [function(v) for v in value]
            return [m if m is not _NOTHING else v for m, v in zip(made, value)]
        return function(value)

    return mapped


def _integer(bits: int) -> Callable[[Any], Any]:
    def converted(value: Any) -> Any:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            number = double_to_long(value) if isinstance(value, float) else value
            return (number + 2 ** (bits - 1)) % 2**bits - 2 ** (bits - 1)
        if isinstance(value, str) and re.fullmatch(r"[+-]?\d+", value) and len(value) < 20 and -(2 ** (bits - 1)) <= int(value) < 2 ** (bits - 1):
            return int(value)
        return _NOTHING

    return converted


def _double(value: Any) -> Any:
    if isinstance(value, bool):
        return _NOTHING
    if isinstance(value, (int, float)):
        return float(value)
    try:
        return float(value) if isinstance(value, str) and "_" not in value else _NOTHING
    except ValueError:
        return _NOTHING


def _boolean(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    return _NOTHING


def _text(value: Any) -> str:
    return value if isinstance(value, str) else compact(value)


def _on_text(function: Callable[[str], Any]) -> Callable[[Any], Any]:
    return lambda value: function(value) if isinstance(value, str) else _NOTHING


def _flat(values: Tuple[Any, ...]) -> List[Any]:
    return list(values[0]) if len(values) == 1 and isinstance(values[0], list) else list(values)


def _numbers(function: Callable[[List[Any]], Any]) -> Callable:
    def reduced(*values: Any) -> Any:
        numbers = [n for n in (_number(v) for v in _flat(values)) if n is not None]
        return function(numbers) if numbers else _NOTHING

    return reduced


def _subtract(kind: Callable[[Any], Any]) -> Callable:
    def reduced(*values: Any) -> Any:
        numbers = [_number(v) for v in _flat(values)]
        return kind(numbers[0] - numbers[1]) if len(numbers) == 2 and None not in numbers else _NOTHING

    return reduced


def _divide(*values: Any) -> Any:
    numbers = [_number(v) for v in _flat(values)]
    return numbers[0] / numbers[1] if len(numbers) == 2 and None not in numbers and numbers[1] != 0 else _NOTHING


def _divide_and_round(digits: Any, *values: Any) -> Any:
    quotient = _divide(*values)
    if quotient is _NOTHING or not isinstance(digits, int):
        return _NOTHING
    from decimal import ROUND_HALF_UP, Decimal

    return float(Decimal(repr(quotient)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))


def _substring(value: Any, start: Any, end: Any) -> Any:
    if not isinstance(value, str) or not isinstance(start, int) or not isinstance(end, int) or not 0 <= start < end <= len(value):
        return _NOTHING
    return value[start:end]


def _pad(left: bool) -> Callable:
    def padded(value: Any, size: Any, filler: Any) -> Any:
        if not isinstance(value, str) or not isinstance(size, int) or not isinstance(filler, str) or len(filler) != 1 or size > 500:
            return _NOTHING
        return value.rjust(size, filler) if left else value.ljust(size, filler)

    return padded


def _split(separator: Any, value: Any) -> Any:
    if not isinstance(value, str) or not isinstance(separator, str):
        return _NOTHING
    from . import java_regex

    parts, at = [], 0
    for match in java_regex.compile_java(separator).finditer(value):
        if match.end() > match.start():
            parts.append(value[at : match.start()])
            at = match.end()
    parts.append(value[at:])
    while len(parts) > 1 and parts[-1] == "":
        parts.pop()
    return parts


def _join(separator: Any, *values: Any) -> Any:
    return _text(separator).join(_text(v) for v in _flat(values) if v is not None) if separator is not None else _NOTHING


def _element(index: Any, *values: Any) -> Any:
    items = _flat(values)
    return items[index] if isinstance(index, int) and 0 <= index < len(items) else _NOTHING


def _squash(value: Any, deep: bool) -> Any:
    if isinstance(value, list):
        return [_squash(v, True) if deep else v for v in value if v is not None]
    if isinstance(value, dict):
        return {k: _squash(v, True) if deep else v for k, v in value.items() if v is not None}
    return value


def _sorted(*values: Any) -> Any:
    items = _flat(values)
    try:
        return sorted(items)
    except TypeError:
        return _NOTHING


def _size(*values: Any) -> Any:
    value = values[0] if len(values) == 1 else list(values)
    return len(value) if isinstance(value, (list, dict, str)) else _NOTHING


def _absolute(value: Any) -> Any:
    number = _number(value)
    return _NOTHING if number is None else abs(number)


FUNCTIONS: Dict[str, Callable] = {
    "toInteger": _each(_integer(32)), "toLong": _each(_integer(64)), "toDouble": _each(_double), "toBoolean": _each(_boolean),
    "toString": lambda *v: _text(v[0] if len(v) == 1 else list(v)), "toLower": _each(_on_text(str.lower)), "toUpper": _each(_on_text(str.upper)), "trim": _each(_on_text(java_trim)),
    "concat": lambda *v: "".join(_text(x) for x in _flat(v) if x is not None), "join": _join, "split": _split, "substring": _substring,
    "leftPad": _pad(True), "rightPad": _pad(False),
    "min": _numbers(min), "max": _numbers(max), "abs": _each(_absolute), "avg": _numbers(lambda n: float(math.fsum(n)) / len(n)),
    "intSum": _numbers(lambda n: int(sum(n))), "longSum": _numbers(lambda n: int(sum(n))), "doubleSum": _numbers(lambda n: float(sum(n))),
    "intSubtract": _subtract(int), "longSubtract": _subtract(int), "doubleSubtract": _subtract(float),
    "divide": _divide, "divideAndRound": _divide_and_round,
    "size": _size, "toList": lambda *v: v[0] if len(v) == 1 and isinstance(v[0], list) else list(v),
    "firstElement": lambda *v: _element(0, *v), "lastElement": lambda *v: _element(len(_flat(v)) - 1, *v), "elementAt": _element,
    "sort": _sorted, "squashNulls": lambda *v: _squash(v[0] if len(v) == 1 else list(v), False),
    "recursivelySquashNulls": lambda *v: _squash(v[0] if len(v) == 1 else list(v), True),
    "noop": lambda *v: _NOTHING, "isPresent": lambda *v: v[0] if v else _NOTHING,
    "isNull": lambda *v: None if v and v[0] is None else _NOTHING, "notNull": lambda *v: v[0] if v and v[0] is not None else _NOTHING,
}
_ARITY = {"isPresent": (0, 100), "isNull": (0, 100), "notNull": (0, 100), "substring": (3, 3), "leftPad": (3, 3), "rightPad": (3, 3), "split": (2, 2), "noop": (0, 100)}
