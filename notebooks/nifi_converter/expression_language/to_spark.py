"""The Spark target: a value as PySpark source.

Built-in functions wherever they mean the same to the letter; an expression that holds anything else runs as the
Python target in one UDF. Functions that may raise always do, so a column of built-ins never ends a query.
What reads no attribute is computed once, on the driver, when the cell runs (`now()` is one instant for all rows).
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Collection, List, Tuple

from . import spark_functions
from .nodes import BOOLEAN, Attribute, Call, Each, Expression, Multi, Node, ParameterPart, Part, Text
from .to_python import node_source, parts_source

if TYPE_CHECKING:
    from . import Value

_IMPORTS = {
    "F": "from pyspark.sql import functions as F",
    "rt": "import nifi_runtime as rt",
    "el": "from nifi_runtime import el",
    "elc": "from nifi_runtime import elc",
}


@dataclass(frozen=True)
class ColumnCode:
    """PySpark source of one Column. `uses_udf`: a Python function runs per row; `type`: string (never null, null is empty
    text) or boolean (never null)."""

    source: str
    uses_udf: bool
    type: str = "string"

    @property
    def imports(self) -> Tuple[str, ...]:
        """The import lines that the source needs."""
        names = {node.id for node in ast.walk(ast.parse(self.source, mode="eval")) if isinstance(node, ast.Name)}
        return tuple(line for name, line in _IMPORTS.items() if name in names)


def to_spark(value: "Value", *, attributes: str = "attributes", as_type: str = "auto", errors: str = "raise",
             variables: Collection[str] = ()) -> ColumnCode:
    """A value as a column. `attributes`: the map column's name. `errors="mark"`: see `elc.per_row`.

    `as_type`: string, boolean (a value that is one boolean expression; ValueError if it is not), or auto: boolean for
    such a value, else string.

    The source may read `parameters` and `state` (mappings) where the value uses them, and `variables` as `to_python` does.
    """
    if as_type == "boolean" or (as_type == "auto" and errors == "raise" and value.value_type == BOOLEAN):
        if value.value_type != BOOLEAN:
            raise ValueError(f"not a boolean expression: {value.source}")
        part = value.parts[0]
        assert isinstance(part, Expression)
        source, udf = _test(part.root, value, attributes, variables)
        return ColumnCode(source, udf, "boolean")
    pieces: List[str] = []
    any_udf = False
    for part in value.parts:
        source, udf = _part(part, value, attributes, errors, variables)
        if errors == "mark" and udf and len(value.parts) > 1:
            # An error must mark the whole value, not a part of it.
            whole = parts_source(value.parts, value.version, value.nifi_version, variables)
            return ColumnCode(_per_row(whole, value, attributes, errors), True, "string")
        pieces.append(source)
        any_udf = any_udf or udf
    if not pieces:
        return ColumnCode('F.lit("")', False, "string")
    return ColumnCode(pieces[0] if len(pieces) == 1 else f"F.concat({', '.join(pieces)})", any_udf, "string")


def _part(part: Part, value: "Value", attributes: str, errors: str, variables: Collection[str]) -> Tuple[str, bool]:
    if isinstance(part, Text):
        return f"F.lit({part.text!r})", False
    if isinstance(part, ParameterPart):
        return f"F.lit(parameters[{part.name!r}])", False
    native = spark_functions.text(part.root, attributes, variables)
    if native is not None:
        return native, False
    source = parts_source((part,), value.version, value.nifi_version, variables)
    if _constant(part.root) and errors == "raise":
        return f"F.lit({source})", False
    return _per_row(source, value, attributes, errors), True


def _per_row(source: str, value: "Value", attributes: str, errors: str) -> str:
    options = "" if attributes == "attributes" else f', F.col("{attributes}")'
    if not value.deterministic:
        options += ", deterministic=False"
    if errors != "raise":
        options += f", errors={errors!r}"
    return f"elc.per_row(lambda attributes: {source}{options})"


def _test(root: Node, value: "Value", attributes: str, variables: Collection[str]) -> Tuple[str, bool]:
    native = spark_functions.boolean(root, attributes, variables)
    if native is not None:
        return native, False
    source = node_source(root, value.version, value.nifi_version, variables)
    if _constant(root):
        return f"F.lit({source})", False
    options = "" if attributes == "attributes" else f', F.col("{attributes}")'
    if not value.deterministic:
        options += ", deterministic=False"
    return f"elc.test_row(lambda attributes: {source}{options})", True


def _constant(root: Node) -> bool:
    """Reads nothing of a row and gives one answer per query."""
    from .functions import FUNCTIONS

    for node in root.walk():
        if isinstance(node, (Attribute, Multi, Each)):
            return False
        if isinstance(node, Call):
            random = (node.function == "repeat" and len(node.arguments) > 1) or (node.function == "math" and node.subject is None)
            if not FUNCTIONS[node.function].deterministic or random or node.function == "evaluateELString":
                return False
    return True
