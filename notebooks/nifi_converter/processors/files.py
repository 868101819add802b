"""Files: list, fetch, get and put, on Volumes and in cloud storage."""

from __future__ import annotations

from typing import Dict, List, Optional

from ..planning.triggers import period_seconds
from . import ASSISTED, DRIVER, Cell, Refused, handles
from .code import Code, assign, call
from .step import FLOW_FILES, Step


def _seconds(step: Step, name: str) -> Optional[float]:
    text = step.get(name)
    if not text or not text.strip():
        return None
    seconds = period_seconds(text)
    if seconds is None:
        raise Refused(f"{name} is no period: {text!r}")
    return seconds


def _set(step: Step, *names: str) -> str:
    """The first of these properties that has a value: the same setting has another name from processor to processor."""
    return next((step.get(n) or "" for n in names if step.get(n)), "")


def filters(step: Step) -> Dict[str, object]:
    """What is set to other than NiFi's own default, so that the cell says only what matters."""
    found: Dict[str, object] = {}
    pattern = _set(step, "File Filter", "File Filter Regex", "file-filter")
    if pattern and pattern != r"[^\.].*":
        found["name_pattern"] = pattern
    path_pattern = _set(step, "Path Filter", "Path Filter Regex", "path-filter")
    if path_pattern:
        found["path_pattern"] = path_pattern
    if (_set(step, "Recurse Subdirectories", "recurse-subdirectories", "Search Recursively") or "true").lower() != "true" or step.get("delimiter"):
        found["recurse"] = False
    if not step.flag("Ignore Hidden Files", True) or not step.flag("Ignore Dotted Files", True):
        found["ignore_hidden"] = False
    for names, key in ((("Minimum File Age", "minimum-file-age", "min-age"), "min_age"), (("Maximum File Age", "maximum-file-age", "max-age"), "max_age")):
        seconds = next((_seconds(step, n) for n in names if step.get(n)), None)
        if seconds:
            found[key] = seconds
    if step.size("Minimum File Size"):
        found["min_size"] = step.size("Minimum File Size")
    if step.size("Maximum File Size") is not None:
        found["max_size"] = step.size("Maximum File Size")
    return found


def _tracked(step: Step, listing: Code, how: str) -> Cell:
    """The cell of a listing. What was seen is kept in a state table that is committed last."""
    strategy = step.get("listing-strategy", "timestamps")
    if strategy == "none":
        return Cell(code=assign(step.frame, f'rt.send({listing}, "success")'), how=how, carrier=DRIVER, outside="files",
                    notes=["Strategy *No Tracking*: every run lists every file again, as in NiFi."])
    state = f"{step.frame}_seen"
    return Cell(code=assign(step.frame, f'rt.send({state}.new({listing}), "success")'), how=how, carrier=DRIVER, outside="files", commit=f"{state}.commit()",
                setup=[f'{state} = files.Listing(spark, f"{{tables}}__{state}")'],
                notes=[f"What was listed is kept in the state table `…__{state}` (NiFi: strategy {strategy}), which is committed at the end of the run."])


@handles("ListFile", carriers=(DRIVER,), source=True, state=True)
def list_file(step: Step) -> Cell:
    """A listing on the driver."""
    cell = _tracked(step, call("files.list_files", step.place(step.get("Input Directory") or "."), **filters(step)), "a listing on the driver")
    cell.reads = f"folder {step.place(step.get('Input Directory') or '.')}"
    return cell


@handles("GetFile", carriers=(DRIVER,), source=True, side_effect=True)
def get_file(step: Step) -> Cell:
    chosen = filters(step)
    code = assign(step.frame, f"rt.send({call('files.get_files', step.place(step.get('Input Directory') or '.'), **chosen)}, \"success\")")
    keep = step.flag("Keep Source File")
    notes = ["The files stay where they are (*Keep Source File*): every run takes them again, as in NiFi." if keep else
             "The folder is the queue: the files are deleted at the end of the run, after the sinks."]
    return Cell(code=code, how="files read on the driver", notes=notes, carrier=DRIVER, reads=f"folder {step.place(step.get('Input Directory') or '.')}",
                commit="" if keep else f"files.delete_files({step.frame})", outside="files")


