"""NiFi's Expression Language: one tree, two targets (Python source and Spark columns).

    value = parse_value("${filename:substringBefore('.')}.csv", nifi_version="1.28.1")
    evaluate(value, {"filename": "a.txt"})      # 'a.csv'
    to_python(value)                            # source over `attributes` that calls runtime/el.py
    to_spark(value)                             # ColumnCode: PySpark source

`parse_value` raises ExpressionError (with offset and length) where NiFi calls the text invalid.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Collection, Dict, Iterator, Mapping, Optional, Tuple

from ..runtime import el, el_environment
from ..runtime.el_errors import ELError
from .errors import ExpressionError
from .functions import FUNCTIONS, parse_version
from .nodes import STRING, Attribute, Call, Expression, Literal, Multi, Node, Parameter, ParameterPart, Part, Text
from .parser import parse_parts, substitute
from .to_python import node_source, parts_source
from .validate import check_literals

__all__ = ["ColumnCode", "ELError", "ExpressionError", "Value", "condition_source", "evaluate", "parse_value", "to_python", "to_spark"]

_NAMES_LIMIT = 10_000_000


@dataclass(frozen=True)
class Value:
    """A property's text as literals, expressions and parameters."""

    source: str
    parts: Tuple[Part, ...]
    nifi_version: str

    @property
    def version(self) -> Tuple[int, int]:
        return parse_version(self.nifi_version)

    def nodes(self) -> Iterator[Node]:
        """All nodes of all expressions."""
        for part in self.parts:
            if isinstance(part, Expression):
                yield from part.root.walk()

    @property
    def is_literal(self) -> bool:
        """Only text: nothing to evaluate, no parameter."""
        return all(isinstance(part, Text) for part in self.parts)

    @property
    def literal_text(self) -> Optional[str]:
        """The text where `is_literal`, else None."""
        return "".join(p.text for p in self.parts if isinstance(p, Text)) if self.is_literal else None

    @property
    def deterministic(self) -> bool:
        """False where two evaluations of one flow file may differ: random values, counters, hosts. (`timed`: now().)"""
        return not any(
            isinstance(n, Call) and (not FUNCTIONS[n.function].deterministic or _random(n)) for n in self.nodes()
        )

    @property
    def timed(self) -> bool:
        """Reads the clock: one instant per evaluation in NiFi, per query on Spark."""
        return any(isinstance(n, Call) and n.function == "now" for n in self.nodes())

    @property
    def uses_state(self) -> bool:
        return any(isinstance(n, Call) and n.function == "getStateValue" for n in self.nodes())

    @property
    def value_type(self) -> str:
        """The type of a value that is one expression and nothing else, STRING otherwise."""
        if len(self.parts) == 1 and isinstance(self.parts[0], Expression):
            return self.parts[0].root.type
        return STRING

    def attributes_read(self) -> Tuple[str, ...]:
        """Names of the attributes that are read, in order, each once. Computed names and patterns: `reads_any`."""
        names: Dict[str, None] = {}
        for node in self.nodes():
            if isinstance(node, Attribute) and isinstance(node.name, Literal) and node.name.value is not None:
                names[node.name.value] = None
            elif isinstance(node, Multi) and node.select == "named":
                for argument in node.arguments:
                    if isinstance(argument, Literal) and argument.value is not None:
                        names[argument.value] = None
        return tuple(names)

    @property
    def reads_any(self) -> bool:
        """Reads attributes whose names are not known before: by pattern, by a computed name, or a text evaluated."""
        for node in self.nodes():
            if isinstance(node, Attribute) and not isinstance(node.name, Literal):
                return True
            if isinstance(node, Multi) and node.select == "matching":
                return True
            if isinstance(node, Call) and node.function == "evaluateELString":
                return True
        return False

    def parameters_used(self) -> Tuple[str, ...]:
        """Names of the parameters, in order, each once."""
        names: Dict[str, None] = {}
        for part in self.parts:
            if isinstance(part, ParameterPart):
                names[part.name] = None
            elif isinstance(part, Expression):
                for node in part.root.walk():
                    if isinstance(node, Parameter):
                        names[node.name] = None
        return tuple(names)


