"""ValidateCsv: cell processors (`ParseInt()`, `Optional(StrMinMax(1,3))`), their messages as NiFi's library (Super CSV) words them."""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, List, Optional, Tuple

from . import csv_text, java_regex
from .el_errors import ELError

Check = Callable[[Optional[str]], Optional[str]]  # a cell → what is wrong with it
_CALL = re.compile(r"\s*(\w+)\s*(?:\((.*)\))?\s*\Z", re.S)


class CsvSchemaError(ValueError):
    """A schema that NiFi would call invalid."""


def parse_schema(text: str) -> List[Callable[[], Check]]:
    """Makers of one check for each column. A check may remember what it saw (Unique), so each run makes its own."""
    return [_maker(part) for part in _parts(text)]


def _parts(text: str) -> List[str]:
    parts, part, depth, quoted = [], "", 0, False
    for char in text:
        if char == '"':
            quoted = not quoted
        if not quoted:
            depth += (char == "(") - (char == ")")
            if char == "," and depth == 0:
                parts.append(part)
                part = ""
                continue
        part += char
    return parts + [part]


def _maker(text: str) -> Callable[[], Check]:
    match = _CALL.match(text)
    name = match[1].lower() if match else text.strip().lower()
    if not match or name not in _CHECKS:
        raise CsvSchemaError(f"[{name}] is not an allowed method to define a Cell Processor")
    function = _CHECKS[name]
    arguments = match[2] or ""
    if name == "optional":
        inner = _maker(arguments) if arguments.strip() else None
        return lambda: _optional(inner() if inner else None)
    values = [a.strip()[1:-1] if a.strip()[:1] == '"' else a.strip() for a in _parts(arguments)] if arguments.strip() else []
    try:
        function(*values)
    except (TypeError, ValueError, ELError):
        raise CsvSchemaError(f"{name} does not take {arguments!r}")
    return lambda: function(*values)


def _optional(inner: Optional[Check]) -> Check:
    return lambda cell: None if cell is None or inner is None else inner(cell)


def _required(check: Check) -> Check:
    return lambda cell: "null value encountered" if cell is None else check(cell)


def _parse(kind: str, test: Callable[[str], bool]) -> Callable[[], Check]:
    return lambda: _required(lambda cell: None if test(cell) else f"'{cell}' could not be parsed as {kind}")


def _whole(bits: int) -> Callable[[str], bool]:
    return lambda cell: re.fullmatch(r"[+-]?\d{1,30}", cell) is not None and -(2 ** (bits - 1)) <= int(cell) < 2 ** (bits - 1)


def _double(cell: str) -> bool:
    return re.fullmatch(r"\s*[+-]?(NaN|Infinity|(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[fFdD]?)\s*", cell) is not None


def _date(pattern: str, lenient: str = "false") -> Check:
    from . import java_calendar, java_simple_date
    from .el_environment import zone_name

    def check(cell: str) -> Optional[str]:
        try:
            milliseconds = java_simple_date.parse_date(cell, pattern, java_calendar.legacy_zone(zone_name()))
            shown = java_simple_date.format_date(milliseconds, pattern, java_calendar.legacy_zone(zone_name()))
            # Not lenient: what rolls over (30/02) does not print as it was read.
            if lenient.lower() == "true" or shown.lstrip("0") == cell[: len(shown)].lstrip("0"):
                return None
        except ELError:
            pass
        return f"'{cell}' could not be parsed as a Date"

    return _required(check)


def _between(kind: str, low: str, high: str) -> Check:
    convert: Callable[[str], Any] = float if kind == "double" else int
    least, most = convert(low), convert(high)

    def check(cell: str) -> Optional[str]:
        fits = _double(cell) if kind == "double" else _whole(64)(cell)
        if not fits:
            return f"'{cell}' could not be parsed as {'a Double' if kind == 'double' else 'a Long'}"
        value = convert(cell)
        if least <= value <= most:
            return None
        shown = float(value) if kind == "double" else value
        return f"{shown} does not lie between the min ({least}) and max ({most}) values (inclusive)"

    return _required(check)


def _length(*sizes: str) -> Check:
    allowed = [int(s) for s in sizes]
    return _required(lambda cell: None if len(cell) in allowed else f"the length of {cell} is {len(cell)} not one of the required lengths {allowed}")


def _length_between(low: str, high: str) -> Check:
    least, most = int(low), int(high)
    return _required(lambda cell: None if least <= len(cell) <= most else f"the length of value '{cell}' ({len(cell)}) does not lie between the min ({least}) and max ({most}) values (inclusive)")


def _regex(pattern: str) -> Check:
    compiled = java_regex.compile_java(pattern)
    return _required(lambda cell: None if compiled.fullmatch(cell) else f"'{cell}' does not match the regular expression '{pattern}'")


def _unique(with_hash: bool = False) -> Check:
    seen = set()

    def check(cell: str) -> Optional[str]:
        if cell in seen:
            return f"duplicate value '{cell}' encountered" + (" with hashcode" if with_hash else "")
        seen.add(cell)
        return None

    return _required(check)


