"""The process that runs an agent's notebook on this computer."""

from __future__ import annotations

import ast
import json
import os
import signal
import sqlite3
import subprocess
import sys

import pytest
from local_run import DELTA_TABLE, DUMMY_AGENT, RUN_AGENT, LocalRun, notebook

SELECT = f"SELECT * FROM {DELTA_TABLE} WHERE attempt_id = :id"
UPDATE = f"UPDATE {DELTA_TABLE} SET "
OWN = " WHERE attempt_id = :id AND status IN ('CREATING', 'RUNNING')"


def printed(tmp_path, *cells, **parameters):
    """What a notebook of these cells prints; the run must succeed."""
    run = LocalRun(tmp_path, notebook(*cells), **parameters)
    output = run.run()
    assert run.exit_code == 0, output
    return output.strip().split("\n")


def error_of(tmp_path, *cells):
    run = LocalRun(tmp_path, notebook(*cells))
    output = run.run()
    assert run.exit_code == 1, output
    return run.record["message"]


def sql(statement, **arguments):
    return f"print(spark.sql({statement!r}, args={{'id': 'f_attempt_1', **{arguments!r}}}).collect()[0][0])"


def test_cells_run_in_order_and_markdown_is_skipped(tmp_path):
    lines = printed(tmp_path, "# MAGIC %md\n# MAGIC this = is not python", "a = 1", "# DBTITLE 1,Title\nprint(a + 1)")
    assert lines == ["2"]


def test_a_python_magic_cell_runs(tmp_path):
    assert printed(tmp_path, "# MAGIC %python\n# MAGIC if True:\n# MAGIC     print('in')") == ["in"]


@pytest.mark.parametrize("language", ["sql", "pip install x", "run ./other", "sh"])
def test_cells_that_need_databricks_say_so_with_their_line(tmp_path, language):
    message = error_of(tmp_path, "a = 1", f"# MAGIC %{language}\n# MAGIC x")
    assert f"a %{language.split()[0]} cell needs Databricks" in message
    assert "line 9:" in message


def test_windows_line_ends_and_a_byte_order_mark(tmp_path):
    run = LocalRun(tmp_path, "")
    text = notebook("print(1)", "print(2)").replace("\n", "\r\n")
    run.agent.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert run.run().split() == ["1", "2"]


def test_what_is_no_notebook_is_refused(tmp_path):
    run = LocalRun(tmp_path, "print('never')")
    assert "never" not in run.run()
    assert "is not a Databricks notebook" in run.record["message"]


def test_traces_carry_the_line_numbers_of_the_file(tmp_path):
    run = LocalRun(tmp_path, notebook("def f():\n    raise KeyError('gone')", "f()"))
    run.run()
    text = run.agent.read_text().split("\n")
    for line, code in ((6, "raise KeyError('gone')"), (10, "f()")):
        assert code in text[line - 1]
        assert f'agent.py", line {line}, in' in run.record["trace"]
    assert "run_agent.py" not in run.record["trace"]
    assert run.record["message"] == "KeyError: 'gone'"
    assert run.run_row["result"] == "failed" and run.run_row["state"] == "ENDED"


def test_a_syntax_error_names_its_line(tmp_path):
    run = LocalRun(tmp_path, notebook("a = 1", "b = = 2"))
    run.run()
    assert 'agent.py", line 9' in run.record["message"]


def test_widgets(tmp_path):
    lines = printed(
        tmp_path,
        "dbutils.widgets.text('flow_id', 'default')\ndbutils.widgets.text('more', 5)",
        "print(dbutils.widgets.get('flow_id'), dbutils.widgets.get('more'))",
        "try:\n    dbutils.widgets.get('nothing')\nexcept Exception as error:\n    print(error)",
    )
    assert lines == ["f 5", "InputWidgetNotDefined: No input widget named nothing is defined"]


def test_exit_ends_the_notebook_even_inside_a_broad_except(tmp_path):
    run = LocalRun(
        tmp_path, notebook("try:\n    dbutils.notebook.exit('done')\nexcept Exception:\n    print('no')", "print('no')")
    )
    assert run.run() == ""
    assert (run.exit_code, run.record["value"], run.record["result"]) == (0, "done", "succeeded")


def test_other_parts_of_dbutils_and_spark_say_what_they_need(tmp_path):
    lines = printed(
        tmp_path,
        "print(hasattr(dbutils, 'fs'), hasattr(spark, 'read'), hasattr(spark, 'sql'))",
        "try:\n    spark.read.table('x')\nexcept Exception as error:\n    print(error)",
    )
    assert lines[0] == "False False True"
    assert "spark.read needs Spark" in lines[1]


