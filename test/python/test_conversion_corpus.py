"""Every real flow converts: nothing crashes, everything is in the report once, every notebook compiles. Floors only go up."""

from __future__ import annotations

import collections
import os

import pytest
from nifi_converter.convert import convert_flow
from nifi_converter.read import read_flow

CORPUS = os.path.join(os.path.dirname(os.path.abspath(__file__)), *[os.pardir] * 3, "shared", "corpus")
FLOWS = 79  # files in the corpus, at least
PROCESSORS = 1674
FLOOR_DONE = 85.0  # % converted or not needed
CEILING_MANUAL = 1.5  # %


@pytest.mark.skipif(not os.path.isdir(CORPUS), reason="the corpus of real flows is not beside the repository")
def test_corpus(capsys):
    levels, unknown, problems, faults = collections.Counter(), collections.Counter(), [], []
    files = sorted(f for f in os.listdir(CORPUS) if not f.endswith(".tsv"))
    for name in files:
        conversion = convert_flow(read_flow(os.path.join(CORPUS, name)))
        problems += [(name, p) for p in conversion.problems]
        for entry in conversion.report["processors"]:
            levels[entry["level"]] += 1
            if "converter_fault" in entry:
                faults.append((name, entry["name"], entry["converter_fault"]))
            if entry["level"] == "manual":
                unknown[entry["type"].rsplit(".", 1)[-1]] += 1
    total = sum(levels.values())
    done = 100 * (levels["converted"] + levels["not_needed"]) / total
    manual = 100 * levels["manual"] / total
    with capsys.disabled():
        print(f"\n{len(files)} flows, {total} processors: {dict(levels)}; converted or not needed {done:.1f} %, manual {manual:.1f} %")
        print("manual: " + ", ".join(f"{k} {n}" for k, n in unknown.most_common(12)))
    assert problems == [] and faults == []
    assert len(files) >= FLOWS and total >= PROCESSORS
    assert done >= FLOOR_DONE and manual <= CEILING_MANUAL
