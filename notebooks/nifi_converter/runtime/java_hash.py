"""The order of Java's hash sets and maps, where NiFi lets it be seen."""

from __future__ import annotations

from typing import Iterable, List

from .java_numbers import utf16


def string_hash(text: str) -> int:
    """String.hashCode."""
    made = 0
    for char in utf16(text):
        made = (31 * made + ord(char)) & 0xFFFFFFFF
    return made


def _order(hashes: List[int], others: int) -> List[int]:
    size = 16
    while (len(hashes) + others) > size * 3 // 4:
        size *= 2
    return sorted(range(len(hashes)), key=lambda i: (hashes[i] ^ (hashes[i] >> 16)) & (size - 1))


def set_order(texts: Iterable[str]) -> List[str]:
    """The order of a HashSet of texts."""
    unique = list(dict.fromkeys(texts))
    return [unique[i] for i in _order([string_hash(t) for t in unique], 0)]


def property_order(names: Iterable[str], others: int) -> List[str]:
    """The order in which a processor meets its user-added properties; `others` properties of its own are in the map too."""
    unique = list(dict.fromkeys(names))
    return [unique[i] for i in _order([(287 + string_hash(n) * 47) & 0xFFFFFFFF for n in unique], others)]


def value_hash(value: object) -> int:
    """hashCode of a text, number, boolean, null, or of a tuple of them."""
    import struct

    if value is None:
        return 0
    if isinstance(value, bool):
        return 1231 if value else 1237
    if isinstance(value, int):
        return (value ^ (value >> 32)) & 0xFFFFFFFF if not -(2**31) <= value < 2**31 else value & 0xFFFFFFFF
    if isinstance(value, float):
        bits = struct.unpack(">Q", struct.pack(">d", value))[0]
        return (bits ^ (bits >> 32)) & 0xFFFFFFFF
    if isinstance(value, tuple):
        made = 1
        for item in value:
            made = (made * 31 + value_hash(item)) & 0xFFFFFFFF
        return made
    return string_hash(str(value))


def map_order(values: Iterable[object]) -> List[int]:
    """The indexes of values in the order of a HashMap that has them as keys."""
    return _order([value_hash(v) for v in values], 0)
