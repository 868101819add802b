"""Runs a conversion agent's notebook on this computer, as a process of its own.

    python -I run_agent.py RUN_FOLDER/run.json

The notebook file (Databricks source format) is executed as it is: Markdown cells are skipped, code cells run in order
in one name space that holds `dbutils`, `spark`, `display` and `displayHTML`, and traces carry the file's own line
numbers. Standard library only, Python 3.9 or newer.

While it lives this process holds a lock on `alive.lock` that the system frees at its death, whatever kills it. Its end
is `exit.json` beside it (written before the lock is freed) and the run's row.
"""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import sqlite3
import sys
import traceback
import types
from datetime import datetime, timezone
from typing import Any, Dict, Iterator, Optional, Tuple

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from local_spark import LocalSpark  # noqa: E402  (isolated mode leaves the script's own folder out of the path)

del sys.path[0]

HEADER = "# Databricks notebook source"
CELL = re.compile(r"^# COMMAND -{10}[ \t]*$", re.MULTILINE)
MAGIC = "# MAGIC"
ALREADY_RUNNING, SUPERSEDED = 3, 4
LOCK_SECONDS = 2
MAX_TEXT = 64 * 1024  # characters of a message or trace that are kept


class NotebookExit(BaseException):
    """`dbutils.notebook.exit`: not an Exception, so that a notebook's own `except Exception` does not swallow it."""


class RunCancelled(BaseException):
    """The extension asked this process to end."""


class NotHere(AttributeError):
    """A part of `dbutils` that only Databricks has."""


class Widgets:
    """Parameters of the run, over the defaults that the notebook declares."""

    def __init__(self, given: Dict[str, str]):
        self._given = given
        self._declared: Dict[str, str] = {}

    def text(self, name: str, defaultValue: Any = "", label: Optional[str] = None) -> None:
        self._declared[name] = str(defaultValue)

    def dropdown(self, name: str, defaultValue: Any, choices: Any, label: Optional[str] = None) -> None:
        self.text(name, defaultValue)

    combobox = multiselect = dropdown

    def get(self, name: str) -> str:
        if name in self._given:
            return self._given[name]
        if name in self._declared:
            return self._declared[name]
        raise ValueError(f"InputWidgetNotDefined: No input widget named {name} is defined")

    def getAll(self) -> Dict[str, str]:
        return {**self._declared, **self._given}

    def remove(self, name: str) -> None:
        self._declared.pop(name, None)

    def removeAll(self) -> None:
        self._declared.clear()


class NotebookUtils:
    def exit(self, value: Any = "") -> None:
        raise NotebookExit(str(value))

    def __getattr__(self, name: str) -> Any:
        raise NotHere(f"dbutils.notebook.{name} needs Databricks; a local run has only dbutils.notebook.exit")


class DbUtils:
    def __init__(self, parameters: Dict[str, str]):
        self.widgets = Widgets(parameters)
        self.notebook = NotebookUtils()

    def __getattr__(self, name: str) -> Any:
        raise NotHere(f"dbutils.{name} needs Databricks; a local run has only dbutils.widgets and dbutils.notebook.exit")


def main(arguments: list) -> int:
    with open(arguments[0], encoding="utf-8") as source:
        run = json.load(source)
    folder = os.path.dirname(os.path.abspath(arguments[0]))
    lock = take_lock(os.path.join(folder, "alive.lock"))
    if lock is None:
        return ALREADY_RUNNING
    signal.signal(signal.SIGTERM, _cancelled)
    end: Dict[str, Any] = {"result": "failed", "message": None, "trace": None, "value": None}
    try:
        if not begin(run):
            return SUPERSEDED
        run_notebook(run, end)
        end["result"] = "succeeded"
    except NotebookExit as done:
        end.update(result="succeeded", value=str(done)[:MAX_TEXT])
    except RunCancelled:
        end.update(result="cancelled", message="Cancelled")
    except KeyboardInterrupt:
        end.update(result="cancelled", message="Interrupted")
    except SystemExit as wish:
        good = wish.code in (None, 0)
        end.update(result="succeeded" if good else "failed", message=None if good else f"SystemExit: {wish.code}")
    except BaseException as error:  # whatever it is, it is why the run ended
        end.update(message=_message(error), trace=_trace(error, run["agent_path"]))
        print(end["trace"], file=sys.stderr)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    record_end(run, folder, end)
    return 0 if end["result"] == "succeeded" else 1


def take_lock(path: str) -> Optional[sqlite3.Connection]:
    """A connection that holds the file's exclusive lock until this process is gone; None where another holds it.

    A window that tests the lock has it for a moment: that is waited out.
    """
    connection = sqlite3.connect(path, timeout=LOCK_SECONDS, isolation_level=None)
    try:
        connection.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        connection.close()
        if "locked" in str(error):
            return None
        raise
    return connection


