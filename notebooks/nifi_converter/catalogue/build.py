"""Makes `catalogue.json.gz` from the facts of NiFi's extension manifests.

    python -m nifi_converter.catalogue.build FOLDER

FOLDER holds processors-1.28.json.gz, services-1.28.json.gz, processors-2.x.json.gz and services-2.x.json.gz, each
`{nifi, processors | controller_services: [...]}` as gathered from `META-INF/docs/extension-manifest.xml` of the NARs.
Only what the converter asks for is kept. The output is the same bytes for the same input.
"""

from __future__ import annotations

import gzip
import json
import os
import sys
from typing import Any, Dict

LINES = ("1.28", "2.x")
KINDS = (("processors", "processor"), ("services", "service"))
_COMPONENT = (
    "properties dynamic_properties relationships dynamic_relationship input writes state_scopes deprecated "
    "default_schedule trigger_serially primary_node_only provides renames"
).split()
_PROPERTY = "name display default allowable required sensitive el service depends_on".split()


def build(folder: str) -> Dict[str, Any]:
    """The packaged form: `{nifi: {line: version}, types: {class name: {kind, line: facts}}}`."""
    result: Dict[str, Any] = {"nifi": {}, "types": {}}
    for line in LINES:
        for files, kind in KINDS:
            with gzip.open(os.path.join(folder, f"{files}-{line}.json.gz"), "rt", encoding="utf-8") as source:
                document = json.load(source)
            result["nifi"][line] = document["nifi"]
            for component in document.get("processors") or document.get("controller_services"):
                entry = result["types"].setdefault(component["type"], {"kind": kind})
                facts = {key: component[key] for key in _COMPONENT if component.get(key)}
                facts["artifact"] = component["bundle"]["artifact"]
                facts["properties"] = [_property(p) for p in component.get("properties", ())]
                entry[line] = facts
    return result


def _property(source: Dict[str, Any]) -> Dict[str, Any]:
    kept = {key: source[key] for key in _PROPERTY if source.get(key) not in (None, False, [])}
    if "allowable" in kept:
        kept["allowable"] = [a if isinstance(a, str) else [a["value"], a["display"]] for a in kept["allowable"]]
    return kept


def main(arguments: list) -> int:
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    text = json.dumps(build(arguments[0]), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    target = os.path.join(os.path.dirname(os.path.abspath(__file__)), "catalogue.json.gz")
    with open(target, "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(text.encode("utf-8"))
    print(f"{target}: {os.path.getsize(target)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
