"""What deserves a look, one entry a place: usable as a list in a report and as diagnostics in an editor.

A finding: `{code, severity, message, key, id, name, type, group, line, column, property, level}`. `severity` is error
(NiFi itself would not run it), warning (somebody has to act) or information.
"""

from __future__ import annotations

import re
from typing import Any, Dict, Iterator, List, Optional, Set, Tuple

from ..advanced_rules import read_rules
from ..errors import ConverterError
from ..expressions import expression_error
from ..levels import ASSISTED, MANUAL, level_of
from ..model import Component
from ..read import ends_missing
from ..resolve import SECRET_NAME, ResolvedComponent, ResolvedFlow, ResolvedProcessor

ERROR, WARNING, INFORMATION = "error", "warning", "information"
_PATH_LEVELS = 12
_TEMPLATE_NOTE = "; a template does not hold parameter contexts"
_CREDENTIAL_URL = re.compile(r"://[^/\s:@]{1,80}:(?![^/@]*[#$]\{)[^/\s@]{1,80}@|(?i:password|pwd)=(?![#$]\{)[^&;\s]+")

# References, JSON and record paths, texts with spaces or of some length: what a secret's name points to, not one.
_NO_SECRET = re.compile(r"[$#]\{|^\$|^/|\s|^.{200}", re.S)

# Which relationships these have depends on that property; a file that does not list them cannot be judged.
_FIXED_RELATIONSHIPS_UNLESS = {"ExecuteStreamCommand": "Output Destination Attribute"}


def findings(flow: ResolvedFlow) -> List[Dict[str, Any]]:
    """All findings, in the flow's order."""
    paths = group_paths(flow)
    found: List[Dict[str, Any]] = []
    incoming, leaving = _connected(flow)
    for processor in flow.processors():
        for item in _processor_findings(flow, processor, incoming, leaving):
            found.append(_finding(processor.component, paths, processor.type, **item))
    for service in flow.services():
        if service.external:
            continue
        for item in _configuration_findings(flow, service):
            found.append(_finding(service.component, paths, service.type, **item))
    found.extend(_parameter_findings(flow))
    for connection, end in ends_missing(flow.flow):
        what = f"{end.name!r} " if end.name else ""
        message = f"a connection ends at {what}{end.kind.lower().replace('_', ' ')} {end.id}, which is not in the file"
        found.append(_finding(connection, paths, "connection", code="missing_end", severity=ERROR, message=message))
    return found


def group_paths(flow: ResolvedFlow) -> Dict[str, str]:
    """`Outer / Inner` by group id, of deep nesting the innermost levels."""
    names: Dict[str, Tuple[str, ...]] = {}
    for group in flow.flow.groups():
        above = names.get(group.group_id, ()) if group is not flow.flow.root else ()
        names[group.id] = (above + (group.name or group.id,))[-_PATH_LEVELS:]
    return {identifier: " / ".join(parts) for identifier, parts in names.items()}


def _finding(
    component: Component, paths: Dict[str, str], type_name: str, *, code: str, severity: str, message: str,
    property: str = "", level: str = "",
) -> Dict[str, Any]:
    return {
        "code": code,
        "severity": severity,
        "message": message,
        "key": component.key,
        "id": component.id,
        "name": component.name,
        "type": type_name,
        "group": paths.get(component.group_id, ""),
        "line": component.line,
        "column": component.column,
        "property": property,
        "level": level,
    }


def _connected(flow: ResolvedFlow) -> tuple:
    """Keys that something flows into, and the relationships that leave each key."""
    incoming: Set[str] = set()
    leaving: Dict[str, Set[str]] = {}
    for connection in flow.flow.connections():
        if connection.source.key != connection.destination.key:
            incoming.add(connection.destination.key)
        leaving.setdefault(connection.source.key, set()).update(connection.relationships)
    return incoming, leaving


def _processor_findings(
    flow: ResolvedFlow, processor: ResolvedProcessor, incoming: Set[str], leaving: Dict[str, Set[str]]
) -> Iterator[Dict[str, Any]]:
    level = level_of(processor.type)
    if not level.known:
        yield {"code": "unknown_type", "severity": WARNING, "message": level.target, "level": level.level}
    elif level.level in (ASSISTED, MANUAL):
        severity = WARNING if level.level == MANUAL else INFORMATION
        yield {"code": level.level, "severity": severity, "message": f"{level.text}: {level.target}", "level": level.level}
    if processor.component.disabled:
        yield {"code": "disabled", "severity": INFORMATION, "message": "is disabled in NiFi"}
        return
    definition = processor.definition
    if definition is not None:
        if definition.deprecated:
            # The first sentence says what to use instead; NiFi's reasons can be long.
            reason = definition.deprecated.split(". ")[0].rstrip(".")
            message = "is deprecated" + (f": {reason}" if reason != "deprecated" else "")
            yield {"code": "deprecated", "severity": INFORMATION, "message": message}
        if definition.input == "INPUT_REQUIRED" and processor.key not in incoming:
            yield {"code": "no_input", "severity": WARNING, "message": "nothing flows into it, so it never runs in NiFi"}
        depends = _FIXED_RELATIONSHIPS_UNLESS.get(processor.short_type)
        if not definition.dynamic_relationships and not (depends and processor.get(depends)):
            done = set(processor.component.auto_terminated) | leaving.get(processor.key, set())
            renamed = processor.definition.relationship_renames
            listed = set(processor.component.relationships) or set(definition.relationships)
            names = [n for n in definition.relationships if n in listed and n not in done and renamed.get(n) not in done]
            if names and done:
                message = f"relationship {', '.join(names)} leads nowhere and is not terminated; NiFi calls it invalid"
                yield {"code": "open_relationship", "severity": WARNING, "message": message}
    yield from _configuration_findings(flow, processor)
    if processor.short_type == "UpdateAttribute" and processor.component.annotation_data.strip():
        yield from _rule_findings(flow, processor)


