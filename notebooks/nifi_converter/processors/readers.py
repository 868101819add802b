"""Record readers as functions of a flow file, for handlers outside of the record families."""

from __future__ import annotations

from .code import Code
from .record_services import reader
from .step import Step


def reader_function(step: Step, property_name: str) -> Code:
    """`rt.Late(lambda flow_file: [records as dictionaries])` of the reader service that a property names: the same
    readers as the record processors', with their schemas and conversions."""
    if step.service(property_name) is None:
        return Code("rt.Late(readers.avro_records)")
    return Code(f"rt.Late(lambda flow_file: readers.rows({reader(step, property_name)}, flow_file))")
