"""CompressContent: formats by name or by mime.type. gzip, deflate, bzip2, lzma and xz by Python's own library, the others
by pyarrow, which clusters have."""

from __future__ import annotations

import bz2
import io
import lzma
import struct
import zlib

# format -> (file extension, mime.type after compression)
FORMATS = {"gzip": (".gz", "application/gzip"), "deflate": (".zlib", "application/deflate"), "bzip2": (".bz2", "application/x-bzip2"),
           "lzma": (".lzma", "application/x-lzma"), "xz-lzma2": (".xz", "application/x-xz"), "snappy": (".snappy", "application/x-snappy"),
           "lz4-framed": (".lz4", "application/x-lz4-framed"), "zstd": (".zst", "application/zstd"), "brotli": (".br", "application/x-brotli")}
BY_MIME_TYPE = {"application/gzip": "gzip", "application/x-gzip": "gzip", "application/deflate": "deflate", "application/x-deflate": "deflate",
                "application/bzip2": "bzip2", "application/x-bzip2": "bzip2", "application/x-lzma": "lzma", "application/x-xz": "xz-lzma2",
                "application/x-snappy": "snappy", "application/x-lz4-framed": "lz4-framed", "application/zstd": "zstd",
                "application/x-brotli": "brotli"}
LIMIT = 2**31 - 1  # bytes that one flow file's content can have on Spark


def compress(flow_file, form="use mime.type attribute", level=1, rename=False):
    """Compresses. `rename` adds the format's extension. By mime.type: `success` as it is for other types, `failure` for none."""
    return _by(flow_file, form, lambda known: _compressed(flow_file, known, level, rename))


def decompress(flow_file, form="use mime.type attribute", rename=False):
    """Decompresses, takes mime.type away, and with `rename` the format's extension. `failure` for what is not of the format."""
    return _by(flow_file, form, lambda known: _decompressed(flow_file, known, rename))


def _by(flow_file, form, action):
    if form == "use mime.type attribute":
        mime = flow_file.attributes.get("mime.type")
        if mime is None:
            return [("failure", flow_file.failed("it has no mime.type"))]
        form = BY_MIME_TYPE.get(mime)
        if form is None:
            return [("success", flow_file)]
    return action(form)


def _compressed(flow_file, form, level, rename):
    out = flow_file.with_content(PACK[form](flow_file.content, level)).with_attributes({"mime.type": FORMATS[form][1]})
    if rename:
        out = out.with_attributes(filename=flow_file.attributes.get("filename", "") + FORMATS[form][0])
    return [("success", out)]


def _decompressed(flow_file, form, rename):
    try:
        content = UNPACK[form](flow_file.content)
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, struct.error) as error:
        return [("failure", flow_file.failed(f"not {form}: {error}"))]
    out = flow_file.with_content(content).without_attributes(["mime.type"])
    name, end = flow_file.attributes.get("filename", ""), FORMATS[form][0]
    if rename and name.lower().endswith(end):
        out = out.with_attributes(filename=name[:-len(end)])
    return [("success", out)]


def gzip(content, level=1):
    """Without name and time, as Java's streams write it, so the same content gives the same bytes."""
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    return (b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + packer.compress(content) + packer.flush()
            + struct.pack("<II", zlib.crc32(content), len(content) & 0xFFFFFFFF))


def gunzip(content):
    """All members of a gzip file, one after the other."""
    return _inflated(content, 31)


def _inflated(content, bits):
    out, size = [], 0
    while content:
        unpacker = zlib.decompressobj(bits)
        part = unpacker.decompress(content, LIMIT - size)
        size += len(part)
        if unpacker.unconsumed_tail:
            raise ValueError(f"larger than {LIMIT} bytes")
        if not unpacker.eof:
            raise ValueError("it ends too early")
        out.append(part)
        content = unpacker.unused_data.lstrip(b"\0")
    return b"".join(out)


def _whole(unpacker, content):
    out = unpacker.decompress(content, LIMIT)
    if not unpacker.eof:
        raise ValueError("it ends too early or is too large")
    return out


