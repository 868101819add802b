"""ReplaceText, ExtractText, RouteText, SplitText and their kin where the golden vectors say nothing."""

from __future__ import annotations

import pytest
from cells import emit_cell, install_runtime, run_cell

from nifi_converter.processors import DRIVER, FLOW_FILES, Refused

STANDARD = "org.apache.nifi.processors.standard."


def run(type_name, properties, content, attributes=None):
    rt = install_runtime()
    _, cell = emit_cell(STANDARD + type_name, properties, carrier=DRIVER)
    return run_cell(cell, [rt.FlowFile({"filename": "f.txt", **(attributes or {})}, content)])


def test_a_whole_replacement_is_one_spark_expression():
    _, cell = emit_cell(STANDARD + "ReplaceText", {"Evaluation Mode": "Entire text", "Replacement Value": "{}"}, carrier=FLOW_FILES)
    assert cell.code == 'under_test = rt.send(frame.withColumn("content", F.lit("{}").cast("binary")), "success")'


def test_a_dollar_that_is_no_group_makes_the_replacement_literal():
    (out,) = run("ReplaceText", {"Regular Expression": "(a)", "Replacement Value": "$1$x", "Evaluation Mode": "Entire text"}, b"-a-")
    assert out.content == b"-$1$x-"


def test_a_group_that_is_not_there_is_text_where_others_are():
    (out,) = run("ReplaceText", {"Regular Expression": "(a)(b)", "Replacement Value": "owe $8 to $2", "Evaluation Mode": "Entire text"}, b"ab")
    assert out.content == b"owe $8 to b"


def test_a_group_where_there_is_none_rolls_back():
    (out,) = run("ReplaceText", {"Regular Expression": "a", "Replacement Value": "$1", "Evaluation Mode": "Entire text"}, b"a")
    assert out.relationship == "rolled back"


def test_attribute_values_in_a_search_stand_for_themselves():
    (out,) = run("ReplaceText", {"Regular Expression": "${s}", "Replacement Value": "x", "Evaluation Mode": "Entire text"}, b"a.c abc", {"s": "a.c"})
    assert out.content == b"x abc"


@pytest.mark.parametrize("charset, content, expected", [
    ("UTF-16", b"\xff\xfea\x00", b"\xfe\xff\x00b"), ("ISO-8859-1", b"\xe9a", b"\xe9b"), ("US-ASCII", b"a", b"b")])
def test_character_sets(charset, content, expected):
    (out,) = run("ReplaceText", {"Regular Expression": "a", "Replacement Value": "b", "Character Set": charset}, content)
    assert out.content == expected


def test_variables_have_defaults_and_know_no_circles():
    properties = {"Replacement Strategy": "Substitute Variables", "Evaluation Mode": "Entire text"}
    (out,) = run("ReplaceText", properties, b"${a} ${nope} ${nope:-x} $${a}", {"a": "${b}", "b": "B"})
    assert out.content == b"B ${nope} x ${a}"
    (out,) = run("ReplaceText", properties, b"${a}", {"a": "${b}", "b": "${a}"})
    assert out.relationship == "rolled back"


def test_a_pattern_that_python_cannot_state_is_refused():
    with pytest.raises(Refused, match="invalid|no equal"):
        emit_cell(STANDARD + "ReplaceText", {"Regular Expression": "(", "Replacement Value": "b"})
    with pytest.raises(Refused, match="canonical"):
        emit_cell(STANDARD + "ExtractText", {"a": "(b)", "Enable Canonical Equivalence": "true"})


def test_named_groups_of_extract_text():
    (out,) = run("ExtractText", {"d": r"(?<year>\d{4})-(?<month>\d\d)", "extract-text-enable-named-groups": "true"}, b"on 2024-03-07")
    assert (out.relationship, out.attributes["d.year"], out.attributes["d.month"]) == ("matched", "2024", "03")


def test_split_text_by_size_keeps_lines_whole():
    out = run("SplitText", {"Line Split Count": "0", "Maximum Fragment Size": "5 B", "Remove Trailing Newlines": "false"}, b"aa\nbb\ncccccc\n")
    assert [f.content for f in out if f.relationship == "splits"] == [b"aa\n", b"bb\n", b"cccccc\n"]


def test_routed_lines_are_parted_exactly():
    out = run("RouteText", {"Matching Strategy": "Contains", "e": "ERR", "Grouping Regular Expression": "(\\d).*"}, b"1 ERR\n2 ok\n3 ERR\n")
    assert sorted((f.relationship, f.attributes.get("RouteText.Group"), f.content) for f in out if f.relationship != "original") == [
        ("e", "1", b"1 ERR\n"), ("e", "3", b"3 ERR\n"), ("unmatched", "2", b"2 ok\n")]


def test_expressions_in_a_whole_replacement_are_columns():
    _, cell = emit_cell(STANDARD + "ReplaceText", {"Evaluation Mode": "Entire text", "Replacement Value": "<${a}>"}, carrier=FLOW_FILES)
    assert 'F.concat(F.lit("<"), rt.in_replacement(rt.attr("a")), F.lit(">")).cast("binary")' in cell.code


def test_the_old_name_of_extract_text():
    old = {"Maximum Buffer Size": "1 MB", "Enable DOTALL Mode": "false", "dest.port": r"\.(\d+):"}
    _, cell = emit_cell(STANDARD + "EvaluateRegularExpression", old, carrier=DRIVER)
    assert cell.code == r'under_test = rt.transform(frame, text_matching.extract, patterns={"dest.port": r"\.(\d+):"})'
