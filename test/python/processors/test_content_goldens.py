"""The cells of text, content and attribute processors on the driver against what NiFi's processors did."""

from __future__ import annotations

import os

import pytest

GOLDENS = os.path.join(os.path.dirname(os.path.abspath(__file__)), *[os.pardir] * 4, "shared", "goldens", "processors.jsonl")

# At least so many vectors of a type are equal. Named differences: docs of the handler.
FLOORS = {"ReplaceText": 225, "ExtractText": 73, "RouteText": 35, "RouteOnContent": 50, "SplitText": 36, "SplitContent": 16,
          "SegmentContent": 5, "ModifyBytes": 7, "CountText": 10, "ReplaceTextWithMapping": 2,
          "CompressContent": 21, "EncodeContent": 23, "Base64EncodeContent": 14, "CryptographicHashContent": 21, "HashContent": 12,
          "CryptographicHashAttribute": 5, "ConvertCharacterSet": 5, "UnpackContent": 11, "PackageFlowFile": 2, "IdentifyMimeType": 29,
          "MergeContent": 63, "AttributesToJSON": 15, "AttributesToCSV": 13, "FilterAttribute": 3, "ScanAttribute": 13, "ScanContent": 4,
          "ParseSyslog": 3, "ParseSyslog5424": 4, "LookupAttribute": 4, "EnforceOrder": 2, "ExtractGrok": 15, "DuplicateFlowFile": 9, "GenerateFlowFile": 23, "UpdateAttribute": 271}


@pytest.mark.skipif(not os.path.isfile(GOLDENS), reason="the golden vectors are not beside the repository")
def test_cells_on_the_driver(capsys):
    import golden_processors

    golden_processors.freeze_clock()
    vectors = [v for v in golden_processors.read_vectors(GOLDENS) if v["type"].rsplit(".", 1)[-1] in FLOORS]
    judged = golden_processors.judge(vectors)
    equal = {name: sum(1 for _, difference in results if difference is None) for name, results in judged.items()}
    with capsys.disabled():
        print("\n" + ", ".join(f"{name} {equal[name]} of {len(judged[name])}" for name in sorted(equal)))
    assert set(equal) == set(FLOORS)
    assert {name: count for name, count in equal.items() if count < FLOORS[name]} == {}


@pytest.mark.skipif(not os.path.isfile(GOLDENS), reason="the golden vectors are not beside the repository")
def test_a_sample_of_cells_on_spark(spark, capsys):
    """One vector of each type in one action, and those that are Spark expressions."""
    import golden_processors

    golden_processors.freeze_clock()
    by_type = {}
    for vector in golden_processors.read_vectors(GOLDENS):
        name = vector["type"].rsplit(".", 1)[-1]
        # What waits for the next run writes a table first: an action of its own.
        if name in FLOORS and name != "MergeContent" and "output" in vector:
            by_type.setdefault(name, []).append(vector)
    sample = [v for name in sorted(by_type) for v in by_type[name][: 12 if name == "ReplaceText" else 1]]
    results = golden_processors.run_on_spark(sample, spark, batch=len(sample))
    wrong = {v["id"]: results[v["id"]] for v in sample if results[v["id"]]}
    with capsys.disabled():
        print(f"\non Spark: {len(sample) - len(wrong)} of {len(sample)} equal")
    assert wrong == {}
