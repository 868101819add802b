"""Snapshots of the NiFi Registry: its answers (with bucket and flow) and its files on disk (`header`, `content`)."""

from __future__ import annotations

from typing import List, Optional

from ..model import Flow
from .flow_definition import read_snapshot
from .json_fields import Fields
from .json_tree import JsonDocument, JsonObject
from .versioned import read_group

FORMAT = "registry-snapshot-json"
_WRAPPERS = ("flowSnapshot", "versionedFlowSnapshot")


def is_registry_snapshot(document: JsonDocument) -> bool:
    return _snapshot(document) is not None


def _snapshot(document: JsonDocument) -> Optional[JsonObject]:
    """The object that holds the flow, or None where this is no snapshot."""
    value = document.value
    if isinstance(value.get("flowContents"), JsonObject):
        # A flow definition has the same shape; only the registry writes where the flow comes from.
        return value if isinstance(value.get("snapshotMetadata"), JsonObject) else None
    holders = [value]
    if isinstance(value.get("header"), JsonObject) and isinstance(value.get("content"), JsonObject):
        holders.insert(0, value["content"])
    for holder in holders:
        for key in _WRAPPERS:
            inner = holder.get(key)
            if isinstance(inner, JsonObject) and isinstance(inner.get("flowContents"), JsonObject):
                return inner
    content = holders[0]
    # Data model 2 of the registry's files: the group stands in `content` itself.
    if len(holders) == 2 and isinstance(content.get("processors"), list):
        return content
    return None


def read_registry_snapshot(document: JsonDocument) -> Flow:
    """Raises ReadError wrong_type."""
    snapshot = _snapshot(document)
    assert snapshot is not None  # the caller has looked
    fields = Fields(document, snapshot, "registry snapshot")
    if "flowContents" not in snapshot:
        notes: List[str] = []
        root = read_group(fields, notes)
        return Flow(root.name, document.name, FORMAT, root, notes=notes)
    flow = read_snapshot(fields, FORMAT)
    registered = fields.object("flow")
    if registered is not None:
        flow.name = registered.text("name") or flow.name
    return flow