def _random(node: Call) -> bool:
    return (node.function == "repeat" and len(node.arguments) > 1) or (node.function == "math" and node.subject is None)


def parse_value(text: str, *, nifi_version: str = "1.28.1", parameters: Optional[Mapping[str, Optional[str]]] = None) -> Value:
    """Parse a property's text by the rules of a NiFi version. Raises ExpressionError where NiFi calls it invalid.

    With `parameters`, `#{…}` outside of expressions is put in first, as NiFi does (a parameter's text may hold
    expressions itself); one that does not exist raises. Without, it stays a ParameterPart.
    """
    source = text or ""
    if len(source) > _NAMES_LIMIT:
        raise ExpressionError("the value is too long", 0, len(source))
    version = parse_version(nifi_version)
    if parameters is not None:
        put_in = substitute(source, parameters)
        if put_in is None:
            raise ExpressionError("a parameter does not exist", 0, len(source))
        parts = parse_parts(put_in, version) if "#{" not in put_in or put_in == source else _without_parameters(put_in, version)
    else:
        parts = parse_parts(source, version)
    value = Value(source, parts, nifi_version)
    check_literals(value)
    return value


def _without_parameters(text: str, version: Tuple[int, int]) -> Tuple[Part, ...]:
    from .parser import _split

    return tuple(_split(text, version, 0))


def to_python(value: Value, variables: Collection[str] = ()) -> str:
    """Source text of a Python expression over `attributes` (and `parameters`, `state` where the value uses them).

    Its value is a str, null as empty text. It calls `el` (runtime/el.py), which raises ELError where NiFi throws.
    `variables`: names that the flow has as variables; the source reads them from `variables` where an attribute is missing.
    """
    return parts_source(value.parts, value.version, value.nifi_version, variables)


def condition_source(value: Value, variables: Collection[str] = ()) -> str:
    """The same of a value that is one expression, as its own type: a bool where the expression gives one."""
    return node_source(value.parts[0].root, value.version, value.nifi_version, variables)


_CODE: Dict[Tuple[str, str], Any] = {}


def evaluate(
    value: Value,
    attributes: Mapping[str, str],
    parameters: Optional[Mapping[str, Optional[str]]] = None,
    state: Optional[Mapping[str, str]] = None,
    now: Optional[int] = None,
    nifi_version: Optional[str] = None,
) -> Optional[str]:
    """The value as NiFi computes it for these attributes. `now`: milliseconds since 1970, the clock if left out.

    None where a parameter outside of expressions does not exist (NiFi calls the component invalid). Raises ELError
    where NiFi's evaluation throws.
    """
    parameters = parameters or {}
    if nifi_version and nifi_version != value.nifi_version:
        value = parse_value(value.source, nifi_version=nifi_version)
    remember = "#{" not in value.source  # with parameters one source may have other parts
    if any(isinstance(part, ParameterPart) for part in value.parts):
        put_in = substitute(value.source, parameters)
        if put_in is None:
            return None
        value = Value(put_in, _without_parameters(put_in, value.version), value.nifi_version)
        check_literals(value)
    key = (value.source, value.nifi_version)
    code = _CODE.get(key) if remember else None
    if code is None:
        if len(_CODE) > 5000:
            _CODE.clear()
        code = compile(to_python(value), "<expression>", "eval")
        if remember:
            _CODE[key] = code
    saved = el_environment.settings()
    try:
        if now is not None:
            el_environment.set_now(now)
        # The source is made by to_python from a parsed tree: constants are written by repr, names are the runtime's.
        return eval(code, {"el": el, "attributes": attributes, "parameters": parameters, "state": state})
    finally:
        el_environment.restore(saved)


from .to_spark import ColumnCode, to_spark  # noqa: E402
