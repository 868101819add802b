"""The Expression Language against what NiFi's own code computed. The floors only go up."""

from __future__ import annotations

from pathlib import Path

import pytest

import goldens

FILE = Path(goldens.ROOT).parent / "shared" / "goldens" / "el.jsonl"
PYTHON_FLOOR = 5785
SPARK_FLOOR = 5785

needs_goldens = pytest.mark.skipif(not FILE.exists(), reason="../shared/goldens/el.jsonl is not here")


@needs_goldens
def test_python_target_equals_nifi(capsys):
    vectors = goldens.read_vectors(str(FILE))
    results = goldens.python_results(vectors)
    with capsys.disabled():
        print()
        equal = goldens.report("python", vectors, results, 3)
    assert equal >= PYTHON_FLOOR


@needs_goldens
def test_column_target_equals_nifi(spark, capsys):
    vectors = goldens.read_vectors(str(FILE))
    with capsys.disabled():
        print()
        results = goldens.spark_results(vectors, spark)
        equal = goldens.report("spark", vectors, results, 3)
    assert equal >= SPARK_FLOOR

