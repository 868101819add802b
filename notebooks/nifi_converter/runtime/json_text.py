"""JSON as NiFi's parser (Jackson) reads and writes it: strict, several values in a row, and its error messages."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any, Iterator, List, Tuple

from .java_numbers import double_text

MAX_DEPTH = 1000
_SPACE = " \t\r\n"
_SOURCE = "\n at [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: {}, column: {}]"


class JsonError(ValueError):
    """No valid JSON; the message is Jackson's where it is one of the usual ones."""


def _refuse_constant(name: str) -> Any:
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def values(text: str) -> Iterator[Any]:
    """The values of a text, one after the other (a document, or JSON lines). JsonError at the first that is broken."""
    at = 0
    while True:
        while at < len(text) and text[at] in _SPACE:
            at += 1
        if at >= len(text):
            return
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError) as error:
            raise JsonError(_message(text, at, error)) from None
        yield value


def parse(text: str) -> Any:
    """The one value of a text. JsonError where there is none or something stands behind it."""
    found = list(values(text))
    if len(found) != 1:
        raise JsonError("No content to map due to end-of-input" if not found else "Trailing token")
    return found[0]


# ---- why it is broken --------------------------------------------------------------------------------------

_LITERAL = re.compile(r"[^\s,:\[\]{}\"]+")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")


def _message(text: str, start: int, error: Exception) -> str:
    """Jackson's message for the first fault from `start` on."""
    stack: List[str] = []
    at, expect = start, "value"
    while True:
        while at < len(text) and text[at] in _SPACE:
            at += 1
        if at >= len(text):
            what = "Unexpected end-of-input"
            if stack:
                kind = "Array" if stack[-1] == "[" else "Object"
                what = f"Unexpected end-of-input within/between {kind} entries" if expect in ("value", "name") and stack else \
                    f"Unexpected end-of-input: expected close marker for {kind} (start marker at{_SOURCE_START.format(*_place(text, _opener(text, start)))})"
            return what + _SOURCE.format(*_place(text, at))
        char = text[at]
        if expect in ("value", "first"):
            if char == "]" and expect == "first" and stack and stack[-1] == "[":
                stack.pop()
                at, expect = at + 1, "after"
            elif char in "[{":
                if len(stack) >= MAX_DEPTH:
                    return f"Document nesting depth ({MAX_DEPTH + 1}) exceeds the maximum allowed ({MAX_DEPTH}, from `StreamReadConstraints.getMaxNestingDepth()`)"
                stack.append(char)
                at, expect = at + 1, "first" if char == "[" else "first name"
            elif char == '"':
                match = _STRING.match(text, at)
                if not match:
                    return _broken_string(text, at)
                at, expect = match.end(), "after"
            elif char == "-" or char.isdigit():
                match = _NUMBER.match(text, at)
                if not match:
                    return _unexpected(text, at, "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')")
                at, expect = match.end(), "after"
            else:
                word = _LITERAL.match(text, at)
                if not word or not (word.group()[0].isalpha() or word.group()[0] in "$_"):
                    return _unexpected(text, at, "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')")
                if word.group() not in ("true", "false", "null"):
                    token = re.match(r"[\w$]+", word.group()).group()
                    return (f"Unrecognized token '{token}': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
                            + _SOURCE.format(*_place(text, at + len(token))))
                at, expect = word.end(), "after"
            if expect == "after" and not stack:
                return f"{type(error).__name__}: {error}"  # this value is whole: the fault is of another kind
        elif expect in ("name", "first name"):
            if char == "}" and expect == "first name":
                stack.pop()
                at, expect = at + 1, "after"
                if not stack:
                    return str(error)
                continue
            match = _STRING.match(text, at) if char == '"' else None
            if char == '"' and not match:
                return _broken_string(text, at)
            if not match:
                return _unexpected(text, at, "was expecting double-quote to start field name")
            at = match.end()
            while at < len(text) and text[at] in _SPACE:
                at += 1
            if at >= len(text) or text[at] != ":":
                if at >= len(text):
                    return "Unexpected end-of-input within/between Object entries" + _SOURCE.format(*_place(text, at))
                return _unexpected(text, at, "was expecting a colon to separate field name and value")
            at, expect = at + 1, "value"
        else:
            if not stack:
                return str(error)
            close = "]" if stack[-1] == "[" else "}"
            if char == close:
                stack.pop()
                at += 1
            elif char == ",":
                at, expect = at + 1, "value" if stack[-1] == "[" else "name"
            else:
                return _unexpected(text, at, f"was expecting comma to separate {'Array' if close == ']' else 'Object'} entries")


