"""Parameter references `#{name}` in property values, as NiFi reads them.

Outside of `${…}` a parameter's value is put in as text before anything else, so it may itself hold `${…}`. Inside of
`${…}` a reference is left to the expression language. `##{name}` is an escape for the text `#{name}`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Callable, Dict, Iterator, List, Optional, Tuple

from .model import Parameter, ParameterContext

# No alternatives and no second quantifier: a hostile value must not cost more than its length.
_REFERENCE = re.compile(r"(?<!#)(#+)\{([^{}]*)\}")
_NAME = re.compile(r"[A-Za-z0-9._ -]+\Z")


@dataclass(frozen=True)
class Reference:
    """`#{name}` at `start` to `end`; `inside` an expression; `escaped` where it is only text."""

    name: str
    start: int
    end: int
    inside: bool
    escaped: bool


def references(value: str) -> Iterator[Reference]:
    """All references of a value, in order."""
    if "#{" not in value:
        return
    inside = _expressions(value)
    current = 0
    for match in _REFERENCE.finditer(value):
        name = match.group(2).strip()
        if len(name) > 1 and name[0] in "'\"" and name[-1] == name[0]:
            name = name[1:-1].strip()
        if not _NAME.match(name):
            continue
        while current < len(inside) and inside[current][1] <= match.start():
            current += 1
        within = current < len(inside) and inside[current][0] <= match.start()
        # Pairs of # are escapes; the last one of an odd run starts the reference.
        yield Reference(name, match.end(1) - 1, match.end(), within, len(match.group(1)) % 2 == 0)


def _expressions(value: str) -> List[Tuple[int, int]]:
    """Start and end of each outer `${…}`; one that is not closed is text."""
    found = []
    position = value.find("${")
    while position >= 0:
        depth, index, quote = 0, position, ""
        end = -1
        while index < len(value):
            character = value[index]
            if quote:
                if character == "\\":
                    index += 1
                elif character == quote:
                    quote = ""
            elif character in "'\"" and depth:
                quote = character
            elif character in "$#" and value[index + 1 : index + 2] == "{":
                depth += 1
                index += 1
            elif character == "}":
                depth -= 1
                if depth == 0:
                    end = index + 1
                    break
            index += 1
        if end < 0:
            break
        found.append((position, end))
        position = value.find("${", end)
    return found


def substitute(value: str, lookup: Callable[[str], Optional[str]]) -> str:
    """`value` with the references outside of expressions replaced; one without a value stays as it is."""
    pieces = []
    last = 0
    for reference in references(value):
        if reference.inside:
            continue
        if reference.escaped:
            text: Optional[str] = value[reference.start : reference.end]
            start = reference.start - 1
        else:
            text = lookup(reference.name)
            start = reference.start
        if text is not None:
            pieces.append(value[last:start] + text)
            last = reference.end
    return "".join(pieces) + value[last:]


def effective_parameters(contexts: Dict[str, ParameterContext], name: str) -> Dict[str, Parameter]:
    """What a context gives: its own parameters first, then those it inherits, in order; cycles end."""
    found: Dict[str, Parameter] = {}
    seen = set()
    waiting = [name]
    while waiting:
        current = waiting.pop()
        context = contexts.get(current)
        if context is None or current in seen:
            continue
        seen.add(current)
        for key, parameter in context.parameters.items():
            found.setdefault(key, parameter)
        waiting.extend(reversed(context.inherits))
    return found