_CHECKS: Dict[str, Callable[..., Check]] = {
    "null": lambda: lambda cell: None, "optional": lambda *a: lambda cell: None, "notnull": lambda: _required(lambda cell: None),
    "parseint": _parse("an Integer", _whole(32)), "parselong": _parse("a Long", _whole(64)), "parsedouble": _parse("a Double", _double),
    "parsebigdecimal": _parse("a BigDecimal", lambda c: re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", c) is not None),
    "parsebool": _parse("a Boolean", lambda c: c.lower() in ("1", "0", "true", "false", "t", "f", "y", "n")),
    "parsechar": _parse("a char as it is a String longer than 1 character", lambda c: len(c) == 1),
    "parsedate": _date, "dminmax": lambda low, high: _between("double", low, high), "lminmax": lambda low, high: _between("long", low, high),
    "strlen": _length, "strminmax": _length_between, "strregex": _regex, "unique": _unique, "uniquehashcode": lambda: _unique(True),
    "equals": lambda wanted=None: _equals(wanted), "forbidsubstr": lambda *t: _required(lambda c: next((f"'{c}' contains the forbidden substring '{x}'" for x in t if x in c), None)),
    "requiresubstr": lambda *t: _required(lambda c: None if any(x in c for x in t) else f"'{c}' does not contain any of the required substrings"),
    "requirehashcode": lambda *t: _required(lambda c: None), "strnotnullorempty": lambda: _required(lambda c: None if c else "the String should not be empty"),
    "isincludedin": lambda *t: _required(lambda c: None if c in t else f"'{c}' is not included in the allowed set of values"),
}


def _equals(wanted: Optional[str]) -> Check:
    first: List[str] = [wanted] if wanted is not None else []

    def check(cell: str) -> Optional[str]:
        if not first:
            first.append(cell)
        return None if cell == first[0] else f"'{cell}' is not equal to the supplied constant '{first[0]}'"

    return _required(check)


# ---- the processor -----------------------------------------------------------------------------------------


def validate(flow_file, schema, header=True, separator=",", quote='"', newline="\n", lines=False, everything=False):
    """ValidateCsv. `lines`: valid and invalid rows apart, otherwise the whole flow file goes one way; `everything`: all
    faults of a row are told, not the first alone."""
    try:
        rows = list(_rows(flow_file.content.decode("utf-8", "replace"), separator, quote))
    except csv_text.CsvError as error:
        return [("invalid", flow_file.with_attributes({"validation.error.message": str(error)}).failed(error))]
    checks = [make() for make in parse_schema(schema)]
    head = rows.pop(0) if header and rows else None
    first: Optional[str] = None
    good: List[str] = []
    bad: List[str] = []
    for number, line, cells, source in rows:
        fault = _fault(cells, checks, number, line, everything)
        if fault is None:
            good.append(source)
            continue
        first = first or fault
        bad.append(source)
        if not lines:
            return [("invalid", flow_file.with_attributes({"validation.error.message": fault}).failed(fault))]
    if not lines:
        return [("valid", flow_file)]
    out: List[Tuple[str, Any]] = []
    extra = 0 if good else 1  # NiFi counts one line too many where none is valid
    total = len(rows) + extra
    top = [head[3]] if head is not None else []
    if good:
        out.append(("valid", flow_file.with_content(newline.join(top + good)).with_attributes({"count.valid.lines": len(good), "count.total.lines": total})))
    if bad:
        out.append(("invalid", flow_file.with_content(newline.join(top + bad)).with_attributes(
            {"count.invalid.lines": len(bad) + extra, "count.total.lines": total, "validation.error.message": first}).failed(first)))
    return out


def _rows(text: str, separator: str, quote: str):
    """(row, line, cells, its text): cells that are empty are null."""
    number = line = 0
    dialect = csv_text.Dialect(separator=separator, quote=quote, escape=None, trim=False)
    pieces: List[str] = []
    for raw in text.splitlines(keepends=True):
        pieces.append(raw)
        line += 1
        joined = "".join(pieces)
        if joined.count(quote) % 2:
            continue
        pieces = []
        source = joined.rstrip("\r\n")
        if not source:
            continue
        number += 1
        cells = next(csv_text.rows(source, dialect))
        yield number, line, [c if c else None for c in cells], source
    if pieces:
        raise csv_text.CsvError(f"unexpected end of file while reading quoted column beginning on line {line} and ending on line {line}")


def _fault(cells: List[Optional[str]], checks: List[Check], number: int, line: int, everything: bool) -> Optional[str]:
    if len(cells) != len(checks):
        return (f"The number of columns to be processed ({len(cells)}) must match the number of CellProcessors ({len(checks)}): check that the number"
                " of CellProcessors you have defined matches the expected number of columns being read/written")
    found = []
    for column, (cell, check) in enumerate(zip(cells, checks), 1):
        wrong = check(cell)
        if wrong is not None:
            found.append(f"{wrong} at {{line={line}, row={number}, column={column}}}")
            if not everything:
                break
    return ", ".join(found) if found else None
