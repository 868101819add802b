"""Archives and NiFi's own flow file packages: UnpackContent, PackageFlowFile, and what MergeContent writes."""

from __future__ import annotations

import io
import posixpath
import re
import struct
import tarfile
import uuid
import zipfile
import zlib
from datetime import datetime, timezone
from xml.sax.saxutils import escape, quoteattr

from .flow_files import FlowFile
from .java_regex import compile_java

LIMIT = 2**31 - 1  # bytes that one flow file's content can have on Spark
ENTRIES = 1_000_000  # entries of one archive

MIME_TYPES = {"tar": "application/tar", "zip": "application/zip", "flowfile-stream-v3": "application/flowfile-v3",
              "flowfile-stream-v2": "application/flowfile-v2", "flowfile-tar-v1": "application/flowfile-v1"}
_BY_MIME_TYPE = {**{mime: form for form, mime in MIME_TYPES.items()}, "application/x-tar": "tar"}
_V3 = b"NiFiFF3"


class NotAPackage(ValueError):
    """The content is not of the format that it should be."""


def unpack(flow_file, form="use mime.type attribute", file_filter=".*", password=None):
    """UnpackContent: a flow file for each entry, then `original`. By mime.type: other types are `success` as they are,
    none is `failure`. The working directory in `absolute.path` is `/` here."""
    if form == "use mime.type attribute":
        mime = flow_file.attributes.get("mime.type")
        form = _BY_MIME_TYPE.get(mime)
        if form is None:
            return [("failure", flow_file.failed("it has no mime.type"))] if not mime else [("success", flow_file)]
    wanted = compile_java(file_filter)
    try:
        found = list(UNPACKERS[form](flow_file.content, wanted, password))
    except (NotAPackage, tarfile.TarError, zipfile.BadZipFile, zlib.error, EOFError, OSError, struct.error, RuntimeError, NotImplementedError) as error:
        return [("failure", flow_file.failed(f"not {form}: {error}"))]
    if not found:
        return [("failure", flow_file.failed("nothing to unpack"))]
    name = flow_file.attributes.get("filename", "")
    if name.endswith((".tar", ".zip", ".pkg")):
        name = name[:-4]
    shared = {"fragment.identifier": str(uuid.uuid4()), "fragment.count": str(len(found))}
    out = []
    for index, (own, content) in enumerate(found, start=1):
        attributes = {"mime.type": "application/octet-stream", **own, **shared, "fragment.index": str(index), "segment.original.filename": name}
        out.append(("success", flow_file.with_content(content).with_attributes(attributes)))
    return [*out, ("original", flow_file.with_attributes(shared))]


