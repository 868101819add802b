"""Distributed map caches and wait signals, as Delta tables. What a run puts is seen by the run itself at once and stored
by `commit`, its last act: a run that breaks off leaves no mark, so the next one takes the same flow files again."""

from __future__ import annotations

import base64
import json
import time

from .flow_files import FlowFile
from .tables import remember, remembered


class MapCache:
    """A map cache: text keys, bytes as values."""

    def __init__(self, spark, table):
        self.spark, self.table = spark, table
        self._stored, self._new = None, {}

    def _all(self):
        if self._stored is None:
            self._stored = remembered(self.spark, self.table)
        return self._stored

    def get(self, key):
        text = self._new.get(key, self._all().get(key))
        return None if text is None else base64.b64decode(text)

    def put(self, key, value):
        self._new[key] = base64.b64encode(bytes(value)).decode("ascii")

    def commit(self):
        remember(self.spark, self.table, self._new)
        self._all().update(self._new)
        self._new = {}


def fetch(flow_file, cache, key, into_attribute=None, max_length=256, charset="UTF-8"):
    """FetchDistributedMapCache: `success` with the content or attribute, `not-found`, or `failure` without a key."""
    if not key:
        return [("failure", flow_file.failed("the cache key is empty"))]
    if into_attribute:
        names = [k for k in key.split(",")]
        found = {n: cache.get(n.strip()) for n in names}
        if all(v is None for v in found.values()):
            return [("not-found", flow_file)]
        if len(names) == 1:
            values = {into_attribute: found[names[0]].decode(charset, "replace")[:max_length]}
        else:
            values = {f"{into_attribute}.{n.strip()}": v.decode(charset, "replace")[:max_length] for n, v in found.items() if v is not None}
        return [("success", flow_file.with_attributes({**values, "cached": "true"}))]
    value = cache.get(key)
    return [("not-found", flow_file)] if value is None else [("success", flow_file.with_content(value))]


def put(flow_file, cache, key, strategy="replace", max_size=1024 * 1024):
    """PutDistributedMapCache. `keeporiginal` puts nothing where the key is there: failure."""
    if not key:
        return [("failure", flow_file.failed("the cache key is empty"))]
    if len(flow_file.content) > max_size:
        return [("failure", flow_file.failed(f"larger than {max_size} bytes"))]
    if strategy == "keeporiginal" and cache.get(key) is not None:
        return [("failure", flow_file.with_attributes(cached="false").failed("the key is there already"))]
    cache.put(key, flow_file.content)
    return [("success", flow_file.with_attributes(cached="true"))]


def detect_duplicate(flow_file, cache, key, description="", remember_key=True):
    """DetectDuplicate: `duplicate` where the key was seen before; a flow file without a key is a failure."""
    if not key:
        return [("failure", flow_file.failed("the identifier is empty"))]
    known = cache.get(key)
    if known is not None:
        return [("duplicate", flow_file.with_attributes({"original.flowfile.description": known.decode("utf-8", "replace")}))]
    if remember_key:
        cache.put(key, description.encode("utf-8"))
    return [("non-duplicate", flow_file)]


def notify(flow_file, cache, signal, counter="default", delta="1", attributes=None):
    """Notify: adds to a counter of a signal and keeps attributes for whoever waits for it."""
    import re

    if not signal:
        return [("failure", flow_file.failed("the signal's identifier is empty"))]
    try:
        step = int(delta)
    except ValueError:
        return [("failure", flow_file.failed(f"{delta!r} is no number"))]
    state = _signal(cache, signal)
    counts = state["counts"]
    counts[counter] = 0 if step == 0 else counts.get(counter, 0) + step
    if attributes:
        state["attributes"].update({k: v for k, v in flow_file.attributes.items() if re.fullmatch(attributes, k) and k != "uuid"})
    cache.put(f"signal:{signal}", json.dumps(state).encode("utf-8"))
    return [("success", flow_file.with_attributes(notified="true"))]


def wait(flow_file, cache, signal, target="1", counter=None, replace_attributes=False, releasable=1, expires=600.0):
    """Wait: `success` once the counter (or all together) reached the target; otherwise `wait`, and `expired` after so many
    seconds since it first waited."""
    if not signal:
        return [("failure", flow_file.failed("the signal's identifier is empty"))]
    try:
        wanted = int(target)
    except ValueError:
        return [("failure", flow_file.failed(f"{target!r} is no number"))]
    state = _signal(cache, signal)
    counts = state["counts"]
    reached = counts.get(counter, 0) if counter else sum(counts.values())
    noted = {f"wait.counter.{k}": str(v) for k, v in counts.items()}
    noted["wait.counter.total"] = str(sum(counts.values()))
    if reached < wanted or not counts:
        now = time.time() * 1000
        since = float(flow_file.attributes.get(_SINCE) or now)
        if now - since > expires * 1000:
            return [("expired", flow_file.with_attributes(noted).failed(f"no signal within {expires:.0f} s"))]
        return [("wait", flow_file.with_attributes({_SINCE: str(int(since))}))]
    taken = {k: v for k, v in state["attributes"].items() if replace_attributes or k not in flow_file.attributes}
    if releasable:
        if counter:
            counts[counter] = reached - wanted
        else:
            state["counts"] = {}
        cache.put(f"signal:{signal}", json.dumps(state).encode("utf-8"))
    released = FlowFile({k: v for k, v in flow_file.attributes.items() if k != _SINCE}, flow_file.content)
    return [("success", released.with_attributes({**taken, **noted}))]


_SINCE = "wait.start.timestamp"


def _signal(cache, signal):
    stored = cache.get(f"signal:{signal}")
    return json.loads(stored.decode("utf-8")) if stored else {"counts": {}, "attributes": {}}
