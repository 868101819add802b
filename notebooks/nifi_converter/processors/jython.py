"""Scripts of ExecuteScript in Python, as functions that run on `runtime/jython.py`: the script's own lines, its Java imports
taken from there. None for one that Python 3 and that session would not run as Jython did; the reason says why.
"""

from __future__ import annotations

import ast
import builtins
import importlib
import re
from typing import List

from ..emit.names import names_of
from ..errors import ConverterError
from ..runtime import jython as shim
from .code import unseen

# Modules of Python's library that only compute, and are alike in Jython and Python 3 where a name exists in both.
_LIBRARY = ("base64", "binascii", "collections", "copy", "csv", "datetime", "decimal", "functools", "hashlib", "itertools", "json", "math", "random", "re", "string", "time",
            "traceback", "uuid", "xml.etree.ElementTree")
_JAVA = re.compile(r"(java|javax|org)\.")
# Files of the NiFi host, and what runs text.
_FORBIDDEN = {"open", "file", "eval", "exec", "execfile", "compile", "input", "globals", "locals", "vars", "getattr", "setattr", "delattr", "breakpoint"}
_CHANGED = {"iteritems", "iterkeys", "itervalues", "has_key", "decode"}  # methods that are gone, or of another type


class Unknown(ConverterError):
    """A script that is not taken over, with the reason."""

    def __init__(self, message: str):
        super().__init__("unsupported", message)


_JAVA_NAMES = {name: frozenset(dir(found)) for name, found in vars(shim).items() if isinstance(found, type) and found.__module__ == shim.__name__}


def function_of(script: str, name: str, properties: List[str]) -> str:
    """The script as `def name(session, log, …)`, `properties` being the user-added ones. Raises Unknown."""
    text = script.replace("\r\n", "\n").replace("\r", "\n").strip("\n")
    if unseen(text) or re.search(r"[\x00-\x08\x0b-\x1f]", text):
        raise Unknown("it holds characters that cannot be seen")
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        raise Unknown(f"it is no Python 3 (line {getattr(error, 'lineno', 0) or 0})")
    lines, java, left_out = text.split("\n"), set(), set()
    for node in ast.walk(tree):
        _refuse(node)
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            taken = _imported(node)
            if taken is not None:
                java |= taken
                if node not in tree.body:
                    raise Unknown("it imports Java within a block")
                left_out.update(range(node.lineno - 1, node.end_lineno or node.lineno))
        if isinstance(node, ast.Global):
            if node in tree.body:
                left_out.add(node.lineno - 1)
            else:
                lines[node.lineno - 1] = lines[node.lineno - 1].replace("global ", "nonlocal ", 1)
    wrong = [p for p in properties if not p.isidentifier()]
    if wrong:
        raise Unknown(f"the property {wrong[0]!r} is no name that a script could read")
    head = f"def {name}({', '.join(['session', 'log', *properties])}):"
    taken = sorted(java | ({"REL_SUCCESS", "REL_FAILURE"} & names_of(text)[0]))
    body = [f"from nifi_runtime.jython import {', '.join(taken)}", ""] if taken else []
    body += "\n".join(line for number, line in enumerate(lines) if number not in left_out).strip("\n").split("\n")
    made = "\n".join([head, *(f"    {line}".rstrip() if line.strip() else "" for line in body)])
    _checked(made, tree, properties)
    return made


def _refuse(node: ast.AST) -> None:
    if isinstance(node, ast.Name) and (node.id in _FORBIDDEN or node.id.startswith("__")) or isinstance(node, ast.Attribute) and node.attr.startswith("__"):
        raise Unknown(f"it uses {node.id if isinstance(node, ast.Name) else node.attr}")
    if isinstance(node, ast.Div):
        raise Unknown("it divides: Jython cuts whole numbers, Python 3 does not")
    if isinstance(node, ast.Attribute):
        if node.attr in _CHANGED:
            raise Unknown(f"it uses {node.attr}, which Python 3 does not know so")
        if isinstance(node.value, ast.Name) and node.value.id == "session" and node.attr not in _JAVA_NAMES["Session"]:
            raise Unknown(f"it calls session.{node.attr}")
        if isinstance(node.value, ast.Name) and node.value.id == "log" and node.attr not in _JAVA_NAMES["Log"]:
            raise Unknown(f"it calls log.{node.attr}")
        if isinstance(node.value, ast.Name) and node.value.id in ("IOUtils", "StandardCharsets") and node.attr not in _JAVA_NAMES[node.value.id]:
            raise Unknown(f"it uses {node.value.id}.{node.attr}")
        if re.fullmatch(r"(get|set|is)[A-Z]\w*", node.attr) and not any(node.attr in m for m in _JAVA_NAMES.values()):
            raise Unknown(f"it calls {node.attr} of Java")
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name) and node.func.value.id == "session" \
            and node.func.attr == "get" and (node.args or node.keywords):
        raise Unknown("it takes several flow files at once")


def _imported(node: ast.AST):
    """The names that come from Java, None for an import of Python's library. Unknown for any other."""
    if isinstance(node, ast.ImportFrom):
        module = node.module or ""
        if _JAVA.match(module + "."):
            names = {a.name for a in node.names}
            missing = sorted(n for n in names if n not in _JAVA_NAMES or any(a.asname for a in node.names))
            if missing:
                raise Unknown(f"it imports {module}.{missing[0]}")
            return names
        if module == "__future__":
            raise Unknown("it imports from __future__")
        if module not in _LIBRARY:
            raise Unknown(f"it imports {module}")
        have = importlib.import_module(module)
        missing = [a.name for a in node.names if not hasattr(have, a.name)]
        if missing:
            raise Unknown(f"it imports {module}.{missing[0]}, which Python 3 does not have")
        return None
    assert isinstance(node, ast.Import)
    if all(_JAVA.match(a.name + ".") for a in node.names):
        return set()  # a package: its use is an unknown name, which the check below finds
    for alias in node.names:
        if alias.name not in _LIBRARY and alias.name != "sys":
            raise Unknown(f"it imports {alias.name}")
    return None


def _checked(made: str, tree: ast.Module, properties: List[str]) -> None:
    """Unknown where the function does not compile, reads a name that nobody sets, or is another text than the script."""
    try:
        compile(made, "script", "exec")
        missing = names_of(made)[0] - names_of(made)[1] - set(dir(builtins))
    except SyntaxError as error:
        raise Unknown(f"its lines do not fit into a function: {error.msg}")
    if missing:
        raise Unknown(f"it reads {sorted(missing)[0]}, which nobody sets")
    texts = [sorted(repr(n.value) for n in ast.walk(t) if isinstance(n, ast.Constant) and isinstance(n.value, (str, bytes))) for t in (ast.parse(made), tree)]
    if texts[0] != texts[1]:
        raise Unknown("a text of several lines would change")
    for module in (n for n in ast.walk(tree) if isinstance(n, ast.Import)):
        for alias in module.names:
            if alias.name in _LIBRARY:
                have = importlib.import_module(alias.name)
                name = alias.asname or alias.name.split(".")[0]
                for node in ast.walk(tree):
                    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name and "." not in alias.name and not hasattr(have, node.attr):
                        raise Unknown(f"it uses {name}.{node.attr}, which Python 3 does not have")
