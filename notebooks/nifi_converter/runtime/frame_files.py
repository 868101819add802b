"""Frame files: flow files on the driver whose content is a DataFrame.

Where a flow works table by table or file by file (a listing, a table of control rows), its flow files are a short list,
and their attributes say what to read and where to write. What a query or a reader gives is no part of that list: each
frame file has its rows as a DataFrame, which Spark computes where they are written. All functions that only look at
attributes take frame files as they take any flow file.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, fields, replace

from .files import path_of
from .flow_files import FlowFile, rehearsing
from .plans import shortened

LARGEST_FAILURE = 64 * 1024 * 1024  # bytes of a file that goes to `failure` with its content


@dataclass(frozen=True)
class FrameFile(FlowFile):
    """A flow file with `records`, a DataFrame, in place of bytes."""

    records: object = None


def read(flow_files, query):
    """A frame file for each flow file: `query(attributes)` gives its DataFrame. To `success`; a flow file whose records
    cannot be read goes to `failure` as it came, with the reason."""
    return [out for f in flow_files for out in _act(f, lambda f=f: {"success": query(f.attributes)})]


def read_files(flow_files, query, by=None, relationship="success"):
    """Frame files of the files that flow files name: `query(files, attributes)` gives one DataFrame for all files that agree
    in the attributes `by` (None: each file has its own). Those of one frame file keep what they agree in."""
    groups = {}
    for number, flow_file in enumerate(flow_files):
        groups.setdefault(number if by is None else tuple(flow_file.attributes.get(name) for name in by), []).append(flow_file)
    results = []
    for files in groups.values():
        shared = {n: v for n, v in files[0].attributes.items() if all(f.attributes.get(n) == v for f in files)}
        made = _act(FlowFile(shared), lambda: {relationship: query(files, shared)})
        results += made if made[0].relationship == relationship else [replace(_opened(f), relationship="failure", error=made[0].error) for f in files]
    return results


def _opened(flow_file):
    """A file that Spark could not read as the flow file that NiFi would have: with its content. One that is too large for
    that fails the run, which leaves the file where it is."""
    path = path_of(flow_file)
    if not os.path.exists(path):
        return flow_file
    if os.path.getsize(path) > LARGEST_FAILURE:
        raise ValueError(f"{path} cannot be read, and is too large for the failure table")
    with open(path, "rb") as file:
        return flow_file.with_content(file.read())


def change(files, function, relationship="success"):
    """`function(records, attributes)` gives a DataFrame, or {relationship: DataFrame}; what it raises fails the frame file."""
    def changed(frame_file):
        made = function(frame_file.records, frame_file.attributes)
        return made if isinstance(made, dict) else {relationship: made}

    return [out for f in files for out in _act(f, lambda f=f: changed(f))]


def write(files, function):
    """Calls `function(records, attributes)` for each frame file, one after the other. To `success`, or where it raises to
    `failure`, with the rows: the failure table keeps them."""
    def written(frame_file):
        function(frame_file.records, frame_file.attributes)
        return {"success": frame_file.records}

    return [out for f in files for out in _act(f, lambda f=f: written(f))]


def _act(flow_file, action):
    try:
        return [_with_records(flow_file, name, records) for name, records in action().items()]
    except Exception as error:
        if rehearsing():  # a rehearsal looks for faults of the notebook
            raise
        return [replace(flow_file, relationship="failure", error=f"{type(error).__name__}: {error}"[:2000])]


def _with_records(flow_file, relationship, records):
    records = shortened(records)
    records.schema  # over Connect Spark finds the faults of a query only when it is asked
    given = {f.name: getattr(flow_file, f.name) for f in fields(FlowFile)}
    return FrameFile(**{**given, "content": b"", "relationship": relationship, "error": None, "records": records})
