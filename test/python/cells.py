"""Runs the cell that a handler emits, on the driver or on Spark, for one configuration or many at once."""

from __future__ import annotations

import importlib
import os
import shutil
import sys
import tempfile
import types

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHARED = os.path.join(os.path.dirname(ROOT), "shared")
sys.path.insert(0, os.path.join(ROOT, "notebooks")) if os.path.join(ROOT, "notebooks") not in sys.path else None

from nifi_converter.emit.names import imports_for  # noqa: E402
from nifi_converter.model import ControllerService, Flow, ProcessGroup, Processor  # noqa: E402
from nifi_converter.processors import FLOW_FILES, Cell, Step, handler_for  # noqa: E402


def install_runtime():
    """The runtime as it lies beside emitted notebooks: a package `nifi_runtime` of its own. Gives its module."""
    if "nifi_runtime" not in sys.modules:
        folder = tempfile.mkdtemp(prefix="nifi-runtime-")
        shutil.copytree(os.path.join(ROOT, "notebooks", "nifi_converter", "runtime"), os.path.join(folder, "nifi_runtime"),
                        ignore=shutil.ignore_patterns("__pycache__"))
        sys.path.insert(0, folder)
    return importlib.import_module("nifi_runtime")


def resolved_processor(type_name, properties, services=None, annotation_data="", nifi_version="1.28.1", name="Under Test"):
    """A processor as the emitter sees it, out of its configuration: a flow of this one processor, resolved."""
    from nifi_converter.resolve import resolve

    processor = Processor(id="p", name=name, group_id="g", type=type_name, properties=dict(properties),
                          annotation_data=annotation_data or "")
    held = [ControllerService(id=key, name=key, group_id="g", type=s["type"], properties=dict(s.get("properties") or {}))
            for key, s in (services or {}).items()]
    flow = Flow(name="test", source_name="test", format="template-xml", nifi_version=nifi_version,
                root=ProcessGroup(id="g", name="g", processors=[processor], services=held))
    resolved = resolve(flow)
    return processor, resolved.processor(processor.key)


def emit_cell(type_name, properties, carrier=FLOW_FILES, source="frame", records=False, **configuration):
    """(Step, Cell) of a handler for one configuration."""
    processor, resolved = resolved_processor(type_name, properties, **configuration)
    handler = handler_for(type_name, records)
    if handler is None:
        raise LookupError(f"no handler for {type_name}")
    step = Step(processor, resolved, "under_test", source, carrier)
    cell = handler.function(step)
    cell.setup = [*step.setup, *cell.setup]
    return step, cell


class Dbutils:
    """The widgets of one cell. Bins do not come of age: the goldens' clock stands still."""

    def __init__(self, cell: Cell, given=None):
        values = {w.name: w.default for w in cell.widgets}
        values.update(given or {})
        values["unfinished_bins"] = "keep"
        self.widgets = types.SimpleNamespace(get=values.__getitem__)


def run_cell(cell: Cell, frame, spark=None, widgets=None):
    """Executes an emitted cell over flow files (a list or a DataFrame), state committed, and gives what it assigned."""
    rt = install_runtime()
    if not cell.code:
        if cell.passes:
            return rt.send(frame, cell.passes[0])
        raise AssertionError(f"no code: {cell.level}: {cell.how}")
    # As in a notebook. Without a name pickling would look for the cell's functions in all modules.
    space = {"__name__": "__main__", "frame": frame, "spark": spark, "tables": "test", "volume": tempfile.gettempdir(), "catalog": "main", "schema": "test",
             "dbutils": Dbutils(cell, widgets)}
    sources = [*cell.setup, cell.code, *([cell.commit] if widgets and cell.commit else [])]
    notebook_has = " = ".join(space) + " = None"  # names that the notebook's first cells set: nothing to import
    exec("\n".join(imports_for([*sources, notebook_has])), space)
    for source in sources:
        exec(compile(source, "<cell>", "exec"), space)
    return space["under_test"]
