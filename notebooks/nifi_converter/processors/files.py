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


def _filters(step: Step, name_property: str, recurse: str) -> Dict[str, object]:
    """What is set to other than NiFi's own default, so that the cell says only what matters."""
    found: Dict[str, object] = {}
    pattern = step.get(name_property)
    if pattern and pattern != r"[^\.].*":
        found["name_pattern"] = pattern
    path_pattern = step.get("Path Filter")
    if path_pattern:
        found["path_pattern"] = path_pattern
    if not step.flag(recurse, True):
        found["recurse"] = False
    if not step.flag("Ignore Hidden Files", True):
        found["ignore_hidden"] = False
    for name, key in (("Minimum File Age", "min_age"), ("Maximum File Age", "max_age")):
        seconds = _seconds(step, name)
        if seconds:
            found[key] = seconds
    if step.size("Minimum File Size"):
        found["min_size"] = step.size("Minimum File Size")
    if step.size("Maximum File Size") is not None:
        found["max_size"] = step.size("Maximum File Size")
    return found


@handles("ListFile", carriers=(DRIVER,), source=True, state=True)
def list_file(step: Step) -> Cell:
    """A listing on the driver. What was seen is kept in a state table that is committed last."""
    filters = _filters(step, "File Filter", "Recurse Subdirectories")
    listing = call("files.list_files", step.path(step.get("Input Directory") or "."), **filters)
    strategy = step.get("listing-strategy", "timestamps")
    if strategy == "none":
        code, commit, words = f"rt.send({listing}, \"success\")", "", "Strategy *No Tracking*: every run lists every file again, as in NiFi."
        setup: List[str] = []
    else:
        state = f"{step.frame}_seen"
        setup = [f'{state} = files.Listing(spark, f"{{tables}}__{state}")']
        code, commit = f"rt.send({state}.new({listing}), \"success\")", f"{state}.commit()"
        words = f"What was listed is kept in the state table `…__{state}` (NiFi: strategy {strategy}), which is committed at the end of the run."
    return Cell(code=assign(step.frame, code), how="a listing on the driver", notes=[words], carrier=DRIVER, commit=commit,
                reads=f"folder {step.path(step.get('Input Directory') or '.')}", setup=setup, outside="files")


@handles("GetFile", carriers=(DRIVER,), source=True, side_effect=True)
def get_file(step: Step) -> Cell:
    filters = _filters(step, "File Filter", "Recurse Subdirectories")
    code = assign(step.frame, f"rt.send({call('files.get_files', step.path(step.get('Input Directory') or '.'), **filters)}, \"success\")")
    keep = step.flag("Keep Source File")
    notes = ["The files stay where they are (*Keep Source File*): every run takes them again, as in NiFi." if keep else
             "The folder is the queue: the files are deleted at the end of the run, after the sinks."]
    return Cell(code=code, how="files read on the driver", notes=notes, carrier=DRIVER, reads=f"folder {step.path(step.get('Input Directory') or '.')}",
                commit="" if keep else f"files.delete_files({step.frame})", outside="files")


@handles("FetchFile", carriers=(DRIVER,), source=False, side_effect=True)
def fetch_file(step: Step) -> Cell:
    path = step.path(step.get("File to Fetch", "${absolute.path}/${filename}"))
    cell = step.for_each("files.fetch_file", outside="files", how="files read on the driver", path=path)
    completion = step.get("Completion Strategy", "None")
    good = f'rt.relationship({step.frame}, "success")'
    if completion == "Move File":
        target = step.path(step.get("Move Destination Directory") or ".")
        conflict = step.get("Move Conflict Strategy", "Rename")
        cell.commit = str(call("files.move_files", Code(good), target, path=path if path.startswith("lambda") else Code(f"lambda attributes: {path}"), conflict=conflict))
        cell.notes.append("The files are moved at the end of the run, after the sinks: a run that breaks off finds them again.")
    elif completion == "Delete File":
        cell.commit = str(call("files.delete_files", Code(good), path=path if path.startswith("lambda") else Code(f"lambda attributes: {path}")))
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
    return cell


_CREDENTIALS = ("AWS Credentials Provider service", "GCP Credentials Provider Service", "storage-credentials-service", "adls-credentials-service")


def credentials_note(step: Step) -> List[str]:
    """What becomes of the service or keys that opened a bucket: Unity Catalog's storage credential takes their place."""
    service = next((s for s in (step.service(n) for n in _CREDENTIALS) if s is not None), None)
    if service is None and not any(step.resolved.is_set(n) for n in ("Access Key", "storage-account-key", "Credentials File")):
        return []
    named = f"the service `{' '.join(service.name.replace('`', chr(39)).split())}` is" if service is not None else "the flow's keys are"
    return [f"Access is that of the external location in Unity Catalog (its storage credential): {named} not taken over."]


