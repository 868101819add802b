"""Runs one notebook as one job task: a process of its own over Spark Connect, as serverless compute has it.

The last line on standard output is a JSON object: `{"state": "SUCCESS" | "FAILED", "result", "error", "trace"}`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import traceback
from pathlib import Path

FIRST_LINE = "# Databricks notebook source"
SEPARATOR = re.compile(r"^# COMMAND -{10}[ \t]*$", re.MULTILINE)
MAGIC = "# MAGIC "


class NotebookExit(BaseException):
    """Not an Exception: a notebook's own `except Exception` must not swallow its exit."""


class Widgets:
    def __init__(self, given: dict):
        self._given = given
        self._defaults: dict = {}

    def text(self, name: str, default: str = "", label: str = "") -> None:
        self._defaults.setdefault(name, default)

    def get(self, name: str) -> str:
        for values in (self._given, self._defaults):
            if name in values:
                return values[name]
        raise ValueError(f"InputWidgetNotDefined: No input widget named {name} is defined")


class Notebook:
    def exit(self, value: str = "") -> None:
        raise NotebookExit(str(value))


class Utilities:
    def __init__(self, given: dict):
        self.widgets = Widgets(given)
        self.notebook = Notebook()


def mount(root: str) -> None:
    """Lets this process see `<root>/Workspace` as `/Workspace`, and the volumes alike, as a cluster's mounts do."""
    import builtins
    import io

    real = os.path.realpath(root)

    def inside(path):
        text = os.fspath(path) if isinstance(path, (str, os.PathLike)) else path
        if isinstance(text, str) and re.match(r"/(Workspace|Volumes)(/|$)", text):
            return real + text
        return path

    def wrapped(function, count):
        def call(*arguments, **named):
            moved = [inside(value) for value in arguments[:count]] + list(arguments[count:])
            return function(*moved, **named)

        return call

    system = sys.modules["posix"]  # importlib calls it by this name
    for name, count in {
        "stat": 1, "lstat": 1, "open": 1, "listdir": 1, "scandir": 1, "mkdir": 1, "rmdir": 1, "unlink": 1, "remove": 1,
        "access": 1, "chmod": 1, "utime": 1, "chdir": 1, "readlink": 1, "listxattr": 1, "getxattr": 1, "setxattr": 1,
        "truncate": 1, "statvfs": 1, "rename": 2, "replace": 2, "link": 2,
    }.items():
        call = wrapped(getattr(system, name), count)
        setattr(system, name, call)
        setattr(os, name, call)
    import _io

    for module, name in ((builtins, "open"), (io, "open"), (io, "open_code"), (_io, "open_code"), (_io, "open")):
        setattr(module, name, wrapped(getattr(module, name), 1))


# Quoted texts and names stay as they are; a parameter is a colon and a name, and no part of `a::b` or of a time.
PARAMETER = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`[^`]*`|(?<![:\w]):([A-Za-z_]\w*)""")


def literal(value) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, (int, float)):
        return repr(value)
    return "'" + str(value).replace("\\", "\\\\").replace("'", "\\'") + "'"


def keep_parameters(spark) -> None:
    """Delta 4.4 on Spark 4.2 loses the parameters of queries over Connect (of commands it does not): they are put in here."""
    original = spark.sql

    def sql(query, args=None, **more):
        if isinstance(args, dict) and re.match(r"\s*(SELECT|WITH)\b", query, re.IGNORECASE):
            query, args = PARAMETER.sub(lambda found: literal(args[found[1]]) if found[1] else found[0], query), None
        return original(query, args, **more)

    spark.sql = sql


def cells(source: str):
    """Yields (code, number of its first line) of the Python cells."""
    if source.split("\n", 1)[0].rstrip() != FIRST_LINE:
        raise ValueError(f"the first line of a notebook is '{FIRST_LINE}'")
    line = 1
    for cell in SEPARATOR.split(source):
        if not any(text.startswith(MAGIC.rstrip()) for text in cell.splitlines()):
            yield cell, line
        line += cell.count("\n")


def run(path: Path, folder: str, parameters: dict, spark) -> dict:
    scope = {"__name__": "__main__", "spark": spark, "dbutils": Utilities(parameters), "display": print}
    sys.path.insert(0, folder)  # the notebook's own folder is importable
    try:
        for code, line in cells(path.read_text(encoding="utf-8")):
            exec(compile("\n" * (line - 1) + code, str(path), "exec"), scope)  # the file's own line numbers in traces
    except NotebookExit as ending:
        return {"state": "SUCCESS", "result": str(ending)}
    except Exception as error:
        return {"state": "FAILED", "error": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()}
    return {"state": "SUCCESS", "result": None}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("notebook", type=Path)
    parser.add_argument("--remote", required=True, help="sc://127.0.0.1:PORT")
    parser.add_argument("--mounts", required=True, help="folder that holds Workspace and Volumes")
    parser.add_argument("--workspace-path", required=True, help="the notebook's path in the workspace")
    options = parser.parse_args()
    report = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what the notebook prints is no part of the report

    from pyspark.sql import SparkSession

    spark = SparkSession.builder.remote(options.remote).getOrCreate()
    keep_parameters(spark)
    mount(options.mounts)
    folder = os.path.dirname(options.workspace_path)
    outcome = run(options.notebook, folder, json.load(sys.stdin), spark)
    print(json.dumps(outcome), file=report, flush=True)
    spark.stop()


if __name__ == "__main__":
    main()
