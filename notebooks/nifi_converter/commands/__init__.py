"""The sub-commands of `python -m nifi_converter`.

A module of this package is a sub-command of its name. It has

    HELP = "one line"
    def configure(parser): ...          adds arguments to an argparse parser
    def run(arguments) -> int: ...      does the work, gives the exit code

Exit codes all commands keep to: 0 done, 1 done but something in it failed (named in the output), 2 wrong usage,
3 nothing to do (no flow found, type not known), 130 cancelled (SIGTERM or SIGINT).
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType
from typing import Dict

DONE, FAILED, USAGE, NOTHING, CANCELLED = 0, 1, 2, 3, 130


def commands() -> Dict[str, ModuleType]:
    """All sub-commands by name, sorted."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return {name: importlib.import_module(f"{__name__}.{name}") for name in names}
