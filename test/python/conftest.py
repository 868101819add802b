"""What all Python tests share: the converter on the path, and one Spark session."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "notebooks"))


def pytest_configure(config):
    config.addinivalue_line("markers", "spark: runs emitted code on Spark")


def pytest_collection_modifyitems(items):
    for item in items:
        if "spark" in getattr(item, "fixturenames", ()):
            item.add_marker("spark")


@pytest.fixture(scope="session")
def spark():
    pytest.importorskip("pyspark")
    if not os.environ.get("JAVA_HOME") and shutil.which("java") is None:
        pytest.skip("Java is missing")
    from spark_session import make_spark

    session = make_spark()
    yield session
    session.stop()
