"""Processors whose work a person's function does."""

from __future__ import annotations

import pytest
from cells import emit_cell, install_runtime

from nifi_converter.emit.gaps import gaps_source
from nifi_converter.processors import ASSISTED, DRIVER
from nifi_converter.processors.outside_code import CONTRACTS
from nifi_converter.runtime import compression, encoding, outside_code
from nifi_converter.runtime.flow_files import FlowFile, Late


@pytest.mark.parametrize("type_name", sorted(CONTRACTS))
def test_each_is_one_gap_that_says_its_contract(type_name):
    _, cell = emit_cell(type_name, {"Some Property": "its value"}, carrier=DRIVER)
    (gap,) = cell.gaps
    assert cell.level == ASSISTED and f"gaps.{gap.function}" in cell.code and CONTRACTS[type_name].does in gap.doc
    source, _ = gaps_source(cell.gaps, "")
    compile(source, "gaps.py", "exec")


def test_secrets_reach_the_function_and_no_text():
    properties = {"Mode": "Decrypt", "Encryption Algorithm": "AES_GCM", "Password": "very secret text"}
    _, cell = emit_cell("org.apache.nifi.processors.standard.EncryptContent", properties)
    assert "password=dbutils.secrets.get(secret_scope, " in cell.code and "very secret text" not in cell.code + cell.gaps[0].doc
    assert cell.gaps[0].arguments == ("content", "attributes", "password") and "Mode = Decrypt" in cell.gaps[0].doc


def test_results_and_faults_of_the_function():
    install_runtime()
    flow_file = FlowFile({"a": "1", "b": "2"}, b"x")

    def broken(content, attributes):
        raise ValueError("wrong key")

    assert [(n, f.content) for n, f in outside_code.content(flow_file, Late(lambda c, a: c * 2), original="original")] == [("success", b"xx"), ("original", b"x")]
    ((name, out),) = outside_code.content(flow_file, Late(broken))
    assert (name, out.error) == ("failure", "ValueError: wrong key")
    ((name, out),) = outside_code.attributes(flow_file, Late(lambda c, a: {"a": None, "c": "3"}))
    assert (name, out.attributes) == ("success", {"b": "2", "c": "3"})
    assert outside_code.attributes(flow_file, Late(lambda c, a: None), success="found", missing="not found")[0][0] == "not found"
    assert [n for n, _ in outside_code.routes(flow_file, Late(lambda c, a: ["x", "y"]), attribute="r")] == ["x", "y", "original"]


def test_message_authentication():
    import hashlib
    import hmac

    code = hmac.new(b"key", b"hello", hashlib.sha256).hexdigest()
    assert outside_code.verify_mac(FlowFile({}, b"hello"), "key", code, key_encoding="UTF8")[0][0] == "success"
    assert outside_code.verify_mac(FlowFile({}, b"hello!"), "key", code, key_encoding="UTF8")[0][0] == "failure"
    assert outside_code.verify_mac(FlowFile({}, b"hello"), "key", "zz", key_encoding="UTF8")[0][0] == "failure"


def test_from_one_compression_to_another():
    ((_, packed),) = compression.recompress(FlowFile({"filename": "a.gz"}, compression.gzip(b"text")), "gzip", "bzip2")
    assert packed.attributes == {"filename": "a.bz2", "mime.type": "application/x-bzip2"}
    assert compression.recompress(FlowFile({}, b"text"), "gzip", "bzip2")[0][0] == "failure"


def test_a_hash_over_attributes():
    ((_, out),) = encoding.hash_group(FlowFile({"b": "x-1", "a": " "}), {"b": "x-(.)", "a": ".*"}, "h")
    assert out.attributes["h"] == encoding.digest("MD5", b"aEMPTYb1")
    assert encoding.hash_group(FlowFile({"a": "1"}), {"b": ".*"}, "h")[0][0] == "failure"
