"""java.text.SimpleDateFormat (locale en-US, lenient), which NiFi 1.x uses for toDate and format."""

from __future__ import annotations

import datetime
from typing import Dict, List, NamedTuple, Optional, Tuple

from . import java_calendar as calendar
from .el_environment import zone_name
from .el_errors import ELError

_LETTERS = "GyYMLwWDdFEuaHkKhmsSzZX"
_MAX_PATTERN = 1000
Item = Tuple[str, int]  # (letter, count), or ("", 0) with the literal in the list of literals

_COMPILED: Dict[str, List[Tuple[str, int, str]]] = {}


def compile_pattern(pattern: str) -> List[Tuple[str, int, str]]:
    """The pattern as (letter, count, "") and ("", 0, literal). Illegal letters raise ELError, as Java does."""
    if pattern in _COMPILED:
        return _COMPILED[pattern]
    if len(pattern) > _MAX_PATTERN:
        raise ELError("date pattern is too long")
    items: List[Tuple[str, int, str]] = []
    at = 0
    while at < len(pattern):
        char = pattern[at]
        if char == "'":
            end, text = at + 1, []
            if pattern[end : end + 1] == "'":
                items.append(("", 0, "'"))
                at += 2
                continue
            while True:
                if end >= len(pattern):
                    raise ELError("Unterminated quote")
                if pattern[end] == "'":
                    if pattern[end + 1 : end + 2] == "'":
                        text.append("'")
                        end += 2
                        continue
                    break
                text.append(pattern[end])
                end += 1
            items.append(("", 0, "".join(text)))
            at = end + 1
        elif char.isascii() and char.isalpha():
            end = at
            while end < len(pattern) and pattern[end] == char:
                end += 1
            if char not in _LETTERS:
                raise ELError(f"Illegal pattern character '{char}'")
            if char == "X" and end - at > 3:
                raise ELError(f"invalid ISO 8601 format: length={end - at}")
            items.append((char, end - at, ""))
            at = end
        else:
            items.append(("", 0, char))
            at += 1
    if len(_COMPILED) > 500:
        _COMPILED.clear()
    _COMPILED[pattern] = items
    return items


def format_date(milliseconds: int, pattern: str, zone: calendar.Zone) -> str:
    """The date in that zone. `zone` from `java_calendar.legacy_zone`."""
    items = compile_pattern(pattern)
    at = calendar.moment(milliseconds, milliseconds % 1000 * 1_000_000, zone, True)
    out: List[str] = []
    for letter, count, literal in items:
        out.append(literal or _field(letter, count, at, milliseconds, zone))
    return "".join(out)


def _field(letter: str, count: int, at: calendar.Moment, milliseconds: int, zone: calendar.Zone) -> str:
    if letter in "yY":
        year = calendar.week_of_year(at)[0] if letter == "Y" else at.year
        shown = year if year > 0 else 1 - year  # the year of the era
        return f"{shown % 100:02d}" if count == 2 else str(shown).rjust(count, "0")
    if letter in "ML":
        if count >= 3:
            name = calendar.MONTHS[at.month - 1]
            return name if count >= 4 else name[:3]
        return str(at.month).rjust(count, "0")
    if letter == "E":
        name = calendar.WEEKDAYS[at.weekday]
        return name if count >= 4 else name[:3]
    if letter == "G":
        return "AD" if at.year > 0 else "BC"
    if letter == "a":
        return "PM" if at.hour >= 12 else "AM"
    if letter == "z":
        return calendar.zone_text(zone, at.daylight, count >= 4)
    if letter == "Z":
        return calendar.offset_text(at.offset, 2)
    if letter == "X":
        return calendar.offset_text(at.offset, count, "Z")
    value = {
        "d": at.day,
        "D": at.day_of_year,
        "F": (at.day - 1) // 7 + 1,
        "u": at.weekday or 7,
        "H": at.hour,
        "k": at.hour or 24,
        "K": at.hour % 12,
        "h": at.hour % 12 or 12,
        "m": at.minute,
        "s": at.second,
        "S": milliseconds % 1000,
    }.get(letter)
    if value is None:
        value = calendar.week_of_year(at)[1] if letter == "w" else calendar.week_of_month(at)
    return str(value).rjust(count, "0")