def test_the_row_is_read_with_sparks_types(tmp_path):
    lines = printed(
        tmp_path,
        f"row = spark.sql('{SELECT}', args={{'id': 'f_attempt_1'}}).first()",
        "import time\nage = time.time() - row.started_at.timestamp()\nprint(80 < age < 200, row.started_at.tzinfo)",
        "print(row.status, row['flow_id'], row[0], row.generated_notebooks, 'status' in row, row.asDict()['flow_id'])",
        f"print(spark.sql('{SELECT}', args={{'id': 'nobody'}}).first())",
    )
    assert lines == ["True None", "RUNNING f f_attempt_1 None True f", "None"]


def test_an_update_writes_as_the_extension_reads(tmp_path):
    run = LocalRun(
        tmp_path,
        notebook(
            sql(
                UPDATE + "status = :s, progress_percentage = CAST(:p AS INT), completed_at = current_timestamp(),"
                " generated_notebooks = from_json(:n, 'array<string>'), error_message = CAST(:e AS STRING), iterations = 3" + OWN,
                s="SUCCESS",
                p="42",
                n=json.dumps(["/a/é.py", 'b"c']),
                e=None,
            ),
            sql(UPDATE + "status = 'FAILED'" + OWN),
        ),
    )
    assert run.run().split() == ["1", "0"], "a terminal row takes no more updates"
    row = run.row
    assert (row["status"], row["progress_percentage"], row["iterations"], row["error_message"]) == ("SUCCESS", 42, 3, None)
    assert json.loads(row["generated_notebooks"]) == ["/a/é.py", 'b"c']
    assert row["completed_at"][10] == "T" and row["completed_at"].endswith("Z") and len(row["completed_at"]) == 24
    assert run.execute(("SELECT status FROM nifi_conversion_history WHERE attempt_id LIKE 'other%'", ()))[0][0] == "RUNNING"


def test_names_may_be_quoted_and_keywords_small(tmp_path):
    quoted = ".".join(f"`{part}`" for part in DELTA_TABLE.split("."))
    statement = f"select `status` as s\nfrom {quoted} -- a comment\nwhere attempt_id = :id;"
    assert printed(tmp_path, sql(statement)) == ["RUNNING"]


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE {DELTA_TABLE} SET status = 'FAILED' WHERE flow_id = 'f'",
        f"UPDATE {DELTA_TABLE} SET status = 'FAILED' WHERE attempt_id <> :id",
        f"UPDATE {DELTA_TABLE} SET status = 'FAILED' WHERE attempt_id = :id OR 1 = 1",
        f"UPDATE {DELTA_TABLE} SET status = 'FAILED'",
        f"DELETE FROM {DELTA_TABLE} WHERE attempt_id = :id",
        f"SELECT count(*) FROM {DELTA_TABLE} WHERE attempt_id = :id",
        "SELECT * FROM local.nifi_accelerator.nifi_flows WHERE attempt_id = :id",
        "SELECT * FROM other.nifi_accelerator.nifi_conversion_history WHERE attempt_id = :id",
        f"SELECT status FROM {DELTA_TABLE} WHERE attempt_id = :id UNION SELECT sql FROM sqlite_master",
        "SELECT 1",
        "MERGE INTO x USING y",
        f"UPDATE {DELTA_TABLE} SET iterations = iterations + 1 WHERE attempt_id = :id",
        "",
    ],
)
def test_everything_else_needs_spark_and_changes_nothing(tmp_path, statement):
    run = LocalRun(tmp_path, notebook(sql(statement)))
    before = [tuple(row) for row in run.execute(("SELECT * FROM nifi_conversion_history", ()))]
    run.run()
    assert run.record["result"] == "failed"
    assert "needs Spark" in run.record["message"]
    assert [tuple(row) for row in run.execute(("SELECT * FROM nifi_conversion_history", ()))] == before


@pytest.mark.parametrize(
    ("settings", "condition"),
    [
        ("iterations = CAST(:x AS INT)", "CAST_INVALID_INPUT"),
        ("iterations = :missing", "UNBOUND_SQL_PARAMETER"),
        ("nothing = 1", "UNRESOLVED_COLUMN"),
        ("generated_notebooks = 'a'", "DATATYPE_MISMATCH"),
    ],
)
def test_faults_carry_sparks_conditions(tmp_path, settings, condition):
    assert condition in error_of(tmp_path, sql(UPDATE + settings + OWN, x="many"))


