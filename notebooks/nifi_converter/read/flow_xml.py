"""An instance's `flow.xml` (`<flowController>`), NiFi 0.x to 1.x."""

from __future__ import annotations

from typing import Dict, List, Optional

from ..errors import ReadError
from ..model import (
    Connection,
    ControllerService,
    End,
    Flow,
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
from .fields import encrypted, flag, is_encrypted, label_of, number, optional_number, place_of
from .xml_parts import bundle_of, common_of, texts, version_control
from .xml_tree import Element

FORMAT = "flow-xml"
_NANOS_PER_MS = 1_000_000


def is_flow_xml(root: Element) -> bool:
    return root.tag == "flowController"


def read_flow_xml(root: Element, name: str) -> Flow:
    """A whole instance. Services of the controller itself (for reporting tasks) are inherited by no group in NiFi
    and are left out, with a note."""
    top = root.first("rootGroup")
    if top is None:
        raise ReadError("not_nifi", "is a flowController without a rootGroup", place_of(root, name))
    contexts, names = _contexts(root, name)
    group = _group(top, "", name, names)
    notes = _read_contents(top, group, name, names)
    services = root.first("controllerServices")
    count = len(list(services.all("controllerService"))) if services is not None else 0
    if count:
        notes.append(f"{count} controller-level service(s) serve reporting tasks only and are not part of a flow")
    tasks = root.first("reportingTasks")
    count = len(list(tasks.all("reportingTask"))) if tasks is not None else 0
    if count:
        notes.append(f"{count} reporting task(s) watch the instance and are not part of a flow")
    return Flow(
        name=group.name,
        source_name=name,
        format=FORMAT,
        root=group,
        encoding_version=root.attributes.get("encoding-version", ""),
        parameter_contexts=contexts,
        notes=notes,
    )


def embedded_templates(root: Element) -> List[Element]:
    """`<template>` elements kept in the instance file; they are drafts, not on the canvas."""
    found = []
    waiting = [root]
    while waiting:
        element = waiting.pop()
        for child in element.children:
            if child.tag == "template" and child.first("snippet") is not None:
                found.append(child)
            elif child.tag in ("rootGroup", "processGroup"):
                waiting.append(child)
    return found


def _contexts(root: Element, name: str) -> tuple:
    """Parameter contexts by name, and names by id."""
    listed = root.first("parameterContexts")
    elements = list(listed.all("parameterContext")) if listed is not None else []
    names = {element.value("id"): element.value("name") for element in elements}
    contexts: Dict[str, ParameterContext] = {}
    for element in elements:
        context = ParameterContext(name=element.value("name"), id=element.value("id"))
        context.inherits = tuple(
            names.get(child.text.strip(), child.text.strip())
            for tag in ("inheritedParameterContextId", "inheritedParameterContextIds")
            for child in element.all(tag)
            if child.text.strip()
        )
        for child in element.all("parameter"):
            element_value = child.first("value")
            value = None if element_value is None else element_value.text
            context.parameters[child.value("name")] = Parameter(
                name=child.value("name"),
                value=value,
                sensitive=flag(child.value("sensitive")) or is_encrypted(value),
                description=child.value("description"),
                provided=flag(child.value("provided")),
            )
        contexts[context.name] = context
    return contexts, names


def _group(element: Element, group_id: str, name: str, context_names: Dict[str, str]) -> ProcessGroup:
    context = element.value("parameterContextId")
    return ProcessGroup(
        variables={v.attributes.get("name", ""): v.attributes.get("value", "") for v in element.all("variable")},
        parameter_context=context_names.get(context, context),
        flow_file_concurrency=element.value("flowfileConcurrency") or "UNBOUNDED",
        version_control=version_control(element),
        **common_of(element, "process group", group_id, name),
    )


def _read_contents(top: Element, root: ProcessGroup, name: str, context_names: Dict[str, str]) -> List[str]:
    notes: List[str] = []
    waiting = [(top, root)]
    while waiting:
        element, group = waiting.pop()
        for child in element.children:
            if child.tag == "processor":
                group.processors.append(_processor(child, group.id, name))
            elif child.tag == "connection":
                group.connections.append(_connection(child, group.id, name))
            elif child.tag == "controllerService":
                group.services.append(_service(child, group.id, name))
            elif child.tag in ("inputPort", "outputPort"):
                ports = group.input_ports if child.tag == "inputPort" else group.output_ports
                ports.append(_port(child, "INPUT" if child.tag == "inputPort" else "OUTPUT", group.id, name))
            elif child.tag == "funnel":
                group.funnels.append(Funnel(**common_of(child, "funnel", group.id, name)))
            elif child.tag == "label":
                common = common_of(child, "label", group.id, name)
                common["name"] = child.value("value")
                group.labels.append(Label(**common))
            elif child.tag == "remoteProcessGroup":
                group.remote_groups.append(_remote_group(child, group.id, name))
            elif child.tag == "processGroup":
                nested = _group(child, group.id, name, context_names)
                group.groups.append(nested)
                waiting.append((child, nested))
            elif child.tag == "template":
                title = child.value("name") or child.value("id")
                notes.append(f"template {title!r} is kept in the file but is not on the canvas; it is not converted")
    return notes


def _properties(element: Element) -> Dict[str, Optional[str]]:
    found: Dict[str, Optional[str]] = {}
    for child in element.all("property"):
        value = child.first("value")
        key = child.first("name")
        if key is not None:
            found[key.text] = None if value is None else value.text
    return found


def _processor(element: Element, group_id: str, name: str) -> Processor:
    common = common_of(element, "processor", group_id, name)
    place = place_of(element, name, label_of("processor", common["name"], common["id"]))
    properties = _properties(element)
    retried = element.first("retriedRelationships")
    return Processor(
        type=element.value("class"),
        bundle=bundle_of(element),
        properties=properties,
        sensitive=encrypted(properties),
        auto_terminated=texts(element, "autoTerminatedRelationship"),
        schedule=Schedule(
            strategy=element.value("schedulingStrategy") or "TIMER_DRIVEN",
            period=element.value("schedulingPeriod") or "0 sec",
            concurrent_tasks=number(element.value("maxConcurrentTasks", "1"), place, "concurrent tasks"),
            run_duration_ms=number(element.value("runDurationNanos"), place, "run duration") // _NANOS_PER_MS,
            execution_node=element.value("executionNode") or "ALL",
            penalty=element.value("penalizationPeriod") or "30 sec",
            yield_period=element.value("yieldPeriod") or "1 sec",
        ),
        retry=Retry(
            count=number(element.value("retryCount") or "10", place, "retry count"),
            relationships=texts(element, "retriedRelationship")
            + (texts(retried, "retriedRelationship") if retried is not None else ()),
            backoff=element.value("backoffMechanism") or "PENALIZE_FLOWFILE",
            max_backoff=element.value("maxBackoffPeriod") or "10 mins",
        ),
        raw_state=element.value("scheduledState"),
        annotation_data=element.value("annotationData"),
        bulletin_level=element.value("bulletinLevel") or "WARN",
        **common,
    )


def _service(element: Element, group_id: str, name: str) -> ControllerService:
    properties = _properties(element)
    return ControllerService(
        type=element.value("class"),
        bundle=bundle_of(element),
        properties=properties,
        sensitive=encrypted(properties),
        raw_state="ENABLED" if flag(element.value("enabled")) else "DISABLED",
        annotation_data=element.value("annotationData"),
        **common_of(element, "controller service", group_id, name),
    )


def _port(element: Element, kind: str, group_id: str, name: str, remote: str = "") -> Port:
    common = common_of(element, f"{kind.lower()} port", group_id, name)
    return Port(kind=kind, remote_group_id=remote, raw_state=element.value("scheduledState"), **common)


def _remote_group(element: Element, group_id: str, name: str) -> RemoteGroup:
    group = RemoteGroup(
        target_uris=element.value("urls") or element.value("url"),
        transport=element.value("transportProtocol"),
        **common_of(element, "remote group", group_id, name),
    )
    for child in element.children:
        if child.tag in ("inputPort", "outputPort"):
            kind = "INPUT" if child.tag == "inputPort" else "OUTPUT"
            group.ports.append(_port(child, kind, group.id, name, remote=group.id))
    return group


def _connection(element: Element, group_id: str, name: str) -> Connection:
    common = common_of(element, "connection", group_id, name)
    place = place_of(element, name, label_of("connection", common["name"], common["id"]))

    def end(side: str) -> End:
        kind = element.value(f"{side}Type") or "PROCESSOR"
        return End(element.value(f"{side}Id"), element.value(f"{side}GroupId"), kind)

    return Connection(
        source=end("source"),
        destination=end("destination"),
        relationships=texts(element, "relationship"),
        back_pressure_objects=optional_number(element.value("maxWorkQueueSize"), place, "back pressure"),
        back_pressure_size=element.value("maxWorkQueueDataSize"),
        expiration=element.value("flowFileExpiration") or "0 sec",
        prioritizers=texts(element, "queuePrioritizerClass"),
        load_balance=element.value("loadBalanceStrategy") or "DO_NOT_LOAD_BALANCE",
        **common,
    )
