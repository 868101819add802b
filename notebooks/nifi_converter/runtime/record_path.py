"""RecordPath over Python records (dicts, lists and plain values): `/person/name`, `//id`, `/items[*][./qty > 3]/sku`.

`parse(text)` → RecordPath with `select(record)` (places), `values(record)` and `put(record, value)`.
Raises ELError for a path that is invalid or holds a function that is not known here; never guesses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

from .el_errors import ELError

_MAX = 5000


@dataclass
class Place:
    """A value and where it stands. `container` is the dict or list that holds it, None for what a function made."""

    value: Any
    key: Any = None
    container: Any = None
    parent: Optional["Place"] = None

    @property
    def name(self) -> str:
        """The field's name; of an array's element the name of the array."""
        if isinstance(self.key, str):
            return self.key
        return self.parent.name if self.parent is not None else ""

    def put(self, value: Any) -> bool:
        """Replaces the value in its container; False for what stands nowhere."""
        if self.container is None:
            return False
        self.container[self.key] = value
        self.value = value
        return True


Selector = Callable[[Place, Place], List[Place]]  # (the record, where we are) → places


@dataclass(frozen=True)
class RecordPath:
    """A parsed path. `steps`: (kind, value) of a path of fields alone, else empty (a function)."""

    text: str
    selector: Selector
    steps: Tuple[Tuple[str, Any], ...] = ()
    tree: Any = None

    def select(self, record: Any) -> List[Place]:
        root = Place(record)
        return self.selector(root, root)

    def values(self, record: Any) -> List[Any]:
        return [place.value for place in self.select(record)]

    def put(self, record: Any, value: Any) -> int:
        """Writes `value` to all places; how many there were."""
        return sum(1 for place in self.select(record) if place.put(value))


_PARSED: Dict[str, RecordPath] = {}


def parse(text: str) -> RecordPath:
    """A path, remembered."""
    if text not in _PARSED:
        if len(text) > _MAX:
            raise ELError(f"RecordPath is longer than {_MAX} characters")
        parser = _Parser(text)
        tree = parser.path_or_function()
        parser.space()
        if parser.at < len(text):
            raise ELError(f"RecordPath {text!r}: unexpected {text[parser.at]!r} at {parser.at}")
        if len(_PARSED) > 500:
            _PARSED.clear()
        steps = tuple(tree[2]) if tree[0] == "path" and tree[1] == "/" and all(s[0] != "filter" for s in tree[2]) else ()
        _PARSED[text] = RecordPath(text, _selector(tree), steps, tree)
    return _PARSED[text]


# ---- parsing -----------------------------------------------------------------------------------------------

_COMPARE = ("!=", ">=", "<=", "=", ">", "<")


class _Parser:
    """The tree: ("path", start, steps), ("call", name, arguments), ("text", value), ("number", value),
    ("compare", operator, left, right). A path starts at "/" (the record) or "." (where we are)."""

    def __init__(self, text: str):
        self.text = text
        self.at = 0
        self.depth = 0

    def space(self) -> None:
        while self.at < len(self.text) and self.text[self.at] in " \t\r\n":
            self.at += 1

    def peek(self, what: str) -> bool:
        self.space()
        return self.text.startswith(what, self.at)

    def take(self, what: str) -> bool:
        if self.peek(what):
            self.at += len(what)
            return True
        return False

    def fail(self) -> ELError:
        found = self.text[self.at : self.at + 1] or "the end"
        return ELError(f"RecordPath {self.text!r}: unexpected {found!r} at {self.at}")

    def path_or_function(self) -> Tuple:
        self.depth += 1
        if self.depth > 50:
            raise ELError("RecordPath is nested too deep")
        self.space()
        char = self.text[self.at : self.at + 1]
        if char in ("/", "."):
            tree = self.path()
        elif char in ("'", '"'):
            tree = ("text", self.quoted())
        elif char.isdigit() or (char == "-" and self.text[self.at + 1 : self.at + 2].isdigit()):
            tree = ("number", self.number())
        elif char.isalpha() or char == "_":
            name = self.name()
            if not self.take("("):
                raise self.fail()
            arguments: List[Tuple] = []
            if not self.take(")"):
                arguments.append(self.path_or_function())
                while self.take(","):
                    arguments.append(self.path_or_function())
                if not self.take(")"):
                    raise self.fail()
            tree = ("call", name, arguments)
            if self.peek("/") or self.peek("["):
                tree = ("path", tree, self.steps())
        else:
            raise self.fail()
        self.depth -= 1
        return tree

    def path(self) -> Tuple:
        start = "/"
        steps: List[Tuple[str, Any]] = []
        if self.text.startswith("..", self.at):
            self.at += 2
            start, steps = ".", [("parent", None)]
        elif self.text.startswith(".", self.at):
            self.at += 1
            start = "."
        return ("path", start, steps + self.steps())

    def steps(self) -> List[Tuple[str, Any]]:
        steps: List[Tuple[str, Any]] = []
        while True:
            if self.take("//"):
                steps.append(("deep", "*" if self.take("*") else self.field()))
            elif self.peek("/"):
                self.at += 1
                if self.take(".."):
                    steps.append(("parent", None))
                elif self.take("*"):
                    steps.append(("all fields", None))
                elif self.take("."):
                    steps.append(("self", None))
                elif self.at < len(self.text) and self.text[self.at] not in "[,) \t":
                    steps.append(("field", self.field()))
                elif steps:
                    raise self.fail()
            elif self.peek("["):
                steps.append(self.bracket())
            else:
                return steps

    def field(self) -> str:
        if self.text[self.at : self.at + 1] in ("'", '"'):
            return self.quoted()
        start = self.at
        while self.at < len(self.text) and self.text[self.at] not in "/[],()=<>!'\" \t\r\n":
            self.at += 1
        if self.at == start:
            raise self.fail()
        return self.text[start : self.at]

    def name(self) -> str:
        start = self.at
        while self.at < len(self.text) and (self.text[self.at].isalnum() or self.text[self.at] == "_"):
            self.at += 1
        return self.text[start : self.at]

    def number(self) -> int:
        self.space()
        start = self.at
        self.at += self.text.startswith("-", self.at)
        while self.at < len(self.text) and self.text[self.at].isdigit():
            self.at += 1
        try:
            return int(self.text[start : self.at])
        except ValueError:
            raise self.fail() from None

    def quoted(self) -> str:
        quote, out = self.text[self.at], []
        self.at += 1
        while self.at < len(self.text):
            char = self.text[self.at]
            self.at += 1
            if char == quote:
                return "".join(out)
            if char == "\\" and self.at < len(self.text):
                following = self.text[self.at]
                self.at += 1
                out.append({"n": "\n", "r": "\r", "t": "\t", "\\": "\\"}.get(following, following if following in "'\"" else "\\" + following))
                continue
            out.append(char)
        raise ELError(f"RecordPath {self.text!r}: a quoted text is not closed")

    def bracket(self) -> Tuple[str, Any]:
        self.take("[")
        if self.take("*"):
            step: Tuple[str, Any] = ("elements", None)
        elif self.peek("'") or self.peek('"'):
            self.space()
            keys = [self.quoted()]
            while self.take(","):
                self.space()
                keys.append(self.quoted())
            step = ("keys", keys)
        elif self.peek("-") or self.text[self.at : self.at + 1].isdigit():
            ranges = []
            while True:
                low = self.number()
                ranges.append((low, self.number() if self.take("..") else low))
                if not self.take(","):
                    break
            step = ("indexes", ranges)
        else:
            left = self.path_or_function()
            for operator in _COMPARE:
                if self.take(operator):
                    step = ("filter", ("compare", operator, left, self.path_or_function()))
                    break
            else:
                step = ("filter", left)
        if not self.take("]"):
            raise self.fail()
        return step


# ---- evaluation --------------------------------------------------------------------------------------------


def _selector(tree: Tuple) -> Selector:
    kind = tree[0]
    if kind in ("text", "number"):
        return lambda root, here: [Place(tree[1])]
    if kind == "compare":
        return lambda root, here: [Place(_compare(tree, root, here))]
    if kind == "call":
        from . import record_path_functions as functions

        return functions.build(tree[1], [_selector(a) for a in tree[2]])
    first = None if isinstance(tree[1], str) else _selector(tree[1])
    steps = [_step(*step) for step in tree[2]]

    def select(root: Place, here: Place) -> List[Place]:
        places = first(root, here) if first else [root if tree[1] == "/" else here]
        for step in steps:
            places = [found for place in places for found in step(root, place)]
        return places

    return select


def _step(kind: str, value: Any) -> Selector:
    if kind == "self":
        return lambda root, here: [here]
    if kind == "parent":
        return lambda root, here: [here.parent] if here.parent is not None else []
    if kind == "field":
        return lambda root, here: _field(here, value)
    if kind == "deep":
        return lambda root, here: [p for p in _below(here) if isinstance(p.key, str) and value in ("*", p.key)]
    if kind == "all fields":
        return lambda root, here: _children(here) if isinstance(here.value, dict) else []
    if kind == "elements":
        return lambda root, here: _children(here)
    if kind == "keys":
        return lambda root, here: [p for key in value for p in _field(here, key)]
    if kind == "indexes":
        return lambda root, here: _indexed(here, value)
    test = _selector(value)
    return lambda root, here: [here] if any(p.value is True for p in test(root, here)) else []


def _field(here: Place, name: str) -> List[Place]:
    """A field that is missing has the value null, so that it can be written."""
    if isinstance(here.value, dict):
        return [Place(here.value.get(name), name, here.value, here)]
    above = here.parent
    while above is not None and not isinstance(above.value, dict):
        above = above.parent
    # NiFi writes the field of something that is no record into the record above it.
    return [Place(None, name, above.value if above is not None else None, here)]


def _children(here: Place) -> List[Place]:
    value = here.value
    if isinstance(value, dict):
        return [Place(v, k, value, here) for k, v in value.items()]
    if isinstance(value, list):
        return [Place(v, i, value, here) for i, v in enumerate(value)]
    return []


def _below(here: Place) -> Iterator[Place]:
    stack = list(reversed(_children(here)))
    while stack:
        place = stack.pop()
        yield place
        stack.extend(reversed(_children(place)))


def _indexed(here: Place, ranges: List[Tuple[int, int]]) -> List[Place]:
    if not isinstance(here.value, list):
        return []
    size, found = len(here.value), []
    for low, high in ranges:
        low, high = (low if low >= 0 else size + low), (high if high >= 0 else size + high)
        found.extend(Place(here.value[i], i, here.value, here) for i in range(max(low, 0), min(high, size - 1) + 1))
    return found


def _compare(tree: Tuple, root: Place, here: Place) -> bool:
    operator = tree[1]
    right = [p.value for p in _selector(tree[3])(root, here)]
    for place in _selector(tree[2])(root, here):
        for other in right:
            if _test(operator, place.value, other):
                return True
    return False


def _test(operator: str, left: Any, right: Any) -> bool:
    if left is None or right is None:
        return operator == "!=" and (left is not None or right is not None) or (operator == "=" and left is right)
    if operator in ("=", "!="):
        same = left == right or (isinstance(left, str) != isinstance(right, str) and _number(left) == _number(right) is not None)
        return same == (operator == "=")
    a, b = _number(left), _number(right)
    if a is None or b is None:
        return False
    return {">": a > b, "<": a < b, ">=": a >= b, "<=": a <= b}[operator]


def _number(value: Any) -> Optional[float]:
    if isinstance(value, bool):
        return None
    try:
        return float(value)
    except (TypeError, ValueError):
        return None
