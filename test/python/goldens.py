"""Compares the converter with what real NiFi computed: `goldens.py el FILE` or `goldens.py processors FILE`.

el          every vector by the rules of NiFi 1.28.1, 2.8.0 and 2.11.0, in the Python target and, where PySpark is
            installed, as Spark columns (--targets python,spark). Lists the differences by function.
processors  the emitted cells, by processor type, on the driver and on Spark: see golden_processors.py

Ends with `N of M equal`, once for each target; exit code 1 where something differs.
"""

from __future__ import annotations

import argparse
import collections
import json
import os
import re
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
for folder in (HERE, os.path.join(ROOT, "notebooks")):
    if folder not in sys.path:
        sys.path.insert(0, folder)

from nifi_converter.expression_language import ELError, ExpressionError, evaluate, parse_value, to_spark  # noqa: E402
from nifi_converter.expression_language.parser import substitute  # noqa: E402

NOW = 1_709_820_309_123  # the goldens' frozen clock
VERSIONS = ("1.28.1", "2.8.0", "2.11.0")
FAILED = object()  # NiFi throws
COLUMNS = 120  # expressions to one Spark action


def read_vectors(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def expected(vector, version):
    """(text, None, FAILED or a compiled shape) for one NiFi version."""
    other = vector.get("v2", {})
    found = vector if version.startswith("1.") else other.get(version, other.get("2.x", vector))
    if "error" in found:
        return FAILED
    if "result" in found:
        return found["result"]
    return re.compile(found.get("shape") or vector["shape"])


def agrees(want, got, spark=False):
    if spark and isinstance(want, str):
        want = want.encode("utf-8", "replace").decode("utf-8")  # Spark's texts are UTF-8: no lone surrogates
    if want is FAILED or got is FAILED:
        return want is got
    if isinstance(want, re.Pattern):
        return got is not None and want.fullmatch(got) is not None
    return want == got


def in_python(vector, version):
    try:
        value = parse_value(vector["expression"], nifi_version=version)
        return evaluate(value, vector["attributes"], parameters=vector.get("parameters"), state=vector.get("state"), now=NOW)
    except (ExpressionError, ELError):
        return FAILED


def python_results(vectors):
    """{(index, version): result}"""
    return {(i, version): in_python(v, version) for i, v in enumerate(vectors) for version in VERSIONS}


# ---- Spark -------------------------------------------------------------------------------------------------


def column_case(vector, version):
    """The source of the vector's column, or what is known without Spark: FAILED, None (a parameter does not exist)."""
    parameters = vector.get("parameters") or {}
    if substitute(vector["expression"], parameters) is None:
        return None, None
    try:
        value = parse_value(vector["expression"], nifi_version=version, parameters=parameters)
        return to_spark(value, errors="mark").source, None
    except ExpressionError:
        return None, FAILED


def spark_results(vectors, spark):
    """{(index, version): result}. Vectors of one column share it; some hundred columns make one action."""
    from cells import install_runtime
    from spark_session import runtime_on_workers

    rt = install_runtime()
    from nifi_runtime import el, elc
    from pyspark.sql import functions as F

    results, groups = {}, collections.OrderedDict()
    for i, vector in enumerate(vectors):
        for version in VERSIONS:
            source, known = column_case(vector, version)
            if source is None:
                results[(i, version)] = known
                continue
            key = (source, json.dumps([vector.get("parameters"), vector.get("state")], sort_keys=True))
            groups.setdefault(key, []).append((i, version))
    el.set_now(NOW)
    columns = list(groups.items())
    udfs = 0
    with runtime_on_workers(spark):
        for first in range(0, len(columns), COLUMNS):
            chunk = columns[first : first + COLUMNS]
            rows = sorted({i for _, members in chunk for i, _ in members})
            frame = spark.createDataFrame([(i, vectors[i]["attributes"] or {}) for i in rows], "row INT, attributes MAP<STRING,STRING>")
            made, wanted = [], collections.defaultdict(list)
            for number, ((source, _), members) in enumerate(chunk):
                vector = vectors[members[0][0]]
                udfs += "per_row" in source
                space = {"__name__": "__main__", "F": F, "rt": rt, "el": el, "elc": elc, "parameters": vector.get("parameters") or {}, "state": vector.get("state")}
                column = eval(source, space)
                for i, version in members:
                    wanted[i].append((number, version))
                # Only the rows of this expression: others would only cost.
                mine = F.col("row").isin([i for i, _ in members])
                made.append(F.when(mine, column.cast("string")).alias(f"c{number}"))
            for row in frame.select("row", *made).collect():
                for number, version in wanted[row["row"]]:
                    text = row[f"c{number}"]
                    results[(row["row"], version)] = FAILED if text is not None and text.startswith(elc.ERROR) else text
    el.set_now(None)
    print(f"{len(columns)} columns, {len(columns) - udfs} of them built-in functions only")
    return results


# ---- report ------------------------------------------------------------------------------------------------


def compare(vectors, results, spark=False):
    """(number of equal vectors, {function: [(index, version, expected, got)]})"""
    differences = collections.defaultdict(list)
    equal = 0
    for i, vector in enumerate(vectors):
        wrong = [(i, v, expected(vector, v), results[(i, v)]) for v in VERSIONS if not agrees(expected(vector, v), results[(i, v)], spark)]
        equal += not wrong
        if wrong:
            differences[vector.get("function", "corpus")].extend(wrong)
    return equal, differences


def shown(value):
    return "an error" if value is FAILED else repr(value.pattern if isinstance(value, re.Pattern) else value)[:160]


def report(name, vectors, results, show):
    equal, differences = compare(vectors, results, name == "spark")
    for function in sorted(differences):
        print(f"{name}: {function}: {len(differences[function])} differ")
        for i, version, want, got in differences[function][:show]:
            read = {k: v for k, v in (vectors[i]["attributes"] or {}).items() if k in vectors[i]["expression"]}
            print(f"  {version}  {vectors[i]['expression']!r}  {json.dumps(read, ensure_ascii=False)[:200]}")
            print(f"    NiFi {shown(want)}, here {shown(got)}")
    print(f"{name}: {equal} of {len(vectors)} equal")
    return equal


def has_spark():
    import importlib.util

    return importlib.util.find_spec("pyspark") is not None


def run_el(options):
    vectors = read_vectors(options.file)
    if options.function:
        vectors = [v for v in vectors if v.get("function", "corpus") == options.function]
    targets = options.targets.split(",") if options.targets else ["python", "spark"] if has_spark() else ["python"]
    worst = len(vectors)
    for target in targets:
        start = time.time()
        if target == "spark":
            from spark_session import make_spark

            spark = make_spark()
            results = spark_results(vectors, spark)
            spark.stop()
        else:
            results = python_results(vectors)
        worst = min(worst, report(target, vectors, results, options.show))
        print(f"{target}: {time.time() - start:.1f} s")
    print(f"{worst} of {len(vectors)} equal")
    return 0 if worst == len(vectors) else 1


def main(argv=None):
    argv = sys.argv[1:] if argv is None else argv
    if argv[:1] == ["processors"]:
        import golden_processors

        return golden_processors.main(argv[1:])
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=("el",))
    parser.add_argument("file")
    parser.add_argument("--targets", help="python, spark or python,spark")
    parser.add_argument("--function", help="only vectors of this function")
    parser.add_argument("--show", type=int, default=5, help="differences to show for each function")
    return run_el(parser.parse_args(argv))


if __name__ == "__main__":
    sys.exit(main())
