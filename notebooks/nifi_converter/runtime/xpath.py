"""XPath over `xml_tree` nodes: all of version 1.0 without prefixes and variables, and the functions of 2.0 that flows use.

`parse(text)` → XPath with `evaluate(node)`: a list of nodes, a text, a number or a boolean. XPathError for what is no
XPath or goes beyond this.
"""

from __future__ import annotations

import math
import re
from typing import Any, Callable, Dict, List

from .java_numbers import double_text
from .xml_tree import Node
from .xpath_parse import Parser, XPathError

MAX_NODES = 2_000_000


class XPath:
    """A parsed path or expression."""

    def __init__(self, text: str):
        self.text = text
        parser = Parser(text, FUNCTIONS)
        self.tree = parser.either()
        if parser.at < len(parser.tokens):
            raise XPathError(f"XPath {text!r}: unexpected {parser.tokens[parser.at][1]!r}")

    def evaluate(self, node: Node) -> Any:
        return _value(self.tree, _Context(node, 1, 1))


_PARSED: Dict[str, XPath] = {}


def parse(text: str) -> XPath:
    """An expression, remembered."""
    if text not in _PARSED:
        if len(_PARSED) > 300:
            _PARSED.clear()
        _PARSED[text] = XPath(text)
    return _PARSED[text]


# ---- evaluation --------------------------------------------------------------------------------------------


class _Context:
    __slots__ = ("node", "position", "size")

    def __init__(self, node: Node, position: int, size: int):
        self.node, self.position, self.size = node, position, size


def _value(tree: Any, context: _Context) -> Any:
    kind = tree[0]
    if kind == "literal":
        return tree[1]
    if kind == "negative":
        return -number(_value(tree[1], context))
    if kind == "call":
        return FUNCTIONS[tree[1]](context, *[_value(a, context) for a in tree[2]])
    if kind == "filter":
        nodes = _value(tree[1], context)
        return _filtered(_nodes(nodes), tree[2])
    if kind == "path":
        return _path(tree, context)
    return _binary(tree, context)


def _nodes(value: Any) -> List[Node]:
    if not isinstance(value, list):
        raise XPathError("a path goes on from what is no set of nodes")
    return value


def _path(tree: Any, context: _Context) -> Any:
    _, start, steps = tree
    nodes = [context.node.root()] if start == "root" else [context.node] if start is None else _nodes(_value(start, context))
    for index, step in enumerate(steps):
        if step[0] == "call step":
            values = [_value(step[1], _Context(n, i, len(nodes))) for i, n in enumerate(nodes, 1)]
            return values[0] if len(values) == 1 and index == len(steps) - 1 else values
        found: Dict[int, Node] = {}
        for node in nodes:
            for hit in _filtered([n for n in _axis(step[0], node) if _test(step[1], n, step[0])], step[2]):
                found[id(hit)] = hit
            if len(found) > MAX_NODES:
                raise XPathError("the XPath finds too many nodes")
        nodes = sorted(found.values(), key=lambda n: n.order)
    return nodes


def _filtered(nodes: List[Node], predicates: List[Any]) -> List[Node]:
    for predicate in predicates:
        kept = []
        for position, node in enumerate(nodes, 1):
            value = _value(predicate, _Context(node, position, len(nodes)))
            if (value == position) if isinstance(value, (int, float)) and not isinstance(value, bool) else boolean(value):
                kept.append(node)
        nodes = kept
    return nodes


def _test(test: Any, node: Node, axis: str) -> bool:
    if test[0] == "node":
        return True
    if test[0] == "text":
        return node.kind == "text"
    if test[0] == "comment":
        return node.kind == "comment"
    if test[0] == "processing-instruction":
        return node.kind == "pi"
    if node.kind != ("attribute" if axis == "attribute" else "element"):
        return False
    if test[1] == "*":
        return True
    return node.local == test[1] and (test[0] == "local" or node.uri == "")


