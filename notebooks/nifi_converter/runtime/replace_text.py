"""ReplaceText and ReplaceTextWithMapping: search and replace over content, by Java's regular expressions."""

from __future__ import annotations

import re

from .charsets import decode, encode, lines, without_end
from .el_errors import ELError
from .flow_files import Late
from .java_regex import compile_java, replacement_parts

_BACK_REFERENCE = re.compile(r"[^\\]\$([0-9]+)")
_DOLLAR_TEXT = re.compile(r"\$[^0-9]")


def quoted(value):
    """A value that Expression Language puts into a search expression: it stands for itself."""
    return "\\Q" + value.replace("\\E", "\\E\\\\E\\Q") + "\\E"


def escaped(value):
    """A value that Expression Language puts into a replacement: `$1` in it is text (a backslash still eats itself)."""
    return value.replace("$", "\\$")


def regex(flow_file, search, replacement, charset="UTF-8", entire=False, lines_of="All", max_size=1024 * 1024):
    """Regex Replace. `replacement` is a text, or a function of the attributes and of `$0`, `$1`… (rt.Late), as
    `${'$1':toUpper()}` needs. A group that does not exist throws."""
    if entire and len(flow_file.content) > max_size:
        return [("failure", flow_file.failed(f"larger than the buffer of {max_size} bytes"))]
    pattern = compile_java(search)
    put = _Replacement(pattern, replacement, flow_file.attributes)
    try:
        return [("success", _changed(flow_file, lambda text: pattern.sub(put, text), charset, entire, lines_of))]
    except _NoReplacement as error:
        return [("failure", flow_file.failed(error))]


class _NoReplacement(ValueError):
    """The replacement's expression has no value for a match: NiFi's failure, where a wrong group throws."""


class _Replacement:
    """The replacement of one match; a text that was seen before is not parsed again."""

    def __init__(self, pattern, replacement, attributes):
        self.pattern, self.replacement, self.attributes = pattern, replacement, attributes
        self.known = {}

    def __call__(self, match):
        if isinstance(self.replacement, Late):
            groups = {f"${i}": match.group(i) for i in range(match.re.groups + 1)}
            try:
                text = self.replacement({**self.attributes, **{k: v for k, v in groups.items() if v is not None}})
            except ELError as error:
                raise _NoReplacement(str(error)) from None
        else:
            text = self.replacement
        if text not in self.known:
            if len(self.known) > 1000:
                self.known.clear()
            self.known[text] = self._parts(text)
        return "".join(p if isinstance(p, str) else match.group(p) or "" for p in self.known[text])

    def _parts(self, text):
        text = _literal_references(text, self.pattern.groups)
        if _DOLLAR_TEXT.search(text):  # NiFi then takes the whole of it literally
            return [text]
        return replacement_parts(text, self.pattern)


def _literal_references(text, groups):
    """`$8` where there are fewer groups is text (but not where there is no group at all: that throws)."""
    if groups == 0:
        return text
    inserted = 0
    out = text
    for found in _BACK_REFERENCE.finditer(text):
        number = found[1]
        if number.startswith("0"):
            continue
        index = int(number[:9])
        while index > groups and index >= 10:
            index //= 10
        if index > groups:
            at = found.start(1) - 1 + inserted
            out = out[:at] + "\\" + out[at:]
            inserted += 1
    return out


def literal(flow_file, search, replacement, charset="UTF-8", entire=False, lines_of="All", max_size=1024 * 1024):
    """Literal Replace."""
    if entire and len(flow_file.content) > max_size:
        return [("failure", flow_file.failed(f"larger than the buffer of {max_size} bytes"))]
    return [("success", _changed(flow_file, lambda text: text.replace(search, replacement), charset, entire, lines_of))]


def always(flow_file, replacement, charset="UTF-8", entire=False, lines_of="All"):
    """Always Replace: the content, or each line without its end."""
    if entire:
        return [("success", flow_file.with_content(encode(replacement, charset)))]
    return [("success", _changed(flow_file, lambda line: replacement + line[len(without_end(line)):], charset, False, lines_of))]


def surround(flow_file, before="", after="", charset="UTF-8", entire=False, lines_of="All"):
    """Prepend, Append and Surround: around the content, or around each line before its end."""
    if entire:
        return [("success", flow_file.with_content(encode(before, charset) + flow_file.content + encode(after, charset)))]

    def change(line):
        bare = without_end(line)
        return before + bare + after + line[len(bare):]

    return [("success", _changed(flow_file, change, charset, False, lines_of))]


def variables(flow_file, charset="UTF-8", entire=False, lines_of="All", max_size=1024 * 1024):
    """Substitute Variables: `${name}` is the attribute's value; unknown names stay, `${name:-text}` has a default."""
    if entire and len(flow_file.content) > max_size:
        return [("failure", flow_file.failed(f"larger than the buffer of {max_size} bytes"))]
    return [("success", _changed(flow_file, lambda text: _substituted(text, flow_file.attributes, ()), charset, entire, lines_of))]


def _substituted(text, attributes, within):
    def put(match):
        if match[0].startswith("$$"):
            return match[0][1:]
        name, _, default = match[1].partition(":-")
        if name in within:
            raise ValueError(f"the attribute {name} contains itself")
        value = attributes.get(name, default if ":-" in match[1] else None)
        return match[0] if value is None else _substituted(value, attributes, (*within, name))

    return re.sub(r"\$?\$\{([^{}]*)\}", put, text)


def _changed(flow_file, change, charset, entire, lines_of):
    text = decode(flow_file.content, charset)
    if entire:
        return flow_file.with_content(encode(change(text), charset))
    parts = lines(text)
    last = len(parts) - 1
    chosen = {"All": lambda i: True, "First-Line": lambda i: i == 0, "Last-Line": lambda i: i == last,
              "Except-First-Line": lambda i: i != 0, "Except-Last-Line": lambda i: i != last}[lines_of]
    return flow_file.with_content(encode("".join(change(line) if chosen(i) else line for i, line in enumerate(parts)), charset))
