"""The tree of an expression: plain, typed nodes. Offsets count characters in the property's text as written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Iterator, List, Optional, Tuple, Union

# NiFi's result types.
STRING = "STRING"
BOOLEAN = "BOOLEAN"
WHOLE_NUMBER = "WHOLE_NUMBER"
DECIMAL = "DECIMAL"
NUMBER = "NUMBER"
DATE = "DATE"
INSTANT = "INSTANT"
TYPES = (STRING, BOOLEAN, WHOLE_NUMBER, DECIMAL, NUMBER, DATE, INSTANT)


@dataclass
class Node:
    """Base: `type` is one of TYPES, `start` and `end` are the range in the text (end exclusive)."""

    type: str = STRING
    start: int = 0
    end: int = 0

    def children(self) -> Tuple["Node", ...]:
        return ()

    def walk(self) -> Iterator["Node"]:
        """This node and all below it, without recursion."""
        stack: List[Node] = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.children()))


@dataclass
class Literal(Node):
    """A constant: text, whole number, decimal, boolean or None (the keyword `null`)."""

    value: Any = None


@dataclass
class Attribute(Node):
    """The attribute (or variable) that `name` evaluates to."""

    name: Node = field(default_factory=Node)

    def children(self) -> Tuple[Node, ...]:
        return (self.name,)


@dataclass
class Parameter(Node):
    """`#{name}`: the parameter's text, never evaluated again."""

    name: str = ""


@dataclass
class Join(Node):
    """A quoted text with embedded expressions: the parts one after another, null as empty text."""

    parts: Tuple[Node, ...] = ()

    def children(self) -> Tuple[Node, ...]:
        return self.parts


@dataclass
class Call(Node):
    """A function: `subject` is what stands in front of the colon, None for functions without one."""

    function: str = ""
    subject: Optional[Node] = None
    arguments: Tuple[Node, ...] = ()

    def children(self) -> Tuple[Node, ...]:
        return ((self.subject,) if self.subject is not None else ()) + self.arguments


@dataclass
class Cast(Node):
    """An implicit conversion of `value` to `type`, as NiFi inserts it."""

    value: Node = field(default_factory=Node)

    def children(self) -> Tuple[Node, ...]:
        return (self.value,)


@dataclass
class Each(Node):
    """Inside a Multi: the one value that is looked at."""


@dataclass
class Multi(Node):
    """anyAttribute and its kin: `body` is evaluated for each value.

    `select`: named, matching, delimited. `arguments`: names, name patterns, or (text, delimiter).
    `reduce`: any, all, count, join (the delimiter is `delimiter`).
    """

    select: str = "named"
    arguments: Tuple[Node, ...] = ()
    reduce: str = "any"
    body: Node = field(default_factory=Each)
    delimiter: Optional[Node] = None

    def children(self) -> Tuple[Node, ...]:
        return self.arguments + (self.body,) + ((self.delimiter,) if self.delimiter is not None else ())


@dataclass
class Text:
    """Literal text of a value, between its expressions, already unescaped."""

    text: str
    start: int = 0
    end: int = 0


@dataclass
class Expression:
    """One `${…}` of a value. `root` is its tree, `source` the text as written."""

    root: Node
    source: str
    start: int = 0
    end: int = 0


@dataclass
class ParameterPart:
    """`#{name}` outside of `${…}`: replaced by the parameter's text before anything is evaluated."""

    name: str
    start: int = 0
    end: int = 0


Part = Union[Text, Expression, ParameterPart]
