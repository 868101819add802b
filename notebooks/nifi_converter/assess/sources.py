"""Which files an assessment reads: files, `FILE#GROUP_ID`, and folders searched by content."""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass
from typing import List

from ..read import split_source

_SUFFIXES = (".xml", ".json", ".gz", ".snapshot")
_SKIPPED = frozenset(("node_modules", "__pycache__"))
_MARKS = (
    b"flowContents", b"rootGroup", b"flowSnapshot", b'"parameterContexts"', b"maxTimerDrivenThreadCount",
    b"<template", b"flowController", b"<snippet",
)
_HEAD = 1 << 16


@dataclass(frozen=True)
class Source:
    """A file to read. `found` in a folder, where what is no NiFi flow is left out; else named, and must be one."""

    path: str
    group_id: str = ""
    found: bool = False


def expand(names: List[str]) -> List[Source]:
    """The sources in the order given; in a folder by path. Links to folders are not followed."""
    sources = []
    for name in names:
        if not os.path.isdir(name):
            sources.append(Source(*split_source(name)))
            continue
        for folder, folders, files in os.walk(name):
            folders[:] = sorted(f for f in folders if not f.startswith(".") and f not in _SKIPPED)
            for file in sorted(files):
                path = os.path.join(folder, file)
                if file.lower().endswith(_SUFFIXES) and looks_like_nifi(path):
                    sources.append(Source(path, "", True))
    return sources


def looks_like_nifi(path: str) -> bool:
    """Whether the start of a file has a word that every NiFi format has near its start. Cheap: 64 KiB are read."""
    try:
        with open(path, "rb") as file:
            return starts_like_nifi(file.read(_HEAD))
    except OSError:
        return False


def starts_like_nifi(data: bytes) -> bool:
    """The same of a file's bytes, packed or not."""
    head = data[:_HEAD]
    if head[:2] == b"\x1f\x8b":
        try:
            head = zlib.decompressobj(wbits=31).decompress(head, 4 * _HEAD)
        except zlib.error:
            return False
    head = head.replace(b"\0", b"")  # UTF-16 and UTF-32 look like this
    return any(mark in head for mark in _MARKS)
