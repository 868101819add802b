"""`conversion_source.json`: the flow as it was converted, by component and in one order, so that attempts can be compared
when the file itself has changed. It holds no secret: sensitive values, and what looks like one, are `{"secret": true}`.
Keys and their meaning: docs/conversion_report.md.
"""

from __future__ import annotations

import json
import re
from typing import Callable, Dict, Iterator, List, Optional, Tuple, Union

from .assess.findings import looks_secret
from .model import ParameterContext, ProcessGroup, Processor
from .resolve import SECRET_NAME, ResolvedComponent, ResolvedFlow, ResolvedProcessor

SCHEMA_VERSION = 1
FILE_NAME = "conversion_source.json"
Shown = Union[None, str, Dict[str, bool]]
SECRET: Dict[str, bool] = {"secret": True}
# A credential within a text that is worth keeping: an address, a statement, a script.
_CREDENTIAL = re.compile(r"(://[^/\s:@]{1,80}:)[^/\s@#$]{1,80}(@)|(?i:(password|pwd|secret|token)(\s*=\s*))[^\s&;,'\"#$]+")
_PATH_LEVELS = 12
_KINDS = {"INPUT": "input port", "OUTPUT": "output port"}


def source_copy(flow: ResolvedFlow, hide: Callable[[str], str] = lambda text: text) -> str:
    """The copy as JSON text. `hide` takes known secret values out of any text."""
    paths = _group_paths(flow)
    components = [*_groups(flow, paths), *_configured(flow, paths)]
    result = {
        "version": SCHEMA_VERSION,
        "components": sorted(components, key=lambda one: (one["group"], one["kind"], one["name"], one["id"])),
        "connections": sorted(_connections(flow, paths), key=lambda one: (one["group"], one["from"], one["to"], one["relationships"])),
        "parameters": [entry for name in sorted(flow.flow.parameter_contexts) for entry in _parameters(flow.flow.parameter_contexts[name])],
    }
    return hide(json.dumps(result, indent=1, ensure_ascii=False)) + "\n"


def _group_paths(flow: ResolvedFlow) -> Dict[str, str]:
    """`Outer / Inner` by group id, without the flow's own group: a flow under another name is the same flow."""
    names: Dict[str, Tuple[str, ...]] = {}
    for group in flow.flow.groups():
        above = names.get(group.group_id, ())
        names[group.id] = () if group is flow.flow.root else (above + (group.name or group.id,))[-_PATH_LEVELS:]
    return {identifier: " / ".join(parts) for identifier, parts in names.items()}


def _groups(flow: ResolvedFlow, paths: Dict[str, str]) -> Iterator[Dict]:
    for group in flow.flow.groups():
        path = paths.get(group.id, "")
        properties = {name: SECRET if SECRET_NAME.search(name) else _plain(value) for name, value in sorted(group.variables.items())}
        yield {
            "kind": "process group", "id": group.id, "name": group.name, "type": "", "group": paths.get(group.group_id, "") if group is not flow.flow.root else "",
            "settings": {"Parameter context": group.parameter_context, "Flow file concurrency": group.flow_file_concurrency},
            "properties": properties,
        }
        yield from _ends(group, path)


def _ends(group: ProcessGroup, path: str) -> Iterator[Dict]:
    for port in (*group.input_ports, *group.output_ports):
        yield {"kind": _KINDS.get(port.kind, "port"), "id": port.id, "name": port.name, "type": "", "group": path, "settings": {}, "properties": {}}
    for remote in group.remote_groups:
        yield {
            "kind": "remote process group", "id": remote.id, "name": remote.name, "type": "", "group": path,
            "settings": {"Addresses": _plain(remote.target_uris), "Transport": remote.transport}, "properties": {},
        }


def _configured(flow: ResolvedFlow, paths: Dict[str, str]) -> Iterator[Dict]:
    items: List[ResolvedComponent] = [*flow.processors(), *(s for s in flow.services() if not s.external)]
    for item in items:
        component = item.component
        processor = isinstance(item, ResolvedProcessor)
        yield {
            "kind": "processor" if processor else "service", "id": component.id, "name": component.name, "type": component.type,
            "group": paths.get(component.group_id, ""),
            "settings": _settings(component) if isinstance(component, Processor) else _state(component.raw_state),
            "properties": _properties(item),
        }


