"""Writes Python source text: literals that no text of a flow can break out of, and calls laid out to be read."""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from typing import Any, Iterable, List, Mapping, Tuple

from ..identifiers import identifier as identifier

WIDTH = 110

# Characters that would show a reader something else than what runs (line breaks, text direction), and halves of pairs,
# which UTF-8 cannot hold.
_HIDDEN = re.compile("[\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


# Texts that a raw literal holds as they are: no quote, nothing that has to be escaped, an even number of backslashes at the end.
_RAW = re.compile(r'[^"\x00-\x1f]*[^"\x00-\x1f\\]')
_RAW_SINGLE = re.compile(r"[^'\x00-\x1f]*[^'\x00-\x1f\\]")


class Code(str):
    """Source text, as against a value that still has to be written as a literal."""


def lit(value: Any) -> Code:
    """The value as a Python literal. `Code` within lists and dictionaries stands as it is."""
    if isinstance(value, Code):
        return value
    if isinstance(value, str):
        if "\\" in value and _RAW.fullmatch(value) and not _HIDDEN.search(value):
            return Code(f'r"{value}"')  # regular expressions, as a person would write them
        single = '"' in value and "'" not in value and '"""' not in value  # three of them would look like a block of text
        if single and "\\" in value and _RAW_SINGLE.fullmatch(value) and not _HIDDEN.search(value):
            return Code(f"r'{value}'")
        text = json.dumps(str(value), ensure_ascii=False)
        if single:
            text = "'" + text[1:-1].replace('\\"', '"') + "'"
        return Code(_HIDDEN.sub(lambda m: f"\\u{ord(m[0]):04x}", text))
    if value is None or isinstance(value, (bool, int, float, bytes)):
        return Code(repr(value))
    if isinstance(value, Mapping):
        return Code("{" + ", ".join(f"{lit(k)}: {lit(v)}" for k, v in value.items()) + "}")
    if isinstance(value, tuple):
        inner = ", ".join(lit(v) for v in value)
        return Code(f"({inner},)" if len(value) == 1 else f"({inner})")
    if isinstance(value, (list, set, frozenset)):
        items = sorted(value) if not isinstance(value, list) else value
        return Code("[" + ", ".join(lit(v) for v in items) + "]")
    raise TypeError(f"no literal for {type(value).__name__}")


def unseen(text: str) -> bool:
    """Whether a text holds characters that would show a reader something else than what runs."""
    return bool(_HIDDEN.search(text))


def text_block(text: str) -> Code:
    """A text of several lines as a triple-quoted literal where that is safe and easier to read, otherwise `lit`."""
    safe = "\n" in text and '"""' not in text and "\\" not in text and not text.endswith('"') and "\r" not in text
    if not safe or _HIDDEN.search(text) or re.search(r"^\s*# (COMMAND|MAGIC|Databricks)", text, re.M) or "\0" in text:
        return lit(text)
    if re.search(r"[\x01-\x08\x0b-\x1f]", text):
        return lit(text)
    return Code(f'"""{text}"""')


def call(function: str, *arguments: Any, **options: Any) -> Code:
    """`function(arguments, name=option)`, over several lines where one is too long."""
    parts = [lit(a) for a in arguments] + [f"{name}={lit(value)}" for name, value in options.items()]
    line = f"{function}({', '.join(parts)})"
    if len(line) <= WIDTH and "\n" not in line:
        return Code(line)
    wide = [tall(a) for a in arguments] + [f"{name}={tall(value)}" for name, value in options.items()]
    return Code(f"{function}(\n" + "".join(f"    {indent(part)},\n" for part in wide) + ")")


def tall(value: Any) -> str:
    """A dictionary, a list or a long sum with one entry a line, where it does not fit into one."""
    line = lit(value)
    if len(line) <= WIDTH - 20:
        return line
    if isinstance(value, str) and not isinstance(value, Code):
        return text_block(value)
    if isinstance(value, Mapping):
        return "{\n" + "".join(f"    {lit(k)}: {indent(tall(v))},\n" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[\n" + "".join(f"    {indent(tall(v))},\n" for v in value) + "]"
    return _by_lines(line)


def _by_lines(source: str) -> str:
    """A long expression over several lines, as a person would lay it out; what is no bare expression stays as it is."""
    if "\n" in source:
        return source
    try:
        body = ast.parse(source, mode="eval").body
        if isinstance(body, ast.Constant) and isinstance(body.value, str):
            return text_block(body.value)
        text = _laid_out(body, source) if ast.get_source_segment(source, body) == source else source
    except (SyntaxError, RecursionError):
        return source
    bare = "\n" not in text or isinstance(body, (ast.Call, ast.Lambda))
    return text if bare else f"(\n    {indent(text)}\n)"


_SIGNS = {ast.Add: "+", ast.BitAnd: "&", ast.BitOr: "|"}


def _laid_out(node: ast.expr, source: str) -> str:
    """The source of one expression: a line where it fits, otherwise one argument, summand or piece of text a line."""
    line = ast.get_source_segment(source, node) or ""
    if len(line) <= WIDTH - 20:
        return line
    if isinstance(node, ast.Lambda):
        body = _laid_out(node.body, source)
        bare = "\n" not in body or isinstance(node.body, ast.Call)
        return f"{line[:line.index(':') + 1]} " + (body if bare else f"(\n    {indent(body)}\n)")
    if isinstance(node, ast.Call) and isinstance(node.func, (ast.Name, ast.Attribute)) and not any(isinstance(a, ast.Starred) for a in node.args):
        given = [_laid_out(a, source) for a in node.args]
        given += [f"{k.arg}={_laid_out(k.value, source)}" if k.arg else f"**{_laid_out(k.value, source)}" for k in node.keywords]
        chained = isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Call)
        function = f"{_laid_out(node.func.value, source)}.{node.func.attr}" if chained else ast.get_source_segment(source, node.func)
        one_line = ", ".join(given)
        if not given or "\n" not in one_line and len(function.rpartition("\n")[2]) + len(one_line) <= WIDTH - 20:
            return f"{function}({one_line})"
        return f"{function}(\n" + "".join(f"    {indent(part)},\n" for part in given) + ")"
    if isinstance(node, ast.BinOp) and type(node.op) in _SIGNS:
        parts: List[ast.expr] = []
        at: ast.expr = node
        while isinstance(at, ast.BinOp) and type(at.op) is type(node.op):
            parts.append(at.right)
            at = at.left
        return f"\n{_SIGNS[type(node.op)]} ".join(_operand(part, source) for part in [at, *reversed(parts)])
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Invert):
        return f"~{_operand(node.operand, source)}"
    if isinstance(node, ast.IfExp):
        yes, test, no = (_operand(n, source) if isinstance(n, (ast.IfExp, ast.Lambda)) else _laid_out(n, source) for n in (node.body, node.test, node.orelse))
        return f"{yes}\nif {test}\nelse {no}"
    if isinstance(node, ast.JoinedStr):
        return "\n".join(_f_string_by_lines(line))
    return line


