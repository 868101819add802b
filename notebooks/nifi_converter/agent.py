"""The conversion agent under its contract: own row, progress file, notebooks, SUCCESS or FAILED.

The notebook `nifi_conversion_agent.py` is only a door to `run_attempt`, so that this can be tested without a cluster.
`spark` is a Spark session, or the local workspace's stand-in that knows the few statements used here.
"""

from __future__ import annotations

import json
import os
import random
import re
import time
from datetime import datetime, timezone
from typing import Any, Callable, Dict, List, Optional, Tuple

from .convert import NOT_RUN, Conversion, Validate, convert_flow, write_files
from .delta import is_conflict
from .emit.context import Settings
from .errors import ConverterError

ROW_SECONDS = 30.0
TRIES = 8
TERMINAL = ("SUCCESS", "FAILED", "CANCELLED")

_CASTS = {"status": ":status", "progress_percentage": "CAST(:progress_percentage AS INT)", "iterations": "CAST(:iterations AS INT)",
          "validation_percentage": "CAST(:validation_percentage AS INT)", "duration_seconds": "CAST(:duration_seconds AS INT)",
          "status_message": "CAST(:status_message AS STRING)", "error_message": "CAST(:error_message AS STRING)",
          "generated_notebooks": "from_json(:generated_notebooks, 'array<string>')"}


# Step of a conversion -> (percentage at its start, its share, words)
STEPS = {"plan": (20, 0, "planning"), "emit": (20, 30, "writing cells"), "check": (50, 35, "checking"), "done": (85, 0, "checked")}

Importer = Callable[[Dict[str, str]], None]  # {path of a notebook in the workspace: source}; raises NotImported


class NotImported(Exception):
    """The notebooks could not be made; none of them is there. The text says why."""


class EndedElsewhere(Exception):
    """The attempt's row is terminal: cancelled or closed by somebody else. Nothing more is written."""


class AttemptRow:
    """The agent's own row in the history table; updates touch it only while the attempt is active."""

    def __init__(self, spark: Any, table: str, attempt_id: str, sleep: Callable[[float], None] = time.sleep):
        if not re.fullmatch(r"`?[^`;'\"\s]+`?(\.`?[^`;'\"\s]+`?){0,2}", table):
            raise ConverterError("bad_table", f"delta_table is no table name: {table!r}")
        self.spark, self.attempt_id, self._sleep = spark, attempt_id, sleep
        self.table = table if "`" in table else ".".join(f"`{part}`" for part in table.split("."))
        self.started_at: Optional[datetime] = None

    def status(self) -> Optional[str]:
        """The status as it stands; None where there is no such row."""
        row = self._retried(lambda: self.spark.sql(
            f"SELECT status, started_at FROM {self.table} WHERE attempt_id = :attempt_id", args={"attempt_id": self.attempt_id}).first())
        if row is None:
            return None
        self.started_at = row["started_at"]
        return row["status"]

    def update(self, ended: bool = False, **values: Any) -> bool:
        """Sets columns. False where the row took nothing because it is terminal already."""
        settings = [f"{column} = {_CASTS[column]}" for column in values]
        if ended:
            settings.append("completed_at = current_timestamp()")
        text = (f"UPDATE {self.table} SET {', '.join(settings)} WHERE attempt_id = :attempt_id AND status IN ('CREATING', 'RUNNING')")
        row = self._retried(lambda: self.spark.sql(text, args={"attempt_id": self.attempt_id, **values}).first())
        return row is None or row["num_affected_rows"] > 0

    def _retried(self, action: Callable[[], Any]) -> Any:
        for attempt in range(TRIES):
            try:
                return action()
            except Exception as error:
                if attempt == TRIES - 1 or not is_conflict(error):
                    raise
                self._sleep(random.uniform(0.2, 1.0) * 2 ** attempt)


