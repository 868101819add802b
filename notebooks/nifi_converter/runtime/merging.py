"""MergeContent: many flow files into one, by bins or by fragments.

A run is a trigger: what is there is binned. A bin that reaches its minimum is merged; what does not waits (relationship
`waiting`, kept for the next run) unless it has a maximum age, which the end of the run stands for.
"""

from __future__ import annotations

import posixpath
import uuid

from . import dictionaries, packages
from .charsets import encode
from .tables import in_memory, memory, quoted, table_format

AVRO = "Avro"


def bins(flow_files, correlation=None, at_least=1, at_most=None, least_bytes=0, most_bytes=None, at_end="keep", **merged):
    """Bin-packing. `correlation`: attribute whose value parts the bins, or a function of the attributes that names it.
    `at_end`: "merge" also merges bins below their minimum. The other options: see `merge`."""
    groups = {}
    for flow_file in flow_files:
        name = correlation(flow_file.attributes) if callable(correlation) else correlation
        groups.setdefault(flow_file.attributes.get(name) if name else None, []).append(flow_file)
    out = []
    for group in groups.values():
        for members in _packed(group, at_most, most_bytes):
            size = sum(len(f.content) for f in members)
            if at_most is not None and len(members) >= at_most:
                reason = "MAX_ENTRIES_THRESHOLD_REACHED"
            elif most_bytes is not None and size >= most_bytes:
                reason = "MAX_BYTES_THRESHOLD_REACHED"
            elif len(members) >= at_least and size >= least_bytes:
                reason = "MIN_THRESHOLDS_REACHED"
            elif at_end == "merge":
                reason = "TIMEOUT"
            else:
                out += [("waiting", f) for f in members]
                continue
            out += merge(members, reason, **merged)
    return out


def _packed(flow_files, at_most, most_bytes):
    """Into the first bin with room, as NiFi offers them; one that is larger than any bin has its own."""
    open_bins, done = [], []
    for flow_file in flow_files:
        size = len(flow_file.content)
        for held in open_bins:
            if (most_bytes is None or held[0] + size <= most_bytes) and (at_most is None or len(held[1]) < at_most):
                held[0] += size
                held[1].append(flow_file)
                break
        else:
            held = [size, [flow_file]]
            open_bins.append(held)
            done.append(held[1])
        open_bins = [b for b in open_bins if at_most is None or len(b[1]) < at_most]
    return done


def defragment(flow_files, at_end="keep", **merged):
    """Defragment: all fragments of an identifier, in the order of their index. A group without or with wrong fragment
    attributes fails; one that is not complete waits, or fails at the end of its age."""
    groups, out = {}, []
    for flow_file in flow_files:
        groups.setdefault(flow_file.attributes.get("fragment.identifier"), []).append(flow_file)
    for identifier, members in groups.items():
        wrong = "no fragment.identifier" if identifier is None else _wrong(members)
        if wrong:
            out += [("failure", f.failed(wrong)) for f in members]
            continue
        expected = int(members[0].attributes["fragment.count"])
        if len(members) < expected:
            short = f"{len(members)} of {expected} fragments are there"
            out += [("failure", f.failed(short)) if at_end == "merge" else ("waiting", f) for f in members]
            continue
        members = sorted(members, key=lambda f: int(f.attributes["fragment.index"]))
        out += merge(members, "MAX_ENTRIES_THRESHOLD_REACHED", **merged)
    return out


def _wrong(members):
    counts = {f.attributes.get("fragment.count") for f in members}
    if not all(c is not None and c.isdigit() for c in counts):
        return "no fragment.count, or no number"
    if len(counts) > 1:
        return f"fragment.count differs: {', '.join(sorted(counts))}"
    if not all(f.attributes.get("fragment.index", "").isdigit() for f in members):
        # NiFi looks at it only when the bin is complete; until then it would wait.
        return "no fragment.index, or no number" if len(members) >= int(next(iter(counts))) else None
    if len(members) > int(next(iter(counts))):
        return f"more than {next(iter(counts))} fragments"
    return None


