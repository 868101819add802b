"""The Python tests' Spark: one Spark Connect session, as serverless and shared clusters give it. UTC, ANSI as Spark has it.

The server runs in a process of its own (`connect_server.py`), so that nothing here can reach a JVM or a SparkContext.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import subprocess
import sys
import tempfile
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))


def make_spark():
    """Starts the server and opens the session. The server ends with this process."""
    server = subprocess.Popen([sys.executable, os.path.join(HERE, "connect_server.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    atexit.register(stop_server, server)
    ready = server.stdout.readline().split()
    if len(ready) != 2 or ready[0] != "ready":
        raise RuntimeError(f"the Spark Connect server did not start: exit code {server.wait()}")
    os.environ["SPARK_CONNECT_MODE_ENABLED"] = "1"
    sys.modules.setdefault("IPython", None)  # else PySpark looks for it on disk whenever a column is made
    from pyspark.sql import SparkSession

    return SparkSession.builder.remote(f"sc://127.0.0.1:{ready[1]}").getOrCreate()


def stop_server(server):
    """It waits for the end of its input."""
    if server.poll() is None:
        server.stdin.close()
        server.wait(30)


@contextlib.contextmanager
def runtime_on_workers(spark):
    """While it lasts runtime and converter are installed on Spark's workers: they need not travel with each of some thousand
    functions."""
    from cells import ROOT, install_runtime

    if spark.session_id not in _installed:
        _installed.add(spark.session_id)
        homes = ((os.path.dirname(os.path.abspath(install_runtime().__file__)), "nifi_runtime"), (os.path.join(ROOT, "notebooks", "nifi_converter"), "nifi_converter"))
        archive = os.path.join(tempfile.mkdtemp(prefix="nifi-packages-"), "nifi_packages.zip")
        with zipfile.ZipFile(archive, "w") as packed:
            for home, name in homes:
                for folder, _, files in os.walk(home):
                    for file in (f for f in files if f.endswith(".py")):
                        path = os.path.join(folder, file)
                        packed.write(path, os.path.join(name, os.path.relpath(path, home)))
        spark.addArtifacts(archive, pyfile=True)
    os.environ["NIFI_RUNTIME_ON_WORKERS"] = "1"
    try:
        yield
    finally:
        del os.environ["NIFI_RUNTIME_ON_WORKERS"]


_installed = set()
