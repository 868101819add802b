"""One canonical key for each property, whatever NiFi version wrote the flow.

The canonical key is the property's *name* in NiFi 1.28; for what came with 2.x it is the 2.x name. NiFi 2 renamed
most keys to what 1.x only displayed (`record-reader` → `Record Reader`) and says so itself in `migrateProperties`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Dict, Optional, Tuple

from .catalogue import ComponentType, find, line_of


class PropertyNames:
    """The keys of one component type in one line of NiFi."""

    def __init__(self, type_name: str, version: str):
        self.definition: Optional[ComponentType] = find(type_name, version)
        self.newer = line_of(version) == "2.x"
        first = find(type_name, "1")
        second = find(type_name, "2")
        old = first if first is not None and line_of(first.nifi) == "1.28" else None
        new = second if second is not None and line_of(second.nifi) == "2.x" else None
        self._names: Dict[str, str] = {}  # key as a file may say it -> canonical
        self._displays: Dict[str, str] = {}
        self._defaults: Dict[str, Optional[str]] = {}
        for name, entry in old.properties.items() if old else ():
            self._names[name] = name
            self._displays.setdefault(entry.display, name)
        renamed = {}
        for before, after in (new.renames.items() if new else ()):
            if old is None or before in old.properties:
                renamed.setdefault(after, before if old else after)
        for name, entry in new.properties.items() if new else ():
            canonical = renamed.get(name) or self._names.get(name) or self._displays.get(name) or name
            self._names.setdefault(name, canonical)
            self._displays.setdefault(entry.display, canonical)
        # Keys of older 2.x or 1.x versions that the class still knows how to migrate.
        for before, after in (new.renames.items() if new else ()):
            if after in self._names:
                self._names.setdefault(before, self._names[after])
        # The catalogue lacks some types of 2.x; their keys are those of 1.28 in another spelling.
        self._spellings: Dict[str, str] = {}
        if self.newer and new is None:
            for name in self._names:
                self._spellings.setdefault(_spelling(name), name)
        self.properties = {}
        for source in (self.definition, old, new):
            for name, entry in source.properties.items() if source else ():
                self.properties.setdefault(self._names.get(name, name), entry)
        for name, entry in self.definition.properties.items() if self.definition else ():
            self._defaults[self._names.get(name, name)] = entry.default

    @property
    def complete(self) -> bool:
        """Whether the facts are of the flow's own line, so that a key not in them is really unknown."""
        return self.definition is not None and self.newer == (line_of(self.definition.nifi) == "2.x")

    def canonical(self, key: str) -> Optional[str]:
        """The canonical key for what a file says; None for a user-added or unknown property.

        Where users may add properties, a display name counts in 2.x flows only: in 1.x it would be a key of theirs.
        """
        if self.definition is None:
            return None
        exact = self._names.get(key)
        if exact is not None and (self.newer or not self.definition.dynamic or key in self.definition.properties):
            return exact
        if self.newer or not self.definition.dynamic:
            return self._displays.get(key) or self._spellings.get(_spelling(key))
        return None

    def asked(self, key: str) -> str:
        """The canonical key for what a handler asks: any spelling is understood."""
        return self._names.get(key) or self._displays.get(key) or key

    def default(self, canonical: str) -> Optional[str]:
        """The default in the flow's own line. A property that this line does not have has none."""
        return self._defaults.get(canonical)

    def all(self) -> Tuple[str, ...]:
        """The canonical keys that the flow's own line has, in NiFi's order."""
        return tuple(self._defaults)


def _spelling(key: str) -> str:
    return "".join(character for character in key.lower() if character.isalnum())


@lru_cache(maxsize=None)
def _names(type_name: str, line: str) -> PropertyNames:
    return PropertyNames(type_name, "2.0" if line == "2.x" else "1.28")


def property_names(type_name: str, version: str) -> PropertyNames:
    """`PropertyNames` for a type (full or short) in a flow of that NiFi version; "" counts as 1.x."""
    return _names(type_name, line_of(version))
