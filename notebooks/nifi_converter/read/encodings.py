"""Which encoding a document has: by byte order mark, by its first bytes, or as XML declares it."""

from __future__ import annotations

import codecs
import re
from typing import Optional

from ..errors import Place, ReadError

_MARKS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(rb"""\s*<\?xml[^>]{0,200}?\bencoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""")

# Python's own notations for names and strings: no parser of XML knows them, and some take time squared.
_NO_CHARSETS = frozenset(("punycode", "idna", "undefined", "unicode-escape", "raw-unicode-escape", "utf-7"))


def encoding_of(data: bytes, name: str) -> str:
    """The Python codec of a document that starts with ASCII text, as XML and JSON do."""
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return codec
    by_zeros = _by_zeros(data[:4])
    if by_zeros:
        return by_zeros
    declared = _DECLARED.match(data[:300])
    if not declared:
        return "utf-8"
    label = declared.group(1).decode("ascii")
    try:
        info = codecs.lookup(label)
    except LookupError:
        info = None
    if info is None or not getattr(info, "_is_text_encoding", True) or info.name.replace("_", "-") in _NO_CHARSETS:
        raise ReadError("bad_encoding", f"declares the unknown encoding {label!r}", Place(name, 1, 1))
    # The declaration was readable byte by byte, so a declared UTF-16 or UTF-32 is a tool's slip.
    return "utf-8" if info.name.startswith(("utf-16", "utf-32", "utf_16", "utf_32", "ascii")) else info.name


def decoded(data: bytes, name: str, codec: Optional[str] = None) -> str:
    """`data` as text. Raises ReadError bad_encoding with the line where the first wrong byte stands."""
    codec = codec or encoding_of(data, name)
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        before = data[: error.start].decode(codec, "replace")  # lines and columns count characters, not bytes
        line = before.count("\n") + 1
        column = len(before) - (before.rfind("\n") + 1) + 1
        message = f"is not valid {codec.upper()}: {error.reason}"
    except (UnicodeError, ValueError) as error:
        line, column, message = 1, 1, f"is not valid {codec.upper()}: {error}"
    raise ReadError("bad_encoding", message, Place(name, line, column))


def _by_zeros(head: bytes) -> str:
    if len(head) >= 4:
        if head[0] and head[1:4] == b"\0\0\0":
            return "utf-32-le"
        if head[3] and head[0:3] == b"\0\0\0":
            return "utf-32-be"
    if len(head) >= 2:
        if head[0] and not head[1]:
            return "utf-16-le"
        if head[1] and not head[0]:
            return "utf-16-be"
    return ""
