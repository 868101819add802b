"""What emitted code may not take from Spark: serverless and shared clusters speak Spark Connect, which has no RDD, no
SparkContext, no JVM and no cache (https://docs.databricks.com/en/compute/serverless/limitations.html)."""

from __future__ import annotations

import ast
import re
from typing import Iterator, List, Tuple

_NAMES = {"sc": "SparkContext", "sqlContext": "SQLContext"}
_CLASSES = {"SparkContext": "SparkContext", "SparkConf": "SparkContext", "SQLContext": "SQLContext", "HiveContext": "SQLContext", "RDD": "RDD", "Broadcast": "SparkContext",
            "Accumulator": "SparkContext"}
_MODULES = {"pyspark.rdd": "RDD", "pyspark.context": "SparkContext", "pyspark.streaming": "DStreams", "pyspark.mllib": "RDD", "py4j": "the JVM"}
_ATTRIBUTES = {
    "rdd": "RDD", "toJSON": "RDD", "mapPartitions": "RDD", "foreachPartition": "RDD",
    "sparkContext": "SparkContext", "_sc": "SparkContext", "newSession": "a second session",
    "_jvm": "the JVM", "_jsc": "the JVM", "_jdf": "the JVM", "_jconf": "the JVM", "_jsparkSession": "the JVM", "registerJavaFunction": "the JVM", "registerJavaUDAF": "the JVM",
    "createGlobalTempView": "global views", "createOrReplaceGlobalTempView": "global views", "registerTempTable": "SQLContext",
}
# Methods of a DataFrame, but words that others may use for attributes: only calls count.
_METHODS = {"cache": "the cache", "persist": "the cache", "unpersist": "the cache", "checkpoint": "the cache", "localCheckpoint": "the cache"}
_CACHE = re.compile(r"\s*(UNCACHE|CACHE)\s+(LAZY\s+)?TABLE\b", re.I)


def outside_connect(source: str) -> List[Tuple[int, str]]:
    """(line, words) of each use of what Spark Connect does not have. Raises SyntaxError where the source does not compile."""
    found = [(getattr(node, "lineno", 1), f"uses {what}, which Spark Connect does not have: {shown}")
             for node in ast.walk(ast.parse(source)) for shown, what in _uses(node)]
    return sorted(set(found))


def _uses(node: ast.AST) -> Iterator[Tuple[str, str]]:
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in _NAMES:
        yield node.id, _NAMES[node.id]
    elif isinstance(node, ast.Attribute) and node.attr in _ATTRIBUTES:
        yield node.attr, _ATTRIBUTES[node.attr]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        if node.func.attr in _METHODS:
            yield node.func.attr, _METHODS[node.func.attr]
        if node.func.attr == "sql" and node.args and isinstance(node.args[0], ast.Constant) and _CACHE.match(str(node.args[0].value)):
            yield "CACHE TABLE", "the cache"
    elif isinstance(node, ast.Import):
        for alias in node.names:
            yield from _module(alias.name)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield from _module(node.module)
        if node.module.split(".")[0] == "pyspark":
            for alias in node.names:
                if alias.name in _CLASSES:
                    yield alias.name, _CLASSES[alias.name]


def _module(name: str) -> Iterator[Tuple[str, str]]:
    for module, what in _MODULES.items():
        if name == module or name.startswith(module + "."):
            yield name, what
