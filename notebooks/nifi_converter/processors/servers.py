"""Servers outside that several processors of a flow share, each with one name and one setting over all notebooks: a job's
parameter is the same for all its tasks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Dict, FrozenSet, Iterable, Tuple

from .code import identifier

# What writes to a database, or only asks for a table's columns in order to.
_WRITERS = ("PutSQL", "PutDatabaseRecord", "ConvertJSONToSQL")
_URL = "Database Connection URL"
_LOCAL = re.compile(r"(?i)(?<![\w.-])(localhost|127\.\d+\.\d+\.\d+|0\.0\.0\.0|\[?::1\]?|host\.docker\.internal)(?![\w.-])")


@dataclass(frozen=True)
class Servers:
    """`pools`: key of a connection pool -> its variable; `read`: keys of the pools that rows come from; `clusters`: Kafka's
    bootstrap servers, in order and without blanks -> the widget that names them."""

    pools: Dict[str, str] = field(default_factory=dict)
    read: FrozenSet[str] = frozenset()
    clusters: Dict[str, str] = field(default_factory=dict)


def servers_of(flow: Any, taken: Iterable[str] = ()) -> Servers:
    """The servers of a resolved flow. A pool that something reads stays the old database everywhere, so that one URL is
    right for all who use the pool. `taken`: names that variables of the notebooks have."""
    processors = [p for p in flow.processors() if not p.component.disabled]
    services = list(flow.services())
    pools = [s for s in services if s.names.asked(_URL) in s.property_names()]
    known = {s.key for s in pools}
    read = frozenset(s.key for item in (*(p for p in processors if p.short_type not in _WRITERS), *services)
                     for s in _services(item) if s.key in known)
    clusters = (cluster(brokers_of(p)) for p in processors if "Kafka" in p.short_type)
    return Servers(_names(((s.key, (s.get(_URL), s.get("Database User")), identifier(s.name, "database")) for s in pools), set(taken)), read,
                   _names(((text, text, "kafka_brokers") for text in clusters), set()))


def _names(wanted: Iterable[Tuple[str, Any, str]], taken: set) -> Dict[str, str]:
    """key -> name: what is the same server has one name, others of that name a number behind it."""
    found: Dict[str, str] = {}
    same: Dict[Tuple[str, Any], str] = {}
    for key, server, name in wanted:
        if (name, server) not in same:
            number = 1 + sum(known == name for known, _ in same)
            free = name if number == 1 and name not in taken else f"{name}_{number}"
            while free in taken:
                number += 1
                free = f"{name}_{number}"
            same[name, server] = free
            taken.add(free)
        found[key] = same[name, server]
    return found


def _services(item: Any) -> Iterable[Any]:
    for name in item.property_names():
        if name in item.names.properties and item.names.properties[name].service:
            service = item.service(name)
            if service is not None:
                yield service


def brokers_of(item: Any) -> str:
    """Kafka's bootstrap servers as a processor, or the connection service that it names, has them."""
    service = item.service("Kafka Connection Service")
    return item.get("bootstrap.servers") or item.get("Known Brokers") or (service.get("bootstrap.servers") if service else "") or ""


def cluster(brokers: str) -> str:
    """Brokers in an order of their own: the same cluster however it was written."""
    return ",".join(sorted(b for b in re.split(r"[\s,]+", brokers) if b))


def is_local(address: str) -> bool:
    """Whether an address means NiFi's own host, which is another machine on Databricks."""
    return bool(_LOCAL.search(address))
