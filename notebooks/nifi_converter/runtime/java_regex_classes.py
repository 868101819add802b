"""Character classes of Java's regular expressions as sorted ranges of code points, so that unions, intersections and
negations are exact."""

from __future__ import annotations

import unicodedata
from typing import Callable, Dict, List, Optional, Tuple

Ranges = List[Tuple[int, int]]
TOP = 0x10FFFF

DIGIT: Ranges = [(48, 57)]
LOWER: Ranges = [(97, 122)]
UPPER: Ranges = [(65, 90)]
ALPHA: Ranges = UPPER + LOWER
ALNUM: Ranges = DIGIT + ALPHA
WORD: Ranges = [(48, 57), (65, 90), (95, 95), (97, 122)]
SPACE: Ranges = [(9, 13), (32, 32)]
PUNCT: Ranges = [(33, 47), (58, 64), (91, 96), (123, 126)]
HORIZONTAL: Ranges = [(9, 9), (32, 32), (0xA0, 0xA0), (0x1680, 0x1680), (0x180E, 0x180E), (0x2000, 0x200A), (0x202F, 0x202F), (0x205F, 0x205F), (0x3000, 0x3000)]
VERTICAL: Ranges = [(10, 13), (0x85, 0x85), (0x2028, 0x2029)]

POSIX: Dict[str, Ranges] = {
    "Lower": LOWER,
    "Upper": UPPER,
    "ASCII": [(0, 127)],
    "Alpha": ALPHA,
    "Digit": DIGIT,
    "Alnum": ALNUM,
    "Punct": PUNCT,
    "Graph": [(33, 126)],
    "Print": [(32, 126)],
    "Blank": [(9, 9), (32, 32)],
    "Cntrl": [(0, 31), (127, 127)],
    "XDigit": [(48, 57), (65, 70), (97, 102)],
    "Space": SPACE,
}
ESCAPES: Dict[str, Ranges] = {"d": DIGIT, "w": WORD, "s": SPACE, "h": HORIZONTAL, "v": VERTICAL}


def normal(ranges: Ranges) -> Ranges:
    """Sorted, without overlaps."""
    out: Ranges = []
    for low, high in sorted(ranges):
        if out and low <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(out[-1][1], high))
        else:
            out.append((low, high))
    return out


def negated(ranges: Ranges) -> Ranges:
    """All other code points."""
    out: Ranges = []
    at = 0
    for low, high in normal(ranges):
        if low > at:
            out.append((at, low - 1))
        at = high + 1
    if at <= TOP:
        out.append((at, TOP))
    return out


def common(left: Ranges, right: Ranges) -> Ranges:
    """What is in both."""
    out: Ranges = []
    for a, b in normal(left):
        for c, d in normal(right):
            if max(a, c) <= min(b, d):
                out.append((max(a, c), min(b, d)))
    return normal(out)


_CATEGORIES: Dict[str, Ranges] = {}
_SCRIPTS = {"LATIN": "LATIN", "GREEK": "GREEK", "CYRILLIC": "CYRILLIC", "HEBREW": "HEBREW", "ARABIC": "ARABIC"}
_BINARY: Dict[str, Callable[[str], bool]] = {
    "ALPHABETIC": str.isalpha,
    "WHITE_SPACE": str.isspace,
    "WHITESPACE": str.isspace,
    "UPPERCASE": str.isupper,
    "LOWERCASE": str.islower,
}


def _where(test: Callable[[str], bool]) -> Ranges:
    out: Ranges = []
    start: Optional[int] = None
    for code in range(TOP + 1):
        if test(chr(code)):
            if start is None:
                start = code
        elif start is not None:
            out.append((start, code - 1))
            start = None
    if start is not None:
        out.append((start, TOP))
    return out


def named(name: str) -> Optional[Ranges]:
    """The class of `\\p{name}`, None where it is not known here. Unicode's categories are those of Python's tables."""
    if name in POSIX:
        return POSIX[name]
    if name in ("javaLowerCase", "javaUpperCase", "javaWhitespace"):
        return None
    if name in _CATEGORIES:
        return _CATEGORIES[name]
    bare = name[2:] if name.startswith("Is") else name
    if bare in ("L", "M", "N", "P", "S", "Z", "C") or (len(bare) == 2 and bare[0] in "LMNPSZC" and bare[1].islower()):
        found = _where(lambda c: unicodedata.category(c).startswith(bare))
    elif name.startswith("Is") and bare.upper() in _BINARY:
        found = _where(_BINARY[bare.upper()])
    elif name == "L1":
        found = [(0, 255)]
    else:
        return None
    _CATEGORIES[name] = found
    return found


def source(ranges: Ranges) -> str:
    """The class in Python's notation."""
    ranges = normal(ranges)
    if not ranges:
        return r"(?!)"
    if ranges == [(0, TOP)]:
        return r"[\s\S]"
    inverse = negated(ranges)
    if ranges[-1][1] == TOP and inverse:
        return "[^" + "".join(_item(a, b) for a, b in inverse) + "]"
    return "[" + "".join(_item(a, b) for a, b in ranges) + "]"


def _item(low: int, high: int) -> str:
    if low == high:
        return _char(low)
    return _char(low) + ("" if high == low + 1 else "-") + _char(high)


def _char(code: int) -> str:
    char = chr(code)
    if char.isascii() and char.isalnum():
        return char
    if code < 256:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
