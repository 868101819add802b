"""Functions as built-in Spark columns, where the meaning is the same to the letter. None: not as a column.

Text columns are null where NiFi's value is null; booleans are never null. Left to Python on purpose: what counts in
UTF-16 units (substring, length, indexOf, padding), number parsing and arithmetic (wrapping, Long or Double by the
text), dates, JsonPath, and all that may raise.
"""

from __future__ import annotations

from typing import Callable, Collection, Dict, Optional

from ..runtime import java_regex
from ..runtime.el_errors import ELError
from .nodes import BOOLEAN, STRING, WHOLE_NUMBER, Attribute, Call, Cast, Each, Join, Literal, Multi, Node, Parameter

Source = Optional[str]


def text(root: Node, attributes: str, variables: Collection[str] = ()) -> Source:
    """The root as a text column that is never null (null is empty text)."""
    return _Columns(attributes, variables).some_text(root)


def boolean(root: Node, attributes: str, variables: Collection[str] = ()) -> Source:
    """A boolean expression as a boolean column."""
    return _Columns(attributes, variables).boolean(root)


def never_null(node: Node) -> bool:
    if isinstance(node, Literal):
        return node.value is not None
    if isinstance(node, Cast):
        return node.value.type == BOOLEAN
    if isinstance(node, Call):
        return node.function in ("append", "prepend", "UUID") or (
            node.function in ("replaceNull", "replaceEmpty") and never_null(node.arguments[0])
        ) or (node.function == "ifElse" and all(never_null(a) for a in node.arguments)) or node.type == BOOLEAN  # fmt: skip
    return isinstance(node, (Join, Multi))


def _given(node: Node) -> Optional[str]:
    """The constant text of a node."""
    return node.value if isinstance(node, Literal) and isinstance(node.value, str) else None


class _Columns:
    def __init__(self, attributes: str, variables: Collection[str]):
        self.attributes = attributes
        self.variables = variables
        self.each: Optional[Node] = None

    # ---- text

    def text(self, node: Node) -> Source:
        if isinstance(node, Each) and self.each is not None:
            return self.text(self.each)
        if node.type == BOOLEAN:
            if isinstance(node, Literal):
                return f"F.lit({'true' if node.value else 'false'!r})" if node.value is not None else None
            source = self.boolean(node)
            return None if source is None else f'({source}).cast("string")'
        if isinstance(node, Literal):
            if node.value is None:
                return 'F.lit(None).cast("string")'
            if isinstance(node.value, float):
                return None
            return f"F.lit({str(node.value)!r})"
        if isinstance(node, Attribute):
            return self.attribute(node)
        if isinstance(node, Parameter):
            return f"F.lit(parameters.get({node.name!r}))"
        if isinstance(node, Join):
            parts = [self.some_text(part) for part in node.parts]
            return None if None in parts else f"F.concat({', '.join(p for p in parts if p)})"
        if isinstance(node, Cast) and node.type == STRING:
            return self.text(node.value) if node.value.type in (STRING, BOOLEAN, WHOLE_NUMBER) else None
        if isinstance(node, Call):
            function = _TEXT.get(node.function)
            return None if function is None else function(self, node)
        return None

    def attribute(self, node: Attribute) -> Source:
        name = _given(node.name)
        if name is not None:
            source = f"rt.attr({name!r})" if self.attributes == "attributes" else f"F.col({self.attributes!r})[{name!r}]"
            return f"F.coalesce({source}, F.lit(variables[{name!r}]))" if name in self.variables else source
        computed = self.text(node.name)
        return None if computed is None else f"F.try_element_at(F.col({self.attributes!r}), {computed})"

    def some_text(self, node: Node) -> Source:
        """As text, null as empty."""
        source = self.text(node)
        stood_in = isinstance(node, Attribute) and _given(node.name) in self.variables
        if source is None or stood_in or never_null(node):
            return source
        return f'F.coalesce({source}, F.lit(""))'

    # ---- booleans

    def boolean(self, node: Node) -> Source:
        if node.type != BOOLEAN:
            return None
        if isinstance(node, Literal):
            return f"F.lit({bool(node.value)})"
        if isinstance(node, Multi):
            return self.multi(node)
        if isinstance(node, Call):
            function = _BOOLEAN.get(node.function)
            return None if function is None else function(self, node)
        return None

    def multi(self, node: Multi) -> Source:
        """anyAttribute("a", "b"):equals("x") is one test or the other."""
        if node.select != "named" or node.reduce not in ("any", "all") or self.each is not None or len(node.arguments) > 20:
            return None
        tests = []
        for name in node.arguments:
            if _given(name) is None:
                return None
            self.each = Attribute(name=name)
            source = self.boolean(node.body)
            self.each = None
            if source is None:
                return None
            tests.append(_operand(node.body, source))
        return (" | " if node.reduce == "any" else " & ").join(tests)


