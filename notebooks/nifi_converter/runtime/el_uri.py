"""getUri: java.net.URI's constructor of seven parts."""

from __future__ import annotations

import re
from typing import Optional

from .el_errors import ELError

_UNRESERVED = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-!.~'()*"
_PUNCT = ",;:$&+="
_USER = _UNRESERVED + _PUNCT
_PATH = _UNRESERVED + _PUNCT + "/@"
_QUERY = _UNRESERVED + _PUNCT + "?/[]@"


def _quote(text: str, legal: str, percent: bool = False) -> str:
    """What is not legal in %XX of UTF-8; letters of other scripts stay."""
    out = []
    for at, char in enumerate(text):
        if char in legal or (percent and char == "%"):
            out.append(char)
        elif ord(char) > 127 and not (char.isspace() or ord(char) < 0xA0):
            out.append(char)
        else:
            out.append("".join(f"%{b:02X}" for b in char.encode("utf-8")))
    return "".join(out)


def get_uri(
    scheme: Optional[str],
    user: Optional[str],
    host: Optional[str],
    port: Optional[str],
    path: Optional[str],
    query: Optional[str],
    fragment: Optional[str],
) -> str:
    """A URI of its parts, None leaves one out. Raises ELError where java.net.URI refuses them."""
    if port is None or not re.match(r"[+-]?[0-9]+\Z", port):
        raise ELError(f"getUri: {port!r} is not a number")
    number = int(port)
    if scheme is not None and not re.match(r"[A-Za-z][A-Za-z0-9+.-]*\Z", scheme):
        raise ELError(f"getUri: illegal scheme {scheme!r}")
    if scheme is not None and path and not path.startswith("/"):
        raise ELError("Relative path in absolute URI")
    if host is None and (user is not None or number != -1):
        raise ELError("Expected authority: a user or port needs a host")
    out = scheme + ":" if scheme is not None else ""
    if host is not None:
        if not re.match(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?\.?|\[[0-9A-Fa-f:.%]+\])\Z", host):
            raise ELError(f"Malformed authority: {host}")
        if number < -1:
            raise ELError("Malformed authority: negative port")
        out += "//" + (_quote(user, _USER, True) + "@" if user is not None else "") + host + (f":{number}" if number != -1 else "")
    out += _quote(path or "", _PATH)
    if query is not None:
        out += "?" + _quote(query, _QUERY, True)
    if fragment is not None:
        out += "#" + _quote(fragment, _QUERY, True)
    if not out or (scheme is not None and host is None and not path):
        raise ELError("Expected scheme-specific part")
    return out
