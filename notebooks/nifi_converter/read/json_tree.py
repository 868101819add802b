"""JSON with positions: strict, iterative (so that depth cannot overflow), bounded.

Objects are dicts that know their offset; the rest are plain Python values. About 10 MB a second.
"""

from __future__ import annotations

import bisect
import json
import re
from typing import Any, List, Optional

from ..errors import Place, ReadError
from .encodings import decoded
from .limits import Limits

_SPACE = re.compile(r"[ \t\n\r]*")
_TEXT = re.compile(r'"([^"\\\x00-\x1f]*)')
# Counted: a matcher remembers each repetition, so that millions of escapes in one string would cost gigabytes.
_ESCAPES = re.compile(r'(?:\\.[^"\\\x00-\x1f]*){1,1000}')
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_WORD = re.compile(r"true|false|null")
_WORDS = {"true": True, "false": False, "null": None}
_LONE = re.compile("[\ud800-\udfff]")
_MAX_NUMBER = 400  # characters; longer ones cost quadratic time and mean nothing here


class JsonObject(dict):
    """A JSON object and where it starts in the text."""

    __slots__ = ("offset",)


class JsonDocument:
    """The parsed text; turns offsets into places."""

    def __init__(self, text: str, name: str):
        self.text = text
        self.name = name
        self.value: Any = None
        self._starts: Optional[List[int]] = None

    def line_column(self, offset: int) -> tuple:
        """Line and column of an offset, from 1."""
        if self._starts is None:
            self._starts = [0] + [match.end() for match in re.finditer("\n", self.text)]
        line = bisect.bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def place(self, offset: Optional[int], component: str = "") -> Place:
        line, column = self.line_column(offset) if offset is not None else (None, None)
        return Place(self.name, line, column, component or None)

    def fail(self, reason: str, message: str, offset: Optional[int], component: str = "") -> ReadError:
        return ReadError(reason, message, self.place(offset, component))


def parse_json(data: bytes, name: str, limits: Limits) -> JsonDocument:
    """Raises ReadError: bad_encoding, malformed, too_deep, too_large."""
    text = decoded(data, name)
    document = JsonDocument(text[1:] if text[:1] == "\ufeff" else text, name)
    _Parser(document, limits).run()
    return document


class _Parser:
    def __init__(self, document: JsonDocument, limits: Limits):
        self.document = document
        self.text = document.text
        self.limits = limits
        self.stack: List[Any] = []

    def error(self, expected: str, position: int) -> ReadError:
        found = "the end of the file" if position >= len(self.text) else repr(self.text[position])
        return self.document.fail(
            "malformed", f"is not valid JSON: expected {expected}, found {found}", position, self.component()
        )

    def component(self) -> str:
        for container in reversed(self.stack):
            if isinstance(container, dict):
                label = container.get("name") or container.get("identifier")
                if isinstance(label, str) and label:
                    return repr(label[:80])
        return ""

    def string(self, position: int) -> tuple:
        match = _TEXT.match(self.text, position)
        if match and self.text[match.end() : match.end() + 1] == '"':
            return match.group(1), match.end() + 1
        escapes = match
        while escapes:
            end = escapes.end()
            escapes = _ESCAPES.match(self.text, end)
        if not match or self.text[end : end + 1] != '"':
            raise self.error("a string that is closed and escaped as JSON asks", position)
        try:
            value = json.loads(self.text[position : end + 1])
        except ValueError:
            raise self.error("a valid escape in a string", position) from None
        return _LONE.sub("\ufffd", value), end + 1

    def scalar(self, position: int) -> tuple:
        match = _NUMBER.match(self.text, position)
        if match:
            if match.end() - match.start() > _MAX_NUMBER:
                raise self.error(f"a number of at most {_MAX_NUMBER} characters", position)
            value = match.group(0)
            return (float(value) if match.group(1) or match.group(2) else int(value)), match.end()
        match = _WORD.match(self.text, position)
        if match:
            return _WORDS[match.group(0)], match.end()
        raise self.error("a value", position)

    def run(self) -> None:
        text, stack, skip = self.text, self.stack, _SPACE.match
        size = len(text)
        keys: List[str] = []  # the pending key of each open object, "" for arrays
        count = 0
        position = skip(text, 0).end()
        while True:
            # A value starts here.
            count += 1
            if count > self.limits.max_nodes:
                raise self.document.fail(
                    "too_large", f"holds more than {self.limits.max_nodes} values", position, self.component()
                )
            first = text[position] if position < size else ""
            value: Any
            if first == '"':
                value, position = self.string(position)
            elif first == "{" or first == "[":
                if len(stack) >= self.limits.max_depth:
                    raise self.document.fail(
                        "too_deep", f"nested more than {self.limits.max_depth} levels deep", position, self.component()
                    )
                if first == "{":
                    value = JsonObject()
                    value.offset = position
                else:
                    value = []
                position = skip(text, position + 1).end()
                if text[position : position + 1] == ("}" if first == "{" else "]"):
                    position += 1
                else:
                    self.attach(value, keys)
                    stack.append(value)
                    if first == "{":
                        key, position = self.key(position)
                        keys.append(key)
                    else:
                        keys.append("")
                    continue
            else:
                value, position = self.scalar(position)
            self.attach(value, keys)
            # After a value: close what ends here, then go on to the next value.
            while stack:
                position = skip(text, position).end()
                mark = text[position] if position < size else ""
                container = stack[-1]
                if mark == ",":
                    position = skip(text, position + 1).end()
                    if isinstance(container, dict):
                        keys[-1], position = self.key(position)
                    break
                if mark != ("}" if isinstance(container, dict) else "]"):
                    raise self.error("',' or the end of the list or object", position)
                stack.pop()
                keys.pop()
                position += 1
            if not stack:
                break
        position = skip(text, position).end()
        if position < size:
            raise self.error("nothing more", position)

    def key(self, position: int) -> tuple:
        if self.text[position : position + 1] != '"':
            raise self.error("a key in double quotes", position)
        key, position = self.string(position)
        position = _SPACE.match(self.text, position).end()
        if self.text[position : position + 1] != ":":
            raise self.error("':'", position)
        return key, _SPACE.match(self.text, position + 1).end()

    def attach(self, value: Any, keys: List[str]) -> None:
        if not self.stack:
            self.document.value = value
        elif isinstance(self.stack[-1], dict):
            self.stack[-1][keys[-1]] = value
        else:
            self.stack[-1].append(value)
