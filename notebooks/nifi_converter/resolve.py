"""Completes a flow: property names, defaults, parameters, variables, services. Drops nothing, changes no node.

    resolved = resolve(read_flow("flow.json.gz#0184-…"))
    for processor in resolved.processors():
        processor.get("Regular Expression")   value, parameters put in; the default where the file is silent
        processor.service("record-reader")    the ResolvedService that the property names, or None

A property is asked for by its **canonical name, its key in NiFi 1.28** (`record-reader`); the key of 2.x
(`Record Reader`) and the display name mean the same. Types that NiFi 1.28 and 2.x do not know are asked by the keys
of the file. A `ResolvedProcessor` (`ResolvedService` is alike) gives:

    component     the node of the model        definition    its catalogue.ComponentType, or None
    get(name)     value to use as plain text: `#{p}` outside of `${…}` replaced, `##{p}` unescaped; where only
                  variables can be meant (scope without flow files), `${variable}` replaced too. None: not set,
                  no default, or sensitive
    written(name) what the file says (or the default), `#{p}` and all: put this to
                  `expression_language.parse_value` together with `parameter_values`, and make widgets of it
    is_set(name)  the file gives a value of its own
    dynamic       user-added properties in the file's order, {key: get-value}; `dynamic_written` as written
    unknown       keys that the type does not have and that users cannot add (NiFi calls it invalid), as written
    raw           the file's own {key: value}
    secret(name)  a `Secret` where the value is sensitive and set, else None: emit dbutils.secrets.get(scope, key)
    service(name) the controller service, found by id, nearest group first
    parameters_in(name)  names of the parameters that the value refers to
    parameters    {name: model.Parameter} in reach      parameter_values  {name: text} without sensitive ones
    variables     {name: text} in reach, nearest group wins; EL falls back to them after attributes
    relationships all names in the flow's own line of NiFi and those that the file lists; not those that user-added
                  properties make (RouteOnAttribute's)
    faults        what is wrong with it, as `Fault`

Sensitive values (marked by the file, by NiFi, or `enc{…}`) are given out by none of these but `raw` and `component`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Dict, Iterable, Iterator, List, Optional, Set, Tuple, Union

from .catalogue import ComponentType
from .identifiers import words
from .model import ControllerService, Flow, Parameter, ProcessGroup, Processor
from .parameters import effective_parameters, references, substitute
from .property_names import PropertyNames, property_names

_VARIABLE = re.compile(r"\$\{\s*([A-Za-z_][\w.-]*)\s*\}")
_VARIABLE_SCOPES = ("VARIABLE_REGISTRY", "ENVIRONMENT")
SECRET_NAME = re.compile(
    r"(?i)passw(or)?d|passphrase|secret|private[ _-]?key|api[ _-]?key|access[ _-]?token|sas[ _-]?token"
)


def secret_by_name(name: str, text: Optional[str]) -> bool:
    """Whether a text that NiFi does not guard (a variable, a parameter, a property that a person added) is a credential by
    its name, so that no output may hold it."""
    plain = (text or "").strip()
    return bool(SECRET_NAME.search(name)) and len(plain) >= 4 and not re.search(r"[$#]\{", plain) and plain.lower() not in ("true", "false")


@dataclass(frozen=True)
class Fault:
    """Something wrong with a component's configuration. `code` is stable, `message` is for people."""

    code: str  # unknown_property, missing_parameter, missing_service, service_out_of_scope, not_allowed, required
    message: str
    property: str = ""


@dataclass(frozen=True)
class Secret:
    """A sensitive value. `key` is a proposal for its name in a Databricks secret scope."""

    key: str
    origin: str  # parameter, encrypted, clear_text, left_out


