"""Typed access to JSON objects: a wrong type is one ReadError that names the component."""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

from ..errors import ReadError
from .json_tree import JsonDocument, JsonObject


class Fields:
    """One JSON object, read by type. `component` is how messages name it."""

    def __init__(self, document: JsonDocument, value: JsonObject, component: str):
        self.document = document
        self.value = value
        self.component = component

    def fail(self, key: str, expected: str, found: Any) -> ReadError:
        kind = {dict: "an object", JsonObject: "an object", list: "a list", str: "text", bool: "true or false"}.get(
            type(found), "null" if found is None else "a number"
        )
        message = f"{key!r} should be {expected}, but is {kind}"
        return self.document.fail("wrong_type", message, self.value.offset, self.component)

    def text(self, key: str, default: str = "") -> str:
        """Text; numbers and flags are written out, as NiFi reads them too. Null and absent give `default`."""
        found = self.value.get(key)
        if found is None:
            return default
        if isinstance(found, (dict, list)):
            raise self.fail(key, "text", found)
        return plain(found)

    def number(self, key: str, default: Optional[int]) -> Optional[int]:
        found = self.value.get(key)
        if found is None or found == "":
            return default
        if isinstance(found, (bool, dict, list)):
            raise self.fail(key, "a number", found)
        try:
            return int(found) if not isinstance(found, str) or len(found) <= 20 else int(float(found))
        except (ValueError, OverflowError):
            raise self.fail(key, "a whole number", found) from None

    def flag(self, key: str) -> bool:
        found = self.value.get(key)
        if found is None or isinstance(found, bool):
            return bool(found)
        if isinstance(found, str):
            return found.lower() == "true"
        raise self.fail(key, "true or false", found)

    def object(self, key: str) -> Optional["Fields"]:
        found = self.value.get(key)
        if found is None:
            return None
        if not isinstance(found, JsonObject):
            raise self.fail(key, "an object", found)
        return Fields(self.document, found, self.component)

    def objects(self, key: str, component: str = "") -> List["Fields"]:
        """A list of objects; NiFi writes sets as lists, absent as empty."""
        found = self.value.get(key)
        if found is None:
            return []
        if not isinstance(found, list):
            raise self.fail(key, "a list", found)
        for item in found:
            if not isinstance(item, JsonObject):
                raise self.fail(key, "a list of objects", item)
        return [Fields(self.document, item, component or self.component) for item in found]

    def named_objects(self, key: str) -> List[Tuple[str, "Fields"]]:
        """A map of objects, or a list of them (then the key is empty): NiFi uses both for the same thing."""
        found = self.value.get(key)
        if found is None:
            return []
        if isinstance(found, list):
            return [("", item) for item in self.objects(key)]
        if not isinstance(found, JsonObject):
            raise self.fail(key, "an object or a list", found)
        pairs = []
        for name, item in found.items():
            if not isinstance(item, JsonObject):
                raise self.fail(f"{key}.{name[:60]}", "an object", item)
            pairs.append((name, Fields(self.document, item, self.component)))
        return pairs

    def texts(self, key: str) -> Tuple[str, ...]:
        found = self.value.get(key)
        if found is None:
            return ()
        if not isinstance(found, list):
            raise self.fail(key, "a list", found)
        for item in found:
            if not isinstance(item, str):
                raise self.fail(key, "a list of texts", item)
        return tuple(found)

    def text_map(self, key: str) -> Dict[str, Optional[str]]:
        """Properties or variables: values are text or null, other scalars are written out."""
        found = self.value.get(key)
        if found is None:
            return {}
        if not isinstance(found, JsonObject):
            raise self.fail(key, "an object", found)
        for name, item in found.items():
            if isinstance(item, (dict, list)):
                raise self.fail(f"{key}.{name[:60]}", "text", item)
        return {name: None if item is None else plain(item) for name, item in found.items()}

    def place(self) -> Tuple[int, int]:
        return self.document.line_column(self.value.offset)


def plain(scalar: Any) -> str:
    if isinstance(scalar, bool):
        return "true" if scalar else "false"
    return str(scalar)
