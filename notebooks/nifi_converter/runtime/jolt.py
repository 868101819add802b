"""Jolt, the language of JoltTransformJSON and JoltTransformRecord: shift, default, remove, sort, cardinality, modify-*, chains.

`transform(operation, spec, document)` gives the new document; the one that is given may be changed. JoltError for a
specification that Jolt would not take.
"""

from __future__ import annotations

import copy
import json
from typing import Any, Callable, Dict, List, Optional, Tuple

from .jolt_path import JoltError, Key, Level, child, evaluate, is_missing, items_of, keys_of, look_up, referred, split_levels, steps_of

MAX_DEPTH = 200
MAX_INDEX = 1_000_000

NAMES = {"jolt-transform-chain": "chain", "jolt-transform-shift": "shift", "jolt-transform-default": "default",
         "jolt-transform-remove": "remove", "jolt-transform-sort": "sort", "jolt-transform-card": "cardinality",
         "jolt-transform-modify-default": "modify-default-beta", "jolt-transform-modify-overwrite": "modify-overwrite-beta",
         "jolt-transform-modify-define": "modify-define-beta"}


def transform(operation: str, spec: Any, document: Any) -> Any:
    if operation == "chain":
        if not isinstance(spec, list) or not spec:
            raise JoltError("a chain is a list of operations")
        for step in spec:
            if not isinstance(step, dict) or "operation" not in step:
                raise JoltError("a step of a chain has an operation and a spec")
            document = transform(step["operation"], step.get("spec"), document)
        return document
    found = _OPERATIONS.get(operation)
    if found is None:
        raise JoltError(f"the operation {operation} is not known here")
    if operation != "sort" and not isinstance(spec, dict):
        raise JoltError(f"the spec of {operation} is no object")
    return found(spec, document)


def parse_spec(operation: str, text: Optional[str]) -> Any:
    """The specification; JoltError where it is no JSON."""
    if operation == "sort":
        return None
    try:
        return json.loads(text or "", strict=False)
    except (ValueError, RecursionError):
        raise JoltError("the Jolt specification is no JSON") from None


def operations(operation: str, spec: Any) -> List[str]:
    """The names of all operations of a specification."""
    return [str(s.get("operation")) for s in spec] if operation == "chain" and isinstance(spec, list) else [operation]


def is_known(operation: str) -> bool:
    return operation in _OPERATIONS


# ---- shift -------------------------------------------------------------------------------------------------


def shift(spec: Dict[str, Any], document: Any) -> Any:
    output: Dict[str, Any] = {}
    _shift(_compiled(spec, 0), document, [Level(document, ("root",))], output)
    return output.get("root")


def _compiled(spec: Any, depth: int) -> Any:
    """[(Key, child)], special keys apart; a leaf is a list of output paths."""
    if depth > MAX_DEPTH:
        raise JoltError("the Jolt specification is nested too deep")
    if isinstance(spec, dict):
        special: List[Tuple[Key, Any]] = []
        literal: List[Tuple[Key, Any]] = []
        computed: List[Tuple[Key, Any]] = []
        for text, below in spec.items():
            made = _compiled(below, depth + 1)
            for key in keys_of(text):
                {"special": special, "literal": literal}.get(key.kind, computed).append((key, made))
        computed.sort(key=lambda pair: pair[0].order)
        return special, literal, computed
    if spec is None:
        return []
    paths = spec if isinstance(spec, list) else [spec]
    if not all(isinstance(p, str) for p in paths):
        raise JoltError(f"an output path is no text: {spec!r}")
    return [steps_of(p) for p in paths]


def _shift(compiled: Any, tree: Any, walked: List[Level], output: Dict[str, Any]) -> None:
    special, literal, computed = compiled
    for key, below in special:
        _special(key, below, tree, walked, output)
    if not computed:
        for key, below in literal:
            value = child(tree, key.text)
            if not is_missing(value):
                _below(below, value, (key.text,), walked, output)
        return
    literals = {key.text: below for key, below in literal}
    for name, value in items_of(tree):
        if name in literals:
            _below(literals[name], value, (name,), walked, output)
            continue
        for key, below in computed:
            keys = key.match(name, walked)
            if keys is not None:
                _below(below, value, keys, walked, output)
                break


def _below(below: Any, value: Any, keys: Tuple[str, ...], walked: List[Level], output: Dict[str, Any]) -> None:
    walked.append(Level(value, keys))
    if isinstance(below, tuple):
        _shift(below, value, walked, output)
    else:
        for steps in below:
            _put(output, steps, walked, value)
    walked.pop()
    walked[-1].count += 1


def _special(key: Key, below: Any, tree: Any, walked: List[Level], output: Dict[str, Any]) -> None:
    sign = key.text[0]
    if sign == "#":
        value: Any = key.text[1:]
    elif sign == "$":
        up, index, _ = split_levels(key.text, 1)
        value = referred(walked, up, index)
        if value is None:
            return
    else:
        value = look_up(walked, key.text)
        if is_missing(value):
            return
    walked.append(Level(tree if sign != "@" else value, (key.text if sign == "@" else value,)))
    if isinstance(below, tuple):
        _shift(below, value, walked, output)
    else:
        for steps in below:
            _put(output, steps, walked, value)
    walked.pop()


