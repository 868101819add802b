"""A notebook in Databricks' source format."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import List, Tuple

MARKDOWN, CODE, MAGIC = "markdown", "code", "magic"


@dataclass
class NotebookCell:
    kind: str
    text: str
    keys: Tuple[str, ...] = ()  # nodes that this cell stands for


@dataclass
class Notebook:
    """`name` is the file name without `.py`; cells in their order."""

    name: str
    title: str
    cells: List[NotebookCell] = field(default_factory=list)

    def markdown(self, lines: List[str], keys: Tuple[str, ...] = ()) -> None:
        self.cells.append(NotebookCell(MARKDOWN, "\n".join(lines), keys))

    def code(self, source: str, keys: Tuple[str, ...] = ()) -> None:
        if source.strip():
            self.cells.append(NotebookCell(CODE, source.strip("\n"), keys))

    def magic(self, line: str) -> None:
        """A line that Databricks itself runs, such as `%pip install …`."""
        self.cells.append(NotebookCell(MAGIC, line))

    def code_cells(self) -> List[str]:
        return [c.text for c in self.cells if c.kind == CODE]

    def source(self) -> str:
        """The file's text. Line ends are `\\n`; a Markdown line is prefixed whatever it holds."""
        parts = []
        for cell in self.cells:
            if cell.kind == MARKDOWN:
                lines = ["# MAGIC %md"] + ["# MAGIC " + line.rstrip() for line in cell.text.split("\n")]
                parts.append("\n".join(line.rstrip() for line in lines))
            elif cell.kind == MAGIC:
                parts.append(f"# MAGIC {cell.text}")
            else:
                parts.append(cell.text)
        return "# Databricks notebook source\n" + "\n\n# COMMAND ----------\n\n".join(parts) + "\n"
