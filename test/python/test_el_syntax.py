"""Reading values and expressions: parts, quoting, dollars, comments, parameters, errors with their place."""

from __future__ import annotations

import pytest

from nifi_converter.expression_language import ExpressionError, evaluate, parse_value, to_python
from nifi_converter.expression_language.nodes import Expression, ParameterPart, Text

ATTRIBUTES = {"x": "hello", "y": "x", "sp ace": "spaced", "żółć": "pl", "$3": "three"}


def value_of(text, attributes=ATTRIBUTES, **options):
    return evaluate(parse_value(text), attributes, **options)


@pytest.mark.parametrize(
    "text, result",
    [
        ("", ""),
        ("plain { } $x $$", "plain { } $x $$"),
        ("${x}", "hello"),
        ("a${x}b${y}c", "ahellobxc"),
        ("${'sp ace'}", "spaced"),
        ("${żółć}", "pl"),
        ("${${y}}", "hello"),
        ('${"${y}"}', "hello"),
        ("$${x}", "${x}"),
        ("$$${x}", "$hello"),
        ("$$ ${x}", "$ hello"),
        ("${x # note\n:toUpper()}", "HELLO"),
        ("${x", "${x"),
        ("${x:append('a)}", "${x:append('a)}"),
        ('${x:append("say \\"hi\\"")}', '${x:append("say \\"hi\\"")}'),
        ("${x:append('it\\'s')}", "helloit's"),
        ("${x:append('\\\\d \\d')}", "hello\\d \\d"),
        ("${x:append(1e3)}", "hello1000.0"),
        ("${nope}", ""),
    ],
)
def test_values(text, result):
    assert value_of(text) == result


@pytest.mark.parametrize(
    "text, offset",
    [
        ("ab ${x:foo()}", 7),
        ("${x y}", 4),
        ("${count}", 2),
        ("${x:append()}", 4),
        ("${x:append('a' 'b')}", 15),
        ("${x/y}", 3),
        ("${x:matches('[')}", 12),
        ("${x:toNumber():not()}", 4),
        ("${1x}", 2),
    ],
)
def test_errors_have_their_place(text, offset):
    with pytest.raises(ExpressionError) as caught:
        parse_value(text)
    assert caught.value.offset == offset
    assert caught.value.length >= 1


def test_parts_know_their_range():
    value = parse_value("a #{p} ${x} b")
    kinds = [(type(p).__name__, "a #{p} ${x} b"[p.start : p.end]) for p in value.parts]
    assert kinds == [("Text", "a "), ("ParameterPart", "#{p}"), ("Text", " "), ("Expression", "${x}"), ("Text", " b")]
    assert (Text, ParameterPart, Expression) == tuple(type(value.parts[i]) for i in (0, 1, 3))


def test_what_a_value_reads():
    value = parse_value("${a}${b:append(${a})}${#{p}}#{q}${anyAttribute('c','d'):isNull()}")
    assert value.attributes_read() == ("a", "b", "c", "d")
    assert value.parameters_used() == ("p", "q")
    assert not value.reads_any and not value.is_literal
    assert parse_value("${allMatchingAttributes('a.*'):count()}").reads_any
    assert parse_value("text").is_literal and parse_value("text").literal_text == "text"


@pytest.mark.parametrize(
    "text, deterministic, timed",
    [("${x}", True, False), ("${now()}", True, True), ("${UUID()}", False, False), ("${random():mod(2)}", False, False), ("${x:repeat(1,3)}", False, False)],
)
def test_determinism(text, deterministic, timed):
    value = parse_value(text)
    assert (value.deterministic, value.timed) == (deterministic, timed)


@pytest.mark.parametrize(
    "text, kind", [("${x:isNull()}", "BOOLEAN"), ("${x:length()}", "WHOLE_NUMBER"), ("${x:isNull()} ", "STRING"), ("${now()}", "DATE")]
)
def test_value_type(text, kind):
    assert parse_value(text).value_type == kind


def test_parameters():
    assert value_of("#{p}${x}", parameters={"p": "${y}"}) == "xhello"
    assert value_of("${#{p}}", parameters={"p": "${y}"}) == "${y}"
    assert value_of("#{nope}", parameters={}) is None
    assert value_of("abc ##{p} def", parameters={"p": "1"}) == "#{p} def"
    assert value_of("#{'p q'}", parameters={"p q": "1"}) == "1"
    assert parse_value("#{p}", parameters={"p": "${x}"}).attributes_read() == ("x",)


def test_the_version_decides():
    with pytest.raises(ExpressionError):
        parse_value("${x:unique(',')}", nifi_version="2.8.0")
    assert evaluate(parse_value("${x:unique(',')}", nifi_version="2.11.0"), {"x": "a,b,a"}) == "a,b"
    assert evaluate(parse_value("${unique}", nifi_version="1.28.1"), {"unique": "1"}) == "1"
    for version, printed in (("1.28.1", "4"), ("2.8.0", "2024")):
        assert evaluate(parse_value("${now():format('u')}", nifi_version=version), {}, now=1_709_820_309_123) == printed


@pytest.mark.parametrize("text", ["${" * 5000, "${x" + ":trim()" * 50_000 + "}", "'" * 100_000, "${x:append(" * 3000, "#{" * 50_000])
def test_hostile_values_end(text):
    try:
        parse_value(text)
    except ExpressionError:
        pass


def test_python_source_is_plain():
    assert to_python(parse_value("${a}")) == "attributes.get('a', '')"
    assert to_python(parse_value("${a:append('x')}")) == "el.append(attributes.get('a'), 'x')"
