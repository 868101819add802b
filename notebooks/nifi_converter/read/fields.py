"""Reading single values as NiFi means them: numbers, flags, states. Shared by the format modules."""

from __future__ import annotations

from typing import Dict, Optional, Tuple

from ..errors import Place, ReadError
from .xml_tree import Element


def number(text: str, place: Place, what: str) -> int:
    """A whole number; empty text is 0. Raises ReadError wrong_type."""
    if not text:
        return 0
    try:
        return int(text) if len(text) <= 20 else int(float(text))
    except (ValueError, OverflowError):
        try:
            return int(float(text))
        except (ValueError, OverflowError):
            raise ReadError("wrong_type", f"{what} is not a whole number: {text[:40]!r}", place) from None


def optional_number(text: str, place: Place, what: str) -> Optional[int]:
    return number(text, place, what) if text else None


def coordinate(text: str, place: Place) -> float:
    """A canvas coordinate; what is no finite number is refused."""
    try:
        value = float(text or 0)
    except ValueError:
        value = float("nan")
    if value != value or abs(value) == float("inf"):
        raise ReadError("wrong_type", f"position is not a number: {text[:40]!r}", place)
    return value


def flag(text: str) -> bool:
    return text.strip().lower() == "true"


def place_of(element: Element, name: str, component: str = "") -> Place:
    return Place(name, element.line, element.column, component or None)


def label_of(kind: str, name: str, identifier: str) -> str:
    """How messages name a component."""
    return f"{kind} {name[:80]!r} ({identifier[:60]})" if name else f"{kind} {identifier[:60]}"


def position_of(element: Element, name: str, component: str) -> Tuple[float, float]:
    """`<position x= y=/>` (flow.xml) or `<position><x/><y/></position>` (templates)."""
    position = element.first("position")
    if position is None:
        return (0.0, 0.0)
    place = place_of(position, name, component)
    return (
        coordinate(position.attributes.get("x", position.value("x")), place),
        coordinate(position.attributes.get("y", position.value("y")), place),
    )


def is_encrypted(value: Optional[str]) -> bool:
    """`enc{…}`: NiFi has encrypted it, which it does with sensitive values only."""
    return value is not None and value.startswith("enc{") and value.endswith("}")


def encrypted(properties: Dict[str, Optional[str]]) -> tuple:
    """Keys whose value NiFi has encrypted."""
    return tuple(key for key, value in properties.items() if is_encrypted(value))
