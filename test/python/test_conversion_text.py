"""What of a flow becomes text of a notebook: code and markdown that nothing can break out of, names and their imports."""

from __future__ import annotations

import pytest
from flows import HOSTILE
from nifi_converter.emit import markdown as md
from nifi_converter.emit.names import imports_for, undefined_names
from nifi_converter.emit.notebook import Notebook
from nifi_converter.processors.code import Code, call, identifier, lit, tall, text_block


# ---- code and markdown that no text of a flow can break out of ----


@pytest.mark.parametrize("text", HOSTILE)
def test_a_literal_is_one_line_and_gives_the_text_back(text):
    source = lit(text)
    assert "\n" not in source and "\r" not in source and "\u2028" not in source and "\u202e" not in source
    assert eval(source) == text


@pytest.mark.parametrize("text", HOSTILE)
def test_a_block_of_text_gives_the_text_back(text):
    assert eval(text_block(f"SELECT 1\n{text}")) == f"SELECT 1\n{text}"
    assert "# COMMAND" not in text_block(f"x\n{text}").split("\n")[1:2]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_markdown_cell_stays_one_cell(text):
    notebook = Notebook("n", "n")
    notebook.markdown([f"## {md.plain(text)}", md.code(text), *md.table(("a", "b"), [(md.cell(text), md.plain(text))])])
    lines = notebook.source().split("\n")
    assert all(line.startswith("# MAGIC") for line in lines[1:-1])
    assert notebook.source().count("# COMMAND") == (1 if "# COMMAND" in text else 0) * 4


def test_a_name_of_a_flow_is_an_identifier_or_gets_one():
    assert [identifier(t) for t in ("Find only Tweets", "2nd step", "żółć", "")] == ["find_only_tweets", "n2nd_step", "unnamed", "unnamed"]


@pytest.mark.parametrize("name, words", [
    ("GenerateFlowFile", "generate_flow_file"), ("ConvertJSONToSQL", "convert_json_to_sql"), ("PutS3Object", "put_s3_object"),
    ("ConsumeKafka_2_6", "consume_kafka_2_6"), ("EvaluateXPath", "evaluate_xpath"), ("PutHBaseJSON", "put_hbase_json"),
    ("CaptureChangeMySQL", "capture_change_mysql"), ("ExtractHL7Attributes", "extract_hl7_attributes"), ("GetAFile", "get_a_file"),
    ("Add Batch IDs", "add_batch_ids"), ("ingestionIDs2Delete", "ingestion_ids2_delete"), ("OAuth token", "oauth_token"),
    ("startTest", "start_test"), ("SHOUTING", "shouting"), ("x", "x"), ("NiFi Monitor", "nifi_monitor"),
    ("IsThisTheVeryLongNameOfAProcessorThatNobodyWouldType", "is_this_the_very_long_name_of_a_processor_that"),
])
def test_words_of_a_name_stand_apart(name, words):
    assert identifier(name) == words


def test_a_long_call_has_one_option_a_line():
    source = call("f", "x" * 60, first="y" * 60, second={"k": "z" * 90})
    assert source.count("\n") >= 4 and eval(source, {"f": lambda a, first, second: second["k"]}) == "z" * 90


@pytest.mark.parametrize("source", [
    "lambda attributes: f'{attributes.get(\"first\", \"\")}/{{x}}\\n" + "words and " * 12 + "{attributes.get(\"second\", \"\")}'",
    "lambda attributes: (attributes.get('first') if attributes.get('second') else attributes.get('third')) + '" + "x" * 60 + "'",
    "dict(a=(lambda attributes: attributes.get('first', '') + attributes.get('second', '') + attributes.get('third', ''))({}), b='y')",
    "[1, 2].index(1) | len('" + "z" * 50 + "') & ~len(str(max(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)))",
    "str('" + "a" * 60 + "').replace('a', 'b', len('" + "c" * 50 + "')).upper()",
])
def test_a_long_expression_means_the_same_over_several_lines(source):
    short, long = eval(source), eval(f"dict(x={tall(Code(source))})")["x"]
    given = {"first": "1", "third": "3"}
    assert len(source) > 90 and (short(given) if callable(short) else short) == (long(given) if callable(long) else long)


# ---- names ----

def test_an_undefined_name_is_found_where_it_is_read():
    cells = ["a = 1", "b = [x for x in range(a)]\nf = lambda y: y + later", "later = 2\nprint(b, f, missing)"]
    assert undefined_names(cells) == [(1, "later"), (2, "missing")]


def test_a_name_read_before_the_statement_that_sets_it_is_found():
    assert undefined_names(["a = b\nb = 1"]) == [(0, "b")]


def test_imports_follow_from_the_names_a_cell_reads():
    assert imports_for(["x = rt.union(F.lit(1), gaps.f(), files.under(a, b), json.dumps(1))"]) == [
        "import json", "", "from pyspark.sql import functions as F", "", "import gaps", "import nifi_runtime as rt", "from nifi_runtime import files"]
