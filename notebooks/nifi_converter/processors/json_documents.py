"""JSON as text: EvaluateJsonPath, SplitJson, FlattenJson."""

from __future__ import annotations

from . import Cell, Refused, handles
from ..runtime import jolt, json_schema
from .attributes import table
from .code import text_block
from .step import Step

_NULLS = {"empty string": "", "the string 'null'": "null"}


@handles("EvaluateJsonPath")
def evaluate_json_path(step: Step) -> Cell:
    """One parse for all paths. Paths are not expressions: `${…}` in one is part of the path, as in NiFi 1.x."""
    to_content = step.get("Destination", "flowfile-content") == "flowfile-content"
    paths = dict(step.dynamic)
    if to_content and len(paths) != 1:
        raise Refused("Destination flowfile-content takes exactly one path; NiFi calls it invalid")
    options = {"paths": paths}
    for name, key, default in (("Return Type", "kind", "auto-detect"), ("Path Not Found Behavior", "missing", "ignore")):
        if step.get(name, default) != default:
            options[key] = step.get(name)
    if to_content:
        options["to_content"] = True
    null = _NULLS.get(step.get("Null Value Representation", "empty string"), "")
    if null:
        options["null"] = null
    return step.transform("json_documents.evaluate", how="JSON paths, one parse for each flow file",
                          notes=table(step.dynamic, ("Attribute", "JsonPath")) if not to_content else [], **options)


@handles("SplitJson", fan_out=True, deterministic=False)
def split_json(step: Step) -> Cell:
    """A flow file for each element; `fragment.identifier` is new with each run."""
    options = {"path": step.option("JsonPath Expression", "$")}
    null = _NULLS.get(step.get("Null Value Representation", "empty string"), "")
    if null:
        options["null"] = null
    return step.transform("json_documents.split", how="one flow file for each element", **options)


@handles("FlattenJson")
def flatten_json(step: Step) -> Cell:
    backwards = step.get("flatten-json-return-type", "flatten") == "unflatten"
    options = {"mode": "unflatten" if backwards else step.get("flatten-mode", "keep arrays"), "separator": step.option("flatten-json-separator", ".")}
    if step.get("flatten-json-character-set", "UTF-8").upper() not in ("UTF-8", "US-ASCII"):
        raise Refused("JSON in another character set than UTF-8")
    if step.flag("ignore-reserved-characters") and not backwards:
        options["plain_keys"] = True
    if step.flag("flatten-json-pretty-print-json"):
        options["pretty"] = True
    return step.transform("json_documents.flatten", how="keys parted again" if backwards else "keys joined", **options)


def jolt_options(step: Step, kind_name: str, spec_name: str):
    """The options of a Jolt transform; Refused where its specification is one that Jolt or this converter does not know."""
    kind = step.get(kind_name, "jolt-transform-chain")
    operation = jolt.NAMES.get(kind)
    if operation is None:
        raise Refused("a custom Jolt transform is a Java class" if kind == "jolt-transform-custom" else f"the Jolt transform {kind} is not known")
    options = {"operation": operation}
    if operation == "sort":
        return options
    text = step.get(spec_name)
    if not text:
        raise Refused("it has no Jolt specification; NiFi calls it invalid")
    if step.is_literal(text):
        try:
            spec = jolt.parse_spec(operation, step.parse(text).literal_text)
            unknown = [name for name in jolt.operations(operation, spec) if not jolt.is_known(name)]
            if unknown:
                raise Refused(f"the Jolt operation {unknown[0]} is a Java class")
        except jolt.JoltError as error:
            raise Refused(f"{error}; NiFi calls it invalid")
        options["spec"] = text_block(step.parse(text).literal_text)
    else:
        options["spec"] = step.option(spec_name)
    return options


@handles("JoltTransformJSON")
def jolt_transform_json(step: Step) -> Cell:
    """The specification as it is, run by Jolt's rules in Python. All operations but Java classes; the functions of
    modify-* in `runtime/jolt_modify.py`."""
    options = jolt_options(step, "jolt-transform", "jolt-spec")
    if step.flag("pretty_print"):
        options["pretty"] = True
    return step.transform("jolt.transform_json", how="the Jolt specification as it is", **options)


@handles("ValidateJson")
def validate_json(step: Step) -> Cell:
    """JSON Schema as far as `runtime/json_schema.py` goes; references to other documents and rare keywords are refused."""
    if step.get("Schema Access Strategy", "SCHEMA_CONTENT_PROPERTY") != "SCHEMA_CONTENT_PROPERTY":
        raise Refused("the JSON schema is in a registry")
    text = step.get("JSON Schema") or ""
    if step.is_literal(text):
        plain = step.parse(text).literal_text
        if not plain.lstrip().startswith(("{", "[", "true", "false")):
            raise Refused("the JSON schema is in a file or at an address: put its text into the property")
        try:
            json_schema.parse_schema(plain)
        except json_schema.JsonSchemaError as error:
            raise Refused(str(error))
    return step.transform("json_schema.validate", how="checked against the JSON schema", schema=text_block(step.parse(text).literal_text) if step.is_literal(text) else step.option("JSON Schema"))
