"""The fifth step, `check`: every notebook compiles, reads no unknown name and keeps to Spark Connect; the report names
everything exactly once.

What only a run can show is in `rehearse`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Dict, List

from .emit.names import undefined_names
from .emit.notebook import Notebook
from .emit.spark_api import outside_connect
from .model import Flow


@dataclass
class StaticCheck:
    """`problems` are words for people; empty = all well. `notebooks` -> its problems."""

    cells: int = 0
    good_cells: int = 0
    problems: List[str] = field(default_factory=list)


def check_notebooks(notebooks: List[Notebook], gaps: str = "") -> StaticCheck:
    """Compiles each notebook's cells, looks every name up, and looks for what serverless and shared clusters refuse."""
    result = StaticCheck()
    for notebook in notebooks:
        bad = set()
        cells = notebook.code_cells()
        for index, cell in enumerate(cells):
            try:
                compile(cell, f"{notebook.name}[{index}]", "exec")
            except SyntaxError as error:
                bad.add(index)
                result.problems.append(f"{notebook.name}, code cell {index + 1}: does not compile: {error.msg}, line {error.lineno}")
        sound = ["" if i in bad else c for i, c in enumerate(cells)]
        for index, name in undefined_names(sound):
            bad.add(index)
            result.problems.append(f"{notebook.name}, code cell {index + 1}: undefined name {name}")
        for index, cell in enumerate(sound):
            for line, words in outside_connect(cell):
                bad.add(index)
                result.problems.append(f"{notebook.name}, code cell {index + 1}, line {line}: {words}")
        result.cells += len(cells)
        result.good_cells += len(cells) - len(bad)
    if gaps:
        try:
            compile(gaps, "gaps.py", "exec")
        except SyntaxError as error:
            result.problems.append(f"gaps.py does not compile: {error.msg}, line {error.lineno}")
    return result


def check_report(flow: Flow, report: Dict) -> List[str]:
    """Every processor and every connection of the flow is in the report exactly once."""
    problems = []
    for what, expected, listed in (
        ("processor", [p.key for p in flow.processors()], [f"{p['group_id']}/{p['id']}" for p in report["processors"]]),
        ("connection", [f"{c.group_id}/{c.id}" for c in flow.connections()], [f"{c['group_id']}/{c['id']}" for c in report["connections"]]),
    ):
        wanted, got = sorted(expected), sorted(listed)
        if wanted != got:
            missing = sorted(set(wanted) - set(got))
            extra = sorted(set(got) - set(wanted))
            problems.append(f"{what}s: {len(wanted)} in the flow, {len(got)} in the report; missing {missing[:3]}, not in the flow {extra[:3]}")
    return problems