@handles("FetchFile", carriers=(DRIVER,), source=False, side_effect=True)
def fetch_file(step: Step) -> Cell:
    path = step.path(step.get("File to Fetch", "${absolute.path}/${filename}"))
    return _completed(step, step.for_each("files.fetch_file", outside="files", how="files read on the driver", path=path), path)


def _completed(step: Step, cell: Cell, path: Code) -> Cell:
    """What happens to a file that was fetched: at the end of the run, after the sinks."""
    completion = step.get("Completion Strategy", "None")
    good = Code(f'rt.relationship({step.frame}, "success")')
    found = path if path.startswith("lambda") else Code(f"lambda attributes: {path}")
    if completion == "Move File":
        target = step.path(step.get("Move Destination Directory") or ".")
        cell.commit = str(call("files.move_files", good, target, path=found, conflict=step.get("Move Conflict Strategy", "Rename")))
        cell.notes.append("The files are moved at the end of the run, after the sinks: a run that breaks off finds them again.")
    elif completion == "Delete File":
        cell.commit = str(call("files.delete_files", good, path=found))
        cell.notes.append("The files are deleted at the end of the run, after the sinks.")
    return cell


@handles("PutFile", carriers=(FLOW_FILES, DRIVER), side_effect=True)
def put_file(step: Step) -> Cell:
    options = {"directory": step.path(step.get("Directory") or "."), "conflict": step.get("Conflict Resolution Strategy", "fail")}
    if not step.flag("Create Missing Directories", True):
        options["create"] = False
    cell = step.for_each("files.put_file", outside="files", how="one file per flow file on the Volume", **options)
    cell.writes = f"folder {options['directory']}"
    return cell


@handles("PutHDFS", "PutS3Object", "PutGCSObject", "PutAzureBlobStorage", "PutAzureBlobStorage_v12", "PutAzureDataLakeStorage", side_effect=True)
def put_object(step: Step) -> Cell:
    """Cloud storage is reached as an external Volume; the bucket or container is a folder of it."""
    container = next((step.get(n) for n in ("Bucket", "gcs-bucket", "container-name", "filesystem-name") if step.get(n)), "")
    folder = step.get("Directory") or step.get("directory-name") or ""
    key = next((step.get(n) for n in ("Object Key", "gcs-key", "blob", "blob-name", "file-name") if step.get(n)), "")
    directory = "/".join(p.strip("/") for p in (container or "", folder) if p) or "."
    conflict = (step.get("Conflict Resolution Strategy") or step.get("conflict-resolution-strategy") or "replace").split("-")[0].lower()
    conflict = {"overwrite": "replace", "replace": "replace", "ignore": "ignore", "fail": "fail", "append": "append"}.get(conflict, "replace")
    if step.type == "PutGCSObject" and not step.flag("gcs-overwrite-object", True):
        conflict = "fail"
    options = {"directory": step.path(directory), "conflict": conflict}
    cell = step.for_each("files.put_file", outside="files", how="one object per flow file, on an external Volume", **options)
    if key and key.replace(" ", "") != "${filename}":
        # The key may hold folders of its own: it becomes the file's name below the directory.
        cell = step.for_each("files.put_object", outside="files", how="one object per flow file, on an external Volume", key=step.python(key), **options)
    cell.notes.append(f"`{container or folder or '/'}` is a folder of the Volume in widget `volume`: mount the bucket there as an external Volume.")
    cell.notes += credentials_note(step)
    return _codec(step, cell)


_CREDENTIALS = ("AWS Credentials Provider service", "GCP Credentials Provider Service", "storage-credentials-service", "adls-credentials-service")


