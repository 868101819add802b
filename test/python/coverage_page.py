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
     ("ListFile Any Split", "UpdateAttribute", "SplitRecord", "RouteOnAttribute", "UpdateRecord COVID Stats Record Paths", "PutDatabaseRecord")),
    ("hortonworks-gallery+nifi-templates__templates__Twitter_Dashboard.xml", ("Grab Garden Hose", "Pull Key Attributes", "Find only Tweets", "ReplaceText", "MergeContent", "PutHDFS")),
    ("tspannhw+ApacheConAtHome2020__flows__DailyMed__REST_Ingest_DailyMeds.xml", ("Drug Names Daily Meds", "Get Last Published Date", "Have More Data?", "Get Data Records", "Publish to Kafka topic: Meds")),
]


def settings(conversion, processor):
    """(name, value) of what the flow sets other than NiFi's defaults, as NiFi's user interface calls it. Nothing sensitive."""
    resolved = conversion.context.resolved(processor)
    known = resolved.definition.properties if resolved.definition is not None else {}
    for key, value in processor.properties.items():
        if not value or resolved.is_sensitive(key) or resolved.service(key) is not None:
            continue
        if key not in known or value != known[key].default:
            text = " ".join(value.split()).replace("|", "\\|").replace("`", "'")
            yield (known[key].display if key in known else key).replace("|", ""), text[:120]


def shown(conversion, names):
    """What a flow came to, and a few of its processors: their settings in NiFi above their cells."""
    report = conversion.report
    lines = [report["summary"], ""]
    lines += [f"- `{n['name']}.py`, {n['processors']} processors: {n['schedule']}" for n in report["notebooks"]]
    if report["look_at"]:
        lines += ["", "What the report says of the flow itself:", "", *[f"- {text}" for text in report["look_at"][:4]]]
        lines += [f"- … {len(report['look_at']) - 4} more"] if len(report["look_at"]) > 4 else []
    lines.append("")
    for name in names:
        node = next(o.node for o in conversion.context.outcomes.values() if o.node.name == name and o.notebook)
        outcome = conversion.context.outcomes[node.key]
        notebook = next(n for n in conversion.notebooks if n.name == outcome.notebook)
        cells = [c for c in notebook.cells if node.key in c.keys and c.kind == "code"]
        assert cells, name
        lines += [f"**{name}** (`{node.processor.short_type}`, {outcome.level.replace('_', ' ')})", ""]
        rows = list(settings(conversion, node.processor))
        if rows:
            lines += ["| In NiFi | |", "| --- | --- |", *[f"| {key} | `{value}` |" for key, value in rows], ""]
        code = cells[0].text.split("\n")
        lines += ["```python", *(line if len(line) < 160 else line[:157] + "..." for line in code[:40]), *(["# ..."] if len(code) > 40 else []), "```", ""]
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
    becomes = collections.defaultdict(collections.Counter)
    total = collections.Counter()
    flows, parts = 0, {}
    for file in sorted(f for f in os.listdir(CORPUS) if not f.endswith(".tsv")):
        conversion = convert_flow(read_flow(os.path.join(CORPUS, file)))
        flows += 1
        for entry in conversion.report["processors"]:
            kind = entry["type"].rsplit(".", 1)[-1]
            by_type[kind][entry["level"]] += 1
            becomes[kind][entry["reason"].split(";")[0]] += 1
            total[entry["level"]] += 1
        for name, processors in SHOWN:
            if name == file:
                parts[file] = [f"### {conversion.context.flow_name}", "", *shown(conversion, processors)]
    number = sum(total.values())
    lines = ["# What comes out", "", "Generated by `test/python/coverage_page.py`; do not edit.", "",
             f"{flows} real flows with {number} processors: " + ", ".join(f"{total[k]} {k.replace('_', ' ')} ({100 * total[k] / number:.1f} %)" for k in LEVELS) + ".", "",
             "*Converted* runs as it is, *not needed* disappears for a stated reason, *assisted* runs once a named gap is filled, *manual* has no counterpart: its input is kept.", "",
             "## Three flows beside their notebooks", "",
             "Of each processor: what its flow sets other than NiFi's defaults, and its cell. In the notebook the cell stands below a markdown cell that names "
             "the processor's type, id and schedule and says what was decided.", ""]
    for file, _ in SHOWN:
        lines += parts[file]
    lines += ["## By processor type", "", "What a type becomes is what most of its processors became; a report has the last word on a single one.", "",
              "| Type | Processors | Converted | Not needed | Assisted | Manual | Becomes |", "| --- | ---: | ---: | ---: | ---: | ---: | --- |"]
    for name, counts in sorted(by_type.items(), key=lambda item: (-sum(item[1].values()), item[0])):
        words = sorted(becomes[name].items(), key=lambda item: (-item[1], item[0]))[0][0].replace("|", "\\|")
        lines.append(f"| `{name}` | {sum(counts.values())} | " + " | ".join(str(counts[k] or "") for k in LEVELS) + f" | {words if len(words) < 110 else words[:107] + '…'} |")
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
