"""Registers the flows of a volume in the flows' table: what the extension's "Populate Flows" does, on a cluster.

The notebook `populate_flows_from_volume.py` is only a door to `populate`, so that this can be tested without a cluster.
Ids, names and servers are those that the extension makes of the same files: whichever comes second changes nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
import posixpath
import random
import re
import time
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, Callable, Dict, List, Optional, Tuple

from .assess.sources import starts_like_nifi
from .delta import is_conflict
from .errors import ConverterError, ReadError
from .model import Flow
from .read import DEFAULT_LIMITS, read_flow_bytes
from .read.limits import read_bytes
from .read.select import top_level_flows

FILES_AT_A_TIME = 4  # a volume answers slowly, and parsing takes memory
ROWS_PER_STATEMENT = 1000
TRIES = 8
_ENDINGS = re.compile(r"(\.(xml|json|gz|snapshot|flow))+\Z", re.I | re.A)
_STEM_ENDINGS = re.compile(r"(\.(xml|json|gz|snapshot))+\Z", re.I | re.A)
_MAY_MATTER = re.compile(r"\.(xml|json|snapshot|gz|flow)\Z", re.I | re.A)
_FLOW_NAMES = re.compile(r"\Aflow\.(xml|json)(\.gz)?\Z|\.snapshot\Z", re.I | re.A)
_VOLUME = re.compile(r"/Volumes/[^/]+/[^/]+/[^/]+")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_FORMATS = {
    "template-xml": "NiFi template",
    "flow-definition-json": "NiFi flow definition",
    "registry-snapshot-json": "NiFi Registry snapshot",
    "flow-xml": "NiFi instance (flow.xml)",
    "flow-json": "NiFi instance (flow.json)",
}
_NEEDED = ("flow_id", "flow_name", "server", "nifi_xml_path", "description", "status", "total_attempts")
_OF_A_ROW = ("flow_id", "flow_name", "server", "nifi_xml_path", "description")


@dataclass(frozen=True)
class FoundFlow:
    """A row as a scan would write it."""

    flow_id: str
    flow_name: str
    server: str
    nifi_xml_path: str  # with #group id where the flow is one group of an instance file
    description: str


@dataclass
class Scan:
    flows: List[FoundFlow] = field(default_factory=list)
    problems: List[Tuple[str, str]] = field(default_factory=list)  # (path, what is wrong with it)
    files: int = 0


@dataclass
class Plan:
    """What a scan changes in the table: ids by what becomes of them, and the rows to write."""

    added: List[str] = field(default_factory=list)
    updated: List[str] = field(default_factory=list)
    unchanged: List[str] = field(default_factory=list)
    refused: List[str] = field(default_factory=list)  # the id belongs to another path
    rows: List[Dict[str, str]] = field(default_factory=list)


def flow_id_of(nifi_xml_path: str) -> str:
    """A slug of the file's name and 12 hex digits of the SHA-256 of the whole path: `flowIdOf` of src/flows/ids.ts."""
    path = nifi_xml_path.replace("\\", "/")
    name = _ENDINGS.sub("", path.split("#")[0].split("/")[-1])
    letters = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.category(c).startswith("M"))
    slug = re.sub(r"[^a-z0-9_]+", "-", letters.lower())[:28].strip("-") or "flow"
    return f"{slug}-{hashlib.sha256(path.encode('utf-8')).hexdigest()[:12]}"


def scan_volume(root: str, progress: Callable[[int, int], None] = lambda files, flows: None) -> Scan:
    """All flows under a folder, by path. What cannot be read is listed and keeps nobody from the rest.

    Raises OSError where the folder itself cannot be listed.
    """
    top = posixpath.normpath(root)
    os.listdir(top)  # os.walk would be silent about this one
    scan = Scan()
    candidates: List[str] = []

    def not_listed(error: OSError) -> None:
        scan.problems.append((str(error.filename), f"cannot be listed: {error.strerror or error}"))

    for folder, _, names in os.walk(top, onerror=not_listed):
        candidates.extend(posixpath.join(folder, name) for name in names if _MAY_MATTER.search(name))
    with ThreadPoolExecutor(FILES_AT_A_TIME) as workers:
        for path, (flows, problem) in zip(candidates, workers.map(lambda path: _flows_of(path, top), candidates)):
            scan.files += 1
            scan.flows.extend(flows)
            if problem:
                scan.problems.append((path, problem))
            progress(scan.files, len(scan.flows))
    scan.flows.sort(key=lambda flow: flow.nifi_xml_path)
    scan.problems.sort()
    return scan


