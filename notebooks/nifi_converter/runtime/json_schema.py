"""ValidateJson: JSON Schema without references to other documents, with the messages of NiFi's validator."""

from __future__ import annotations

import json
from typing import Any, Dict, List

from . import java_regex, json_text
from .json_text import JsonError

MAX_DEPTH = 100
KNOWN = frozenset("type properties required additionalProperties patternProperties items prefixItems minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minLength maxLength "
                  "pattern enum const minItems maxItems uniqueItems minProperties maxProperties allOf anyOf oneOf not $ref $defs definitions propertyNames contains dependentRequired".split())
SILENT = frozenset("$schema $id id title description default examples $comment format readOnly writeOnly deprecated".split())


class JsonSchemaError(ValueError):
    """A schema that is no JSON, or one with what is not checked here."""


def parse_schema(text: str) -> Any:
    """The schema. JsonSchemaError names a keyword that is not checked here."""
    try:
        schema = json.loads(text or "")
    except (ValueError, RecursionError):
        raise JsonSchemaError("the JSON schema is no JSON") from None
    stack: List[Any] = [schema]
    while stack:
        at = stack.pop()
        if isinstance(at, dict):
            for key, value in at.items():
                if key not in KNOWN and key not in SILENT:
                    raise JsonSchemaError(f"{key} of JSON Schema is not checked here")
                if key == "$ref" and not str(value).startswith("#"):
                    raise JsonSchemaError("the JSON schema refers to another document")
                if key in ("properties", "patternProperties", "$defs", "definitions"):
                    stack.extend(value.values() if isinstance(value, dict) else [])
                elif key not in ("enum", "const", "default", "examples", "required", "dependentRequired", "type"):
                    stack.append(value)
        elif isinstance(at, list):
            stack.extend(at)
    return schema


