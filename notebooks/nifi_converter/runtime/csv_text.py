"""CSV as NiFi's parser and printer (commons-csv) understand it: `""` and an escape character at once, comments, quotes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Iterator, List, Optional, Sequence


class CsvError(ValueError):
    """Text that is no CSV; the message is that of NiFi's parser."""


@dataclass(frozen=True)
class Dialect:
    """How cells are told apart. None: no such character."""

    separator: str = ","
    quote: Optional[str] = '"'
    escape: Optional[str] = "\\"
    comment: Optional[str] = None
    trim: bool = True
    skip_empty_lines: bool = True
    null_text: Optional[str] = None


# The formats that NiFi names; what they do not say is as in `Dialect`.
FORMATS = {
    "custom": Dialect(),
    "rfc-4180": Dialect(escape=None, trim=False, skip_empty_lines=False),
    "excel": Dialect(escape=None, trim=False, skip_empty_lines=False),
    "tdf": Dialect(separator="\t", escape=None, trim=True),
    "mysql": Dialect(separator="\t", quote=None, escape="\\", trim=False, skip_empty_lines=False, null_text="\\N"),
    "informix-unload": Dialect(separator="|", escape="\\", trim=False),
    "informix-unload-csv": Dialect(escape=None, trim=False),
}

_CONTROLS = {"r": "\r", "n": "\n", "t": "\t", "b": "\b", "f": "\f"}


def rows(text: str, dialect: Dialect) -> Iterator[List[Optional[str]]]:
    """The rows of a text, cell by cell. CsvError where a quote is not closed or text stands behind one."""
    at, size = 0, len(text)
    if text.startswith("\ufeff"):
        at = 1
    line = 1
    while at < size:
        row: List[Optional[str]] = []
        started = at
        if dialect.comment and text.startswith(dialect.comment, at):
            while at < size and text[at] not in "\r\n":
                at += 1
            at, line = _newline(text, at), line + 1
            continue
        if dialect.skip_empty_lines and text[at] in "\r\n":
            at, line = _newline(text, at), line + 1
            continue
        while True:
            cell, at, newlines, ended = _cell(text, at, dialect, line)
            line += newlines
            if dialect.trim and cell is not None:
                cell = _trim(cell)
            row.append(None if dialect.null_text is not None and cell == dialect.null_text else cell)
            if ended:
                break
        if at == started:
            raise CsvError("the parser does not get on")
        yield row


def _trim(text: str) -> str:
    return text.strip("".join(chr(c) for c in range(33)))


def _newline(text: str, at: int) -> int:
    if text.startswith("\r\n", at):
        return at + 2
    return at + 1 if at < len(text) else at


def _cell(text: str, at: int, dialect: Dialect, line: int):
    """(cell, where the next one begins, line breaks in it, whether the row ends behind it)."""
    size, separator = len(text), dialect.separator
    out: List[str] = []
    if dialect.quote and at < size and text[at] == dialect.quote:
        at += 1
        first_line, newlines = line, 0
        while True:
            if at >= size:
                raise CsvError(f"(startline {first_line}) EOF reached before encapsulated token finished")
            char = text[at]
            if dialect.escape and char == dialect.escape:
                piece, at = _escaped(text, at, dialect)
                out.append(piece)
                continue
            if char == dialect.quote:
                if text.startswith(dialect.quote, at + 1):
                    out.append(char)
                    at += 2
                    continue
                at += 1
                while True:
                    if at >= size:
                        return "".join(out), at, newlines, True
                    if text.startswith(separator, at):
                        return "".join(out), at + len(separator), newlines, False
                    if text[at] in "\r\n":
                        return "".join(out), _newline(text, at), newlines + 1, True
                    if not text[at].isspace():
                        raise CsvError(f"Invalid character between encapsulated token and delimiter at line: {line + newlines}, position: {at}")
                    at += 1
            newlines += char == "\n"
            out.append(char)
            at += 1
    start = at
    while at < size:
        char = text[at]
        if char in "\r\n":
            out.append(text[start:at])
            return "".join(out), _newline(text, at), 1, True
        if text.startswith(separator, at):
            out.append(text[start:at])
            return "".join(out), at + len(separator), 0, False
        if dialect.escape and char == dialect.escape:
            out.append(text[start:at])
            piece, at = _escaped(text, at, dialect)
            out.append(piece)
            start = at
            continue
        at += 1
    out.append(text[start:at])
    return "".join(out), at, 0, True


