"""JSON functions of the Expression Language."""

from __future__ import annotations

import json
from typing import Any, Optional

from . import json_path
from .el_errors import ELError
from .el_values import to_text
from .java_numbers import double_text

Text = Optional[str]


def _refuse(name: str):
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_constant=_refuse, strict=False)


def parse_json(text: str) -> Any:
    """JSON as NiFi's parser takes it: no NaN, no single quotes; what stands behind is ignored. Raises ELError."""
    try:
        return _DECODER.raw_decode(text.lstrip(" \t\r\n"))[0]
    except (ValueError, RecursionError):
        raise ELError(f"Subject contains invalid JSON: {text[:200]}") from None


def write_json(value: Any) -> str:
    """Compact JSON; text is not made ASCII, decimals print as Java's."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return double_text(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k, ensure_ascii=False)}:{write_json(v)}" for k, v in value.items()) + "}"
    return "[" + ",".join(write_json(v) for v in value) + "]"


def is_json(subject: Text) -> bool:
    """An object or an array; several in a row count as well."""
    if subject is None or not subject.strip():
        return False
    text = subject.strip(" \t\r\n")
    if text[:1] not in ("{", "["):
        return False
    at = 0
    while at < len(text):
        try:
            at = _DECODER.raw_decode(text, at)[1]
        except (ValueError, RecursionError):
            return False
        while text[at : at + 1] in (" ", "\t", "\r", "\n"):
            at += 1
    return True


def _document(subject: Text, path: Text):
    if subject is None or not subject:
        raise ELError("Subject is empty")
    document = parse_json(subject)
    if path is None:
        raise ELError("a JsonPath is needed")
    return document, json_path.parse_path(path)


def json_path_(subject: Text, path: Text) -> Text:
    """Text of a scalar, JSON of anything else; a list of one is that one. What is not there is empty text."""
    document, compiled = _document(subject, path)
    try:
        return _shown(compiled.read(document))
    except ELError:
        return ""


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list) and len(value) == 1:
        return _shown(value[0])
    if isinstance(value, (dict, list)):
        return write_json(value)
    return to_text(value) or ""


def json_path_delete(subject: Text, path: Text) -> Text:
    """Without what the path names; unchanged where it names nothing. The root cannot be deleted: empty text."""
    document, compiled = _document(subject, path)
    refs = _refs(compiled, document)
    if any(parent is None for parent, _ in refs):
        return ""
    for parent, key in sorted(refs, key=lambda r: r[1] if isinstance(r[1], int) else 0, reverse=True):
        if isinstance(parent, dict):
            parent.pop(key, None)
        else:
            del parent[key]
    return _shown(document)


def json_path_set(subject: Text, path: Text, value: Any) -> Text:
    """With `value` at the places that are there; unchanged where there are none."""
    document, compiled = _document(subject, path)
    for parent, key in _refs(compiled, document):
        if parent is None:
            return ""
        parent[key] = value
    return _shown(document)


def json_path_add(subject: Text, path: Text, value: Any) -> Text:
    """`value` at the end of the arrays that the path names; empty text where it names something else."""
    document, compiled = _document(subject, path)
    for ref in _refs(compiled, document):
        target = json_path._value(document, ref)
        if not isinstance(target, list):
            return ""
        target.append(value)
    return _shown(document)


def json_path_put(subject: Text, path: Text, key: Text, value: Text) -> Text:
    """`key` with a text value in the objects that the path names; empty text where it names none."""
    document, compiled = _document(subject, path)
    refs = _refs(compiled, document)
    if not refs:
        return ""
    for ref in refs:
        target = json_path._value(document, ref)
        if not isinstance(target, dict) or key is None:
            return ""
        target[key] = value
    return _shown(document)


def _refs(compiled: json_path.JsonPath, document: Any):
    try:
        return compiled.refs(document)
    except json_path.PathNotFound:
        return []
