"""What Jolt's operations share: keys that match input keys, references to what was matched above, paths of output.

A walked path is a list of `Level`s from the root down: the input at that level and how its key was matched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, List, Optional, Tuple

from .json_text import compact

_MISSING = object()


class JoltError(ValueError):
    """A specification that Jolt refuses, or data that one of its operations cannot deal with."""


@dataclass
class Level:
    """`keys`: the matched key, then what each star stood for. `count`: children that were matched so far."""

    tree: Any
    keys: Tuple[str, ...]
    count: int = 0


def key_text(value: Any) -> Optional[str]:
    """A value as a key of the output."""
    if value is None:
        return None
    return value if isinstance(value, str) else compact(value)


# ---- references --------------------------------------------------------------------------------------------

_LEVELS = re.compile(r"\(\s*(\d+)?\s*(?:,\s*(\d+)\s*)?\)|(\d*)")
_AT = re.compile(r"@(?:\(\s*(?:(\d+)\s*(?:,\s*)?)?((?:[^()]|\([^()]*\))*)\))?")


def from_end(walked: List[Level], up: int) -> Optional[Level]:
    return walked[-1 - up] if up < len(walked) else None


def referred(walked: List[Level], up: int, index: int) -> Optional[str]:
    level = from_end(walked, up)
    return level.keys[index] if level is not None and index < len(level.keys) else None


def split_levels(text: str, at: int) -> Tuple[int, int, int]:
    """The (up, index) of `&1`, `&(1,2)` or `&` behind its sign, and where it ends."""
    match = _LEVELS.match(text, at)
    if match[3] is not None:
        return int(match[3] or 0), 0, match.end()
    return int(match[1] or 0), int(match[2] or 0), match.end()


def at_parts(text: str) -> Tuple[int, str]:
    """(levels up, path) of `@`, `@key`, `@2`, `@(1,a.b)`."""
    match = _AT.match(text)
    if match and match.end() > 1:
        rest = text[match.end():].lstrip(".")
        if match[1] is None and match[2] is not None:
            return 0, match[2]
        path = (match[2] or "").strip()
        return int(match[1] or 0), ".".join(p for p in (path, rest) if p)
    rest = text[1:]
    if rest.isdigit():
        return int(rest), ""
    return 0, rest


def look_up(walked: List[Level], text: str) -> Any:
    """The value of an `@` reference; `_MISSING` where it leads nowhere."""
    up, path = at_parts(text)
    level = from_end(walked, up)
    return _MISSING if level is None else read_path(level.tree, path, walked)


def is_missing(value: Any) -> bool:
    return value is _MISSING


def read_path(tree: Any, path: str, walked: List[Level]) -> Any:
    for step in steps_of(path):
        key = evaluate(step, walked)
        if key is None:
            return _MISSING
        if isinstance(tree, dict):
            if key not in tree:
                return _MISSING
            tree = tree[key]
        elif isinstance(tree, list):
            key = key.strip("[]")
            if not key.isdigit() or int(key) >= len(tree):
                return _MISSING
            tree = tree[int(key)]
        else:
            return _MISSING
    return tree


def steps_of(path: str) -> List[str]:
    """A dotted path in its steps: `a.b[2].c` → a, b, [2], c. Dots within parentheses and behind a backslash do not split."""
    steps: List[str] = []
    step, depth, at = "", 0, 0
    while at < len(path):
        char = path[at]
        if char == "\\" and at + 1 < len(path):
            step += path[at : at + 2]
            at += 2
            continue
        depth += (char == "(") - (char == ")")
        if depth == 0 and char == ".":
            if step:
                steps.append(step)
            step = ""
        elif depth == 0 and char == "[":
            if step:
                steps.append(step)
            end = path.find("]", at)
            if end < 0:
                raise JoltError(f"{path!r}: [ is not closed")
            steps.append(path[at : end + 1])
            step, at = "", end
        else:
            step += char
        at += 1
    if step:
        steps.append(step)
    return steps


def evaluate(step: str, walked: List[Level]) -> Optional[str]:
    """A step of a path as the key it names; None where a reference leads nowhere. Array steps keep their brackets."""
    if step.startswith("["):
        inner = step[1:-1].strip()
        if not inner or inner.isdigit():
            return f"[{inner}]"
        if inner[0] == "#":
            level = from_end(walked, int(inner[1:] or 0))
            return None if level is None else f"[{level.count}]"
        made = evaluate(inner, walked)
        return f"[{made}]" if made is not None and made.isdigit() else None
    if step.startswith("@"):
        value = look_up(walked, step)
        return None if value is _MISSING or isinstance(value, (dict, list)) else key_text(value)
    out, at = "", 0
    while at < len(step):
        char = step[at]
        if char == "\\" and at + 1 < len(step):
            out += step[at + 1]
            at += 2
        elif char == "&":
            up, index, at = split_levels(step, at + 1)
            found = referred(walked, up, index)
            if found is None:
                return None
            out += found
        else:
            out += char
            at += 1
    return out


# ---- keys of a specification -------------------------------------------------------------------------------


@dataclass
class Key:
    """One alternative of a key on the left side. `kind`: literal, star, reference, special (`$`, `@`, `#`)."""

    text: str
    kind: str
    pattern: Any = None
    order: Tuple = field(default=())

    def match(self, name: str, walked: List[Level]) -> Optional[Tuple[str, ...]]:
        """What the key and its stars stand for, None where it does not match."""
        if self.kind == "literal":
            return (name,) if name == self.text else None
        if self.kind == "star":
            found = self.pattern.fullmatch(name)
            return None if not found else (name, *found.groups())
        made = evaluate(self.text, walked)
        return (name,) if made == name else None


def keys_of(text: str) -> List[Key]:
    """The alternatives of `a|b`, `tag-*`, `&1`, `@(1,x)`, `$`, `#text`."""
    if text[:1] in ("$", "@", "#"):
        return [Key(text, "special")]
    made = []
    for part in re.split(r"(?<!\\)\|", text):
        stars = len(re.findall(r"(?<!\\)\*", part))
        if stars:
            pieces = re.split(r"(?<!\\)\*", part)
            pattern = re.compile("(.+?)".join(re.escape(re.sub(r"\\(.)", r"\1", p)) for p in pieces), re.S) if part != "*" else re.compile("(.*)", re.S)
            made.append(Key(part, "star", pattern, (2 if part != "*" and stars > 2 else 3 if stars == 2 else 4 if part != "*" else 5, -len(part), part)))
        elif re.search(r"(?<!\\)&", part):
            made.append(Key(part, "reference", None, (1, -len(part), part)))
        else:
            made.append(Key(re.sub(r"\\(.)", r"\1", part), "literal"))
    return made


def items_of(tree: Any) -> List[Tuple[str, Any]]:
    """The keys and values of an object or array; a scalar is a key of its own without a value."""
    if isinstance(tree, dict):
        return list(tree.items())
    if isinstance(tree, list):
        return [(str(i), v) for i, v in enumerate(tree)]
    return [] if tree is None else [(key_text(tree), None)]


def child(tree: Any, name: str) -> Any:
    """The value under a literal key; `_MISSING` where there is none."""
    if isinstance(tree, dict):
        return tree.get(name, _MISSING)
    if isinstance(tree, list):
        return tree[int(name)] if name.isdigit() and int(name) < len(tree) else _MISSING
    return None if tree is not None and key_text(tree) == name else _MISSING
