"""The Expression Language as Python source: what a person would write, and the same value."""

from __future__ import annotations

import pytest
from nifi_converter.expression_language import parse_value, to_python, to_spark
from nifi_converter.runtime import el


@pytest.mark.parametrize("text, source", [
    ("${a}/${b}.csv", """f"{attributes.get('a', '')}/{attributes.get('b', '')}.csv\""""),
    ('{"id": "${a}"}', """f'{{"id": "{attributes.get("a", "")}"}}'"""),
    ("it's \"${a}\"\n", '''f"it's \\"{attributes.get('a', '')}\\"\\n"'''),
    ("x ${a:substringBefore('\\\\')}", "'x ' + el.text_or_empty(el.substring_before(attributes.get('a'), '\\\\'))"),
    ("${a}", "attributes.get('a', '')"),
    ("plain", "'plain'"),
    ("", "''"),
    ("${now():toNumber():minus(60000)}", "el.text_or_empty(el.minus(el.whole(el.now()), 60000))"),
])
def test_source(text, source):
    assert to_python(parse_value(text)) == source


@pytest.mark.parametrize("text", [
    "${a}'\"${b}", "'${a}\"\"\"", "{{${a}}}", "\\${a}\\n", "${a:append('\"')}-${b:append(\"'\")}", "\u2028${a}\U0001f600", "\x00${a}\x7f", "#${a}#", "$${a}", "${a}${b}",
])
def test_any_text_around_an_expression_stays_as_it_is(text):
    value = parse_value(text)
    pieces = {"a": "{x}", "b": "'"}
    expected = "".join(part.text if hasattr(part, "text") else eval(to_python(parse_value(part.source)), {"attributes": pieces, "el": el}) for part in value.parts)
    assert eval(to_python(value), {"attributes": pieces, "el": el}) == expected


def test_a_variable_of_the_flow_stands_in_for_a_missing_attribute():
    value = parse_value("${dir}/${a}/${dir:isEmpty():ifElse('-', 'x')}/${anyAttribute('dir', 'b'):contains('t')}")
    source = to_python(value, ["dir"])
    assert eval(source, {"attributes": {"a": "1"}, "variables": {"dir": "/out"}, "el": el}) == "/out/1/x/true"
    assert eval(source, {"attributes": {"a": "1", "dir": ""}, "variables": {"dir": "/out"}, "el": el}) == "/1/-/false"
    assert to_spark(parse_value("${dir}-${a}"), variables=["dir"]).source == (
        "F.concat(F.coalesce(rt.attr('dir'), F.lit(variables['dir'])), F.lit('-'), F.coalesce(rt.attr('a'), F.lit(\"\")))")
