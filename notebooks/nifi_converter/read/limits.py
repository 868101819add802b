"""What a source file may cost: bounds on bytes, depth and count, and bounded decompression."""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass

from ..errors import Place, ReadError

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Upper bounds for one source. The defaults hold every real instance file met so far many times over."""

    max_bytes: int = 128 * MIB  # of the file, and again after decompression
    max_depth: int = 20_000  # of nested elements or values; a nested group costs two
    max_nodes: int = 4_000_000  # elements, or JSON values


DEFAULT_LIMITS = Limits()


def read_bytes(path: str, limits: Limits) -> bytes:
    """The file's bytes as they are. Raises ReadError: not_found, unreadable, too_large."""
    place = Place(file=path)
    try:
        if os.path.isdir(path):
            raise ReadError("unreadable", "is a folder, not a file", place)
        if os.path.getsize(path) > limits.max_bytes:
            raise _too_large(path, limits)
        with open(path, "rb") as source:
            data = source.read(limits.max_bytes + 1)
    except FileNotFoundError:
        raise ReadError("not_found", "file not found", place) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ReadError("unreadable", f"cannot be read: {reason}", place) from None
    if len(data) > limits.max_bytes:
        raise _too_large(path, limits)
    return data


def unpacked(data: bytes, name: str, limits: Limits) -> bytes:
    """`data`, decompressed where it is gzip (all members), never more than `limits.max_bytes`."""
    if data[:2] != b"\x1f\x8b":
        if len(data) > limits.max_bytes:
            raise _too_large(name, limits)
        return data
    pieces = []
    total = 0
    rest = data
    try:
        while rest[:2] == b"\x1f\x8b":
            member = zlib.decompressobj(wbits=31)
            while not member.eof:
                piece = member.decompress(rest, MIB)
                rest = member.unconsumed_tail
                if not piece and not rest and not member.eof:
                    raise ReadError("bad_gzip", "the gzip data end too early: the file is cut off", Place(file=name))
                total += len(piece)
                if total > limits.max_bytes:
                    raise _too_large(name, limits)
                pieces.append(piece)
            rest = member.unused_data
    except zlib.error as error:
        raise ReadError("bad_gzip", f"the gzip data are damaged ({error})", Place(file=name)) from None
    return b"".join(pieces)


def _too_large(name: str, limits: Limits) -> ReadError:
    size = f"{limits.max_bytes // MIB} MiB" if limits.max_bytes >= MIB else f"{limits.max_bytes} bytes"
    return ReadError("too_large", f"larger than {size}, also counted after decompression", Place(file=name))