def _list_objects(step: Step, location: str, pattern: str, bucket: bool = True) -> Cell:
    state = f"{step.frame}_seen"
    options = {"name_pattern": step.get(pattern)} if pattern and step.get(pattern) else {}
    listing = call("files.list_files", step.path(location), **options)
    return Cell(code=assign(step.frame, f"rt.send({state}.new({listing}), \"success\")"), how="a listing of an external Volume", carrier=DRIVER,
                commit=f"{state}.commit()", setup=[f'{state} = files.Listing(spark, f"{{tables}}__{state}")'], outside="files",
                notes=[f"`{location}` is a folder of the Volume in widget `volume`{': mount the bucket there as an external Volume' if bucket else ''}.", *credentials_note(step)])


@handles("ListHDFS", "ListS3", "ListGCSBucket", "ListAzureBlobStorage", "ListAzureBlobStorage_v12", "ListAzureDataLakeStorage",
         carriers=(DRIVER,), source=True, state=True)
def list_objects(step: Step) -> Cell:
    names = ("Directory", "Bucket", "gcs-bucket", "container-name", "filesystem-name")
    base = next((step.get(n) for n in names if step.get(n)), ".") or "."
    prefix = next((step.get(n) for n in ("prefix", "gcs-prefix", "directory-name") if step.get(n)), "") or ""
    return _list_objects(step, "/".join(p.strip("/") for p in (base, prefix) if p.strip("/")) or ".", "File Filter")


@handles("FetchHDFS", "FetchS3Object", "FetchGCSObject", "FetchAzureBlobStorage", "FetchAzureBlobStorage_v12", "FetchAzureDataLakeStorage",
         carriers=(DRIVER,), side_effect=True)
def fetch_object(step: Step) -> Cell:
    """The listing above left the folder in absolute.path, whatever NiFi's own attribute is called."""
    cell = step.for_each("files.fetch_file", outside="files", how="objects read on the driver",
                         path=Code('lambda attributes: files.under(volume, attributes.get("absolute.path", "") + "/" + attributes.get("filename", ""))'))
    cell.notes.append("Read through the external Volume: bucket and key of this processor are those of the listing above.")
    return cell


@handles("GetHDFS", "GetSFTP", "GetFTP", "GetSmbFile", carriers=(DRIVER,), source=True, side_effect=True, level=ASSISTED)
def get_remote(step: Step) -> Cell:
    folder = step.get("Directory") or step.get("Remote Path") or "."
    options = {"name_pattern": step.get("File Filter Regex")} if step.get("File Filter Regex") else {}
    code = assign(step.frame, f"rt.send({call('files.get_files', step.path(folder), **options)}, \"success\")")
    return _landed(step, Cell(code=code, carrier=DRIVER, commit=f"files.delete_files({step.frame})", outside="files"))


@handles("ListSFTP", "ListFTP", "ListSmb", carriers=(DRIVER,), source=True, state=True, level=ASSISTED)
def list_remote(step: Step) -> Cell:
    return _landed(step, _list_objects(step, step.get("Remote Path") or step.get("directory") or ".", "File Filter Regex"))


@handles("FetchSFTP", "FetchFTP", "FetchSmb", carriers=(DRIVER,), side_effect=True, level=ASSISTED)
def fetch_remote(step: Step) -> Cell:
    path = step.get("Remote File") or step.get("remote-file") or "${path}/${filename}"
    cell = step.for_each("files.fetch_file", outside="files",
                         path=Code(f'lambda attributes: files.under(volume, attributes.get("absolute.path") + attributes.get("filename") if "absolute.path" in attributes else {step.python_source(path)})'))
    return _landed(step, cell)


@handles("PutSFTP", "PutFTP", "PutSmbFile", side_effect=True, level=ASSISTED)
def put_remote(step: Step) -> Cell:
    conflict = (step.get("Conflict Resolution") or "replace").lower()
    conflict = conflict if conflict in ("replace", "ignore", "fail") else "replace"
    return _landed(step, step.for_each("files.put_file", outside="files", directory=step.path(step.get("Remote Path") or "."), conflict=conflict))


def _landed(step: Step, cell: Cell) -> Cell:
    host = step.get("Hostname") or "the server"
    cell.level = ASSISTED
    cell.how = "the remote folder is a folder of the Volume: something must carry the files (managed ingestion, or a mount)"
    cell.notes.append(f"**Gap:** Databricks reaches `{host}` only through what an administrator sets up; this cell reads and writes the same path on the Volume.")
    return cell