def _axis(axis: str, node: Node) -> List[Node]:
    if axis == "child":
        return node.children
    if axis == "attribute":
        return node.attributes
    if axis == "self":
        return [node]
    if axis == "parent":
        return [node.parent] if node.parent is not None else []
    if axis in ("descendant", "descendant-or-self"):
        out = [node] if axis == "descendant-or-self" else []
        stack = list(reversed(node.children))
        while stack:
            at = stack.pop()
            out.append(at)
            stack.extend(reversed(at.children))
        return out
    if axis in ("ancestor", "ancestor-or-self"):
        out, at = ([node] if axis == "ancestor-or-self" else []), node.parent
        while at is not None:
            out.append(at)
            at = at.parent
        return out
    if node.parent is None or node.kind == "attribute":
        return []
    siblings = node.parent.children
    place = next(i for i, s in enumerate(siblings) if s is node)
    if axis == "following-sibling":
        return siblings[place + 1 :]
    if axis == "preceding-sibling":
        return list(reversed(siblings[:place]))
    everything = _axis("descendant", node.root())
    if axis == "following":
        own = {id(n) for n in _axis("descendant-or-self", node)}
        return [n for n in everything if n.order > node.order and id(n) not in own]
    above = {id(n) for n in _axis("ancestor", node)}
    return [n for n in reversed(everything) if n.order < node.order and id(n) not in above]


# ---- values ------------------------------------------------------------------------------------------------


def string(value: Any) -> str:
    """The text of a value: of nodes that of the first; whole numbers without a fraction."""
    if isinstance(value, list):
        return string(value[0]) if value else ""
    if isinstance(value, Node):
        return value.text()
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if value != value or math.isinf(value):
            return "NaN" if value != value else "INF" if value > 0 else "-INF"
        return str(int(value)) if value == int(value) and abs(value) < 1e15 else double_text(value)
    return str(value)


