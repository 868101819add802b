"""The Python target: an expression as source text over `attributes` that calls the functions of `runtime/el.py`.

Names that the source uses: `el`, `attributes` (a mapping), and where the value needs them `parameters`, `variables` and
`state`.
"""

from __future__ import annotations

from typing import Collection, List

from .f_strings import Piece, joined
from .functions import FUNCTIONS, Version
from .nodes import (
    BOOLEAN,
    DATE,
    DECIMAL,
    INSTANT,
    NUMBER,
    STRING,
    WHOLE_NUMBER,
    Attribute,
    Call,
    Cast,
    Each,
    Expression,
    Join,
    Literal,
    Multi,
    Node,
    Parameter,
    ParameterPart,
    Text,
)

_CASTS = {
    STRING: "el.to_text",
    BOOLEAN: "el.boolean",
    WHOLE_NUMBER: "el.whole",
    DECIMAL: "el.decimal",
    NUMBER: "el.number",
    DATE: "el.date",
    INSTANT: "el.instant",
}


def node_source(node: Node, version: Version, nifi_version: str = "", variables: Collection[str] = ()) -> str:
    """One node as a Python expression; its value is typed as the runtime's functions expect (None for null)."""
    source = _Writer(version, nifi_version or ".".join(str(n) for n in version), variables).write
    return source(node)


def parts_source(parts, version: Version, nifi_version: str, variables: Collection[str] = ()) -> str:
    """A whole value: always a text, null as empty text. `variables`: names that the flow has as variables, which stand
    in where there is no such attribute."""
    writer = _Writer(version, nifi_version, variables)
    pieces: List[Piece] = []
    for part in parts:
        if isinstance(part, Text):
            pieces.append((True, part.text))
        elif isinstance(part, Expression):
            pieces.append((False, _text(part.root, writer)))
        elif isinstance(part, ParameterPart):
            pieces.append((False, f"parameters[{part.name!r}]"))
    return joined(pieces)


def _text(root: Node, writer: "_Writer") -> str:
    if isinstance(root, Attribute) and isinstance(root.name, Literal):
        return writer.attribute(root.name.value, "''")
    if isinstance(root, Call) and root.function in ("append", "prepend", "join"):
        return writer.write(root)  # never null
    return f"el.text_or_empty({writer.write(root)})"


class _Writer:
    def __init__(self, version: Version, nifi_version: str, variables: Collection[str] = ()):
        self.version = version
        self.nifi_version = nifi_version
        self.variables = variables

    def attribute(self, name, otherwise: str = "") -> str:
        """An attribute; the variable of its name where a flow file has none, else `otherwise` (null if left out)."""
        stand_in = f"variables[{name!r}]" if name in self.variables else otherwise
        return f"attributes.get({name!r}, {stand_in})" if stand_in else f"attributes.get({name!r})"

    def write(self, node: Node) -> str:
        if isinstance(node, Literal):
            return _constant(node.value)
        if isinstance(node, Attribute):
            return self.attribute(node.name.value) if isinstance(node.name, Literal) else f"attributes.get({self.write(node.name)})"
        if isinstance(node, Parameter):
            return f"parameters.get({node.name!r})"
        if isinstance(node, Join):
            return f"el.join_texts({', '.join(self.write(part) for part in node.parts)})"
        if isinstance(node, Each):
            return "value"
        if isinstance(node, Cast):
            if node.type == NUMBER and node.value.type in (WHOLE_NUMBER, DECIMAL):
                return self.write(node.value)  # a number already
            return f"{_CASTS[node.type]}({self.write(node.value)})"
        if isinstance(node, Multi):
            return self.multi(node)
        assert isinstance(node, Call), node
        return self.call(node)

    def multi(self, node: Multi) -> str:
        arguments = ", ".join(self.write(argument) for argument in node.arguments)
        if node.select == "delimited":
            values = f"el.delimited_values({arguments})"
        else:
            named = {argument.value for argument in node.arguments if isinstance(argument, Literal)}
            everything = "{**variables, **attributes}" if node.select == "named" and named & set(self.variables) else "attributes"
            values = f"el.attributes_{node.select}({everything}, {arguments})"
        body = self.write(node.body)
        if node.reduce in ("any", "all"):
            return f"el.{node.reduce}_of({values}, lambda value: {body})"
        if node.reduce == "join":
            delimiter = self.write(node.delimiter) if node.delimiter is not None else "''"
            return f"el.join_of([{body} for value in {values}], {delimiter})"
        return f"el.count_of([{body} for value in {values}])"

    def call(self, node: Call) -> str:
        function = FUNCTIONS[node.function]
        subject = [] if node.subject is None else [self.write(node.subject)]
        arguments = [self.write(argument) for argument in node.arguments]
        name = node.function
        if name in ("and", "or"):
            return f"el.{name}_({subject[0]}, lambda: {arguments[0]})"
        if name == "ifElse":
            return f"({arguments[0]} if {subject[0]} else {arguments[1]})"
        if name == "join":
            return f"el.join_of([{subject[0]}], {arguments[0]})"
        if name == "count":
            return f"el.count_of([{subject[0]}])"
        if name == "math" and node.subject is None:
            return f"el.math_without_subject({arguments[0]})"
        if name == "getStateValue":
            return f"el.get_state_value(state, {arguments[0]})"
        if name == "evaluateELString":
            return f"el.evaluate_el_string({subject[0]}, attributes, state, {self.nifi_version!r})"
        if (name == "substring" or name == "math") and len(arguments) == 2:
            arguments.append("two=True")
        if function.python == "same":
            return subject[0]
        target = function.python_2 if function.python_2 and self.version >= (2, 0) else function.python
        return f"el.{target}({', '.join(subject + arguments)})"


def _constant(value) -> str:
    if isinstance(value, float):
        text = repr(value)
        return f"float({text!r})" if text in ("inf", "-inf", "nan") else text
    return repr(value)
