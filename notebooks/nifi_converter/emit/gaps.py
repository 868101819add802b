"""`gaps.py`: one function per assisted gap. Written once; a person's work in it is never overwritten."""

from __future__ import annotations

import ast
import re
from typing import List, Tuple

from ..processors import Gap
from ..processors.code import lit, text_block

HEAD = '"""What the conversion could not know. Fill it in here: a new conversion adds what is new and changes nothing."""\n'


def gaps_source(gaps: List[Gap], existing: str = "") -> Tuple[str, List[str]]:
    """(the file's text, names that were added). Functions that are there already stay as they are, to the byte."""
    known = _functions(existing) if existing.strip() else set()
    added = [g for g in sorted(gaps, key=lambda g: g.function) if g.function not in known]
    text = existing if existing.strip() else HEAD
    for gap in added:
        text = text.rstrip("\n") + "\n\n\n" + _function(gap)
    return text, [g.function for g in added]


def _functions(source: str):
    try:
        return {n.name for n in ast.walk(ast.parse(source)) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))}
    except SyntaxError:
        # A person is in the middle of it. Nothing is added to a file that does not compile; the check will say so.
        return set(re.findall(r"^\s*def (\w+)", source, re.M)) | {"*"}


def _function(gap: Gap) -> str:
    doc = gap.doc.strip()
    body = gap.body.strip("\n")
    lines = [f"def {gap.function}({', '.join(gap.arguments)}):"]
    lines.append(f"    {_docstring(doc)}")
    if body:
        lines += ["    " + line if line else "" for line in body.split("\n")]
    else:
        lines.append(f"    raise NotImplementedError({lit(f'gaps.{gap.function} is still to be written: see its docstring')})")
    return "\n".join(lines) + "\n"


def _docstring(doc: str) -> str:
    indented = re.sub(r"\n +(?=\n)", "\n", re.sub(r"\n{3,}", "\n\n", doc).replace("\n", "\n    "))
    block = text_block(indented + "\n    " if "\n" in indented else indented)
    return str(block) if block.startswith('"""') else ('"""' + indented + '"""' if '"' not in doc and "\\" not in doc and "\n" not in doc else str(lit(doc)))
