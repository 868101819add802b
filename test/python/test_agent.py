"""The agent's contract: its own row, the progress file, one terminal status."""

from __future__ import annotations

import base64
import json
import os
import re
import sys
import types
from datetime import datetime

import pytest
from nifi_converter.agent import Attempt, AttemptRow, EndedElsewhere, NotImported, run_attempt, workspace_importer
from nifi_converter.errors import ConverterError

PAIR = os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "fixtures", "conversions", "route-and-put", "flow.json")


class Table:
    """The history table as the agent may use it: one row, two statements."""

    def __init__(self, status="CREATING", conflicts=0):
        self.row, self.conflicts, self.statements = {"status": status, "started_at": datetime.now()}, conflicts, []

    def sql(self, text, args):
        self.statements.append((text, args))
        assert text.startswith(("SELECT ", "UPDATE ")) and "'" not in re.sub(r"'(CREATING|RUNNING|array<string>)'", "", text)
        if text.startswith("SELECT"):
            return Answer(self.row)
        assert text.endswith("WHERE attempt_id = :attempt_id AND status IN ('CREATING', 'RUNNING')")
        assert set(re.findall(r":(\w+)", text)) == set(args)
        if self.conflicts:
            self.conflicts -= 1
            raise RuntimeError("[DELTA_CONCURRENT_APPEND] try again")
        if self.row["status"] not in ("CREATING", "RUNNING"):
            return Answer({"num_affected_rows": 0})
        self.row.update({k: v for k, v in args.items() if k != "attempt_id"})
        return Answer({"num_affected_rows": 1})


class Answer:
    def __init__(self, row):
        self.row = row

    def first(self):
        return self.row


def widgets(tmp_path, **more):
    return {"flow_id": "f", "nifi_xml_path": PAIR, "output_path": str(tmp_path / "out"), "attempt_id": "f_attempt_1", "delta_table": "main.x.history", **more}


def progress(tmp_path):
    return json.loads((tmp_path / "out" / "_progress.json").read_text())


def test_success(tmp_path):
    table = Table()
    assert run_attempt(table, widgets(tmp_path)) == "SUCCESS"
    notebooks = json.loads(table.row["generated_notebooks"])
    assert table.row["status"] == "SUCCESS" and table.row["progress_percentage"] == 100 and all(os.path.isfile(n) and os.path.isabs(n) for n in notebooks)
    assert progress(tmp_path)["status"] == "SUCCESS" and progress(tmp_path)["generated_notebooks"] == notebooks
    assert "validation_percentage" not in table.row and "of 6 processors" in table.row["status_message"]
    assert not [f for f in os.listdir(tmp_path / "out") if f.endswith((".tmp", ".part"))]
    assert sum(t.startswith("UPDATE") for t, _ in table.statements) == 2, "one update at the start, one at the end"


def test_failure_says_why(tmp_path):
    table = Table()
    with pytest.raises(ConverterError):
        run_attempt(table, widgets(tmp_path, nifi_xml_path=__file__))
    assert table.row["status"] == "FAILED" and "test_agent.py" in table.row["error_message"] and progress(tmp_path)["status"] == "FAILED"


@pytest.mark.parametrize("status", ["CANCELLED", "FAILED", "SUCCESS"])
def test_an_ended_attempt_is_left_alone(tmp_path, status):
    table = Table(status)
    assert run_attempt(table, widgets(tmp_path)) == "" and len(table.statements) == 1 and not (tmp_path / "out").exists()


def test_cancelled_on_the_way(tmp_path):
    table = Table()
    row = AttemptRow(table, "h", "a")
    clock = iter([0.0, 31.0, 31.0]).__next__
    attempt = Attempt(row, str(tmp_path / "out"), clock)
    attempt.step(1, "one")
    table.row["status"] = "CANCELLED"
    with pytest.raises(EndedElsewhere):
        attempt.step(2, "two")
    assert table.row["status"] == "CANCELLED"


def test_conflicts_are_tried_again():
    waits = []
    table = Table(conflicts=3)
    assert AttemptRow(table, "h", "a", waits.append).update(status_message="x") and len(waits) == 3 and waits[0] < waits[2]


def test_a_table_name_is_no_sql():
    with pytest.raises(ConverterError, match="no table name"):
        AttemptRow(Table(), "h; DROP TABLE x", "a")


def test_gaps_survive_a_second_run(tmp_path):
    run_attempt(Table(), widgets(tmp_path))
    gaps = tmp_path / "out" / "notebooks" / "gaps.py"
    gaps.write_text("def mine():\n    return 1\n")
    run_attempt(Table(), widgets(tmp_path))
    assert gaps.read_text() == "def mine():\n    return 1\n"