def _escaped(text: str, at: int, dialect: Dialect):
    """What an escape sequence stands for, and where the text goes on."""
    if at + 1 >= len(text):
        raise CsvError("EOF whilst processing escape sequence")
    following = text[at + 1]
    if following in _CONTROLS:
        return _CONTROLS[following], at + 2
    if following in "\r\n\f\t\b" or following in (dialect.separator, dialect.escape, dialect.quote, dialect.comment):
        return following, at + 2
    return text[at : at + 2], at + 2


# ---- writing -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Style:
    """How rows are written. `mode`: MINIMAL, ALL, ALL_NON_NULL, NON_NUMERIC, NONE."""

    separator: str = ","
    quote: str = '"'
    escape: Optional[str] = "\\"
    newline: str = "\n"
    mode: str = "MINIMAL"
    trim: bool = True
    null_text: Optional[str] = None
    trailing: bool = False


STYLES = {
    "custom": Style(),
    "rfc-4180": Style(escape=None, newline="\r\n", trim=False),
    "excel": Style(escape=None, newline="\r\n", trim=False),
    "tdf": Style(separator="\t", escape=None, newline="\r\n", trim=False),
    "mysql": Style(separator="\t", quote="", escape="\\", mode="NONE", trim=False, null_text="\\N"),
    "informix-unload": Style(separator="|", trim=False),
    "informix-unload-csv": Style(escape=None, trim=False),
}


def write_row(cells: Sequence[Any], style: Style, numbers: Sequence[bool] = ()) -> str:
    """One row with its line end. Cells are texts or None; `numbers` says which were numbers (mode NON_NUMERIC)."""
    out = []
    for index, cell in enumerate(cells):
        number = bool(numbers) and numbers[index]
        out.append(_written(cell, style, index == 0, number))
    line = style.separator.join(out)
    if style.trailing:
        line += style.separator
    return line + style.newline


def _written(cell: Optional[str], style: Style, first: bool, number: bool) -> str:
    if cell is None:
        # Quotes are for values: without a text for null not even `ALL` puts them.
        return _quoted(style.null_text, style) if style.mode == "ALL" and style.null_text is not None else style.null_text or ""
    if style.trim:
        cell = _trim(cell)
    if style.mode == "NONE":
        return _escape(cell, style)
    if style.mode in ("ALL", "ALL_NON_NULL") or (style.mode == "NON_NUMERIC" and not number) or \
            (style.mode == "MINIMAL" and _must_quote(cell, style, first)):
        return _quoted(cell, style)
    return cell


def _must_quote(cell: str, style: Style, first: bool) -> bool:
    """The parser's printer quotes more than it must: an empty first cell, odd first characters, white space at the end."""
    if not cell:
        return first
    head = cell[0]
    if first and (head < " " or "!" < head < "#" or "+" < head < "-" or head > "~"):
        return True
    if head <= "#":
        return True
    if any(c in cell for c in ("\n", "\r", style.quote, style.separator, style.escape) if c):
        return True
    return cell[-1] <= " "


def _quoted(cell: str, style: Style) -> str:
    escape = style.escape or style.quote
    out = []
    for char in cell:
        if char in (style.quote, escape):
            out.append(escape)
        out.append(char)
    return style.quote + "".join(out) + style.quote


def _escape(cell: str, style: Style) -> str:
    if not style.escape:
        return cell
    out = []
    for char in cell:
        if char in "\r\n":
            out.append(style.escape + ("n" if char == "\n" else "r"))
        elif char in (style.separator, style.escape):
            out.append(style.escape + char)
        else:
            out.append(char)
    return "".join(out)


def changed(base: Any, **options: Any) -> Any:
    """A dialect or style with the options that are given."""
    return replace(base, **{k: v for k, v in options.items() if v is not None})
