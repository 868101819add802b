"""Reading with java.time.DateTimeFormatter: strict (ofPattern) and as NiFi 2.x builds it (lenient, any case)."""

from __future__ import annotations

import re
from typing import Dict, List, Optional, Tuple

from . import java_calendar as calendar
from .el_errors import ELError
from .java_time import compile_pattern

_RANGES = {
    "M": (1, 12), "L": (1, 12), "d": (1, 31), "D": (1, 366), "H": (0, 23), "k": (1, 24), "K": (0, 11), "h": (1, 12),
    "m": (0, 59), "s": (0, 59), "n": (0, 999_999_999), "A": (0, 86_399_999), "N": (0, 86_399_999_999_999),
}  # fmt: skip
_NUMERIC = "yuMLdDHkKhmsnAN"


# Behind GMT or UTC an offset needs two digits of hours here.
_SHORT_OFFSET = re.compile(r"(?:GMT|UTC|UT)[+-]\d?\Z")


class _Fields:
    def __init__(self) -> None:
        self.values: Dict[str, int] = {}
        self.offset: Optional[int] = None
        self.zone: Optional[calendar.Zone] = None


def _fail(text: str, at: int) -> ELError:
    return ELError(f"Text '{text}' could not be parsed at index {at}")


def parse(text: str, pattern: str, zone: calendar.Zone, lenient: bool) -> int:
    """Nanoseconds since 1970. Trailing text and values out of range are errors, but February 30th is its last day.

    `zone` counts where the text names none. `lenient`: any number of digits where none touch, text in any case; and a
    text without a date is on 1970-01-01, without a time at midnight. Letters whose reading is not translated raise.
    """
    items = compile_pattern(pattern)
    fields = _Fields()
    at = 0
    index = 0
    while index < len(items):
        letter, count, literal = items[index]
        if literal:
            piece = text[at : at + len(literal)]
            if piece != literal and not (lenient and piece.lower() == literal.lower()):
                raise _fail(text, at)
            at += len(literal)
        elif _is_number(items[index]):
            index, at = _numbers(items, index, text, at, lenient, fields)
            continue
        elif letter == "S":
            at = _fraction(text, at, count, 0 if lenient else count, 9 if lenient else count, fields)
        else:
            at = _text_field(letter, count, text, at, lenient, fields)
        index += 1
    if at < len(text):
        raise ELError(f"Text '{text}' could not be parsed, unparsed text found at index {at}")
    return _resolve(fields, zone, lenient, text)


def _is_number(item: Tuple[str, int, str]) -> bool:
    letter, count, _ = item
    return letter != "" and letter in _NUMERIC and not (letter in "ML" and count > 2)


def _numbers(items: List[Tuple[str, int, str]], index: int, text: str, at: int, lenient: bool, fields: _Fields) -> Tuple[int, int]:
    """A number and those of fixed width that touch it (`yyyyMMdd`): the first takes what the others leave."""
    letter, count, _ = items[index]
    following = index + 1
    reserved = 0
    fixed_first = count == 2 or letter in "D" and count == 3
    if letter not in "yu" or count == 2:
        pass
    while following < len(items) and ((_is_number(items[following]) and items[following][1] >= 2) or items[following][0] == "S"):
        reserved += items[following][1]
        following += 1
    touching = following > index + 1
    low = count if (letter in "yu" or fixed_first) else 1
    high = count if fixed_first else (19 if letter in "yu" else 2 if letter in "dHkKhmsML" else 3 if letter == "D" else 19)
    if lenient and not touching:
        low, high = 1, (high if letter in "yu" and count != 2 else 9 if fixed_first else max(high, 9))
    elif lenient and touching and not fixed_first:
        low, high = 1, max(high, 9)
    sign_allowed = letter in "yu" and count != 2 or (lenient and not touching)
    at = _take(letter, count, low, high, reserved if touching and not (fixed_first) else 0, sign_allowed, lenient, text, at, fields)
    for position in range(index + 1, following):
        next_letter, next_count, _ = items[position]
        if next_letter == "S":
            at = _fraction(text, at, next_count, next_count, next_count, fields)
        else:
            at = _take(next_letter, next_count, next_count, next_count, 0, False, lenient, text, at, fields)
    return following, at


