"""Avro object container files and the binary encoding, with the standard library alone.

Codecs null, deflate, bzip2 and xz, and snappy and zstandard where the runtime has a decoder for them. Values are plain:
dict, list, str, bytes, int, float, bool, None; logical types are left as they are stored. `read_file` gives
(schema, records). AvroError for anything that is no such file; sizes are checked before memory is taken.
"""

from __future__ import annotations

import bz2
import io
import json
import lzma
import struct
import zlib
from typing import Any, Dict, Iterator, List, Optional, Tuple

from .record_schema import resolved_names

MAGIC = b"Obj\x01"
SYNC_SIZE = 16
MAX_DEPTH = 200
MAX_BLOCK = 1 << 30  # bytes of one block after decompression


class AvroError(ValueError):
    """Not an Avro file, a damaged one, or a value that its schema does not allow."""


def shortest_float(value: float) -> float:
    """A 32-bit float as the shortest decimal that names it (0.1, not 0.10000000149011612): as Java prints it."""
    if value != value or value in (float("inf"), float("-inf")):
        return value
    packed = struct.pack("<f", value)
    for digits in range(1, 10):
        short = float(f"{value:.{digits}g}")
        try:
            if struct.pack("<f", short) == packed:
                return short
        except OverflowError:
            continue
    return value


class Reader:
    """Values out of the binary encoding of one schema."""

    def __init__(self, data: bytes, schema: Any, at: int = 0):
        self.data, self.at = data, at
        self.names = resolved_names(schema)

    def long(self) -> int:
        result = shift = 0
        while True:
            if self.at >= len(self.data) or shift > 63:
                raise AvroError("unexpected end of Avro data")
            byte = self.data[self.at]
            self.at += 1
            result |= (byte & 0x7F) << shift
            if not byte & 0x80:
                return (result >> 1) ^ -(result & 1)
            shift += 7

    def bytes(self, size: Optional[int] = None) -> bytes:
        size = self.long() if size is None else size
        if size < 0 or self.at + size > len(self.data):
            raise AvroError("unexpected end of Avro data")
        piece = self.data[self.at : self.at + size]
        self.at += size
        return piece

    def _blocks(self) -> Iterator[None]:
        count = self.long()
        total = 0
        while count:
            if count < 0:
                count = -count
                self.long()  # size in bytes, for readers that skip
            total += count
            # An item may take no byte (null), so the count alone must be bounded.
            if total > max(len(self.data) * 8, 1000):
                raise AvroError("an Avro block says that it has more items than its file can hold")
            for _ in range(count):
                yield None
            count = self.long()

    def value(self, schema: Any, depth: int = 0) -> Any:
        if depth > MAX_DEPTH:
            raise AvroError("Avro data is nested too deep")
        if isinstance(schema, list):
            index = self.long()
            if not 0 <= index < len(schema):
                raise AvroError("an Avro union has no such branch")
            return self.value(schema[index], depth + 1)
        kind = schema if isinstance(schema, str) else schema.get("type")
        if isinstance(kind, (dict, list)):
            return self.value(kind, depth + 1)
        if kind == "null":
            return None
        if kind == "boolean":
            return self.bytes(1) != b"\0"
        if kind in ("int", "long"):
            return self.long()
        if kind == "float":
            return shortest_float(struct.unpack("<f", self.bytes(4))[0])
        if kind == "double":
            return struct.unpack("<d", self.bytes(8))[0]
        if kind == "bytes":
            return self.bytes()
        if kind == "string":
            return self.bytes().decode("utf-8", "replace")
        if kind in ("record", "error"):
            return {f["name"]: self.value(f["type"], depth + 1) for f in schema["fields"]}
        if kind == "enum":
            index = self.long()
            if not 0 <= index < len(schema["symbols"]):
                raise AvroError("an Avro enum has no such symbol")
            return schema["symbols"][index]
        if kind == "fixed":
            return self.bytes(int(schema["size"]))
        if kind == "array":
            return [self.value(schema["items"], depth + 1) for _ in self._blocks()]
        if kind == "map":
            return {self.bytes().decode("utf-8", "replace"): self.value(schema["values"], depth + 1) for _ in self._blocks()}
        if kind in self.names:
            return self.value(self.names[kind], depth + 1)
        raise AvroError(f"unknown Avro type {kind!r}")


# ---- files -------------------------------------------------------------------------------------------------


