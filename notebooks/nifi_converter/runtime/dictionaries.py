"""Word lists and mappings in files, and what uses them: ReplaceTextWithMapping, ScanAttribute, ScanContent."""

from __future__ import annotations

from .charsets import decode, encode, lines, without_end
from .java_regex import compile_java

LIMIT = 64 * 1024 * 1024  # bytes of a dictionary that a run holds


def _read(path):
    with open(path, "rb") as file:
        data = file.read(LIMIT + 1)
    if len(data) > LIMIT:
        raise ValueError(f"{path} is larger than {LIMIT} bytes")
    return data


def mapping(path):
    """{key: value} of a file with a key, a tab and a value on each line; nothing where there is no such file yet."""
    rows = [without_end(line).split("\t", 1) for line in lines(decode(_read(path)))]
    return {row[0].strip(): row[1].strip() if len(row) > 1 else "" for row in rows if row[0].strip()}


def replace_by_mapping(flow_file, mapping, search, group=0, charset="UTF-8", max_size=1024 * 1024):
    """ReplaceTextWithMapping: the group of each match, by what the mapping says; other matches stay."""
    if len(flow_file.content) > max_size:
        return [("failure", flow_file.failed(f"larger than the buffer of {max_size} bytes"))]
    pattern = compile_java(search)

    def put(match):
        found = match[group]
        if found is None or found not in mapping:
            return match[0]
        start, end = match.start(group) - match.start(), match.end(group) - match.start()
        return match[0][:start] + mapping[found] + match[0][end:]

    text = "".join(pattern.sub(put, line) for line in lines(decode(flow_file.content, charset)))
    return [("success", flow_file.with_content(encode(text, charset)))]
