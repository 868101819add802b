"""Files on a Volume and objects in cloud storage: list, fetch, put, and what is done with a file afterwards.

The NiFi host's folders lie below one Volume (`under`). State (which files were seen, which may go) is committed at the
end of a run, after all sinks.
"""

from __future__ import annotations

import os
import re
import shutil
import time
from datetime import datetime, timezone

from .flow_files import FlowFile
from .tables import remembered, remember


def under(volume, path):
    """A path of the NiFi host below the Volume. URLs and Unity Catalog's own paths stay; `..` never leads out."""
    if re.match(r"[a-z][a-z0-9+.-]*:|/(Volumes|Workspace|dbfs)/", path) or path == volume or path.startswith(volume.rstrip("/") + "/"):
        return path
    inside = [p for p in re.sub(r"^[A-Za-z]:", "", path.replace("\\", "/")).split("/") if p not in ("", ".", "..")]
    return "/".join([volume.rstrip("/"), *inside])


def list_files(directory, name_pattern=None, path_pattern=None, recurse=True, ignore_hidden=True,
               min_age=0.0, max_age=None, min_size=0, max_size=None, begins=""):
    """ListFile: one flow file without content per file. The regular expression must match the whole name. Ages in seconds.
    `begins`: how the paths below the directory begin, in the middle of a name too, as a prefix of keys does."""
    found = []
    now = time.time()
    for folder, folders, names in os.walk(directory):
        folders.sort()
        if not recurse:
            folders.clear()
        if ignore_hidden:
            folders[:] = [f for f in folders if not f.startswith(".")]
        inside = os.path.relpath(folder, directory)
        path = "./" if inside == "." else inside + "/"
        if path_pattern and inside != "." and not re.fullmatch(path_pattern, inside):
            continue
        for name in sorted(names):
            if ignore_hidden and name.startswith(".") or name_pattern and not re.fullmatch(name_pattern, name):
                continue
            if begins and not f"{path}{name}".removeprefix("./").startswith(begins):
                continue
            info = os.stat(os.path.join(folder, name))
            age = now - info.st_mtime
            if age < min_age or max_age is not None and age > max_age or info.st_size < min_size or max_size is not None and info.st_size > max_size:
                continue
            found.append(FlowFile(_file_attributes(folder, path, name, info)))
    return found


def _file_attributes(folder, path, name, info):
    def stamp(seconds):
        return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S+0000")

    return {"filename": name, "absolute.path": folder.rstrip("/") + "/", "path": path, "file.size": str(info.st_size),
            "file.lastModifiedTime": stamp(info.st_mtime), "file.creationTime": stamp(info.st_ctime), "file.lastAccessTime": stamp(info.st_atime),
            "file.owner": "", "file.group": "", "file.permissions": ""}


def as_listed(flow_files, root, kind, attributes=None):
    """Listed files with the attributes that NiFi's listing of a store gives. `root`: the folder that stands for the bucket,
    for `path` (a server, Hadoop) the one that stands for `/`. `attributes`: more of them."""
    found = []
    for f in flow_files:
        key, bucket = os.path.relpath(path_of(f), root), os.path.basename(root.rstrip("/"))
        folder, _, name = key.rpartition("/")
        size = f.attributes.get("file.size", "")
        given = {
            "s3": {"filename": key, "s3.bucket": bucket, "s3.length": size, "s3.isLatest": "true"},
            "gcs": {"filename": key, "gcs.bucket": bucket, "gcs.key": key, "gcs.size": size},
            "blob": {"azure.container": bucket, "azure.blobname": key, "azure.length": size},
            "adls": {"azure.filesystem": bucket, "azure.filePath": key, "azure.directory": folder, "azure.filename": name, "azure.length": size},
            "path": {"path": f"/{folder}"},
        }[kind]
        found.append(f.with_attributes({**given, **(attributes or {})}))
    return found


def list_objects(spark, location, name_pattern=None, recurse=True):
    """A listing of cloud storage (s3://, gs://, abfss://): one flow file without content per object."""
    rows = (spark.read.format("binaryFile").option("recursiveFileLookup", str(recurse).lower()).load(location)
            .select("path", "length", "modificationTime").collect())
    found = []
    for row in sorted(rows, key=lambda r: r["path"]):
        folder, name = row["path"].rsplit("/", 1)
        if name_pattern and not re.fullmatch(name_pattern, name):
            continue
        found.append(FlowFile({"filename": name, "path": folder + "/", "absolute.path": folder + "/", "file.size": str(row["length"]),
                               "file.lastModifiedTime": row["modificationTime"].isoformat(), "url": row["path"]}))
    return found


class Listing:
    """What a listing has seen, as a table: a file comes once, and again when it is newer. `commit` is the run's last act."""

    def __init__(self, spark, table):
        self.spark, self.table, self._new = spark, table, {}

    def new(self, flow_files):
        seen = remembered(self.spark, self.table)
        fresh = []
        for f in flow_files:
            key = path_of(f)
            stamp = f.attributes.get("file.lastModifiedTime", "")
            if seen.get(key) != stamp:
                self._new[key] = stamp
                fresh.append(f)
        return fresh

    def commit(self):
        remember(self.spark, self.table, self._new)
        self._new = {}


