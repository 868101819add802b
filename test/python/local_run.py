"""A local run without the extension: the file's tables as the extension makes them, and one process."""

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LOCAL = ROOT / "src" / "workspaces" / "local"
RUN_AGENT = LOCAL / "python" / "run_agent.py"
DUMMY_AGENT = ROOT / "notebooks" / "nifi_conversion_dummy_agent.py"
DELTA_TABLE = "local.nifi_accelerator.nifi_conversion_history"
FLAGS = ("-I", "-u", "-B", "-X", "utf8")


def table_statements() -> list:
    """The CREATE statements of the extension itself: there is no second list of columns."""
    texts = [(LOCAL / "sqlite" / name).read_text("utf-8") for name in ("migrations.ts", "localTables.ts")]
    return re.findall(r"`(CREATE [^`]*)`", "\n".join(texts))


class LocalRun:
    """One attempt of flow `f`, claimed and ready to run."""

    def __init__(self, folder: Path, agent, source="", **parameters):
        self.folder = folder / "run"
        self.folder.mkdir(parents=True)
        self.database = folder / "accelerator.sqlite"
        self.output = folder / "output"
        if isinstance(agent, str):
            self.agent = folder / "agent.py"
            self.agent.write_text(agent, "utf-8")
        else:
            self.agent = agent
        self.execute(*((statement, ()) for statement in table_statements()))
        started = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-90 seconds')"
        for attempt_id in ("f_attempt_1", "other_attempt_1"):
            self.execute(
                (
                    "INSERT INTO nifi_conversion_history (attempt_id, flow_id, databricks_job_id, status, started_at,"
                    f" attempt_number) VALUES (?, 'f', 'job', 'RUNNING', {started}, 1)",
                    (attempt_id,),
                )
            )
        self.execute(
            (
                "INSERT INTO local_runs (run_id, job_id, attempt_id, state, launch, queued_at)"
                " VALUES ('run', 'job', 'f_attempt_1', 'STARTING', 1, 'now')",
                (),
            )
        )
        order = {
            "version": 1,
            "run_id": "run",
            "launch": 1,
            "agent_path": str(self.agent),
            "database": str(self.database),
            "sqlite_table": "nifi_conversion_history",
            "parameters": {
                "flow_id": "f",
                "nifi_xml_path": str(source),
                "output_path": str(self.output),
                "attempt_id": "f_attempt_1",
                "delta_table": DELTA_TABLE,
                **parameters,
            },
        }
        (self.folder / "run.json").write_text(json.dumps(order), "utf-8")

    def execute(self, *statements):
        connection = sqlite3.connect(str(self.database))
        connection.row_factory = sqlite3.Row
        try:
            with connection:
                return [connection.execute(text, values).fetchall() for text, values in statements][-1]
        finally:
            connection.close()

    def start(self, **options):
        command = [sys.executable, *FLAGS, str(RUN_AGENT), str(self.folder / "run.json")]
        return subprocess.Popen(
            command, cwd=str(self.folder), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
        )

    def run(self) -> str:
        """Runs to the end and returns what was printed."""
        process = self.start()
        output, _ = process.communicate(timeout=60)
        self.exit_code = process.returncode
        return output

    @property
    def row(self) -> dict:
        return dict(self.execute(("SELECT * FROM nifi_conversion_history WHERE attempt_id = 'f_attempt_1'", ()))[0])

    @property
    def run_row(self) -> dict:
        return dict(self.execute(("SELECT * FROM local_runs", ()))[0])

    @property
    def record(self) -> dict:
        return json.loads((self.folder / "exit.json").read_text("utf-8"))

    @property
    def progress(self) -> dict:
        return json.loads((self.output / "_progress.json").read_text("utf-8"))

    def lock_is_held(self) -> bool:
        connection = sqlite3.connect(str(self.folder / "alive.lock"), timeout=0, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
            return False
        except sqlite3.OperationalError:
            return True
        finally:
            connection.close()


def notebook(*cells: str) -> str:
    return "\n\n# COMMAND ----------\n\n".join(("# Databricks notebook source", *cells)) + "\n"
