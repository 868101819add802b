"""Stands in for the harness of the reference conversions: their own checks (`verify/check_*.py`), as they are, run over
what the converter makes of the same three flows.

A check asks for a notebook, a table, a gap or a parameter by the name that the hand-written conversion gave it; here
each becomes the name of the emitted one (`conversions.py`). Where the output rightly differs, `DIFFERENCES` says what it
is instead and why, and the check must then give exactly that.

    REMOTE=sc://127.0.0.1:PORT REFERENCE=…/reference-conversions GOLDENS=…/goldens python run_check.py 1
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path

import conversions
from conversions import DIFFERENCES, FLOWS, emitted
from notebook_run import run_notebook

HERE = Path(tempfile.mkdtemp(prefix="emitted-"))  # in place of the reference's folder: what the checks read there
shutil.copytree(Path(__file__).parent / "helpers", HERE / "runtime")

_spark, RESULTS = None, []


def spark():
    """The session, in which a table of the hand-written conversion is the emitted one's."""
    global _spark
    if _spark is None:
        from pyspark.sql import SparkSession

        # Notebooks run in a session of their own, as each run of a job does.
        _spark = conversions.Renamed(*(SparkSession.builder.remote(os.environ["REMOTE"]).create() for _ in range(2)))
    return _spark


def stage(flow, **overwrite):
    """A temporary folder with the emitted notebooks, gaps.py and the runtime, as the bundle would deploy them."""
    folder = Path(tempfile.mkdtemp(prefix="reference-"))
    conversion = emitted(flow)
    for name, text in conversion.files.items():
        if name.startswith("notebooks/"):
            path = folder / name[len("notebooks/"):]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for name, text in overwrite.items():
        with open(folder / f"{name}.py", "a", encoding="utf-8") as file:
            file.write(text + FLOWS[flow].gaps)
    (folder / "flow").write_text(flow)
    cell = conversions.cell_of(conversion, flow)
    if cell:
        (HERE / flow).mkdir(exist_ok=True)
        (HERE / flow / FLOWS[flow].cell[0]).write_text(cell, encoding="utf-8")
    return folder


def run(folder, notebook, params):
    """One emitted notebook as one run: its cells one after the other, modules fresh. Gives state, result, error, seconds."""
    flow = FLOWS[(folder / "flow").read_text()]
    made = next(p for p in sorted(folder.glob("*.py")) if p.name.startswith(flow.notebooks[notebook]))
    session = spark().notebooks
    flow.before(session, folder, params)
    given = {"catalog": "spark_catalog", **flow.parameters(params)}
    text = conversions.with_endpoints(made.read_text(encoding="utf-8"), params)
    outcome = run_notebook(session, made, text, given)
    if "error" in outcome:
        outcome["error"] = conversions.theirs(outcome["error"])
        if os.environ.get("VERBOSE"):
            print(outcome["trace"], file=sys.stderr)
    if os.environ.get("CELLS"):
        print("\n".join(f"{seconds:7.2f} s  {line}" for line, seconds in outcome["cells"]), file=sys.stderr)
    if outcome.get("result"):
        outcome["result"] = json.dumps(flow.line(json.loads(outcome["result"])))
    return outcome


def check(what, got, expected):
    """As in the reference; a known difference must be exactly the one that is written down."""
    number = what.split(" ")[0]
    if number in DIFFERENCES:
        expected, why = DIFFERENCES[number]
        what = f"{what} [differs: {why}]"
    RESULTS.append((what, got == expected))
    print("ok  " if got == expected else "DIFF", what, "" if got == expected else f"\n     got      {got!r}\n     expected {expected!r}")


def finish():
    print(f"{sum(ok for _, ok in RESULTS)} of {len(RESULTS)} agree")
    sys.stdout.flush()
    os._exit(0 if all(ok for _, ok in RESULTS) else 1)  # an open Connect channel would hold the process
