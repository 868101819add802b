"""Names in emitted Python: which a cell reads, which it sets, and the imports it needs. By scope, not by text search."""

from __future__ import annotations

import ast
import builtins
import os
import symtable
from typing import Dict, List, Set, Tuple

# What Databricks puts into every notebook.
NOTEBOOK_GLOBALS = frozenset({"spark", "dbutils", "display", "displayHTML", "sc", "sql", "table", "__file__", "__name__"}) - {"sc"}
_BUILTINS = frozenset(dir(builtins))
_RUNTIME = os.path.join(os.path.dirname(os.path.dirname(__file__)), "runtime")

STANDARD_IMPORTS: Dict[str, str] = {
    "F": "from pyspark.sql import functions as F",
    "Window": "from pyspark.sql import Window",
    "gaps": "import gaps",
    "rt": "import nifi_runtime as rt",
    "json": "import json",
    "os": "import os",
    "re": "import re",
    "time": "import time",
    "datetime": "from datetime import datetime, timezone",
}


def runtime_modules() -> List[str]:
    """The modules of the runtime that a cell may name (`text.split_text`)."""
    return sorted(f[:-3] for f in os.listdir(_RUNTIME) if f.endswith(".py") and not f.startswith("_"))


def names_of(source: str) -> Tuple[Set[str], Set[str]]:
    """(names read from the module's scope, names set in it). Raises SyntaxError where the source does not compile."""
    ast.parse(source)
    top = symtable.symtable(source, "cell", "exec")
    read: Set[str] = set()
    bound: Set[str] = set()
    stack = [top]
    while stack:
        scope = stack.pop()
        for symbol in scope.get_symbols():
            name = symbol.get_name()
            if scope is top:
                if symbol.is_assigned() or symbol.is_imported():
                    bound.add(name)
                if symbol.is_referenced():
                    read.add(name)
            elif symbol.is_global():
                if symbol.is_assigned():
                    bound.add(name)
                if symbol.is_referenced():
                    read.add(name)
        stack.extend(scope.get_children())
    return read, bound


def undefined_names(cells: List[str]) -> List[Tuple[int, str]]:
    """(index of the cell, name) of all that a cell reads before any cell up to it has set it. Within one cell the order
    is not looked at, except that a name which the cell itself sets by reading it first counts as undefined."""
    known = set(NOTEBOOK_GLOBALS) | _BUILTINS
    missing: List[Tuple[int, str]] = []
    for index, cell in enumerate(cells):
        read, bound = names_of(cell)
        early = _read_before_set(cell, bound - known)
        missing += [(index, name) for name in sorted((read - known - bound) | early)]
        known |= bound
    return missing


def _read_before_set(source: str, bound: Set[str]) -> Set[str]:
    """Names that straight-line code at the top of a cell reads in an earlier statement than the one that sets them."""
    found: Set[str] = set()
    seen: Set[str] = set()
    for statement in ast.parse(source).body:
        read, sets = names_of(ast.get_source_segment(source, statement) or "")
        runs_now = not isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        if runs_now and isinstance(statement, (ast.Assign, ast.AnnAssign, ast.Expr)):
            target_reads = read - seen if isinstance(statement, ast.Expr) else {
                n for n in _loaded(statement.value) if n not in seen} if statement.value is not None else set()
            found |= target_reads & bound
        seen |= sets
    return found


def _loaded(node: ast.AST) -> Set[str]:
    """Names that an expression reads at once (not within a lambda)."""
    found: Set[str] = set()
    stack = [node]
    while stack:
        at = stack.pop()
        if isinstance(at, (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)):
            continue
        if isinstance(at, ast.Name) and isinstance(at.ctx, ast.Load):
            found.add(at.id)
        stack.extend(ast.iter_child_nodes(at))
    return found


def imports_for(sources: List[str]) -> List[str]:
    """Import lines for what the cells read and do not set: standard library first, then Spark, then our own."""
    read: Set[str] = set()
    bound: Set[str] = set()
    for source in sources:
        r, b = names_of(source)
        read |= r
        bound |= b
    needed = read - bound
    modules = set(runtime_modules())
    lines = [STANDARD_IMPORTS[n] for n in sorted(needed) if n in STANDARD_IMPORTS]
    own = [f"from nifi_runtime import {', '.join(sorted(needed & modules))}"] if needed & modules - set(STANDARD_IMPORTS) else []
    standard = [x for x in lines if "pyspark" not in x and "nifi" not in x and x != "import gaps"]
    spark = [x for x in lines if "pyspark" in x]
    ours = [x for x in lines if x == "import gaps" or "nifi" in x]
    groups = [sorted(standard), sorted(spark), sorted(ours) + own]
    return "\n\n".join("\n".join(g) for g in groups if g).split("\n")
