"""An instance's `flow.json`, NiFi 1.16 and newer."""

from __future__ import annotations

from typing import List

from ..model import Flow
from .json_fields import Fields
from .json_tree import JsonDocument, JsonObject
from .versioned import read_contexts, read_group

FORMAT = "flow-json"


def is_flow_json(document: JsonDocument) -> bool:
    return isinstance(document.value.get("rootGroup"), JsonObject)


def read_flow_json(document: JsonDocument) -> Flow:
    """A whole instance. Raises ReadError wrong_type."""
    fields = Fields(document, document.value, "flow.json")
    top = fields.object("rootGroup")
    assert top is not None  # the caller has looked
    notes: List[str] = []
    root = read_group(top, notes)
    for key, what in (
        ("controllerServices", "controller-level service(s) serve reporting tasks only and are not part of a flow"),
        ("reportingTasks", "reporting task(s) watch the instance and are not part of a flow"),
        ("templates", "template(s) are kept in the file but are not on the canvas; they are not converted"),
    ):
        count = len(fields.objects(key))
        if count:
            notes.append(f"{count} {what}")
    version = fields.value.get("encodingVersion")
    encoding = fields.object("encodingVersion") if isinstance(version, dict) else None
    return Flow(
        name=root.name,
        source_name=document.name,
        format=FORMAT,
        root=root,
        encoding_version=(
            f"{encoding.text('majorVersion')}.{encoding.text('minorVersion')}"
            if encoding is not None
            else fields.text("encodingVersion")
        ),
        parameter_contexts=read_contexts(fields),
        notes=notes,
    )