_SOURCE_START = " [Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled); line: {}, column: {}]"


def _opener(text: str, start: int) -> int:
    """Where the innermost bracket that is still open stands."""
    stack: List[int] = []
    at = start
    while at < len(text):
        char = text[at]
        if char == '"':
            match = _STRING.match(text, at)
            at = match.end() if match else len(text)
            continue
        if char in "[{":
            stack.append(at)
        elif char in "]}" and stack:
            stack.pop()
        at += 1
    return stack[-1] if stack else start


def _place(text: str, at: int) -> Tuple[int, int]:
    line = text.count("\n", 0, at) + 1
    return line, at - (text.rfind("\n", 0, at) + 1) + 1


def _unexpected(text: str, at: int, why: str) -> str:
    return f"Unexpected character ('{text[at]}' (code {ord(text[at])})): {why}" + _SOURCE.format(*_place(text, at + 1))


def _broken_string(text: str, at: int) -> str:
    for index in range(at + 1, len(text)):
        if text[index] < " ":
            return (f"Illegal unquoted character ((CTRL-CHAR, code {ord(text[index])})): has to be escaped using backslash to be included in string value"
                    + _SOURCE.format(*_place(text, index + 1)))
        if text[index] == '"' and text[index - 1] != "\\":
            break
    return "Unexpected end-of-input in VALUE_STRING" + _SOURCE.format(*_place(text, len(text)))


# ---- writing -----------------------------------------------------------------------------------------------


def quoted(text: str) -> str:
    """A text as Jackson writes it: capital hexadecimal digits, nothing but control characters and quotes escaped."""
    made = encode_basestring(text)
    return re.sub(r"(?<!\\)((?:\\\\)*)\\u([0-9a-f]{4})", lambda m: f"{m[1]}\\u{m[2].upper()}", made) if "\\u" in made else made


def compact(value: Any) -> str:
    """A parsed value as JsonNode.toString writes it."""
    return layout(value, False)


def scalar(value: Any, scientific: bool = True) -> str:
    """A scalar as a generator writes it. `scientific` False: decimals and doubles without an exponent."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            return f'"{double_text(value)}"'
        shown = double_text(value)
        return shown if scientific or "E" not in shown else format(Decimal(shown), "f")
    if isinstance(value, Decimal):
        return str(value) if scientific else format(value, "f")
    return str(value)


def layout(value: Any, pretty: bool, scientific: bool = True) -> str:
    """Nested `Raw`, dicts, lists and scalars as text; pretty as Jackson's default printer does it."""
    out: List[str] = []
    _lay(value, pretty, scientific, "", out, 0)
    return "".join(out)


class Raw(str):
    """JSON text that is written as it is."""


def _lay(value: Any, pretty: bool, scientific: bool, margin: str, out: List[str], depth: int) -> None:
    if depth > MAX_DEPTH:
        raise JsonError("JSON is nested too deep")
    if isinstance(value, Raw):
        out.append(value)
    elif isinstance(value, dict):
        if not value:
            out.append("{ }" if pretty else "{}")
            return
        inner = margin + "  "
        out.append("{" + ("\n" + inner if pretty else ""))
        first = True
        for name, item in value.items():
            if not first:
                out.append(",\n" + inner if pretty else ",")
            first = False
            out.append(quoted(name) + (" : " if pretty else ":"))
            _lay(item, pretty, scientific, inner, out, depth + 1)
        out.append("\n" + margin + "}" if pretty else "}")
    elif isinstance(value, (list, tuple)):
        if not value:
            out.append("[ ]" if pretty else "[]")
            return
        out.append("[ " if pretty else "[")
        first = True
        for item in value:
            if not first:
                out.append(", " if pretty else ",")
            first = False
            _lay(item, pretty, scientific, margin, out, depth + 1)
        out.append(" ]" if pretty else "]")
    else:
        out.append(scalar(value, scientific))
