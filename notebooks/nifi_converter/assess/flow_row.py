"""One flow's row in an assessment."""

from __future__ import annotations

import hashlib
from collections import Counter
from typing import Any, Dict, List, Optional

from ..levels import ASSISTED, CONVERTED, MANUAL, level_of
from ..model import Flow
from ..resolve import ResolvedComponent, resolve
from .findings import findings, group_paths
from .fingerprint import canonical_hash
from .systems import external_systems

# Effort in points, a sum to order flows by, not hours: what a person still has to look at, fill in or rethink.
POINTS = {CONVERTED: 1, ASSISTED: 5, MANUAL: 12, "not_needed": 0}
POINTS_PER_SYSTEM = 3  # access, credentials, a test
POINTS_PER_20_SCRIPT_LINES = 1
_BODIES = ("Script Body", "groovyx-script-body")
_FILES = ("Script File", "groovyx-script-file")
_PROGRAMS = {"ExecuteStreamCommand": "Command Path", "ExecuteProcess": "Command"}


def flow_row(flow: Flow, source: str) -> Dict[str, Any]:
    """The row of a flow that was read; JSON values only, the same for the same flow."""
    resolved = resolve(flow)
    processors = list(flow.processors())
    paths = group_paths(resolved)
    types = Counter(p.type for p in processors)
    levels: Counter = Counter()
    planned = 0
    for name, count in types.items():
        level = level_of(name)
        levels[level.level] += count
        planned += count if level.planned else 0
    scripts = _scripts(resolved, paths)
    systems = external_systems(resolved)
    return {
        "source": source,
        "name": flow.name,
        "format": flow.format,
        "nifi_version": flow.nifi_version,
        "encoding_version": flow.encoding_version,
        "group_id": flow.group_id,
        "sha256": flow.sha256,
        "canonical_hash": canonical_hash(resolved),
        "size": flow.size,
        "processors": len(processors),
        "disabled": sum(1 for p in processors if p.disabled),
        "connections": sum(len(g.connections) for g in flow.groups()),
        "groups": sum(1 for g in flow.groups() if not g.outside) - 1,
        "remote_groups": sum(len(g.remote_groups) for g in flow.groups()),
        "levels": {name: levels[name] for name in POINTS if levels[name]},
        "planned": planned,
        "types": [
            {"type": name, "count": types[name], **_level_fields(name)}
            for name in sorted(types, key=lambda n: (-types[n], n))
        ],
        "services": _counts(s.type or "external" for s in flow.services()),
        "scripts": scripts,
        "systems": systems,
        "schedules": _schedules(flow),
        "parameters": len({n for c in flow.parameter_contexts.values() for n in c.parameters}),
        "effort": effort(levels, len(systems), sum(s["lines"] for s in scripts)),
        "notes": list(flow.notes),
        "findings": findings(resolved),
        "error": None,
    }


def effort(levels: Dict[str, int], systems: int, script_lines: int) -> int:
    """Points: see POINTS."""
    points = sum(POINTS[name] * count for name, count in levels.items())
    return points + POINTS_PER_SYSTEM * systems + POINTS_PER_20_SCRIPT_LINES * (script_lines // 20)


def _level_fields(type_name: str) -> Dict[str, Any]:
    level = level_of(type_name)
    return {"level": level.level, "planned": level.planned, "target": level.target}


def _counts(names: Any) -> List[Dict[str, Any]]:
    counted = Counter(names)
    return [{"type": n, "count": counted[n]} for n in sorted(counted, key=lambda n: (-counted[n], n))]


def _schedules(flow: Flow) -> Dict[str, Any]:
    """Strategies over all processors, and how the sources (nothing flows into them) are triggered."""
    fed = {c.destination.key for c in flow.connections() if c.source.key != c.destination.key}
    sources = [
        {"name": p.name, "type": p.type, "strategy": p.schedule.strategy, "period": p.schedule.period}
        for p in flow.processors()
        if p.key not in fed and not p.disabled
    ]
    strategies = Counter(p.schedule.strategy for p in flow.processors())
    return {"strategies": dict(sorted(strategies.items())), "sources": sources}


def _scripts(resolved: Any, paths: Dict[str, str]) -> List[Dict[str, Any]]:
    found = []
    for item in list(resolved.processors()) + list(resolved.services()):
        script = _script(item)
        if script is not None:
            script["name"] = item.name
            script["type"] = item.type
            script["group"] = paths.get(item.component.group_id, "")
            found.append(script)
    return found


def _script(item: ResolvedComponent) -> Optional[Dict[str, Any]]:
    program = _PROGRAMS.get(item.short_type)
    if program is not None:
        return {"engine": "program", "lines": 0, "sha256": "", "file": item.get(program) or ""}
    if "Script" not in item.short_type:
        return None
    body = next((b for b in (item.get(name) for name in _BODIES) if b), "")
    file = next((f for f in (item.get(name) for name in _FILES) if f), "")
    engine = item.get("Script Engine") or ("Groovy" if "Groovy" in item.short_type else "")
    digest = hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest() if body else ""
    return {"engine": engine, "lines": len(body.splitlines()), "sha256": digest, "file": file}
