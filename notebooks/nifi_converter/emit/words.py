"""The words of a processor's markdown cell: its headline, what becomes of relationships that lead nowhere, manual steps."""

from __future__ import annotations

from typing import List

from ..planning import Node
from ..processors import ASSISTED, CONVERTED, MANUAL, NOT_NEEDED, Cell
from . import markdown as md

IN_WORDS = {CONVERTED: "converted", ASSISTED: "assisted", MANUAL: "manual", NOT_NEEDED: "not needed"}


def headline(node: Node, cell: Cell, starts: bool) -> str:
    """Type, id, schedule, tasks and level. `starts`: nothing leads into it, so that its schedule counts."""
    processor = node.processor
    schedule = processor.schedule
    when = ""
    if schedule.strategy == "CRON_DRIVEN":
        when = f" · cron {md.code(schedule.period)}"
    elif starts and schedule.period not in ("0 sec", "0 s", "0"):
        when = f" · every {md.plain(schedule.period)}"
    tasks = f" · {schedule.concurrent_tasks} tasks" if schedule.concurrent_tasks > 1 else ""
    how = f": {md.plain(cell.how)}" if cell.how and cell.level in (MANUAL, NOT_NEEDED) else ""
    return f"{md.code(processor.short_type)} · {md.code(processor.id)}{when}{tasks} · **{IN_WORDS[cell.level]}**{how}"


def words_of_ends(kept: List[str], dropped: List[str]) -> List[str]:
    """What becomes of relationships that lead nowhere."""
    words = []
    if kept:
        words.append(f"{listed(kept)} kept in the failure table")
    if dropped:
        words.append(f"{listed(dropped)} dropped, as in NiFi")
    return ["", f"Auto-terminated: {'; '.join(words)}."] if words else []


def manual_words(name: str, source: str, outgoing) -> List[str]:
    """What a person has to know of a step that has no counterpart."""
    lines = [""]
    if source:
        lines.append(f"Its input is kept in `…__to_{name}`, nothing is lost; the run ends red at its end (widget `on_manual`).")
    if outgoing:
        lines.append(f"What it would send on is read from `…__from_{name}_…`: fill that table (`attributes`, `content`) to feed what follows.")
    return lines


def listed(relationships: List[str]) -> str:
    return f"{', '.join(md.code(r) for r in relationships)} {'is' if len(relationships) == 1 else 'are'}"