def number(value: Any) -> Any:
    if isinstance(value, bool):
        return 1 if value else 0
    if isinstance(value, (int, float)):
        return value
    text = string(value).strip()
    try:
        return int(text) if re.fullmatch(r"-?\d{1,18}", text) else float(text) if re.fullmatch(r"-?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text) else math.nan
    except ValueError:
        return math.nan


def boolean(value: Any) -> bool:
    if isinstance(value, (bool, list, str)):
        return bool(value)
    return value == value and value != 0


def _binary(tree: Any, context: _Context) -> Any:
    _, sign, left, right = tree
    a = _value(left, context)
    if sign in ("and", "or"):
        if boolean(a) == (sign == "or"):
            return sign == "or"
        return boolean(_value(right, context))
    b = _value(right, context)
    if sign in ("|", "union"):
        return sorted({id(n): n for n in _nodes(a) + _nodes(b)}.values(), key=lambda n: n.order)
    if sign == "||":
        return string(a) + string(b)
    if sign in ("=", "!=", "<", "<=", ">", ">="):
        return _compared(sign, a, b)
    x, y = number(a), number(b)
    if sign == "+":
        return x + y
    if sign == "-":
        return x - y
    if sign == "*":
        return x * y
    if y == 0:
        return math.nan if x == 0 or x != x or sign == "mod" else math.copysign(math.inf, x)
    return math.fmod(x, y) if sign == "mod" else x / y


def _compared(sign: str, a: Any, b: Any) -> bool:
    if isinstance(a, bool) or isinstance(b, bool):
        return _holds(sign, boolean(a), boolean(b))
    lefts = a if isinstance(a, list) else [a]
    rights = b if isinstance(b, list) else [b]
    for x in lefts:
        for y in rights:
            if sign in ("=", "!=") and not isinstance(x, (int, float)) and not isinstance(y, (int, float)):
                if _holds(sign, string(x), string(y)):
                    return True
            elif _holds(sign, number(x), number(y)):
                return True
    return False


def _holds(sign: str, x: Any, y: Any) -> bool:
    return {"=": x == y, "!=": x != y, "<": x < y, "<=": x <= y, ">": x > y, ">=": x >= y}[sign]


def _substring(context: _Context, text: Any, start: Any, length: Any = None) -> str:
    text, first = string(text), number(start)
    if first != first:
        return ""
    begin = math.floor(first + 0.5)
    end = math.inf if length is None else begin + math.floor(number(length) + 0.5)
    return "".join(c for i, c in enumerate(text, 1) if begin <= i < end)


def _translate(context: _Context, text: Any, source: Any, target: Any) -> str:
    source, target = string(source), string(target)
    table = {}
    for index, char in enumerate(source):
        table.setdefault(char, target[index] if index < len(target) else "")
    return "".join(table.get(c, c) for c in string(text))


def _regex(function: Callable) -> Callable:
    def called(context: _Context, text: Any, pattern: Any, *rest: Any) -> Any:
        from . import java_regex

        return function(java_regex.compile_java(string(pattern)), string(text), *[string(r) for r in rest])

    return called


def _name(part: str) -> Callable:
    def called(context: _Context, nodes: Any = None) -> str:
        node = context.node if nodes is None else nodes[0] if nodes else None
        return "" if node is None or node.kind not in ("element", "attribute", "pi") else getattr(node, part)

    return called


def _optional(function: Callable) -> Callable:
    """A function of one value, by default that of the context's node."""
    return lambda context, value=None: function([context.node] if value is None else value)


FUNCTIONS: Dict[str, Callable] = {
    "last": lambda c: c.size, "position": lambda c: c.position, "count": lambda c, n: len(_nodes(n)),
    "local-name": _name("local"), "name": _name("name"), "namespace-uri": _name("uri"),
    "string": _optional(string), "concat": lambda c, *v: "".join(string(x) for x in v), "starts-with": lambda c, a, b: string(a).startswith(string(b)),
    "ends-with": lambda c, a, b: string(a).endswith(string(b)), "contains": lambda c, a, b: string(b) in string(a),
    "substring-before": lambda c, a, b: string(a).partition(string(b))[0] if string(b) in string(a) else "",
    "substring-after": lambda c, a, b: string(a).partition(string(b))[2] if string(b) in string(a) else "",
    "substring": _substring, "string-length": _optional(lambda v: len(string(v))), "normalize-space": _optional(lambda v: " ".join(string(v).split())),
    "translate": _translate, "boolean": lambda c, v: boolean(v), "not": lambda c, v: not boolean(v), "true": lambda c: True, "false": lambda c: False,
    "number": _optional(number), "sum": lambda c, n: sum(number(x) for x in _nodes(n)), "floor": lambda c, v: math.floor(number(v)),
    "ceiling": lambda c, v: math.ceil(number(v)), "round": lambda c, v: math.floor(number(v) + 0.5), "abs": lambda c, v: abs(number(v)),
    "upper-case": lambda c, v: string(v).upper(), "lower-case": lambda c, v: string(v).lower(), "exists": lambda c, n: bool(n), "empty": lambda c, n: not n,
    "string-join": lambda c, n, s="": string(s).join(string(x) for x in (n if isinstance(n, list) else [n])),
    "distinct-values": lambda c, n: list(dict.fromkeys(string(x) for x in _nodes(n))), "data": lambda c, n: [string(x) for x in _nodes(n)],
    "min": lambda c, n: min((number(x) for x in _nodes(n)), default=math.nan), "max": lambda c, n: max((number(x) for x in _nodes(n)), default=math.nan),
    "avg": lambda c, n: sum(number(x) for x in n) / len(n) if n else [],
    "matches": _regex(lambda r, t: r.search(t) is not None), "replace": _regex(lambda r, t, to: r.sub(re.sub(r"\$(\d)", r"\\\1", to), t)),
    "tokenize": _regex(lambda r, t: r.split(t)),
}
