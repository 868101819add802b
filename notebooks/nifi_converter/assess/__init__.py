"""Assesses an estate of flows: what it holds, what each flow comes to, and in which order to move them.

    result = assess(["flows/", "flow.json.gz#0184-…"])

A file that cannot be read is one row with its error; the others go on. The result holds JSON values only and is the
same for the same files.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Callable, Dict, Iterator, List, Optional

from ..errors import ReadError
from ..levels import LEVELS, level_of
from ..read import DEFAULT_LIMITS, Limits, read_flow_bytes
from ..read.limits import read_bytes
from ..read.select import select_group, top_level_flows
from .flow_row import flow_row
from .sources import Source, expand

__all__ = ["Cancelled", "assess", "assess_source", "expand", "summary"]

Progress = Callable[[Dict[str, Any]], None]
VERSION = 1


class Cancelled(Exception):
    """Raised from a progress function or a signal handler to end an assessment early."""


def assess(
    names: List[str], progress: Optional[Progress] = None, limits: Limits = DEFAULT_LIMITS
) -> Dict[str, Any]:
    """`{version, flows, total, cancelled}`. `progress` is told `start`, `file` and `end` events as dictionaries.

    When it raises `Cancelled`, what has been read so far is the result.
    """
    tell = progress or (lambda event: None)
    flows: List[Dict[str, Any]] = []
    cancelled = False
    try:
        sources = expand(names)
        tell({"event": "start", "total": len(sources)})
        for index, source in enumerate(sources):
            rows = list(assess_source(source, limits))
            flows.extend(rows)
            failed = next((row["error"] for row in rows if row["error"]), None)
            tell(
                {
                    "event": "file",
                    "done": index + 1,
                    "total": len(sources),
                    "source": source.path,
                    "flows": len(rows),
                    "error": failed["message"] if failed else None,
                }
            )
    except Cancelled:
        cancelled = True
    result = {"version": VERSION, "cancelled": cancelled, "total": summary(flows), "flows": flows}
    if not cancelled:
        tell({"event": "end", "flows": len(flows), "errors": result["total"]["errors"]})
    return result


def assess_source(source: Source, limits: Limits = DEFAULT_LIMITS) -> Iterator[Dict[str, Any]]:
    """The rows of one file: one, or for an instance file one per flow in it. The file is read once."""
    name = f"{source.path}#{source.group_id}" if source.group_id else source.path
    try:
        data = read_bytes(source.path, limits)
        flow = read_flow_bytes(data, source.path, source.group_id, limits=limits)
        entries = [] if source.group_id else top_level_flows(flow, source.path)
        if all(not entry.group_id for entry in entries):
            yield flow_row(flow, name)
            return
        for entry in entries:
            yield flow_row(select_group(flow, entry.group_id, source.path), entry.source)
    except ReadError as error:
        # A folder also holds files that only look like a flow from afar.
        if not (source.found and error.reason == "not_nifi"):
            yield _error_row(name, error)


def _error_row(source: str, error: ReadError) -> Dict[str, Any]:
    return {
        "source": source,
        "name": source,
        "error": {
            "reason": error.reason,
            "message": str(error),
            "line": error.place.line,
            "column": error.place.column,
            "component": error.place.component,
        },
    }


def summary(flows: List[Dict[str, Any]]) -> Dict[str, Any]:
    """The figures of an estate from its rows."""
    read = [row for row in flows if not row["error"]]
    types: Counter = Counter()
    in_flows: Counter = Counter()
    levels: Counter = Counter()
    services: Counter = Counter()
    systems: Counter = Counter()
    by_hash: Dict[str, List[str]] = {}
    codes: Counter = Counter()
    for row in read:
        for entry in row["types"]:
            types[entry["type"]] += entry["count"]
            in_flows[entry["type"]] += 1
        levels.update(row["levels"])
        services.update({entry["type"]: entry["count"] for entry in row["services"]})
        systems.update({entry["system"]: 1 for entry in row["systems"]})
        codes.update(finding["code"] for finding in row["findings"])
        if row["canonical_hash"]:
            by_hash.setdefault(row["canonical_hash"], []).append(row["source"])
    ordered = sorted(read, key=lambda row: (row["effort"], row["processors"], row["source"]))
    return {
        "flows": len(read),
        "errors": len(flows) - len(read),
        "processors": sum(row["processors"] for row in read),
        "connections": sum(row["connections"] for row in read),
        "size": sum(row["size"] for row in read),
        "formats": dict(sorted(Counter(row["format"] for row in read).items())),
        "nifi_versions": dict(sorted(Counter(row["nifi_version"] or "unknown" for row in read).items())),
        "levels": {name: levels[name] for name in LEVELS if levels[name]},
        "planned": sum(row["planned"] for row in read),
        "types": [_type_entry(name, types[name], in_flows[name]) for name in _by_count(types)],
        "services": [{"type": name, "count": services[name]} for name in _by_count(services)],
        "systems": [{"system": name, "flows": systems[name]} for name in _by_count(systems)],
        "scripts": sum(len(row["scripts"]) for row in read),
        "script_lines": sum(script["lines"] for row in read for script in row["scripts"]),
        "findings": dict(sorted(codes.items())),
        "effort": sum(row["effort"] for row in read),
        "order": [row["source"] for row in ordered],
        "same_flow": [
            {"canonical_hash": digest, "sources": sources} for digest, sources in sorted(by_hash.items()) if len(sources) > 1
        ],
    }


def _by_count(counted: Counter) -> List[str]:
    return sorted(counted, key=lambda name: (-counted[name], name))


def _type_entry(name: str, count: int, flows: int) -> Dict[str, Any]:
    level = level_of(name)
    return {
        "type": name,
        "count": count,
        "flows": flows,
        "level": level.level,
        "planned": level.planned,
        "known": level.known,
        "target": level.target,
    }
