"""Emitted code and runtime keep to what serverless and shared clusters have: Spark Connect, from Spark 3.5 on."""

from __future__ import annotations

import ast
import glob
import os

import pytest
from cells import ROOT
from nifi_converter.check import check_notebooks
from nifi_converter.emit.notebook import Notebook
from nifi_converter.emit.spark_api import outside_connect

PAIRS = os.path.join(ROOT, "test", "fixtures", "conversions")
RUNTIME = sorted(glob.glob(os.path.join(ROOT, "notebooks", "nifi_converter", "runtime", "*.py")))
NOTEBOOKS = sorted(glob.glob(os.path.join(PAIRS, "*", "expected", "*.py")))


def source_of(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


@pytest.mark.parametrize("source, word", [
    ("frame.rdd.map(f)", "rdd"), ("spark.sparkContext.parallelize([])", "sparkContext"), ("sc.broadcast(1)", "sc"), ("x = spark._jvm.java", "_jvm"),
    ("frame.cache()", "cache"), ("y = frame.select('a').persist()", "persist"), ("spark.sql('CACHE TABLE t')", "CACHE TABLE"), ("from pyspark import SparkContext", "SparkContext"),
    ("import py4j.java_gateway", "py4j.java_gateway"), ("from pyspark.rdd import RDD", "pyspark.rdd"), ("frame.createGlobalTempView('v')", "createGlobalTempView"),
])
def test_what_connect_does_not_have_is_found(source, word):
    assert word in [words.rsplit(": ", 1)[1] for _, words in outside_connect(source)]


@pytest.mark.parametrize("source", ["cache = caches.MapCache(spark, 'x')\nx.cache", "spark.sql('SELECT 1')", "from pyspark.sql import functions as F\nF.lit('.rdd')", "sc = 1"])
def test_nothing_else_is(source):
    assert outside_connect(source) == []


def test_a_notebook_that_uses_it_does_not_pass_the_check():
    notebook = Notebook("n", "n")
    notebook.code("x = 1")
    notebook.code("y = (\n    x.rdd)")
    checked = check_notebooks([notebook])
    assert checked.good_cells == 1 and checked.problems == ["n, code cell 2, line 2: uses RDD, which Spark Connect does not have: rdd"]


@pytest.mark.parametrize("path", RUNTIME, ids=os.path.basename)
def test_the_runtime_keeps_to_connect(path):
    assert outside_connect(source_of(path)) == []


@pytest.mark.spark
def test_every_spark_function_is_known_here():
    """`F.name` in the runtime and the reviewed notebooks: with the 3.5 tier, none is newer than the oldest Spark we promise."""
    functions = pytest.importorskip("pyspark.sql.functions")
    used = {}
    for path in RUNTIME + NOTEBOOKS:
        for node in ast.walk(ast.parse(source_of(path))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "F":
                used.setdefault(node.attr, os.path.relpath(path, ROOT))
    assert len(used) > 30
    assert {name: path for name, path in used.items() if not hasattr(functions, name)} == {}


def test_the_session_is_connects(spark):
    from pyspark.errors import PySparkAttributeError

    assert type(spark).__module__ == "pyspark.sql.connect.session"
    with pytest.raises((PySparkAttributeError, NotImplementedError)):
        spark.sparkContext
