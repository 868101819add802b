"""When a converted part runs: the schedules of its sources."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import List, Optional

from ..model import Processor

MINUTE = 60.0
_UNITS = {"nano": 1e-9, "ns": 1e-9, "micro": 1e-6, "us": 1e-6, "milli": 1e-3, "ms": 1e-3, "sec": 1.0, "s": 1.0, "min": 60.0, "m": 60.0,
          "hour": 3600.0, "hr": 3600.0, "h": 3600.0, "day": 86400.0, "d": 86400.0, "week": 604800.0, "wk": 604800.0, "w": 604800.0}


@dataclass
class Trigger:
    """kind: cron (Quartz expression), periodic (minutes), none (started by hand, or by another task)."""

    kind: str
    expression: str = ""
    seconds: float = 0.0
    notes: List[str] = field(default_factory=list)


def period_seconds(text: str) -> Optional[float]:
    """A NiFi period ("5 mins", "1.5 hours") in seconds; None where it is none."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)\s*", text or "")
    if not match:
        return None
    unit = match[2].lower()
    for name in (unit, unit.rstrip("s"), unit[:-3] if unit.endswith("nds") else unit):
        name = {"second": "sec", "minute": "min", "minut": "min", "hr": "hr", "milli": "milli", "millisecond": "milli",
                "nanosecond": "nano", "microsecond": "micro"}.get(name, name)
        if name in _UNITS:
            return float(match[1]) * _UNITS[name]
    return None


def trigger_of(sources: List[Processor], loop_seconds: float = 5 * MINUTE) -> Trigger:
    """The trigger of a part out of its sources' schedules; the quickest wins, what is quicker than a minute becomes
    `loop_seconds` (a job's start costs more than a second's data), and everything left aside is named."""
    notes, crons, periods = [], [], []
    for source in sources:
        schedule = source.schedule
        if schedule.strategy == "CRON_DRIVEN":
            crons.append((schedule.period.strip(), source))
            continue
        seconds = period_seconds(schedule.period)
        if seconds is None:
            notes.append(f"{source.name}: period {schedule.period!r} is not known, taken as continuous")
            seconds = 0.0
        periods.append((seconds, source))
    if crons and not periods:
        expression, first = crons[0]
        for other, source in crons[1:]:
            if other != expression:
                notes.append(f"{source.name} has its own schedule {other!r}; the job uses that of {first.name}")
        return Trigger("cron", _quartz(expression), notes=notes)
    if not periods:
        return Trigger("none", notes=notes)
    seconds, first = min(periods, key=lambda p: p[0])
    for expression, source in crons:
        notes.append(f"{source.name} has the schedule {expression!r}; the job runs as often as {first.name}")
    if seconds < MINUTE:
        notes.append(f"{first.name} runs every {first.schedule.period} in NiFi; the job every {int(loop_seconds // MINUTE)} minutes: change it to what the data need")
        seconds = loop_seconds
    return Trigger("periodic", seconds=seconds, notes=notes)


def _quartz(expression: str) -> str:
    """NiFi's CRON is Quartz's: seconds first. Only blanks are put right; `patterns.cron` checks it."""
    return " ".join(expression.split())


def quartz_of(trigger: Trigger) -> str:
    """A Quartz expression for a periodic trigger, "" where none fits (the job then uses `periodic`)."""
    if trigger.kind == "cron":
        return trigger.expression
    minutes = int(round(trigger.seconds / MINUTE))
    if minutes and minutes < 60 and 60 % minutes == 0:
        return f"0 0/{minutes} * * * ?"
    hours = minutes // 60
    if minutes % 60 == 0 and hours and hours < 24 and 24 % hours == 0:
        return f"0 0 0/{hours} * * ?"
    if minutes == 1440:
        return "0 0 0 * * ?"
    return ""
