"""A handler's source text seen as statements: what it assigns, and how to put it another way."""

from __future__ import annotations

import ast
import re
from typing import List, Optional, Tuple

from ..processors.code import indent, lit
from .names import names_of


def sent_to(code: str, frame: str) -> Optional[Tuple[str, str, str]]:
    """(statements before it, expression, relationship) of code that ends in `frame = rt.send(expression, "relationship")`."""
    body = ast.parse(code).body
    last = body[-1] if body else None
    if not isinstance(last, ast.Assign) or [ast.unparse(t) for t in last.targets] != [frame] or not isinstance(last.value, ast.Call):
        return None
    value = last.value
    if ast.unparse(value.func) != "rt.send" or len(value.args) != 2 or not isinstance(value.args[1], ast.Constant):
        return None
    if any(isinstance(n, ast.Name) and n.id == frame for s in body[:-1] for n in ast.walk(s)):
        return None
    expression = ast.get_source_segment(code, value.args[0]) or ""
    if value.args[0].lineno > last.lineno and '"""' not in expression:
        expression = expression.replace("\n    ", "\n")  # it stood one level deeper
    return "\n".join(code.split("\n")[:last.lineno - 1]), expression, str(value.args[1].value)


def renamed(source: str, name: str, new: str) -> str:
    """Source text in which a variable has another name; texts within it stay as they are."""
    places = sorted(((n.lineno, n.col_offset) for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Name) and n.id == name), reverse=True)
    lines = source.split("\n")
    for number, column in places:
        raw = lines[number - 1].encode("utf-8")  # columns count bytes
        lines[number - 1] = (raw[:column] + new.encode("utf-8") + raw[column + len(name):]).decode("utf-8")
    return "\n".join(lines)


def retried(code: str, frame: str, source: str, relationships: Tuple[str, ...]) -> Optional[str]:
    """Code that ends in `frame = <call over `queued`>` with that call tried again; None where it has another form."""
    body = ast.parse(code).body
    last = body[-1] if body else None
    if not isinstance(last, ast.Assign) or [ast.unparse(t) for t in last.targets] != [frame]:
        return None
    if any(isinstance(n, ast.Name) and n.id in ("queued", frame) for s in body[:-1] for n in ast.walk(s)):
        return None
    lines = code.split("\n")
    head, statement = lines[:last.lineno - 1], "\n".join(lines[last.lineno - 1:])
    expression = statement[statement.index("=") + 1:].strip()
    names = ", ".join(lit(r) for r in relationships)
    call = (f"{frame} = rt.retried(\n    {source},\n    lambda queued: " + indent(expression)
            + f',\n    {names},\n    attempts=dbutils.widgets.get("max_attempts"),\n)')
    return "\n".join([*head, call])


# Lines that only give a relationship its name, for whoever reads it.
_NAMED = re.compile(r"(\w+) = (?:rt\.relationship\([^\n]*\)|\[\](?:  # [^\n]*)?)")


def without_unread(pieces, others: List[str]):
    """The pieces without names of relationships that no cell reads: their consumers only log, or are not needed."""
    try:
        read = {name for source in [*(p[1] for p in pieces), *others] for name in names_of(source)[0]}
    except SyntaxError:  # the check tells of it
        return pieces

    def kept(line: str) -> bool:
        named = _NAMED.fullmatch(line)
        return named is None or named[1] in read

    return [(lines, "\n".join(line for line in source.split("\n") if kept(line)), keys) for lines, source, keys in pieces]
