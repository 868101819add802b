"""When a converted part runs: the schedules of its sources."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import List, Optional, Tuple

from ..model import Processor
from ..patterns import PatternError, cron, periods as time_periods

MINUTE = 60.0


@dataclass
class Trigger:
    """kind: cron (Quartz expression), periodic (minutes), none (started by hand, or by another task)."""

    kind: str
    expression: str = ""
    seconds: float = 0.0
    notes: List[str] = field(default_factory=list)
    slowed: str = ""  # said where it ran more often in NiFi than a job should start


def period_seconds(text: str) -> Optional[float]:
    """A NiFi period ("5 mins", "1.5 hours") in seconds; None where it is none."""
    try:
        return time_periods.seconds(text)
    except PatternError:
        return None


def trigger_of(sources: List[Processor], loop_seconds: float = 5 * MINUTE, nifi_version: str = "") -> Trigger:
    """The trigger of a part out of its sources' schedules; the quickest wins, what is quicker than a minute becomes
    `loop_seconds` (a job's start costs more than a second's data), and everything left aside is named. NiFi 2.x counts
    days of the week as Spring does; a schedule that no Quartz expression says becomes none, with a note."""
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
        quartz, note = _quartz(expression, nifi_version)
        if note:
            notes.append(f"{first.name}: schedule {expression!r}: {note}")
        return Trigger("cron" if quartz else "none", quartz, notes=notes)
    if not periods:
        return Trigger("none", notes=notes)
    seconds, first = min(periods, key=lambda p: p[0])
    pace = max(seconds, loop_seconds if seconds < MINUTE else 0.0)
    for period, source in periods:
        if period > pace:
            notes.append(f"{source.name} runs every {source.schedule.period} in NiFi, less often than the job, which goes by {first.name}")
    for expression, source in crons:
        notes.append(f"{source.name} has the schedule {expression!r}; the job runs as often as {first.name}")
    if seconds < MINUTE:
        often = "without a pause" if seconds == 0 else f"every {first.schedule.period}"
        slowed = f"{first.name} runs {often} in NiFi; the job every {int(loop_seconds // MINUTE)} minutes: change it to what the data need"
        return Trigger("periodic", seconds=loop_seconds, notes=notes, slowed=slowed)
    return Trigger("periodic", seconds=seconds, notes=notes)


def _quartz(expression: str, nifi_version: str) -> Tuple[str, str]:
    """The Quartz expression and what is to be said of it. One that NiFi refuses would make the whole job invalid."""
    try:
        translation = cron.to_quartz(expression, nifi_version or "1.28.1")
    except PatternError as error:
        return "", f"{error.message}; the job has no schedule"
    if not translation.possible:
        return "", f"{translation.reason}; the job has no schedule"
    return translation.text, translation.reason


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
