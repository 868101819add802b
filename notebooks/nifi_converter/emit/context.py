"""What the emitter of one conversion shares over its notebooks: names, settings, outcomes, gaps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Dict, FrozenSet, List, Optional, Tuple

from ..planning import Node, Plan
from ..processors import Gap, Widget
from ..processors.code import identifier
from ..processors.servers import Servers
from .naming import frame_names


@dataclass
class Settings:
    """Settings of a conversion. `catalog`, `schema` and `volume` are only defaults of widgets and bundle variables."""

    catalog: str = "main"
    schema: str = ""
    volume: str = ""
    on_manual: str = "fail"


@dataclass
class Outcome:
    """What became of one processor: a line of the report."""

    node: Node
    level: str
    how: str
    carrier: str = ""
    notebook: str = ""
    cell: int = 0
    gaps: List[str] = field(default_factory=list)
    look_at: List[str] = field(default_factory=list)
    outside: str = ""
    not_used: List[str] = field(default_factory=list)  # properties that the flow sets and the conversion has not looked at
    fault: str = ""  # a fault of the converter itself, kept apart from what the flow cannot do


@dataclass
class ConnectionOutcome:
    carrier: str
    note: str = ""


class Context:
    def __init__(self, plan: Plan, resolved: Callable[[Any], Any], relationships: Callable[[Any], Tuple[str, ...]],
                 settings: Settings, reference_names: Optional[Dict[str, str]] = None):
        self.plan = plan
        self.flow = plan.flow
        self.settings = settings
        self.resolved = resolved
        self.relationships_of = relationships
        self.names = frame_names(plan.graph.nodes.values())
        self.flow_name = plan.flow.name or plan.flow.source_name
        self.slug = identifier(self.flow_name, "flow")
        self.outcomes: Dict[str, Outcome] = {}
        self.connections: Dict[str, ConnectionOutcome] = {}
        self.gaps: List[Gap] = []
        self.widgets: Dict[str, Widget] = {}
        self.widgets_of: Dict[str, List[str]] = {}  # part -> names of its notebook's widgets
        self.secrets: Dict[str, str] = {}  # secret key -> what it is for
        self.hidden_texts: List[str] = []  # credentials in clear text: no output may hold them
        self.samples: Dict[str, Tuple[str, bytes]] = {}  # node -> a file that the check puts into the folder it watches
        self.reads: Dict[str, List[str]] = {}  # place -> parts that read it
        self.writes: Dict[str, List[str]] = {}
        self.look_at: List[str] = []
        self.attribute_names: FrozenSet[str] = frozenset()
        self.servers = Servers()
        self.unset: Dict[str, List[str]] = {}  # processor key -> required properties without a value
        self.doubts: Dict[str, List[str]] = {}  # processor key -> faults of the flow, whatever its handler says
        self.schema = settings.schema or self.slug
        self.volume = settings.volume or f"/Volumes/{settings.catalog}/{self.schema}/files"

    def connect_parts(self) -> None:
        """Parts that meet in a folder or topic: who reads it depends on who writes it, as long as that makes no circle."""
        by_name = {part.name: part for part in self.plan.parts}

        def reaches(start: str, goal: str) -> bool:
            walk, seen = [start], set()
            while walk:
                name = walk.pop()
                if name == goal:
                    return True
                if name not in seen:
                    seen.add(name)
                    walk.extend(by_name[name].depends_on)
            return False

        for place in sorted(self.reads):
            for reader in self.reads[place]:
                for writer in self.writes.get(place, []):
                    if writer != reader and writer not in by_name[reader].depends_on and not reaches(writer, reader):
                        by_name[reader].depends_on.append(writer)

    def add_gaps(self, gaps: List[Gap]) -> None:
        known = {g.function for g in self.gaps}
        self.gaps += [g for g in gaps if g.function not in known]
