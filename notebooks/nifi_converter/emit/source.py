"""A handler's source text seen as statements: what it assigns, and how to put it another way."""

from __future__ import annotations

import ast
from typing import List, Optional, Set, Tuple

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


def without_unread(pieces, others: List[str]):
    """The pieces without names that no cell reads of what others made: relationships and unions of them whose consumers only
    log, or are not needed."""
    sources = [source for _, source, _ in pieces]
    try:
        elsewhere = {name for source in others for name in names_of(source)[0]}
        while True:
            read = elsewhere.union(*(names_of(source)[0] for source in sources))
            kept = [_without(source, read) for source in sources]
            if kept == sources:
                return [(lines, source, keys) for (lines, _, keys), source in zip(pieces, sources)]
            sources = kept
    except SyntaxError:  # the check tells of it
        return pieces


def _without(source: str, read: Set[str]) -> str:
    """The source without statements that only give a name, which nobody reads, to what is there already."""
    lines: List[Optional[str]] = list(source.split("\n"))
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1 and isinstance(statement.targets[0], ast.Name) \
                and statement.targets[0].id not in read and _only_names(statement.value):
            lines[statement.lineno - 1:statement.end_lineno] = [None] * ((statement.end_lineno or statement.lineno) - statement.lineno + 1)
    return "\n".join(line for line in lines if line is not None)


def _only_names(value: ast.expr) -> bool:
    if isinstance(value, ast.Call):
        return ast.unparse(value.func) in ("rt.relationship", "rt.union") and all(isinstance(a, (ast.Name, ast.Constant)) for a in value.args)
    return isinstance(value, ast.List) and not value.elts