def begin(run: Dict[str, Any]) -> bool:
    """Takes the run over from the window that launched it; False where the run was ended or launched again."""
    connection = sqlite3.connect(run["database"], timeout=30, isolation_level=None)
    try:
        changed = connection.execute(
            "UPDATE local_runs SET state = 'RUNNING', pid = ?, host = ?, started_at = ?"
            " WHERE run_id = ? AND launch = ? AND state = 'STARTING'",
            (os.getpid(), socket.gethostname(), _now(), run["run_id"], run["launch"]),
        ).rowcount
        return changed == 1
    finally:
        connection.close()


def record_end(run: Dict[str, Any], folder: str, end: Dict[str, Any]) -> None:
    """First the file, which needs no one else, then the row, which tells the windows that there is news."""
    ended_at = _now()
    record = {"version": 1, "run_id": run["run_id"], "launch": run["launch"], "ended_at": ended_at, **end}
    path = os.path.join(folder, "exit.json")
    try:
        with open(path + ".tmp", "w", encoding="utf-8") as target:
            json.dump(record, target)
        os.replace(path + ".tmp", path)
    except OSError as error:
        print(f"The exit record could not be written: {error}", file=sys.stderr)
    try:
        connection = sqlite3.connect(run["database"], timeout=30, isolation_level=None)
        try:
            connection.execute(
                "UPDATE local_runs SET state = 'ENDED', result = ?, message = ?, trace = ?, ended_at = ?"
                " WHERE run_id = ? AND launch = ? AND state <> 'ENDED'",
                (end["result"], end["message"], end["trace"], ended_at, run["run_id"], run["launch"]),
            )
        finally:
            connection.close()
    except sqlite3.Error as error:
        print(f"The run's row could not be updated: {error}", file=sys.stderr)


def run_notebook(run: Dict[str, Any], end: Dict[str, Any]) -> None:
    """Executes the notebook's code cells in order. Whatever they raise goes to the caller."""
    path = run["agent_path"]
    with open(path, encoding="utf-8-sig") as source:
        text = source.read()
    parameters = {str(name): str(value) for name, value in run["parameters"].items()}
    module = types.ModuleType("__main__")
    spark = LocalSpark(run["database"], run["parameters"]["delta_table"], run["sqlite_table"])
    # Databricks gives a notebook no __file__; here it tells an agent where its package lies.
    module.__dict__.update(
        __file__=os.path.abspath(path), dbutils=DbUtils(parameters), spark=spark, display=print, displayHTML=print
    )
    sys.modules["__main__"] = module
    sys.path.insert(0, os.path.dirname(os.path.abspath(path)))  # where Databricks lets a notebook import from, too
    for first_line, code in code_cells(text, path):
        # Empty lines in front make every trace say the file's own line number.
        exec(compile("\n" * (first_line - 1) + code, path, "exec", dont_inherit=True), module.__dict__)


def code_cells(text: str, path: str) -> Iterator[Tuple[int, str]]:
    """(line number from 1, Python code) of each code cell. Raises NotHere for a cell in another language."""
    if text.split("\n", 1)[0].rstrip() != HEADER:
        raise ValueError(f"{path} is not a Databricks notebook: its first line is not '{HEADER}'")
    line = 1
    for cell in CELL.split(text):
        lines = cell.split("\n")
        magic = [one[len(MAGIC) :].strip() for one in lines if one.startswith(MAGIC)]
        language = magic[0].split()[0] if magic and magic[0].startswith("%") else ""
        if language == "%python":
            code = [one[len(MAGIC) :].replace(" ", "", 1) if one.startswith(MAGIC) else one for one in lines]
            yield line, "\n".join("" if one.strip() == "%python" else one for one in code)
        elif language and language not in ("%md", "%md-sandbox"):
            at = line + next(index for index, one in enumerate(lines) if one.startswith(MAGIC))
            raise NotHere(f"{path}, line {at}: a {language} cell needs Databricks; a local run executes Python cells only")
        elif not language:
            yield line, cell
        line += cell.count("\n")


def _cancelled(_signal: int, _frame: Any) -> None:
    raise RunCancelled()


def _message(error: BaseException) -> str:
    return "".join(traceback.format_exception_only(type(error), error)).strip()[:MAX_TEXT]


def _trace(error: BaseException, notebook: str) -> str:
    """The trace from the notebook's first own line on: what comes before is this file's."""
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename != notebook:
        frames = frames.tb_next
    lines = traceback.format_exception(type(error), error, frames or error.__traceback__)
    return "".join(lines).strip()[-MAX_TEXT:]


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


if __name__ == "__main__":
    status = main(sys.argv[1:])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)  # threads that the agent left behind must not keep a run alive that has ended
