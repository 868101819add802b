"""How fast flows are converted: flows and processors a second over the corpus, and the largest flow's time and memory.

    .venv/bin/python test/python/bench_convert.py
"""

from __future__ import annotations

import os
import sys
import time
import tracemalloc

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CORPUS = os.path.join(os.path.dirname(ROOT), "shared", "corpus")
sys.path.insert(0, os.path.join(ROOT, "notebooks"))

from nifi_converter.convert import convert_flow  # noqa: E402
from nifi_converter.read import read_flow  # noqa: E402


def main():
    if not os.path.isdir(CORPUS):
        sys.exit("the corpus of real flows is not beside the repository")
    files = [os.path.join(CORPUS, f) for f in sorted(os.listdir(CORPUS)) if not f.endswith(".tsv")]
    flows = [read_flow(f) for f in files]
    convert_flow(flows[0])  # imports and tables are loaded once
    started, processor_time = time.perf_counter(), time.process_time()
    sizes = []
    for file, flow in zip(files, flows):
        conversion = convert_flow(flow)
        sizes.append((len(conversion.report["processors"]), file, flow))
    took, busy = time.perf_counter() - started, time.process_time() - processor_time
    number = sum(s[0] for s in sizes)
    print(f"{len(files)} flows, {number} processors: {len(files) / took:.1f} flows/s, {number / took:.0f} processors/s ({took:.2f} s, {busy:.2f} s of processor time)")
    count, file, flow = max(sizes, key=lambda s: s[0])
    started = time.perf_counter()
    convert_flow(flow)
    took = time.perf_counter() - started
    tracemalloc.start()
    convert_flow(read_flow(file))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(f"largest: {count} processors in {took:.2f} s, {peak / 2 ** 20:.1f} MiB at its peak (read and converted)")


if __name__ == "__main__":
    main()