def _decompress(codec: str, data: bytes) -> bytes:
    if codec == "null":
        return data
    if codec == "snappy":
        return _snappy(data[:-4])
    try:
        if codec == "deflate":
            engine = zlib.decompressobj(-15)
            out = engine.decompress(data, MAX_BLOCK)
            rest = engine.unconsumed_tail
        elif codec == "bzip2":
            unpacker = bz2.BZ2Decompressor()
            out, rest = unpacker.decompress(data, MAX_BLOCK), b"" if unpacker.eof else b"?"
        elif codec == "xz":
            opener = lzma.LZMADecompressor()
            out, rest = opener.decompress(data, MAX_BLOCK), b"" if opener.eof else b"?"
        else:
            raise AvroError(f"Unrecognized codec: {codec}")
    except (zlib.error, OSError, lzma.LZMAError, EOFError) as error:
        raise AvroError(f"a damaged Avro block: {error}") from None
    if rest:
        raise AvroError("an Avro block is larger than 1 GB")
    return out


def _snappy(data: bytes) -> bytes:
    """Snappy's raw format: literals and copies of what was written before."""
    size = shift = at = 0
    while True:
        if at >= len(data) or shift > 35:
            raise AvroError("a damaged snappy block")
        byte = data[at]
        at += 1
        size |= (byte & 0x7F) << shift
        if not byte & 0x80:
            break
        shift += 7
    if size > MAX_BLOCK:
        raise AvroError("an Avro block is larger than 1 GB")
    out = bytearray()
    while at < len(data):
        tag = data[at]
        at += 1
        if tag & 3 == 0:
            length = tag >> 2
            if length >= 60:
                count = length - 59
                length = int.from_bytes(data[at : at + count], "little")
                at += count
            out += data[at : at + length + 1]
            at += length + 1
        else:
            if tag & 3 == 1:
                length, offset, used = ((tag >> 2) & 7) + 4, ((tag >> 5) << 8) | (data[at] if at < len(data) else 0), 1
            else:
                used = 2 if tag & 3 == 2 else 4
                length, offset = (tag >> 2) + 1, int.from_bytes(data[at : at + used], "little")
            at += used
            if not 0 < offset <= len(out):
                raise AvroError("a damaged snappy block")
            for _ in range(length):
                out.append(out[-offset])
        if len(out) > size:
            raise AvroError("a damaged snappy block")
    return bytes(out)


def read_header(content: bytes) -> Tuple[Any, Dict[str, bytes], bytes, int]:
    """(schema, metadata, sync marker, where the blocks begin)."""
    if content[:4] != MAGIC:
        raise AvroError("Not an Avro data file.")
    reader = Reader(content, {}, 4)
    metadata = {}
    for _ in reader._blocks():
        key = reader.bytes().decode("utf-8", "replace")
        metadata[key] = reader.bytes()
    sync = reader.bytes(SYNC_SIZE)
    try:
        schema = json.loads(metadata.get("avro.schema", b"").decode("utf-8"))
    except (ValueError, RecursionError):
        raise AvroError("the schema of the Avro file is no JSON") from None
    return schema, metadata, sync, reader.at


def read_blocks(content: bytes) -> Iterator[Tuple[int, bytes]]:
    """(number of records, their uncompressed bytes), block by block."""
    _, metadata, sync, at = read_header(content)
    codec = metadata.get("avro.codec", b"null").decode("ascii", "replace")
    reader = Reader(content, {}, at)
    while reader.at < len(content):
        count = reader.long()
        data = reader.bytes()
        if reader.bytes(SYNC_SIZE) != sync:
            raise AvroError("Invalid sync!")
        yield count, _decompress(codec, data)


def records(content: bytes) -> Iterator[Dict[str, Any]]:
    """The records of a file, one after the other."""
    schema = read_header(content)[0]
    for count, data in read_blocks(content):
        reader = Reader(data, schema)
        for _ in range(count):
            if reader.at >= len(data) and count > len(data) + 1_000_000:
                raise AvroError("an Avro block says that it has more records than it holds")
            yield reader.value(schema)


def read_file(content: bytes) -> Tuple[Any, List[Any]]:
    """(schema as parsed JSON, all records)."""
    return read_header(content)[0], list(records(content))


# ---- writing -----------------------------------------------------------------------------------------------