def _name(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    return {float: "number", str: "string", list: "array", dict: "object"}[type(value)]


def _is(value: Any, kind: str) -> bool:
    own = _name(value)
    return own == kind or (kind == "number" and own == "integer") or (kind == "integer" and own == "number" and value == int(value))


def faults(value: Any, schema: Any, root: Any, path: str = "$", depth: int = 0) -> List[str]:
    """What is wrong with a value, each with its place."""
    if depth > MAX_DEPTH or schema is True:
        return []
    if schema is False:
        return [f"{path}: schema for '{path}' is false"]
    if not isinstance(schema, dict):
        return []
    if "$ref" in schema:
        target = root
        for step in str(schema["$ref"])[1:].strip("/").split("/"):
            step = step.replace("~1", "/").replace("~0", "~")
            target = target.get(step, True) if step and isinstance(target, dict) else target
        return faults(value, target, root, path, depth + 1)
    found: List[str] = []
    kinds = schema.get("type")
    if kinds is not None and not any(_is(value, k) for k in (kinds if isinstance(kinds, list) else [kinds])):
        found.append(f"{path}: {_name(value)} found, {kinds if isinstance(kinds, str) else '[' + ', '.join(kinds) + ']'} expected")
        return found
    if "enum" in schema and value not in schema["enum"]:
        found.append(f"{path}: does not have a value in the enumeration {json_text.layout(schema['enum'], False)}")
    if "const" in schema and value != schema["const"]:
        found.append(f"{path}: must be the constant value '{schema['const']}'")
    if isinstance(value, dict):
        found += _of_object(value, schema, root, path, depth)
    if isinstance(value, list):
        found += _of_array(value, schema, root, path, depth)
    if isinstance(value, str):
        if "pattern" in schema and not java_regex.compile_java(schema["pattern"]).search(value):
            found.append(f"{path}: does not match the regex pattern {schema['pattern']}")
        if len(value) < schema.get("minLength", 0):
            found.append(f"{path}: must be at least {schema['minLength']} characters long")
        if "maxLength" in schema and len(value) > schema["maxLength"]:
            found.append(f"{path}: must be at most {schema['maxLength']} characters long")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        for key, fails, words in (("minimum", lambda a, b: a < b, "must have a minimum value of"), ("maximum", lambda a, b: a > b, "must have a maximum value of"),
                                  ("exclusiveMinimum", lambda a, b: a <= b, "must have an exclusive minimum value of"), ("exclusiveMaximum", lambda a, b: a >= b, "must have an exclusive maximum value of"),
                                  ("multipleOf", lambda a, b: a % b != 0, "must be multiple of")):
            if key in schema and fails(value, schema[key]):
                found.append(f"{path}: {words} {schema[key]}")
    for inner in schema.get("allOf", []):
        found += faults(value, inner, root, path, depth + 1)
    if "anyOf" in schema and all(faults(value, s, root, path, depth + 1) for s in schema["anyOf"]):
        found += [f for s in schema["anyOf"] for f in faults(value, s, root, path, depth + 1)]
    if "oneOf" in schema:
        valid = [s for s in schema["oneOf"] if not faults(value, s, root, path, depth + 1)]
        if len(valid) != 1:
            found.append(f"{path}: must be valid to one and only one schema, but {len(valid)} are valid")
    if "not" in schema and not faults(value, schema["not"], root, path, depth + 1):
        found.append(f"{path}: must not be valid to the schema {json_text.layout(schema['not'], False)}")
    return found


def _of_object(value: Dict[str, Any], schema: Dict[str, Any], root: Any, path: str, depth: int) -> List[str]:
    found = []
    known = schema.get("properties", {})
    patterns = {java_regex.compile_java(p): s for p, s in schema.get("patternProperties", {}).items()}
    for name, inner in known.items():
        if name in value:
            found += faults(value[name], inner, root, f"{path}.{name}", depth + 1)
    for name, item in value.items():
        matching = [s for p, s in patterns.items() if p.search(name)]
        for inner in matching:
            found += faults(item, inner, root, f"{path}.{name}", depth + 1)
        rest = schema.get("additionalProperties", True)
        if name not in known and not matching and rest is not True:
            found += [f"{path}: property '{name}' is not defined in the schema and the schema does not allow additional properties"] if rest is False \
                else faults(item, rest, root, f"{path}.{name}", depth + 1)
        if "propertyNames" in schema and faults(name, schema["propertyNames"], root, path, depth + 1):
            found.append(f"{path}: property name '{name}' is not valid")
    found += [f"{path}: required property '{name}' not found" for name in schema.get("required", []) if name not in value]
    for name, others in schema.get("dependentRequired", {}).items():
        found += [f"{path}: has a missing property '{o}' which is dependent required because '{name}' is present" for o in others if name in value and o not in value]
    if len(value) < schema.get("minProperties", 0):
        found.append(f"{path}: must have at least {schema['minProperties']} properties")
    if "maxProperties" in schema and len(value) > schema["maxProperties"]:
        found.append(f"{path}: must have at most {schema['maxProperties']} properties")
    return found


def _of_array(value: List[Any], schema: Dict[str, Any], root: Any, path: str, depth: int) -> List[str]:
    found = []
    prefix = schema.get("prefixItems", schema["items"] if isinstance(schema.get("items"), list) else [])
    for index, item in enumerate(value):
        inner = prefix[index] if index < len(prefix) else schema.get("items", True) if not isinstance(schema.get("items"), list) else True
        found += faults(item, inner, root, f"{path}[{index}]", depth + 1)
    if len(value) < schema.get("minItems", 0):
        found.append(f"{path}: must have at least {schema['minItems']} items but found {len(value)}")
    if "maxItems" in schema and len(value) > schema["maxItems"]:
        found.append(f"{path}: must have at most {schema['maxItems']} items but found {len(value)}")
    if schema.get("uniqueItems") and len({json_text.layout(v, False) for v in value}) < len(value):
        found.append(f"{path}: must have only unique items in the array")
    if "contains" in schema and all(faults(v, schema["contains"], root, path, depth + 1) for v in value):
        found.append(f"{path}: does not contain an element that passes these validations: {json_text.layout(schema['contains'], False)}")
    return found


def validate(flow_file, schema):
    """ValidateJson: `valid`, `invalid` with json.validation.errors, `failure` where it is no JSON."""
    compiled = parse_schema(schema)
    text = flow_file.content.decode("utf-8", "replace")
    try:
        if not text.strip():
            found = [f"$: unknown found, {compiled['type']} expected"] if isinstance(compiled, dict) and isinstance(compiled.get("type"), str) else []
        else:
            found = faults(next(json_text.values(text)), compiled, compiled)
    except (JsonError, RecursionError) as error:
        return [("failure", flow_file.failed(error))]
    if not found:
        return [("valid", flow_file)]
    told = "[" + ", ".join(found) + "]"
    return [("invalid", flow_file.with_attributes({"json.validation.errors": told}).failed(told))]