# ---- text functions ----------------------------------------------------------------------------------------


def _around(template: str) -> Callable[[_Columns, Call], Source]:
    """A function of the subject alone."""

    def build(columns: _Columns, node: Call) -> Source:
        subject = columns.text(node.subject)  # type: ignore[arg-type]
        return None if subject is None else template.format(subject)

    return build


def _with_text(template: str) -> Callable[[_Columns, Call], Source]:
    """A function of the subject and one constant text that is not empty."""

    def build(columns: _Columns, node: Call) -> Source:
        subject, given = columns.text(node.subject), _given(node.arguments[0])  # type: ignore[arg-type]
        if subject is None or not given or any("\ud800" <= c <= "\udfff" for c in given):
            return None
        return template.format(subject, repr(given))

    return build


def _concat(first_subject: bool) -> Callable[[_Columns, Call], Source]:
    def build(columns: _Columns, node: Call) -> Source:
        subject, other = columns.some_text(node.subject), columns.some_text(node.arguments[0])  # type: ignore[arg-type]
        if subject is None or other is None:
            return None
        return f"F.concat({subject}, {other})" if first_subject else f"F.concat({other}, {subject})"

    return build


def _replace(columns: _Columns, node: Call) -> Source:
    subject, search, put = columns.text(node.subject), _given(node.arguments[0]), _given(node.arguments[1])  # type: ignore[arg-type]
    if subject is None or not search or put is None:
        return None
    return f"F.replace({subject}, F.lit({search!r}), F.lit({put!r}))"


def _replace_all(columns: _Columns, node: Call) -> Source:
    subject, pattern, put = columns.text(node.subject), _given(node.arguments[0]), _given(node.arguments[1])  # type: ignore[arg-type]
    if subject is None or pattern is None or put is None or not _legal(pattern, put):
        return None
    return f"F.regexp_replace({subject}, {pattern!r}, {put!r})"


def _legal(pattern: str, put: Optional[str] = None) -> bool:
    """A pattern that is known to compile, and a replacement that cannot raise. Spark's regular expressions are Java's."""
    try:
        compiled = java_regex.compile_java(pattern)
        if put is not None:
            java_regex.replacement_parts(put, compiled)
        return True
    except ELError:
        return False


def _replace_null(columns: _Columns, node: Call) -> Source:
    subject, other = columns.text(node.subject), columns.text(node.arguments[0])  # type: ignore[arg-type]
    return None if subject is None or other is None else f"F.coalesce({subject}, {other})"


def _replace_empty(columns: _Columns, node: Call) -> Source:
    subject, other = columns.text(node.subject), columns.text(node.arguments[0])  # type: ignore[arg-type]
    if subject is None or other is None:
        return None
    return f"F.when(elc.is_empty({subject}), {other}).otherwise({subject})"


def _if_else(columns: _Columns, node: Call) -> Source:
    test = columns.boolean(node.subject)  # type: ignore[arg-type]
    yes, no = (columns.text(a) for a in node.arguments)
    return None if test is None or yes is None or no is None else f"F.when({test}, {yes}).otherwise({no})"


_HASHES = {
    "MD5": "F.md5({})",
    "SHA-1": "F.sha1({})",
    "SHA": "F.sha1({})",
    "SHA-224": "F.sha2({}, 224)",
    "SHA-256": "F.sha2({}, 256)",
    "SHA-384": "F.sha2({}, 384)",
    "SHA-512": "F.sha2({}, 512)",
}


def _hash(columns: _Columns, node: Call) -> Source:
    subject, name = columns.text(node.subject), _given(node.arguments[0])  # type: ignore[arg-type]
    template = _HASHES.get((name or "").upper())
    return None if subject is None or template is None else template.format(subject)


def _literal(columns: _Columns, node: Call) -> Source:
    return columns.text(node.arguments[0])


def _uuid(columns: _Columns, node: Call) -> Source:
    return 'F.expr("uuid()")'


