"""Tokens of one expression, and where the expressions of a value begin and end."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import FrozenSet, List, Tuple

from .errors import ExpressionError


@dataclass(frozen=True)
class Token:
    """`kind`: whole, decimal, text, name, word (reserved), parameter (`#{`), end, or the punctuation itself."""

    kind: str
    text: str
    start: int
    end: int


_DIGITS = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.[0-9]*(?:[eE][+-]?[0-9]+)?|\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+)")
_NAME = re.compile(r"[^${}()\[\],:;/*' \t\r\n0-9][^${}()\[\],:;/*' \t\r\n]*")
_SPACE = re.compile(r"[ \t\r\n]+")
_ESCAPES = {'"': '"', "'": "'", "r": "\r", "n": "\n", "t": "\t"}


def tokens(text: str, reserved: FrozenSet[str], offset: int = 0) -> List[Token]:
    """The tokens of `text` (from `${` to `}`); `offset` is added to the places of errors.

    A quoted text keeps each `\\\\` doubled: what is embedded in it is read once more (see `plain`).
    """
    found: List[Token] = []
    at = 0
    while at < len(text):
        space = _SPACE.match(text, at)
        if space:
            at = space.end()
            continue
        char = text[at]
        if char == "#":
            if text.startswith("#{", at):
                found.append(Token("parameter", "#{", at, at + 2))
                at += 2
                continue
            newline = text.find("\n", at)
            if newline < 0:
                raise ExpressionError("a comment must end with a new line", offset + at)
            at = newline + 1
            continue
        token = _quoted(text, at, offset) if char in "\"'" else _word(text, at, reserved)
        if token is None:
            if char in "${}():,;.":
                token = Token(char, char, at, at + 1)
            else:
                raise ExpressionError(f"unexpected character {char!r}", offset + at)
        found.append(token)
        at = token.end
    found.append(Token("end", "", len(text), len(text)))
    return found


def _word(text: str, at: int, reserved: FrozenSet[str]):
    """The longest of number and name; a number wins a tie, as the first rule of a lexer does."""
    candidates = []
    for kind, pattern in (("decimal", _DECIMAL), ("whole", _DIGITS), ("name", _NAME)):
        match = pattern.match(text, at)
        if match:
            candidates.append((match.end(), kind))
    if not candidates:
        return None
    end = max(c[0] for c in candidates)
    kind = next(k for e, k in candidates if e == end)
    word = text[at:end]
    if kind == "name" and word == ".":
        return None
    if kind == "name" and word in reserved:
        kind = "word"
    return Token(kind, word, at, end)


def _quoted(text: str, at: int, offset: int) -> Token:
    quote, out, i = text[at], [], at + 1
    while i < len(text):
        char = text[i]
        if char == quote:
            return Token("text", "".join(out), at, i + 1)
        if char in "\n\r\t":
            raise ExpressionError("a line break or tab in a quoted text must be written as \\n, \\r or \\t", offset + i)
        if char == "\\" and i + 1 < len(text):
            following = text[i + 1]
            out.append(_ESCAPES.get(following, "\\" + following))
            i += 2
            continue
        out.append(char)
        i += 1
    raise ExpressionError("a quoted text is not closed", offset + at, len(text) - at)


def plain(text: str) -> str:
    """A quoted text without embedded expressions: a doubled backslash is one."""
    return text.replace("\\\\", "\\")


def expression_ranges(value: str) -> List[Tuple[int, int]]:
    """Where the `${…}` of a value stand, end exclusive.

    Follows NiFi's own scan, with its oddities: the count of backslashes is never reset, so a second escaped quote
    ends a quoted text, and an unbalanced quote makes all the rest literal text.
    """
    ranges: List[Tuple[int, int]] = []
    last, depth, start, odd, backslashes, i = "", 0, -1, False, 0, -1
    size = len(value)
    while i + 1 < size:
        i += 1
        char = value[i]
        if start > -1 and char in "'\"" and (last != "\\" or backslashes % 2 == 0):
            i = _closing_quote(value, i)
            if i < 0:
                break
            continue
        if char == "{":
            if odd and last == "$" and depth == 0:
                start = i - 1
            if start > -1:
                depth += 1
        elif char == "}":
            if depth <= 0:
                continue
            depth -= 1
            if depth == 0:
                if start > -1:
                    ranges.append((start, i + 1))
                start = -1
        elif char == "$":
            odd = not odd
        elif char == "\\":
            backslashes += 1
        else:
            odd = False
        last = char
    return ranges


def _closing_quote(value: str, start: int) -> int:
    quote, backslashes, last = value[start], 0, ""
    for i in range(start + 1, len(value)):
        char = value[i]
        if char == "\\":
            backslashes += 1
        elif char == quote and (backslashes % 2 == 0 or last != "\\"):
            return i
        last = char
    return -1
