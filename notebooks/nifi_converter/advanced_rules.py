"""UpdateAttribute's advanced rules, which NiFi keeps as XML in the processor's annotation data."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from typing import Tuple

from .errors import ConverterError


@dataclass(frozen=True)
class Rule:
    """Where all `conditions` hold, the attributes of `actions` (name, value) are set. All texts may hold expressions."""

    name: str
    conditions: Tuple[str, ...]
    actions: Tuple[Tuple[str, str], ...]


@dataclass(frozen=True)
class Rules:
    """`policy` is USE_CLONE (each further rule that matches makes a clone) or USE_ORIGINAL."""

    policy: str
    rules: Tuple[Rule, ...]


def read_rules(annotation_data: str) -> Rules:
    """The rules of the annotation data. Raises ConverterError (`advanced_rules`) where it is no such XML, or where it
    holds a document type, which NiFi never writes."""
    if "<!DOCTYPE" in annotation_data or "<!ENTITY" in annotation_data:
        raise ConverterError("advanced_rules", "the advanced rules hold a document type")
    try:
        root = ElementTree.fromstring(annotation_data.strip())
    except (ElementTree.ParseError, ValueError) as error:
        raise ConverterError("advanced_rules", f"the advanced rules are no XML: {error}") from None
    rules = tuple(
        Rule(
            rule.findtext("name") or "rule",
            tuple(c.findtext("expression") or "" for c in rule.findall("conditions")),
            tuple((a.findtext("attribute") or "", a.findtext("value") or "") for a in rule.findall("actions")),
        )
        for rule in root.iter("rules")
    )
    return Rules(root.findtext("flowFilePolicy") or "USE_CLONE", rules)
