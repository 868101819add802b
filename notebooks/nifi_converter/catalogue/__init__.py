"""NiFi's own components: properties, defaults and renames of NiFi 1.28 and 2.x (see NOTICE).

    find("ReplaceText", "1.13.2").properties["Replacement Strategy"].default
    find("org.apache.nifi.csv.CSVReader")

A flow of any 1.x version is read with the facts of 1.28, the last 1.x; vendors' builds of both count by their number.
"""

from __future__ import annotations

import gzip
import json
import os
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Dict, List, Optional, Tuple

_FILE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "catalogue.json.gz")


@dataclass(frozen=True)
class Property:
    """A property of a component, as its class declares it."""

    name: str  # the key in flow files
    display: str  # what the user interface shows; the name where they are equal
    default: Optional[str] = None
    allowable: Tuple[Tuple[str, str], ...] = ()  # (value, display)
    required: bool = False
    sensitive: bool = False
    el: str = ""  # FLOWFILE_ATTRIBUTES, VARIABLE_REGISTRY (1.x), ENVIRONMENT (2.x); empty: no expression language
    service: str = ""  # the API of the controller service that it names
    depends_on: Tuple[Tuple[str, Tuple[str, ...]], ...] = ()  # shown only when these hold; no values: any value


@dataclass(frozen=True)
class ComponentType:
    """A processor or controller service type in one NiFi line."""

    type: str
    kind: str  # processor, service
    nifi: str  # the version that the facts are of
    artifact: str
    properties: Dict[str, Property] = field(default_factory=dict)
    dynamic: Tuple[Dict[str, str], ...] = ()  # user-added properties: {name, value, el}
    relationships: Tuple[str, ...] = ()
    dynamic_relationships: bool = False
    input: str = ""  # INPUT_REQUIRED, INPUT_ALLOWED, INPUT_FORBIDDEN
    writes: Tuple[str, ...] = ()
    deprecated: str = ""
    provides: Tuple[str, ...] = ()
    renames: Dict[str, str] = field(default_factory=dict)  # 2.x: old property key -> new one
    relationship_renames: Dict[str, str] = field(default_factory=dict)

    @property
    def short_type(self) -> str:
        return self.type.rsplit(".", 1)[-1]


def line_of(version: str) -> str:
    """The catalogue's line for a NiFi version: `2.x` from 2.0 on, otherwise (also unknown) `1.28`."""
    major = version.strip().partition(".")[0]
    return "2.x" if major.isdigit() and int(major) >= 2 else "1.28"


def find(type_name: str, version: str = "") -> Optional[ComponentType]:
    """A type by full or short class name, in the line of `version`, else in the other one. None: not NiFi's own.

    Packages move between versions, so a full name that is not found is tried by its short name.
    """
    index = _index()
    entry_name = type_name if type_name in index["types"] else index["short"].get(type_name.rsplit(".", 1)[-1])
    if not entry_name:
        return None
    entry = index["types"][entry_name]
    line = line_of(version)
    if line not in entry:
        line = "2.x" if line == "1.28" else "1.28"
    return _component(entry_name, line)


def types(kind: str = "processor") -> List[str]:
    """All full class names of a kind, sorted, both lines together."""
    return sorted(name for name, entry in _index()["types"].items() if entry["kind"] == kind)


@lru_cache(maxsize=1)
def _index() -> Dict[str, Any]:
    with gzip.open(_FILE, "rt", encoding="utf-8") as source:
        document = json.load(source)
    # Sorted, so that a short name that exists twice always means the same type.
    document["short"] = {name.rsplit(".", 1)[-1]: name for name in sorted(document["types"], reverse=True)}
    return document


@lru_cache(maxsize=None)
def _component(name: str, line: str) -> ComponentType:
    index = _index()
    entry = index["types"][name]
    facts = entry[line]
    deprecated = facts.get("deprecated") or {}
    renames = facts.get("renames") or {}
    relationships = facts.get("relationships") or ()
    return ComponentType(
        type=name,
        kind=entry["kind"],
        nifi=index["nifi"][line],
        artifact=facts["artifact"],
        properties={p["name"]: _property(p) for p in facts["properties"]},
        dynamic=tuple(facts.get("dynamic_properties") or ()),
        relationships=tuple(r if isinstance(r, str) else r["name"] for r in relationships),
        dynamic_relationships=bool(facts.get("dynamic_relationship")),
        input=facts.get("input", ""),
        writes=tuple(facts.get("writes") or ()),
        deprecated=(deprecated.get("reason") or "deprecated") if deprecated else "",
        provides=tuple(facts.get("provides") or ()),
        renames=dict(renames.get("properties") or {}),
        relationship_renames=dict(renames.get("relationships") or {}),
    )


def _property(facts: Dict[str, Any]) -> Property:
    return Property(
        name=facts["name"],
        display=facts.get("display") or facts["name"],
        default=facts.get("default"),
        allowable=tuple((a, a) if isinstance(a, str) else (a[0], a[1]) for a in facts.get("allowable", ())),
        required=facts.get("required", False),
        sensitive=facts.get("sensitive", False),
        el=facts.get("el", ""),
        service=facts.get("service", ""),
        depends_on=tuple((d["property"], tuple(d.get("values") or ())) for d in facts.get("depends_on", ())),
    )
