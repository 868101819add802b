"""What templates and `flow.xml` write alike: the common part of a component, its bundle, lists of texts."""

from __future__ import annotations

from typing import Dict, Tuple

from ..model import Bundle
from .fields import label_of, position_of
from .xml_tree import Element


def common_of(element: Element, kind: str, group_id: str, name: str) -> Dict:
    """The fields that every component has, for its class of the model. Raises ReadError wrong_type (position)."""
    identifier = element.value("id")
    title = element.value("name")
    return {
        "id": identifier,
        "name": title,
        "group_id": group_id,
        "comments": element.value("comment") or element.value("comments"),
        "position": position_of(element, name, label_of(kind, title, identifier)),
        "line": element.line,
        "column": element.column,
    }


def bundle_of(element: Element) -> Bundle:
    bundle = element.first("bundle")
    if bundle is None:
        return Bundle()
    return Bundle(bundle.value("group"), bundle.value("artifact"), bundle.value("version"))


def texts(element: Element, tag: str) -> Tuple[str, ...]:
    """The texts of all such children. NiFi writes empty ones too: a relationship of what leaves a port or a funnel."""
    return tuple(child.text.strip() for child in element.all(tag) if child.text.strip())


def version_control(element: Element) -> Dict[str, str]:
    control = element.first("versionControlInformation")
    return {} if control is None else {child.tag: child.text.strip() for child in control.children}
