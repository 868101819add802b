"""A Spark with Delta of its own, served over Spark Connect, for what runs whole notebooks."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Iterator

ROOT = Path(__file__).resolve().parents[3]
JARS = ROOT / ".cache" / "delta-jars"
ENGINE = ROOT / "test" / "support" / "fakeWorkspace" / "engine" / "engine.py"


def missing() -> str:
    """What is not at hand, in words; "" where nothing is."""
    if shutil.which("java") is None:
        return "Java is missing"
    return "" if list(JARS.glob("delta-spark*.jar")) else "Delta's jars are not in .cache/delta-jars (npm run test:databricks fetches them)"


@contextlib.contextmanager
def engine() -> Iterator[str]:
    """The address of a fresh engine. It ends when its input does, also with this process."""
    data = tempfile.mkdtemp(prefix="reference-engine-")
    # What a Spark Connect session of this process leaves in its environment would make a client of the engine.
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("SPARK_CONNECT", "SPARK_REMOTE", "SPARK_LOCAL_REMOTE"))}
    environment.update({"PYSPARK_PYTHON": sys.executable, "PYSPARK_DRIVER_PYTHON": sys.executable, "PYTHONDONTWRITEBYTECODE": "1"})
    log = Path(data, "engine.log")
    with open(log, "w", encoding="utf-8") as told:
        process = subprocess.Popen([sys.executable, str(ENGINE), "--data", data, "--jars", str(JARS)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=told, text=True, cwd=data, env=environment)
    try:
        ready = process.stdout.readline()
        if not ready:
            raise RuntimeError(f"the engine did not start: {log.read_text('utf-8', 'replace')[-2000:]}")
        yield f"sc://127.0.0.1:{json.loads(ready)['ok']['connectPort']}"
    finally:
        process.stdin.close()
        process.wait(60)
        shutil.rmtree(data, ignore_errors=True)
