"""Processors of Avro files: ConvertAvroToJSON, SplitAvro, ExtractAvroMetadata. Logical types stay as they are stored."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from typing import Any, Dict, List

from . import avro
from .avro import AvroError
from .java_numbers import double_text
from .record_schema import full_name, parse_schema, RecordError

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2000-\u20ff\"\\\\]")


def avro_text(value: Any) -> str:
    """A value as Avro's own toString writes JSON: a space behind commas and colons, bytes as a text of Latin-1."""
    if value is None or isinstance(value, bool):
        return "null" if value is None else "true" if value else "false"
    if isinstance(value, float):
        shown = double_text(value)
        return shown if shown[-1].isdigit() else f'"{shown}"'
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (bytes, bytearray)):
        value = bytes(value).decode("latin-1")
    if isinstance(value, str):
        return '"' + _HIDDEN.sub(lambda m: _ESCAPES.get(m.group(), f"\\u{ord(m.group()):04X}"), value) + '"'
    if isinstance(value, dict):
        return "{" + ", ".join(f"{avro_text(k)}: {avro_text(v)}" for k, v in value.items()) + "}"
    return "[" + ", ".join(avro_text(v) for v in value) + "]"


def to_json(flow_file, array=True, wrap_single=False, schema=None):
    """ConvertAvroToJSON. `array`: several records are an array, otherwise one a line; `schema`: of bare records."""
    try:
        if schema:
            tree = json.loads(parse_schema(schema).text or "{}")
            reader = avro.Reader(flow_file.content, tree)
            rows = []
            while reader.at < len(reader.data):
                rows.append(reader.value(tree))
        else:
            rows = avro.read_file(flow_file.content)[1]
    except (AvroError, RecordError, RecursionError) as error:
        return [("failure", flow_file.failed(error))]
    shown = [avro_text(r) for r in rows]
    if not shown:
        text = "{}"
    elif array:
        text = "[" + ",".join(shown) + "]" if len(shown) > 1 or wrap_single else shown[0]
    else:
        text = "\n".join(shown)
    return [("success", flow_file.with_content(text).with_attributes({"mime.type": "application/json"}))]


def split(flow_file, size=1, bare=False, metadata=True):
    """SplitAvro: files (or bare records) of `size` records; `metadata`: the file's own entries go with them."""
    try:
        tree, entries, _, _ = avro.read_header(flow_file.content)
        rows = list(avro.records(flow_file.content))
        codec = entries.get("avro.codec", b"null").decode("ascii", "replace")
        kept = {k: v for k, v in entries.items() if metadata and not k.startswith("avro.")}
        parts: List[Any] = []
        names = avro.resolved_names(tree)
        for first in range(0, len(rows), size):
            some = rows[first : first + size]
            if bare:
                made = flow_file.with_content(b"".join(avro.encode(tree, r, names) for r in some))
                if metadata:
                    made = made.with_attributes({k: v.decode("utf-8", "replace") for k, v in entries.items()})
            else:
                made = flow_file.with_content(avro.write_file(tree, some, codec if codec in ("deflate", "bzip2", "xz") else "null", kept))
            parts.append(made)
    except (AvroError, RecursionError) as error:
        return [("failure", flow_file.failed(error))]
    together = {"fragment.identifier": str(uuid.uuid4()), "fragment.count": str(len(parts))}
    name = flow_file.attributes.get("filename", "")
    out = [("split", p.with_attributes(together, **{"fragment.index": i, "segment.original.filename": name})) for i, p in enumerate(parts)]
    return out + [("original", flow_file.with_attributes(together))]


# ---- fingerprints ------------------------------------------------------------------------------------------


def canonical(tree: Any, space: str = "") -> str:
    """Avro's Parsing Canonical Form: full names, only what says how to read, in one order, without space."""
    if isinstance(tree, list):
        return "[" + ",".join(canonical(t, space) for t in tree) + "]"
    if isinstance(tree, str):
        simple = tree in ("null", "boolean", "int", "long", "float", "double", "bytes", "string")
        return json.dumps(tree if simple or "." in tree or not space else f"{space}.{tree}")
    kind = tree.get("type")
    if kind in ("record", "error", "enum", "fixed"):
        name = full_name(tree, space)
        inner = name.rpartition(".")[0]
        parts = [f'"name":{json.dumps(name)}', f'"type":"{kind}"']
        if kind in ("record", "error"):
            fields = ",".join("{" + f'"name":{json.dumps(f["name"])},"type":{canonical(f["type"], inner)}' + "}" for f in tree.get("fields", []))
            parts.append(f'"fields":[{fields}]')
        elif kind == "enum":
            parts.append('"symbols":[' + ",".join(json.dumps(s) for s in tree.get("symbols", [])) + "]")
        else:
            parts.append(f'"size":{int(tree.get("size", 0))}')
        return "{" + ",".join(parts) + "}"
    if kind == "array":
        return '{"type":"array","items":' + canonical(tree.get("items"), space) + "}"
    if kind == "map":
        return '{"type":"map","values":' + canonical(tree.get("values"), space) + "}"
    return canonical(kind, space)


_EMPTY = 0xC15D213AA4D7A795


def _crc_table() -> List[int]:
    table = []
    for index in range(256):
        value = index
        for _ in range(8):
            value = (value >> 1) ^ (_EMPTY & -(value & 1))
        table.append(value & 0xFFFFFFFFFFFFFFFF)
    return table


_TABLE = _crc_table()


def fingerprint(tree: Any, algorithm: str = "CRC-64-AVRO") -> str:
    """The fingerprint of a schema's canonical form in hexadecimal: CRC-64-AVRO (lowest byte first), MD5 or SHA-256."""
    data = canonical(tree).encode("utf-8")
    if algorithm == "CRC-64-AVRO":
        value = _EMPTY
        for byte in data:
            value = (value >> 8) ^ _TABLE[(value ^ byte) & 0xFF]
        return value.to_bytes(8, "little").hex()
    return hashlib.new(algorithm.replace("-", ""), data).hexdigest()


def metadata(flow_file, algorithm="CRC-64-AVRO", keys="", count=False):
    """ExtractAvroMetadata: the schema's type, name and fingerprint, entries of the file's header, and how many records it has."""
    try:
        tree, entries, _, _ = avro.read_header(flow_file.content)
        made: Dict[str, str] = {"schema.fingerprint": fingerprint(tree, algorithm), "schema.type": str(tree.get("type") if isinstance(tree, dict) else tree),
                                "schema.name": str(tree.get("name", "") if isinstance(tree, dict) else tree).rpartition(".")[2]}
        for key in (k.strip() for k in (keys or "").split(",")):
            if key and key in entries:
                made[key] = entries[key].decode("utf-8", "replace")
        if count:
            made["item.count"] = str(sum(n for n, _ in avro.read_blocks(flow_file.content)))
    except (AvroError, RecursionError) as error:
        return [("failure", flow_file.failed(error))]
    return [("success", flow_file.with_attributes(made))]
