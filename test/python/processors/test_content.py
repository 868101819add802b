"""Compression, packages, types and merging where the golden vectors say nothing."""

from __future__ import annotations

import io
import tarfile

import pytest
from cells import emit_cell, install_runtime, run_cell

from nifi_converter.processors import DRIVER, FLOW_FILES, Refused
from nifi_converter.runtime import compression, encoding, merging, mime_types, packages
from nifi_converter.runtime.flow_files import FlowFile

STANDARD = "org.apache.nifi.processors.standard."


@pytest.mark.parametrize("form", sorted(compression.FORMATS))
def test_what_is_compressed_comes_back(form):
    if form in ("snappy", "lz4-framed", "zstd", "brotli"):
        pytest.importorskip("pyarrow")
    content = b"hello " * 20_000
    ((_, packed),) = compression.compress(FlowFile({"filename": "a"}, content), form, rename=True)
    assert len(packed.content) < len(content) and packed.attributes["filename"] == "a" + compression.FORMATS[form][0]
    ((name, back),) = compression.decompress(packed, form, rename=True)
    assert (name, back.content, back.attributes) == ("success", content, {"filename": "a"})


@pytest.mark.parametrize("form", ["gzip", "deflate", "bzip2", "lzma", "xz-lzma2"])
def test_what_ends_too_early_fails(form):
    packed = compression.PACK[form](b"hello hello", 1)
    ((name, _),) = compression.decompress(FlowFile({}, packed[:-6]), form)
    assert name == "failure"


def test_gzip_of_several_members():
    assert compression.gunzip(compression.gzip(b"a") + compression.gzip(b"b")) == b"ab"


def test_a_hash_that_python_lacks_is_refused():
    with pytest.raises(Refused, match="WHIRLPOOL"):
        emit_cell(STANDARD + "HashContent", {"Hash Algorithm": "WHIRLPOOL"})


def test_a_hash_is_one_spark_expression():
    _, cell = emit_cell(STANDARD + "CryptographicHashContent", {"hash_algorithm": "SHA-256"}, carrier=FLOW_FILES)
    assert cell.code == 'under_test = rt.send(rt.set_attributes(frame, {"content_SHA-256": F.sha2("content", 256)}), "success")'


def test_base64_is_lenient_about_padding_only():
    assert encoding.from_base64(b"aGVsbG8") == b"hello" and encoding.from_base64(b"__8=") == b"\xff\xff"
    with pytest.raises(ValueError):
        encoding.from_base64(b"a$b")


@pytest.mark.parametrize("version, form", [(3, "flowfile-stream-v3"), (2, "flowfile-stream-v2"), (1, "flowfile-tar-v1")])
def test_flow_file_packages_come_back(version, form):
    files = [FlowFile({"filename": "ä.txt", "long": "x" * 70_000, "q": "a\"b<c>&\nd"}, b"one"), FlowFile({"filename": "b"}, b"")][: 2 if version > 1 else 1]
    data = packages.stream_v1(files) if version == 1 else packages.stream(files, version)
    out = packages.unpack(FlowFile({"filename": "p.pkg"}, data), form)
    got = [f for name, f in out if name == "success"]
    assert [f.content for f in got] == [f.content for f in files]
    assert all(got[i].attributes[k] == v for i, f in enumerate(files) for k, v in f.attributes.items())


@pytest.mark.parametrize("data", [b"NiFiFF3\x00\x01\x00", b"NiFiFF3\x00\x00\x7f\xff\xff\xff\xff\xff\xff\xff", b"\xff\xff\xff\xff\xff\xff"])
def test_broken_packages_fail(data):
    for form in ("flowfile-stream-v3", "flowfile-stream-v2", "zip", "tar", "flowfile-tar-v1"):
        (only,) = packages.unpack(FlowFile({}, data), form)
        assert only[0] == "failure"


def test_names_in_archives_never_leave_the_flow_file():
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        info = tarfile.TarInfo("../../etc/passwd")
        info.size = 1
        archive.addfile(info, io.BytesIO(b"x"))
    (first, _) = packages.unpack(FlowFile({}, target.getvalue()), "tar")
    assert (first[1].attributes["filename"], first[1].content) == ("passwd", b"x")  # only attributes: nothing is written


