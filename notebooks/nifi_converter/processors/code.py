"""Writes Python source text: literals that no text of a flow can break out of, and calls laid out to be read."""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from typing import Any, Iterable, Mapping, Tuple

WIDTH = 110

# Characters that would show a reader something else than what runs (line breaks, text direction), and halves of pairs,
# which UTF-8 cannot hold.
_HIDDEN = re.compile("[\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


# Texts that a raw literal holds as they are: no quote, nothing that has to be escaped, an even number of backslashes at the end.
_RAW = re.compile(r'[^"\x00-\x1f]*[^"\x00-\x1f\\]')


class Code(str):
    """Source text, as against a value that still has to be written as a literal."""


def lit(value: Any) -> Code:
    """The value as a Python literal. `Code` within lists and dictionaries stands as it is."""
    if isinstance(value, Code):
        return value
    if isinstance(value, str):
        if "\\" in value and _RAW.fullmatch(value) and not _HIDDEN.search(value):
            return Code(f'r"{value}"')  # regular expressions, as a person would write them
        text = json.dumps(str(value), ensure_ascii=False)
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
    if isinstance(value, Mapping):
        return "{\n" + "".join(f"    {lit(k)}: {indent(tall(v))},\n" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[\n" + "".join(f"    {indent(tall(v))},\n" for v in value) + "]"
    return _sum_by_lines(line)


def _sum_by_lines(source: str) -> str:
    """`lambda a: x + y + z` with one summand a line; anything else as it is."""
    if "\n" in source or not source.startswith("lambda "):
        return source
    try:
        function = ast.parse(source, mode="eval").body
    except SyntaxError:
        return source
    at, parts = function.body if isinstance(function, ast.Lambda) else None, []
    while isinstance(at, ast.BinOp) and isinstance(at.op, ast.Add):
        parts.append(ast.get_source_segment(source, at.right))
        at = at.left
    if not parts:
        return source
    parts.append(ast.get_source_segment(source, at))
    head = source[:source.index(":") + 1]
    return f"{head} (\n    " + "\n    + ".join(reversed(parts)) + "\n)"


def indent(text: str, by: str = "    ") -> str:
    """Indents all lines but the first, and none within a triple-quoted text."""
    if '"""' in text:
        return text
    return text.replace("\n", "\n" + by)


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


_WORD = re.compile(r"[A-Za-z0-9]+")


def identifier(text: str, fallback: str = "unnamed") -> str:
    """A snake-case Python name out of a NiFi name: `Find only Tweets` -> `find_only_tweets`."""
    ascii_text = "".join(c if c.isascii() else " " for c in text)
    name = "_".join(_WORD.findall(ascii_text)).lower()[:48].strip("_") or fallback
    return f"n{name}" if name[0].isdigit() else name


def join_lines(lines: Iterable[str]) -> str:
    return "\n".join(line.rstrip() for line in lines)