_TEXT: Dict[str, Callable[[_Columns, Call], Source]] = {
    "toUpper": _around("F.upper({})"),
    "toLower": _around("F.lower({})"),
    "trim": _around("rt.trim({})"),
    "toString": _around("{}"),
    "urlEncode": _around("F.url_encode({})"),
    "append": _concat(True),
    "prepend": _concat(False),
    "substringBefore": _with_text("F.substring_index({}, {}, 1)"),
    "substringAfterLast": _with_text("F.substring_index({}, {}, -1)"),
    "substringAfter": _with_text("elc.substring_after({}, {})"),
    "substringBeforeLast": _with_text("elc.substring_before_last({}, {})"),
    "replace": _replace,
    "replaceAll": _replace_all,
    "replaceNull": _replace_null,
    "replaceEmpty": _replace_empty,
    "ifElse": _if_else,
    "hash": _hash,
    "literal": _literal,
    "UUID": _uuid,
}


# ---- boolean functions -------------------------------------------------------------------------------------


def _equals(columns: _Columns, node: Call) -> Source:
    sides = (node.subject, node.arguments[0])
    kinds = {side.type for side in sides if side is not None}
    if not kinds <= {STRING, BOOLEAN, WHOLE_NUMBER}:
        return None
    left, right = (columns.text(side) for side in sides)  # type: ignore[arg-type]
    if left is None or right is None:
        return None
    given = _given(node.arguments[0])
    return f"F.coalesce({left} == {repr(given) if given is not None else right}, F.lit(False))"


def _equals_ignore_case(columns: _Columns, node: Call) -> Source:
    subject, given = columns.text(node.subject), _given(node.arguments[0])  # type: ignore[arg-type]
    if subject is None or given is None or not given.isascii():
        return None
    return f"elc.equals_ignore_case({subject}, {given!r})"


def _compare(method: str) -> Callable[[_Columns, Call], Source]:
    def build(columns: _Columns, node: Call) -> Source:
        subject, other = columns.text(node.subject), columns.text(node.arguments[0])  # type: ignore[arg-type]
        if subject is None or other is None:
            return None
        given = _given(node.arguments[0])
        return f"F.coalesce({subject}.{method}({repr(given) if given is not None else other}), F.lit(False))"

    return build


def _in(columns: _Columns, node: Call) -> Source:
    subject = columns.text(node.subject)  # type: ignore[arg-type]
    given = [_given(a) for a in node.arguments]
    if subject is None or None in given:
        return None
    return f"F.coalesce({subject}.isin({', '.join(repr(g) for g in given)}), F.lit(False))"


def _regex(template: str, wrapped: bool) -> Callable[[_Columns, Call], Source]:
    def build(columns: _Columns, node: Call) -> Source:
        subject, pattern = columns.text(node.subject), _given(node.arguments[0])  # type: ignore[arg-type]
        if subject is None or pattern is None or not _legal(pattern):
            return None
        if wrapped and ("\\Q" in pattern or "(?" in pattern and "x" in pattern.split("(?", 1)[1][:8]):
            return None  # a comment or an open quotation would swallow what is put around it
        return template.format(subject, repr(pattern))

    return build


def _operand(node: Node, source: str, sign: str = "") -> str:
    """A test as an operand of `sign` (`~` if it is left out): in brackets where Python would read it otherwise."""
    binds = {"and": "&", "or": "|"}.get(node.function, sign) if isinstance(node, Call) else "" if isinstance(node, Multi) else sign
    return source if binds == sign and not isinstance(node, Multi) else f"({source})"


def _not(columns: _Columns, node: Call) -> Source:
    subject = columns.boolean(node.subject)  # type: ignore[arg-type]
    return None if subject is None else f"~{_operand(node.subject, subject)}"  # type: ignore[arg-type]


def _both(sign: str) -> Callable[[_Columns, Call], Source]:
    def build(columns: _Columns, node: Call) -> Source:
        left, right = columns.boolean(node.subject), columns.boolean(node.arguments[0])  # type: ignore[arg-type]
        if left is None or right is None:
            return None
        return f"{_operand(node.subject, left, sign)} {sign} {_operand(node.arguments[0], right, sign)}"  # type: ignore[arg-type]

    return build


_BOOLEAN: Dict[str, Callable[[_Columns, Call], Source]] = {
    "isNull": _around("{}.isNull()"),
    "notNull": _around("{}.isNotNull()"),
    "isEmpty": _around("elc.is_empty({})"),
    "not": _not,
    "and": _both("&"),
    "or": _both("|"),
    "equals": _equals,
    "equalsIgnoreCase": _equals_ignore_case,
    "startsWith": _compare("startswith"),
    "endsWith": _compare("endswith"),
    "contains": _compare("contains"),
    "in": _in,
    "matches": _regex("elc.full_match({}, {})", True),
    "find": _regex("F.coalesce(F.rlike({}, F.lit({})), F.lit(False))", False),
}
