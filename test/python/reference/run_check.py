"""Runs one check of the reference conversions with the harness of this folder in place of theirs."""

import os
import runpy
import sys
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parents[2] / "notebooks")]
try:
    runpy.run_path(os.path.join(os.environ["REFERENCE"], "verify", f"check_{sys.argv[1]}.py"))
except Exception:
    traceback.print_exc()
    sys.stdout.flush()
    os._exit(1)  # an open Connect channel would hold the process