class _Parsed:
    """What a text said. Values of later fields win where they say the same thing twice."""

    def __init__(self) -> None:
        self.year: Optional[int] = None
        self.two_digits = False
        self.month = 0
        self.day: Optional[int] = None
        self.day_of_year: Optional[int] = None
        self.date_from = "day"
        self.before_christ = False
        self.hour = 0
        self.hour12 = 0
        self.afternoon = 0
        self.hour_from = "none"
        self.minute = self.second = self.milli = 0
        self.offset: Optional[int] = None
        self.zone: Optional[calendar.Zone] = None


def parse_date(text: str, pattern: str, zone: calendar.Zone, now_ms: Optional[int] = None) -> int:
    """Milliseconds since 1970. Text behind what the pattern takes is ignored, values run over (February 30th).

    `now_ms` fixes the window of two-digit years (80 years back). Raises ELError where the text does not fit, and for
    the letters w, W, F, Y and E alone, whose resolution is not translated.
    """
    items = compile_pattern(pattern)
    parsed = _Parsed()
    at = 0
    for index, (letter, count, literal) in enumerate(items):
        if literal:
            if not text.startswith(literal, at):
                raise _unparseable(text)
            at += len(literal)
            continue
        obey = index + 1 < len(items) and _numeric(items[index + 1])
        at = _parse_field(letter, count, text, at, obey, parsed)
    return _resolve(parsed, zone, now_ms)


def _unparseable(text: str) -> ELError:
    return ELError(f'Unparseable date: "{text}"')


def _numeric(item: Tuple[str, int, str]) -> bool:
    letter, count, _ = item
    return letter in ("M", "L") and count <= 2 or (letter != "" and letter in "yYdDHkKhmsSuwWF")


def _parse_field(letter: str, count: int, text: str, at: int, obey: bool, parsed: _Parsed) -> int:
    while at < len(text) and text[at] in " \t":
        at += 1
    if at >= len(text):
        raise _unparseable(text)
    if letter in "ML" and count >= 3:
        index, at = _match(text, at, calendar.MONTHS)
        parsed.month, parsed.date_from = index, ("day" if parsed.date_from == "year" else parsed.date_from)
        return at
    if letter == "E":
        return _match(text, at, calendar.WEEKDAYS)[1]
    if letter == "a":
        parsed.afternoon, at = _match(text, at, ["AM", "PM"])
        # AM or PM counts only together with a half-day hour.
        parsed.hour_from = {"none": "only half", "half": "half", "only half": "only half"}.get(parsed.hour_from, "hour")
        return at
    if letter == "G":
        index, at = _match(text, at, ["BC", "AD"])
        parsed.before_christ = index == 0
        return at
    if letter in "zZX":
        return _parse_zone(letter, count, text, at, parsed)
    if letter in "wWFY":
        raise ELError(f"date pattern letter {letter} is not translated for reading")
    value, end = _number(text, at, count if obey else None)
    if letter == "y":
        two = count <= 2 and end - at == 2 and text[at:end].isdigit()
        parsed.year, parsed.two_digits = value, two
    elif letter in "ML":
        parsed.month, parsed.date_from = value - 1, "day"
    elif letter == "d":
        parsed.day, parsed.date_from = value, "day"
    elif letter == "D":
        parsed.day_of_year, parsed.date_from = value, "day_of_year"
    elif letter in "Hk":
        parsed.hour, parsed.hour_from = (0 if letter == "k" and value == 24 else value), "hour"
    elif letter in "hK":
        parsed.hour12, parsed.hour_from = (0 if letter == "h" and value == 12 else value), "half"
    elif letter == "m":
        parsed.minute = value
    elif letter == "s":
        parsed.second = value
    elif letter == "S":
        parsed.milli = value
    return end


def _number(text: str, at: int, width: Optional[int]) -> Tuple[int, int]:
    if width is not None and at + width > len(text):
        raise _unparseable(text)
    limit = len(text) if width is None else at + width
    end = at + 1 if text[at] == "-" else at
    first = end
    while end < limit and text[end].isdigit():
        end += 1
    if end == first or end - first > 18:
        raise _unparseable(text)
    return int(text[at:end]), end


def _match(text: str, at: int, names: List[str]) -> Tuple[int, int]:
    """The longest name (or its three letters) at that place, in any case."""
    rest = text[at : at + 20].lower()
    best: Optional[Tuple[int, int]] = None
    for index, name in enumerate(names):
        for form in (name.lower(), name[:3].lower()):
            if rest.startswith(form) and (best is None or at + len(form) > best[1]):
                best = (index, at + len(form))
    if best is None:
        raise _unparseable(text)
    return best


