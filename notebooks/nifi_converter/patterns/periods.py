"""NiFi's time periods (`5 mins`) and what a timer-driven schedule becomes on Databricks."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Dict

from .translation import PatternError, Translation

_UNITS: Dict[str, int] = {}
for _names, _nanoseconds in (
    ("ns nano nanos nanosecond nanoseconds", 1),
    ("us micro micros microsecond microseconds", 10**3),
    ("ms milli millis millisecond milliseconds", 10**6),
    ("s sec secs second seconds", 10**9),
    ("m min mins minute minutes", 60 * 10**9),
    ("h hr hrs hour hours", 3600 * 10**9),
    ("d day days", 86_400 * 10**9),
    ("w wk wks week weeks", 7 * 86_400 * 10**9),
):
    for _name in _names.split():
        _UNITS[_name] = _nanoseconds
_PERIOD = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?|\.[0-9]+)\s*([a-zA-Z]+)\s*\Z")


def nanoseconds(text: str) -> int:
    """A period in nanoseconds. PatternError where NiFi refuses the text (no number, unknown unit)."""
    match = _PERIOD.match(text or "")
    if not match or len(match[1]) > 30:
        raise PatternError(f"not a time period: {text!r}; a number and a unit, as in 5 mins")
    unit = _UNITS.get(match[2].lower())
    if unit is None:
        raise PatternError(f"unknown unit {match[2]!r} in the period {text!r}", match.start(2))
    return int(Fraction(match[1]) * unit)


def seconds(text: str) -> float:
    """A period in seconds."""
    return nanoseconds(text) / 10**9


def to_quartz(text: str) -> Translation:
    """The Quartz cron of a timer. Exact where the period divides a minute, an hour or a day, or is whole days up to 28
    from midnight on; otherwise the nearest schedule that is not more frequent, with the difference as reason.

    `0 sec` (as often as possible) has none: run continuously, or by a file arrival trigger.
    """
    total = nanoseconds(text)
    if total == 0:
        return Translation("", False, "0 sec means: again as soon as possible; run continuously or on file arrival")
    if total < 60 * 10**9:
        return Translation("0 * * * * ?", False, f"every {text}: jobs start once a minute at most here")
    minutes, rest = divmod(total, 60 * 10**9)
    if rest:
        minutes += 1
    note = f"every {text} is no even part of an hour or day: rounded up"
    if minutes < 60:
        fitting = minutes
        while 60 % fitting:
            fitting += 1
        if fitting == 60:
            return Translation("0 0 * * * ?", False, note)
        cron = "0 * * * * ?" if fitting == 1 else f"0 0/{fitting} * * * ?"
        return Translation(cron, fitting == minutes and not rest, "" if fitting == minutes and not rest else note)
    hours, odd = divmod(minutes, 60)
    exact = not odd and not rest
    hours += 1 if odd else 0
    if hours < 24:
        fitting = hours
        while 24 % fitting:
            fitting += 1
        exact = exact and fitting == hours
        if fitting < 24:
            return Translation("0 0 * * * ?" if fitting == 1 else f"0 0 0/{fitting} * * ?", exact, "" if exact else note)
        hours = 24
    days, odd = divmod(hours, 24)
    if odd:
        days, exact = days + 1, False
    if days == 1:
        return Translation("0 0 0 * * ?", exact, "" if exact else note)
    if days == 7:
        return Translation("0 0 0 ? * SUN", exact, "" if exact else note)
    if days <= 28:
        return Translation(f"0 0 0 1/{days} * ?", False, f"every {text}: counted anew from the first of each month")
    return Translation("0 0 0 1 * ?", False, f"every {text}: once a month is the nearest")
