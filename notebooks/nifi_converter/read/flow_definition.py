"""Flow definitions, as "Download flow definition" writes them."""

from __future__ import annotations

from typing import List

from ..model import Flow
from .json_fields import Fields
from .json_tree import JsonDocument, JsonObject
from .versioned import read_contexts, read_external_services, read_group

FORMAT = "flow-definition-json"


def is_flow_definition(document: JsonDocument) -> bool:
    return isinstance(document.value.get("flowContents"), JsonObject)


def read_flow_definition(document: JsonDocument) -> Flow:
    """Raises ReadError wrong_type."""
    return read_snapshot(Fields(document, document.value, "flow definition"), FORMAT)


def read_snapshot(fields: Fields, format_name: str) -> Flow:
    """An object with `flowContents`: the group, its parameter contexts and external services."""
    contents = fields.object("flowContents")
    assert contents is not None  # the caller has looked
    notes: List[str] = []
    root = read_group(contents, notes)
    return Flow(
        name=root.name,
        source_name=fields.document.name,
        format=format_name,
        root=root,
        encoding_version=fields.text("flowEncodingVersion"),
        parameter_contexts=read_contexts(fields),
        inherited_services=read_external_services(fields),
        notes=notes,
    )
