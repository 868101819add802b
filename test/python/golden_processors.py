"""Compares emitted cells with what real NiFi processors did: `npm run goldens -- processors FILE`.

Each vector's configuration goes through the handler as in a conversion; the emitted cell runs over the vector's flow
files, on the driver and on Spark (many vectors to one action), and relationship, attributes and content are compared as
the goldens' README says. `golden_floors.json` has what was equal, which only goes up, and what differs by its vector and
why; docs/conversions.md shows it.
"""

from __future__ import annotations

import argparse
import base64
import collections
import gzip
import importlib.util
import io
import json
import os
import re
import sys
import tempfile
import time
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cells import emit_cell, install_runtime, run_cell  # noqa: E402
from h2_database import Databases, jar, needs_h2  # noqa: E402

from nifi_converter.errors import ConverterError  # noqa: E402
from nifi_converter.processors import CONVERTED, DRIVER, FLOW_FILES, all_handlers, handler_for  # noqa: E402

NOW_MS = 1709820309123  # the goldens' frozen clock
NOT_SENT = ("rolled back", "waiting")  # stays queued in NiFi
FLOORS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden_floors.json")
PLACEHOLDER = re.compile(r"<uuid\d+>|<varies>|<working directory>")


def read_vectors(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def content_of(flow_file):
    if "content_b64" in flow_file:
        return base64.b64decode(flow_file["content_b64"])
    return flow_file.get("text", "").encode("utf-8")


def inputs_of(vector):
    return [({"filename": f"input-{i}.txt", "path": "./", **f.get("attributes", {})}, content_of(f))
            for i, f in enumerate(vector["input"], start=0)]


def same_text(expected, got):
    """Equal, where a placeholder stands for anything."""
    if expected == got:
        return True
    if not PLACEHOLDER.search(expected):
        return False
    return re.fullmatch(".*?".join(re.escape(p) for p in PLACEHOLDER.split(expected)), got, re.S) is not None


# What a database's driver says of an error, which Spark wraps in words of its own: only that there is one.
ERRORS = ("executesql.error.message", "putdatabaserecord.error", "error.message")


def same_attributes(expected, got, without=()):
    # The mock framework's own folder for flow files that a processor makes.
    without = (*without, "path") if expected.get("path") == "target" else without
    e = {k: v for k, v in expected.items() if k != "uuid" and k not in without}
    g = {k: v for k, v in got.items() if k != "uuid" and k not in without}
    return e.keys() == g.keys() and all(k in ERRORS or same_text(e[k], g[k]) for k in e)


def same_content(expected, got):
    if expected.get("content_varies"):
        return True
    if "avro" in expected:
        from nifi_runtime import avro
        schema, records = avro.read_file(got)
        return json.loads(json.dumps(records, default=lambda b: b.decode("latin-1"))) == expected["avro"]["records"]
    if "gunzip_text" in expected:
        return gzip.decompress(got).decode("utf-8") == expected["gunzip_text"]
    if "zip_entries" in expected:
        entries = expected["zip_entries"]
        with zipfile.ZipFile(io.BytesIO(got)) as archive:
            read = {n: archive.read(n).decode("utf-8", "replace") for n in archive.namelist()}
        wanted = entries if isinstance(entries, dict) else {e["name"]: e.get("text", "") for e in entries}
        return read == wanted
    if "content_b64" in expected:
        return base64.b64decode(expected["content_b64"]) == got
    return same_text(expected.get("text", ""), got.decode("utf-8", "replace"))


def compare(vector, rows):
    """None, or the first difference in words. `rows`: [(relationship, attributes, content)]."""
    if vector.get("exception"):
        return None if any(r[0] in NOT_SENT for r in rows) else f"NiFi throws {vector['exception'].get('type')}; got {sorted({r[0] for r in rows})}"
    sent = [r for r in rows if r[0] not in NOT_SENT]
    expected = {r: list(files) for r, files in vector["output"].items()}
    counts = collections.Counter(r[0] for r in sent)
    wanted = {r: len(f) for r, f in expected.items()}
    if dict(counts) != wanted:
        errors = {r[3] for r in rows if len(r) > 3 and r[3]}
        return f"relationships {wanted}, got {dict(counts)} {sorted(errors)[:1] or ''}"
    # PartitionRecord sends in the order of a hash map, and numbers what it sends in that order.
    without = ("fragment.index",) if vector["type"].endswith(".PartitionRecord") else ()
    for name, files in expected.items():
        left = [r for r in sent if r[0] == name]
        for index, wanted_file in enumerate(files):
            # in order first; a hash order elsewhere
            hit = next((r for r in left if same_attributes(wanted_file["attributes"], r[1], without) and same_content(wanted_file, r[2])), None)
            if hit is None:
                near = left[0]
                if not same_attributes(wanted_file["attributes"], near[1]):
                    e, g = wanted_file["attributes"], near[1]
                    odd = {k: (e.get(k), g.get(k)) for k in sorted(set(e) | set(g)) if k != "uuid" and not (k in e and k in g and same_text(e[k], g[k]))}
                    if odd:
                        return f"{name}[{index}] attributes (expected, got) {odd}"
                return f"{name}[{index}] content {json.dumps(wanted_file, default=str)[:300]} got {near[2][:300]!r}"
            left.remove(hit)
    return None


def with_files(vector):
    """The vector's properties with `@file:NAME@` replaced by a path of a real file, below the test's Volume (the folder
    for temporary files, see run_cell) as a path of the NiFi host would be."""
    files = vector.get("files")
    if not files:
        return vector["properties"]
    folder = tempfile.mkdtemp(prefix="golden-")
    properties = {}
    for name, text in (files.items() if isinstance(files, dict) else ((f["name"], f["text"]) for f in files)):
        with open(os.path.join(folder, os.path.basename(name)), "w", encoding="utf-8", newline="") as file:
            file.write(text)
    for key, value in vector["properties"].items():
        properties[key] = re.sub(r"@file:([^@]+)@", lambda m: "/".join(["", os.path.basename(folder), os.path.basename(m[1])]), value) if value else value
    return properties


def emit(vector, carrier):
    return emit_cell(vector["type"], with_files(vector), carrier=carrier, services=vector.get("services"),
                     annotation_data=vector.get("annotationData", ""), nifi_version=vector.get("nifi", "1.28.1"))


def freeze_clock():
    """Sets the runtime's clock to the goldens' instant and keeps tables in memory."""
    rt = install_runtime()
    from nifi_runtime import el_environment

    el_environment.set_now(NOW_MS)
    rt.set_table_format("memory")


def run_on_driver(vector):
    """Difference or None, on the driver carrier."""
    rt = install_runtime()
    step, cell = emit(vector, DRIVER)
    frame = [rt.FlowFile(dict(a), c) for a, c in inputs_of(vector)]
    out = run_cell(cell, frame)
    return compare(vector, [(f.relationship, f.attributes, f.content, f.error) for f in out])


def on_spark(vector, spark):
    """The vector's cell over its input as one frame (id, relationship, error, attributes, content), or the rows of a cell
    that acts on the driver."""
    from pyspark.sql import functions as F

    # As pairs: a Python dictionary would reach Spark in a hash map's order.
    rows = [(list(a.items()), bytearray(c), i) for i, (a, c) in enumerate(inputs_of(vector))]
    frame = spark.createDataFrame(rows, INPUT).select(F.map_from_entries("pairs").alias("attributes"), "content", "_arrived")
    step, cell = emit(vector, FLOW_FILES)
    out = run_cell(cell, frame, spark)
    if isinstance(out, list):
        return None, [(f.relationship, f.attributes, f.content, f.error) for f in out]
    return out.select(F.lit(vector["id"]).alias("id"), "relationship", F.col("error").cast("string").alias("error"), "attributes", "content"), None


INPUT = "pairs ARRAY<STRUCT<k STRING, v STRING>>, content BINARY, _arrived BIGINT"


def run_on_spark(vectors, spark, batch=40):
    """{id: difference or None}; a batch of vectors becomes one Spark action. A batch that Spark refuses is halved."""
    results = {}
    for start in range(0, len(vectors), batch):
        frames = {}
        for vector in vectors[start:start + batch]:
            try:
                frame, rows = on_spark(vector, spark)
                if frame is None:
                    results[vector["id"]] = compare(vector, rows)
                else:
                    frames[vector["id"]] = (vector, frame)
            except ConverterError as error:
                results[vector["id"]] = f"refused: {error.message}"
            except Exception as error:  # a broken cell is a difference, not the end of the run
                results[vector["id"]] = told(error)
        _collect(list(frames.values()), results)
    return results


def _collect(some, results):
    from nifi_runtime.plans import united

    if not some:
        return
    try:
        rows = united(frame for _, frame in some).coalesce(1).collect()
    except Exception as error:
        if len(some) == 1:
            vector = some[0][0]
            results[vector["id"]] = None if vector.get("exception") else told(error)
            return
        _collect(some[:len(some) // 2], results)
        _collect(some[len(some) // 2:], results)
        return
    by_id = collections.defaultdict(list)
    for row in rows:
        by_id[row["id"]].append((row["relationship"], dict(row["attributes"] or {}), bytes(row["content"] or b""), row["error"]))
    for vector, _ in some:
        results[vector["id"]] = compare(vector, by_id[vector["id"]])


def told(error):
    return f"{type(error).__name__}: {str(error)[:300]}"


def short_type(vector):
    return vector["type"].rsplit(".", 1)[-1]


def run_on_database(vector, spark):
    """Difference or None of a vector that needs a database: the emitted cell over a real H2, as often as the vector says."""
    rt = install_runtime()
    from nifi_runtime import tables

    tables.memory.clear()
    step, cell = emit(vector, DRIVER)
    databases = Databases(spark, vector)
    frame = [rt.FlowFile({**a, "uuid": f"uuid-{i}"}, c) for i, (a, c) in enumerate(inputs_of(vector))]
    out = []
    for _ in range(vector.get("runs") or 1):
        out += run_cell(cell, frame, spark, databases.urls)
    rows = [(f.relationship, f.attributes, f.content, f.error) for f in out]
    difference = compare(vector, rows)
    for table, wanted in ({} if difference else vector.get("tables_after") or {}).items():
        got = databases.tables()[table]
        if sorted(got.split("\n")) != sorted(wanted.split("\n")):
            return f"table {table} {wanted!r} got {got!r}"
    return difference


def judge(vectors, spark=None, database_spark=None):
    """{type: {id: difference or None}} for all types that have a handler, on the driver or on Spark. What NiFi calls invalid
    must be refused. Vectors with a database run over `database_spark`, a session that knows H2; without it they are left
    out."""
    judged = collections.defaultdict(dict)
    waiting = []
    for vector in vectors:
        if handler_for(short_type(vector)) is None or needs_h2(vector) and database_spark is None:
            continue
        mine = judged[short_type(vector)]
        if "invalid" in vector:
            mine[vector["id"]] = refused(vector)
        elif spark is not None and not needs_h2(vector):
            waiting.append(vector)
        else:
            try:
                mine[vector["id"]] = run_on_database(vector, database_spark) if needs_h2(vector) else run_on_driver(vector)
            except ConverterError as error:
                mine[vector["id"]] = f"refused: {error.message}"
            except Exception as error:
                mine[vector["id"]] = told(error)
    results = run_on_spark(waiting, spark) if waiting else {}
    for vector in waiting:
        judged[short_type(vector)][vector["id"]] = results[vector["id"]]
    return dict(judged)


def judge_on_spark(vectors):
    from spark_session import make_spark, runtime_on_workers

    spark = make_spark()
    with runtime_on_workers(spark):
        return judge(vectors, spark, database_spark=spark if jar() else None)


def refused(vector):
    try:
        step, cell = emit(vector, DRIVER)
    except ConverterError:
        return None
    return "NiFi calls it invalid; a cell was emitted" if cell.level == CONVERTED else None


def equal_of(results):
    return sum(1 for difference in results.values() if difference is None)


def spark_sample(vectors, by_rule=3):
    """What the test tier runs on Spark: each cell that is made of Spark's own functions, over the vector with the most flow
    files, and a few of each type whose rule is one Python function on both carriers."""
    chosen, taken = {}, collections.Counter()
    for vector in sorted(vectors, key=lambda v: -len(v["input"])):
        if "invalid" in vector or needs_h2(vector) or handler_for(short_type(vector)) is None:
            continue
        try:
            code = emit(vector, FLOW_FILES)[1].code
        except ConverterError:
            continue
        if code in chosen:
            continue
        by_function = "rt.transform(" in code or "rt.transform_all(" in code or "rt.for_each(" in code
        taken[short_type(vector)] += by_function
        if not by_function or taken[short_type(vector)] <= by_rule:
            chosen[code] = vector
    return list(chosen.values())


def known():
    """{type: {vectors, driver, spark, differences: {id: why}}}"""
    with open(FLOORS, encoding="utf-8") as file:
        return json.load(file)


def without_vectors(vectors):
    """Types that are called converted and of which NiFi's behaviour was not recorded."""
    seen = {short_type(v) for v in vectors}
    return sorted(name for name, handler in all_handlers() if handler.level == CONVERTED and name not in seen)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("--targets", default=None, help="driver, spark or driver,spark")
    parser.add_argument("--type", action="append", default=[], help="only this short type")
    parser.add_argument("--show", type=int, default=3, help="differences to show per type")
    parser.add_argument("--id", default="")
    parser.add_argument("--write", action="store_true", help="raise golden_floors.json to what is equal now")
    args = parser.parse_args(arguments)
    every = read_vectors(args.file)
    vectors = [v for v in every if (not args.type or short_type(v) in args.type) and args.id in ("", v["id"])]
    targets = args.targets.split(",") if args.targets else ["driver", "spark"] if importlib.util.find_spec("pyspark") else ["driver"]
    freeze_clock()
    judged = {}
    for target in targets:
        started = time.time()
        judged[target] = judge_on_spark(vectors) if target == "spark" else judge(vectors)
        print(f"{target}: {sum(map(equal_of, judged[target].values()))} of {sum(map(len, judged[target].values()))} equal, {time.time() - started:.0f} s", flush=True)
    floors = known()
    properties = {v["id"]: v["properties"] for v in vectors}
    equal = total = 0
    for type_name in sorted({t for found in judged.values() for t in found}):
        by_target = {t: found[type_name] for t, found in judged.items() if type_name in found}
        good = {t: equal_of(r) for t, r in by_target.items()}
        count = max(map(len, by_target.values()))
        print(f"{type_name}: " + ", ".join(f"{good[t]} of {count} equal on {'Spark' if t == 'spark' else 'the driver'}" for t in by_target))
        differ = {i: (t, d) for t, results in by_target.items() for i, d in results.items() if d}
        equal, total = equal + count - len(differ), total + count
        floor = floors.setdefault(type_name, {"vectors": count, "differences": {}})
        for identity, (target, difference) in list(differ.items())[:args.show]:
            why = floor["differences"].get(identity)
            print(f"   {identity} {target} {json.dumps(properties[identity], ensure_ascii=False)[:240]}\n      {difference[:700]}" + (f"\n      known: {why}" if why else ""))
        if not args.id:
            floor.update({"vectors": count, **{t: max(good[t], floor.get(t, 0)) for t in good}})
    if args.write:
        with open(FLOORS, "w", encoding="utf-8", newline="\n") as file:
            file.write(json.dumps(floors, indent=2, sort_keys=True) + "\n")
    if not args.type and not args.id:
        unseen = without_vectors(every)
        print(f"converted types of which there is no vector: {len(unseen)}: " + ", ".join(unseen))
    print(f"{equal} of {total} equal")
    return 0 if equal == total else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