def _rule_findings(flow: ResolvedFlow, processor: ResolvedProcessor) -> Iterator[Dict[str, Any]]:
    """Advanced rules are checked as properties are: NiFi calls the processor invalid, or the rule fails when it runs."""
    try:
        rules = read_rules(processor.component.annotation_data).rules
    except ConverterError as error:
        yield {"code": "advanced_rules", "severity": ERROR, "message": f"{error.message}; NiFi cannot read them either"}
        return
    version = _version(flow, processor)
    for rule in rules:
        texts = [("condition", text) for text in rule.conditions]
        for attribute, value in rule.actions:
            texts += [("attribute name", attribute), (f"value of {attribute!r}", value)]
        for what, text in texts:
            problem = expression_error(text, version) if "${" in text else None
            if problem:
                message = f"advanced rule {rule.name!r}, {what}: {problem}"
                yield {"code": "expression", "severity": ERROR, "message": message}


def _configuration_findings(flow: ResolvedFlow, item: ResolvedComponent) -> Iterator[Dict[str, Any]]:
    template = flow.flow.format == "template-xml"
    for fault in item.faults:
        severity, message = ERROR, fault.message
        if fault.code == "unknown_property":
            severity = INFORMATION
        elif fault.code == "service_out_of_scope":
            severity = WARNING
        elif fault.code == "missing_parameter" and template:
            severity, message = INFORMATION, message + _TEMPLATE_NOTE
        yield {"code": fault.code, "severity": severity, "message": message, "property": fault.property}
    for name in list(item.property_names()) + list(item.dynamic_written) + list(item.unknown):
        if not item.is_set(name):
            continue
        secret = item.secret(name)
        value = item.written(name)
        if secret is not None:
            if secret.origin == "clear_text":
                message = f"{name!r} holds a secret in clear text; move it to a secret scope"
                yield {"code": "clear_secret", "severity": WARNING, "message": message, "property": name}
            continue
        if value is None:
            continue
        if looks_secret(item, name, value):
            message = f"{name!r} seems to hold a credential in clear text; move it to a secret scope"
            yield {"code": "clear_secret", "severity": WARNING, "message": message, "property": name}
        problem = _expression_problem(flow, item, name, value)
        if problem:
            yield {"code": "expression", "severity": ERROR, "message": f"{name!r}: {problem}", "property": name}


def _parameter_findings(flow: ResolvedFlow) -> Iterator[Dict[str, Any]]:
    """Parameters that hold a secret for everybody to read."""
    for context in flow.flow.parameter_contexts.values():
        holder = Component(id=context.id or context.name, name=context.name)
        for parameter in context.parameters.values():
            value = parameter.value or ""
            if not value or value.startswith("enc{") or "#{" in value:
                continue
            if parameter.sensitive or (SECRET_NAME.search(parameter.name) and not _NO_SECRET.search(value)):
                message = f"parameter {parameter.name!r} holds a secret in clear text; move it to a secret scope"
                yield _finding(
                    holder, {}, "parameter context", code="clear_secret", severity=WARNING, message=message,
                    property=parameter.name,
                )


def looks_secret(item: ResolvedComponent, name: str, value: str) -> bool:
    """A credential in a URL, or a plain value under a user-added name that speaks of a secret."""
    if _CREDENTIAL_URL.search(value[:5000]):
        return True
    if name not in item.dynamic_written or not SECRET_NAME.search(name):
        return False
    return bool(value) and not _NO_SECRET.search(value)


def evaluates_expressions(item: ResolvedComponent, name: str) -> bool:
    """Whether NiFi evaluates `${…}` in this property; elsewhere it is only text."""
    entry = item.names.properties.get(name)
    definition = item.definition
    if definition is None or (entry is not None and not entry.el):
        return False
    return entry is not None or any(d.get("el", "") not in ("", "NONE") for d in definition.dynamic)


def _expression_problem(flow: ResolvedFlow, item: ResolvedComponent, name: str, value: str) -> Optional[str]:
    if "${" not in value or item.definition is None or not evaluates_expressions(item, name):
        return None
    return expression_error(value, _version(flow, item))


def _version(flow: ResolvedFlow, item: ResolvedComponent) -> str:
    """The NiFi that the flow was made with decides which functions there are; the catalogue's where nothing says."""
    if flow.flow.nifi_version:
        return flow.flow.nifi_version
    return item.definition.nifi if item.definition is not None else "1.28.1"
