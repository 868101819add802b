"""Record processors on flow files: a reader, a rule, a writer."""

from __future__ import annotations

from . import Cell, handles
from .record_services import notes, reader, writer
from .step import Step


@handles("ConvertRecord")
def convert_record(step: Step) -> Cell:
    """The record framework's readers, coercions and writers, exact to the byte on the golden vectors."""
    options = {"reader": reader(step, "record-reader"), "writer": writer(step, "record-writer")}
    if not step.flag("include-zero-record-flowfiles", True):
        options["include_empty"] = False
    return step.transform("records.convert", how="records read and written anew, flow file by flow file",
                          notes=notes(step, "record-reader", "record-writer"), **options)