@dataclass
class Scope:
    """What a group's components see."""

    group: ProcessGroup
    parent: Optional["Scope"]
    own_variables: Dict[str, str]
    parameters: Dict[str, Parameter]
    services: Dict[str, ControllerService]

    @property
    def variables(self) -> Dict[str, str]:
        """The group's and those above it, the nearest wins. Made when asked for: groups nest without limit."""
        layers = []
        scope: Optional[Scope] = self
        while scope is not None:
            if scope.own_variables:
                layers.append(scope.own_variables)
            scope = scope.parent
        merged: Dict[str, str] = {}
        for layer in reversed(layers):
            merged.update(layer)
        return merged


class ResolvedComponent:
    """See the module's documentation."""

    def __init__(self, flow: "ResolvedFlow", component: Union[Processor, ControllerService], scope: Scope):
        self.component = component
        self._flow = flow
        self.scope = scope
        version = component.bundle.version if component.bundle.group == "org.apache.nifi" else ""
        self.names: PropertyNames = property_names(component.type, version or flow.flow.nifi_version)
        self.raw: Dict[str, Optional[str]] = component.properties
        self._set: Dict[str, Optional[str]] = {}
        self._keys: Dict[str, str] = {}  # canonical -> the file's key
        self._sensitive: Dict[str, bool] = {}  # asked often, and always the same
        self.looked_at: Set[str] = set()  # canonical names of the properties that somebody has asked for
        self.dynamic_written: Dict[str, Optional[str]] = {}
        self.unknown: Dict[str, Optional[str]] = {}
        definition = self.names.definition
        for key, value in self.raw.items():
            canonical = self.names.canonical(key)
            if canonical is not None:
                if self._set.get(canonical) is None:
                    self._set[canonical] = value
                    self._keys[canonical] = key
            elif definition is None:
                self._set[key] = value
                self._keys[key] = key
            elif definition.dynamic:
                self.dynamic_written[key] = value
            else:
                self.unknown[key] = value

    @property
    def id(self) -> str:
        return self.component.id

    @property
    def name(self) -> str:
        return self.component.name

    @property
    def key(self) -> str:
        return self.component.key

    @property
    def type(self) -> str:
        return self.component.type

    @property
    def short_type(self) -> str:
        return self.component.short_type

    @property
    def definition(self) -> Optional[ComponentType]:
        return self.names.definition

    @property
    def parameters(self) -> Dict[str, Parameter]:
        return self.scope.parameters

    @property
    def parameter_values(self) -> Dict[str, str]:
        return {name: p.value for name, p in self.parameters.items() if not p.sensitive and p.value is not None}

    @property
    def variables(self) -> Dict[str, str]:
        return self.scope.variables

    def property_names(self) -> Tuple[str, ...]:
        """All canonical names: NiFi's in its order, then others that the file sets."""
        known = self.names.all()
        return known + tuple(name for name in self._set if name not in known)

    def is_set(self, name: str) -> bool:
        return self._value_of(name) is not None

    def key_in_file(self, name: str) -> str:
        """The key as the file says it; the canonical name where the file is silent."""
        canonical = self.names.asked(name)
        return self._keys.get(canonical, canonical)

    def is_sensitive(self, name: str) -> bool:
        """Whether the file, NiFi, or for types that NiFi does not know the name says that it is a secret."""
        found = self._sensitive.get(name)
        if found is None:
            found = self._sensitive[name] = self._is_sensitive(name)
        return found

    def _is_sensitive(self, name: str) -> bool:
        canonical = self.names.asked(name)
        keys = {name, canonical, self._keys.get(canonical, canonical)}
        if keys & set(self.component.sensitive):
            return True
        entry = self.names.properties.get(canonical)
        value = self._found(name) or ""
        if value.startswith("enc{") and value.endswith("}"):
            return True
        if entry is not None:
            return entry.sensitive
        # Of a type that NiFi does not know only the property's name can tell.
        return self.definition is None and bool(SECRET_NAME.search(name)) and "${" not in value and "#{" not in value

    def written(self, name: str) -> Optional[str]:
        value = self._value_of(name)
        if value is None:
            value = self.names.default(self.names.asked(name))
        if value is not None and self.is_sensitive(name):
            return value if _only_reference(value) else None
        return value

    def get(self, name: str, default: Optional[str] = None) -> Optional[str]:
        value = self.written(name)
        if value is None or self.is_sensitive(name):
            return default
        value = substitute(value, self._parameter)
        entry = self.names.properties.get(self.names.asked(name))
        if entry is not None and entry.el in _VARIABLE_SCOPES and "${" in value:
            variables = self.variables
            value = _VARIABLE.sub(lambda m: variables.get(m.group(1), m.group(0)), value)
        return value

    def flag(self, name: str) -> bool:
        """A true/false property."""
        return (self.get(name) or "").strip().lower() == "true"

    @property
    def dynamic(self) -> Dict[str, Optional[str]]:
        return {name: self.get(name) for name in self.dynamic_written}

    def secret(self, name: str, wanted: bool = False) -> Optional[Secret]:
        """`wanted`: there must be one (a user is given), so that one that an export leaves out is a secret too."""
        value = self._value_of(name)
        if not self.is_sensitive(name):
            return None
        if value is None:
            marked = {name, self.names.asked(name), self.key_in_file(name)} & set(self.raw)
            return Secret(self._secret_key(name), "left_out") if marked or wanted and self._flow.flow.leaves_secrets_out else None
        reference = _only_reference(value)
        if reference:
            return Secret(slug(reference), "parameter")
        if value.startswith("enc{") and value.endswith("}"):
            return Secret(self._secret_key(name), "encrypted")
        return Secret(self._secret_key(name), "clear_text") if value else None

    def service(self, name: str) -> Optional["ResolvedService"]:
        value = self.get(name)
        return self._flow.service(value, self.scope) if value else None

    def parameters_in(self, name: str) -> Tuple[str, ...]:
        value = self.written(name) or ""
        return tuple(dict.fromkeys(r.name for r in references(value) if not r.escaped))

    @property
    def faults(self) -> List[Fault]:
        from .faults import faults_of

        return faults_of(self)

    def _value_of(self, name: str) -> Optional[str]:
        self.looked_at.add(self.names.asked(name))
        return self._found(name)

    def _found(self, name: str) -> Optional[str]:
        if name in self.dynamic_written:
            return self.dynamic_written[name]
        found = self._set.get(self.names.asked(name))
        return found if found is not None else self.unknown.get(name)

    def _parameter(self, name: str) -> Optional[str]:
        parameter = self.parameters.get(name)
        return None if parameter is None or parameter.sensitive else parameter.value

    def _secret_key(self, name: str) -> str:
        named = slug(f"{self.component.name or self.short_type}-{name}")
        return f"{named}-{slug(self.id)[:4]}" if self._flow.is_shared(self.component.name or self.short_type) else named


