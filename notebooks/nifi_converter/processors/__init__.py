"""The registry of handlers: one function per processor type, registered by type name.

A new processor is one function and one test:

    @handles("SplitText", fan_out=True, deterministic=False)
    def split_text(step):
        return step.transform("text.split_text", line_split_count=step.number("Line Split Count"))

and in `runtime/text.py` the function it names, in plain Python, which the golden vectors test without Spark:

    def split_text(flow_file, line_split_count):
        return [("splits", part), ..., ("original", flow_file)]

Modules of handlers are found in this package by themselves; importing one registers its handlers.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from typing import Callable, Dict, Iterator, List, Optional, Tuple

from .step import (ASSISTED, CONVERTED, DRIVER, FLOW_FILES, LEVELS, MANUAL, NOT_NEEDED, RECORDS, Cell, Gap, Refused,
                   Step, Widget)

__all__ = ["ASSISTED", "CONVERTED", "DRIVER", "FLOW_FILES", "LEVELS", "MANUAL", "NOT_NEEDED", "RECORDS", "Cell", "Gap",
           "Handler", "Refused", "Step", "Widget", "all_handlers", "handler_for", "handles", "load"]


@dataclass(frozen=True)
class Handler:
    """A registered handler and what the planner must know about it.

    types          short type names ("UpdateAttribute"); the newest of NiFi's own packages and vendors' alike
    function       Step -> Cell
    carriers       carriers that its cell can take in
    deterministic  the same input gives the same output: may be computed twice (False: uuid(), now(), random, calls)
    side_effect    acts on the outside world: must run exactly once, and before state is committed
    state          keeps something from run to run; its Cell has a `commit`
    fan_out        makes many flow files out of one: ends a driver part
    source         takes flow files from the outside world or makes them
    stream         a source that never ends by itself: Auto Loader, Kafka, a listener
    content        reads or changes the content; False: only attributes count, so that frame files pass as well
    level          what it usually comes to; the Cell has the last word
    """

    types: Tuple[str, ...]
    function: Callable[[Step], Cell]
    carriers: Tuple[str, ...] = (FLOW_FILES, DRIVER)
    deterministic: bool = True
    side_effect: bool = False
    state: bool = False
    fan_out: bool = False
    source: bool = False
    stream: bool = False
    content: bool = True
    level: str = CONVERTED


_handlers: Dict[Tuple[str, bool], Handler] = {}
_loaded = False
duplicates: List[str] = []  # types that two handlers claim: a fault of this package that a test looks for; the first one counts


def handles(*types: str, **declared) -> Callable[[Callable[[Step], Cell]], Callable[[Step], Cell]]:
    """Registers a function for these types. With `carriers=(RECORDS,)` it is the record form of the type, beside the
    flow-file form. Two handlers for one form of one type are a programming error."""

    def register(function: Callable[[Step], Cell]) -> Callable[[Step], Cell]:
        handler = Handler(types=tuple(types), function=function, **declared)
        for type_name in types:
            key = (type_name, handler.carriers == (RECORDS,))
            known = _handlers.get(key)
            if known is not None and (known.function.__module__, known.function.__qualname__) != (function.__module__, function.__qualname__):
                duplicates.append(f"{type_name}: {known.function.__module__}, {function.__module__}")
                continue
            _handlers[key] = handler
        return function

    return register


def load() -> None:
    """Imports every module of this package once, in the order of their names."""
    global _loaded
    if not _loaded:
        for module in sorted(pkgutil.iter_modules(__path__), key=lambda m: m.name):
            importlib.import_module(f"{__name__}.{module.name}")
        _loaded = True


def handler_for(type_name: str, records: bool = False) -> Optional[Handler]:
    """The handler of a type, by full or short name; None where nobody knows it."""
    load()
    return _handlers.get((type_name.rsplit(".", 1)[-1], records))


def all_handlers() -> Iterator[Tuple[str, Handler]]:
    """(short type, flow-file form) of everything that is handled, sorted."""
    load()
    for (type_name, records), handler in sorted(_handlers.items(), key=lambda item: item[0]):
        if not records:
            yield type_name, handler
