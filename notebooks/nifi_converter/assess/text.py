"""An assessment as plain text for a terminal."""

from __future__ import annotations

from typing import Any, Dict, List

from ..levels import LEVELS

_TOP = 15


def as_text(result: Dict[str, Any]) -> str:
    """The estate in about a page, then a line for each flow, easiest first, then what could not be read."""
    total = result["total"]
    by_source = {row["source"]: row for row in result["flows"]}
    lines: List[str] = []
    if result["cancelled"]:
        lines.append("Cancelled: these are the files read until then.\n")
    lines.append(
        f"{total['flows']} flows, {total['processors']} processors, {total['connections']} connections, "
        f"{total['scripts']} scripts; {total['errors']} could not be read"
    )
    lines.append("Formats: " + _pairs(total["formats"]) + "    NiFi: " + _pairs(total["nifi_versions"]))
    share = {name: f"{count} ({_percent(count, total['processors'])})" for name, count in total["levels"].items()}
    lines.append("Expected levels: " + _pairs(share) + f"; of these {total['planned']} planned, not built yet")
    if total["systems"]:
        lines.append("Talks to: " + ", ".join(f"{s['system']} ({s['flows']})" for s in total["systems"]))
    if total["types"]:
        lines.append("\nProcessor types by count:")
        for entry in total["types"][:_TOP]:
            planned = "planned " if entry["planned"] else ""
            name = entry["type"].rpartition(".")[2]
            lines.append(f"{entry['count']:>6}  {name:<28} {planned + entry['level']:<18} {entry['target']}")
        if len(total["types"]) > _TOP:
            lines.append(f"        and {len(total['types']) - _TOP} more types")
    if total["order"]:
        lines.append("\nFlows by effort, easiest first (points, processors, " + ", ".join(LEVELS) + "):")
        for source in total["order"]:
            row = by_source[source]
            levels = "/".join(str(row["levels"].get(name, 0)) for name in LEVELS)
            lines.append(f"{row['effort']:>6} {row['processors']:>5}  {levels:<14} {row['name']}  [{source}]")
    if total["same_flow"]:
        lines.append("\nThe same flow in several places:")
        for entry in total["same_flow"]:
            lines.append(f"  {entry['canonical_hash'][:12]}  " + "\n                ".join(entry["sources"]))
    if total["findings"]:
        lines.append("\nFindings: " + _pairs(total["findings"]))
    failed = [row for row in result["flows"] if row["error"]]
    if failed:
        lines.append("\nNot read:")
        lines.extend(f"  {row['error']['message']}" for row in failed)
    return "\n".join(lines)


def _pairs(values: Dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "0 %"
