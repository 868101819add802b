"""The versioned group: the JSON that flow definitions, registry snapshots and `flow.json` share."""

from __future__ import annotations

from typing import Dict, List, Optional

from ..model import (
    Bundle,
    Connection,
    ControllerService,
    End,
    Funnel,
    Label,
    Parameter,
    ParameterContext,
    Port,
    ProcessGroup,
    Processor,
    RemoteGroup,
    Retry,
    Schedule,
)
from .fields import encrypted, is_encrypted, label_of
from .json_fields import Fields

_STATES = {"ENABLED": "STOPPED"}  # a versioned processor that is not disabled; whether it runs is not recorded
_CONTENTS = ("processors", "processGroups", "connections", "inputPorts", "outputPorts", "funnels", "labels")


def read_group(top: Fields, notes: List[str]) -> ProcessGroup:
    """The group and all below it, without recursion. What had to be left open is appended to `notes`."""
    root = _group(top, "")
    waiting = [(top, root)]
    while waiting:
        fields, group = waiting.pop()
        for child in fields.objects("processors", "processor"):
            group.processors.append(_processor(child, group.id))
        for child in fields.objects("controllerServices", "controller service"):
            group.services.append(read_service(child, group.id))
        for child in fields.objects("connections", "connection"):
            group.connections.append(_connection(child, group.id))
        for child in fields.objects("inputPorts", "input port"):
            group.input_ports.append(_port(child, "INPUT", group.id))
        for child in fields.objects("outputPorts", "output port"):
            group.output_ports.append(_port(child, "OUTPUT", group.id))
        for child in fields.objects("funnels", "funnel"):
            group.funnels.append(Funnel(**_common(child, "funnel", group.id)))
        for child in fields.objects("labels", "label"):
            common = _common(child, "label", group.id)
            common["name"] = child.text("label")
            group.labels.append(Label(**common))
        for child in fields.objects("remoteProcessGroups", "remote group"):
            group.remote_groups.append(_remote_group(child, group.id))
        for child in fields.objects("processGroups", "process group"):
            nested = _group(child, group.id)
            group.groups.append(nested)
            waiting.append((child, nested))
            if nested.version_control and not any(child.value.get(key) for key in _CONTENTS):
                nested.outside = True
                notes.append(
                    f"group {nested.name!r} is under version control of its own and its contents are not in the file"
                )
    return root


