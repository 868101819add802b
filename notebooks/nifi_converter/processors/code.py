"""Writes Python source text: literals that no text of a flow can break out of, and calls laid out to be read."""

from __future__ import annotations

import json
import re
from typing import Any, Iterable, Mapping

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
    wide = [f"{lit(a)}" if not isinstance(a, (dict, list)) else tall(a) for a in arguments]
    wide += [f"{name}={tall(value) if isinstance(value, (dict, list)) else lit(value)}" for name, value in options.items()]
    return Code(f"{function}(\n" + "".join(f"    {indent(part)},\n" for part in wide) + ")")


def tall(value: Any) -> str:
    """A dictionary or list with one entry a line, where it does not fit into one."""
    line = lit(value)
    if len(line) <= WIDTH - 20:
        return line
    if isinstance(value, Mapping):
        return "{\n" + "".join(f"    {lit(k)}: {indent(lit(v))},\n" for k, v in value.items()) + "}"
    return "[\n" + "".join(f"    {indent(lit(v))},\n" for v in value) + "]"


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


def assign(name: str, value: str) -> Code:
    return Code(f"{name} = {value}")


_WORD = re.compile(r"[A-Za-z0-9]+")


def identifier(text: str, fallback: str = "unnamed") -> str:
    """A snake-case Python name out of a NiFi name: `Find only Tweets` -> `find_only_tweets`."""
    ascii_text = "".join(c if c.isascii() else " " for c in text)
    name = "_".join(_WORD.findall(ascii_text)).lower()[:48].strip("_") or fallback
    return f"n{name}" if name[0].isdigit() else name


def join_lines(lines: Iterable[str]) -> str:
    return "\n".join(line.rstrip() for line in lines)
