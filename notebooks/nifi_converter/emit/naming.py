"""Names of variables: the processor's name in snake case; the group's in front where two are alike, then the id's start."""

from __future__ import annotations

import builtins
import keyword
from typing import Dict, Iterable, Set

from ..planning.graph import Node
from ..processors.code import identifier
from .names import NOTEBOOK_GLOBALS, STANDARD_IMPORTS, runtime_modules

RESERVED = frozenset(set(keyword.kwlist) | set(dir(builtins)) | NOTEBOOK_GLOBALS | set(STANDARD_IMPORTS) | {
    "report", "lake_tables", "catalog", "schema", "volume", "tables", "secret_scope", "line", "rounds", "round", "timezone", "attributes", "match", "case", "type"})


def frame_names(nodes: Iterable[Node]) -> Dict[str, str]:
    """key -> variable, unique over the flow: gaps.py and the tables are shared by all its notebooks."""
    reserved = RESERVED | set(runtime_modules())
    ordered = sorted(nodes, key=lambda n: n.order)
    plain: Dict[str, list] = {}
    for node in ordered:
        plain.setdefault(identifier(node.name, "step"), []).append(node)
    names: Dict[str, str] = {}
    taken: Set[str] = set(reserved)
    for name, same in sorted(plain.items()):
        for node in same:
            choices = [name] if len(same) == 1 else []
            if node.path:
                choices.append(identifier(f"{node.path[-1]} {node.name}"))
            short = "".join(c for c in (node.processor.id if node.processor else node.key.rpartition("/")[2]) if c.isalnum() and c.isascii())[:4].lower()
            choices += [f"{name}_{short}"] if len(same) > 1 else [f"{name}_step"]
            unique_in_group = sum(1 for n in same if n.path[-1:] == node.path[-1:]) == 1
            if len(same) > 1 and not unique_in_group:
                choices = choices[-1:]
            pick = next((c for c in choices if c not in taken), None)
            number = 2
            while pick is None:
                candidate = f"{choices[-1]}_{number}"
                pick = candidate if candidate not in taken else None
                number += 1
            names[node.key] = pick
            taken.add(pick)
    return names
