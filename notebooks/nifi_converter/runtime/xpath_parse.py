"""The syntax of XPath: an expression as a tree of tuples, which `xpath` evaluates."""

from __future__ import annotations

import re
from typing import Any, Callable, Container, List, Tuple


class XPathError(ValueError):
    """No XPath, or one with what is not understood here."""


_TOKEN = re.compile(
    r"\s+|(?P<number>\d+(?:\.\d*)?|\.\d+)|(?P<text>\"[^\"]*\"|'[^']*')|(?P<name>(?:\*:)?[^\W\d][\w.\-]*(?::(?!:)(?:\*|[^\W\d][\w.\-]*))?)"
    r"|(?P<sign>//|::|\.\.|!=|<=|>=|\|\||[/()\[\].@,|+\-=<>*$])")
_AXES = ("ancestor-or-self", "ancestor", "attribute", "child", "descendant-or-self", "descendant", "following-sibling", "following", "parent",
         "preceding-sibling", "preceding", "self")
_KINDS = ("text", "node", "comment", "processing-instruction")


class Parser:
    """`known`: the names of the functions there are."""

    def __init__(self, text: str, known: Container[str]):
        self.text, self.at, self.depth, self.known = text, 0, 0, known
        self.tokens: List[Tuple[str, str]] = []
        at = 0
        if len(text) > 20_000:
            raise XPathError("the XPath is too long")
        while at < len(text):
            match = _TOKEN.match(text, at)
            if not match:
                raise XPathError(f"XPath {text!r}: unexpected {text[at]!r}")
            if match.lastgroup:
                self.tokens.append((match.lastgroup, match.group()))
            at = match.end()

    def peek(self, ahead: int = 0) -> str:
        return self.tokens[self.at + ahead][1] if self.at + ahead < len(self.tokens) else ""

    def kind(self, ahead: int = 0) -> str:
        return self.tokens[self.at + ahead][0] if self.at + ahead < len(self.tokens) else ""

    def take(self, *signs: str) -> str:
        found = self.peek()
        if found in signs and self.kind() != "text":
            self.at += 1
            return found
        return ""

    def need(self, sign: str) -> None:
        if not self.take(sign):
            raise XPathError(f"XPath {self.text!r}: expected {sign} at {self.peek() or 'the end'!r}")

    def _chain(self, below: Callable[[], Any], *signs: str) -> Any:
        node = below()
        while True:
            sign = self.take(*signs)
            if not sign:
                return node
            node = ("binary", sign, node, below())

    def either(self) -> Any:
        self.depth += 1
        if self.depth > 100:
            raise XPathError("the XPath is nested too deep")
        node = self._chain(lambda: self._chain(self.equal, "and"), "or")
        self.depth -= 1
        return node

    def equal(self) -> Any:
        return self._chain(lambda: self._chain(lambda: self._chain(self.sum, "||"), "<", "<=", ">", ">="), "=", "!=")

    def sum(self) -> Any:
        return self._chain(lambda: self._chain(self.negated, "*", "div", "mod"), "+", "-")

    def negated(self) -> Any:
        return ("negative", self.negated()) if self.take("-") else self._chain(self.path, "|", "union")

    def path(self) -> Any:
        kind, token = self.kind(), self.peek()
        if kind in ("number", "text") or token in ("(", "$") or (kind == "name" and self.peek(1) == "(" and token not in _KINDS):
            node = self.primary()
            predicates = self.predicates()
            if predicates:
                node = ("filter", node, predicates)
            steps: List[Any] = []
            while self.peek() in ("/", "//"):
                if self.take("//"):
                    steps.append(("descendant-or-self", ("node",), []))
                else:
                    self.take("/")
                steps.append(self.step())
            return ("path", node, steps) if steps else node
        steps = []
        start: Any = None
        if self.take("//"):
            start = "root"
            steps.append(("descendant-or-self", ("node",), []))
            steps.append(self.step())
        elif self.take("/"):
            start = "root"
            if self.kind() != "name" and self.peek() not in (".", "..", "@", "*"):
                return ("path", "root", [])
            steps.append(self.step())
        else:
            steps.append(self.step())
        while self.peek() in ("/", "//"):
            if self.take("//"):
                steps.append(("descendant-or-self", ("node",), []))
            else:
                self.take("/")
            steps.append(self.step())
        return ("path", start, steps)

    def step(self) -> Any:
        if self.take("."):
            return ("self", ("node",), self.predicates())
        if self.take(".."):
            return ("parent", ("node",), self.predicates())
        axis = "child"
        if self.take("@"):
            axis = "attribute"
        elif self.peek(1) == "::":
            axis = self.peek()
            if axis not in _AXES:
                raise XPathError(f"XPath {self.text!r}: unknown axis {axis}")
            self.at += 2
        if self.take("*"):
            test: Any = ("name", "*")
        elif self.kind() == "name":
            name = self.peek()
            self.at += 1
            if self.peek() == "(" and name in _KINDS:
                self.at += 1
                if self.kind() == "text":
                    self.at += 1
                self.need(")")
                test = (name,)
            elif self.peek() == "(":
                self.at -= 1
                return ("call step", self.primary(), self.predicates())
            else:
                if ":" in name and not name.startswith("*:"):
                    raise XPathError(f"XPath {self.text!r}: the prefix of {name} is not declared")
                test = ("local" if name.startswith("*:") else "name", name.split(":")[-1])
        else:
            raise XPathError("Expected an expression, but reached the end of the input" if not self.peek() else f"XPath {self.text!r}: unexpected {self.peek()!r}")
        return (axis, test, self.predicates())

    def predicates(self) -> List[Any]:
        out = []
        while self.take("["):
            out.append(self.either())
            self.need("]")
        return out

    def primary(self) -> Any:
        kind, token = self.kind(), self.peek()
        self.at += 1
        if kind == "number":
            return ("literal", float(token) if "." in token else int(token))
        if kind == "text":
            return ("literal", token[1:-1])
        if token == "(":
            node = self.either()
            self.need(")")
            return node
        if kind == "name" and self.peek() == "(":
            name = token[3:] if token.startswith("fn:") else token
            if name not in self.known:
                raise XPathError(f"the XPath function {token} is not known here")
            self.at += 1
            arguments = []
            if not self.take(")"):
                arguments.append(self.either())
                while self.take(","):
                    arguments.append(self.either())
                self.need(")")
            return ("call", name, arguments)
        raise XPathError(f"XPath {self.text!r}: {token or 'its end'!r} is not understood here")