def merge(members, reason, form="Binary Concatenation", unique=False, header=None, footer=None, demarcator=None, keep_path=False,
          level=1, modified=None, charset="UTF-8"):
    """One bin as one flow file, and its members as `original`. `unique`: attributes that do not conflict are kept, else
    those that all have. Delimiters are texts, or functions of the first one's attributes."""
    first = members[0].attributes
    identifier = str(uuid.uuid4())
    name = first.get("filename", "") if len(members) == 1 else first.get("segment.original.filename", identifier)
    try:
        content, end, mime, used, left = _content(form, members, [_delimiter(d, first, charset) for d in (header, footer, demarcator)],
                                                  keep_path, level, modified)
    except ValueError as error:
        return [("failure", f.failed(error)) for f in members]
    out = [("failure", f.failed("its Avro schema differs")) for f in left]
    if used:
        own = {"filename": name + end, "mime.type": mime, "merge.count": str(len(used)), "merge.bin.age": "0", "merge.reason": reason, "uuid": identifier}
        bundle = type(used[0])({**merged_attributes(used, unique), **own}, content)
        out.append(("merged", bundle))
        out += [("original", f.with_attributes({"merge.uuid": identifier})) for f in used]
    return out


def _delimiter(value, attributes, charset):
    value = value(attributes) if callable(value) else value
    return b"" if value is None else value if isinstance(value, bytes) else encode(value, charset)


def _content(form, members, delimiters, keep_path, level, modified):
    """(content, what the name ends in, mime.type, members that are in it, members that are not)"""
    if form == "Binary Concatenation":
        header, footer, demarcator = delimiters
        return header + demarcator.join(f.content for f in members) + footer, "", "application/octet-stream", members, []
    if form == "ZIP":
        entries = [(_entry_name(f, keep_path), f.content) for f in members]
        if len({n for n, _ in entries}) < len(entries):
            raise ValueError("two of them have one name in the zip file")
        return packages.zip_file(entries, level), ".zip", "application/zip", members, []
    if form == "TAR":
        entries = [(_entry_name(f, keep_path), f.content, _mode(f.attributes.get("tar.permissions")), _seconds(modified, f.attributes)) for f in members]
        return packages.tar(entries), ".tar", "application/tar", members, []
    if form == "FlowFile Stream, v3":
        return packages.stream(members, 3), ".pkg", "application/flowfile-v3", members, []
    if form == "FlowFile Stream, v2":
        return packages.stream(members, 2), ".pkg", "application/flowfile-v2", members, []
    if form == "FlowFile Tar, v1":
        return packages.stream_v1(members), ".pkg", "application/flowfile-v1", members, []
    if form == AVRO:
        return _avro(members)
    raise ValueError(f"unknown merge format {form}")


def _entry_name(flow_file, keep_path):
    name = flow_file.attributes.get("filename", "")
    parts = [p for p in flow_file.attributes.get("path", "").split("/") if p] if keep_path else []
    if parts[:1] == ["."]:
        parts = parts[1:]
    return posixpath.join(*parts, name) if parts else name


def _mode(text):
    return int(text, 8) if text and len(text) == 3 and all(c in "01234567" for c in text) else None


def _seconds(modified, attributes):
    """Tar Modified Time as seconds; 0 where it is no time."""
    from datetime import datetime

    text = modified(attributes) if callable(modified) else modified
    try:
        return int(text) / 1000 if text and text.isdigit() else int(datetime.strptime(text or "", "%Y-%m-%dT%H:%M:%S%z").timestamp())
    except ValueError:
        return 0


def _avro(members):
    """Files of the first one's schema as one file; the others stay out."""
    from . import avro

    schema, rows, used, left = None, [], [], []
    for flow_file in members:
        try:
            own, held = avro.read_file(flow_file.content)
        except ValueError as error:
            left.append(flow_file.failed(error))
            continue
        if schema is None:
            schema = own
        if own != schema:
            left.append(flow_file)
            continue
        rows += held
        used.append(flow_file)
    return (avro.write_file(schema, rows) if used else b""), ".avro", "application/avro-binary", used, left


def merged_attributes(members, unique=False):
    """What all have alike, or with `unique` whatever does not conflict. Identity is never inherited."""
    made, out = {}, set()
    for flow_file in members:
        for name, value in flow_file.attributes.items():
            if name in out or name == "uuid":
                continue
            if made.setdefault(name, value) != value:
                out.add(name)
                del made[name]
    if unique:
        return made
    return {k: v for k, v in made.items() if all(k in f.attributes for f in members)}


def keep_for_next_run(spark, flow_files, table):
    """Replaces what waits in a table by the flow files that this run left over. A run's last act: one that breaks off
    takes the same flow files again."""
    from .flow_files import is_empty, to_frame, to_list

    if in_memory():
        memory[table] = to_list(flow_files)
        return
    frame = to_frame(spark, flow_files).select("attributes", "content")
    if is_empty(frame) and is_empty(spark.table(quoted(table))):  # which the run has made, to take what waited
        return
    frame.write.format(table_format()).mode("overwrite").saveAsTable(quoted(table))


def text_of(path):
    """The bytes of a delimiter's file."""
    return dictionaries.contents(path)