def test_notebooks_are_imported_where_the_output_is_a_workspace_folder(tmp_path):
    table, imported = Table(), {}
    stale = tmp_path / "out" / "notebooks" / "orders_to_files.py"
    stale.parent.mkdir(parents=True)
    stale.write_text("of a run that could not import")
    run_attempt(table, widgets(tmp_path), imported.update)
    assert list(imported) == json.loads(table.row["generated_notebooks"]) == [str(tmp_path / "out" / "notebooks" / "orders_to_files")]
    assert not (tmp_path / "out" / "notebooks" / "orders_to_files.py").exists() and (tmp_path / "out" / "notebooks" / "nifi_runtime").is_dir()


@pytest.mark.parametrize("version, warned", [("3.3.2", True), ("3.4.1", True), ("3.5.0", False), ("4.0.0", False), (None, False)])
def test_an_old_spark_is_named(version, warned):
    from nifi_converter.agent import _too_old

    spark = type("Spark", (), {"version": version})()
    assert bool(_too_old(spark)) == warned and (not warned or version in _too_old(spark))


def test_on_an_old_spark_nothing_is_run_and_that_is_said_first(tmp_path):
    class Old(Table):
        version = "3.4.1"

        def createDataFrame(self, *_):
            raise AssertionError("nothing is run")

    table = Old()
    assert run_attempt(table, widgets(tmp_path)) == "SUCCESS"
    messages = [args["status_message"] for _, args in table.statements if args.get("status_message")]
    assert all("Spark 3.4.1: the notebooks need 3.5" in message for message in (messages[0], messages[-1]))
    report = json.loads((tmp_path / "out" / "conversion_report.json").read_text())
    assert report["validation"]["ran"] is False and "Spark 3.4.1" in report["validation"]["summary"]


def test_notebooks_that_cannot_be_imported_are_files_and_the_status_says_so(tmp_path):
    def refused(notebooks):
        raise NotImported("PermissionDenied: no")

    table = Table()
    assert run_attempt(table, widgets(tmp_path), refused) == "SUCCESS"
    notebooks = json.loads(table.row["generated_notebooks"])
    assert notebooks == [str(tmp_path / "out" / "notebooks" / "orders_to_files.py")] and os.path.isfile(notebooks[0])
    assert "plain files, because they could not be imported: PermissionDenied: no" in table.row["status_message"]


class Workspace:
    """The part of the SDK's client that the agent uses, over folders in memory. Fails at the path `broken`."""

    objects = {}
    broken = ""

    def mkdirs(self, path):
        pass

    def import_(self, path, *, content, format, language, overwrite):
        if path == Workspace.broken:
            raise RuntimeError("RESOURCE_EXHAUSTED")
        assert (format, language, overwrite) == ("SOURCE", "PYTHON", True)
        Workspace.objects[path] = base64.b64decode(content).decode()

    def delete(self, path):
        del Workspace.objects[path]


@pytest.fixture
def sdk(monkeypatch):
    Workspace.objects, Workspace.broken = {}, ""
    modules = {name: types.ModuleType(name) for name in ("databricks", "databricks.sdk", "databricks.sdk.service", "databricks.sdk.service.workspace")}
    modules["databricks.sdk"].WorkspaceClient = lambda: types.SimpleNamespace(workspace=Workspace())
    modules["databricks.sdk.service.workspace"].ImportFormat = types.SimpleNamespace(SOURCE="SOURCE")
    modules["databricks.sdk.service.workspace"].Language = types.SimpleNamespace(PYTHON="PYTHON")
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    return Workspace


def test_all_notebooks_are_imported_or_none(sdk):
    publish = workspace_importer()
    publish({"/Workspace/Shared/o/a": "1", "/Workspace/Shared/o/b": "2"})
    publish({"/Workspace/Shared/o/a": "3", "/Workspace/Shared/o/b": "4"})
    assert sdk.objects == {"/Shared/o/a": "3", "/Shared/o/b": "4"}, "a second run makes them anew"
    sdk.broken = "/Shared/o/b"
    with pytest.raises(NotImported, match="RESOURCE_EXHAUSTED"):
        publish({"/Workspace/Shared/o/a": "5", "/Workspace/Shared/o/b": "6"})
    assert "/Shared/o/a" not in sdk.objects


def test_a_cluster_without_the_sdk_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "databricks.sdk", None)
    with pytest.raises(NotImported, match="no databricks-sdk"):
        workspace_importer()({"/Workspace/x": ""})


def test_progress_counts_processors(tmp_path, capsys):
    run_attempt(Table(), widgets(tmp_path))
    told = re.findall(r"^ *(\d+)% (.*)$", capsys.readouterr().out, re.M)
    assert [int(p) for p, _ in told] == sorted(int(p) for p, _ in told) and "writing cells: 5 of 6 processors" in [words for _, words in told]
