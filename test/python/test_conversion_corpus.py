"""Every real flow converts: nothing crashes, everything is in the report once, every notebook compiles. Floors only go up."""

from __future__ import annotations

import collections
import hashlib
import json
import os
import re
import subprocess
import sys

import pytest
from nifi_converter.convert import convert_flow
from nifi_converter.read import read_flow
from nifi_converter.resolve import resolve

CORPUS = os.path.join(os.path.dirname(os.path.abspath(__file__)), *[os.pardir] * 3, "shared", "corpus")
FLOWS = 79  # files in the corpus, at least
PROCESSORS = 1674
FLOOR_DONE = 86.9  # % converted or not needed
CEILING_MANUAL = 0.5  # %
pytestmark = pytest.mark.skipif(not os.path.isdir(CORPUS), reason="the corpus of real flows is not beside the repository")


def corpus():
    return sorted(f for f in os.listdir(CORPUS) if not f.endswith(".tsv"))


def digest(conversion):
    return hashlib.sha256(json.dumps(conversion.files, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()


def secrets_of(flow):
    """What no output may hold: values of sensitive properties and parameters, and whatever NiFi has encrypted."""
    resolved = resolve(flow)
    for component in [*resolved.processors(), *resolved.services()]:
        for name, value in component.raw.items():
            if value and ("enc{" in value or component.is_sensitive(name) and not re.search(r"[#$]\{", value)):
                yield value.strip()
    for context in flow.parameter_contexts.values():
        yield from (p.value.strip() for p in context.parameters.values() if p.sensitive and p.value)


def test_corpus(capsys):
    levels, unknown, problems, faults, leaks, looked_for = collections.Counter(), collections.Counter(), [], [], [], 0
    files = corpus()
    for name in files:
        flow = read_flow(os.path.join(CORPUS, name))
        conversion = convert_flow(flow)
        own = "\n".join(text for path, text in conversion.files.items() if "nifi_runtime/" not in path)
        secrets = {value for value in secrets_of(flow) if len(value) >= 4}
        looked_for += len(secrets)
        leaks += [(name, value) for value in secrets if re.search(rf"(?<!\w){re.escape(value)}(?!\w)", own)]
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
    assert problems == [] and faults == [] and leaks == [] and looked_for > 0
    assert len(files) >= FLOWS and total >= PROCESSORS
    assert done >= FLOOR_DONE and manual <= CEILING_MANUAL


def test_the_same_flow_gives_the_same_bytes():
    """Also in a process that orders its sets otherwise."""
    names = corpus()[::6]
    program = ("import sys; sys.path[:0] = sys.argv[1:3]; from test_conversion_corpus import CORPUS, corpus, digest; from nifi_converter.convert import convert_flow; "
               "from nifi_converter.read import read_flow; import os; print('\\n'.join(digest(convert_flow(read_flow(os.path.join(CORPUS, n)))) for n in corpus()[::6]))")
    here = os.path.dirname(os.path.abspath(__file__))
    notebooks = os.path.join(here, os.pardir, os.pardir, "notebooks")
    other = subprocess.run([sys.executable, "-c", program, here, notebooks], capture_output=True, text=True, env={**os.environ, "PYTHONHASHSEED": "7"})
    assert other.returncode == 0, other.stderr
    assert other.stdout.split() == [digest(convert_flow(read_flow(os.path.join(CORPUS, name)))) for name in names]
