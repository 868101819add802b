"""Text of bytes and bytes of text by Java's rules: what cannot be said becomes `?`, what is malformed U+FFFD."""

from __future__ import annotations

import codecs
import re


def python_name(charset):
    """Python's name of a Java character set. LookupError where Python does not know it."""
    return codecs.lookup(charset.strip()).name


def decode(content, charset="UTF-8"):
    """Like `new String(bytes, charset)`. UTF-16 without a byte order mark is big-endian, as in Java."""
    name = python_name(charset)
    if name == "utf-16" and content[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        name = "utf-16-be"
    return content.decode(name, "replace")


def encode(text, charset="UTF-8"):
    """Like `text.getBytes(charset)`. UTF-16 is big-endian with a byte order mark, as in Java."""
    name = python_name(charset)
    if name == "utf-16":
        return b"\xfe\xff" + text.encode("utf-16-be", "replace")
    return text.encode(name, "replace")


_LINE = re.compile("[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


def lines(text):
    """The lines with their ends, which are `\\r`, `\\n` and `\\r\\n` only (Python's splitlines knows more)."""
    return _LINE.findall(text)


def without_end(line):
    """A line without its end."""
    return line[:-2] if line.endswith("\r\n") else line[:-1] if line[-1:] in ("\r", "\n") else line
