"""NiFi templates (`<template>`), all encoding versions: those of NiFi 0.x have no bundle and no encoding version.

A document may hold several templates, a template several snippets; each then becomes a group of its own.
"""

from __future__ import annotations

from typing import Dict, List, Optional, Tuple

from ..errors import ReadError
from ..model import (
    Connection,
    ControllerService,
    End,
    Flow,
    Funnel,
    Label,
    Port,
    ProcessGroup,
    Processor,
    RemoteGroup,
    Retry,
    Schedule,
)
from .fields import flag, label_of, number, optional_number, place_of
from .xml_parts import bundle_of, common_of, texts, version_control
from .xml_tree import Element

FORMAT = "template-xml"


def is_template(root: Element) -> bool:
    return root.tag in ("template", "templates") or (root.tag == "snippet" and root.first("processors") is not None)


def read_template(root: Element, name: str) -> Flow:
    """A template document. Raises ReadError: not_nifi, wrong_type."""
    templates = [root] if root.tag != "templates" else list(root.all("template"))
    parts: List[Tuple[Element, Element]] = []  # (template, snippet)
    for template in templates:
        snippets = [template] if template.tag == "snippet" else list(template.all("snippet"))
        parts.extend((template, snippet) for snippet in snippets)
    if not parts:
        raise ReadError("not_nifi", "is a template without a snippet", place_of(root, name))
    groups = []
    for template, snippet in parts:
        group = ProcessGroup(
            id=template.value("groupId") or _parent_id(snippet) or template.value("id") or "template",
            name=template.value("name"),
            comments=template.value("description"),
            line=template.line,
            column=template.column,
        )
        read_contents(snippet, group, name)
        groups.append(group)
    if len(groups) == 1:
        top = groups[0]
    else:
        top = ProcessGroup(id="document", name=groups[0].name, groups=groups, line=root.line, column=root.column)
    return Flow(
        name=top.name,
        source_name=name,
        format=FORMAT,
        root=top,
        encoding_version=templates[0].attributes.get("encoding-version", ""),
    )


def _parent_id(snippet: Element) -> str:
    for child in snippet.children:
        parent = child.value("parentGroupId")
        if parent:
            return parent
    return ""


def read_contents(contents: Element, top: ProcessGroup, name: str) -> None:
    """Fills `top` from a snippet or a group's `<contents>`, and all groups below, without recursion."""
    waiting = [(contents, top)]
    while waiting:
        element, group = waiting.pop()
        for child in element.children:
            if child.tag == "processors":
                group.processors.append(_processor(child, group.id, name))
            elif child.tag == "connections":
                group.connections.append(_connection(child, group.id, name))
            elif child.tag == "controllerServices":
                group.services.append(_service(child, group.id, name))
            elif child.tag == "inputPorts":
                group.input_ports.append(_port(child, "INPUT", group.id, name))
            elif child.tag == "outputPorts":
                group.output_ports.append(_port(child, "OUTPUT", group.id, name))
            elif child.tag == "funnels":
                group.funnels.append(Funnel(**common_of(child, "funnel", group.id, name)))
            elif child.tag == "labels":
                common = common_of(child, "label", group.id, name)
                common["name"] = child.value("label")
                group.labels.append(Label(**common))
            elif child.tag == "remoteProcessGroups":
                group.remote_groups.append(_remote_group(child, group.id, name))
            elif child.tag == "processGroups":
                nested = _group(child, group.id, name)
                group.groups.append(nested)
                inner = child.first("contents")
                if inner is not None:
                    waiting.append((inner, nested))


def _entries(element: Optional[Element]) -> Dict[str, Optional[str]]:
    """A map of `<entry><key/><value/></entry>`; None where an entry has no value."""
    found: Dict[str, Optional[str]] = {}
    for entry in element.all("entry") if element is not None else ():
        key = entry.first("key")
        value = entry.first("value")
        if key is not None:
            found[key.text] = None if value is None else value.text
    return found


def _sensitive(element: Optional[Element]) -> Tuple[str, ...]:
    """The keys whose descriptor says that they are sensitive."""
    found = []
    for entry in element.all("entry") if element is not None else ():
        descriptor = entry.first("value")
        if descriptor is not None and flag(descriptor.value("sensitive")):
            found.append(entry.value("key"))
    return tuple(found)