def _flows_of(path: str, top: str) -> Tuple[List[FoundFlow], Optional[str]]:
    name = posixpath.basename(path)
    stem = _STEM_ENDINGS.sub("", name) or name
    try:
        data = read_bytes(path, DEFAULT_LIMITS)
        if not data:
            return [], "is empty"
        flow = read_flow_bytes(data, path)
    except ReadError as error:
        if error.reason == "not_nifi":
            return [], "is not a NiFi flow, in spite of its name" if _FLOW_NAMES.search(name) else None
        problem = _problem(error)
        if error.reason in ("not_found", "unreadable", "too_large", "bad_gzip"):
            return [], problem
        # A damaged flow stays in sight, and its conversion says the same again; what is none is not our concern.
        return ([_row(path, "", stem, "damaged NiFi flow", top)], problem) if starts_like_nifi(data) else ([], None)
    kind = _FORMATS[flow.format]
    entries = top_level_flows(flow, path)
    if flow.format not in ("flow-xml", "flow-json"):
        return [_row(path, "", stem, kind + _title(flow), top)], None
    if not entries:
        return [], "is a NiFi instance without process groups and processors"
    if any(not entry.group_id for entry in entries):
        return [_row(path, "", stem, kind, top)], "its process groups cannot be listed: a process group has no id"
    of_root = flow.root.id
    return [
        _row(path, e.group_id, e.name or stem, f"{kind}, {'at the root' if e.group_id == of_root else 'process group'}", top)
        for e in entries
    ], None


def _problem(error: ReadError) -> str:
    """The error beside its path, which is told already."""
    where = str(replace(error.place, file=None))
    return f"{error.message} ({where})" if where else error.message


def _title(flow: Flow) -> str:
    return "" if flow.name in ("", flow.source_name) else f" \u201c{flow.name}\u201d"


def _row(path: str, group: str, name: str, description: str, top: str) -> FoundFlow:
    below = path[len(top) + 1 :].split("/")
    server = below[0] if len(below) > 1 else posixpath.basename(top)
    full = f"{path}#{group}" if group else path
    return FoundFlow(flow_id_of(full), name, server, full, description)


def plan_registration(flows: List[FoundFlow], known: List[Dict[str, Optional[str]]]) -> Plan:
    """Known paths first, so that ids of an earlier system are kept; as `planRegistration` of the extension decides.

    A known flow's name and server follow the scan, its description only where it had none: a person may have written it.
    """
    by_path = {row["nifi_xml_path"]: row for row in known}
    ids = {row["flow_id"] for row in known}
    plan = Plan()
    for flow in {flow.nifi_xml_path: flow for flow in flows}.values():
        row = {column: getattr(flow, column) for column in _OF_A_ROW}
        old = by_path.get(flow.nifi_xml_path)
        if old is not None:
            row["flow_id"] = str(old["flow_id"])
            same = old["flow_name"] == flow.flow_name and old["server"] == flow.server and old["description"] is not None
            (plan.unchanged if same else plan.updated).append(row["flow_id"])
            if not same:
                plan.rows.append(row)
        elif flow.flow_id in ids:
            plan.refused.append(flow.flow_id)
        else:
            ids.add(flow.flow_id)
            plan.added.append(flow.flow_id)
            plan.rows.append(row)
    return plan


