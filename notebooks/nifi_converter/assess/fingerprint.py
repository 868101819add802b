"""A canonical hash: the same flow in several environments has the same one.

It covers what processors do and how they are connected. It leaves out ids, positions, names of groups, comments,
states, schedules, versions, hosts, addresses and the values of parameters, so that a flow promoted from development
to production keeps it.
"""

from __future__ import annotations

import hashlib
import re
from typing import Dict, List, Tuple

from ..resolve import ResolvedComponent, ResolvedFlow

_ROUNDS = 3
_UUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", re.I)
_URL = re.compile(r"(?<=://)(?:[^/@\s]*@)?[A-Za-z0-9._-]+(?::\d+)?")
# Bounded and only from the start of a word: a long dotted text must not cost its length squared.
_LABELS = r"(?<![A-Za-z0-9.-])[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,8}"
_ADDRESS = re.compile(r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b|" + _LABELS + r":\d{2,5}\b")
_HOST = re.compile(_LABELS + r"\.(?:com|net|org|local|internal|lan|io|corp|intra)\b")
_STAGE = re.compile(
    r"(?<![A-Za-z0-9])(dev|development|test|tst|qa|uat|int|stage|staging|pre-?prod|prod|production|prd)(?![A-Za-z0-9])",
    re.I,
)
_ADDRESS_PROPERTY = re.compile(r"(?i)\b(host|hostname|port|user(name)?|broker|bootstrap|principal|keytab)\b")


def canonical_hash(flow: ResolvedFlow) -> str:
    """32 hexadecimal digits; empty for a flow without processors."""
    hashes: Dict[str, str] = {}
    for processor in flow.processors():
        hashes[processor.key] = _digest(["processor", processor.short_type] + _configuration(flow, processor, True))
    if not hashes:
        return ""
    for group in flow.flow.groups():
        for port in group.input_ports + group.output_ports:
            hashes[port.key] = _digest(["port", port.kind, port.name])
        for funnel in group.funnels:
            hashes[funnel.key] = "funnel"
        for remote in group.remote_groups:
            for port in remote.ports:
                hashes[port.key] = _digest(["remote port", port.kind, port.name])
    edges: List[Tuple[str, str, str]] = []
    for connection in flow.flow.connections():
        label = ",".join(sorted(connection.relationships))
        edges.append((connection.source.key, label, connection.destination.key))
    for _ in range(_ROUNDS):
        around: Dict[str, List[str]] = {key: [] for key in hashes}
        for source, label, destination in edges:
            if source in around:
                around[source].append(f">{label}>{hashes.get(destination, '')}")
            if destination in around:
                around[destination].append(f"<{label}<{hashes.get(source, '')}")
        hashes = {key: _digest([own] + sorted(around[key])) for key, own in hashes.items()}
    return _digest(sorted(hashes.values()))


def _configuration(flow: ResolvedFlow, item: ResolvedComponent, services: bool) -> List[str]:
    found = [f"a={neutral(item.component.annotation_data)}"]
    for name in sorted(set(item.property_names()) | set(item.dynamic_written) | set(item.unknown)):
        entry = item.names.properties.get(name)
        if item.is_sensitive(name) or _ADDRESS_PROPERTY.search(name):
            continue
        value = item.written(name)
        if value is None:
            continue
        if entry is not None and entry.service:
            # The service counts by what it is and how it is set, not by its id.
            service = item.service(name) if services else None
            parts = [service.short_type] + _configuration(flow, service, False) if service is not None else []
            found.append(f"{name}={_digest(parts)}")
        elif value != item.names.default(name):
            found.append(f"{name}={neutral(value)}")
    return found


def neutral(value: str) -> str:
    """A value without what differs between environments."""
    value = _UUID.sub("<id>", value)
    value = _URL.sub("<host>", value)
    value = _ADDRESS.sub("<host>", value)
    value = _HOST.sub("<host>", value)
    return _STAGE.sub("<stage>", value).replace("\r\n", "\n").strip()


def _digest(parts: List[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
