"""From text to tree: one expression, and a whole property value with the text around its expressions."""

from __future__ import annotations

import re
from typing import List, Mapping, Optional, Tuple

from . import build
from .errors import ExpressionError
from .functions import FUNCTIONS, MULTI, Version, reserved_words
from .lexer import Token, expression_ranges, plain, tokens
from .nodes import (
    BOOLEAN,
    DECIMAL,
    NUMBER,
    STRING,
    WHOLE_NUMBER,
    Attribute,
    Call,
    Each,
    Expression,
    Join,
    Node,
    Parameter,
    ParameterPart,
    Part,
    Text,
)

# Deeper nesting is hostile: NiFi's own recursive parser would run out of stack as well.
MAX_DEPTH = 60
MAX_LONG = 2**63 - 1


def parse_expression(text: str, version: Version, offset: int = 0, depth: int = 0) -> Node:
    """The typed tree of one `${…}`. `offset`: where it stands in the property's text. Raises ExpressionError."""
    if depth > MAX_DEPTH:
        raise ExpressionError(f"nested more than {MAX_DEPTH} deep", offset, len(text))
    parser = _Parser(text, version, offset, depth)
    root = parser.expression()
    parser.expect("end")
    return root


class _Parser:
    def __init__(self, text: str, version: Version, offset: int, depth: int):
        self.tokens = tokens(text, reserved_words(version), offset)
        self.at = 0
        self.version = version
        self.offset = offset
        self.depth = depth

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def fail(self, token: Optional[Token] = None) -> ExpressionError:
        token = token or self.token
        what = "the end" if token.kind == "end" else repr(token.text)
        return ExpressionError(f"unexpected {what}", self.offset + token.start, token.end - token.start)

    def expect(self, kind: str) -> Token:
        if self.token.kind != kind:
            raise self.fail()
        return self.take()

    def expression(self) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise ExpressionError(f"nested more than {MAX_DEPTH} deep", self.offset + self.token.start)
        start = self.expect("$").start
        self.expect("{")
        node, multi = self.subject()
        calls = 0
        while self.token.kind == ":":
            self.take()
            node = self.function_call(node)
            calls += 1
            if calls > 2000:
                raise self.fail()
        end = self.expect("}").end
        self.depth -= 1
        build.refuse_after_reduce(node, self.offset)
        if multi is None:
            return node
        select, kind = MULTI[multi[0].text]
        return build.reduce_multi(select, kind, multi[1], node, (start, end, self.offset))

    def subject(self) -> Tuple[Node, Optional[Tuple[Token, Tuple[Node, ...]]]]:
        """What stands first; for anyAttribute and its kin also the function and its arguments."""
        token = self.token
        if token.kind == "$":
            name = build.convert(self.expression(), STRING, self.offset)
            return Attribute(start=token.start, end=name.end, name=name), None
        if token.kind == "name":
            self.take()
            name = build.literal(token.text, STRING, token.start, token.end)
            return Attribute(start=token.start, end=token.end, name=name), None
        if token.kind == "text":
            self.take()
            return Attribute(start=token.start, end=token.end, name=self.quoted(token)), None
        if token.kind == "parameter":
            return self.parameter(), None
        if token.kind == "word" and token.text in MULTI:
            self.take()
            return Each(start=token.start, end=token.end), (token, self.multi_arguments(token))
        if token.kind == "word" and (
            (token.text in FUNCTIONS and FUNCTIONS[token.text].subject is None) or token.text == "math"
        ):
            return self.standalone(), None
        raise self.fail()

    def parameter(self) -> Parameter:
        start = self.take().start
        token = self.take()
        if token.kind not in ("name", "text"):
            raise self.fail(token)
        end = self.expect("}").end
        return Parameter(start=start, end=end, name=plain(token.text) if token.kind == "text" else token.text)

    def standalone(self) -> Node:
        token = self.take()
        arguments = self.arguments(token)
        place = (token.start, self.tokens[self.at - 1].end, self.offset)
        if token.text == "math":
            if len(arguments) != 1:
                raise self.fail(token)
            name = build.convert(arguments[0], STRING, self.offset)
            return Call(type=NUMBER, start=place[0], end=place[1], function="math", subject=None, arguments=(name,))
        self.check_count(token, len(arguments))
        if token.text == "hostname" and arguments and not isinstance(getattr(arguments[0], "value", None), bool):
            raise self.fail(token)
        return build.call(token.text, None, arguments, place, self.version)

    def function_call(self, subject: Node) -> Node:
        token = self.token
        function = FUNCTIONS.get(token.text) if token.kind == "word" else None
        if function is None or function.subject is None:
            raise self.fail()
        self.take()
        arguments = self.arguments(token)
        self.check_count(token, len(arguments))
        end = self.tokens[self.at - 1].end
        return build.call(token.text, subject, arguments, (token.start, end, self.offset), self.version)

    def check_count(self, token: Token, count: int) -> None:
        function = FUNCTIONS[token.text]
        most = 10_000 if function.variadic else len(function.parameters)
        if not function.required <= count <= most:
            wanted = str(function.required) if function.required == most else f"{function.required} to {most}"
            raise ExpressionError(
                f"{token.text} takes {wanted} arguments, not {count}",
                self.offset + token.start,
                token.end - token.start,
            )

    def arguments(self, function: Token) -> List[Node]:
        self.expect("(")
        found: List[Node] = []
        if self.token.kind == ")":
            self.take()
            return found
        while True:
            found.append(self.argument())
            if self.token.kind == ",":
                self.take()
                continue
            self.expect(")")
            return found

    def argument(self) -> Node:
        token = self.token
        if token.kind == "$":
            return self.expression()
        if token.kind == "parameter":
            return self.parameter()
        self.take()
        if token.kind == "text":
            return self.quoted(token)
        if token.kind == "whole":
            value = int(token.text)
            if not -MAX_LONG - 1 <= value <= MAX_LONG:
                raise self.fail(token)
            return build.literal(value, WHOLE_NUMBER, token.start, token.end)
        if token.kind == "decimal":
            return build.literal(float(token.text), DECIMAL, token.start, token.end)
        if token.kind == "word" and token.text in ("true", "false"):
            return build.literal(token.text == "true", BOOLEAN, token.start, token.end)
        if token.kind == "word" and token.text == "null":
            return build.literal(None, STRING, token.start, token.end)
        raise self.fail(token)

    def multi_arguments(self, function: Token) -> Tuple[Node, ...]:
        select = MULTI[function.text][0]
        self.expect("(")
        found: List[Node] = []
        while True:
            token = self.token
            if token.kind == "$":
                node = self.expression()
                if select != "delimited":
                    # NiFi takes the name of the syntax node instead of evaluating the expression.
                    node = build.literal("EXPRESSION", STRING, node.start, node.end)
                found.append(node)
            elif token.kind == "text":
                self.take()
                found.append(self.quoted(token))
            else:
                raise self.fail()
            if self.token.kind != ",":
                break
            self.take()
        self.expect(")")
        if select == "delimited":
            if len(found) < 2:
                raise self.fail(function)
            return tuple(build.convert(node, STRING, self.offset) for node in found[:2])
        return tuple(found)

    def quoted(self, token: Token) -> Node:
        return quoted_text(token.text, self.version, (token.start, token.end), self.offset, self.depth)


