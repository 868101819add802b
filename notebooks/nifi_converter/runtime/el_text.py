"""Text functions of the Expression Language. None is an attribute that does not exist; names are NiFi's, in snake case."""

from __future__ import annotations

import base64
import binascii
import hashlib
import uuid
from typing import Optional
from urllib.parse import quote_plus

from . import java_regex
from .el_errors import ELError
from .java_numbers import from_utf16, java_trim, utf16, wrap_int

Text = Optional[str]


def to_upper(subject: Text) -> Text:
    return None if subject is None else subject.upper()


def to_lower(subject: Text) -> Text:
    return None if subject is None else subject.lower()


def trim(subject: Text) -> Text:
    return None if subject is None else java_trim(subject)


def append(subject: Text, text: Text) -> str:
    """A missing subject counts as empty text."""
    return (subject or "") + (text or "")


def prepend(subject: Text, text: Text) -> str:
    return (text or "") + (subject or "")


def join_texts(*parts: Text) -> str:
    """A quoted text with embedded expressions."""
    return "".join(part or "" for part in parts)


def substring(subject: Text, start: Optional[int], end: Optional[int] = None, *, two: bool = False) -> Text:
    """By UTF-16 index; what is out of range or reversed is empty text."""
    if subject is None:
        return None
    if start is None or (two and end is None):
        raise ELError("substring needs a number")
    units = utf16(subject)
    first = wrap_int(start)
    last = wrap_int(end) if two and end is not None else len(units)
    if first < 0 or last < 0 or last > len(units) or first > last or first > len(units):
        return ""
    return from_utf16(units[first:last])


def substring_before(subject: Text, text: Text) -> Text:
    if subject is None or not subject or not text:
        return subject
    at = subject.find(text)
    return subject if at < 0 else subject[:at]


def substring_before_last(subject: Text, text: Text) -> Text:
    """A missing argument is an error."""
    if subject is None:
        return None
    if text is None:
        raise ELError("a text is needed")
    at = subject.rfind(text)
    return subject if at < 0 else subject[:at]


def substring_after(subject: Text, text: Text) -> Text:
    if subject is None or not subject or not text:
        return subject
    at = subject.find(text)
    return subject if at < 0 else subject[at + len(text) :]


def substring_after_last(subject: Text, text: Text) -> Text:
    """A missing argument is an error."""
    if subject is None:
        return None
    if text is None:
        raise ELError("a text is needed")
    at = subject.rfind(text) if text else -1
    return subject if at < 0 else subject[at + len(text) :]


def replace_null(subject: Text, text: Text) -> Text:
    return text if subject is None else subject


def replace_empty(subject: Text, text: Text) -> Text:
    return text if subject is None or not java_trim(subject) else subject


def replace(subject: Text, search: Text, text: Text) -> Text:
    """Every occurrence of a literal text."""
    if subject is None:
        return None
    if search is None or text is None:
        raise ELError("replace needs a text to search and a replacement")
    return subject.replace(search, text)


def replace_first(subject: Text, pattern: Text, text: Text) -> Text:
    """The first match of a regular expression; `$1` and `${name}` in the replacement are its groups."""
    if subject is not None and text is None:
        raise ELError("a replacement is needed")
    return _replace(subject, pattern, text, 1)


def replace_all(subject: Text, pattern: Text, text: Text) -> Text:
    """Every match; a missing replacement is an error only where something matches."""
    return _replace(subject, pattern, text, 0)


def _replace(subject: Text, pattern: Text, text: Text, count: int) -> Text:
    if subject is None:
        return None
    if pattern is None:
        raise ELError("a regular expression is needed")
    return java_regex.replace(subject, pattern, text, count)


