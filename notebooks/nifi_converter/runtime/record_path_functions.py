"""The functions of RecordPath. Each is mapped over the places of its first argument; null stays null."""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any, Callable, Dict, List, Optional

from . import el_dates, el_text, java_calendar, java_regex
from .el_environment import Date
from .el_errors import ELError
from .el_values import to_text
from .java_numbers import java_trim


def build(name: str, arguments: List[Callable]) -> Callable:
    """The selector of a call. ELError where the function is not known here or takes other arguments."""
    from .record_path import Place

    if name in _WHOLE:
        function, least, most = _WHOLE[name]
        _check(name, len(arguments), least, most)
        return lambda root, here: function(Place, [a(root, here) for a in arguments])
    if name not in _MAPPED:
        raise ELError(f"RecordPath function {name} is not known here")
    mapped, least, most = _MAPPED[name]
    _check(name, len(arguments), least, most)

    def select(root, here):
        rest = [_first(a(root, here)) for a in arguments[1:]]
        return [Place(mapped(place.value, *rest), place.key, place.container, place.parent) for place in arguments[0](root, here)]

    return select


def _check(name: str, count: int, least: int, most: int) -> None:
    if not least <= count <= most:
        raise ELError(f"RecordPath function {name} takes {least} to {most} arguments, not {count}")


def _first(places) -> Any:
    return places[0].value if places else None


def _text(value: Any) -> Optional[str]:
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return to_text(value)


def _on_text(function: Callable) -> Callable:
    """Null stays null; other values are their text."""

    def mapped(value: Any, *rest: Any) -> Any:
        return None if value is None else function(_text(value), *rest)

    return mapped


def _test(function: Callable) -> Callable:
    def mapped(value: Any, *rest: Any) -> bool:
        return value is not None and bool(function(_text(value), *[_text(r) for r in rest]))

    return mapped


def _substring(text: str, start: Any, end: Any) -> str:
    """Negative indexes count from the end; an end of -1 is the last character."""
    first, last = int(start), int(end)
    first = first if first >= 0 else len(text) + first
    last = last if last >= 0 else len(text) + last + 1
    return text[max(first, 0) : last] if max(first, 0) < last else ""


def _to_date(text: str, pattern: Any, zone: Any = None) -> Any:
    """A text that does not parse stays as it is."""
    try:
        return el_dates.to_date_2(text, _text(pattern), _text(zone))
    except ELError:
        return text


def _format(value: Any, pattern: Any, zone: Any = None) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, Date)):
        return value
    return el_dates.format_date_2(value if isinstance(value, Date) else Date(value), _text(pattern), _zone(zone))


def _zone(zone: Any) -> Any:
    """Record paths name zones to Java's TimeZone, which takes what it does not know ("EDT") for UTC."""
    name = _text(zone)
    try:
        if name is not None:
            java_calendar.strict_zone(name)
        return name
    except ELError:
        return "GMT"


def _pad(left: bool) -> Callable:
    def mapped(text: str, length: Any, pad: Any = "_") -> Optional[str]:
        return (el_text.pad_left if left else el_text.pad_right)(text, int(length), _text(pad))

    return mapped


def _uuid5(text: str, namespace: Any = None) -> str:
    space = uuid.UUID(_text(namespace) or "00000000-0000-0000-0000-000000000000")
    return str(uuid.uuid5(space, text))


def _unescape_json(text: str) -> Any:
    from . import json_text

    try:
        return json_text.parse(text)
    except json_text.JsonError as error:
        raise ELError(str(error)) from None


