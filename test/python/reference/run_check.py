"""Runs one check of the reference conversions with the harness of this folder in place of theirs."""

import os
import runpy
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[2] / "notebooks")]
runpy.run_path(os.path.join(os.environ["REFERENCE"], "verify", f"check_{sys.argv[1]}.py"))