def credentials_note(step: Step) -> List[str]:
    """What becomes of the service or keys that opened a bucket: Unity Catalog's storage credential takes their place."""
    service = next((s for s in (step.service(n) for n in _CREDENTIALS) if s is not None), None)
    if service is None and not any(step.resolved.is_set(n) for n in ("Access Key", "storage-account-key", "Credentials File")):
        return []
    named = f"the service `{' '.join(service.name.replace('`', chr(39)).split())}` is" if service is not None else "the flow's keys are"
    return [f"Access is that of the external location in Unity Catalog (its storage credential): {named} not taken over."]


def _codec(step: Step, cell: Cell) -> Cell:
    """Hadoop's compression on the way to or from a file is a step of its own here."""
    codec = step.get("Compression codec") or "NONE"
    if codec != "NONE":
        cell.level, cell.how = ASSISTED, f"{cell.how}; the compression codec {codec} is left out"
        cell.notes.append(f"**Gap:** NiFi packs or unpacks the content by the codec `{codec}` here, this cell does not: put a step around it, as for CompressContent.")
    return cell


# type of a listing -> (the kind of store, its property for bucket or container, for the prefix)
_STORES = {
    "ListS3": ("s3", "Bucket", "prefix"), "ListGCSBucket": ("gcs", "gcs-bucket", "gcs-prefix"), "ListAzureBlobStorage": ("blob", "container-name", "prefix"),
    "ListAzureBlobStorage_v12": ("blob", "container-name", "blob-name-prefix"), "ListAzureDataLakeStorage": ("adls", "filesystem-name", ""),
}


@handles(*_STORES, "ListHDFS", carriers=(DRIVER,), source=True, state=True)
def list_objects(step: Step) -> Cell:
    """A listing of an external Volume, with the attributes that NiFi gives: an object's key is its path below the bucket. A
    prefix that ends within a name keeps only what begins so."""
    if step.type == "ListHDFS":
        directory = step.get("Directory") or "."
        listing = call("files.list_files", step.place(directory), **filters(step))
        cell = _tracked(step, call("files.as_listed", listing, Code("volume"), "path"), "a listing of an external Volume")
        cell.notes.insert(0, f"`{directory}` is a folder of the Volume in widget `volume`: copy the files there, or mount where they are.")
        return cell
    store, bucket_property, prefix_property = _STORES[step.type]
    bucket, prefix = (step.get(bucket_property) or "."), (step.get(prefix_property) or "") if prefix_property else ""
    folder, _, begins = prefix.lstrip("/").rpartition("/")
    folder = (step.get("directory-name") or "").strip("/") if store == "adls" else folder
    chosen = {**({"begins": begins} if begins else {}), **filters(step)}
    listing = call("files.list_files", step.place("/".join(p for p in (bucket, folder) if p)), **chosen)
    cell = _tracked(step, call("files.as_listed", listing, step.place(bucket), store), "a listing of an external Volume")
    cell.notes = [f"`{bucket}` is a folder of the Volume in widget `volume`: mount the bucket there as an external Volume.", *credentials_note(step), *cell.notes]
    return cell


# type of a fetch -> its properties for the bucket or container, folder and object
_OBJECTS = {
    "FetchS3Object": ("Bucket", "", "Object Key"), "FetchGCSObject": ("gcs-bucket", "", "gcs-key"), "FetchAzureBlobStorage": ("container-name", "", "blob"),
    "FetchAzureBlobStorage_v12": ("container-name", "", "blob-name"), "FetchAzureDataLakeStorage": ("filesystem-name", "directory-name", "file-name"),
    "FetchHDFS": ("", "", "HDFS Filename"),
}


