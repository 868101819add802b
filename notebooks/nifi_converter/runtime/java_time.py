"""java.time: DateTimeFormatter patterns (NiFi 2.x for all dates, 1.x for instants), ISO instants, Date.toString."""

from __future__ import annotations

import re
from typing import Dict, List, Optional, Tuple

from . import java_calendar as calendar
from . import java_simple_date
from .el_errors import ELError, NotTranslated

# letter → the counts that are legal
_COUNTS = {
    **{letter: (1, 5) for letter in "GMLQqE"},
    **{letter: (1, 19) for letter in "yuY"},
    **{letter: (1, 2) for letter in "dhHkKmsw"},
    **{letter: (1, 1) for letter in "aFW"},
    **{letter: (1, 19) for letter in "AnN"},
    "D": (1, 3),
    "e": (1, 5),
    "c": (1, 5),
    "S": (1, 9),
    "V": (2, 2),
    "z": (1, 4),
    "O": (1, 4),
    "X": (1, 5),
    "x": (1, 5),
    "Z": (1, 5),
}
_NUMBERS = "yudDhHkKmsAnN"
_TYPES = Tuple[str, int, str]
_COMPILED: Dict[str, List[_TYPES]] = {}


def compile_pattern(pattern: str) -> List[_TYPES]:
    """The pattern as (letter, count, "") and ("", 0, literal). What Java refuses raises ELError."""
    if pattern in _COMPILED:
        return _COMPILED[pattern]
    if len(pattern) > 1000:
        raise ELError("date pattern is too long")
    items: List[_TYPES] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char.isascii() and char.isalpha():
            end = at
            while end < len(pattern) and pattern[end] == char:
                end += 1
            count = end - at
            if char not in _COUNTS:
                raise ELError(f"Unknown pattern letter: {char}")
            low, high = _COUNTS[char]
            if not low <= count <= high or (char == "O" and count not in (1, 4)) or (char in "c" and count == 2):
                raise ELError(f"Too many pattern letters: {char}")
            items.append((char, count, ""))
            at = end
        elif char == "'":
            end, text = at + 1, []
            while True:
                if end >= len(pattern):
                    raise ELError(f"Pattern ends with an incomplete string literal: {pattern}")
                if pattern[end] == "'":
                    if pattern[end + 1 : end + 2] != "'":
                        break
                    text.append("'")
                    end += 1
                else:
                    text.append(pattern[end])
                end += 1
            items.append(("", 0, "".join(text) or "'"))
            at = end + 1
        elif char in "{}#":
            raise ELError(f"Pattern includes reserved character: '{char}'")
        elif char in "[]":
            raise NotTranslated("optional sections in date patterns are not translated")
        else:
            items.append(("", 0, char))
            at += 1
    if len(_COMPILED) > 500:
        _COMPILED.clear()
    _COMPILED[pattern] = items
    return items


# ---- printing ----------------------------------------------------------------------------------------------


