"""`describe`: one document, as an editor needs it."""

from __future__ import annotations

import argparse
import json
import sys

from ..describe import describe
from . import DONE

HELP = "what an editor shows of a document on stdin"
EPILOG = """Reads one document from stdin and writes one JSON document. Exit codes: 0 described, also where the document cannot be
read (see its "error"); 2 wrong usage."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("--name", default="document", help="the document's name, for messages")


def run(arguments: argparse.Namespace) -> int:
    print(json.dumps(describe(sys.stdin.buffer.read(), arguments.name), ensure_ascii=True))
    return DONE
