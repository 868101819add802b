"""The reference conversions' own checks over what the converter makes of the same three flows, on Spark Connect with Delta.

Where ../shared and Delta's jars are (`npm run test:databricks` fetches them). The first runs always; the other two, which
run a dozen whole notebooks on Delta, with TEST_ALL=1.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from cells import ROOT, SHARED

REFERENCE = Path(SHARED) / "reference-conversions"
sys.path.append(str(Path(__file__).parent / "reference"))
import engine  # noqa: E402

pytestmark = [
    pytest.mark.skipif(not REFERENCE.is_dir(), reason="the reference conversions are not beside the repository"),
    pytest.mark.skipif(bool(engine.missing()), reason=engine.missing()),
]
_LONG = pytest.mark.skipif("TEST_ALL" not in os.environ, reason="minutes on Delta: set TEST_ALL=1")


@pytest.fixture(scope="module")
def remote():
    with engine.engine() as address:
        yield address


@pytest.mark.parametrize("number, count", [("1", 14), pytest.param("2", 13, marks=_LONG), pytest.param("3", 16, marks=_LONG)])
def test_the_reference_checks_agree(remote, tmp_path, number, count):
    shutil.copytree(Path(ROOT) / "notebooks" / "nifi_converter" / "runtime", tmp_path / "nifi_runtime", ignore=shutil.ignore_patterns("__pycache__"))
    environment = {**os.environ, "REMOTE": remote, "REFERENCE": str(REFERENCE), "GOLDENS": str(Path(SHARED) / "goldens"), "RUNTIME": str(tmp_path),
                   "PYTHONDONTWRITEBYTECODE": "1", "VERBOSE": "1"}
    done = subprocess.run([sys.executable, str(Path(__file__).parent / "reference" / "run_check.py"), number], capture_output=True, text=True, env=environment)
    assert f"{count} of {count} agree" in done.stdout, f"{done.stdout[-6000:]}\n{done.stderr[-4000:]}"