@pytest.mark.parametrize("content, name, mime", [
    (b"{}", "a.json", "application/json"), (b"a,b", "a.csv", "text/csv"), (b"PK\x03\x04", "a.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"PK\x03\x04", "a.csv", "application/zip"), (b"GIF89a", "a.txt", "image/gif"), (b"<!DOCTYPE html>", "a", "text/html")])
def test_names_only_add_to_what_bytes_say(content, name, mime):
    ((_, out),) = mime_types.identify(FlowFile({"filename": name}, content))
    assert out.attributes["mime.type"] == mime


def files(*contents, **attributes):
    return [FlowFile({"filename": f"{i}.txt", "path": "./in", **attributes}, c) for i, c in enumerate(contents)]


def test_bins_by_size_take_what_fits():
    out = merging.bins(files(b"aaa", b"bbb", b"c"), most_bytes=4, at_end="keep")
    assert [f.content for name, f in out if name == "merged"] == [b"aaac", b"bbb"]


def test_an_unfinished_bin_waits_or_is_merged():
    assert {name for name, _ in merging.bins(files(b"a"), at_least=2)} == {"waiting"}
    (merged, _) = merging.bins(files(b"a"), at_least=2, at_end="merge")
    assert (merged[0], merged[1].attributes["merge.reason"]) == ("merged", "TIMEOUT")


def test_incomplete_fragments_never_merge():
    some = files(b"a", **{"fragment.identifier": "F", "fragment.count": "2", "fragment.index": "1"})
    assert {name for name, _ in merging.defragment(some)} == {"waiting"}
    assert {name for name, _ in merging.defragment(some, at_end="merge")} == {"failure"}


def test_two_of_one_name_do_not_make_a_zip_file():
    out = merging.bins([FlowFile({"filename": "a"}, b"1"), FlowFile({"filename": "a"}, b"2")], form="ZIP")
    assert {name for name, _ in out} == {"failure"}


def test_what_waits_is_there_in_the_next_run():
    rt = install_runtime()
    rt.set_table_format("memory")
    from nifi_runtime import merging as shipped
    from nifi_runtime.tables import memory

    memory.clear()
    configuration = {"Minimum Number of Entries": "2"}
    _, cell = emit_cell(STANDARD + "MergeContent", configuration, carrier=DRIVER)
    first = run_cell(cell, [rt.FlowFile({"filename": "1"}, b"a")])
    shipped.keep_for_next_run(None, rt.relationship(first, "waiting"), "test__under_test_waiting")
    second = run_cell(cell, [rt.FlowFile({"filename": "2"}, b"b")])
    memory.clear()
    assert sorted(f.content for f in second if f.relationship == "merged") in ([b"ab"], [b"ba"])
    assert "keep_for_next_run" in cell.commit


def test_a_tar_file_keeps_paths_and_modes():
    (merged, *_) = merging.bins([FlowFile({"filename": "a", "path": "./x/y", "tar.permissions": "600"}, b"1")], form="TAR", keep_path=True)
    with tarfile.open(fileobj=io.BytesIO(merged[1].content)) as archive:
        (entry,) = archive.getmembers()
    assert (entry.name, entry.mode, merged[1].attributes["filename"]) == ("x/y/a", 0o600, "a.tar")


def test_nifi_2_writes_base64_in_one_line():
    rt = install_runtime()
    _, cell = emit_cell(STANDARD + "EncodeContent", {}, carrier=DRIVER, nifi_version="2.0.0")
    (out,) = run_cell(cell, [rt.FlowFile({}, b"a" * 60)])
    assert b"\r\n" not in out.content and len(out.content) == 80
    _, cell = emit_cell(STANDARD + "EncodeContent", {}, carrier=FLOW_FILES, nifi_version="2.0.0")
    assert 'F.regexp_replace(F.base64("content"), "\\\\s", "")' in cell.code


def test_names_of_nifi_2_mean_the_same():
    rt = install_runtime()
    _, cell = emit_cell(STANDARD + "ReplaceText", {"Search Value": "a", "Replacement Value": "b", "Evaluation Mode": "Entire text"}, carrier=DRIVER, nifi_version="2.0.0")
    assert run_cell(cell, [rt.FlowFile({}, b"cat")])[0].content == b"cbt"
    _, cell = emit_cell(STANDARD + "MergeContent", {"Delimiter Strategy": "Text", "Demarcator": "|"}, carrier=DRIVER, nifi_version="2.0.0")
    merged = [f for f in run_cell(cell, [rt.FlowFile({"filename": n}, n.encode()) for n in "ab"]) if f.relationship == "merged"]
    assert [f.content for f in merged] == [b"a|b"]
    with pytest.raises(Refused, match="termination check"):
        emit_cell(STANDARD + "MergeContent", {"Bin Termination Check": "${x:equals('y')}"}, nifi_version="2.0.0")
