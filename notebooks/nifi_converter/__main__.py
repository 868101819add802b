"""`python -m nifi_converter COMMAND …`; see `commands` for what there is and for the exit codes."""

from __future__ import annotations

import argparse
import os
import sys
from typing import List, Optional

from .commands import commands


def main(arguments: Optional[List[str]] = None) -> int:
    parser = argparse.ArgumentParser(prog="nifi_converter", description="Converts Apache NiFi flows to Databricks.")
    listed = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    found = commands()
    for name, module in found.items():
        module.configure(listed.add_parser(name, help=module.HELP))
    chosen = parser.parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        # Flows name things in any language; a console of a smaller alphabet must not end the command.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        code = found[chosen.command].run(chosen)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # The reader has gone (`| head`); nothing is left to say, and Python must not complain at exit either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())
