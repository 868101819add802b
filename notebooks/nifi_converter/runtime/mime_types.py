"""IdentifyMimeType: what content is, by its first bytes, and what its name adds. The commoner part of Tika's table."""

from __future__ import annotations

import re

BINARY, TEXT, XML, ZIP = "application/octet-stream", "text/plain", "application/xml", "application/zip"

# (offset, bytes, mime.type), the more specific ones first.
_MAGIC = [
    (0, b"\x89PNG\r\n\x1a\n", "image/png"), (0, b"\xff\xd8\xff", "image/jpeg"), (0, b"GIF87a", "image/gif"), (0, b"GIF89a", "image/gif"),
    (0, b"%PDF-", "application/pdf"), (0, b"PK\x03\x04", ZIP), (0, b"PK\x05\x06", ZIP), (0, b"\x1f\x8b", "application/gzip"),
    (0, b"BZh", "application/x-bzip2"), (0, b"\xfd7zXZ\0", "application/x-xz"), (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"Rar!\x1a", "application/x-rar-compressed"), (0, b"PAR1", "application/x-parquet"), (0, b"ORC", "application/x-orc"),
    (257, b"ustar", "application/x-tar"), (0, b"NiFiFF3", "application/flowfile-v3"), (0, b"\x04\x22\x4d\x18", "application/x-lz4-framed"),
    (0, b"\x28\xb5\x2f\xfd", "application/zstd"), (0, b"\x82SNAPPY", "application/x-snappy"), (0, b"II*\0", "image/tiff"), (0, b"MM\0*", "image/tiff"),
    (0, b"BM", "image/bmp"), (8, b"WEBP", "image/webp"), (8, b"WAVE", "audio/vnd.wave"), (0, b"ID3", "audio/mpeg"), (0, b"OggS", "audio/ogg"),
    (4, b"ftyp", "video/mp4"), (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-tika-msoffice"), (0, b"{\\rtf", "application/rtf"),
    (0, b"SQLite format 3\0", "application/x-sqlite3"), (0, b"SEQ", "application/x-sequence-file"), (0, b"\x7fELF", "application/x-elf"),
    (0, b"MZ", "application/x-msdownload"), (0, b"\xca\xfe\xba\xbe", "application/java-vm"), (0, b"<?xml", XML),
    (0, b"\xef\xbb\xbf<?xml", XML), (0, b"From: ", "message/rfc822"), (0, b"Received: ", "message/rfc822"), (0, b"Return-Path: ", "message/rfc822"),
    (0, b"#!/", TEXT)]
_HTML = re.compile(rb"\s*(?:<!--.*?-->\s*)?<(?:!doctype\s+html|html|head|body|title|h1|meta|script)\b", re.I | re.S)

# What a name says, where the bytes say no more than "text", "XML", "zip" or nothing at all.
_BY_NAME = {
    ".txt": TEXT, ".csv": "text/csv", ".tsv": "text/tab-separated-values", ".json": "application/json", ".xml": XML, ".html": "text/html",
    ".htm": "text/html", ".js": "text/javascript", ".css": "text/css", ".md": "text/x-web-markdown", ".yaml": "text/x-yaml", ".yml": "text/x-yaml",
    ".sql": "text/x-sql", ".log": "text/x-log", ".py": "text/x-python", ".java": "text/x-java-source", ".sh": "application/x-sh",
    ".properties": "text/x-java-properties", ".xsd": XML, ".xsl": "application/xslt+xml", ".svg": "image/svg+xml",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation", ".jar": "application/java-archive",
    ".doc": "application/msword", ".xls": "application/vnd.ms-excel", ".ppt": "application/vnd.ms-powerpoint", ".bin": BINARY,
    ".avro": BINARY, ".zip": ZIP, ".gz": "application/gzip", ".pdf": "application/pdf", ".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg"}
_OFFICE, _ZIPPED = (".doc", ".xls", ".ppt"), (".docx", ".xlsx", ".pptx", ".jar")
_TEXTUAL = {name: mime for name, mime in _BY_NAME.items() if mime.startswith("text/") or mime in (XML, "application/json", "application/x-sh", "application/xslt+xml", "image/svg+xml")}
_MARKUP = (".svg", ".xsl", ".html", ".htm")

_EXTENSIONS = {
    TEXT: ".txt", BINARY: ".bin", XML: ".xml", ZIP: ".zip", "text/html": ".html", "application/gzip": ".gz", "application/x-bzip2": ".bz2",
    "application/x-xz": ".xz", "application/x-tar": ".tar", "application/x-7z-compressed": ".7z", "application/x-rar-compressed": ".rar",
    "application/x-parquet": ".parquet", "application/x-orc": ".orc", "application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg",
    "image/gif": ".gif", "image/tiff": ".tiff", "image/bmp": ".bmp", "image/webp": ".webp", "audio/vnd.wave": ".wav", "audio/mpeg": ".mpga",
    "audio/ogg": ".oga", "video/mp4": ".mp4", "application/rtf": ".rtf", "application/json": ".json", "text/csv": ".csv",
    "application/zstd": ".zst", "message/rfc822": ".eml", "application/x-msdownload": ".exe", "application/java-vm": ".class",
    "application/x-tika-msoffice": "", "application/x-lz4-framed": ".lz4", "application/x-snappy": ".snappy", "application/flowfile-v3": ""}


def identify(flow_file, by_name=True):
    """IdentifyMimeType: sets mime.type, mime.extension and, for text, mime.charset."""
    content = flow_file.content
    name = flow_file.attributes.get("filename", "").lower() if by_name else ""
    mime = _by_content(content)
    end = name[name.rfind("."):] if "." in name else ""
    mime = _with_name(mime, end, content)
    found = {"mime.type": mime, "mime.extension": _EXTENSIONS.get(mime, end if _BY_NAME.get(end) == mime else "")}
    if mime.startswith("text/"):
        found["mime.charset"] = _charset(content)
    return [("success", flow_file.without_attributes(["mime.charset"]).with_attributes(found))]


def _by_content(content):
    for offset, magic, mime in _MAGIC:
        if content[offset:offset + len(magic)] == magic:
            return mime
    if _HTML.match(content[:1024]):
        return "text/html"
    return TEXT if content and _is_text(content[:512]) else BINARY


def _is_text(head):
    """No control characters but white space and escape."""
    return not any(byte < 32 and byte not in b"\t\n\r\x0c\x1b" for byte in head)


def _with_name(mime, end, content):
    if mime == TEXT or (mime == BINARY and not content):
        return _TEXTUAL.get(end, _BY_NAME.get(end, mime) if not content else mime)
    if mime == XML and end in _MARKUP:
        return _BY_NAME[end]
    if mime == ZIP and end in _ZIPPED or mime == "application/x-tika-msoffice" and end in _OFFICE or mime == BINARY:
        return _BY_NAME.get(end, mime)
    return mime


def _charset(content):
    head = content[:12000]
    if not head:
        return "UTF-8"
    if head[:2] == b"\xfe\xff":
        return "UTF-16BE"
    if head[:2] == b"\xff\xfe":
        return "UTF-16LE"
    if head[:3] == b"\xef\xbb\xbf":
        return "UTF-8"
    if all(byte < 128 for byte in head):
        return "ISO-8859-1"
    try:
        head.decode("utf-8")
        return "UTF-8"
    except UnicodeDecodeError as error:
        if error.start > len(head) - 4:
            return "UTF-8"
    return "windows-1252" if any(0x80 <= byte < 0xA0 for byte in head) else "ISO-8859-1"
