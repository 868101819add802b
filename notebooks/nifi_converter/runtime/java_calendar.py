"""Calendar arithmetic without the limits of Python's datetime, time zones as Java names them, and English names.

Instants are milliseconds since 1970 in UTC, days are counted from 1970-01-01.
"""

from __future__ import annotations

import datetime
import re
from typing import Dict, NamedTuple, Optional, Tuple

from .el_errors import ELError

MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]
WEEKDAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
DAY_MS = 86_400_000
# From this day on Java's GregorianCalendar is Gregorian, before it is Julian (1582-10-15).
_CUTOVER = -141_427
# Java's old TimeZone knows no offsets before 1900, only the standard one.
_START_1900 = -2_208_988_800_000


class Moment(NamedTuple):
    """A local date and time. `year` counts astronomically (0 is 1 BC), `weekday` 0 is Sunday, `offset` in seconds."""

    year: int
    month: int
    day: int
    hour: int
    minute: int
    second: int
    nano: int
    weekday: int
    day_of_year: int
    epoch_day: int
    offset: int
    daylight: bool


def gregorian_days(year: int, month: int, day: int) -> int:
    """Days of a date of the proleptic Gregorian calendar; month and day may run over."""
    year += (month - 1) // 12
    month = (month - 1) % 12 + 1
    shifted = year - (month <= 2)
    era = shifted // 400
    of_era = shifted - era * 400
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5
    return era * 146_097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year + day - 1 - 719_468


def julian_days(year: int, month: int, day: int) -> int:
    """Days of a date of the Julian calendar; month and day may run over."""
    year += (month - 1) // 12
    month = (month - 1) % 12 + 1
    shifted = year - (month <= 2)
    of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5
    return shifted * 365 + shifted // 4 + of_year + day - 1 - 719_470


def mixed_days(year: int, month: int, day: int) -> int:
    """Days as java.util.GregorianCalendar counts them: Julian before October 15th, 1582."""
    days = gregorian_days(year, month, day)
    return days if days >= _CUTOVER else julian_days(year, month, day)


def gregorian_date(days: int) -> Tuple[int, int, int]:
    days += 719_468
    era = days // 146_097
    of_era = days - era * 146_097
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    month = (5 * of_year + 2) // 153
    day = of_year - (153 * month + 2) // 5 + 1
    month += 3 if month < 10 else -9
    return year + era * 400 + (month <= 2), month, day