def _take(letter: str, count: int, low: int, high: int, reserve: int, sign: bool, lenient: bool, text: str, at: int, fields: _Fields) -> int:
    start = at
    negative = False
    if sign and text[at : at + 1] in ("-", "+") and text[at : at + 1]:
        negative = text[at] == "-"
        plus = text[at] == "+"
        at += 1
        if plus and not lenient and letter in "yu" and count < 4:
            raise _fail(text, start)
    end = at
    while end < len(text) and text[end].isdigit() and end - at < high + reserve:
        end += 1
    if reserve:
        # Leave enough digits for the fields of fixed width behind.
        end = max(min(end, at + high), at) if end - at <= low else max(at + low, end - reserve)
    if end - at < low or end - at > 19:
        raise _fail(text, at)
    digits = text[at:end]
    value = -int(digits) if negative else int(digits)
    if letter in "yu" and count == 2 and len(digits) == 2:
        value += 2000
    if letter == "y" and not negative and not lenient and count >= 4 and not (text[start : start + 1] == "+") and len(digits) > max(count, 4):
        raise _fail(text, at)
    if letter == "y" and value < 1:
        raise ELError(f"Text '{text}' could not be parsed: Invalid value for YearOfEra: {value}")
    _set(fields, "y" if letter == "u" else "M" if letter == "L" else letter, value, text)
    return end


def _set(fields: _Fields, letter: str, value: int, text: str) -> None:
    if letter in _RANGES:
        low, high = _RANGES[letter]
        if not low <= value <= high and not (letter == "H" and value == 24):
            raise ELError(f"Text '{text}' could not be parsed: Invalid value for {letter}: {value}")
    if fields.values.get(letter, value) != value:
        raise ELError(f"Text '{text}' could not be parsed: conflict in {letter}")
    fields.values[letter] = value


def _fraction(text: str, at: int, count: int, low: int, high: int, fields: _Fields) -> int:
    end = at
    while end < len(text) and text[end].isdigit() and end - at < high:
        end += 1
    if end - at < low:
        raise _fail(text, at)
    if end > at:
        fields.values["n"] = int(text[at:end].ljust(9, "0"))
    return end


def _text_field(letter: str, count: int, text: str, at: int, lenient: bool, fields: _Fields) -> int:
    if letter in "ML":
        index, end = _match(text, at, calendar.MONTHS, count, lenient)
        _set(fields, "M", index + 1, text)
        return end
    if letter == "E":
        index, end = _match(text, at, calendar.WEEKDAYS, max(count, 3), lenient)
        fields.values["E"] = index
        return end
    if letter == "a":
        index, end = _match(text, at, ["AM", "PM"], 4, lenient)
        fields.values["a"] = index
        return end
    if letter == "G":
        index, end = _match(text, at, ["BC", "AD"], 4, lenient)
        fields.values["G"] = index
        return end
    if letter in "XxZ":
        return _offset(letter, count, text, at, lenient, fields)
    if letter in "zV":
        return _zone(text, at, fields)
    raise ELError(f"date pattern letter {letter} is not translated for reading")


def _match(text: str, at: int, names: List[str], count: int, lenient: bool) -> Tuple[int, int]:
    rest = text[at : at + 20]
    rest = rest.lower() if lenient else rest
    best: Optional[Tuple[int, int]] = None
    for index, name in enumerate(names):
        forms = (name, name[:3]) if lenient else (name,) if count == 4 else (name[:3],)
        for form in forms:
            shown = form.lower() if lenient else form
            if rest.startswith(shown) and (best is None or at + len(form) > best[1]):
                best = (index, at + len(form))
    if best is None:
        raise _fail(text, at)
    return best


