"""The converter's picture of a NiFi flow: plain nodes, whatever format they were read from.

`read` builds it, `resolve` completes it, everything after only reads it. Nodes keep what the file said
(`properties` as written, `raw_state`), so that a report can quote it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, Iterator, List, Optional, Tuple


@dataclass(frozen=True)
class Bundle:
    """The NAR a component comes from; empty texts where the format does not say."""

    group: str = ""
    artifact: str = ""
    version: str = ""


@dataclass
class Component:
    """What every part of a flow has. `id` is unique within its group only (formats differ), `key` within the flow."""

    id: str
    name: str
    group_id: str = ""
    comments: str = ""
    position: Tuple[float, float] = (0.0, 0.0)
    line: Optional[int] = None
    column: Optional[int] = None
    instance_id: str = ""  # the id that NiFi's user interface shows, where `id` is another (flow.json)

    @property
    def key(self) -> str:
        """`<group id>/<id>`: templates of several snippets repeat ids between groups."""
        return f"{self.group_id}/{self.id}"


@dataclass
class Schedule:
    """How NiFi triggers a processor."""

    strategy: str = "TIMER_DRIVEN"  # TIMER_DRIVEN, CRON_DRIVEN, EVENT_DRIVEN, PRIMARY_NODE_ONLY
    period: str = "0 sec"
    concurrent_tasks: int = 1
    run_duration_ms: int = 0
    execution_node: str = "ALL"
    penalty: str = "30 sec"
    yield_period: str = "1 sec"


@dataclass
class Retry:
    """Framework-level retry of relationships (NiFi >= 1.16)."""

    count: int = 10
    relationships: Tuple[str, ...] = ()
    backoff: str = "PENALIZE_FLOWFILE"
    max_backoff: str = "10 mins"


@dataclass
class Processor(Component):
    """A processor. `properties` holds only what the file says: None where the file names the key without a value."""

    type: str = ""  # full class name
    bundle: Bundle = field(default_factory=Bundle)
    properties: Dict[str, Optional[str]] = field(default_factory=dict)
    sensitive: Tuple[str, ...] = ()  # property names the file itself marks as sensitive
    auto_terminated: Tuple[str, ...] = ()
    relationships: Tuple[str, ...] = ()  # as far as the file lists them
    schedule: Schedule = field(default_factory=Schedule)
    retry: Retry = field(default_factory=Retry)
    raw_state: str = ""  # RUNNING, STOPPED, DISABLED, ENABLED; empty where unknown
    annotation_data: str = ""  # UpdateAttribute's advanced rules and the like
    bulletin_level: str = "WARN"

    @property
    def short_type(self) -> str:
        return self.type.rsplit(".", 1)[-1]

    @property
    def disabled(self) -> bool:
        return self.raw_state == "DISABLED"


@dataclass
class ControllerService(Component):
    """A controller service, at any level; `external` where the file only refers to it."""

    type: str = ""
    bundle: Bundle = field(default_factory=Bundle)
    properties: Dict[str, Optional[str]] = field(default_factory=dict)
    sensitive: Tuple[str, ...] = ()
    raw_state: str = ""
    annotation_data: str = ""
    external: bool = False
    parameter_context: str = ""  # of the group it stands in, where that group is not part of the flow (inherited)

    @property
    def short_type(self) -> str:
        return self.type.rsplit(".", 1)[-1]


@dataclass
class Port(Component):
    """An input or output port of a group, or of a remote group (`remote_group_id` set)."""

    kind: str = "INPUT"  # INPUT, OUTPUT
    remote_group_id: str = ""
    raw_state: str = ""


@dataclass
class Funnel(Component):
    pass


@dataclass
class Label(Component):
    """A note on the canvas: kept, since it documents the flow. The text is `name`."""


@dataclass
class RemoteGroup(Component):
    """Another NiFi that flow files are sent to or fetched from. Its ports' `group_id` is this group's id."""

    target_uris: str = ""
    transport: str = ""
    ports: List[Port] = field(default_factory=list)


@dataclass(frozen=True)
class End:
    """One end of a connection."""

    id: str
    group_id: str
    kind: str  # PROCESSOR, INPUT_PORT, OUTPUT_PORT, FUNNEL, REMOTE_INPUT_PORT, REMOTE_OUTPUT_PORT
    name: str = field(default="", compare=False)  # as the connection says it, where the format does

    @property
    def key(self) -> str:
        return f"{self.group_id}/{self.id}"


@dataclass
class Connection(Component):
    source: End = End("", "", "PROCESSOR")
    destination: End = End("", "", "PROCESSOR")
    relationships: Tuple[str, ...] = ()  # empty for ports and funnels
    back_pressure_objects: Optional[int] = None
    back_pressure_size: str = ""
    expiration: str = "0 sec"
    prioritizers: Tuple[str, ...] = ()
    load_balance: str = "DO_NOT_LOAD_BALANCE"


@dataclass
class Parameter:
    name: str
    value: Optional[str]  # None: not set, or sensitive and left out by the file
    sensitive: bool = False
    description: str = ""
    provided: bool = False


@dataclass
class ParameterContext:
    name: str
    id: str = ""
    parameters: Dict[str, Parameter] = field(default_factory=dict)
    inherits: Tuple[str, ...] = ()  # names of other contexts, the first wins


@dataclass
class ProcessGroup(Component):
    """A group and all that stands in it; `groups` nest without limit."""

    processors: List[Processor] = field(default_factory=list)
    services: List[ControllerService] = field(default_factory=list)
    connections: List[Connection] = field(default_factory=list)
    input_ports: List[Port] = field(default_factory=list)
    output_ports: List[Port] = field(default_factory=list)
    funnels: List[Funnel] = field(default_factory=list)
    labels: List[Label] = field(default_factory=list)
    remote_groups: List[RemoteGroup] = field(default_factory=list)
    groups: List["ProcessGroup"] = field(default_factory=list)
    variables: Dict[str, str] = field(default_factory=dict)
    parameter_context: str = ""  # name of the context, empty: none
    flow_file_concurrency: str = "UNBOUNDED"
    version_control: Dict[str, str] = field(default_factory=dict)
    outside: bool = False  # its contents are not in this flow (another flow, a registry): only ports, as ends

    def walk(self) -> Iterator["ProcessGroup"]:
        """This group and all below it, parents first, without recursion (groups nest without limit)."""
        stack = [self]
        while stack:
            group = stack.pop()
            yield group
            stack.extend(reversed(group.groups))


@dataclass
class Flow:
    """One flow: what one attempt converts.

    `root` is the file's top group, or with `FILE#GROUP_ID` a group that holds just that one. Parameter contexts,
    variables and services that the chosen group inherits come with it (`inherited_*`, nearest last).
    """

    name: str
    source_name: str  # file name, without folders
    format: str  # template-xml, flow-xml, flow-definition-json, registry-snapshot-json, flow-json
    root: ProcessGroup
    nifi_version: str = ""  # "" where the file does not say
    encoding_version: str = ""
    sha256: str = ""  # of the file's bytes as they are (compressed where it is .gz)
    size: int = 0  # bytes of the same
    group_id: str = ""  # set when one group was selected
    parameter_contexts: Dict[str, ParameterContext] = field(default_factory=dict)
    inherited_services: List[ControllerService] = field(default_factory=list)
    inherited_variables: Dict[str, str] = field(default_factory=dict)
    notes: List[str] = field(default_factory=list)  # what the reader had to leave open, in words

    @property
    def leaves_secrets_out(self) -> bool:
        """Whether the format never holds sensitive values, so that one that is missing may well be set in NiFi."""
        return self.format in ("template-xml", "flow-definition-json", "registry-snapshot-json")

    def groups(self) -> Iterator[ProcessGroup]:
        return self.root.walk()

    def processors(self) -> Iterator[Processor]:
        for group in self.groups():
            yield from group.processors

    def connections(self) -> Iterator[Connection]:
        for group in self.groups():
            yield from group.connections

    def services(self) -> Iterator[ControllerService]:
        yield from self.inherited_services
        for group in self.groups():
            yield from group.services