def _settings(processor: Processor) -> Dict[str, str]:
    schedule, retry = processor.schedule, processor.retry
    found = {
        "Scheduling strategy": schedule.strategy,
        "Run schedule": schedule.period,
        "Concurrent tasks": str(schedule.concurrent_tasks),
        "Execution": schedule.execution_node,
        "Penalty duration": schedule.penalty,
        "Yield duration": schedule.yield_period,
        "Terminated relationships": ", ".join(sorted(processor.auto_terminated)),
    }
    if retry.relationships:
        found["Retried relationships"] = f"{', '.join(sorted(retry.relationships))}, {retry.count} times"
    if processor.annotation_data.strip():
        found["Advanced"] = _plain(processor.annotation_data)
    return {**found, **_state(processor.raw_state)}


def _state(raw_state: str) -> Dict[str, str]:
    """Whether it runs comes and goes; that it is switched off belongs to the flow."""
    return {"State": "disabled"} if raw_state == "DISABLED" else {}


def _properties(item: ResolvedComponent) -> Dict[str, Shown]:
    """What the file sets and is not NiFi's default, by the names that NiFi shows."""
    found: Dict[str, Shown] = {}
    for name in [*item.property_names(), *item.dynamic_written, *item.unknown]:
        value = _shown(item, name) if item.is_set(name) else None
        if value is None or (name in item.names.properties and value == item.names.default(name)):
            continue
        entry = item.names.properties.get(name)
        display = entry.display if entry is not None and entry.display not in found else name
        found[display] = value
    return dict(sorted(found.items()))


def _shown(item: ResolvedComponent, name: str) -> Shown:
    value = item.written(name)
    if item.is_sensitive(name):
        return SECRET if value is None else value  # a reference to a parameter is none
    if value is None:
        return None
    if name in item.unknown and SECRET_NAME.search(name):
        return SECRET
    plain = _plain(value)
    if plain == value and looks_secret(item, name, value):
        return SECRET
    service = item.service(name) if item.definition is not None and name in item.names.properties and item.names.properties[name].service else None
    # By its name: ids are new with every import.
    return plain if service is None else service.name


def _plain(text: str) -> str:
    return _CREDENTIAL.sub(lambda m: f"{m[1]}(secret){m[2]}" if m[1] else f"{m[3]}{m[4]}(secret)", text)


def _connections(flow: ResolvedFlow, paths: Dict[str, str]) -> Iterator[Dict]:
    names: Dict[str, str] = {}
    for group in flow.flow.groups():
        for part in (*group.processors, *group.input_ports, *group.output_ports, *group.funnels):
            names[part.key] = part.name or "funnel"
        for remote in group.remote_groups:
            names.update({port.key: port.name for port in remote.ports})
    for connection in flow.flow.connections():
        entry = {
            "group": paths.get(connection.group_id, ""),
            "from": names.get(connection.source.key, connection.source.name or connection.source.id),
            "relationships": sorted(connection.relationships),
            "to": names.get(connection.destination.key, connection.destination.name or connection.destination.id),
        }
        settings = {}
        if not connection.expiration.strip().startswith("0") and connection.expiration:
            settings["Expiration"] = connection.expiration
        if connection.prioritizers:
            settings["Prioritizers"] = ", ".join(p.rsplit(".", 1)[-1] for p in connection.prioritizers)
        yield {**entry, "settings": settings}


def _parameters(context: ParameterContext) -> Iterator[Dict]:
    for name in sorted(context.parameters):
        parameter = context.parameters[name]
        value: Optional[str] = parameter.value
        secret = parameter.sensitive or (value is not None and "#{" not in value and bool(SECRET_NAME.search(name)))
        shown: Shown = SECRET if secret else None if value is None else _plain(value)
        yield {"context": context.name, "name": name, "value": shown}