def _put(output: Dict[str, Any], steps: List[str], walked: List[Level], value: Any) -> None:
    """Writes at a path; where something stands already, both become a list."""
    keys = ["root"]
    for step in steps:
        made = evaluate(step, walked)
        if made is None:
            return
        keys.append(made)
    container: Any = output
    for index, key in enumerate(keys):
        last = index == len(keys) - 1
        following = None if last else ([] if keys[index + 1].startswith("[") else {})
        if key.startswith("["):
            if not isinstance(container, list):
                return
            place = int(key[1:-1]) if key[1:-1] else len(container)
            if place > MAX_INDEX:
                raise JoltError("an index of the output is too large")
            container.extend([None] * (place + 1 - len(container)))
        else:
            if not isinstance(container, dict):
                return
            place = key
            container.setdefault(place, None)
        known = container[place]
        if not last:
            if known is None:
                container[place] = known = following
            container = known
        elif known is None:
            container[place] = value
        elif isinstance(known, list):
            known.append(value)
        else:
            container[place] = [known, value]


# ---- default -----------------------------------------------------------------------------------------------


def default(spec: Dict[str, Any], document: Any) -> Any:
    document = {} if document is None else document
    _default(spec, document)
    return document


def _default(spec: Dict[str, Any], tree: Any) -> None:
    if not isinstance(tree, (dict, list)):
        return
    stars = []
    for text, below in spec.items():
        array = text.endswith("[]")
        name = text[:-2] if array else text
        if name == "*" or "|" in name:
            stars.append((name, array, below))
            continue
        _default_key(tree, name, array, below, True)
    for name, array, below in sorted(stars, key=lambda s: s[0] == "*"):
        known = [k for k, _ in items_of(tree)]
        for key in known if name == "*" else [n for n in name.split("|") if n in known]:
            _default_key(tree, key, array, below, True)


def _default_key(tree: Any, name: str, array: bool, below: Any, create: bool) -> None:
    known = child(tree, name)
    empty = is_missing(known) or known is None
    if isinstance(below, dict):
        if empty:
            known = [] if array else {}
            _set(tree, name, known)
        if isinstance(known, (dict, list)):
            _default(below, known)
    elif empty:
        _set(tree, name, copy.deepcopy(below))


def _set(tree: Any, name: str, value: Any) -> None:
    if isinstance(tree, dict):
        tree[name] = value
    elif name.isdigit() and int(name) <= MAX_INDEX:
        tree.extend([None] * (int(name) + 1 - len(tree)))
        tree[int(name)] = value


# ---- remove, sort, cardinality -----------------------------------------------------------------------------


def remove(spec: Dict[str, Any], document: Any) -> Any:
    _remove(spec, document)
    return document


def _remove(spec: Dict[str, Any], tree: Any) -> None:
    gone = []
    keys = [(key, below) for text, below in spec.items() for key in keys_of(text)]
    for name, value in items_of(tree) if isinstance(tree, (dict, list)) else []:
        for key, below in keys:
            if key.match(name, []) is None:
                continue
            if isinstance(below, dict):
                _remove(below, value)
            elif name not in gone:
                gone.append(name)
    for name in sorted(gone, key=lambda n: int(n) if n.isdigit() else 0, reverse=True) if isinstance(tree, list) else gone:
        del tree[int(name) if isinstance(tree, list) else name]


def sort(spec: Any, document: Any) -> Any:
    """Keys in alphabetical order, those that begin with ~ first."""
    if isinstance(document, dict):
        return {k: sort(None, document[k]) for k in sorted(document, key=lambda k: (not k.startswith("~"), k))}
    return [sort(None, v) for v in document] if isinstance(document, list) else document


def cardinality(spec: Dict[str, Any], document: Any) -> Any:
    return _cardinality(spec, document)


def _cardinality(spec: Any, tree: Any) -> Any:
    if isinstance(spec, str):
        if spec == "ONE":
            return (tree[0] if tree else None) if isinstance(tree, list) else tree
        if spec == "MANY":
            return tree if isinstance(tree, list) else [] if tree is None else [tree]
        raise JoltError(f"cardinality is ONE or MANY, not {spec!r}")
    if not isinstance(tree, (dict, list)) or not isinstance(spec, dict):
        return tree
    if "@" in spec and isinstance(spec["@"], str):
        tree = _cardinality(spec["@"], tree)
    keys = [(key, below) for text, below in spec.items() if text != "@" for key in keys_of(text)]
    keys.sort(key=lambda pair: pair[0].order or (0,))
    for name, value in items_of(tree) if isinstance(tree, (dict, list)) else []:
        for key, below in keys:
            if key.match(name, []) is not None:
                _set(tree, name, _cardinality(below, value))
                break
    return tree


def _modify(mode: str) -> Callable[[Dict[str, Any], Any], Any]:
    def modify(spec: Dict[str, Any], document: Any) -> Any:
        from . import jolt_modify

        return jolt_modify.modify(mode, spec, document)

    return modify


_OPERATIONS: Dict[str, Callable[[Any, Any], Any]] = {
    "shift": shift, "default": default, "remove": remove, "sort": sort, "cardinality": cardinality,
    "modify-overwrite-beta": _modify("overwrite"), "modify-default-beta": _modify("default"), "modify-define-beta": _modify("define"),
}


# ---- the processor -----------------------------------------------------------------------------------------


def transform_json(flow_file, operation, spec=None, pretty=False):
    """JoltTransformJSON: the content as one document."""
    from . import json_documents, json_text

    try:
        compiled = parse_spec(operation, spec)
        made = transform(operation, compiled, json_documents.document(flow_file))
    except (json_text.JsonError, JoltError, RecursionError) as error:
        return [("failure", flow_file.failed(error))]
    return [("success", flow_file.with_content(json_text.layout(made, pretty)).with_attributes({"mime.type": "application/json"}))]
