"""Cron schedules: Quartz in NiFi 1.x, Spring's in NiFi 2.x, to the Quartz cron of Databricks jobs."""

from __future__ import annotations

import re
from typing import Dict, List, Tuple

from ..expression_language.functions import parse_version
from .translation import PatternError, Translation

_MONTHS = {n: i + 1 for i, n in enumerate("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split())}
_DAYS = {n: i + 1 for i, n in enumerate("SUN MON TUE WED THU FRI SAT".split())}
_SPRING_DAYS = "SUN MON TUE WED THU FRI SAT SUN".split()
# name, lowest, highest, names
_FIELDS: Tuple[Tuple[str, int, int, Dict[str, int]], ...] = (
    ("seconds", 0, 59, {}),
    ("minutes", 0, 59, {}),
    ("hours", 0, 23, {}),
    ("day of month", 1, 31, {}),
    ("month", 1, 12, _MONTHS),
    ("day of week", 1, 7, _DAYS),
    ("year", 1970, 2199, {}),
)
_MACROS = {
    "@yearly": "0 0 0 1 1 *",
    "@annually": "0 0 0 1 1 *",
    "@monthly": "0 0 0 1 * *",
    "@weekly": "0 0 0 * * 0",
    "@daily": "0 0 0 * * *",
    "@midnight": "0 0 0 * * *",
    "@hourly": "0 0 * * * *",
}


def to_quartz(text: str, nifi_version: str = "1.28.1") -> Translation:
    """The Quartz cron for Databricks, validated field by field. PatternError where NiFi refuses the text.

    Not `equal`: runs closer together than Databricks starts them (10 seconds), or day of month and of week combined.
    """
    spring = parse_version(nifi_version) >= (2, 0)
    cleaned = " ".join((text or "").split())
    if spring and cleaned.lower() in _MACROS:
        cleaned = _MACROS[cleaned.lower()]
    fields = cleaned.upper().split(" ") if cleaned else []
    if len(fields) not in ((6,) if spring else (6, 7)):
        raise PatternError(f"a cron schedule has {'6' if spring else '6 or 7'} fields, not {len(fields)}: {text!r}")
    if spring:
        if fields[3] == "?":
            fields[3] = "*"  # ? is only another * to Spring
        if fields[5] == "?":
            fields[5] = "*"
        fields[5] = _from_spring_days(fields[5], text)
    for field, rule in zip(fields, _FIELDS):
        _check(field, rule, text, spring)
    month_day, week_day = fields[3], fields[5]
    if month_day == "?" and week_day == "?":
        raise PatternError(f"day of month and day of week cannot both be ?: {text!r}")
    if month_day != "?" and week_day != "?":
        if not spring:
            raise PatternError(f"day of month or day of week must be ? in Quartz: {text!r}")
        if "*" in week_day.split(","):
            fields[5] = "?"
        elif month_day == "*":
            fields[3] = "?"
        else:
            return Translation("", False, "day of month and day of week together have no Quartz cron")
    quartz = " ".join(fields)
    if _more_often_than_ten_seconds(fields[0]):
        return Translation(quartz, False, "Databricks starts a job at most every 10 seconds")
    return Translation(quartz)


def _from_spring_days(field: str, text: str) -> str:
    """Spring counts days from Monday, 1, to Sunday, 7 or 0; Quartz from Sunday, 1. Names mean the same to both, steps do
    not (`*/2` begins on another day, `MON/2` is every second week to Quartz): those are written as lists of names."""
    return ",".join(_from_spring_day(part, text) for part in field.split(","))


def _from_spring_day(part: str, text: str) -> str:
    if part in ("*", "?"):
        return part
    ordinal = re.match(r"(\w+)#([1-5])\Z", part)
    if ordinal:
        return f"{_spring_name(ordinal[1], text)}#{ordinal[2]}"
    last = re.match(r"([0-7]|SUN|MON|TUE|WED|THU|FRI|SAT)L\Z", part)
    if last:
        return f"{_spring_name(last[1], text)}L"
    body, slash, step = part.partition("/")
    if slash and (not step.isdigit() or not 0 < int(step[:9]) <= 59):
        raise PatternError(f"day of week: /{step} is no step in {text!r}")
    first, dash, end = body.partition("-")
    if body == "*":
        low, high = 1, 7
    else:
        low = _spring_day(first, text)
        high = _spring_day(end, text) if dash else (7 if slash else low)
        if dash and low == 7:
            low = 0
        if dash and low > high:
            raise PatternError(f"day of week: {body!r} ends before it begins in {text!r}")
    if not slash:
        if high - low >= 6:
            return "*"
        return _spring_name(first, text) + (f"-{_spring_name(end, text)}" if high > low else "")
    days = sorted({day or 7 for day in range(low, high + 1, int(step))})
    return ",".join(_SPRING_DAYS[day] for day in days)


def _spring_day(word: str, text: str) -> int:
    """0 or 7 for Sunday, 1 for Monday."""
    if word in _SPRING_DAYS[1:]:
        return _SPRING_DAYS.index(word, 1)
    if not re.match(r"[0-7]\Z", word):
        raise PatternError(f"day of week {word!r} is out of 0-7 in {text!r}")
    return int(word)


def _spring_name(word: str, text: str) -> str:
    return _SPRING_DAYS[_spring_day(word, text)]


def _number(word: str, rule: Tuple[str, int, int, Dict[str, int]], text: str) -> int:
    name, low, high, names = rule
    if word in names:
        return names[word]
    if not word.isdigit() or len(word) > 4 or not low <= int(word) <= high:
        raise PatternError(f"{name}: {word!r} is not {low} to {high} in {text!r}")
    return int(word)


def _check(field: str, rule: Tuple[str, int, int, Dict[str, int]], text: str, spring: bool) -> None:
    name, low, high, names = rule
    if field == "?":
        if name not in ("day of month", "day of week"):
            raise PatternError(f"{name}: ? is only for days in {text!r}")
        return
    for part in field.split(","):
        body, slash, step = part.partition("/")
        if slash and (not step.isdigit() or not 0 < int(step) <= max(high, 59)):
            raise PatternError(f"{name}: /{step} is no step in {text!r}")
        if body == "*" or (slash and body == ""):
            continue
        if name == "day of month" and re.match(r"L(?:-\d{1,2})?W?\Z|\d{1,2}W\Z", body):
            if body[0].isdigit():
                _number(body[:-1], rule, text)
            continue
        if name == "day of week" and (body == "L" or re.match(r"\w{1,3}(?:L|#[1-5])\Z", body)) and body not in names:
            if body != "L":
                _number(re.sub(r"(?:L|#[1-5])\Z", "", body), rule, text)
            continue
        ends: List[str] = body.split("-")
        if len(ends) > 2:
            raise PatternError(f"{name}: {body!r} is no range in {text!r}")
        numbers = [_number(end, rule, text) for end in ends]
        # Quartz goes on past the end of a range (22-2), Spring refuses; days are checked before, by Spring's order.
        if spring and name != "day of week" and numbers[0] > numbers[-1]:
            raise PatternError(f"{name}: {body!r} ends before it begins in {text!r}")


def _more_often_than_ten_seconds(seconds: str) -> bool:
    if seconds == "*" or "-" in seconds:
        return True
    for part in seconds.split(","):
        _, slash, step = part.partition("/")
        if slash and int(step) < 10:
            return True
    plain = sorted({second for part in seconds.split(",") for second in _seconds_of(part)})
    # The last of a minute may be followed by the first of the next.
    return any(b - a < 10 for a, b in zip(plain, plain[1:] + [plain[0] + 60]))


def _seconds_of(part: str) -> range:
    body, slash, step = part.partition("/")
    first = int(body) if body.isdigit() else 0
    return range(first, 60 if slash else first + 1, int(step) if slash else 1)
