"""Emitted cells on the driver against what NiFi's processors did. On Spark: `goldens.py processors FILE --spark`."""

from __future__ import annotations

import os

import pytest

GOLDENS = os.path.join(os.path.dirname(os.path.abspath(__file__)), *[os.pardir] * 3, "shared", "goldens", "processors.jsonl")

# At least so many vectors of a type are equal. Named differences: docs of the handler.
FLOORS = {"UpdateAttribute": 269, "RouteOnAttribute": 187, "RetryFlowFile": 28, "LogMessage": 24, "GenerateFlowFile": 22, "DuplicateFlowFile": 8,
          "DistributeLoad": 6, "DetectDuplicate": 1, "LogAttribute": 1, "UpdateCounter": 1}


@pytest.mark.skipif(not os.path.isfile(GOLDENS), reason="the golden vectors are not beside the repository")
def test_cells_on_the_driver(capsys):
    import golden_processors

    golden_processors.freeze_clock()
    vectors = [v for v in golden_processors.read_vectors(GOLDENS) if v["type"].rsplit(".", 1)[-1] in FLOORS]
    judged = golden_processors.judge(vectors)
    equal = {name: sum(1 for _, difference in results if difference is None) for name, results in judged.items()}
    with capsys.disabled():
        print("\n" + ", ".join(f"{name} {equal[name]} of {len(judged[name])}" for name in sorted(equal)))
    assert {name: count for name, count in equal.items() if count < FLOORS[name]} == {}


@pytest.mark.skipif(not os.path.isfile(GOLDENS), reason="the golden vectors are not beside the repository")
def test_a_sample_of_cells_on_spark(spark, capsys):
    import golden_processors

    golden_processors.freeze_clock()
    by_type = {}
    for vector in golden_processors.read_vectors(GOLDENS):
        name = vector["type"].rsplit(".", 1)[-1]
        if name in FLOORS and "output" in vector:
            by_type.setdefault(name, []).append(vector)
    sample = [v for name in sorted(by_type) for v in by_type[name][:: max(1, len(by_type[name]) // 6)][:6]]
    results = golden_processors.run_on_spark(sample, spark)
    wrong = {v["id"]: results[v["id"]] for v in sample if results[v["id"]]}
    with capsys.disabled():
        print(f"\non Spark: {len(sample) - len(wrong)} of {len(sample)} equal")
    assert wrong == {}
