"""Columns: which source is written, and that it says on Spark what the Python target says."""

from __future__ import annotations

import pytest

from nifi_converter.expression_language import evaluate, parse_value, to_spark


@pytest.mark.parametrize(
    "text, source",
    [
        ("plain", "F.lit('plain')"),
        ("${a}", "F.coalesce(rt.attr('a'), F.lit(\"\"))"),
        ("${a:equals('x')}", "F.coalesce(rt.attr('a') == 'x', F.lit(False))"),
        ("${a:isEmpty():not()}", "~elc.is_empty(rt.attr('a'))"),
        ("${a:isNull():or(${b:isNull()}):or(${c:isNull()}):not()}", "~(rt.attr('a').isNull() | rt.attr('b').isNull() | rt.attr('c').isNull())"),
        ("${a:isNull():or(${b:isNull()}):and(${c:isNull():not()})}", "(rt.attr('a').isNull() | rt.attr('b').isNull()) & ~rt.attr('c').isNull()"),
        ("${f:substringBefore('_')}", "F.coalesce(F.substring_index(rt.attr('f'), '_', 1), F.lit(\"\"))"),
        ("${a:replaceNull('0')}", "F.coalesce(rt.attr('a'), F.lit('0'))"),
        ("${now():format('yyyy')}", "F.lit(el.text_or_empty(el.format_date(el.now(), 'yyyy')))"),
        ("${n:plus(1)}", "elc.per_row(lambda attributes: el.text_or_empty(el.plus(el.number(attributes.get('n')), 1)))"),
    ],
)
def test_source(text, source):
    assert to_spark(parse_value(text)).source == source


def test_code_tells_what_it_needs():
    code = to_spark(parse_value("${a:trim()}-${n:plus(1)}"))
    assert code.uses_udf and code.type == "string"
    assert "from nifi_runtime import el" in code.imports and "import nifi_runtime as rt" in code.imports
    assert to_spark(parse_value("${a:isNull()}")).type == "boolean"
    assert to_spark(parse_value("${a:isNull()}"), as_type="string").type == "string"
    assert to_spark(parse_value("${a:isNull()}"), attributes="m").source == "F.col('m')['a'].isNull()"
    with pytest.raises(ValueError):
        to_spark(parse_value("${a}"), as_type="boolean")


EXPRESSIONS = [
    "${a:substringAfter('aa')}|${a:substringAfterLast('aa')}|${a:substringBefore('aa')}|${a:substringBeforeLast('aa')}",
    "${a:equalsIgnoreCase('ik')}|${a:equalsIgnoreCase('')}",
    "${a:isEmpty()}|${a:trim()}|${a:replaceEmpty('d')}|${a:isNull():ifElse('n','v')}",
    "${a:matches('[a-z]*|\\\\s')}|${a:find('a$')}|${a:replaceAll('(a)(.?)','$2$1')}",
    "${a:contains('a')}|${a:startsWith('')}|${a:in('a','aaa')}|${a:replace('aa','b')}",
    "${a:toUpper()}|${a:toLower()}|${a:urlEncode()}|${a:hash('SHA-256')}",
    "${anyAttribute('a','b'):equals('aaa'):and(${b:notNull()})}|${a:append(${b})}",
    "${a:length():plus(${b:length()})}|${a:padLeft(4)}",
]
SUBJECTS = [None, "", " ", "a", "aaa", "aaaa", "xaayaaz", "IK", "\u0131\u212a", "İk", "\n", "a\n", "ß", "żółć €", "😀a"]


def test_columns_equal_the_python_target(spark):
    from pyspark.sql import functions as F

    from cells import install_runtime

    rt = install_runtime()
    from nifi_runtime import el, elc

    rows = [({"b": "b", **({} if s is None else {"a": s})},) for s in SUBJECTS]
    frame = spark.createDataFrame(rows, "attributes MAP<STRING,STRING>")
    values = [parse_value(text) for text in EXPRESSIONS]
    space = {"F": F, "rt": rt, "el": el, "elc": elc}
    columns = [eval(to_spark(v).source, space).alias(f"c{i}") for i, v in enumerate(values)]
    got = frame.select("attributes", *columns).collect()
    assert len(got) == len(rows)
    for row in got:
        for i, value in enumerate(values):
            assert row[f"c{i}"] == evaluate(value, row["attributes"]), (EXPRESSIONS[i], row["attributes"])


def test_a_row_that_cannot_be_evaluated_is_marked(spark):
    from pyspark.sql import functions as F

    from cells import install_runtime

    install_runtime()
    from nifi_runtime import el, elc

    frame = spark.createDataFrame([({"n": "0"},), ({"n": "2"},)], "attributes MAP<STRING,STRING>")
    code = to_spark(parse_value("${n:prepend('1'):divide(${n})}"), errors="mark")
    got = [r[0] for r in frame.select(eval(code.source, {"F": F, "el": el, "elc": elc}).alias("c")).collect()]
    assert got[0].startswith(elc.ERROR) and got[1] == "6"
