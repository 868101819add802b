"""Compares emitted cells with what real NiFi processors did: `python golden_processors.py FILE [--spark] [--type T] [--show N]`.

Each vector's configuration goes through the handler as in a conversion; the emitted cell runs over the vector's flow
files, on the driver (fast) or on Spark (many vectors to one action), and relationship, attributes and content are
compared as the goldens' README says.
"""

from __future__ import annotations

import argparse
import base64
import collections
import functools
import gzip
import io
import json
import os
import re
import sys
import tempfile
import zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from cells import SHARED, emit_cell, install_runtime, run_cell  # noqa: E402

from nifi_converter.errors import ConverterError  # noqa: E402
from nifi_converter.processors import DRIVER, FLOW_FILES, handler_for  # noqa: E402

NOW_MS = 1709820309123  # the goldens' frozen clock
NOT_SENT = ("rolled back", "waiting")  # stays queued in NiFi
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


def run_on_spark(vectors, spark, batch=40):
    """{id: difference or None}; a batch of vectors becomes one Spark action. A batch that Spark refuses is run one by one."""
    results = {}

    def run(some):
        frames = []
        for vector in some:
            try:
                # As pairs: a Python dictionary would reach Spark in a hash map's order.
                rows = [(list(a.items()), bytearray(c), i) for i, (a, c) in enumerate(inputs_of(vector))]
                frame = spark.createDataFrame(rows, "pairs ARRAY<STRUCT<k STRING, v STRING>>, content BINARY, _arrived BIGINT").selectExpr(
                    "map_from_entries(pairs) AS attributes", "content", "_arrived")
                step, cell = emit(vector, FLOW_FILES)
                out = run_cell(cell, frame, spark)
                if isinstance(out, list):
                    results[vector["id"]] = compare(vector, [(f.relationship, f.attributes, f.content, f.error) for f in out])
                    continue
                from pyspark.sql import functions as F
                frames.append(out.select(F.lit(vector["id"]).alias("id"), "relationship", F.col("error").cast("string").alias("error"), "attributes", "content"))
            except ConverterError as error:
                results[vector["id"]] = None if "invalid" in vector else f"refused: {error.message}"
            except Exception as error:  # a broken cell is a difference, not the end of the run
                results[vector["id"]] = f"{type(error).__name__}: {str(error)[:300]}"
        if not frames:
            return
        whole = frames[0]
        for frame in frames[1:]:
            whole = whole.unionByName(frame)
        try:
            rows = whole.coalesce(1).collect()
        except Exception as error:
            if len(frames) == 1:
                only = next(v for v in some if v["id"] not in results)
                threw = only.get("exception")
                results[only["id"]] = None if threw else f"{type(error).__name__}: {str(error)[:300]}"
                return
            rest = [v for v in some if v["id"] not in results]
            for half in (rest[:len(rest) // 2], rest[len(rest) // 2:]):
                run(half)
            return
        by_id = collections.defaultdict(list)
        for row in rows:
            by_id[row["id"]].append((row["relationship"], dict(row["attributes"] or {}), bytes(row["content"] or b""), row["error"]))
        for vector in some:
            if vector["id"] not in results:
                results[vector["id"]] = compare(vector, by_id.get(vector["id"], []))

    for start in range(0, len(vectors), batch):
        run(vectors[start:start + batch])
    return results


def run_on_database(vector, spark):
    """Difference or None of a vector that needs a database: the emitted cell over a real H2, as often as the vector says."""
    from h2_database import Databases

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
    """{type: [(vector, difference or None)]} for all types that have a handler. `invalid` ones must be refused. Vectors with
    a database run over `database_spark()`, a session that knows H2; without it they are left out."""
    from h2_database import needs_h2

    judged = collections.defaultdict(list)
    waiting = collections.defaultdict(list)
    for vector in vectors:
        type_name = vector["type"].rsplit(".", 1)[-1]
        if handler_for(type_name) is None:
            continue
        if "invalid" in vector:
            try:
                step, cell = emit(vector, DRIVER)
                judged[type_name].append((vector, "NiFi calls it invalid; a cell was emitted" if cell.level == "converted" else None))
            except ConverterError:
                judged[type_name].append((vector, None))
            continue
        if spark is not None and not needs_h2(vector):
            waiting[type_name].append(vector)
            continue
        if needs_h2(vector) and database_spark is None:
            continue
        try:
            judged[type_name].append((vector, run_on_database(vector, database_spark()) if needs_h2(vector) else run_on_driver(vector)))
        except ConverterError as error:
            judged[type_name].append((vector, f"refused: {error.message}"))
        except Exception as error:
            judged[type_name].append((vector, f"{type(error).__name__}: {str(error)[:300]}"))
    for type_name, some in waiting.items():
        results = run_on_spark(some, spark)
        judged[type_name] += [(v, results[v["id"]]) for v in some]
    return judged


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file")
    parser.add_argument("--spark", action="store_true", help="run the cells on Spark instead of on the driver")
    parser.add_argument("--type", action="append", default=[], help="only this short type")
    parser.add_argument("--show", type=int, default=3, help="differences to show per type")
    parser.add_argument("--id", default="")
    args = parser.parse_args(arguments)
    vectors = read_vectors(args.file)
    if args.type:
        vectors = [v for v in vectors if v["type"].rsplit(".", 1)[-1] in args.type]
    if args.id:
        vectors = [v for v in vectors if v["id"] == args.id]
    freeze_clock()
    from h2_database import jar
    from spark_session import make_spark

    session = functools.lru_cache(None)(make_spark)
    judged = judge(vectors, session() if args.spark else None, session if jar() else None)
    equal = total = 0
    for type_name in sorted(judged):
        results = judged[type_name]
        good = sum(1 for _, difference in results if difference is None)
        equal, total = equal + good, total + len(results)
        print(f"{type_name}: {good} of {len(results)} equal")
        for vector, difference in [r for r in results if r[1]][:args.show]:
            print(f"   {vector['id']} {json.dumps(vector['properties'], ensure_ascii=False)[:240]}\n      {difference[:700]}")
    without = collections.Counter(v["type"].rsplit(".", 1)[-1] for v in vectors if v["type"].rsplit(".", 1)[-1] not in judged)
    if without:
        print(f"without a handler: {sum(without.values())} vectors, " + ", ".join(f"{k} {n}" for k, n in without.most_common()))
    print(f"{equal} of {total} equal")
    return 0 if equal == total else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