def test_a_busy_file_is_waited_for(tmp_path):
    run = LocalRun(tmp_path, notebook("print('begun', flush=True)\nimport sys", sql(UPDATE + "iterations = 2" + OWN)))
    blocker = sqlite3.connect(str(run.database), isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    process = run.start()
    # The process cannot even begin: its first statement is a write.
    with pytest.raises(subprocess.TimeoutExpired):
        process.communicate(timeout=1)
    blocker.execute("COMMIT")
    process.communicate(timeout=30)
    assert run.row["iterations"] == 2


def test_a_launch_that_was_overtaken_does_nothing(tmp_path):
    run = LocalRun(tmp_path, notebook("print('ran')"))
    run.execute(("UPDATE local_runs SET launch = 2", ()))
    assert "ran" not in run.run()
    assert run.run_row["state"] == "STARTING"
    assert not (run.folder / "exit.json").exists()


def test_the_lock_is_held_while_it_lives_and_freed_by_a_kill(tmp_path):
    run = LocalRun(tmp_path, notebook("print('up', flush=True)\nimport time\ntime.sleep(600)"))
    process = run.start()
    assert process.stdout.readline() == "up\n"
    assert run.lock_is_held()
    assert run.run_row["state"] == "RUNNING" and run.run_row["pid"] == process.pid
    process.kill()
    process.wait(timeout=20)
    assert not run.lock_is_held()
    assert not (run.folder / "exit.json").exists()


def test_a_look_at_the_lock_does_not_stop_a_run_that_begins(tmp_path):
    run = LocalRun(tmp_path, notebook("print('ran')"))
    looker = sqlite3.connect(str(run.folder / "alive.lock"), isolation_level=None)
    looker.execute("BEGIN IMMEDIATE")
    process = run.start()
    with pytest.raises(subprocess.TimeoutExpired):
        process.communicate(timeout=0.5)
    looker.execute("ROLLBACK")
    assert process.communicate(timeout=20)[0] == "ran\n"


def test_two_processes_of_one_run_never_both_work(tmp_path):
    run = LocalRun(tmp_path, notebook("print('up', flush=True)\nimport time\ntime.sleep(600)"))
    first = run.start()
    try:
        assert first.stdout.readline() == "up\n"
        second = run.start()
        output, _ = second.communicate(timeout=20)
        assert (second.returncode, output) == (3, "")
    finally:
        first.kill()
        first.wait(timeout=20)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows ends processes without asking")
def test_a_request_to_end_is_recorded(tmp_path):
    run = LocalRun(tmp_path, notebook("print('up', flush=True)\nimport time\ntime.sleep(600)"))
    process = run.start()
    assert process.stdout.readline() == "up\n"
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=20)
    assert run.record["result"] == "cancelled"
    assert run.run_row["result"] == "cancelled"


def test_a_thread_left_behind_does_not_keep_the_run_alive(tmp_path):
    run = LocalRun(tmp_path, notebook("import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()"))
    run.run()
    assert run.record["result"] == "succeeded"


def test_a_child_left_behind_does_not_hold_the_lock(tmp_path):
    code = "import subprocess, sys\nprint(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).pid)"
    run = LocalRun(tmp_path, notebook(code))
    child = int(run.run())
    try:
        assert not run.lock_is_held()
    finally:
        os.kill(child, signal.SIGTERM)


def test_dataclasses_and_pickle_find_the_notebooks_names(tmp_path):
    lines = printed(
        tmp_path,
        "import pickle\nfrom dataclasses import dataclass\n@dataclass\nclass P:\n    a: int",
        "print(pickle.loads(pickle.dumps(P(1))))",
    )
    assert lines == ["P(a=1)"]


def test_annotations_are_not_postponed_for_the_notebook(tmp_path):
    assert printed(tmp_path, "def f(a: int): pass\nprint(f.__annotations__['a'] is int)") == ["True"]


@pytest.mark.parametrize("path", [RUN_AGENT, RUN_AGENT.with_name("local_spark.py"), DUMMY_AGENT], ids=lambda path: path.name)
def test_the_oldest_supported_python_can_read_it(path):
    tree = ast.parse(path.read_text("utf-8"), feature_version=(3, 9))
    modules = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        )
    }
    assert modules <= set(sys.stdlib_module_names) | {"local_spark"}, "nothing but the standard library"