def register(spark: Any, table: str, flows: List[FoundFlow], sleep: Callable[[float], None] = time.sleep) -> Plan:
    """Writes what is new or moved, and nothing else: status and history of known flows stay as they are.

    `table` is quoted. After a conflict with another writer the table is read and the plan made anew.
    """
    for attempt in range(TRIES):
        rows = spark.sql(f"SELECT {', '.join(_OF_A_ROW)} FROM {table}").collect()
        plan = plan_registration(flows, [{column: row[column] for column in _OF_A_ROW} for row in rows])
        try:
            for start in range(0, len(plan.rows), ROWS_PER_STATEMENT):
                chunk = json.dumps(plan.rows[start : start + ROWS_PER_STATEMENT])
                spark.sql(_merge(table), args={"rows": chunk}).collect()
            return plan
        except Exception as error:
            if attempt == TRIES - 1 or not is_conflict(error):
                raise
            sleep(random.uniform(0.2, 1.0) * 2**attempt)
    raise AssertionError("unreachable")


def _merge(table: str) -> str:
    struct = ", ".join(f"{column}: STRING" for column in _OF_A_ROW)
    return (
        f"MERGE INTO {table} AS t USING (SELECT inline(from_json(:rows, 'array<struct<{struct}>>'))) AS s "
        "ON t.flow_id = s.flow_id "
        "WHEN MATCHED THEN UPDATE SET t.flow_name = s.flow_name, t.server = s.server, "
        "t.description = COALESCE(t.description, s.description), t.last_updated = current_timestamp() "
        "WHEN NOT MATCHED THEN INSERT (flow_id, flow_name, server, nifi_xml_path, description, status, total_attempts, "
        "successful_conversions, created_at, last_updated) VALUES (s.flow_id, s.flow_name, s.server, s.nifi_xml_path, "
        "s.description, 'NOT_STARTED', 0, 0, current_timestamp(), current_timestamp())"
    )


def populate(spark: Any, widgets: Dict[str, str]) -> Dict[str, Any]:
    """Scans `volume_path` and registers what it finds in `catalog`.`schema`.`flows_table`; prints what it does.

    Gives `{scanned, found, added, updated, unchanged, refused, problems}`: counts, ids that were refused, and problems as
    `{path, message}`. Raises ConverterError for a wrong parameter and for a table that was not set up.
    """
    table = _table(spark, widgets)
    root = widgets.get("volume_path", "").strip()
    if not _VOLUME.match(root):
        raise ConverterError("bad_path", f"volume_path is no path of a volume (/Volumes/<catalog>/<schema>/<volume>): {root!r}")
    try:
        scan = scan_volume(root, _told)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ConverterError("bad_path", f"{root} cannot be listed: {reason}. READ VOLUME is needed.") from error
    plan = register(spark, table, scan.flows)
    print(f"{scan.files} files looked at, {len(scan.flows)} flows found")
    print(f"{len(plan.added)} new, {len(plan.updated)} changed, {len(plan.unchanged)} as they were")
    for flow_id in plan.refused:
        print(f"not registered, since its id belongs to another path: {flow_id}")
    for path, message in scan.problems:
        print(f"{path}: {message}")
    return {
        "scanned": scan.files,
        "found": len(scan.flows),
        "added": len(plan.added),
        "updated": len(plan.updated),
        "unchanged": len(plan.unchanged),
        "refused": plan.refused,
        "problems": [{"path": path, "message": message} for path, message in scan.problems],
    }


def _told(files: int, flows: int) -> None:
    if files % 200 == 0:
        print(f"{files} files looked at, {flows} flows found so far")


def _table(spark: Any, widgets: Dict[str, str]) -> str:
    """The table's quoted name. Raises ConverterError where it is no name, or the table lacks what a set-up makes."""
    parts = []
    for name in ("catalog", "schema", "flows_table"):
        value = widgets.get(name, "").strip()
        if not _IDENTIFIER.fullmatch(value):
            raise ConverterError("bad_table", f"{name} is no name: {value!r}")
        parts.append(f"`{value}`")
    table = ".".join(parts)
    missing = [column for column in _NEEDED if column not in {name.lower() for name in spark.table(table).columns}]
    if missing:
        raise ConverterError(
            "bad_table", f"{table} lacks {', '.join(missing)}: run update_flows_table_schema.sql, or the extension's set-up, first"
        )
    return table