def _processor(element: Element, group_id: str, name: str) -> Processor:
    common = common_of(element, "processor", group_id, name)
    label = label_of("processor", common["name"], common["id"])
    place = place_of(element, name, label)
    config = element.first("config")
    if config is None:
        config = Element("config", {}, element.line, element.column)
    common["comments"] = config.value("comments") or common["comments"]
    relationships = list(element.all("relationships"))
    return Processor(
        type=element.value("type"),
        bundle=bundle_of(element),
        properties=_entries(config.first("properties")),
        sensitive=_sensitive(config.first("descriptors")),
        auto_terminated=tuple(r.value("name") for r in relationships if flag(r.value("autoTerminate")))
        + texts(config, "autoTerminatedRelationships"),
        relationships=tuple(r.value("name") for r in relationships),
        schedule=Schedule(
            strategy=config.value("schedulingStrategy") or "TIMER_DRIVEN",
            period=config.value("schedulingPeriod") or "0 sec",
            concurrent_tasks=number(config.value("concurrentlySchedulableTaskCount", "1"), place, "concurrent tasks"),
            run_duration_ms=number(config.value("runDurationMillis"), place, "run duration"),
            execution_node=config.value("executionNode") or "ALL",
            penalty=config.value("penaltyDuration") or "30 sec",
            yield_period=config.value("yieldDuration") or "1 sec",
        ),
        retry=Retry(
            count=number(config.value("retryCount") or "10", place, "retry count"),
            relationships=texts(config, "retriedRelationships")
            or tuple(r.value("name") for r in relationships if flag(r.value("retry"))),
            backoff=config.value("backoffMechanism") or "PENALIZE_FLOWFILE",
            max_backoff=config.value("maxBackoffPeriod") or "10 mins",
        ),
        raw_state=element.value("state"),
        annotation_data=config.value("annotationData"),
        bulletin_level=config.value("bulletinLevel") or "WARN",
        **common,
    )


def _service(element: Element, group_id: str, name: str) -> ControllerService:
    return ControllerService(
        type=element.value("type"),
        bundle=bundle_of(element),
        properties=_entries(element.first("properties")),
        sensitive=_sensitive(element.first("descriptors")),
        raw_state=element.value("state"),
        annotation_data=element.value("annotationData"),
        **common_of(element, "controller service", group_id, name),
    )


def _port(element: Element, kind: str, group_id: str, name: str, remote: str = "") -> Port:
    common = common_of(element, f"{kind.lower()} port", group_id, name)
    return Port(kind=kind, remote_group_id=remote, raw_state=element.value("state"), **common)


def _remote_group(element: Element, group_id: str, name: str) -> RemoteGroup:
    group = RemoteGroup(
        target_uris=element.value("targetUris") or element.value("targetUri"),
        transport=element.value("transportProtocol"),
        **common_of(element, "remote group", group_id, name),
    )
    contents = element.first("contents")
    for child in contents.children if contents is not None else ():
        if child.tag in ("inputPorts", "outputPorts"):
            kind = "INPUT" if child.tag == "inputPorts" else "OUTPUT"
            group.ports.append(_port(child, kind, group.id, name, remote=group.id))
    return group


def _group(element: Element, group_id: str, name: str) -> ProcessGroup:
    context = element.first("parameterContext")
    context_name = ""
    if context is not None:
        inner = context.first("component")
        context_name = context.value("name") or (inner.value("name") if inner is not None else "")
    return ProcessGroup(
        variables={key: value or "" for key, value in _entries(element.first("variables")).items()},
        parameter_context=context_name,
        flow_file_concurrency=element.value("flowfileConcurrency") or "UNBOUNDED",
        version_control=version_control(element),
        **common_of(element, "process group", group_id, name),
    )


def _end(element: Optional[Element]) -> End:
    if element is None:
        return End("", "", "PROCESSOR")
    return End(element.value("id"), element.value("groupId"), element.value("type") or "PROCESSOR")


def _connection(element: Element, group_id: str, name: str) -> Connection:
    common = common_of(element, "connection", group_id, name)
    place = place_of(element, name, label_of("connection", common["name"], common["id"]))
    return Connection(
        source=_end(element.first("source")),
        destination=_end(element.first("destination")),
        relationships=texts(element, "selectedRelationships"),
        back_pressure_objects=optional_number(element.value("backPressureObjectThreshold"), place, "back pressure"),
        back_pressure_size=element.value("backPressureDataSizeThreshold"),
        expiration=element.value("flowFileExpiration") or "0 sec",
        prioritizers=texts(element, "prioritizers"),
        load_balance=element.value("loadBalanceStrategy") or "DO_NOT_LOAD_BALANCE",
        **common,
    )
