"""The Python of the project by the linter, as `ruff.toml` says."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_no_name_is_missing_or_unused():
    command = [sys.executable, "-m", "ruff", "check", "--no-cache", "--output-format", "concise", "notebooks", "setup", "test/python"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