def _parse_zone(letter: str, count: int, text: str, at: int, parsed: _Parsed) -> int:
    char = text[at]
    if letter == "X":
        if char == "Z":
            parsed.offset = 0
            return at + 1
        if char not in "+-":
            raise _unparseable(text)
        return _numeric_zone(text, at, count, count == 3, parsed)
    if char in "+-":
        return _numeric_zone(text, at, 0, False, parsed)
    if text[at : at + 3].upper() == "GMT":
        sign = text[at + 3 : at + 4]
        if sign in ("+", "-") and sign:
            return _numeric_zone(text, at + 3, 0, True, parsed)
        parsed.offset = 0
        return at + 3
    found = calendar.zone_from_text(text, at)
    if found is None:
        raise _unparseable(text)
    region, daylight, end = found
    parsed.zone = calendar.legacy_zone(region)
    parsed.offset = parsed.zone.standard_offset() + (3600 if daylight else 0)
    return end


def _numeric_zone(text: str, at: int, count: int, colon: bool, parsed: _Parsed) -> int:
    """`[+-]h[h][:]mm` from the sign on."""
    sign, at = text[at], at + 1
    digits = text[at : at + 2]
    if not digits[:1].isdigit():
        raise _unparseable(text)
    if len(digits) == 2 and digits[1].isdigit():
        hours, at = int(digits), at + 2
    elif count > 0 or not colon:
        raise _unparseable(text)
    else:
        hours, at = int(digits[0]), at + 1
    minutes = 0
    if count != 1:
        if colon:
            if text[at : at + 1] != ":":
                raise _unparseable(text)
            at += 1
        if not (text[at : at + 2].isdigit() and len(text[at : at + 2]) == 2):
            raise _unparseable(text)
        minutes, at = int(text[at : at + 2]), at + 2
    if hours > 23 or minutes > 59:
        raise _unparseable(text)
    parsed.offset = (hours * 3600 + minutes * 60) * (-1 if sign == "-" else 1)
    return at


def _resolve(parsed: _Parsed, zone: calendar.Zone, now_ms: Optional[int]) -> int:
    if parsed.year is not None and parsed.two_digits:
        start = _century_start(now_ms)
        base, pivot = divmod(start.year, 100)
        value = parsed.year
        parsed.year, parsed.two_digits = base * 100 + value + (100 if value < pivot else 0), False
        found = _resolve(parsed, zone, now_ms)
        if value == pivot and found < start.milliseconds:
            parsed.year += 100
            found = _resolve(parsed, zone, now_ms)
        return found
    year = 1970 if parsed.year is None else parsed.year
    if parsed.before_christ:
        year = 1 - year
    if parsed.date_from == "day_of_year" and parsed.day_of_year is not None:
        days = calendar.mixed_days(year, 1, 1) + parsed.day_of_year - 1
    else:
        day = 1 if parsed.day is None else parsed.day
        days = calendar.mixed_days(year, parsed.month + 1, 1) + day - 1
        if -141_500 < days < -141_300:
            days = calendar.mixed_days(year, parsed.month + 1, day)
    hour = parsed.hour if parsed.hour_from in ("hour", "none") else parsed.hour12 + 12 * parsed.afternoon
    local = (((days * 24 + hour) * 60 + parsed.minute) * 60 + parsed.second) * 1000 + parsed.milli
    if parsed.offset is not None:
        return local - parsed.offset * 1000
    return zone.to_utc(local, True, True)


class _Start(NamedTuple):
    year: int
    milliseconds: int


def _century_start(now_ms: Optional[int]) -> _Start:
    """80 years before now, in the zone of the JVM: two digits mean a year from there on."""
    if now_ms is None:
        now_ms = int(datetime.datetime.now(datetime.timezone.utc).timestamp() * 1000)
    zone = calendar.legacy_zone(zone_name())
    at = calendar.moment(now_ms, 0, zone, True)
    local = ((calendar.mixed_days(at.year - 80, at.month, at.day) * 24 + at.hour) * 60 + at.minute) * 60 + at.second
    return _Start(at.year - 80, zone.to_utc(local * 1000 + now_ms % 1000, True, True))
