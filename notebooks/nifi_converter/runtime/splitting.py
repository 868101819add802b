"""One flow file into many: SplitText, SplitContent, SegmentContent. And what only cuts or counts: ModifyBytes, CountText."""

from __future__ import annotations

import re
import uuid

from .charsets import decode

# Lines by bytes, with their ends; a lone \r ends a line as well.
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")


def _fragments(flow_file, relationship, pieces, extra=None, original_extra=None):
    """The pieces with NiFi's fragment attributes, then the original. `extra`: attributes of each piece."""
    identifier, name = str(uuid.uuid4()), flow_file.attributes.get("filename", "")
    shared = {"fragment.identifier": identifier, "fragment.count": str(len(pieces))}
    out = []
    for index, piece in enumerate(pieces, start=1):
        own = {**shared, "fragment.index": str(index), "segment.original.filename": name, **(extra[index - 1] if extra else {})}
        out.append((relationship, flow_file.with_content(piece).with_attributes(own)))
    return [*out, ("original", flow_file.with_attributes({**shared, **(original_extra or {})}))]


def _bare(line):
    return line.rstrip(b"\r\n")


def split_text(flow_file, line_count, header_lines=0, header_marker=None, trim_ends=True, max_size=None):
    """SplitText: `line_count` lines to a piece (0: as many as `max_size` bytes hold), each with the header in front.

    With `trim_ends` blank lines at a piece's end are dropped, and pieces of nothing else. `text.line.count` counts
    neither blank lines nor the header. `failure` where the
    content has fewer lines than the header, or a header larger than `max_size`.
    """
    rows = _LINE.findall(flow_file.content)
    header, rows = _header(rows, header_lines, header_marker)
    if header is None:
        return [("failure", flow_file.failed(f"it has fewer lines than its header of {header_lines}"))]
    top = b"".join(header)
    if max_size is not None and len(top) > max_size:
        return [("failure", flow_file.failed(f"the header is larger than {max_size} bytes"))]
    pieces, extra = [], []
    # A header with nothing below it is a piece of its own.
    groups = [[]] if header and not rows else _groups(rows, line_count, None if max_size is None else max_size - len(top))
    for group in groups:
        body = b"".join(_trimmed(group) if trim_ends and group else group)
        if not body and group:
            continue
        content = top + body if group or not trim_ends else b"".join(_trimmed(header))
        pieces.append(content)
        extra.append({"text.line.count": str(sum(1 for row in group if _bare(row))), "fragment.size": str(len(content))})
    out = _fragments(flow_file, "splits", pieces, extra)
    if header and not rows:  # NiFi leaves the count out of it
        out[0] = ("splits", out[0][1].without_attributes({"fragment.count"} - set(flow_file.attributes)))
    return out


def _header(rows, count, marker):
    """(header lines or None where there are too few, the rest)"""
    if count > 0:
        return (rows[:count], rows[count:]) if len(rows) >= count or not rows else (None, rows)
    if marker:
        start = marker.encode("utf-8")
        size = 0
        while size < len(rows) and rows[size].startswith(start):
            size += 1
        return rows[:size], rows[size:]
    return [], rows


def _groups(rows, line_count, max_size):
    group, size = [], 0
    for row in rows:
        if group and ((line_count and len(group) >= line_count) or (max_size is not None and size + len(row) > max_size)):
            yield group
            group, size = [], 0
        group.append(row)
        size += len(row)
    if group:
        yield group


def _trimmed(group):
    """The lines of a piece without the line ends and blank lines at its end."""
    kept = list(group)
    while kept and not _bare(kept[-1]):
        kept.pop()
    return [*kept[:-1], _bare(kept[-1])] if kept else []


def split_content(flow_file, sequence, keep=None):
    """SplitContent: parted by a byte sequence; `keep`: "Trailing" leaves it at a piece's end, "Leading" at its start.
    Pieces of nothing are not sent."""
    pieces = flow_file.content.split(sequence)
    if keep == "Trailing":
        pieces = [p + sequence for p in pieces[:-1]] + pieces[-1:]
    elif keep == "Leading":
        pieces = pieces[:1] + [sequence + p for p in pieces[1:]]
    pieces = [p for p in pieces if p]
    return _fragments(flow_file, "splits", pieces or [flow_file.content])


def segment(flow_file, size):
    """SegmentContent: pieces of `size` bytes."""
    content = flow_file.content
    pieces = [content[at:at + size] for at in range(0, len(content), size)] or [content]
    out = []
    identifier, name = str(uuid.uuid4()), flow_file.attributes.get("filename", "")
    shared = {f"{kind}.{what}": value for kind in ("segment", "fragment") for what, value in (("identifier", identifier), ("count", str(len(pieces))))}
    for index, piece in enumerate(pieces, start=1):
        own = {**shared, "segment.index": str(index), "fragment.index": str(index), "segment.original.filename": name}
        out.append(("segments", flow_file.with_content(piece).with_attributes(own)))
    if len(pieces) == 1:
        return [*out, ("original", out[0][1])]
    noted = {"fragment.identifier": identifier, "fragment.count": str(len(pieces))}
    return [*out, ("original", flow_file.with_attributes(noted))]


def modify_bytes(flow_file, start="0 B", end="0 B", remove_all=False):
    """ModifyBytes: cuts bytes off both ends; nothing is left where they meet."""
    content = flow_file.content
    if remove_all:
        return [("success", flow_file.with_content(b""))]
    first, last = data_size(start), len(content) - data_size(end)
    return [("success", flow_file.with_content(content[first:last] if last > first else b""))]


def data_size(text):
    """A data size ("1 MB") in bytes. ValueError where it is none."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(B|KB|MB|GB|TB)\s*", text, re.I)
    if not match:
        raise ValueError(f"{text!r} is no data size")
    return int(float(match[1]) * 1024 ** ("B", "KB", "MB", "GB", "TB").index(match[2].upper()))


# As Java's \s, which is ASCII.
_SPACE, _SYMBOL = re.compile("[ \t\n\x0b\f\r]"), re.compile("[ \t\n\x0b\f\r._-]")


def count_text(flow_file, what=("line",), on_symbols=False, charset="UTF-8"):
    """CountText: `text.line.count` and others. Characters are UTF-16 units without line ends, words as Java splits."""
    rows = [_bare_text(line) for line in re.findall("[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+", decode(flow_file.content, charset))]
    full = [row for row in rows if row.strip("".join(chr(c) for c in range(33)))]
    counts = {"line": len(rows), "line.nonempty": len(full), "word": 0, "character": 0}
    if "word" in what:
        counts["word"] = sum(_words(row, _SYMBOL if on_symbols else _SPACE) for row in full)
    if "character" in what:
        counts["character"] = sum(len(row.encode("utf-16-le", "surrogatepass")) // 2 for row in rows)
    return [("success", flow_file.with_attributes({f"text.{name}.count": str(counts[name]) for name in what}))]


def _bare_text(line):
    return line.rstrip("\r\n")


def _words(row, between):
    parts = between.split(row)
    while parts and not parts[-1]:
        parts.pop()
    return len(parts)