class Attempt:
    """Tells how far the attempt is: in the progress file at each step, in the row at the start, the end and every 30 s."""

    def __init__(self, row: AttemptRow, output: str, clock: Callable[[], float] = time.monotonic):
        self.row, self.output, self._clock = row, output, clock
        self._told: Optional[float] = None
        self.validation: Optional[int] = None
        self.percentage = 0
        self._at: Optional[Tuple[int, str]] = None

    def step(self, percentage: int, message: str) -> None:
        """Tells it where the percentage or the step is another than before: a large flow has more processors than that."""
        at = (max(self.percentage, percentage), message.partition(":")[0])
        if at == self._at:
            return
        self._at = at
        self.percentage = max(self.percentage, percentage)
        print(f"{self.percentage:3d}% {message}")
        self._file("RUNNING", message)
        if self._told is None or self._clock() - self._told >= ROW_SECONDS:
            self._told = self._clock()
            values: Dict[str, Any] = {"progress_percentage": self.percentage, "iterations": 1, "status_message": message}
            if self.validation is not None:
                values["validation_percentage"] = self.validation
            if not self.row.update(**values):
                raise EndedElsewhere()

    def end(self, status: str, message: str, error: Optional[str], notebooks: List[str]) -> bool:
        """The row first: it is the record. The terminal progress file follows; False where the row was closed before."""
        percentage = 100 if status == "SUCCESS" else self.percentage
        self.percentage = percentage
        values: Dict[str, Any] = {"status": status, "progress_percentage": percentage, "iterations": 1, "status_message": message,
                                  "generated_notebooks": json.dumps(notebooks)}
        if error is not None:
            values["error_message"] = error
        if self.validation is not None:
            values["validation_percentage"] = self.validation
        values["duration_seconds"] = self._seconds()
        if not self.row.update(ended=True, **values):
            print("the attempt was ended by somebody else; nothing is reported")
            return False
        try:
            self._file(status, message, error, notebooks)
        except OSError as problem:
            print(f"_progress.json could not be written: {problem}")
        print(f"{status}: {error or message}")
        return True

    def _seconds(self) -> int:
        started = self.row.started_at
        if not isinstance(started, datetime):
            return 0
        now = datetime.now(timezone.utc) if started.tzinfo else datetime.now()
        return max(0, int((now - started).total_seconds()))

    def _file(self, status: str, message: str, error: Optional[str] = None, notebooks: Optional[List[str]] = None) -> None:
        progress = {"version": 1, "attempt_id": self.row.attempt_id, "status": status, "progress_percentage": self.percentage, "iterations": 1,
                    "validation_percentage": self.validation, "status_message": message, "error_message": error,
                    "generated_notebooks": notebooks or [],
                    "updated_at": datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")}
        os.makedirs(self.output, exist_ok=True)
        path = os.path.join(self.output, "_progress.json")
        with open(f"{path}.tmp", "w", encoding="utf-8") as file:
            json.dump(progress, file)
        os.replace(f"{path}.tmp", path)


def run_attempt(spark: Any, widgets: Dict[str, str], importer: Optional[Importer] = None) -> str:
    """Converts one flow and reports it. Gives the final status, or "" where the attempt had ended before.

    `widgets`: flow_id, nifi_xml_path, output_path, attempt_id, delta_table. `importer` makes real notebooks where a file
    would not be one. Raises what made it fail, after the row says so: the run is red as well.
    """
    missing = [name for name in ("nifi_xml_path", "output_path", "attempt_id", "delta_table") if not widgets.get(name)]
    if missing:
        raise ConverterError("missing_parameter", f"missing parameters: {', '.join(missing)}")
    row = AttemptRow(spark, widgets["delta_table"], widgets["attempt_id"])
    status = row.status()
    if status is None or status in TERMINAL:
        print(f"nothing to do: the attempt is {status or 'not in the history table'}")
        return ""
    attempt = Attempt(row, widgets["output_path"])
    try:
        too_old = _too_old(spark)
        if too_old:
            print(too_old.strip())
        attempt.step(0, f"reading the flow.{too_old}" if too_old else "reading the flow")
        conversion = _convert(spark, widgets, attempt)
        written, remark = _write(conversion, widgets["output_path"], importer)
        attempt.end("SUCCESS", conversion.report["summary"] + remark + too_old, None, written)
        return "SUCCESS"
    except EndedElsewhere:
        print("the attempt was ended by somebody else")
        return ""
    except Exception as error:
        reason = error.sentence() if isinstance(error, ConverterError) else f"{type(error).__name__}: {error}"
        attempt.end("FAILED", "The flow could not be converted", reason[:4000], [])
        raise


def _too_old(spark: Any) -> str:
    """A warning where this cluster's Spark is older than what the notebooks are written for; "" without Spark (local runs)."""
    version = getattr(spark, "version", None)
    numbers = re.match(r"(\d+)\.(\d+)", version) if isinstance(version, str) else None
    if numbers is None or (int(numbers[1]), int(numbers[2])) >= (3, 5):
        return ""
    return f" This cluster runs Spark {version}: the notebooks need 3.5 or newer (Databricks Runtime 15.4 LTS)."


def _convert(spark: Any, widgets: Dict[str, str], attempt: Attempt) -> Conversion:
    from .read import read_flow

    output = widgets["output_path"]
    flow = read_flow(widgets["nifi_xml_path"])
    count = sum(1 for _ in flow.processors())
    attempt.step(15, f"read {flow.name or flow.source_name}: {count} processors")

    def progress(step: str, done: int, of: int) -> None:
        base, span, words = STEPS[step]
        attempt.step(base + span * done // max(1, of), words + (f": {done} of {of} processors" if of > 1 else ""))

    existing = _read(os.path.join(output, "notebooks", "gaps.py"))
    conversion = convert_flow(flow, Settings(), existing, progress, _validation(spark))
    if conversion.problems:
        print("\n".join(conversion.problems))
    attempt.validation = conversion.report["validation"]["percentage"]
    attempt.step(90, f"writing {len(conversion.notebooks)} notebooks")
    return conversion


def _validation(spark: Any) -> Optional[Validate]:
    """Runs the notebooks over sample data where a real Spark is at hand; the local stand-in has none. On a Spark that is too
    old what fails would say nothing about the notebooks: nothing is run."""
    if not hasattr(spark, "createDataFrame"):
        return None
    too_old = _too_old(spark)
    if too_old:
        return lambda conversion, progress: {**NOT_RUN, "summary": f"Not run, only the static checks were made.{too_old}"}
    from .rehearse import rehearse

    # On Databricks no executor sees the driver's own folders.
    local_files = "DATABRICKS_RUNTIME_VERSION" not in os.environ
    return lambda conversion, progress: rehearse(conversion, spark, progress, local_files)


def _write(conversion: Conversion, output: str, importer: Optional[Importer]) -> Tuple[List[str], str]:
    """(paths of the notebooks, what is to be said of them). All of them are imported, or all are files."""
    files = dict(conversion.files)
    notebooks = {f"{output.rstrip('/')}/notebooks/{n.name}": files.pop(f"notebooks/{n.name}.py") for n in conversion.notebooks}
    write_files(files, output)
    remark = ""
    if importer is not None:
        try:
            importer(notebooks)
            _remove([f"{path}.py" for path in notebooks])  # of a run before that could not import
            return sorted(notebooks), ""
        except NotImported as reason:
            remark = f" Its notebooks are plain files, because they could not be imported: {reason}."
            print(remark.strip())
    write_files({os.path.relpath(f"{path}.py", output): source for path, source in notebooks.items()}, output)
    return sorted(os.path.abspath(f"{path}.py") for path in notebooks), remark


def _remove(paths: List[str]) -> None:
    for path in paths:
        try:
            os.remove(path)
        except OSError:
            continue


def _read(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""


def workspace_importer() -> Importer:
    """Makes real notebooks under /Workspace with the SDK that every cluster has, as who runs the job."""
    return _import_all


def _import_all(notebooks: Dict[str, str]) -> None:
    """Imports all or none: after a failure those that were imported are taken away again. Raises NotImported."""
    import base64

    try:
        from databricks.sdk import WorkspaceClient
        from databricks.sdk.service.workspace import ImportFormat, Language
    except ImportError as error:
        raise NotImported(f"this cluster has no databricks-sdk ({error})") from error
    done: List[str] = []
    workspace = None
    try:
        workspace = WorkspaceClient().workspace
        for path, source in sorted(notebooks.items()):
            inside = path[len("/Workspace"):] if path.startswith("/Workspace/") else path
            if not done:
                workspace.mkdirs(os.path.dirname(inside))
            content = base64.b64encode(source.encode("utf-8", "backslashreplace")).decode("ascii")
            workspace.import_(inside, content=content, format=ImportFormat.SOURCE, language=Language.PYTHON, overwrite=True)
            done.append(inside)
    except Exception as error:
        for inside in done:
            try:
                workspace.delete(inside)
            except Exception as problem:  # the files beside it are complete; what stays is named in the log
                print(f"{inside} could not be removed: {problem}")
        raise NotImported(f"{type(error).__name__}: {str(error)[:300]}") from error
