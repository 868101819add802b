"""Avro files: ConvertAvroToJSON, SplitAvro, ExtractAvroMetadata."""

from __future__ import annotations

from typing import Any, Dict

from . import Cell, handles
from .step import Step


@handles("ConvertAvroToJSON")
def convert_avro_to_json(step: Step) -> Cell:
    """Logical types are not read: dates are days, decimals their bytes, as in NiFi."""
    options: Dict[str, Any] = {}
    if step.get("JSON container options", "array") != "array":
        options["array"] = False
    if step.flag("Wrap Single Record"):
        options["wrap_single"] = True
    if step.get("Avro schema"):
        options["schema"] = step.option("Avro schema")
    return step.transform("avro_documents.to_json", how="Avro as JSON, flow file by flow file", **options)


@handles("SplitAvro", fan_out=True, deterministic=False)
def split_avro(step: Step) -> Cell:
    options: Dict[str, Any] = {"size": step.number("Output Size", 1)}
    if step.get("Output Strategy", "Datafile") != "Datafile":
        options["bare"] = True
    if not step.flag("Transfer Metadata", True):
        options["metadata"] = False
    return step.transform("avro_documents.split", how="Avro files of a number of records", **options)


@handles("ExtractAvroMetadata")
def extract_avro_metadata(step: Step) -> Cell:
    options: Dict[str, Any] = {}
    if step.get("Fingerprint Algorithm", "CRC-64-AVRO") != "CRC-64-AVRO":
        options["algorithm"] = step.get("Fingerprint Algorithm")
    if step.get("Metadata Keys"):
        options["keys"] = step.option("Metadata Keys")
    if step.flag("Count Items"):
        options["count"] = True
    return step.transform("avro_documents.metadata", how="facts of the Avro header as attributes", **options)