def _common(fields: Fields, kind: str, group_id: str) -> Dict:
    identifier = fields.text("identifier")
    name = fields.text("name")
    fields.component = label_of(kind, name, identifier)
    line, column = fields.place()
    position = fields.object("position")
    x, y = (position.value.get("x"), position.value.get("y")) if position is not None else (0, 0)
    for key, value in (("x", x), ("y", y)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
            raise fields.fail(f"position.{key}", "a number", value)
        if isinstance(value, float) and (value != value or abs(value) == float("inf")):
            raise fields.fail(f"position.{key}", "a finite number", value)
    try:
        place = (float(x or 0), float(y or 0))
    except OverflowError:
        raise fields.fail("position", "a finite number", x) from None
    return {
        "id": identifier,
        "name": name,
        "group_id": group_id,
        "comments": fields.text("comments"),
        "position": place,
        "line": line,
        "column": column,
        "instance_id": fields.text("instanceIdentifier"),
    }


def _bundle(fields: Fields) -> Bundle:
    bundle = fields.object("bundle")
    if bundle is None:
        return Bundle()
    return Bundle(bundle.text("group"), bundle.text("artifact"), bundle.text("version"))


def _sensitive(fields: Fields, properties: Dict[str, Optional[str]]) -> tuple:
    found = [
        descriptor.text("name") or key
        for key, descriptor in fields.named_objects("propertyDescriptors")
        if descriptor.flag("sensitive")
    ]
    return tuple(found) + tuple(key for key in encrypted(properties) if key not in found)


def _processor(fields: Fields, group_id: str) -> Processor:
    common = _common(fields, "processor", group_id)
    properties = fields.text_map("properties")
    state = fields.text("scheduledState")
    return Processor(
        type=fields.text("type"),
        bundle=_bundle(fields),
        properties=properties,
        sensitive=_sensitive(fields, properties),
        auto_terminated=fields.texts("autoTerminatedRelationships"),
        schedule=Schedule(
            strategy=fields.text("schedulingStrategy") or "TIMER_DRIVEN",
            period=fields.text("schedulingPeriod") or "0 sec",
            concurrent_tasks=fields.number("concurrentlySchedulableTaskCount", 1) or 1,
            run_duration_ms=fields.number("runDurationMillis", 0) or 0,
            execution_node=fields.text("executionNode") or "ALL",
            penalty=fields.text("penaltyDuration") or "30 sec",
            yield_period=fields.text("yieldDuration") or "1 sec",
        ),
        retry=Retry(
            count=fields.number("retryCount", 10) or 0,
            relationships=fields.texts("retriedRelationships"),
            backoff=fields.text("backoffMechanism") or "PENALIZE_FLOWFILE",
            max_backoff=fields.text("maxBackoffPeriod") or "10 mins",
        ),
        raw_state=_STATES.get(state, state),
        annotation_data=fields.text("annotationData"),
        bulletin_level=fields.text("bulletinLevel") or "WARN",
        **common,
    )


def read_service(fields: Fields, group_id: str) -> ControllerService:
    common = _common(fields, "controller service", group_id)
    properties = fields.text_map("properties")
    return ControllerService(
        type=fields.text("type"),
        bundle=_bundle(fields),
        properties=properties,
        sensitive=_sensitive(fields, properties),
        raw_state=fields.text("scheduledState"),
        annotation_data=fields.text("annotationData"),
        **common,
    )


def _port(fields: Fields, kind: str, group_id: str, remote: str = "") -> Port:
    common = _common(fields, f"{kind.lower()} port", group_id)
    return Port(kind=kind, remote_group_id=remote, raw_state=fields.text("scheduledState"), **common)


def _remote_group(fields: Fields, group_id: str) -> RemoteGroup:
    group = RemoteGroup(
        target_uris=fields.text("targetUris") or fields.text("targetUri"),
        transport=fields.text("transportProtocol"),
        **_common(fields, "remote group", group_id),
    )
    for key, kind in (("inputPorts", "INPUT"), ("outputPorts", "OUTPUT")):
        for child in fields.objects(key):
            group.ports.append(_port(child, kind, group.id, remote=group.id))
    return group


def _group(fields: Fields, group_id: str) -> ProcessGroup:
    common = _common(fields, "process group", group_id)
    control = fields.object("versionedFlowCoordinates")
    coordinates: Dict[str, str] = {}
    if control is not None:
        coordinates = {k: control.text(k) for k, v in control.value.items() if not isinstance(v, (dict, list))}
    return ProcessGroup(
        variables={key: value or "" for key, value in fields.text_map("variables").items()},
        parameter_context=fields.text("parameterContextName"),
        flow_file_concurrency=fields.text("flowFileConcurrency") or "UNBOUNDED",
        version_control=coordinates,
        **common,
    )


def _end(fields: Fields, key: str) -> End:
    end = fields.object(key)
    if end is None:
        return End("", "", "PROCESSOR")
    return End(end.text("id"), end.text("groupId"), end.text("type") or "PROCESSOR", end.text("name"))


def _connection(fields: Fields, group_id: str) -> Connection:
    common = _common(fields, "connection", group_id)
    return Connection(
        source=_end(fields, "source"),
        destination=_end(fields, "destination"),
        relationships=tuple(name for name in fields.texts("selectedRelationships") if name),
        back_pressure_objects=fields.number("backPressureObjectThreshold", None),
        back_pressure_size=fields.text("backPressureDataSizeThreshold"),
        expiration=fields.text("flowFileExpiration") or "0 sec",
        prioritizers=fields.texts("prioritizers"),
        load_balance=fields.text("loadBalanceStrategy") or "DO_NOT_LOAD_BALANCE",
        **common,
    )


def read_contexts(fields: Fields) -> Dict[str, ParameterContext]:
    """Parameter contexts by name: a map in flow definitions, a list in `flow.json`."""
    contexts: Dict[str, ParameterContext] = {}
    for key, entry in fields.named_objects("parameterContexts"):
        name = entry.text("name") or key
        entry.component = f"parameter context {name[:80]!r}"
        context = ParameterContext(name=name, id=entry.text("identifier"))
        context.inherits = entry.texts("inheritedParameterContexts")
        for parameter_key, parameter in entry.named_objects("parameters"):
            title = parameter.text("name") or parameter_key
            value = None if parameter.value.get("value") is None else parameter.text("value")
            context.parameters[title] = Parameter(
                name=title,
                value=value,
                sensitive=parameter.flag("sensitive") or is_encrypted(value),
                description=parameter.text("description"),
                provided=parameter.flag("provided"),
            )
        contexts[name] = context
    return contexts


def read_external_services(fields: Fields) -> List[ControllerService]:
    """Services that the flow refers to but that stand outside of it: only id and name are known."""
    services = []
    for key, entry in fields.named_objects("externalControllerServices"):
        line, column = entry.place()
        services.append(
            ControllerService(
                id=entry.text("identifier") or key,
                name=entry.text("name"),
                line=line,
                column=column,
                external=True,
            )
        )
    return services