def quoted_text(text: str, version: Version, place: Tuple[int, int], offset: int, depth: int) -> Node:
    """A quoted text; expressions in it are evaluated and put in."""
    ranges = expression_ranges(text) if len(text) > 1 else []
    if not ranges:
        return build.literal(plain(_ESCAPED_DOLLARS.sub("$", text)), STRING, *place)
    parts: List[Node] = []
    last = 0
    for start, end in ranges:
        if start > last:
            parts.append(build.literal(plain(text[last:start]), STRING, *place))
        shift = place[0] + 1 + start  # ranges within the whole expression; escapes in front make them approximate
        inner = parse_expression(text[start:end], version, offset + shift, depth + 1)
        for node in inner.walk():
            node.start, node.end = node.start + shift, node.end + shift
        parts.append(build.convert(inner, STRING, offset))
        last = end
    if last < len(text):
        parts.append(build.literal(plain(text[last:]), STRING, *place))
    return parts[0] if len(parts) == 1 else Join(start=place[0], end=place[1], parts=tuple(parts))


# ---- a whole value -----------------------------------------------------------------------------------------

_ESCAPED_DOLLARS = re.compile(r"\$\$(?=\$*\{[^\n\r\u0085\u2028\u2029]*?\})")


def parse_parts(value: str, version: Version) -> Tuple[Part, ...]:
    """The literals, expressions and parameters of a property's text, in order. Raises ExpressionError."""
    pieces = parameter_pieces(value)
    if all(isinstance(piece, Text) for piece in pieces):
        if len(pieces) == 1 and pieces[0].text == value:
            return tuple(_split(value, version, 0))
    parts: List[Part] = []
    for piece in pieces:
        if isinstance(piece, Text):
            parts.extend(_split(piece.text, version, piece.start))
        else:
            parts.append(piece)
    return tuple(parts)


