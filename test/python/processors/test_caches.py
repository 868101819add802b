"""Wait and Notify over runs: what waits is there in the next run, and expires by the time since it first waited."""

from __future__ import annotations

import pytest
from flows import flow
from nifi_converter.convert import convert_flow
from nifi_converter.runtime import caches, tables
from nifi_converter.runtime.flow_files import FlowFile


@pytest.fixture
def cache(monkeypatch):
    tables.memory.clear()
    monkeypatch.setattr(tables, "_format", "memory")
    return caches.MapCache(None, "cache")


def test_a_signal_releases_what_waits(cache):
    (first, waiting), = caches.wait(FlowFile({"a": "b"}, b"x"), cache, "order-1")
    assert first == "wait" and waiting.attributes["wait.start.timestamp"].isdigit()
    caches.notify(FlowFile({"paid": "yes"}, b""), cache, "order-1", attributes="pai.*")
    cache.commit()
    (then, released), = caches.wait(waiting, caches.MapCache(None, "cache"), "order-1")
    assert then == "success" and released.attributes == {"a": "b", "paid": "yes", "wait.counter.default": "1", "wait.counter.total": "1"}


def test_it_expires_by_the_time_since_it_first_waited(cache, monkeypatch):
    monkeypatch.setattr(caches.time, "time", lambda: 1000.0)
    (_, waiting), = caches.wait(FlowFile({}, b"x"), cache, "s", expires=60.0)
    for now, wanted in ((1059.0, "wait"), (1061.0, "expired")):
        monkeypatch.setattr(caches.time, "time", lambda: now)
        (name, still), = caches.wait(waiting, cache, "s", expires=60.0)
        assert name == wanted and still.attributes["wait.start.timestamp"] == "1000000"


def test_its_own_queue_is_a_table_and_no_loop():
    made = flow({"make": ("GenerateFlowFile", {"generate-ff-custom-text": "x"}), "hold": ("Wait", {"release-signal-id": "s"}), "go": ("PutFile", {"Directory": "/out"})},
                [("make", "success", "hold"), ("hold", "wait", "hold"), ("hold", "success", "go")])
    text = "".join(n.source() for n in convert_flow(made).notebooks)
    assert "for rounds in" not in text and 'rt.turn_over(spark, f"{tables}__hold_wait_again")' in text


def test_who_waits_runs_after_who_signals():
    cache = {"c": ("org.apache.nifi.distributed.cache.client.DistributedMapCacheClientService", {})}
    text = {"generate-ff-custom-text": "x"}
    made = flow({"a": ("GenerateFlowFile", text), "hold": ("Wait", {"release-signal-id": "s", "distributed-cache-service": "c"}),
                 "b": ("GenerateFlowFile", text), "tell": ("Notify", {"release-signal-id": "s", "distributed-cache-service": "c"})},
                [("a", "success", "hold"), ("b", "success", "tell")], cache)
    first, second = convert_flow(made).report["notebooks"]
    assert first["depends_on"] == [second["name"]] and second["depends_on"] == []