def julian_date(days: int) -> Tuple[int, int, int]:
    days += 719_470
    era = days // 1461
    of_era = days - era * 1461
    year = (of_era - of_era // 1460) // 365
    of_year = of_era - 365 * year
    month = (5 * of_year + 2) // 153
    day = of_year - (153 * month + 2) // 5 + 1
    month += 3 if month < 10 else -9
    return year + era * 4 + (month <= 2), month, day


# ---- zones -------------------------------------------------------------------------------------------------

_SHORT_IDS = {
    "ACT": "Australia/Darwin", "AET": "Australia/Sydney", "AGT": "America/Argentina/Buenos_Aires", "ART": "Africa/Cairo",
    "AST": "America/Anchorage", "BET": "America/Sao_Paulo", "BST": "Asia/Dhaka", "CAT": "Africa/Harare", "CNT": "America/St_Johns",
    "CST": "America/Chicago", "CTT": "Asia/Shanghai", "EAT": "Africa/Addis_Ababa", "ECT": "Europe/Paris",
    "IET": "America/Indiana/Indianapolis", "IST": "Asia/Kolkata", "JST": "Asia/Tokyo", "MIT": "Pacific/Apia", "NET": "Asia/Yerevan",
    "NST": "Pacific/Auckland", "PLT": "Asia/Karachi", "PNT": "America/Phoenix", "PRT": "America/Puerto_Rico", "PST": "America/Los_Angeles",
    "SST": "Pacific/Guadalcanal", "VST": "Asia/Ho_Chi_Minh",
}  # fmt: skip
_FIXED_IDS = {"EST": -18_000, "MST": -25_200, "HST": -36_000}


class Zone:
    """A time zone. `key` is its region, empty for a fixed offset; `fixed` is the offset in seconds then."""

    def __init__(self, key: str, fixed: Optional[int] = None, name: str = ""):
        self.key = key
        self.fixed = fixed
        self.name = name or key
        self._info = None

    @property
    def info(self):
        if self._info is None:
            try:
                import zoneinfo

                self._info = zoneinfo.ZoneInfo(self.key)
            except Exception:
                raise ELError(f"Unknown time-zone ID: {self.key}") from None
        return self._info

    def offset_at(self, milliseconds: int) -> Tuple[int, bool]:
        """Offset from UTC in seconds and whether it is daylight time."""
        if self.fixed is not None:
            return self.fixed, False
        seconds = milliseconds // 1000
        # Outside of datetime's years the rules of a year within count.
        if seconds < -62_000_000_000:
            seconds = -62_000_000_000
        elif seconds > 250_000_000_000:
            seconds = 250_000_000_000 - (250_000_000_000 - seconds) % 12_622_780_800
        moment = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
        local = moment.astimezone(self.info)
        return int(local.utcoffset().total_seconds()), bool(local.dst())

    def legacy_offset_at(self, milliseconds: int) -> Tuple[int, bool]:
        """As java.util.TimeZone: before 1900 the zone's standard offset."""
        if self.fixed is None and milliseconds < _START_1900:
            return self.standard_offset(), False
        return self.offset_at(milliseconds)

    def standard_offset(self) -> int:
        """Today's offset without daylight time (TimeZone.getRawOffset)."""
        if self.fixed is not None:
            return self.fixed
        offsets = [self.offset_at(1_704_067_200_000), self.offset_at(1_719_792_000_000)]
        plain = [offset for offset, daylight in offsets if not daylight]
        return plain[0] if plain else min(offsets)[0]

    def to_utc(self, local_ms: int, legacy: bool, later: bool) -> int:
        """A local time as an instant. In a gap it moves forward; in an overlap `later` chooses the second time."""
        offset_at = self.legacy_offset_at if legacy else self.offset_at
        before = offset_at(local_ms - DAY_MS)[0]
        after = offset_at(local_ms + DAY_MS)[0]
        candidates = []
        for offset in {before, after, offset_at(local_ms - before * 1000)[0], offset_at(local_ms - after * 1000)[0]}:
            instant = local_ms - offset * 1000
            if offset_at(instant)[0] == offset:
                candidates.append(instant)
        if candidates:
            return max(candidates) if later else min(candidates)
        return local_ms - before * 1000  # in a gap


_ZONES: Dict[Tuple[str, bool], Zone] = {}
_CUSTOM = re.compile(r"GMT([+-])(\d{1,2})(?::?(\d{2}))?\Z")
_OFFSET = re.compile(r"([+-])(\d{1,2})(?::?(\d{2})(?::?(\d{2}))?)?\Z")


def legacy_zone(name: str) -> Zone:
    """TimeZone.getTimeZone: three-letter names are known, what is unknown is GMT."""
    key = (name, True)
    if key not in _ZONES:
        _ZONES[key] = _legacy(name)
    return _ZONES[key]


def _legacy(name: str) -> Zone:
    custom = _CUSTOM.match(name)
    if custom:
        hours, minutes = int(custom[2]), int(custom[3] or 0)
        if hours <= 23 and minutes <= 59:
            seconds = (hours * 3600 + minutes * 60) * (-1 if custom[1] == "-" else 1)
            return Zone("", seconds, f"GMT{custom[1]}{hours:02d}:{minutes:02d}" if seconds else "GMT")
    if name in _FIXED_IDS:
        return Zone("", _FIXED_IDS[name], name)
    if name in ("UTC", "GMT", "Z", "Etc/UTC", "UCT", "Zulu"):
        return Zone("", 0, "GMT" if name == "Z" else name)
    zone = Zone(_SHORT_IDS.get(name, name), None, name)
    try:
        zone.info  # noqa: B018, looks the zone up
        return zone
    except ELError:
        return Zone("", 0, "GMT")


def strict_zone(name: str) -> Zone:
    """ZoneId.of: a region, an offset, or UTC, GMT, UT with an offset; anything else is an error."""
    key = (name, False)
    if key not in _ZONES:
        _ZONES[key] = _strict(name)
    return _ZONES[key]


def _strict(name: str) -> Zone:
    if name in ("Z", "UTC", "GMT", "UT", "Etc/UTC"):
        return Zone("", 0, name)
    prefix = next((p for p in ("UTC", "GMT", "UT", "") if name.startswith(p) and _OFFSET.match(name[len(p) :])), None)
    if prefix is not None:
        match = _OFFSET.match(name[len(prefix) :])
        assert match
        hours, minutes, seconds = int(match[2]), int(match[3] or 0), int(match[4] or 0)
        total = (hours * 3600 + minutes * 60 + seconds) * (-1 if match[1] == "-" else 1)
        if abs(total) > 64_800 or minutes > 59 or seconds > 59:
            raise ELError(f"Invalid ID for offset-based ZoneId: {name}")
        return Zone("", total, prefix + offset_text(total, 3) if total else (prefix or "Z"))
    if name in _FIXED_IDS or not re.match(r"[A-Za-z][A-Za-z0-9~/._+-]+\Z", name):
        raise ELError(f"Unknown time-zone ID: {name}")
    zone = Zone(name)
    zone.info  # noqa: B018, raises where unknown
    return zone


def offset_text(seconds: int, style: int, zero: str = "") -> str:
    """1: +hh, 2: +hhmm, 3: +hh:mm; `zero` for no offset where given."""
    if seconds == 0 and zero:
        return zero
    sign = "-" if seconds < 0 else "+"
    hours, rest = divmod(abs(seconds), 3600)
    minutes = rest // 60
    if style == 1:
        return f"{sign}{hours:02d}"
    return f"{sign}{hours:02d}{':' if style == 3 else ''}{minutes:02d}"


def moment(milliseconds: int, nano: int, zone: Zone, legacy: bool) -> Moment:
    """The local time of an instant (`nano`: nanoseconds of its second)."""
    offset, daylight = (zone.legacy_offset_at if legacy else zone.offset_at)(milliseconds)
    local = milliseconds // 1000 + offset
    days, of_day = divmod(local, 86_400)
    julian = legacy and days < _CUTOVER
    year, month, day = (julian_date if julian else gregorian_date)(days)
    first = (julian_days if julian or (legacy and year == 1582) else gregorian_days)(year, 1, 1)
    return Moment(
        year, month, day, of_day // 3600, of_day // 60 % 60, of_day % 60, nano, (days + 4) % 7, days - first + 1, days, offset, daylight
    )


def week_of_year(at: Moment) -> Tuple[int, int]:
    """Week-based year and week by the American rule: weeks begin on Sunday, week 1 holds January 1st."""
    first_weekday = (at.weekday - (at.day_of_year - 1)) % 7
    week = (at.day_of_year - 1 + first_weekday) // 7 + 1
    leap = gregorian_days(at.year + 1, 1, 1) - gregorian_days(at.year, 1, 1)
    next_first = (first_weekday + leap) % 7
    if at.day_of_year > leap - next_first:
        return at.year + 1, 1
    return at.year, week


def week_of_month(at: Moment) -> int:
    first_weekday = (at.weekday - (at.day - 1)) % 7
    return (at.day - 1 + first_weekday) // 7 + 1


# ---- names of zones ----------------------------------------------------------------------------------------

# Region → standard abbreviation and name, daylight abbreviation and name, as Java's English locale has them.
_NAMES: Dict[str, Tuple[str, str, str, str]] = {}


def _name(regions: str, *names: str) -> None:
    for region in regions.split():
        _NAMES[region] = (names[0], names[1], names[2] if len(names) > 2 else names[0], names[3] if len(names) > 3 else names[1])


_name("UTC Etc/UTC UCT Zulu Etc/UCT Etc/Zulu", "UTC", "Coordinated Universal Time")
_name("GMT Etc/GMT Africa/Abidjan", "GMT", "Greenwich Mean Time")
_name("America/New_York America/Detroit America/Toronto US/Eastern EST5EDT", "EST", "Eastern Standard Time", "EDT", "Eastern Daylight Time")
_name("America/Chicago US/Central CST6CDT America/Winnipeg", "CST", "Central Standard Time", "CDT", "Central Daylight Time")
_name("America/Denver US/Mountain MST7MDT America/Edmonton", "MST", "Mountain Standard Time", "MDT", "Mountain Daylight Time")
_name("America/Phoenix", "MST", "Mountain Standard Time")
_name("America/Los_Angeles US/Pacific PST8PDT America/Vancouver", "PST", "Pacific Standard Time", "PDT", "Pacific Daylight Time")
_name("America/Anchorage US/Alaska", "AKST", "Alaska Standard Time", "AKDT", "Alaska Daylight Time")
_name("Pacific/Honolulu US/Hawaii", "HST", "Hawaii Standard Time")
_name(
    "Europe/Berlin Europe/Paris Europe/Rome Europe/Madrid Europe/Vienna Europe/Zurich Europe/Amsterdam Europe/Brussels Europe/Warsaw "
    "Europe/Prague Europe/Budapest Europe/Stockholm Europe/Oslo Europe/Copenhagen CET",
    "CET", "Central European Standard Time", "CEST", "Central European Summer Time",
)  # fmt: skip
_name("Europe/Athens Europe/Helsinki Europe/Bucharest Europe/Kiev Europe/Sofia EET", "EET", "Eastern European Standard Time", "EEST", "Eastern European Summer Time")
_name("Europe/London", "GMT", "Greenwich Mean Time", "BST", "British Summer Time")
_name("Europe/Lisbon WET", "WET", "Western European Standard Time", "WEST", "Western European Summer Time")
_name("Asia/Tokyo Japan", "JST", "Japan Standard Time")
_name("Asia/Seoul", "KST", "Korean Standard Time")
_name("Asia/Shanghai PRC", "CST", "China Standard Time")
_name("Asia/Hong_Kong", "HKT", "Hong Kong Standard Time")
_name("Asia/Kolkata Asia/Calcutta", "IST", "India Standard Time")
_name("Australia/Sydney Australia/Melbourne", "AEST", "Australian Eastern Standard Time", "AEDT", "Australian Eastern Daylight Time")
_name("EST", "EST", "Eastern Standard Time")
_name("MST", "MST", "Mountain Standard Time")
_name("HST", "HST", "Hawaii Standard Time")


def zone_text(zone: Zone, daylight: bool, long: bool) -> str:
    """The zone's name as Java's English locale prints it. A name not in the table is an error, never a guess."""
    names = _NAMES.get(zone.name) or _NAMES.get(zone.key)
    if names is None:
        if zone.fixed is not None:
            return zone.name
        raise ELError(f"the name of time zone {zone.name} is not known here: use Z or XXX in the date pattern")
    return names[(2 if daylight else 0) + (1 if long else 0)]


def _zones_by_text() -> Dict[str, Tuple[str, bool, bool]]:
    found: Dict[str, Tuple[str, bool, bool]] = {}
    for region, names in _NAMES.items():
        for index, text in enumerate(names):
            found.setdefault(text.lower(), (region, index >= 2 and names[index] != names[index - 2], names[0] == names[2]))
    return found


ZONES_BY_TEXT = _zones_by_text()


def zone_from_text(text: str, at: int) -> Optional[Tuple[str, bool, int]]:
    """The zone whose name or abbreviation stands at `at`: (region, daylight, end), the longest name wins."""
    rest = text[at : at + 40].lower()
    for name in sorted(ZONES_BY_TEXT, key=len, reverse=True):
        if rest.startswith(name):
            region, daylight, _ = ZONES_BY_TEXT[name]
            return region, daylight, at + len(name)
    return None
