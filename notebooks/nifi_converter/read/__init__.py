"""Reads any NiFi flow format into the model: one module a format, chosen by content and never by file name.

    read_flow("flow.json.gz#0184-…")       one group with what it inherits
    read_flow("template.xml")              a whole file
    read_flow_bytes(data, "template.xml")  the same without a file
    list_top_level_groups("flow.xml.gz")   the flows of a file, as `FlowEntry`

All bad input ends in one ReadError with file, line, column and component as far as known. Its `reason` is one of
not_found, unreadable, too_large, bad_gzip, bad_encoding, malformed, forbidden, too_deep, not_nifi, wrong_type,
no_such_group.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from typing import List, Tuple

from ..errors import Place, ReadError
from ..model import Flow
from .encodings import encoding_of
from .flow_definition import is_flow_definition, read_flow_definition
from .flow_json import is_flow_json, read_flow_json
from .flow_xml import embedded_templates, is_flow_xml, read_flow_xml
from .json_tree import JsonObject, parse_json
from .limits import DEFAULT_LIMITS, Limits, read_bytes, unpacked
from .link import ends_missing, link
from .registry_snapshot import is_registry_snapshot, read_registry_snapshot
from .select import FlowEntry, select_group, top_level_flows
from .template import is_template, read_template
from .xml_tree import parse_xml

__all__ = [
    "DEFAULT_LIMITS",
    "FlowEntry",
    "Limits",
    "ends_missing",
    "list_top_level_groups",
    "read_flow",
    "read_flow_bytes",
    "split_source",
]

_NUMBERED = re.compile(r"\d+\.\d+[\w.+-]*")


def split_source(source: str) -> Tuple[str, str]:
    """`FILE#GROUP_ID` as (file, group id). A `#` in a file name is no separator where that file exists."""
    source = os.fspath(source)
    if "#" not in source or os.path.exists(source):
        return source, ""
    path, _, group = source.rpartition("#")
    return path, group


def read_flow(source: str, *, limits: Limits = DEFAULT_LIMITS) -> Flow:
    """Reads a file, or with `FILE#GROUP_ID` one process group of it. Raises ReadError."""
    path, group_id = split_source(source)
    data = read_bytes(path, limits)
    return read_flow_bytes(data, path, group_id, limits=limits)


def read_flow_bytes(data: bytes, name: str, group_id: str = "", *, limits: Limits = DEFAULT_LIMITS) -> Flow:
    """Reads the bytes of a file. `name` is used in messages; the last part of it becomes `source_name`."""
    try:
        flow = _read(unpacked(data, name, limits), name, group_id, limits)
        flow.source_name = re.split(r"[\\/]", name)[-1]
        flow.name = flow.name or flow.source_name
        flow.sha256 = hashlib.sha256(data).hexdigest()
        flow.size = len(data)
        return flow
    except (MemoryError, RecursionError):
        raise ReadError("too_large", "needs more memory than there is", Place(file=name)) from None


def list_top_level_groups(path: str, *, limits: Limits = DEFAULT_LIMITS) -> List[FlowEntry]:
    """The flows that a file holds, in file order: the whole file for everything but instance files."""
    return top_level_flows(read_flow_bytes(read_bytes(path, limits), path, limits=limits), path)


def _read(data: bytes, name: str, group_id: str, limits: Limits) -> Flow:
    first = _first_character(data, name)
    if not first:
        raise ReadError("not_nifi", "is empty", Place(name, 1, 1))
    if first == "<":
        flow = _read_xml(data, name, group_id, limits)
    elif first in "{[":
        flow = _read_json(data, name, limits)
    else:
        raise ReadError("not_nifi", "is neither XML nor JSON, so no NiFi flow", Place(name, 1, 1))
    link(flow)
    flow.nifi_version = _version(flow)
    return select_group(flow, group_id, name) if group_id and flow.group_id != group_id else flow


def _first_character(data: bytes, name: str) -> str:
    head = data[:4096]
    text = head.decode(encoding_of(head, name), "replace").lstrip("\ufeff \t\r\n")
    if not text and len(data) > len(head):
        rest = data.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0")
        text = rest[:1].decode("latin-1")
    return text[:1]


def _read_xml(data: bytes, name: str, group_id: str, limits: Limits) -> Flow:
    root = parse_xml(data, name, limits)
    if is_template(root):
        return read_template(root, name)
    if is_flow_xml(root):
        for template in embedded_templates(root) if group_id else ():
            if template.value("id") == group_id:
                flow = read_template(template, name)
                flow.group_id = group_id
                return flow
        return read_flow_xml(root, name)
    raise ReadError(
        "not_nifi",
        f"is XML, but no NiFi template or flow: its root element is <{root.tag[:60]}>",
        Place(name, root.line, root.column),
    )


def _read_json(data: bytes, name: str, limits: Limits) -> Flow:
    document = parse_json(data, name, limits)
    if not isinstance(document.value, JsonObject):
        raise ReadError("not_nifi", "is JSON, but no NiFi flow: it is a list", Place(name, 1, 1))
    if is_registry_snapshot(document):
        return read_registry_snapshot(document)
    if is_flow_definition(document):
        return read_flow_definition(document)
    if is_flow_json(document):
        return read_flow_json(document)
    for key in ("flowContents", "rootGroup"):
        if key in document.value:
            raise document.fail("wrong_type", f"{key!r} should be an object", document.value.offset)
    raise document.fail(
        "not_nifi", "is JSON, but no NiFi flow: it has neither flowContents nor rootGroup", document.value.offset
    )


def _version(flow: Flow) -> str:
    """The NiFi version that most components of NiFi's own come from; where there are none, of all components."""
    own: Counter = Counter()
    others: Counter = Counter()
    for component in list(flow.processors()) + list(flow.services()):
        version = component.bundle.version
        if _NUMBERED.match(version):
            (own if component.bundle.group == "org.apache.nifi" else others)[version] += 1
    counted = own or others
    return min(counted, key=lambda version: (-counted[version], version)) if counted else ""
