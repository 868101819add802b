"""What is wrong with a component's configuration, as NiFi itself would say when it validates it."""

from __future__ import annotations

from typing import List

from .catalogue import Property
from .parameters import references
from .resolve import Fault, ResolvedComponent, ResolvedFlow


def faults_of(item: ResolvedComponent) -> List[Fault]:
    """In the order of the properties; empty for a sound component."""
    found: List[Fault] = []
    definition = item.definition
    for key in item.unknown if definition is not None and item.names.complete else ():
        message = f"{item.short_type} of NiFi {definition.nifi} has no property {key!r}"
        found.append(Fault("unknown_property", message, key))
    for name in list(item.property_names()) + list(item.dynamic_written):
        written = item.written(name)
        if written is None:
            continue
        for reference in references(written):
            if not reference.escaped and reference.name not in item.parameters:
                found.append(
                    Fault(
                        "missing_parameter",
                        f"{name!r} refers to the parameter {reference.name!r}, which is in no parameter context in reach",
                        name,
                    )
                )
        entry = item.names.properties.get(name) if definition is not None else None
        if entry is None:
            continue
        if entry.service:
            found.extend(_service_faults(item, name))
        elif entry.allowable:
            found.extend(_allowed_faults(item, name, entry))
    if definition is not None:
        for name, entry in definition.properties.items():
            canonical = item.names.asked(name)
            if entry.required and item.written(canonical) is None and item.secret(canonical) is None:
                if not item.is_sensitive(canonical) and _shown(item, entry):
                    found.append(Fault("required", f"{canonical!r} is required but not set", canonical))
    return found


def _service_faults(item: ResolvedComponent, name: str) -> List[Fault]:
    value = item.get(name)
    if not value or "#{" in value:
        return []
    if ResolvedFlow.service_in_scope(value, item.scope) is not None:
        return []
    if item.service(name) is not None:
        return [Fault("service_out_of_scope", f"{name!r} names a controller service of another group", name)]
    return [Fault("missing_service", f"{name!r} names a controller service that is not in the file", name)]


def _allowed_faults(item: ResolvedComponent, name: str, entry: Property) -> List[Fault]:
    value = item.get(name)
    if value is None or "${" in value or "#{" in value or not item.is_set(name):
        return []
    if any(value == allowed for allowed, _ in entry.allowable):
        return []
    return [Fault("not_allowed", f"{name!r} has the value {value[:60]!r}, which NiFi does not know", name)]


def _shown(item: ResolvedComponent, entry: Property) -> bool:
    """Whether NiFi uses the property at all: what it depends on holds."""
    for depends, values in entry.depends_on:
        actual = item.get(depends)
        if actual is None or (values and actual not in values):
            return False
    return True


def not_used(item: ResolvedComponent) -> List[str]:
    """Properties, as NiFi's pages call them, that the flow sets to something else than NiFi's default, that NiFi would use,
    and that nobody has asked for since `looked_at` was emptied."""
    looked_at = set(item.looked_at)
    properties = item.definition.properties if item.definition is not None else {}
    found = []
    for name, entry in properties.items():
        canonical = item.names.asked(name)
        value = item.written(canonical)
        secret = item.secret(canonical) is not None
        changed = secret or value not in (None, "", item.names.default(canonical))
        if canonical not in looked_at and item.is_set(canonical) and changed and _shown(item, entry):
            found.append(entry.display)
    return found
