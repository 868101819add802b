"""Listings, fetches and puts of files and stores: the cells, and the runtime on real folders."""

from __future__ import annotations

import re

import pytest
from cells import install_runtime
from flows import flow
from nifi_converter.convert import convert_flow

install_runtime()
from nifi_runtime import files  # noqa: E402
from nifi_runtime.flow_files import FlowFile  # noqa: E402


def cells_of(kind, properties, *wires, **others):
    made = convert_flow(flow({"first": (kind, properties), "last": ("PutFile", {"Directory": "/out"}), **others}, [("first", "success", "last"), *wires]))
    assert made.problems == []
    return "\n".join(n.source() for n in made.notebooks)


@pytest.mark.parametrize("kind, properties, call", [
    ("ListSFTP", {"Hostname": "h", "Port": "22", "Remote Path": "/in"},
     'files.list_files(f"{volume}/in", recurse=False), volume, "path", attributes={"sftp.remote.host": "h", "sftp.remote.port": "22"}'),
    ("ListSFTP", {"Remote Path": "/in", "Search Recursively": "true", "Path Filter Regex": "a.*"}, 'files.list_files(f"{volume}/in", path_pattern="a.*")'),
    ("ListS3", {"Bucket": "b", "prefix": "in/2024-"}, 'files.list_files(f"{volume}/b/in", begins="2024-"), f"{volume}/b", "s3"'),
    ("ListS3", {"Bucket": "b", "prefix": "in/", "delimiter": "/"}, 'files.list_files(f"{volume}/b/in", recurse=False), f"{volume}/b", "s3"'),
    ("ListGCSBucket", {"gcs-bucket": "b"}, 'files.list_files(f"{volume}/b"), f"{volume}/b", "gcs"'),
    ("ListHDFS", {"Directory": "/data/in", "minimum-file-age": "5 min"}, 'files.list_files(f"{volume}/data/in", min_age=300.0), volume, "path"'),
    ("GetHDFS", {"Directory": "/data"}, 'files.get_files(f"{volume}/data"), volume, "path"'),
])
def test_a_listing_takes_what_nifi_takes(kind, properties, call):
    assert call in re.sub(r",?\n\s*\)", ")", re.sub(r"([(,])\n\s*", r"\1 ", cells_of(kind, properties))).replace("( ", "(")


@pytest.mark.parametrize("kind, properties, deleted", [
    ("GetSFTP", {"Remote Path": "/in"}, True), ("GetSFTP", {"Remote Path": "/in", "Delete Original": "false"}, False),
    ("GetHDFS", {"Directory": "/in"}, True), ("GetHDFS", {"Directory": "/in", "Keep Source File": "true"}, False)])
def test_a_get_deletes_only_what_nifi_deletes(kind, properties, deleted):
    assert ("files.delete_files" in cells_of(kind, properties)) == deleted


@pytest.mark.parametrize("kind, properties, path", [
    ("FetchS3Object", {"Bucket": "b"}, "f\"/b/{attributes.get('filename', '')}\""),
    ("FetchS3Object", {"Bucket": "${s3.bucket}", "Object Key": "in/${name}"}, "f\"{attributes.get('s3.bucket', '')}/in/{attributes.get('name', '')}\""),
    ("FetchGCSObject", {}, "f\"{attributes.get('gcs.bucket', '')}/{attributes.get('filename', '')}\""),
    ("FetchHDFS", {}, "f\"{attributes.get('path', '')}/{attributes.get('filename', '')}\"")])
def test_an_object_is_fetched_where_the_processor_says(kind, properties, path):
    source = cells_of("GenerateFlowFile", {}, ("last", "success", "fetch"), ("fetch", "success", "end"), fetch=(kind, properties), end=("PutFile", {"Directory": "/x"}))
    assert f"files.under(volume, {path.replace('/b/', 'b/')})" in re.sub(r"\(\n\s*volume,\n\s*(.*),\n\s*\)", r"(volume, \1)", source)


def test_what_was_fetched_from_a_server_is_deleted_or_moved():
    fetch = ("FetchSFTP", {"Completion Strategy": "Delete File"})
    source = cells_of("ListSFTP", {"Remote Path": "/in"}, ("last", "success", "fetch"), ("fetch", "success", "end"), fetch=fetch, end=("PutFile", {"Directory": "/x"}))
    assert 'files.delete_files(\n    rt.relationship(fetch, "success")' in source


def test_a_codec_of_hadoop_is_a_gap():
    made = convert_flow(flow({"first": ("GenerateFlowFile", {}), "put": ("PutHDFS", {"Directory": "/x", "Compression codec": "GZIP"})}, [("first", "success", "put")]))
    put = next(p for p in made.report["processors"] if p["name"] == "put")
    assert put["level"] == "assisted" and "GZIP" in put["reason"]


def test_listed_objects_have_the_attributes_of_their_store(tmp_path):
    for name in ("b/in/2024-01.csv", "b/in/2024/x.csv", "b/in/2023.csv", "b/other.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    bucket = f"{tmp_path}/b"
    listed = files.as_listed(files.list_files(f"{bucket}/in", begins="2024"), bucket, "s3")
    assert [(f.attributes["filename"], f.attributes["s3.bucket"], f.attributes["s3.length"]) for f in listed] == [("in/2024-01.csv", "b", "1"), ("in/2024/x.csv", "b", "1")]
    assert [files.path_of(f) for f in listed] == [f"{bucket}/in/2024-01.csv", f"{bucket}/in/2024/x.csv"]
    server = files.as_listed(files.list_files(bucket), str(tmp_path), "path", attributes={"sftp.remote.host": "h"})
    assert sorted({f.attributes["path"] for f in server}) == ["/b", "/b/in", "/b/in/2024"] and server[0].attributes["sftp.remote.host"] == "h"
    (lake,) = files.as_listed(files.list_files(f"{bucket}/in/2024"), bucket, "adls")
    assert {k: v for k, v in lake.attributes.items() if k.startswith("azure")} == {
        "azure.filesystem": "b", "azure.filePath": "in/2024/x.csv", "azure.directory": "in/2024", "azure.filename": "x.csv", "azure.length": "1"}


def test_a_file_is_added_to_by_writing_it_anew(tmp_path):
    f = FlowFile({"filename": "a.txt"}, b"1")
    for _ in range(3):
        assert [name for name, _ in files.put_file(f, str(tmp_path), conflict="append")] == ["success"]
    assert (tmp_path / "a.txt").read_bytes() == b"111" and len(list(tmp_path.iterdir())) == 1


def test_a_file_on_a_server_is_renamed_or_rejected(tmp_path):
    f = FlowFile({"filename": "a.txt"}, b"new")
    (tmp_path / "a.txt").write_text("old")
    assert [name for name, _ in files.put_file(f, str(tmp_path), conflict="reject")] == ["reject"]
    assert [name for name, _ in files.put_file(f.with_content(b""), str(tmp_path / "new"), conflict="replace", reject_empty=True)] == ["reject"]
    assert [name for name, _ in files.put_file(f, str(tmp_path), conflict="rename")] == ["success"]
    assert [name for name, _ in files.put_file(f, str(tmp_path), conflict="rename")] == ["success"]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["1.a.txt", "2.a.txt", "a.txt"] and (tmp_path / "a.txt").read_text() == "old"