def _long(value: int) -> bytes:
    value = (value << 1) ^ (value >> 63)
    out = bytearray()
    while value & ~0x7F:
        out.append((value & 0x7F) | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


_RANGES = {"int": 31, "long": 63}


def _fits(schema: Any, value: Any, names: Dict[str, Any]) -> bool:
    """Whether a value can be written as this branch of a union."""
    kind = schema if isinstance(schema, str) else schema.get("type")
    if isinstance(kind, (dict, list)):
        return _fits(kind, value, names)
    if kind in names:
        return _fits(names[kind], value, names)
    if value is None:
        return kind == "null"
    if isinstance(value, bool):
        return kind == "boolean"
    if isinstance(value, int):
        return (kind in _RANGES and -(2 ** _RANGES[kind]) <= value < 2 ** _RANGES[kind]) or kind in ("float", "double")
    if isinstance(value, float):
        return kind in ("float", "double")
    if isinstance(value, str):
        return kind == "string" or (kind == "enum" and value in schema["symbols"])
    if isinstance(value, (bytes, bytearray)):
        return kind == "bytes" or (kind == "fixed" and len(value) == schema.get("size"))
    if isinstance(value, dict):
        return kind == "map" or (kind == "record" and set(value) <= {f["name"] for f in schema["fields"]})
    return kind == "array" and isinstance(value, (list, tuple))


def encode(schema: Any, value: Any, names: Optional[Dict[str, Any]] = None, path: str = "", depth: int = 0) -> bytes:
    """A value in the binary encoding. AvroError names the place of what does not fit."""
    if depth > MAX_DEPTH:
        raise AvroError("Avro data is nested too deep")
    names = resolved_names(schema) if names is None else names
    if isinstance(schema, list):
        for index, branch in enumerate(schema):
            if _fits(branch, value, names):
                return _long(index) + encode(branch, value, names, path, depth + 1)
        raise AvroError(f"{value!r} is in none of the types of {path or 'the union'}")
    kind = schema if isinstance(schema, str) else schema.get("type")
    if isinstance(kind, (dict, list)):
        return encode(kind, value, names, path, depth + 1)
    if kind == "null":
        return b""
    if value is None:
        raise AvroError(f"null value for (non-nullable) {kind} at {path}")
    try:
        if kind == "boolean":
            return b"\1" if value else b"\0"
        if kind in ("int", "long"):
            return _long(int(value))
        if kind == "float":
            return struct.pack("<f", value)
        if kind == "double":
            return struct.pack("<d", value)
        if kind == "bytes":
            return _long(len(value)) + bytes(value)
        if kind == "string":
            data = str(value).encode("utf-8", "surrogatepass")
            return _long(len(data)) + data
        if kind == "fixed":
            return bytes(value)
        if kind == "enum":
            return _long(schema["symbols"].index(value))
        if kind == "record":
            name = path or str(schema.get("name", ""))
            return b"".join(encode(f["type"], value.get(f["name"], f.get("default")), names, f"{name}.{f['name']}", depth + 1)
                            for f in schema["fields"])
        if kind == "array":
            items = [encode(schema["items"], v, names, f"{path}[array][{i}]", depth + 1) for i, v in enumerate(value)]
            return (_long(len(items)) + b"".join(items) if items else b"") + b"\0"
        if kind == "map":
            items = [encode("string", k) + encode(schema["values"], v, names, f"{path}[map]", depth + 1) for k, v in value.items()]
            return (_long(len(items)) + b"".join(items) if items else b"") + b"\0"
    except (TypeError, ValueError, AttributeError, struct.error, OverflowError) as error:
        if isinstance(error, AvroError):
            raise
        raise AvroError(f"{value!r} is no {kind} at {path}") from None
    if kind in names:
        return encode(names[kind], value, names, path, depth + 1)
    raise AvroError(f"unknown Avro type {kind!r}")


def write_file(schema: Any, rows: List[Any], codec: str = "null", metadata: Optional[Dict[str, bytes]] = None) -> bytes:
    """An object container file of these records. `codec`: null, deflate, bzip2 or xz. The sync marker is fixed, so that
    the same records give the same bytes."""
    names = resolved_names(schema)
    entries = {**(metadata or {}), "avro.codec": codec.encode("ascii"),
               "avro.schema": json.dumps(schema, ensure_ascii=False, separators=(",", ":")).encode("utf-8")}
    out = io.BytesIO()
    out.write(MAGIC + _long(len(entries)))
    for key, text in entries.items():
        out.write(encode("string", key) + encode("bytes", text))
    sync = b"nifi-accelerator"
    out.write(b"\0" + sync)
    for first in range(0, len(rows), 1000):
        some = rows[first : first + 1000]
        data = b"".join(encode(schema, row, names) for row in some)
        if codec == "deflate":
            engine = zlib.compressobj(6, zlib.DEFLATED, -15)
            data = engine.compress(data) + engine.flush()
        elif codec == "bzip2":
            data = bz2.compress(data)
        elif codec == "xz":
            data = lzma.compress(data)
        elif codec != "null":
            raise AvroError(f"Avro codec {codec} cannot be written here")
        out.write(_long(len(some)) + _long(len(data)) + data + sync)
    return out.getvalue()