_MAPPED: Dict[str, tuple] = {
    "substring": (_on_text(_substring), 3, 3),
    "substringBefore": (_on_text(lambda t, x: el_text.substring_before(t, _text(x))), 2, 2),
    "substringBeforeLast": (_on_text(lambda t, x: el_text.substring_before_last(t, _text(x) or "")), 2, 2),
    "substringAfter": (_on_text(lambda t, x: el_text.substring_after(t, _text(x))), 2, 2),
    "substringAfterLast": (_on_text(lambda t, x: el_text.substring_after_last(t, _text(x) or "")), 2, 2),
    "replace": (_on_text(lambda t, a, b: t if a is None or b is None else t.replace(_text(a), _text(b))), 3, 3),
    "replaceRegex": (_on_text(lambda t, a, b: java_regex.replace(t, _text(a), _text(b))), 3, 3),
    "replaceNull": (lambda v, other: other if v is None else v, 2, 2),
    "toUpperCase": (_on_text(str.upper), 1, 1),
    "toLowerCase": (_on_text(str.lower), 1, 1),
    "trim": (_on_text(java_trim), 1, 1),
    "toString": (_on_text(lambda t, charset=None: t), 1, 2),
    "toDate": (_on_text(_to_date), 2, 3),
    "format": (_format, 2, 3),
    "base64Encode": (_on_text(lambda t: base64.b64encode(t.encode("utf-8")).decode("ascii")), 1, 1),
    "base64Decode": (_on_text(el_text.base64_decode), 1, 1),
    "hash": (_on_text(lambda t, name: el_text.hash(t, _text(name))), 2, 2),
    "padLeft": (_on_text(_pad(True)), 2, 3),
    "padRight": (_on_text(_pad(False)), 2, 3),
    "uuid5": (_on_text(_uuid5), 1, 2),
    "escapeJson": (lambda v: json.dumps(v, ensure_ascii=False, separators=(",", ":")), 1, 1),
    "unescapeJson": (_on_text(_unescape_json), 1, 1),
    "contains": (_test(lambda t, x: x is not None and x in t), 2, 2),
    "startsWith": (_test(lambda t, x: x is not None and t.startswith(x)), 2, 2),
    "endsWith": (_test(lambda t, x: x is not None and t.endswith(x)), 2, 2),
    "matchesRegex": (_test(lambda t, x: x is not None and java_regex.compile_java(x).fullmatch(t)), 2, 2),
    "containsRegex": (_test(lambda t, x: x is not None and java_regex.compile_java(x).search(t)), 2, 2),
    "isEmpty": (lambda v: v is None or _text(v) == "", 1, 1),
    "isBlank": (lambda v: v is None or not (_text(v) or "").strip(), 1, 1),
    "not": (lambda v: v is not True, 1, 1),
}


def _concat(place, arguments) -> List[Any]:
    return [place("".join(_text(p.value) or "" for places in arguments for p in places))]


def _join(place, arguments) -> List[Any]:
    delimiter = _text(_first(arguments[0])) or ""
    values = [v for places in arguments[1:] for p in places for v in (p.value if isinstance(p.value, list) else [p.value])]
    return [place(delimiter.join("null" if v is None else _text(v) or "" for v in values))]


def _field_name(place, arguments) -> List[Any]:
    return [place(p.name, p.key, p.container, p.parent) for p in arguments[0]]


def _coalesce(place, arguments) -> List[Any]:
    for places in arguments:
        for found in places:
            if found.value is not None:
                return [found]
    return []


def _count(place, arguments) -> List[Any]:
    return [place(len(arguments[0]))]


def _map_of(place, arguments) -> List[Any]:
    if len(arguments) % 2:
        raise ELError("mapOf takes an even number of arguments")
    firsts = [_text(_first(a)) for a in arguments]
    return [place({key: value for key, value in zip(firsts[::2], firsts[1::2]) if key is not None})]


_WHOLE: Dict[str, tuple] = {
    "concat": (_concat, 1, 100),
    "join": (_join, 2, 100),
    "fieldName": (_field_name, 1, 1),
    "coalesce": (_coalesce, 1, 100),
    "count": (_count, 1, 1),
    "mapOf": (_map_of, 2, 100),
}
