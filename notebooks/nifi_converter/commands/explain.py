"""`explain TYPE [--json]`."""

from __future__ import annotations

import argparse
import json
import sys

from .. import catalogue
from ..levels import level_of
from . import DONE, NOTHING

HELP = "what becomes of a processor type"
EPILOG = """TYPE is a class name, full or short. Exit codes: 0 known; 2 wrong usage; 3 a type that NiFi does not have."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("type", metavar="TYPE")
    parser.add_argument("--json", action="store_true", help="as one JSON document")


def run(arguments: argparse.Namespace) -> int:
    level = level_of(arguments.type)
    definition = catalogue.find(arguments.type)
    if definition is not None and definition.kind == "service":
        target = "taken into the cells of what uses it"
        if arguments.json:
            print(json.dumps({"type": definition.type, "kind": "service", "target": target}))
        else:
            print(f"{definition.type} is a controller service: it is {target}")
        return DONE
    if not level.known:
        print(f"{arguments.type}: not a processor type of NiFi or of a vendor that is known here", file=sys.stderr)
        return NOTHING
    if arguments.json:
        facts = {"type": level.type, "kind": "processor", "family": level.family, "level": level.level, "planned": level.planned}
        print(json.dumps({**facts, "target": level.target}))
        return DONE
    print(f"{level.type}\n  family  {level.family}\n  level   {level.text}\n  target  {level.target}")
    if definition is not None:
        print(f"  facts   NiFi {definition.nifi}, {len(definition.properties)} properties")
        print(f"  relationships  {', '.join(definition.relationships) or 'user-defined'}")
        if definition.deprecated:
            print(f"  deprecated     {definition.deprecated}")
    return DONE