def format_instant(nanoseconds: int, pattern: str, zone: calendar.Zone) -> str:
    """An instant in that zone. `zone` from `java_calendar.strict_zone`."""
    items = compile_pattern(pattern)
    at = calendar.moment(nanoseconds // 1_000_000, nanoseconds % 1_000_000_000, zone, False)
    return "".join(literal or _field(letter, count, at, zone) for letter, count, literal in items)


def _field(letter: str, count: int, at: calendar.Moment, zone: calendar.Zone) -> str:
    if letter in "yuY":
        year = calendar.week_of_year(at)[0] if letter == "Y" else at.year
        if letter == "y" and year <= 0:
            year = 1 - year
        if count == 2:
            return f"{year % 100:02d}"
        text = str(abs(year)).rjust(count, "0")
        if year < 0:
            return "-" + text
        return "+" + text if count >= 4 and len(text) > count else text
    if letter in "ML":
        name = calendar.MONTHS[at.month - 1]
        return str(at.month).rjust(count, "0") if count <= 2 else _styled(name, count)
    if letter == "E":
        return _styled(calendar.WEEKDAYS[at.weekday], max(count, 3))
    if letter in "ec":
        return str(at.weekday + 1).rjust(count, "0") if count <= 2 else _styled(calendar.WEEKDAYS[at.weekday], count)
    if letter in "Qq":
        quarter = (at.month - 1) // 3 + 1
        if count <= 2:
            return str(quarter).rjust(count, "0")
        if count == 4:
            return f"{quarter}{('st', 'nd', 'rd', 'th')[quarter - 1]} quarter"
        return f"Q{quarter}" if count == 3 else str(quarter)
    if letter == "G":
        era = 0 if at.year > 0 else 1
        return (("AD", "BC") if count <= 3 else ("Anno Domini", "Before Christ") if count == 4 else ("A", "B"))[era]
    if letter == "a":
        return "PM" if at.hour >= 12 else "AM"
    if letter == "S":
        return f"{at.nano:09d}"[:count]
    if letter in "VzOXxZ":
        return _zone_field(letter, count, at, zone)
    of_day = at.hour * 3600 + at.minute * 60 + at.second
    value = {
        "d": at.day,
        "D": at.day_of_year,
        "F": (at.day - 1) // 7 + 1,
        "H": at.hour,
        "k": at.hour or 24,
        "K": at.hour % 12,
        "h": at.hour % 12 or 12,
        "m": at.minute,
        "s": at.second,
        "n": at.nano,
        "A": of_day * 1000 + at.nano // 1_000_000,
        "N": of_day * 1_000_000_000 + at.nano,
        "w": calendar.week_of_year(at)[1],
        "W": calendar.week_of_month(at),
    }[letter]
    return str(value).rjust(count, "0")


def _styled(name: str, count: int) -> str:
    return name if count == 4 else name[:1] if count == 5 else name[:3]


def _zone_field(letter: str, count: int, at: calendar.Moment, zone: calendar.Zone) -> str:
    if letter == "V":
        return zone.name
    if letter == "z":
        return calendar.zone_text(zone, at.daylight, count == 4)
    if letter == "O" or (letter == "Z" and count == 4):
        if at.offset == 0:
            return "GMT"
        if letter == "Z" or count == 4:
            return "GMT" + calendar.offset_text(at.offset, 3)
        hours, minutes = divmod(abs(at.offset) // 60, 60)
        seconds = abs(at.offset) % 60
        tail = f":{minutes:02d}" + (f":{seconds:02d}" if seconds else "") if minutes or seconds else ""
        return f"GMT{'-' if at.offset < 0 else '+'}{hours}{tail}"
    if letter == "Z":
        return calendar.offset_text(at.offset, 2) if count < 4 else _with_seconds(at.offset, True, "Z")
    zero = "Z" if letter == "X" else ""
    if count == 1:
        short = calendar.offset_text(at.offset, 1, zero)
        return short if at.offset % 3600 == 0 else calendar.offset_text(at.offset, 2)
    if count <= 3:
        return calendar.offset_text(at.offset, count, zero)
    return _with_seconds(at.offset, count == 5, zero)


def _with_seconds(offset: int, colon: bool, zero: str) -> str:
    text = calendar.offset_text(offset, 3 if colon else 2, zero)
    seconds = abs(offset) % 60
    return text + (f"{':' if colon else ''}{seconds:02d}" if seconds else "")


def instant_text(nanoseconds: int) -> str:
    """Instant.toString: a fraction of 0, 3, 6 or 9 digits."""
    at = calendar.moment(nanoseconds // 1_000_000, nanoseconds % 1_000_000_000, calendar.strict_zone("UTC"), False)
    year = f"{at.year:04d}" if 0 <= at.year <= 9999 else f"{at.year:+05d}"
    fraction = f"{at.nano:09d}"
    while fraction.endswith("000"):
        fraction = fraction[:-3]
    dot = "." if fraction else ""
    return f"{year}-{at.month:02d}-{at.day:02d}T{at.hour:02d}:{at.minute:02d}:{at.second:02d}{dot}{fraction}Z"


_ISO = re.compile(r"([+-]?\d{4,9})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{0,9}))?(Z|[+-]\d\d:\d\d(?::\d\d)?)\Z", re.IGNORECASE)


def parse_iso_instant(text: str) -> Optional[int]:
    """Instant.parse in nanoseconds, None where the text is none."""
    match = _ISO.match(text)
    if not match:
        return None
    year, month, day, hour, minute, second = (int(g) for g in match.groups()[:6])
    midnight = hour == 24 and minute == second == 0
    if not (1 <= month <= 12 and 1 <= day <= _days_in(year, month) and (hour <= 23 or midnight) and minute <= 59 and second <= 59):
        return None
    seconds = ((calendar.gregorian_days(year, month, day) * 24 + hour) * 60 + minute) * 60 + second
    zone = match[8]
    if zone not in "Zz":
        parts = [int(p) for p in zone[1:].split(":")]
        offset = parts[0] * 3600 + parts[1] * 60 + (parts[2] if len(parts) > 2 else 0)
        seconds -= -offset if zone[0] == "-" else offset
    return seconds * 1_000_000_000 + int((match[7] or "").ljust(9, "0"))


def _days_in(year: int, month: int) -> int:
    return calendar.gregorian_days(year, month + 1, 1) - calendar.gregorian_days(year, month, 1)


def date_text(milliseconds: int, zone: str) -> str:
    """java.util.Date.toString: `Thu Mar 07 14:05:09 UTC 2024` in the zone of the JVM."""
    legacy = calendar.legacy_zone(zone)
    at = calendar.moment(milliseconds, 0, legacy, True)
    name = calendar.zone_text(legacy, at.daylight, False)
    head = f"{calendar.WEEKDAYS[at.weekday][:3]} {calendar.MONTHS[at.month - 1][:3]} {at.day:02d}"
    return f"{head} {at.hour:02d}:{at.minute:02d}:{at.second:02d} {name} {at.year if at.year > 0 else 1 - at.year}"


_DATE_TEXT = re.compile(r"(?:[a-zA-Z]{3} ){2}\d{2} \d{2}:\d{2}:\d{2} .*? \d{4}\Z")
_ALTERNATE = re.compile(r"\d{4}/\d{2}/\d{2} \d{2}:\d{2}:\d{2}(\.\d{3})?\Z")


def implicit_date(text: str, zone: str) -> int:
    """The texts that NiFi takes for a date without toDate, in milliseconds; anything else raises ELError."""
    legacy = calendar.legacy_zone(zone)
    if _DATE_TEXT.match(text):
        return java_simple_date.parse_date(text, "EEE MMM dd HH:mm:ss zzz yyyy", legacy)
    alternate = _ALTERNATE.match(text)
    if alternate:
        pattern = "yyyy/MM/dd HH:mm:ss" + (".SSS" if alternate[1] else "")
        return java_simple_date.parse_date(text, pattern, legacy)
    raise ELError(f"Could not implicitly convert input to DATE: {text}")
