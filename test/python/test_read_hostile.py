"""Bad input ends in exactly one ReadError, in bounded memory and time."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import time
import tracemalloc

import pytest
from conftest import ROOT

from nifi_converter.errors import ReadError
from nifi_converter.read import Limits, read_flow, read_flow_bytes

FLOWS = ROOT / "test" / "fixtures" / "flows-read"
XML = (FLOWS / "template.xml").read_bytes()
JSON = (FLOWS / "definition.json").read_bytes()


def failure(data: bytes, **limits) -> ReadError:
    with pytest.raises(ReadError) as caught:
        read_flow_bytes(data, "in.x", limits=Limits(**limits))
    assert caught.value.place.file == "in.x"
    return caught.value


LAUGHS = b'<?xml version="1.0"?><!DOCTYPE t [<!ENTITY a "ha">' + b"".join(
    b'<!ENTITY a%d "%s">' % (i, b"&a%d;" % (i - 1) * 10 if i else b"&a;" * 10) for i in range(30)
) + b"]><template><name>&a29;</name></template>"


@pytest.mark.parametrize(
    "data, reason",
    [
        (b"", "not_nifi"),
        (b"   \n ", "not_nifi"),
        (b"hello", "not_nifi"),
        (b"PK\x03\x04rest", "not_nifi"),
        (b"<html><body/></html>", "not_nifi"),
        (b"<template/>", "not_nifi"),
        (b"<flowController/>", "not_nifi"),
        (b"{}", "not_nifi"),
        (b"[1]", "not_nifi"),
        (b'{"name": "x"}', "not_nifi"),
        (b'{"flowContents": 3}', "wrong_type"),
        (b'{"rootGroup": []}', "wrong_type"),
        (LAUGHS, "forbidden"),
        (b'<!DOCTYPE template SYSTEM "file:///etc/passwd"><template/>', "forbidden"),
        (b'<!DOCTYPE template [<!ENTITY x SYSTEM "file:///etc/passwd">]><template><name>&x;</name></template>', "forbidden"),
        (b"<!DOCTYPE template><template/>", "forbidden"),
        (b"<template><name>&nope;</name></template>", "malformed"),
        (b"<template><snippet></template>", "malformed"),
        (b'<?xml version="1.0" encoding="klingon"?><template/>', "bad_encoding"),
        (b'<?xml version="1.0" encoding="rot13"?><template/>', "bad_encoding"),
        (b'<?xml version="1.0" encoding="zip"?><template/>', "bad_encoding"),
        (b'<?xml version="1.0" encoding="idna"?><template/>', "bad_encoding"),
        (b'<?xml version="1.0" encoding="punycode"?><template/>', "bad_encoding"),
        (b'<?xml version="1.0" encoding="unicode_escape"?><template/>', "bad_encoding"),
        (b"<template>\n<name>\xff\xfe</name></template>", "malformed"),
        (b'{"flowContents": {"name": "\xff"}}', "bad_encoding"),
        (b'{"flowContents": {"name": "a\nb"}}', "malformed"),
        (b'{"flowContents": {"name": "\\x"}}', "malformed"),
        (b'{"flowContents": {"name": NaN}}', "malformed"),
        (b'{"flowContents": {"position": {"x": 1e999}}}', "wrong_type"),
        (b'{"flowContents": {"n": ' + b"9" * 5000 + b"}}", "malformed"),
        (b'{"flowContents": {}} {}', "malformed"),
        (b'{"flowContents": {},}', "malformed"),
        (b'{"flowContents": {"processors": {}}}', "wrong_type"),
        (b'{"flowContents": {"processors": [1]}}', "wrong_type"),
        (b'{"flowContents": {"processors": [{"properties": []}]}}', "wrong_type"),
        (b'{"flowContents": {"processors": [{"properties": {"a": {}}}]}}', "wrong_type"),
        (b'{"flowContents": {"connections": [{"source": "x"}]}}', "wrong_type"),
        (b'{"flowContents": {"processors": [{"concurrentlySchedulableTaskCount": "many"}]}}', "wrong_type"),
        (gzip.compress(XML)[:-40], "bad_gzip"),
        (gzip.compress(XML)[:40] + b"\0" * 40, "bad_gzip"),
        (b"\x1f\x8b", "bad_gzip"),
        (gzip.compress(gzip.compress(XML)), "not_nifi"),
    ],
)
def test_one_error_with_a_reason(data, reason):
    error = failure(data)
    assert error.reason == reason, str(error)
    assert str(error).startswith("in.x") and "\n" not in error.message


def test_xml_errors_name_line_column_and_component():
    text = XML.decode("utf-8").replace("<type>org.apache.nifi.processors.standard.GetFile</type>", "<type>a & b</type>")
    error = failure(text.encode("utf-8"))
    lines = text.split("\n")
    assert "a & b" in lines[error.place.line - 1]
    assert abs(error.place.column - lines[error.place.line - 1].index("&")) <= 3
    assert "Get żółty" in error.place.component


def test_wrong_types_name_the_component():
    error = failure(JSON.replace(b'"concurrentlySchedulableTaskCount": 2', b'"concurrentlySchedulableTaskCount": []'))
    assert error.reason == "wrong_type" and "concurrentlySchedulableTaskCount" in error.message
    assert "'Update'" in error.place.component and "d1" in JSON.decode().split("\n")[error.place.line - 1]


def test_wrong_numbers_in_xml_name_the_component():
    error = failure(XML.replace(b"<runDurationMillis>25<", b"<runDurationMillis>soon<"))
    assert error.reason == "wrong_type" and "'Convert'" in error.place.component and error.place.line


@pytest.mark.parametrize("data", [XML, JSON])
def test_every_truncation_is_one_error(data):
    for length in range(0, len(data) - 3, 97):
        failure(data[:length])


def test_missing_file_and_folder(tmp_path):
    for path, reason in ((tmp_path / "no.xml", "not_found"), (tmp_path, "unreadable"), ("a\0b", "unreadable")):
        with pytest.raises(ReadError) as caught:
            read_flow(str(path))
        assert caught.value.reason == reason


def test_200_mb_are_refused_without_being_read(tmp_path):
    big = tmp_path / "big.xml"
    with open(big, "wb") as file:
        file.truncate(200 * 1024 * 1024)
    start = time.perf_counter()
    with pytest.raises(ReadError) as caught:
        read_flow(str(big))
    assert caught.value.reason == "too_large" and time.perf_counter() - start < 5


def test_gzip_bomb_stays_small():
    bomb = gzip.compress(b"<template>" + b" " * (64 * 1024 * 1024))
    tracemalloc.start()
    try:
        error = failure(bomb, max_bytes=4 * 1024 * 1024)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert error.reason == "too_large" and peak < 16 * 1024 * 1024


@pytest.mark.parametrize(
    "data",
    [
        b'<template a="' + b"x" * (3 << 20) + b'"/>',
        b"<template><!--" + b"x" * (3 << 20) + b"--></template>",
        b"<template " + b" ".join(b'a%d=""' % i for i in range(300_000)) + b"/>",
    ],
)
def test_a_tag_or_comment_without_end_is_refused(data):
    """The parser's time grows with the square of such a length."""
    error = failure(data)
    assert error.reason == "too_large" and error.place.line == 1 and error.place.column


