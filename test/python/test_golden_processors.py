"""Emitted cells against what NiFi's processors did: all vectors on the driver, and on Spark every cell that is made of
Spark's own functions beside a few of each other type. The whole on Spark: `npm run goldens -- processors FILE`."""

from __future__ import annotations

import os

import golden_processors as goldens
import pytest
from cells import SHARED

VECTORS = os.path.join(SHARED, "goldens", "processors.jsonl")
FLOORS = {name: floor for name, floor in goldens.known().items() if "driver" in floor}  # the others: test_golden_databases.py


@pytest.fixture(scope="module")
def vectors():
    if not os.path.exists(VECTORS):
        pytest.skip("the golden vectors are not at ../shared/goldens")
    goldens.freeze_clock()
    return goldens.read_vectors(VECTORS)


@pytest.fixture(scope="module")
def on_the_driver(vectors):
    return goldens.judge(vectors)


@pytest.mark.parametrize("type_name", sorted(FLOORS))
def test_as_nifi_did(on_the_driver, type_name):
    results = on_the_driver[type_name]
    differ = {identity: difference for identity, difference in results.items() if difference}
    assert goldens.equal_of(results) >= FLOORS[type_name]["driver"], differ
    assert set(differ) <= set(FLOORS[type_name]["differences"]), "a difference that nothing explains"


def test_every_type_has_its_floor(on_the_driver):
    assert set(on_the_driver) == set(FLOORS)


def test_what_is_called_converted_is_equal(on_the_driver):
    """At least 95 of 100 vectors of every type whose cells run as they are, on both carriers."""
    from nifi_converter.processors import CONVERTED, handler_for

    low = {name: floor for name, floor in FLOORS.items() if handler_for(name).level == CONVERTED
           and min(floor["driver"], floor["spark"]) < 0.95 * floor["vectors"]}
    assert low == {}


def test_on_spark(spark, vectors, capsys):
    from spark_session import runtime_on_workers

    sample = goldens.spark_sample(vectors)
    with runtime_on_workers(spark):
        results = goldens.run_on_spark(sample, spark)
    known = {identity for floor in FLOORS.values() for identity in floor["differences"]}
    with capsys.disabled():
        print(f"\non Spark: {goldens.equal_of(results)} of {len(sample)} equal")
    assert {i: d for i, d in results.items() if d and i not in known} == {}
