"""The rules by which NiFi types an expression: conversions it inserts, calls it refuses."""

from __future__ import annotations

from typing import List, Optional, Tuple

from .errors import ExpressionError
from .functions import ANY, FUNCTIONS, REDUCING, Version
from .nodes import (
    BOOLEAN,
    DATE,
    DECIMAL,
    INSTANT,
    NUMBER,
    STRING,
    WHOLE_NUMBER,
    Call,
    Cast,
    Each,
    Literal,
    Multi,
    Node,
)

# From which types NiFi converts by itself; text is made of everything.
_CONVERTIBLE = {
    BOOLEAN: (STRING,),
    WHOLE_NUMBER: (STRING, DATE, INSTANT, DECIMAL, NUMBER),
    DECIMAL: (WHOLE_NUMBER, STRING, DATE, NUMBER),
    NUMBER: (STRING, DATE, INSTANT, DECIMAL, WHOLE_NUMBER),
    DATE: (STRING, WHOLE_NUMBER, DECIMAL, NUMBER, INSTANT),
    INSTANT: (STRING, WHOLE_NUMBER, DECIMAL, NUMBER, DATE),
}


def convert(node: Node, wanted: str, offset: int = 0) -> Node:
    """`node` as `wanted`, with a Cast where its type differs. ExpressionError where NiFi does not convert."""
    if wanted == ANY or node.type == wanted:
        return node
    if wanted != STRING and node.type not in _CONVERTIBLE[wanted]:
        raise ExpressionError(f"cannot use {node.type} as {wanted}", offset + node.start, node.end - node.start)
    return Cast(type=wanted, start=node.start, end=node.end, value=node)


def call(name: str, subject: Optional[Node], arguments: List[Node], place: Tuple[int, int, int], version: Version) -> Node:
    """The typed call of a function that the parser has found with a legal number of arguments."""
    start, end, offset = place
    function = FUNCTIONS[name]
    parameters, result, wanted = function.parameters, function.result, function.subject
    if name in ("toDate", "toInstant") and subject is not None:
        from_text = subject.type == STRING and len(arguments) in ((1, 2) if name == "toDate" else (2,))
        if not from_text:
            # A number (or a date) is taken as epoch milliseconds; NiFi ignores the format then.
            whole = convert(subject, WHOLE_NUMBER, offset)
            return Cast(type=result, start=start, end=end, value=whole)
    if name in ("plusDuration", "minusDuration") and subject is not None and subject.type != DATE:
        raise ExpressionError(f"{name} needs a date, not {subject.type}", offset + start, end - start)
    if name in ("toMicros", "toNanos") and subject is not None and subject.type != INSTANT:
        raise ExpressionError(f"{name} needs an instant, not {subject.type}", offset + start, end - start)
    if name in ("jsonPathSet", "jsonPathAdd") and arguments[1].type in (DATE, INSTANT):
        raise ExpressionError(f"{name} cannot write {arguments[1].type}", offset + start, end - start)
    typed = []
    for index, argument in enumerate(arguments):
        wanted_type = parameters[min(index, len(parameters) - 1)]
        typed.append(convert(argument, wanted_type, offset))
    if subject is not None:
        if wanted is None:
            wanted = ANY
        subject = convert(subject, wanted, offset)
    return Call(type=result, start=start, end=end, function=name, subject=subject, arguments=tuple(typed))


def reduce_multi(select: str, kind: str, arguments: Tuple[Node, ...], body: Node, place: Tuple[int, int, int]) -> Multi:
    """anyAttribute and its kin around the functions applied to each value."""
    start, end, offset = place
    size = end - start
    if kind == "any":
        if body.type != BOOLEAN or isinstance(body, Each):
            raise ExpressionError("a function over several attributes must end in true or false", offset + start, size)
        return Multi(type=BOOLEAN, start=start, end=end, select=select, arguments=arguments, reduce="any", body=body)
    if body.type == BOOLEAN:
        return Multi(type=BOOLEAN, start=start, end=end, select=select, arguments=arguments, reduce="all", body=body)
    if isinstance(body, Call) and body.function in REDUCING:
        return Multi(
            type=body.type,
            start=start,
            end=end,
            select=select,
            arguments=arguments,
            reduce=body.function,
            body=body.subject or Each(),
            delimiter=body.arguments[0] if body.arguments else None,
        )
    raise ExpressionError("several attributes must be reduced: by a test, count() or join()", offset + start, size)


def refuse_after_reduce(chain: Node, offset: int) -> None:
    """Nothing may follow count() or join() in the same expression."""
    node: Optional[Node] = chain.subject if isinstance(chain, Call) else chain.value if isinstance(chain, Cast) else None
    while node is not None:
        if isinstance(node, Call) and node.function in REDUCING:
            raise ExpressionError(
                f"nothing may follow {node.function}(); use ${{literal( ${{…}} ):…}}",
                offset + chain.start,
                chain.end - chain.start,
            )
        if isinstance(node, Call):
            node = node.subject
        elif isinstance(node, Cast):
            node = node.value
        else:
            node = None


def literal(value, kind: str, start: int, end: int) -> Literal:
    """A constant of a type."""
    return Literal(type=kind, start=start, end=end, value=value)
