"""Record, JSON, XML, Avro and CSV processors against what NiFi did, on the driver. The floors only go up."""

from __future__ import annotations

import os

import golden_processors as goldens
import pytest
from cells import SHARED

VECTORS = os.path.join(SHARED, "goldens", "processors.jsonl")

# Type -> vectors that must be equal. What is missing to all of them: UpdateRecord, a path with a function that NiFi does
# not know either (refused, in NiFi the flow file fails); ValidateXml with an XSD (refused).
FLOORS = {
    "ConvertRecord": 175, "UpdateRecord": 41, "QueryRecord": 31, "LookupRecord": 5, "PartitionRecord": 6, "ValidateRecord": 8,
    "SplitRecord": 2, "MergeRecord": 7, "ForkRecord": 4, "RemoveRecordField": 4, "DeduplicateRecord": 2, "SampleRecord": 1,
    "CalculateRecordStats": 3, "ExtractRecordSchema": 4, "JoinEnrichment": 2, "ForkEnrichment": 1, "EvaluateJsonPath": 159,
    "SplitJson": 53, "FlattenJson": 14, "JoltTransformJSON": 26, "JoltTransformRecord": 13, "ConvertAvroToJSON": 18, "SplitAvro": 17,
    "ExtractAvroMetadata": 8, "EvaluateXPath": 34, "EvaluateXQuery": 14, "SplitXml": 4, "ValidateXml": 6, "ValidateCsv": 21, "ValidateJson": 4,
}


@pytest.fixture(scope="module")
def judged():
    if not os.path.exists(VECTORS):
        pytest.skip("the golden vectors are not at ../shared/goldens")
    goldens.freeze_clock()
    vectors = [v for v in goldens.read_vectors(VECTORS) if v["type"].rsplit(".", 1)[-1] in FLOORS]
    return goldens.judge(vectors)


@pytest.mark.parametrize("type_name", sorted(FLOORS))
def test_as_nifi_did(judged, type_name):
    equal = sum(1 for _, difference in judged[type_name] if difference is None)
    assert equal >= FLOORS[type_name], [(v["id"], d) for v, d in judged[type_name] if d][:3]