def test_long_texts_are_read():
    value = "<![CDATA[" + "x" * (3 << 20) + "]]>" + "y\n" * (1 << 20)
    flow = read_flow_bytes(XML.replace(b"Reads orders", value.encode()), "in.x")
    assert len(flow.root.comments) > 4 << 20


def test_escapes_cost_no_memory():
    """Millions of escapes in one string; a matcher that remembers each would take 150 bytes for each of them."""
    script = (
        "import sys, resource; sys.path.insert(0, sys.argv[1])\n"
        "from nifi_converter.read import read_flow_bytes\n"
        "data = b'{\"flowContents\":{\"name\":\"' + b'\\\\n' * (2 << 20) + b'\"}}'\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "flow = read_flow_bytes(data, 'x')\n"
        "print(len(flow.name), (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(ROOT / "notebooks")], capture_output=True, text=True, check=True
    )
    length, mib = map(int, done.stdout.split())
    assert length == 2 << 20 and mib < 100


def test_places_count_characters_in_every_encoding():
    error = failure('{"flowContents":\n{"name": "żó'.encode("utf-16") + b"\x00\xd8\x41\x00")
    assert error.reason == "bad_encoding" and (error.place.line, error.place.column) == (2, 13)


@pytest.mark.parametrize("open_, close", [(b"<a>", b""), (b'{"a":', b""), (b"[", b"")])
def test_endless_nesting(open_, close):
    data = (b"<template>" if open_ == b"<a>" else b"") + open_ * 400_000
    error = failure(data)
    assert error.reason == "too_deep" and error.place.column


def test_too_many_elements_or_values():
    assert failure(b"<template>" + b"<a/>" * 5000 + b"</template>", max_nodes=1000).reason == "too_large"
    assert failure(b'{"flowContents":[' + b"1," * 5000 + b"1]}", max_nodes=1000).reason == "too_large"


def test_nothing_recurses():
    """Far fewer frames than levels of nesting are enough."""
    depth = 2000
    inner = '{"identifier":"p"}'
    for level in range(depth):
        inner = '{"identifier":"g%d","processors":[],"processGroups":[%s]}' % (level, inner)
    before = sys.getrecursionlimit()
    frames = 0
    frame = sys._getframe()
    while frame is not None:
        frames, frame = frames + 1, frame.f_back
    sys.setrecursionlimit(frames + 60)
    try:
        flow = read_flow_bytes(('{"flowContents":%s}' % inner).encode(), "deep.json")
    finally:
        sys.setrecursionlimit(before)
    assert sum(1 for _ in flow.groups()) == depth + 1


def test_lone_surrogates_do_not_survive():
    flow = read_flow_bytes(JSON.replace(b'"why"', b'"\\ud800!"'), "x")
    assert next(flow.processors()).comments == "\ufffd!"
    json.dumps([p.comments for p in flow.processors()], ensure_ascii=False).encode("utf-8")