def _operand(node: ast.expr, source: str) -> str:
    """An expression beside an operator: in brackets where it would not hold together without."""
    text = _laid_out(node, source)
    whole = isinstance(node, (ast.Call, ast.Constant, ast.JoinedStr, ast.Name, ast.Subscript, ast.UnaryOp))
    return text if whole else f"(\n    {indent(text)}\n)" if "\n" in text else f"({text})"


# What an f-string must not be cut within: a doubled brace, an expression, an escape.
_ATOM = re.compile(r"\{\{|\}\}|\{[^{}]*\}|\\(?:x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8}|.)|.", re.S)


def _f_string_by_lines(source: str) -> List[str]:
    """An f-string as several that Python puts together: a new one behind each line end of its text, and, where it is
    still too long, behind a space or in front of an expression."""
    if not source.startswith(('f"', "f'")) or "\n" in source:
        return [source]
    quote, pieces = source[1], [""]
    for atom in _ATOM.findall(source[2:-1]):
        long = len(pieces[-1]) + len(atom) > WIDTH - 20
        if pieces[-1].endswith("\\n") or long and (len(atom) > 2 or pieces[-1].endswith((" ", ",", "&"))):
            pieces.append("")
        pieces[-1] += atom
    return [f"{'f' if re.search('[{}]', piece) else ''}{quote}{piece}{quote}" for piece in pieces]


def indent(text: str, by: str = "    ") -> str:
    """Indents all lines but the first, and none within a triple-quoted text."""
    first, _, rest = text.partition("\n")
    return block(text, by)[len(by):] if rest and first else text


def block(text: str, by: str = "    ") -> str:
    """Indents a piece of code as the body of a statement; triple-quoted texts keep their lines."""
    lines, inside = [], False
    for line in text.split("\n"):
        lines.append(line if inside or not line else by + line)
        if line.count('"""') % 2:
            inside = not inside
    return "\n".join(lines)


def double_quoted(source: str) -> str:
    """The source with its plain texts in double quotes, as the rest of a notebook has them."""
    if "'" not in source:
        return source
    places, depth = [], 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        kind = tokenize.tok_name[token.type]  # newer Pythons see the parts of an f-string, older ones the whole
        depth += (kind == "FSTRING_START") - (kind == "FSTRING_END")
        text = token.string
        if kind == "STRING" and not depth and text[0] == "'" and not text.startswith("'''") and '"' not in text and "\\'" not in text:
            places.append((token.start, token.end))
    lines = source.split("\n")
    for (row, first), (_, last) in places:
        line = lines[row - 1]
        lines[row - 1] = f'{line[:first]}"{line[first + 1:last - 1]}"{line[last:]}'
    return "\n".join(lines)


def assign(name: str, value: str) -> Code:
    return Code(f"{name} = {value}")


def arrivals(name: str) -> Tuple[Code, Code]:
    """(expression, commit) of what arrives from outside of the flow in the table `…__name`: each row is taken once."""
    table = f'f"{{tables}}__{name}"'
    return Code(f'rt.arrivals(spark, {table}, checkpoint=f"{{volume}}/_checkpoints/{name}")'), Code(f"rt.taken(spark, {table})")


def join_lines(lines: Iterable[str]) -> str:
    return "\n".join(line.rstrip() for line in lines)
