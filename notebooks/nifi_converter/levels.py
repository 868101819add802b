"""What becomes of a processor type: the one table `processor_types.json`, which the editor reads as well.

A row: `{type, short, family, level, planned, target}`. `level` is what the type comes to, `planned` is true until the
converter really converts it (a handler is registered in `processors`), `target` says in words what it becomes.

    python -m nifi_converter.levels            says where the table and the registered handlers differ (exit code 1)
    python -m nifi_converter.levels --write    brings `planned`, and the level of handled types, in line
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Dict, List, Union

CONVERTED, ASSISTED, MANUAL, NOT_NEEDED = "converted", "assisted", "manual", "not_needed"
LEVELS = (CONVERTED, ASSISTED, MANUAL, NOT_NEEDED)
TABLE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "processor_types.json")


@dataclass(frozen=True)
class Level:
    """The expected outcome for a type. The report of a conversion has the last word on a single processor."""

    type: str
    level: str
    planned: bool  # the converter does not convert this type yet
    target: str
    family: str = ""
    known: bool = True  # False: neither NiFi nor a vendor that the table knows has this type

    @property
    def text(self) -> str:
        """The level in words for people: what is only planned is called so."""
        return f"planned: {self.level}" if self.planned else self.level


def level_of(processor: Union[str, Any]) -> Level:
    """The level of a type (full or short name) or of anything with a `type`, such as `model.Processor`."""
    name = processor if isinstance(processor, str) else processor.type
    table = _table()
    row = table.get(name) or table.get(name.rsplit(".", 1)[-1])
    if row is None:
        target = "Not a processor of NiFi: its code has to be read, and becomes a function of your own"
        return Level(name, MANUAL, False, target, known=False)
    return Level(row["type"], row["level"], row["planned"], row["target"], row["family"])


def rows() -> List[Dict[str, Any]]:
    """The table's rows, as in the file."""
    with open(TABLE, encoding="utf-8") as source:
        return json.load(source)["types"]


@lru_cache(maxsize=1)
def _table() -> Dict[str, Dict[str, Any]]:
    found: Dict[str, Dict[str, Any]] = {}
    for row in rows():
        found.setdefault(row["short"], row)
        found[row["type"]] = row
    return found


def differences() -> List[str]:
    """Where the table does not say what the registered handlers do; empty when they agree."""
    from .processors import all_handlers

    handled = {name: handler.level for name, handler in all_handlers()}
    found = []
    for row in rows():
        short = row["short"]
        if row["planned"] == (short in handled):
            found.append(f"{row['type']}: planned is {row['planned']}, but it is {'' if short in handled else 'not '}handled")
        elif short in handled and row["level"] != handled[short]:
            found.append(f"{row['type']}: level is {row['level']}, its handler says {handled[short]}")
    return found


def unlisted_handlers() -> List[str]:
    """Short names that are handled but are in no row: a vendor's type that is missing here, or a slip of the pen."""
    from .processors import all_handlers

    known = {row["short"] for row in rows()}
    return [name for name, _ in all_handlers() if name not in known]


def write_table() -> None:
    """Brings `planned` and the handled levels in line; what no handler knows is left as it is."""
    from .processors import all_handlers

    handled = {name: handler.level for name, handler in all_handlers()}
    with open(TABLE, encoding="utf-8") as source:
        document = json.load(source)
    for row in document["types"]:
        row["planned"] = row["short"] not in handled
        row["level"] = handled.get(row["short"], row["level"])
    # One row a line, so that a change of one type is a change of one line.
    lines = ",\n".join("    " + json.dumps(row, ensure_ascii=False) for row in document["types"])
    head = json.dumps(document["levels"], ensure_ascii=False)
    with open(TABLE, "w", encoding="utf-8") as target:
        target.write(f'{{\n  "version": {document["version"]},\n  "levels": {head},\n  "types": [\n{lines}\n  ]\n}}\n')
    _table.cache_clear()


if __name__ == "__main__":
    if "--write" in sys.argv[1:]:
        write_table()
    problems = differences()
    print("\n".join(problems) or "the table and the handlers agree")
    for unlisted in unlisted_handlers():
        print(f"note: {unlisted} is handled, but no NiFi type of that name is in the table")
    sys.exit(1 if problems else 0)
