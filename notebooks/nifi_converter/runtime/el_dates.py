"""Date functions of the Expression Language. The `_2` forms are NiFi 2.x, where DateTimeFormatter reads and prints."""

from __future__ import annotations

import re
from typing import Optional

from . import java_calendar as calendar
from . import java_simple_date, java_time, java_time_parse
from .el_environment import Date, Instant, now, zone_name
from .el_errors import ELError
from .java_numbers import java_trim

Text = Optional[str]


def to_date(subject: Text, pattern: Text, zone: Text = None) -> Optional[Date]:
    """SimpleDateFormat, lenient: February 30th is March 1st, trailing text is ignored. In the JVM's zone unless given."""
    if subject is None or pattern is None:
        return None
    return Date(java_simple_date.parse_date(subject, pattern, calendar.legacy_zone(zone or zone_name()), now().milliseconds))


def to_date_2(subject: Text, pattern: Text, zone: Text = None) -> Optional[Date]:
    """DateTimeFormatter, lenient in digits and case: February 30th is the 29th, trailing text and month 13 are errors."""
    if subject is None or pattern is None:
        return None
    nanoseconds = java_time_parse.parse(subject, pattern, calendar.strict_zone(zone or zone_name()), True)
    return Date(nanoseconds // 1_000_000)


def format_date(subject: Optional[Date], pattern: Text, zone: Text = None) -> Text:
    """SimpleDateFormat: `u` is the day of the week, `S` milliseconds. A pattern that is null is an error."""
    if subject is None:
        return None
    if pattern is None:
        raise ELError("format needs a pattern")
    return java_simple_date.format_date(subject.milliseconds, pattern, calendar.legacy_zone(zone or zone_name()))


def format_date_2(subject: Optional[Date], pattern: Text, zone: Text = None) -> Text:
    """DateTimeFormatter: `u` is the year, `S` a fraction."""
    if subject is None:
        return None
    if pattern is None:
        raise ELError("format needs a pattern")
    zone_found = calendar.strict_zone(zone or zone_name())
    return java_time.format_instant(subject.milliseconds * 1_000_000, pattern, zone_found)


def to_instant(subject: Text, pattern: Text, zone: Text) -> Optional[Instant]:
    """DateTimeFormatter.ofPattern, strict in digits and case."""
    if subject is None or pattern is None:
        return None
    if zone is None:
        raise ELError("toInstant needs a time zone")
    return Instant(java_time_parse.parse(subject, pattern, calendar.strict_zone(zone), False))


def format_instant(subject: Optional[Instant], pattern: Text, zone: Text) -> Text:
    if subject is None:
        return None
    if pattern is None or zone is None:
        raise ELError("formatInstant needs a pattern and a time zone")
    if any(letter == "F" for letter, _, _ in java_time.compile_pattern(pattern)):
        raise ELError("date pattern letter F means another thing before Java 19: use W or d")
    return java_time.format_instant(subject.nanoseconds, pattern, calendar.strict_zone(zone))


def to_micros(subject: Optional[Instant]) -> Optional[int]:
    return None if subject is None else subject.nanoseconds // 1000


def to_nanos(subject: Optional[Instant]) -> Optional[int]:
    return None if subject is None else subject.nanoseconds


def is_valid_date(subject: Text, pattern: Text, zone: Text = None) -> bool:
    """Could toDate read it? (NiFi 2.11)"""
    if not subject or pattern is None:
        return False
    if zone is not None:
        calendar.strict_zone(zone)
    try:
        to_date_2(java_trim(subject), pattern, zone)
        return True
    except ELError:
        return False


def is_valid_instant(subject: Text) -> bool:
    """ISO 8601 in UTC (NiFi 2.11)."""
    return subject is not None and java_time.parse_iso_instant(subject) is not None


_AMOUNT = re.compile(r"\s*(\d+)\s*([a-zA-Z]+)\s*\Z")
_UNITS = {
    "s": 10**9, "sec": 10**9, "secs": 10**9, "second": 10**9, "seconds": 10**9,
    "m": 60 * 10**9, "min": 60 * 10**9, "mins": 60 * 10**9, "minute": 60 * 10**9, "minutes": 60 * 10**9,
    "h": 3600 * 10**9, "hr": 3600 * 10**9, "hrs": 3600 * 10**9, "hour": 3600 * 10**9, "hours": 3600 * 10**9,
}  # fmt: skip
_CALENDAR = {
    "d": (0, 1), "day": (0, 1), "days": (0, 1), "w": (0, 7), "wk": (0, 7), "wks": (0, 7), "week": (0, 7), "weeks": (0, 7),
    "month": (1, 0), "months": (1, 0), "year": (12, 0), "years": (12, 0),
}  # fmt: skip


def check_duration(amount: Text) -> None:
    """Raises ELError for an amount that plusDuration and its kin refuse."""
    match = _AMOUNT.match(amount or "")
    if not match or (match[2].lower() not in _UNITS and match[2].lower() not in _CALENDAR):
        raise ELError(f"Invalid duration: {amount}")


def _shift(nanoseconds: int, amount: Text, sign: int, zone: calendar.Zone) -> int:
    """Days, weeks, months and years by the calendar of the zone, shorter units by the clock."""
    check_duration(amount)
    match = _AMOUNT.match(amount or "")
    assert match
    count, unit = int(match[1]) * sign, match[2].lower()
    if unit in _UNITS:
        return nanoseconds + count * _UNITS[unit]
    months, days = (part * count for part in _CALENDAR[unit])
    at = calendar.moment(nanoseconds // 1_000_000, 0, zone, False)
    year, month = divmod(at.year * 12 + at.month - 1 + months, 12)
    month += 1
    length = calendar.gregorian_days(year, month + 1, 1) - calendar.gregorian_days(year, month, 1)
    day = min(at.day, length) if months else at.day
    epoch_day = calendar.gregorian_days(year, month, day) + days
    local = epoch_day * calendar.DAY_MS + ((at.hour * 60 + at.minute) * 60 + at.second) * 1000
    return zone.to_utc(local, False, False) * 1_000_000 + nanoseconds % 1_000_000_000


def plus_duration(subject: Optional[Date], amount: Text) -> Optional[Date]:
    """`1 day`, `2 weeks`, `1 month`, `90 sec` later (NiFi 2.11)."""
    return _date_shift(subject, amount, 1)


def minus_duration(subject: Optional[Date], amount: Text) -> Optional[Date]:
    return _date_shift(subject, amount, -1)


def _date_shift(subject: Optional[Date], amount: Text, sign: int) -> Optional[Date]:
    if subject is None:
        return None
    zone = calendar.strict_zone(zone_name())
    return Date(_shift(subject.milliseconds * 1_000_000, amount, sign, zone) // 1_000_000)


def plus_instant_duration(subject: Optional[Instant], amount: Text) -> Optional[Instant]:
    return None if subject is None else Instant(_shift(subject.nanoseconds, amount, 1, calendar.strict_zone("UTC")))


def minus_instant_duration(subject: Optional[Instant], amount: Text) -> Optional[Instant]:
    return None if subject is None else Instant(_shift(subject.nanoseconds, amount, -1, calendar.strict_zone("UTC")))
