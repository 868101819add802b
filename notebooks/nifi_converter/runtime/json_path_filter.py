"""Filters of a JsonPath: `?(@.price < 10 && @.kind == 'x')`."""

from __future__ import annotations

import json
import re
from typing import Any, Callable, List, Tuple

from . import java_regex
from .el_errors import ELError

Test = Callable[[Any, Any], Any]
_MISSING = object()
_TOKEN = re.compile(
    r"\s*(?:(&&|\|\||==|!=|<=|>=|=~|<|>|!|\(|\)|,)"
    r"|('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
    r"|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)"
    r"|(/(?:[^/\\]|\\.)+/[a-z]*)"
    r"|([@$](?:\.\.?[\w\-]+|\.\*|\[[^\]]*\]|\.length\(\)|\.size\(\))*)"
    r"|(true|false|null|in|nin|empty|size|contains|subsetof|anyof|noneof)\b|(\[[^\]]*\]))"
)


def closing(path: str, start: int) -> int:
    """The place behind the parenthesis that closes the filter opened at `start`."""
    depth, at, quote = 0, start, ""
    while at < len(path):
        char = path[at]
        if quote:
            if char == "\\":
                at += 1
            elif char == quote:
                quote = ""
        elif char in "'\"":
            quote = char
        elif char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
            if depth == 0:
                return at + 1
        at += 1
    raise ELError("Filter is not closed")


def parse_filter(text: str) -> Test:
    """`(…)` → a test of (item, document). Raises ELError."""
    tokens: List[Tuple[int, str]] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if not match or match.end() == at:
            if not text[at:].strip():
                break
            raise ELError(f"Filter: could not parse {text[at:]!r}")
        tokens.append((match.lastindex or 0, match.group(match.lastindex or 0)))
        at = match.end()
        if len(tokens) > 500:
            raise ELError("Filter is too long")
    parser = _Parser(tokens)
    test = parser.either()
    if parser.at < len(tokens):
        raise ELError(f"Filter: unexpected {tokens[parser.at][1]}")
    return test


class _Parser:
    def __init__(self, tokens: List[Tuple[int, str]]):
        self.tokens = tokens
        self.at = 0
        self.depth = 0

    def peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def either(self) -> Test:
        self.depth += 1
        if self.depth > 50:
            raise ELError("Filter is nested too deep")
        tests = [self.both()]
        while self.peek() == "||":
            self.at += 1
            tests.append(self.both())
        self.depth -= 1
        return tests[0] if len(tests) == 1 else lambda item, doc: any(t(item, doc) for t in tests)

    def both(self) -> Test:
        tests = [self.one()]
        while self.peek() == "&&":
            self.at += 1
            tests.append(self.one())
        return tests[0] if len(tests) == 1 else lambda item, doc: all(t(item, doc) for t in tests)

    def one(self) -> Test:
        if self.peek() == "!":
            self.at += 1
            test = self.one()
            return lambda item, doc: not test(item, doc)
        if self.peek() == "(":
            self.at += 1
            test = self.either()
            if self.peek() != ")":
                raise ELError("Filter: missing )")
            self.at += 1
            return test
        left = self.operand()
        operator = self.peek()
        if operator in _OPERATORS:
            self.at += 1
            right = self.operand()
            function = _OPERATORS[operator]
            return lambda item, doc: function(left(item, doc), right(item, doc))
        return lambda item, doc: left(item, doc) is not _MISSING

    def operand(self) -> Test:
        if self.at >= len(self.tokens):
            raise ELError("Filter ends too early")
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == 5:
            from . import json_path

            path = json_path.parse_path("$" + text[1:])
            root = text[0] == "$"

            def value(item: Any, doc: Any) -> Any:
                try:
                    return path.read(doc if root else item)
                except json_path.PathNotFound:
                    return _MISSING

            return value
        if kind == 2:
            constant: Any = re.sub(r"\\(.)", r"\1", text[1:-1])
        elif kind == 3:
            constant = float(text) if any(c in text for c in ".eE") else int(text)
        elif kind == 4:
            body, _, flags = text[1:].rpartition("/")
            constant = java_regex.compile_java(("(?i)" if "i" in flags else "") + body)
        elif kind == 7:
            try:
                constant = json.loads(text.replace("'", '"'))
            except ValueError:
                raise ELError(f"Filter: could not parse {text}") from None
        elif text in ("true", "false", "null"):
            constant = {"true": True, "false": False, "null": None}[text]
        else:
            raise ELError(f"Filter: unexpected {text}")
        return lambda item, doc: constant


def _equal(a: Any, b: Any) -> bool:
    if a is _MISSING or b is _MISSING or isinstance(a, bool) != isinstance(b, bool):
        return False
    if isinstance(a, str) != isinstance(b, str):
        # Jayway compares a number with a text of the same number as equal.
        try:
            return float(a) == float(b)
        except (TypeError, ValueError):
            return False
    return a == b


def _ordered(test: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compare(a: Any, b: Any) -> bool:
        numbers = all(isinstance(x, (int, float)) and not isinstance(x, bool) for x in (a, b))
        return (numbers or (isinstance(a, str) and isinstance(b, str))) and test(a, b)

    return compare


_OPERATORS = {
    "==": _equal,
    "!=": lambda a, b: not _equal(a, b),
    "<": _ordered(lambda a, b: a < b),
    "<=": _ordered(lambda a, b: a <= b),
    ">": _ordered(lambda a, b: a > b),
    ">=": _ordered(lambda a, b: a >= b),
    "=~": lambda a, b: isinstance(a, str) and hasattr(b, "fullmatch") and b.fullmatch(a) is not None,
    "in": lambda a, b: isinstance(b, list) and any(_equal(a, x) for x in b),
    "nin": lambda a, b: isinstance(b, list) and not any(_equal(a, x) for x in b),
    "contains": lambda a, b: (isinstance(a, str) and isinstance(b, str) and b in a) or (isinstance(a, list) and any(_equal(x, b) for x in a)),
    "size": lambda a, b: isinstance(a, (list, str)) and len(a) == b,
    "empty": lambda a, b: isinstance(a, (list, str)) and (not a) == b,
    "subsetof": lambda a, b: isinstance(a, list) and isinstance(b, list) and all(any(_equal(x, y) for y in b) for x in a),
    "anyof": lambda a, b: isinstance(a, list) and isinstance(b, list) and any(_equal(x, y) for x in a for y in b),
    "noneof": lambda a, b: isinstance(a, list) and isinstance(b, list) and not any(_equal(x, y) for x in a for y in b),
}