def fetch_file(flow_file, path):
    """FetchFile: the content of a file. `success`, `not.found`, `permission.denied` or `failure`."""
    try:
        with open(path, "rb") as file:
            return [("success", flow_file.with_content(file.read()))]
    except FileNotFoundError as error:
        return [("not.found", flow_file.failed(error))]
    except PermissionError as error:
        return [("permission.denied", flow_file.failed(error))]
    except OSError as error:
        return [("failure", flow_file.failed(error))]


def fetch_objects(spark, flow_files, path):
    """The contents of objects in cloud storage, read by Spark; `path` is a function of the attributes."""
    from .flow_files import FLOW_FILES
    from pyspark.sql import functions as F

    wanted = [(dict(f.attributes), path(f.attributes) if callable(path) else path) for f in flow_files]
    listing = spark.createDataFrame(wanted, "attributes MAP<STRING,STRING>, _path STRING")
    if not wanted:
        return spark.createDataFrame([], "relationship STRING, error STRING, " + FLOW_FILES)
    contents = spark.read.format("binaryFile").load(sorted({p for _, p in wanted})).select(F.col("path").alias("_path"), "content")
    return listing.join(contents, "_path", "left").select(
        F.when(F.col("content").isNull(), "not.found").otherwise("success").alias("relationship"),
        F.when(F.col("content").isNull(), F.concat(F.lit("not found: "), F.col("_path"))).alias("error"), "attributes", "content")


def get_files(directory, **filters):
    """GetFile: list and fetch in one. The files stay until `delete_files`, the end of the run."""
    found = []
    for listed in list_files(directory, **filters):
        path = os.path.join(listed.attributes["absolute.path"], listed.attributes["filename"])
        found += [out for name, out in fetch_file(listed, path) if name == "success"]
    return found


def path_of(flow_file):
    return os.path.join(flow_file.attributes.get("absolute.path", ""), os.path.basename(flow_file.attributes.get("filename", "")))


def delete_files(flow_files, path=None):
    """Takes away files whose flow files have reached every sink."""
    for f in flow_files:
        try:
            os.remove(path(f.attributes) if path else path_of(f))
        except FileNotFoundError:
            pass


def move_files(flow_files, directory, path=None, conflict="Rename"):
    """FetchFile's completion "Move File". A file of that name: Replace File, Keep Existing, Fail, Rename. `directory` may be
    a function of the attributes."""
    to_folder = directory
    for f in flow_files:
        directory = to_folder(f.attributes) if callable(to_folder) else to_folder
        source = path(f.attributes) if path else path_of(f)
        if not os.path.exists(source):
            continue
        os.makedirs(directory, exist_ok=True)
        target = os.path.join(directory, os.path.basename(source))
        if os.path.exists(target):
            if conflict == "Keep Existing":
                os.remove(source)
                continue
            if conflict == "Fail":
                raise FileExistsError(target)
            if conflict == "Rename":
                target = f"{target}.{int(time.time() * 1000)}"
            else:
                os.remove(target)
        shutil.move(source, target)


def put_file(flow_file, directory, conflict="fail", create=True, reject_empty=False):
    """PutFile: one file per flow file. `success` or `failure`, for a server's files `reject` too. Written under another name
    and renamed into place."""
    if reject_empty and not flow_file.content:
        return [("reject", flow_file.failed("it has no content"))]
    name = os.path.basename(flow_file.attributes.get("filename", "").replace("\\", "/"))
    if not name or name in (".", ".."):
        return [("failure", flow_file.failed("no usable filename"))]
    target = os.path.join(directory, name)
    if not os.path.isdir(directory):
        if not create:
            return [("failure", flow_file.failed(f"{directory} does not exist"))]
        os.makedirs(directory, exist_ok=True)
    content = flow_file.content
    if os.path.exists(target):
        if conflict == "rename":
            name = next((n for n in (f"{number}.{name}" for number in range(1, 100)) if not os.path.exists(os.path.join(directory, n))), None)
            target = os.path.join(directory, name) if name else target
        if conflict == "reject" or not name:
            return [("reject", flow_file.failed(f"{target} exists"))]
        if conflict == "fail":
            return [("failure", flow_file.failed(f"{target} exists"))]
        if conflict == "ignore":
            return [("success", flow_file)]
        if conflict == "append":
            with open(target, "rb") as file:  # a Volume's files can be written anew, not added to
                content = file.read() + content
    part = os.path.join(directory, f".{name}.part")
    with open(part, "wb") as file:
        file.write(content)
    os.replace(part, target)
    return [("success", flow_file.with_attributes({"absolute.path": directory.rstrip("/") + "/"}))]


def put_object(flow_file, directory, key, conflict="replace"):
    """An object under a key that may hold folders. `..` never leads out of the directory."""
    target = under(directory, key)
    folder, name = os.path.split(target)
    if not name:
        return [("failure", flow_file.failed("empty object key"))]
    renamed = flow_file.with_attributes(filename=name)
    return [(relationship, out.with_attributes(filename=flow_file.attributes.get("filename", name)))
            for relationship, out in put_file(renamed, folder, conflict)]


def delete_path(flow_file, path, recursive=True):
    """Deletes a file, or a folder with what is in it. What is not there is no failure, as in NiFi."""
    try:
        if os.path.isdir(path):
            shutil.rmtree(path) if recursive else os.rmdir(path)
        elif os.path.exists(path):
            os.remove(path)
    except OSError as error:
        return [("failure", flow_file.failed(error))]
    return [("success", flow_file)]
