"""How fast flows are read and assessed: `python test/python/bench_read.py [FOLDER] [--json]`.

Without a folder it takes the corpus of real flows beside the repository. Also measured: a made instance file of many
groups, its time and the peak of memory in a process of its own. Figures only; nothing here passes or fails.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "notebooks"))

GROUPS, PROCESSORS = 200, 50  # of the made instance file

_ONE = """
import json, resource, sys, time
sys.path.insert(0, sys.argv[1])

def peak_kib():
    try:  # Linux: ru_maxrss also counts the parent that this process was forked from
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

from nifi_converter.assess import assess_source
from nifi_converter.assess.sources import Source
from nifi_converter.read import read_flow
before = peak_kib()
start = time.perf_counter(); flow = read_flow(sys.argv[2]); read = time.perf_counter() - start
count = sum(1 for _ in flow.processors()); del flow
start = time.perf_counter(); rows = list(assess_source(Source(sys.argv[2]))); whole = time.perf_counter() - start
peak = peak_kib()
print(json.dumps({"processors": count, "flows": len(rows), "read_s": read, "read_and_assess_s": whole,
                  "memory_mib": (peak - before) / 1024}))
"""


def corpus(folder: str) -> dict:
    """Flows and processors a second over a folder, once read only, once assessed."""
    from nifi_converter.assess import assess, expand
    from nifi_converter.read import read_flow

    paths = [source.path for source in expand([folder])]
    read_flow(paths[0])
    start = time.perf_counter()
    processors = sum(1 for path in paths for _ in read_flow(path).processors())
    read = time.perf_counter() - start
    start = time.perf_counter()
    total = assess([folder])["total"]
    assessed = time.perf_counter() - start
    size = sum(os.path.getsize(path) for path in paths)
    return {
        "files": len(paths),
        "flows": total["flows"],
        "processors": processors,
        "mib": size / 1024**2,
        "read_flows_per_s": len(paths) / read,
        "read_processors_per_s": processors / read,
        "assess_flows_per_s": total["flows"] / assessed,
        "assess_processors_per_s": total["processors"] / assessed,
        "largest": max(paths, key=os.path.getsize),
    }


def alone(path: str) -> dict:
    """One file in a process of its own: time, and memory above what Python and the converter need."""
    done = subprocess.run(
        [sys.executable, "-c", _ONE, str(ROOT / "notebooks"), path], capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def made_instance(path: str) -> None:
    """An instance file as NiFi writes it, with GROUPS × PROCESSORS processors in chains."""
    groups = []
    for g in range(GROUPS):
        processors = [
            {
                "identifier": f"{g}-{p}", "name": f"Step {p}", "type": "org.apache.nifi.processors.standard.ReplaceText",
                "bundle": {"group": "org.apache.nifi", "artifact": "nifi-standard-nar", "version": "1.26.0"},
                "properties": {"Regular Expression": "a+", "Replacement Value": "${filename:substringBefore('.')}" * 5},
                "propertyDescriptors": {}, "scheduledState": "RUNNING", "autoTerminatedRelationships": ["failure"],
            }
            for p in range(PROCESSORS)
        ]
        connections = [
            {
                "identifier": f"c{g}-{p}", "selectedRelationships": ["success"],
                "source": {"id": f"{g}-{p}", "type": "PROCESSOR", "groupId": f"g{g}"},
                "destination": {"id": f"{g}-{p + 1}", "type": "PROCESSOR", "groupId": f"g{g}"},
            }
            for p in range(PROCESSORS - 1)
        ]
        groups.append({"identifier": f"g{g}", "name": f"Group {g}", "processors": processors, "connections": connections})
    document = {"encodingVersion": {"majorVersion": 2}, "rootGroup": {"identifier": "r", "name": "NiFi", "processGroups": groups}}
    with open(path, "w", encoding="utf-8") as file:
        json.dump(document, file)


def main() -> int:
    arguments = [a for a in sys.argv[1:] if a != "--json"]
    folder = arguments[0] if arguments else str(ROOT.parent / "shared" / "corpus")
    figures = {}
    if os.path.isdir(folder):
        figures["corpus"] = corpus(folder)
        figures["largest"] = {"file": figures["corpus"].pop("largest")}
        figures["largest"].update(alone(figures["largest"]["file"]))
    else:
        print(f"no folder {folder}: give one to measure real flows", file=sys.stderr)
    with tempfile.TemporaryDirectory() as scratch:
        path = os.path.join(scratch, "flow.json")
        made_instance(path)
        figures["made_instance"] = {"mib": os.path.getsize(path) / 1024**2, **alone(path)}
    if "--json" in sys.argv[1:]:
        print(json.dumps(figures))
        return 0
    for title, values in figures.items():
        print(title)
        for name, value in values.items():
            print(f"  {name:<26} {value:,.2f}" if isinstance(value, float) else f"  {name:<26} {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
