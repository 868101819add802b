"""The functions at the end of a JSON path, `$.a.sum()` or `$.sum($.a, 1)`, as Jayway's library (2.9) computes them."""

from __future__ import annotations

import math
from typing import Any, Callable, Dict, List, Optional, Sequence

from .el_errors import ELError
from .java_numbers import double_text

EMPTY = "Aggregation function attempted to calculate value using empty array"


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _flat(arguments: Sequence[Any]) -> List[Any]:
    return [item for a in arguments for item in (a if isinstance(a, list) else [a])]


def _aggregate(function: Callable[[List[float]], float]) -> Callable[[Any, Sequence[Any]], float]:
    """Over the numbers of an array and of the arguments; none is an error."""
    def over(value: Any, arguments: Sequence[Any]) -> float:
        numbers = [v for v in [*(value if isinstance(value, list) else []), *_flat(arguments)] if _number(v)]
        if not numbers:
            raise ELError(EMPTY)
        return function([float(n) for n in numbers])

    return over


def _stddev(numbers: List[float]) -> float:
    mean = sum(numbers) / len(numbers)
    return math.sqrt(sum(n * n for n in numbers) / len(numbers) - mean * mean)


def _length(value: Any, arguments: Sequence[Any]) -> Optional[int]:
    """Of an argument's children, where it has some; otherwise of what stands before."""
    if arguments and isinstance(arguments[0], list):
        return len(arguments[0])
    return len(value) if isinstance(value, (dict, list)) else None


def _concat(value: Any, arguments: Sequence[Any]) -> str:
    texts = [v for v in value if isinstance(v, str)] if isinstance(value, list) else []
    return "".join([*texts, *(_text(a) for a in _flat(arguments) if a is not None)])


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else double_text(value) if isinstance(value, float) else str(value)


def _at(place: Callable[[Sequence[Any]], int]) -> Callable[[Any, Sequence[Any]], Any]:
    """From the end where the index is negative, but never the first one: the library's own rule."""
    def found(value: Any, arguments: Sequence[Any]) -> Any:
        if not isinstance(value, list):
            raise ELError(EMPTY)
        index = place(arguments)
        real = index if index >= 0 else len(value) + index
        if real >= len(value) or (index < 0 and real <= 0):
            raise ELError(f"Target index:{index} larger than object count:{len(value)}")
        return value[real]

    return found


def _index(arguments: Sequence[Any]) -> int:
    numbers = [a for a in _flat(arguments) if _number(a)]
    if not numbers:
        raise ELError("index() needs a number")
    return int(numbers[0])


FUNCTIONS: Dict[str, Callable[[Any, Sequence[Any]], Any]] = {
    "length": _length,
    "size": _length,
    "min": _aggregate(min),
    "max": _aggregate(max),
    "sum": _aggregate(sum),
    "avg": _aggregate(lambda numbers: sum(numbers) / len(numbers)),
    "stddev": _aggregate(_stddev),
    "keys": lambda value, arguments: list(value) if isinstance(value, dict) else None,
    "concat": _concat,
    "append": lambda value, arguments: [*value, *arguments] if isinstance(value, list) else value,
    "first": _at(lambda arguments: 0),
    "last": _at(lambda arguments: -1),
    "index": _at(_index),
}
