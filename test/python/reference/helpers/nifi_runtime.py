"""The helpers that the checks call by themselves with golden vectors, under the reference's names: the emitted notebooks'
runtime does the work. Which vectors lie outside of a helper stays the reference's own decision.

Importing this gives the real package with these helpers in it: an import takes what `sys.modules` has at its end."""

from __future__ import annotations

import importlib.util
import os
import sys
import types

from pyspark.sql import functions as F

sys.path.insert(0, os.environ["RUNTIME"])  # a folder that holds the package nifi_runtime alone
del sys.modules["nifi_runtime"]
import nifi_runtime as rt  # noqa: E402
from nifi_runtime import FlowFile, json_documents, merging  # noqa: E402

_spec = importlib.util.spec_from_file_location("reference_runtime", os.path.join(os.environ["REFERENCE"], "runtime", "nifi_runtime.py"))
_reference = importlib.util.module_from_spec(_spec)
sys.modules["reference_runtime"] = _reference
_spec.loader.exec_module(_reference)


class Path(list):
    """The reference's steps of a JSON path, and the path as written."""


class JsonPath(types.ModuleType):
    """The package's module `json_path`, which the reference has as a function."""

    def __call__(self, path):
        steps = Path(_reference.json_path(path))
        steps.written = path
        return steps


def split_path(path):
    _reference.split_path(path)
    return path


def evaluate_json_path_one(content, paths, kind):
    name, found = json_documents.evaluate(FlowFile({}, bytes(content)), paths={n: p.written for n, p in paths.items()}, kind=kind)[0]
    return name, found.error, found.attributes


def evaluate_json_path_driver(flow_file, properties):
    return json_documents.evaluate(flow_file, paths=properties)[0]


def split_json_one(attributes, content, path):
    return [(name, f.error, f.attributes, f.content) for name, f in json_documents.split(FlowFile(attributes, bytes(content)), path)]


def merge_content(frame, minimum, maximum, order_by, correlate=(), header=b"", demarcator=b"", footer=b""):
    around = {k: v.decode() for k, v in (("header", header), ("demarcator", demarcator), ("footer", footer)) if v}
    ordered = frame.withColumn("_arrived", F.row_number().over(_window(order_by)).cast("bigint"))
    return rt.transform_all(ordered, merging.bins, key=rt.attr(correlate[0]) if correlate else None, at_least=minimum, at_most=maximum, **around)


def _window(order_by):
    from pyspark.sql import Window

    return Window.orderBy(*order_by)


rt.FLOW_FILE = rt.FLOW_FILES
rt.json_path.__class__ = JsonPath
for _helper in (split_path, evaluate_json_path_one, evaluate_json_path_driver, split_json_one, merge_content):
    setattr(rt, _helper.__name__, _helper)
