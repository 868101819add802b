"""`convert FLOW --output DIR`."""

from __future__ import annotations

import argparse
import json
import os
import sys

from ..convert import convert_flow, write_files
from ..emit.context import Settings
from ..errors import ConverterError
from . import DONE, FAILED, NOTHING

HELP = "convert one flow to notebooks, a bundle and a report"
EPILOG = """FLOW is a file or FILE#GROUP_ID. Exit codes: 0 converted, whatever the levels (see the report); 1 converted, but a
static check failed (named on stderr), or the flow could not be read; 2 wrong usage; 3 the flow holds no processor.
A gaps.py that is in DIR already keeps every function that it has. --json writes the summary to stdout as one document."""


def configure(parser: argparse.ArgumentParser) -> None:
    parser.epilog = EPILOG
    parser.add_argument("flow", metavar="FLOW")
    parser.add_argument("--output", required=True, metavar="DIR", help="folder of the conversion; made if missing")
    parser.add_argument("--catalog", default="main", help="default of the widget catalog")
    parser.add_argument("--schema", default="", help="default of the widget schema; from the flow's name if left out")
    parser.add_argument("--volume", default="", help="default of the widget volume: stands for the NiFi host's folders")
    parser.add_argument("--on-manual", choices=("fail", "keep"), default="fail", help="whether a run with open manual steps ends red")
    parser.add_argument("--run", action="store_true", help="also run the notebooks over sample data (needs PySpark and Java)")
    parser.add_argument("--json", action="store_true", help="the summary as one JSON document")


def run(arguments: argparse.Namespace) -> int:
    from ..read import read_flow

    try:
        flow = read_flow(arguments.flow)
    except ConverterError as error:
        print(f"error: {error.reason}: {error}", file=sys.stderr)
        return FAILED
    if not any(True for _ in flow.processors()):
        print("the flow holds no processor", file=sys.stderr)
        return NOTHING
    settings = Settings(arguments.catalog, arguments.schema, arguments.volume, arguments.on_manual)
    conversion = convert_flow(flow, settings, _existing(os.path.join(arguments.output, "notebooks", "gaps.py")), validate=_validation(arguments.run))
    write_files(conversion.files, arguments.output)
    for problem in conversion.problems:
        print(f"problem: {problem}", file=sys.stderr)
    if arguments.json:
        print(json.dumps({"output": os.path.abspath(arguments.output), "notebooks": [n.name for n in conversion.notebooks],
                          "levels": conversion.report["levels"], "validation": conversion.report["validation"],
                          "problems": conversion.problems, "summary": conversion.report["summary"]}, ensure_ascii=False))
    else:
        print(f"{conversion.report['flow']}: {conversion.report['summary']} {conversion.report['validation']['summary']}")
    return FAILED if conversion.problems else DONE


def _validation(wanted: bool):
    if not wanted:
        return None
    from ..rehearse import rehearse, local_session

    return lambda conversion: rehearse(conversion, local_session())


def _existing(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""
