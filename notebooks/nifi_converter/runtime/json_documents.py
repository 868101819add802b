"""Processors of JSON as text: EvaluateJsonPath, SplitJson, FlattenJson. Each takes a FlowFile and gives [(relationship, FlowFile)]."""

from __future__ import annotations

import re
import uuid
from typing import Any, Dict, Iterator, List, Tuple

from . import json_path, json_text
from .el_errors import ELError
from .java_numbers import utf16
from .json_text import JsonError


def document(flow_file) -> Any:
    """The parsed content. JsonError where it is empty or no JSON; what stands behind the first value is not looked at."""
    for value in json_text.values(flow_file.content.decode("utf-8", "replace").lstrip("\ufeff")):
        return value
    raise JsonError("the content is empty")


def shown(value: Any, null: str = "") -> str:
    """A value as an attribute or content: texts bare, objects and arrays as JSON, null as `null`."""
    if value is None:
        return null
    return value if isinstance(value, str) else json_text.compact(value)


def evaluate(flow_file, paths: Dict[str, str], to_content=False, kind="auto-detect", missing="ignore", null=""):
    """EvaluateJsonPath. `kind`: scalar, json, auto-detect (scalar for attributes, json for content); `missing`: ignore,
    warn (an empty attribute) or skip (no attribute)."""
    try:
        tree = document(flow_file)
    except JsonError as error:
        return [("failure", flow_file.failed(f"not JSON: {error}"))]
    scalar = kind == "scalar" or (kind == "auto-detect" and not to_content)
    found: Dict[str, str] = {}
    for name, path in paths.items():
        try:
            value = json_path.parse_path(path).read(tree)
        except json_path.PathNotFound:
            if to_content:
                return [("unmatched", flow_file)]
            if missing != "skip":
                found[name] = ""
            continue
        except (ELError, RecursionError) as error:
            return [("failure", flow_file.failed(error))]
        if scalar and isinstance(value, (dict, list)):
            return [("failure", flow_file.failed(f"{name}: {path} is no scalar"))]
        if to_content:
            return [("matched", flow_file.with_content(shown(value, null)))]
        found[name] = shown(value, null)
    return [("matched", flow_file.with_attributes(found))]


def split(flow_file, path, null=""):
    """SplitJson: the elements of the array (or what an indefinite path finds), each as its own flow file."""
    try:
        value = json_path.parse_path(path).read(document(flow_file))
    except JsonError as error:
        return [("failure", flow_file.failed(f"not JSON: {error}"))]
    except (ELError, RecursionError) as error:
        return [("failure", flow_file.failed(error))]
    if not isinstance(value, list):
        return [("failure", flow_file.failed(f"{path} is no array"))]
    together = {"fragment.identifier": str(uuid.uuid4()), "fragment.count": str(len(value))}
    parts = [("split", flow_file.with_content(shown(item, null)).with_attributes(
        together, **{"fragment.index": index, "segment.original.filename": flow_file.attributes.get("filename", "")}))
        for index, item in enumerate(value)]
    return parts + [("original", flow_file.with_attributes(together))]


# ---- flattening --------------------------------------------------------------------------------------------

_PLAIN_KEY = re.compile(r"[^\s\[\]\"]+\Z")


def flatten(flow_file, mode="keep arrays", separator=".", pretty=False, plain_keys=False):
    """FlattenJson. `mode`: normal, keep arrays, keep primitive arrays, dot notation (which arrays refuse), unflatten.
    `plain_keys`: keys with separators or brackets in them stand as they are."""
    try:
        tree = document(flow_file)
        if mode == "dot notation" and _has_array(tree):
            raise JsonError("arrays cannot be in dot notation")
        if mode == "unflatten":
            made = _unflattened(tree, separator)
        elif isinstance(tree, list) and mode != "normal":
            made = [dict(_flat(item, "", mode, separator, plain_keys)) if isinstance(item, dict) else item for item in tree]
        elif isinstance(tree, (dict, list)) and tree:
            made = dict(_flat(tree, "", mode, separator, plain_keys))
        else:
            made = tree
    except (JsonError, RecursionError) as error:
        return [("failure", flow_file.failed(error))]
    text = json_text.layout(made, pretty)
    if isinstance(tree, (dict, list)) and tree and mode != "unflatten":  # the library that flattens writes nothing but ASCII
        text = "".join(c if c < "\x7f" else "".join(f"\\u{ord(u):04X}" for u in utf16(c)) for c in text)
    return [("success", flow_file.with_content(text))]


def _has_array(tree: Any) -> bool:
    stack = [tree]
    while stack:
        at = stack.pop()
        if isinstance(at, list):
            return True
        if isinstance(at, dict):
            stack.extend(at.values())
    return False


def _flat(value: Any, path: str, mode: str, separator: str, plain_keys: bool) -> Iterator[Tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            plain = plain_keys or separator not in key and _PLAIN_KEY.match(key)
            step = (separator if path else "") + key if plain or separator != "." and _PLAIN_KEY.match(key) else f'["{key}"]'
            yield from _flat(inner, path + step, mode, separator, plain_keys)
    elif isinstance(value, list) and value and (mode == "normal" or (mode == "keep primitive arrays" and any(isinstance(v, (dict, list)) for v in value))):
        for index, inner in enumerate(value):
            yield from _flat(inner, f"{path}[{index}]", mode, separator, plain_keys)
    elif isinstance(value, list) and mode == "keep arrays":
        yield path, [dict(_flat(v, "", mode, separator, plain_keys)) if isinstance(v, dict) and v else v for v in value]
    else:
        yield path or "root", value


_STEP = re.compile(r'\[(\d+)\]|\[\\?"((?:[^"\\]|\\.)*?)\\?"\]')


def _unflattened(tree: Any, separator: str) -> Any:
    if isinstance(tree, list):
        return [_unflattened(item, separator) for item in tree]
    if not isinstance(tree, dict):
        return tree
    root: Dict[str, Any] = {}
    holder: Dict[str, Any] = {"": root}
    for path, value in tree.items():
        steps: List[Any] = []
        at = 0
        while at < len(path):
            match = _STEP.match(path, at)
            if match:
                steps.append(int(match[1]) if match[1] is not None else match[2])
                at = match.end()
            elif path.startswith(separator, at):
                at += len(separator)
            else:
                ends = [i for i in (path.find(separator, at), path.find("[", at)) if i >= 0] or [len(path)]
                steps.append(path[at : min(ends)])
                at = min(ends)
        if not steps:
            steps = [""]
        container: Any = holder
        key: Any = ""
        for step in steps:
            if isinstance(step, int) and step > 100_000:
                raise JsonError("an index is too large")
            inner = container[key]
            if not isinstance(inner, list if isinstance(step, int) else dict):
                inner = [] if isinstance(step, int) else ({} if inner is not root else root)
                container[key] = inner
            if isinstance(step, int):
                inner.extend([None] * (step + 1 - len(inner)))
            else:
                inner.setdefault(step, None)
            container, key = inner, step
        container[key] = _unflattened(value, separator)
    return holder[""]