def _untar(content, wanted, password):
    if not content:
        raise NotAPackage("empty")
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
        for entry in archive:
            if not entry.isfile() or not wanted.fullmatch(entry.name):
                continue
            folder = posixpath.dirname(entry.name)
            when = datetime.fromtimestamp(entry.mtime, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S+0000")
            yield {"filename": posixpath.basename(entry.name), "path": f"{folder}/", "absolute.path": f"/{folder}/" if folder else "/",
                   "file.permissions": _permissions(entry.mode), "file.owner": entry.uname, "file.group": entry.gname,
                   "file.creationTime": when, "file.lastModifiedTime": when}, archive.extractfile(entry).read(LIMIT)


def _permissions(mode):
    return "".join(letter if mode & (0o400 >> i) else "-" for i, letter in enumerate("rwxrwxrwx"))


def _unzip(content, wanted, password):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        entries = archive.infolist()
        if len(entries) > ENTRIES:
            raise NotAPackage(f"more than {ENTRIES} entries")
        left = LIMIT
        for entry in entries:
            if entry.is_dir() or not wanted.fullmatch(entry.filename):
                continue
            with archive.open(entry, pwd=password.encode("utf-8") if password else None) as stream:
                data = stream.read(left + 1)
            left -= len(data)
            if left < 0:
                raise NotAPackage(f"more than {LIMIT} bytes")
            folder = posixpath.dirname(entry.filename)
            yield {"filename": posixpath.basename(entry.filename), "path": folder or "/", "absolute.path": f"/{entry.filename}/",
                   "file.encryptionMethod": "ZIP_STANDARD" if entry.flag_bits & 1 else "NONE"}, data


def _without_identity(attributes):
    return {k: v for k, v in attributes.items() if k != "uuid"}


def _stream_v3(content, wanted, password):
    at = 0
    while at < len(content):
        if content[at:at + 7] != _V3:
            raise NotAPackage("no NiFiFF3")
        attributes, data, at = _packaged(content, at + 7)
        yield _without_identity(attributes), data


def _stream_v2(content, wanted, password):
    at = 0
    if not content:
        raise NotAPackage("empty")
    while at < len(content):
        attributes, data, at = _packaged(content, at)
        yield _without_identity(attributes), data


def _packaged(content, at):
    """(attributes, content, where the next one starts) of a flow file in format 2 or 3."""
    def field(at):
        (size,) = struct.unpack_from(">H", content, at)
        at += 2
        if size == 0xFFFF:
            (size,) = struct.unpack_from(">I", content, at)
            at += 4
        return size, at

    def text(at):
        size, at = field(at)
        if at + size > len(content):
            raise NotAPackage("it ends too early")
        return content[at:at + size].decode("utf-8"), at + size

    try:
        count, at = field(at)
        attributes = {}
        for _ in range(count):
            name, at = text(at)
            attributes[name], at = text(at)
        (size,) = struct.unpack_from(">q", content, at)
    except UnicodeDecodeError as error:
        raise NotAPackage(str(error)) from None
    at += 8
    if size < 0 or at + size > len(content):
        raise NotAPackage("it ends too early")
    return attributes, content[at:at + size], at + size


def _tar_v1(content, wanted, password):
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
        attributes = None
        for entry in archive:
            data = archive.extractfile(entry).read(LIMIT) if entry.isfile() else b""
            if entry.name == "flowfile.attributes":
                attributes = _properties(data)
            elif entry.name == "flowfile.content" and attributes is not None:
                yield _without_identity(attributes), data
                attributes = None


_ENTRY = re.compile(r'<entry key="([^"]*)">([^<]*)</entry>')
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&", "&#10;": "\n", "&#13;": "\r", "&#9;": "\t"}


def _properties(data):
    """The attributes of format 1: Java's properties as XML, without any other markup."""
    def plain(text):
        return re.sub(r"&(?:lt|gt|quot|apos|amp|#10|#13|#9);", lambda m: _ENTITIES[m[0]], text)

    return {plain(k): plain(v) for k, v in _ENTRY.findall(data.decode("utf-8", "replace"))}


UNPACKERS = {"tar": _untar, "zip": _unzip, "flowfile-stream-v3": _stream_v3, "flowfile-stream-v2": _stream_v2, "flowfile-tar-v1": _tar_v1}


def _field(size):
    return struct.pack(">H", size) if size < 0xFFFF else struct.pack(">HI", 0xFFFF, size)


def stream(flow_files, version=3):
    """Flow files in NiFi's format 2 or 3, one after the other."""
    out = []
    for flow_file in flow_files:
        out.append((_V3 if version == 3 else b"") + _field(len(flow_file.attributes)))
        for name, value in flow_file.attributes.items():
            for text in (name.encode("utf-8"), value.encode("utf-8")):
                out.append(_field(len(text)) + text)
        out += [struct.pack(">q", len(flow_file.content)), flow_file.content]
    return b"".join(out)


def stream_v1(flow_files):
    """Flow files in NiFi's format 1, a tar file each, one after the other."""
    out = []
    for flow_file in flow_files:
        entries = "".join(f"\n  <entry key={quoteattr(k)}>{escape(v)}</entry>" for k, v in sorted(flow_file.attributes.items()))
        properties = ('<?xml version="1.0" encoding="UTF-8" standalone="no"?>\n<!DOCTYPE properties\n  SYSTEM "http://java.sun.com/dtd/properties.dtd">\n'
                      f"<properties>{entries}\n</properties>")
        out.append(tar([("flowfile.attributes", properties.encode("utf-8"), None, 0), ("flowfile.content", flow_file.content, None, 0)]))
    return b"".join(out)


def tar(entries):
    """[(name, content, permissions or None, seconds since 1970)] as a tar file."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, content, mode, seconds in entries:
            info = tarfile.TarInfo(name)
            info.size, info.mode, info.mtime = len(content), 0o644 if mode is None else mode, int(seconds)
            archive.addfile(info, io.BytesIO(content))
    return target.getvalue()


def zip_file(entries, level=1):
    """[(name, content)] as a zip file, always the same bytes for the same entries."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED if level else zipfile.ZIP_STORED, compresslevel=level or None) as archive:
        for name, content in entries:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED if level else zipfile.ZIP_STORED
            archive.writestr(info, content)
    return target.getvalue()


def package(flow_files, batch=1):
    """PackageFlowFile: up to `batch` flow files in NiFi's format 3. More than one: a new flow file of its own."""
    out = []
    for at in range(0, len(flow_files), batch):
        members = flow_files[at:at + batch]
        base = members[0] if len(members) == 1 else FlowFile({"filename": f"{uuid.uuid4()}.pkg", "path": "./"})
        out.append(("success", base.with_content(stream(members)).with_attributes({"mime.type": "application/flowfile-v3"})))
        out += [("original", member) for member in members]
    return out