class ResolvedService(ResolvedComponent):
    """A controller service; `external` ones have a name but no properties."""

    component: ControllerService

    @property
    def external(self) -> bool:
        return self.component.external


class ResolvedProcessor(ResolvedComponent):
    """A processor."""

    component: Processor

    @property
    def group(self) -> ProcessGroup:
        return self.scope.group

    @property
    def relationships(self) -> Tuple[str, ...]:
        """NiFi's own relationships, else those that the file lists."""
        own = self.definition.relationships if self.definition is not None else ()
        return tuple(dict.fromkeys(own + self.component.relationships + self.component.auto_terminated))


class ResolvedFlow:
    """A flow with its components resolved, in the flow's order."""

    def __init__(self, flow: Flow):
        self.flow = flow
        self.scopes: Dict[str, Scope] = {}
        self._processors: Dict[str, ResolvedProcessor] = {}
        self._services: Dict[str, ResolvedService] = {}
        self._by_id: Dict[str, ControllerService] = {}
        self._counts: Dict[str, int] = {}  # slug of a component's name -> how many have it
        outer = Scope(
            ProcessGroup(id="", name=""),
            None,
            dict(flow.inherited_variables),
            {},
            _by_ids(flow.inherited_services),
        )
        contexts: Dict[str, Dict[str, Parameter]] = {"": {}}
        # An inherited service sees the parameters of its own group, which is not part of the flow.
        self._inherited: Dict[int, Scope] = {}
        for service in flow.inherited_services:
            name = service.parameter_context
            if name not in contexts:
                contexts[name] = effective_parameters(flow.parameter_contexts, name)
            self._inherited[id(service)] = replace(outer, parameters=contexts[name])
        waiting: List[Tuple[ProcessGroup, Scope]] = [(flow.root, outer)]
        while waiting:
            group, parent = waiting.pop()
            name = group.parameter_context
            if name not in contexts:
                contexts[name] = effective_parameters(flow.parameter_contexts, name)
            scope = Scope(group, parent, group.variables, contexts[name], _by_ids(group.services))
            self.scopes[group.id] = scope
            waiting.extend((child, scope) for child in group.groups)
        for identifier, service in _by_ids(flow.services()).items():
            self._by_id.setdefault(identifier, service)

    def is_shared(self, name: str) -> bool:
        """Whether several components have this name, or names that a secret's key cannot tell apart."""
        if not self._counts:
            for component in (*self.flow.processors(), *self.flow.services()):
                key = slug(component.name or component.short_type)
                self._counts[key] = self._counts.get(key, 0) + 1
        return self._counts.get(slug(name), 0) > 1

    def processors(self) -> Iterator[ResolvedProcessor]:
        """All processors, groups in the flow's order."""
        for processor in self.flow.processors():
            yield self.processor(processor.key)

    def processor(self, key: str) -> ResolvedProcessor:
        """By `Processor.key`. Raises KeyError."""
        if not self._processors:
            for group in self.flow.groups():
                for node in group.processors:
                    self._processors[node.key] = ResolvedProcessor(self, node, self.scopes[group.id])
        return self._processors[key]

    def services(self) -> Iterator[ResolvedService]:
        """All services, inherited ones first."""
        for service in self.flow.services():
            yield self._resolved(service)

    def service(self, identifier: str, scope: Optional[Scope] = None) -> Optional[ResolvedService]:
        """A service by id: in the scope's group, then above it, then anywhere (templates keep some out of scope)."""
        found = self.service_in_scope(identifier, scope) or self._by_id.get(identifier)
        return None if found is None else self._resolved(found)

    @staticmethod
    def service_in_scope(identifier: str, scope: Optional[Scope]) -> Optional[ControllerService]:
        while scope is not None:
            if identifier in scope.services:
                return scope.services[identifier]
            scope = scope.parent
        return None

    def _resolved(self, service: ControllerService) -> ResolvedService:
        if service.key not in self._services:
            scope = self._inherited.get(id(service)) or self.scopes[service.group_id]
            self._services[service.key] = ResolvedService(self, service, scope)
        return self._services[service.key]


def resolve(flow: Flow) -> ResolvedFlow:
    """The flow with all that its components mean. Cheap: each component is worked out when it is asked for."""
    return ResolvedFlow(flow)


def _by_ids(services: Iterable[ControllerService]) -> Dict[str, ControllerService]:
    """By id; `flow.json` refers to services by the id that NiFi's user interface shows, so by that as well."""
    found: Dict[str, ControllerService] = {}
    for service in services:
        for identifier in (service.id, service.instance_id):
            if identifier:
                found.setdefault(identifier, service)
    return found


def slug(text: str) -> str:
    """Lower-case letters, digits and hyphens: allowed in secret keys and file names."""
    return "-".join(words(text))[:100].strip("-") or "value"


def _only_reference(value: str) -> str:
    found = [r for r in references(value.strip()) if not r.escaped]
    return found[0].name if len(found) == 1 and found[0].start == 0 and found[0].end == len(value.strip()) else ""