@handles(*_OBJECTS, carriers=(DRIVER,), side_effect=True)
def fetch_object(step: Step) -> Cell:
    path = "/".join(step.get(n) or "" for n in _OBJECTS[step.type] if n and step.get(n))
    cell = step.for_each("files.fetch_file", outside="files", how="objects read on the driver", path=step.path(path))
    cell.notes.append("Read through the external Volume: the bucket or container is a folder of it.")
    if any(step.get(n) for n in ("range-start", "range-length", "gcs-object-range-start", "gcs-object-range-length")):
        raise Refused("it fetches a range of the object's bytes")
    return _codec(step, cell)


@handles("GetHDFS", "GetSFTP", "GetFTP", "GetSmbFile", carriers=(DRIVER,), source=True, side_effect=True, level=ASSISTED)
def get_remote(step: Step) -> Cell:
    folder = "/".join(p.strip("/") for p in (step.get("Share") or "", _set(step, "Directory", "Remote Path")) if p.strip("/")) or "."
    keep = step.flag("Keep Source File") or not step.flag("Delete Original", True)
    listing = call("files.as_listed", call("files.get_files", step.place(folder), **filters(step)), Code("volume"), "path")
    cell = Cell(code=assign(step.frame, f'rt.send({listing}, "success")'), carrier=DRIVER, commit="" if keep else f"files.delete_files({step.frame})", outside="files")
    cell.notes.append("The files stay where they are: every run takes them again, as in NiFi." if keep else
                      "The folder is the queue: the files are deleted at the end of the run, after the sinks.")
    return _codec(step, _landed(step, cell))


@handles("ListSFTP", "ListFTP", "ListSmb", carriers=(DRIVER,), source=True, state=True, level=ASSISTED)
def list_remote(step: Step) -> Cell:
    folder = _set(step, "Remote Path", "directory") or "."
    named = {f"{step.type[4:].lower()}.{what}": step.get(name) for what, name in (("remote.host", "Hostname"), ("remote.port", "Port"), ("listing.user", "Username")) if step.get(name)}
    listed = call("files.as_listed", call("files.list_files", step.place(folder), **filters(step)), Code("volume"), "path", **({"attributes": named} if named else {}))
    cell = _tracked(step, listed, "")
    cell.notes.insert(0, f"`{folder}` is a folder of the Volume in widget `volume`.")
    return _landed(step, cell)


@handles("FetchSFTP", "FetchFTP", "FetchSmb", carriers=(DRIVER,), side_effect=True, level=ASSISTED)
def fetch_remote(step: Step) -> Cell:
    path = step.path(_set(step, "Remote File", "remote-file") or "${path}/${filename}")
    return _landed(step, _completed(step, step.for_each("files.fetch_file", outside="files", path=path), path))


_CONFLICTS = {"NONE": "replace", "REPLACE": "replace", "IGNORE": "ignore", "RENAME": "rename", "REJECT": "reject", "FAIL": "fail"}


@handles("PutSFTP", "PutFTP", "PutSmbFile", side_effect=True, level=ASSISTED)
def put_remote(step: Step) -> Cell:
    """What exists, and what is empty, by NiFi's rules for a server's files."""
    folder = "/".join(p for p in (step.get("Share") or "", _set(step, "Remote Path", "Directory")) if p) or "."
    conflict = _CONFLICTS.get(_set(step, "Conflict Resolution", "Conflict Resolution Strategy").upper(), "replace")
    more = {"reject_empty": True} if step.type != "PutSmbFile" and step.flag("Reject Zero-Byte Files", True) else {}
    return _landed(step, step.for_each("files.put_file", outside="files", directory=step.path(folder), conflict=conflict, **more))


def _landed(step: Step, cell: Cell) -> Cell:
    host = step.get("Hostname") or "the server"
    cell.level = ASSISTED
    cell.how = "the remote folder is a folder of the Volume: something must carry the files (managed ingestion, or a mount)"
    cell.notes.append(f"**Gap:** Databricks reaches `{host}` only through what an administrator sets up; this cell reads and writes the same path on the Volume.")
    return cell
