"""Map caches, duplicates, Wait and Notify: state tables in place of cache servers."""

from __future__ import annotations

from ..planning.triggers import period_seconds
from . import Cell, Widget, handles
from .code import Code, identifier, lit
from .step import DRIVER, Step


def _cache(step: Step, property_name: str):
    """(variable, setup line, commit line): one table per cache service, shared by all processors that name it."""
    service = step.service(property_name)
    name = identifier(service.name if service else "map cache", "map_cache")
    name = name if name.endswith("cache") else f"{name}_cache"
    return name, f'{name} = caches.MapCache(spark, f"{{tables}}__{name}")', f"{name}.commit()"


def _cell(step: Step, property_name: str, function: str, how: str, notes=None, reads=False, writes=False, **options) -> Cell:
    """`reads`, `writes`: parts that meet in a cache run one after the other."""
    name, setup, commit = _cache(step, property_name)
    cell = step.for_each(function, outside="", how=how, notes=notes or [], cache=Code(name), **options)
    cell.setup, cell.commit = [setup], commit
    cell.reads, cell.writes = f"cache {name}" if reads else "", f"cache {name}" if writes else ""
    return cell


STORE = "What is put becomes visible to this run at once and is stored at its end, after the sinks."


def _key(step: Step, cell_options: dict, property_name: str = "Cache Entry Identifier") -> list:
    """The key option. A plain text that is the name of an attribute was hardly meant: a widget mends it. Gives the widgets."""
    text = (step.get(property_name) or "").strip()
    if not step.is_literal(text) or text not in step.attribute_names:
        cell_options["key"] = step.option(property_name, "")
        return []
    widget = Widget(f"{identifier(text)}_as_key", text, f"{text}: one key for all, as in NiFi; ${{{text}}}: the attribute's value", (text, f"${{{text}}}"))
    cell_options["key"] = Code(f'lambda attributes: {lit(text)} if dbutils.widgets.get({lit(widget.name)}) == {lit(text)} else attributes.get({lit(text)}, "")')
    return [widget]


@handles("FetchDistributedMapCache", carriers=(DRIVER, "flow_files"), state=True)
def fetch_cache(step: Step) -> Cell:
    options: dict = {}
    widgets = _key(step, options)
    if step.get("Put Cache Value In Attribute"):
        options["into_attribute"] = step.option("Put Cache Value In Attribute")
        options["max_length"] = step.number("Max Length To Put In Attribute", 256)
    cell = _cell(step, "Distributed Cache Service", "caches.fetch", "a state table as map cache", reads=True, **options)
    cell.widgets += widgets
    return cell


@handles("PutDistributedMapCache", side_effect=True, state=True)
def put_cache(step: Step) -> Cell:
    options: dict = {}
    widgets = _key(step, options)
    if step.get("Cache update strategy") == "keeporiginal":
        options["strategy"] = "keeporiginal"
    limit = step.size("Max cache entry size", 1024 * 1024)
    if limit != 1024 * 1024:
        options["max_size"] = limit
    cell = _cell(step, "Distributed Cache Service", "caches.put", "a state table as map cache", [STORE], writes=True, **options)
    cell.widgets += widgets
    return cell


@handles("DetectDuplicate", state=True, side_effect=True)
def detect_duplicate(step: Step) -> Cell:
    options = {"key": step.option("Cache Entry Identifier")}
    if step.get("FlowFile Description"):
        options["description"] = step.option("FlowFile Description")
    if not step.flag("Cache The Entry Identifier", True):
        options["remember_key"] = False
    notes = [STORE]
    if step.get("Age Off Duration"):
        notes.append(f"*Age Off Duration* {step.get('Age Off Duration')}: delete old rows of the state table (column `at`) by a scheduled statement.")
    return _cell(step, "Distributed Cache Service", "caches.detect_duplicate", "a state table of the identifiers seen", notes, reads=True, writes=True, **options)


@handles("Notify", side_effect=True, state=True)
def notify(step: Step) -> Cell:
    options = {"signal": step.option("release-signal-id", "")}
    if step.get("signal-counter-name", "default") != "default":
        options["counter"] = step.option("signal-counter-name")
    if step.get("signal-counter-delta", "1") != "1":
        options["delta"] = step.option("signal-counter-delta")
    if step.get("attribute-cache-regex"):
        options["attributes"] = step.get("attribute-cache-regex")
    return _cell(step, "distributed-cache-service", "caches.notify", "a counter in a state table", [STORE], writes=True, **options)


@handles("Wait", state=True, side_effect=True)
def wait(step: Step) -> Cell:
    """What still waits goes into the next run by a table, as it would stay in NiFi's queue."""
    options = {"signal": step.option("release-signal-id", "")}
    if step.get("target-signal-count", "1") != "1":
        options["target"] = step.option("target-signal-count")
    if step.get("signal-counter-name"):
        options["counter"] = step.option("signal-counter-name")
    if step.get("attribute-copy-mode") == "replace":
        options["replace_attributes"] = True
    if step.get("releasable-flowfile-count") == "0":
        options["releasable"] = 0
    period = step.get("expiration-duration") or "10 min"
    if (period_seconds(period) or 600.0) != 600.0:
        options["expires"] = period_seconds(period)
    notes = [f"Without a signal it waits in a table for the next run; after {period} it has expired."]
    cell = _cell(step, "distributed-cache-service", "caches.wait", "a counter in a state table", notes, reads=True, **options)
    if "wait" not in step.connected:
        cell.notes.append("`wait` leads nowhere, so NiFi keeps such flow files in the incoming queue: here they are kept in the failure table as *wait*.")
    return cell
