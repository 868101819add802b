"""The records of one flow file as dictionaries, for sinks that load them."""

from __future__ import annotations

import csv
import io
import json


def json_records(flow_file):
    """A JSON array, one object, or objects one after the other (JSON lines)."""
    text = flow_file.content.decode("utf-8-sig").strip()
    decoder, at, found = json.JSONDecoder(), 0, []
    while at < len(text):
        value, at = decoder.raw_decode(text, at)
        found += value if isinstance(value, list) else [value]
        while at < len(text) and text[at] in " \t\r\n":
            at += 1
    if not all(isinstance(r, dict) for r in found):
        raise ValueError("not JSON objects")
    return found


def csv_records(flow_file, separator=","):
    """Rows by the header's names; cells are trimmed, empty ones are null."""
    rows = csv.DictReader(io.StringIO(flow_file.content.decode("utf-8-sig"), newline=""), delimiter=separator)
    return [{k: (v.strip() or None) if v is not None else None for k, v in row.items() if k is not None} for row in rows]


def avro_records(flow_file):
    """The records of an Avro file."""
    from . import avro

    return avro.read_file(flow_file.content)[1]