def _offset(letter: str, count: int, text: str, at: int, lenient: bool, fields: _Fields) -> int:
    if letter == "X" or letter == "Z" and count == 5:
        if text[at : at + 1] == "Z" or (lenient and text[at : at + 1] == "z"):
            fields.offset = 0
            return at + 1
    if letter == "Z" and count == 4:
        raise ELError("date pattern ZZZZ is not translated for reading")
    sign = text[at : at + 1]
    if sign not in ("+", "-") or not sign:
        raise _fail(text, at)
    colon = count in (3, 5) and letter != "Z" or letter == "Z" and count == 5
    start, at = at, at + 1
    hours = text[at : at + 2]
    if len(hours) < 2 or not hours.isdigit():
        raise _fail(text, start)
    at += 2
    minutes = 0
    if count != 1 or letter == "Z":
        if colon:
            if text[at : at + 1] != ":":
                raise _fail(text, start)
            at += 1
        elif lenient and text[at : at + 1] == ":":
            at += 1
        if len(text[at : at + 2]) < 2 or not text[at : at + 2].isdigit():
            raise _fail(text, start)
        minutes, at = int(text[at : at + 2]), at + 2
    elif text[at : at + 2].isdigit() and len(text[at : at + 2]) == 2:
        minutes, at = int(text[at : at + 2]), at + 2
    if int(hours) > 18 or minutes > 59:
        raise _fail(text, start)
    fields.offset = (int(hours) * 3600 + minutes * 60) * (-1 if sign == "-" else 1)
    return at


def _zone(text: str, at: int, fields: _Fields) -> int:
    end = at
    while end < len(text) and (text[end].isalnum() or text[end] in "/_+-:"):
        end += 1
    while end > at:
        if _SHORT_OFFSET.match(text[at:end]):
            end -= 1
            continue
        try:
            fields.zone = calendar.strict_zone(text[at:end])
            return end
        except ELError:
            found = calendar.zone_from_text(text[:end], at)
            if found and found[2] == end:
                fields.zone = calendar.strict_zone(found[0]) if "/" in found[0] else calendar.legacy_zone(found[0])
                return end
            end -= 1
    raise _fail(text, at)


def _resolve(fields: _Fields, zone: calendar.Zone, lenient: bool, text: str) -> int:
    days = _date(fields.values, text)
    time = _time(fields.values, text)
    if not lenient and (days is None or time is None or "y" not in fields.values):
        raise ELError(f"Text '{text}' could not be parsed: Unable to obtain a date and time")
    if days is None:
        days, time = 0, None if time is None else time % (86_400 * 1_000_000_000)  # 24:00 without a date is midnight
    local = days * 86_400 * 1_000_000_000 + (0 if time is None else time)
    if fields.offset is not None:
        return local - fields.offset * 1_000_000_000
    found = fields.zone or zone
    utc_ms = found.to_utc(local // 1_000_000, False, False)
    return utc_ms * 1_000_000 + local % 1_000_000


def _date(values: Dict[str, int], text: str) -> Optional[int]:
    if "y" not in values and not ("M" in values and "d" in values):
        return None
    year = values.get("y", 1970)
    if values.get("G") == 0:
        year = 1 - year
    if "D" in values and "M" not in values:
        length = calendar.gregorian_days(year + 1, 1, 1) - calendar.gregorian_days(year, 1, 1)
        if values["D"] > length:
            raise ELError(f"Text '{text}' could not be parsed: Invalid date 'DayOfYear {values['D']}'")
        return calendar.gregorian_days(year, 1, 1) + values["D"] - 1
    month, day = values.get("M", 1), values.get("d", 1)
    if "M" not in values and "d" in values:
        return None
    length = calendar.gregorian_days(year, month + 1, 1) - calendar.gregorian_days(year, month, 1)
    days = calendar.gregorian_days(year, month, min(day, length))
    if "E" in values and (days + 4) % 7 != values["E"]:
        raise ELError(f"Text '{text}' could not be parsed: Conflict found: the day of the week")
    return days


def _time(values: Dict[str, int], text: str) -> Optional[int]:
    """Nanoseconds of the day, 24:00 is the next day."""
    hour = values.get("H")
    if hour is None and "k" in values:
        hour = values["k"] % 24
    if hour is None and "a" in values:
        half = values.get("h", values.get("K"))
        hour = None if half is None else half % 12 + 12 * values["a"]
    if hour is None:
        return values.get("N", values["A"] * 1_000_000 if "A" in values else None)
    minute, second, nano = values.get("m", 0), values.get("s", 0), values.get("n", 0)
    if hour == 24 and (minute or second or nano):
        raise ELError(f"Text '{text}' could not be parsed: Invalid value for HourOfDay: 24")
    return ((hour * 60 + minute) * 60 + second) * 1_000_000_000 + nano