def _split(value: str, version: Version, offset: int) -> List[Part]:
    ranges = expression_ranges(value)
    if not ranges:
        text = _ESCAPED_DOLLARS.sub("$", value)
        return [Text(text, offset, offset + len(value))] if value else []
    parts: List[Part] = []
    last = 0
    for start, end in ranges:
        source = value[start:end]
        root = parse_expression(source, version, offset + start)
        if start > last:
            text = _leading_dollars(value[last:start])
            if isinstance(root, Attribute):
                text = _trailing_dollars(text)
            parts.append(Text(text, offset + last, offset + start))
        parts.append(Expression(root, source, offset + start, offset + end))
        last = end
    if last < len(value):
        parts.append(Text(_leading_dollars(value[last:]), offset + last, offset + len(value)))
    return parts


def _leading_dollars(text: str) -> str:
    """`$$` is `$` up to the first brace."""
    brace = text.find("{")
    if brace < 0:
        return text.replace("$$", "$")
    return text[:brace].replace("$$", "$") + text[brace:]


def _trailing_dollars(text: str) -> str:
    """In front of a plain attribute, dollars at the end are halved once more, unless there is nothing else."""
    dollars = len(text) - len(text.rstrip("$"))
    if dollars in (0, len(text)):
        return text
    return text[: len(text) - dollars // 2]


def parameter_pieces(value: str) -> List[Part]:
    """The value cut at its `#{…}` outside of expressions. `##{p}` is the literal `#{p}`, and NiFi loses the literal
    text in front of it, back to the previous parameter or the start of the value."""
    pieces: List[Part] = []
    begin = 0
    hashes, odd, last, depth, start, i = 0, False, "", 0, -1, -1
    while i + 1 < len(value):
        i += 1
        char = value[i]
        if char == "#":
            hashes += 1
        elif char == "{":
            if odd and last == "$" and depth == 0:
                start = i - 1
            if start > -1:
                depth += 1
                continue
            if hashes:
                end = value.find("}", i)
                name = value[i + 1 : end]
                quoted = name.startswith("'") and name.endswith("'") and len(name) > 1 and "'" not in name[1:-1]
                if end >= 0 and ("'" not in name or quoted or hashes % 2 == 0):
                    first = i - hashes
                    if hashes % 2 == 1:
                        text = value[begin:first] + "#" * (hashes // 2)
                        if text:
                            pieces.append(Text(text, begin, first))
                        pieces.append(ParameterPart(name[1:-1] if quoted else name, first, end + 1))
                    else:
                        kept = value[first + hashes // 2 : end + 1]
                        # Only expressions before it survive.
                        ranges = expression_ranges(value[begin:first])
                        lead = value[begin : begin + ranges[-1][1]] if ranges else ""
                        pieces.append(Text(lead + kept, begin, end + 1))
                    begin = i = end
                    begin += 1
                    char = "}"
        elif char == "}":
            if depth <= 0:
                continue
            depth -= 1
            if depth == 0:
                start = -1
        elif char == "$":
            odd = not odd
        if char != "#":
            hashes = 0
        last = char
    if begin < len(value) or not pieces:
        pieces.append(Text(value[begin:], begin, len(value)))
    return pieces


def substitute(value: str, parameters: Mapping[str, Optional[str]]) -> Optional[str]:
    """The value with its parameters put in, None where one does not exist (NiFi calls the component invalid)."""
    out: List[str] = []
    for piece in parameter_pieces(value):
        if isinstance(piece, Text):
            out.append(piece.text)
            continue
        text = parameters.get(piece.name)
        if text is None:
            return None
        out.append(text)
    return "".join(out)
