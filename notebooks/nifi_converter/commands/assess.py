"""`assess FLOW… [--json] [--progress]`."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from typing import Any, Dict

from ..assess import Cancelled, assess
from ..assess.text import as_text
from . import CANCELLED, DONE, FAILED, NOTHING

HELP = "what an estate of flows holds and what it comes to"
EPILOG = """FLOW is a file, FILE#GROUP_ID, or a folder, which is searched for NiFi flows by content.
Exit codes: 0 all read; 1 at least one file could not be read (a row with its error; the others are assessed);
2 wrong usage; 3 no flow found; 130 cancelled by SIGTERM or SIGINT (what was read until then is printed)."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("flows", nargs="+", metavar="FLOW")
    parser.add_argument("--json", action="store_true", help="the whole result as one JSON document on stdout")
    parser.add_argument("--progress", action="store_true", help="JSON lines on stderr: start, file, end")


def run(arguments: argparse.Namespace) -> int:
    def cancel(*_: Any) -> None:
        raise Cancelled

    def tell(event: Dict[str, Any]) -> None:
        if arguments.progress:
            print(json.dumps(event, ensure_ascii=True), file=sys.stderr, flush=True)

    before = {number: signal.signal(number, cancel) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        result = assess(arguments.flows, tell)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    print(json.dumps(result, ensure_ascii=True) if arguments.json else as_text(result))
    if result["cancelled"]:
        return CANCELLED
    if result["total"]["errors"]:
        return FAILED
    return DONE if result["flows"] else NOTHING
