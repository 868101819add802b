"""Runs a notebook's cells in this process, as one run of a job: its own widgets, modules of its folder made fresh."""

from __future__ import annotations

import sys
import time
import traceback
from pathlib import Path
from typing import Any, Dict, List, Tuple


class Exit(BaseException):
    """dbutils.notebook.exit"""


class Widgets:
    def __init__(self, given: Dict[str, str]):
        self.given, self.defaults = given, {}

    def text(self, name, default="", *_):
        self.defaults.setdefault(name, default)

    dropdown = text

    def get(self, name):
        return self.given[name] if name in self.given else self.defaults[name]


class Notebook:
    @staticmethod
    def exit(value=""):
        raise Exit(value)


class DbUtils:
    def __init__(self, given: Dict[str, str]):
        self.widgets, self.notebook = Widgets(given), Notebook()


def run_notebook(session: Any, path: Path, text: str, given: Dict[str, str]) -> Dict[str, Any]:
    """{state, result, error, trace, seconds, cells}: `cells` are (first line of code, seconds)."""
    space = {"spark": session, "dbutils": DbUtils(given), "display": lambda *_: None}
    saved = {n: m for n, m in sys.modules.items() if _of_notebook(n)}
    for name in saved:
        del sys.modules[name]
    sys.path.insert(0, str(path.parent))
    outcome: Dict[str, Any] = {"state": "SUCCESS", "result": None}
    cells: List[Tuple[str, float]] = []
    started = time.perf_counter()
    try:
        for cell in text.split("# COMMAND ----------"):
            if "# MAGIC" in cell:
                continue
            at = time.perf_counter()
            try:
                exec(compile(cell, str(path), "exec"), space)
            finally:
                cells.append((cell.strip().split("\n")[0][:80], time.perf_counter() - at))
    except Exit as ending:
        outcome["result"] = str(ending)
    except Exception as error:
        outcome = {"state": "FAILED", "error": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()}
    finally:
        sys.path.remove(str(path.parent))
        _forget_modules()
        sys.modules.update(saved)
    return {**outcome, "seconds": round(time.perf_counter() - started, 1), "cells": cells}


def _forget_modules() -> None:
    """The notebook's modules, also as ones that are sent to workers by value: the next notebook has others of these names."""
    from pyspark import cloudpickle

    by_value = cloudpickle.list_registry_pickle_by_value()
    for name in [n for n in sys.modules if _of_notebook(n)]:
        if name in by_value:
            cloudpickle.unregister_pickle_by_value(sys.modules[name])
        del sys.modules[name]


def _of_notebook(module: str) -> bool:
    return module == "gaps" or module.split(".")[0] == "nifi_runtime"
