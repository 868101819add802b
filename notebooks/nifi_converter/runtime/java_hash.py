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