def _unbzip2(content):
    out = []
    while content:
        unpacker = bz2.BZ2Decompressor()
        out.append(_whole(unpacker, content))
        content = unpacker.unused_data
    return b"".join(out)


def _arrow_pack(codec):
    def pack(content, level):
        import pyarrow

        sink = pyarrow.BufferOutputStream()
        with pyarrow.CompressedOutputStream(sink, codec) as stream:
            stream.write(content)
        return sink.getvalue().to_pybytes()

    return pack


def _arrow_unpack(codec):
    def unpack(content):
        import pyarrow

        with pyarrow.CompressedInputStream(io.BytesIO(content), codec) as stream:
            return stream.read()

    return unpack


_SNAPPY_HEAD = b"\x82SNAPPY\0" + struct.pack(">ii", 1, 1)
_SNAPPY_BLOCK = 32 * 1024


def _snappy(content, level):
    """Blocks of raw snappy behind the header of the Java library's stream."""
    import pyarrow

    codec, out = pyarrow.Codec("snappy"), [_SNAPPY_HEAD]
    for at in range(0, len(content), _SNAPPY_BLOCK):
        block = codec.compress(content[at:at + _SNAPPY_BLOCK], asbytes=True)
        out += [struct.pack(">i", len(block)), block]
    return b"".join(out)


def _unsnappy(content):
    import pyarrow

    if content[:8] != _SNAPPY_HEAD[:8]:
        raise ValueError("no snappy header")
    codec, out, at = pyarrow.Codec("snappy"), [], 16
    while at < len(content):
        (size,) = struct.unpack_from(">i", content, at)
        block = content[at + 4:at + 4 + size]
        if size <= 0 or len(block) != size:
            raise ValueError("it ends too early")
        out.append(codec.decompress(block, decompressed_size=_snappy_length(block), asbytes=True))
        at += 4 + size
    return b"".join(out)


def _snappy_length(block):
    """The length that a raw snappy block states at its start."""
    value = shift = 0
    for byte in block[:5]:
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            break
        shift += 7
    if value > LIMIT:
        raise ValueError(f"larger than {LIMIT} bytes")
    return value


PACK = {
    "gzip": gzip,
    "deflate": lambda content, level: zlib.compress(content, level),
    "bzip2": lambda content, level: bz2.compress(content, 9),
    "lzma": lambda content, level: lzma.compress(content, lzma.FORMAT_ALONE, preset=level),
    "xz-lzma2": lambda content, level: lzma.compress(content, lzma.FORMAT_XZ, preset=level),
    "snappy": _snappy,
    "lz4-framed": _arrow_pack("lz4"),
    "zstd": _arrow_pack("zstd"),
    "brotli": _arrow_pack("brotli"),
}
UNPACK = {
    "gzip": gunzip,
    "deflate": lambda content: _inflated(content, 15),
    "bzip2": _unbzip2,
    "lzma": lambda content: _whole(lzma.LZMADecompressor(lzma.FORMAT_ALONE), content),
    "xz-lzma2": lambda content: _whole(lzma.LZMADecompressor(lzma.FORMAT_XZ), content),
    "snappy": _unsnappy,
    "lz4-framed": _arrow_unpack("lz4"),
    "zstd": _arrow_unpack("zstd"),
    "brotli": _arrow_unpack("brotli"),
}


def recompress(flow_file, source="no compression", target="no compression", level=1, rename=True, unknown="success"):
    """ModifyCompression: from one format to another in one step. `unknown`: where content of an unknown mime.type goes."""
    packed = flow_file
    if source == "use mime.type attribute" and unknown == "failure" and flow_file.attributes.get("mime.type") not in BY_MIME_TYPE:
        return [("failure", flow_file.failed("its mime.type is no compression"))]
    if source != "no compression":
        ((name, packed),) = decompress(flow_file, source, rename)
        if name == "failure":
            return [("failure", packed)]
    if target == "no compression":
        return [("success", packed)]
    return compress(packed, target, level, rename)
