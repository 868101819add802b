"""What all Python tests share: the converter on the path, and one Spark session."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "notebooks"))


@pytest.fixture(scope="session")
def spark():
    from spark_session import make_spark

    session = make_spark()
    yield session
    session.stop()
