"""Writes docs/conversions.md: three real flows beside what came out of them, what became of every processor type of the
corpus, and how the types compare with NiFi. All figures come from converting the corpus and from golden_floors.json, which
`npm run goldens -- processors FILE --write` makes; nothing is typed by hand. `--check` only says whether the page is current.

    .venv/bin/python test/python/coverage_page.py [--check]
"""

from __future__ import annotations

import collections
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CORPUS = os.path.join(os.path.dirname(ROOT), "shared", "corpus")
PAGE = os.path.join(ROOT, "docs", "conversions.md")
VECTORS = os.path.join(os.path.dirname(ROOT), "shared", "goldens", "processors.jsonl")
sys.path.insert(0, os.path.join(ROOT, "notebooks"))

import golden_processors as goldens  # noqa: E402
from nifi_converter.convert import convert_flow  # noqa: E402
from nifi_converter.read import read_flow  # noqa: E402

LEVELS = ("converted", "not_needed", "assisted", "manual")
# (file, processors whose cells are shown)
SHOWN = [
    ("duanelupinski+nifi-crdb-installation__templates__CSV_Data_Loader_with_Sample_Transformation.xml",
     ("ListFile Any Split", "UpdateAttribute", "RouteOnAttribute", "UpdateRecord COVID Stats Record Paths")),
    ("hortonworks-gallery+nifi-templates__templates__Twitter_Dashboard.xml", ("Pull Key Attributes", "Find only Tweets", "MergeContent")),
    ("tspannhw+ApacheConAtHome2020__flows__DailyMed__REST_Ingest_DailyMeds.xml", ("Drug Names Daily Meds", "Get Last Published Date", "Get Data Records")),
]


def shown(conversion, names):
    """In NiFi and here, for a few processors of a flow."""
    lines = []
    for name in names:
        entry = next(e for e in conversion.report["processors"] if e["name"] == name and e.get("notebook"))
        notebook = next(n for n in conversion.notebooks if n.name == entry["notebook"])
        keys = {c.key for c in conversion.flow.processors() if c.id == entry["id"]}
        node = next(o.node for k, o in conversion.context.outcomes.items() if o.node.processor.id == entry["id"])
        cells = [c for c in notebook.cells if node.key in c.keys and c.kind == "code"]
        assert keys and cells, name
        lines += [f"**{name}** (`{entry['type'].rsplit('.', 1)[-1]}`, {entry['level'].replace('_', ' ')})", "", "| Property in NiFi | Value |", "| --- | --- |"]
        processor = node.processor
        resolved = conversion.context.resolved(processor)
        for key, value in processor.properties.items():
            if value and not resolved.is_sensitive(key) and resolved.service(key) is None:
                text = " ".join(value.split()).replace("|", "\\|").replace("`", "'")
                lines.append(f"| {key.replace('|', '')} | `{text[:100]}` |")
        code = cells[0].text.split("\n")
        lines += ["", "```python", *(line if len(line) < 160 else line[:157] + "..." for line in code[:30]), *(["# ..."] if len(code) > 30 else []), "```", ""]
    return lines


def compared():
    """What the recorded vectors of NiFi say, by type; what differs and why; what has no vector."""
    floors = goldens.known()
    total = {k: sum(f.get(k, 0) for f in floors.values()) for k in ("vectors", "driver", "spark")}
    lines = ["## Compared with NiFi", "",
             f"What NiFi 1.28.1 itself made of {total['vectors']} flow files and configurations, and how many of them the emitted cells make equal "
             f"(relationships, attributes, contents): {total['driver']} on the driver, {total['spark']} on Spark. Types that need a database have cells for the driver only, which reach it through Spark.", "",
             "| Type | Vectors | Equal on the driver | Equal on Spark |", "| --- | ---: | ---: | ---: |"]
    lines += [f"| `{name}` | {f['vectors']} | {f.get('driver', '')} | {f['spark']} |" for name, f in sorted(floors.items())]
    lines += ["", "What differs:", ""]
    for name, f in sorted(floors.items()):
        for why in sorted(set(f["differences"].values())):
            number = list(f["differences"].values()).count(why)
            lines.append(f"- `{name}`, {number} of {f['vectors']}: {why}")
    unseen = goldens.without_vectors(goldens.read_vectors(VECTORS))
    return [*lines, "", f"Called converted, without a vector of NiFi ({len(unseen)}): " + ", ".join(f"`{t}`" for t in unseen) + ".", ""]


def page():
    by_type = collections.defaultdict(collections.Counter)
    total = collections.Counter()
    flows, parts = 0, {}
    for file in sorted(f for f in os.listdir(CORPUS) if not f.endswith(".tsv")):
        conversion = convert_flow(read_flow(os.path.join(CORPUS, file)))
        flows += 1
        for entry in conversion.report["processors"]:
            by_type[entry["type"].rsplit(".", 1)[-1]][entry["level"]] += 1
            total[entry["level"]] += 1
        for name, processors in SHOWN:
            if name == file:
                parts[file] = shown(conversion, processors)
    number = sum(total.values())
    lines = ["# What comes out", "", "Generated by `test/python/coverage_page.py`; do not edit.", "",
             f"{flows} real flows with {number} processors: " + ", ".join(f"{total[k]} {k.replace('_', ' ')} ({100 * total[k] / number:.1f} %)" for k in LEVELS) + ".", "",
             "*Converted* runs as it is, *not needed* disappears for a stated reason, *assisted* runs once a named gap is filled, *manual* has no counterpart: its input is kept.", "",
             "## Three flows beside their notebooks", ""]
    for file, _ in SHOWN:
        lines += [f"### {file.rsplit('__', 1)[-1]}", "", *parts[file]]
    lines += ["## By processor type", "", "| Type | Processors | Converted | Not needed | Assisted | Manual |", "| --- | ---: | ---: | ---: | ---: | ---: |"]
    for name, counts in sorted(by_type.items(), key=lambda item: (-sum(item[1].values()), item[0])):
        lines.append(f"| `{name}` | {sum(counts.values())} | " + " | ".join(str(counts[k] or "") for k in LEVELS) + " |")
    return "\n".join([*lines, "", *compared()])


if __name__ == "__main__":
    if not os.path.isdir(CORPUS) or not os.path.isfile(VECTORS):
        sys.exit("the corpus of real flows and the golden vectors are not beside the repository")
    made = page()
    if "--check" in sys.argv[1:]:
        with open(PAGE, encoding="utf-8") as source:
            sys.exit(0 if source.read() == made else "docs/conversions.md is not current: run test/python/coverage_page.py")
    with open(PAGE, "w", encoding="utf-8", newline="\n") as target:
        target.write(made)
    print(f"wrote {os.path.relpath(PAGE, ROOT)}")
