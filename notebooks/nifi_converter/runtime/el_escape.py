"""Escaping for JSON, XML, CSV and HTML, as Apache Commons Text does it in NiFi."""

from __future__ import annotations

import html.entities
import re
from typing import Dict, Optional

from .java_numbers import utf16

Text = Optional[str]

_JSON = {'"': '\\"', "\\": "\\\\", "/": "\\/", "\b": "\\b", "\n": "\\n", "\t": "\\t", "\f": "\\f", "\r": "\\r"}


def escape_json(subject: Text) -> Text:
    """Also `/`; what is not printable ASCII as \\uXXXX in upper case."""
    if subject is None:
        return None
    return "".join(_JSON.get(c) or (c if " " <= c <= "\x7f" else f"\\u{ord(c):04X}") for c in utf16(subject))


_UNESCAPE = re.compile(r"\\u+\+?([0-9a-fA-F]{4})|\\([0-7]{1,2}(?![0-7])|[0-3][0-7]{2}|[0-7]{1,2})|\\(.)|\\$", re.DOTALL)
_SIMPLE = {"b": "\b", "n": "\n", "t": "\t", "f": "\f", "r": "\r", '"': '"', "'": "'", "\\": "\\", "/": "/"}


def unescape_json(subject: Text) -> Text:
    if subject is None:
        return None

    def put(match) -> str:
        if match[1]:
            return chr(int(match[1], 16))
        if match[2]:
            return chr(int(match[2], 8))
        if match[3]:
            return _SIMPLE.get(match[3], match[3])
        return ""

    text = _UNESCAPE.sub(put, subject)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def escape_xml(subject: Text) -> Text:
    """XML 1.0: the five entities; control characters that XML does not allow are left out, 0x7F-0x9F as numbers."""
    if subject is None:
        return None
    out = []
    for char in subject:
        code = ord(char)
        if char in _XML:
            out.append(_XML[char])
        elif (code < 0x20 and char not in "\t\n\r") or 0xD800 <= code <= 0xDFFF or code in (0xFFFE, 0xFFFF):
            continue
        elif 0x7F <= code <= 0x84 or 0x86 <= code <= 0x9F:
            out.append(f"&#{code};")
        else:
            out.append(char)
    return "".join(out)


_XML = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&apos;"}
_BASIC = {"amp": "&", "lt": "<", "gt": ">", "quot": '"'}
_LATIN1: Dict[str, str] = {n: chr(c) for n, c in html.entities.name2codepoint.items() if 160 <= c <= 255}
_HTML4: Dict[str, str] = {n: chr(c) for n, c in html.entities.name2codepoint.items() if n not in _BASIC}


def _escape_html(subject: Text, names: Dict[str, str]) -> Text:
    if subject is None:
        return None
    by_char = {char: f"&{name};" for name, char in names.items()}
    by_char.update({char: f"&{name};" for name, char in _BASIC.items()})
    return "".join(by_char.get(c, c) for c in subject)


def escape_html3(subject: Text) -> Text:
    """The basic four and ISO 8859-1."""
    return _escape_html(subject, _LATIN1)


def escape_html4(subject: Text) -> Text:
    """All named entities of HTML 4; the apostrophe stays."""
    return _escape_html(subject, _HTML4)


_ENTITY = re.compile(r"&(?:#([0-9]+);|#[xX]([0-9a-fA-F]+);|([A-Za-z0-9]+);)")


def _unescape(subject: Text, names: Dict[str, str]) -> Text:
    if subject is None:
        return None

    def put(match) -> str:
        if match[3]:
            return names.get(match[3], match[0])
        code = int(match[1]) if match[1] else int(match[2], 16)
        return chr(code) if code <= 0x10FFFF else match[0]

    return _ENTITY.sub(put, subject)


def unescape_xml(subject: Text) -> Text:
    return _unescape(subject, {**_BASIC, "apos": "'"})


def unescape_html3(subject: Text) -> Text:
    return _unescape(subject, {**_BASIC, **_LATIN1})


def unescape_html4(subject: Text) -> Text:
    return _unescape(subject, {**_BASIC, **_HTML4})


def escape_csv(subject: Text) -> Text:
    """Quoted where it holds a comma, quote or line break."""
    if subject is None:
        return None
    if any(c in subject for c in ',"\r\n'):
        return '"' + subject.replace('"', '""') + '"'
    return subject


def unescape_csv(subject: Text) -> Text:
    """Quotes go only where escape_csv would have put them."""
    if subject is None:
        return None
    if len(subject) < 2 or subject[0] != '"' or subject[-1] != '"':
        return subject
    inner = subject[1:-1]
    return inner.replace('""', '"') if any(c in inner for c in ',"\r\n') else subject