def replace_by_pattern(subject: Text, mappings: Text) -> Text:
    """`pattern:text,pattern:text`: the text of the first pattern that matches all of the subject (NiFi 2.x)."""
    if subject is None or mappings is None:
        return subject
    for mapping in mappings.split(",") if java_trim(mappings) else ():
        pieces = java_trim(mapping).split(":")
        while pieces and not pieces[-1]:
            pieces.pop()
        if len(pieces) < 2:
            raise ELError(f"replaceByPattern: {mapping!r} has no replacement")
        if not java_trim(pieces[0]) or not java_trim(pieces[1]):
            continue
        try:
            compiled = java_regex.compile_java(pieces[0])
        except java_regex.RegexError:
            continue
        if compiled.fullmatch(subject):
            return pieces[1]
    return subject


def pad_left(subject: Text, length: Optional[int], pad: Text = "_") -> Text:
    return _pad(subject, length, pad, True)


def pad_right(subject: Text, length: Optional[int], pad: Text = "_") -> Text:
    return _pad(subject, length, pad, False)


def _pad(subject: Text, length: Optional[int], pad: Text, left: bool) -> Text:
    """Up to `length` UTF-16 units; an empty or missing pad is `_`, a long one is cut."""
    if subject is None or length is None:
        return subject
    size = len(utf16(subject))
    if length <= size:
        return subject
    if length > 100_000_000:
        raise ELError(f"padding to {length} characters")
    pad = pad or "_"
    missing = length - size
    filled = (pad * (missing // len(pad) + 1))[:missing]
    return filled + subject if left else subject + filled


def repeat(subject: Text, least: Optional[int], most: Optional[int] = None) -> str:
    """`subject` so many times; with two numbers at random between them."""
    if subject is None:
        return ""
    if least is None:
        raise ELError("repeat needs a number")
    count = wrap_int(least)
    if count <= 0:
        raise ELError("Number of repeats must be > 0")
    if most is not None:
        if count > wrap_int(most):
            raise ELError("Min repeats must not be greater than max repeats")
        import random

        count = random.randint(count, wrap_int(most))
    if count * len(subject) > 100_000_000:
        raise ELError(f"a text repeated {count} times")
    return subject * count


def get_delimited_field(
    subject: Text, index: Optional[int], delimiter: Text = ",", quote: Text = '"', escape: Text = "\\", strip: Optional[bool] = False
) -> str:
    """Field number `index` (from 1), quotes kept unless `strip`. Empty text where there are fewer fields."""
    if not subject:
        return ""
    if index is None:
        raise ELError("getDelimitedField: the index was not specified")
    if index < 1:
        return ""
    for what in (delimiter, quote, escape):
        if what is None or len(utf16(what)) != 1:
            raise ELError("getDelimitedField: delimiter, quote and escape must be one character each")
    if len({delimiter, quote, escape}) < 3:
        raise ELError("getDelimitedField: delimiter, quote and escape must differ")
    field, current, quoted, escaped = [], 1, False, False
    for char in subject:
        if char == quote and not escaped:
            quoted = not quoted
            if not strip and current == index:
                field.append(char)
        elif char == delimiter and not escaped and not quoted:
            if current == index:
                return "".join(field)
            current += 1
        elif current == index and (char != escape or not strip):
            field.append(char)
        escaped = char == escape and not escaped
    return "".join(field) if current == index else ""


def unique(subject: Text, delimiter: Text) -> Text:
    """The parts of a list, each once (NiFi 2.11)."""
    if not subject or not delimiter:
        return subject
    return delimiter.join(dict.fromkeys(subject.split(delimiter)))


def compact_delimited_list(subject: Text, delimiter: Text) -> Text:
    """The parts that are not empty (NiFi 2.11)."""
    if not subject or not delimiter:
        return subject
    return delimiter.join(part for part in subject.split(delimiter) if part)


def trim_delimited_list(subject: Text, delimiter: Text) -> Text:
    """Without empty parts at both ends (NiFi 2.11)."""
    if not subject or not delimiter:
        return subject
    parts = subject.split(delimiter)
    while parts and not parts[0]:
        parts.pop(0)
    while parts and not parts[-1]:
        parts.pop()
    return delimiter.join(parts)


# ---- encodings ---------------------------------------------------------------------------------------------


def url_encode(subject: Text) -> Text:
    """URLEncoder: a space is `+`, and only letters, digits and `.-*_` stay."""
    return None if subject is None else quote_plus(subject, safe="*", encoding="utf-8", errors="replace").replace("~", "%7E")


def url_decode(subject: Text) -> Text:
    """URLDecoder: broken UTF-8 becomes the replacement character, a broken `%` is an error."""
    if subject is None:
        return None
    out, data, at = [], bytearray(), 0
    while at < len(subject):
        char = subject[at]
        if char == "%":
            code = subject[at + 1 : at + 3]
            if len(code) < 2 or any(c not in "0123456789abcdefABCDEF" for c in code):
                raise ELError("URLDecoder: Illegal hex characters in escape (%) pattern")
            data.append(int(code, 16))
            at += 3
            continue
        if data:
            out.append(data.decode("utf-8", "replace"))
            data = bytearray()
        out.append(" " if char == "+" else char)
        at += 1
    out.append(data.decode("utf-8", "replace"))
    return "".join(out)


def base64_encode(subject: Text) -> Text:
    return None if subject is None else base64.b64encode(subject.encode("utf-8", "replace")).decode("ascii")


def base64_decode(subject: Text) -> Text:
    """Strict: nothing but the alphabet; padding may be missing."""
    if subject is None:
        return None
    body = subject.rstrip("=")
    padding = len(subject) - len(body)
    if padding > 2 or len(body) % 4 == 1 or (padding and len(subject) % 4):
        raise ELError("Illegal base64")
    try:
        return base64.b64decode(body + "=" * (-len(body) % 4), validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        raise ELError("Illegal base64 character") from None


_HASHES = {
    "MD5": "md5",
    "SHA": "sha1",
    "SHA1": "sha1",
    "SHA-1": "sha1",
    "SHA-224": "sha224",
    "SHA-256": "sha256",
    "SHA-384": "sha384",
    "SHA-512": "sha512",
    "SHA-512/224": "sha512_224",
    "SHA-512/256": "sha512_256",
    "SHA3-224": "sha3_224",
    "SHA3-256": "sha3_256",
    "SHA3-384": "sha3_384",
    "SHA3-512": "sha3_512",
}


def hash(subject: Text, algorithm: Text) -> Text:  # noqa: A001, the function's name in NiFi
    """Hexadecimal digest of the UTF-8 bytes; the names of Java's MessageDigest, in any case."""
    if subject is None:
        return None
    if (algorithm or "").upper() == "MD2":
        from .md2 import md2

        return md2(subject.encode("utf-8", "replace")).hex()
    name = _HASHES.get((algorithm or "").upper())
    if name is None:
        raise ELError(f"Invalid hash algorithm: {algorithm}")
    try:
        return hashlib.new(name, subject.encode("utf-8", "replace")).hexdigest()
    except ValueError:
        raise ELError(f"hash algorithm {algorithm} is not available in this Python") from None


def uuid3(subject: Text, namespace: Text) -> Text:
    return _name_uuid(subject, namespace, uuid.uuid3)


def uuid5(subject: Text, namespace: Text) -> Text:
    return _name_uuid(subject, namespace, uuid.uuid5)


def _name_uuid(subject: Text, namespace: Text, make) -> Text:
    if subject is None:
        return None
    if not namespace:
        space = bytes(16)
    else:
        try:
            groups = [int(g, 16) for g in namespace.split("-")]
            if len(groups) != 5 or any(len(g) > n for g, n in zip(namespace.split("-"), (8, 4, 4, 4, 12))):
                raise ValueError
            space = b"".join(g.to_bytes(n, "big") for g, n in zip(groups, (4, 2, 2, 2, 6)))
        except ValueError:
            raise ELError(f"Invalid UUID string: {namespace}") from None
    # Built by hand: uuid.uuid3 takes only text as the name in older Pythons, which is what we have.
    return str(make(uuid.UUID(bytes=space), subject))
