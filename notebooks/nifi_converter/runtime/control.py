"""Flow control and made flow files: generate, retry counters, distribution."""

from __future__ import annotations

import random
import string
import uuid

from .flow_files import FlowFile


def generate(text=None, size=0, count=1, attributes=None, mime_type=None, charset="UTF-8", binary=False, unique=False):
    """GenerateFlowFile: `count` flow files with this text, or with `size` random bytes."""
    made, shared = [], None
    for _ in range(count):
        if text is not None:
            content = text.encode(charset)
        else:
            if shared is None or unique:
                letters = string.ascii_letters + string.digits + "!@#$%^&*()-_=+/?.,';:\"?<>\n\t "
                shared = bytes(random.getrandbits(8) for _ in range(size)) if binary else "".join(random.choice(letters) for _ in range(size)).encode("ascii")
            content = shared
        own = {"filename": str(uuid.uuid4()), "path": "target", "uuid": str(uuid.uuid4()), **(attributes or {})}
        if mime_type:
            own["mime.type"] = mime_type
        made.append(FlowFile({k: "" if v is None else str(v) for k, v in own.items()}, content))
    return made


def retry_flow_file(flow_file, attribute="flowfile.retries", maximum="3", fail_on_other=False, reuse="fail", processor="retry", exceeded=None):
    """RetryFlowFile: counts tries in an attribute; `retry` until the maximum, then `retries_exceeded`.

    The penalty of a retry is not waited for: the rounds of a loop come one after the other.
    """
    value = flow_file.attributes.get(attribute)
    try:
        tries = int(value) if value else 0
    except ValueError:
        if fail_on_other:
            return [("failure", flow_file.failed(f"{attribute} is no number: {value!r}"))]
        tries = 0
    owner = f"{attribute}.uuid"
    last = flow_file.attributes.get(owner)
    if last is not None and last != processor:
        if reuse == "fail":
            return [("failure", flow_file.failed(f"{attribute} belongs to another RetryFlowFile"))]
        if reuse == "reset":
            tries = 0
    if tries >= int(maximum):
        done = flow_file.without_attributes([attribute, owner])
        return [("retries_exceeded", done.with_attributes(exceeded or {}))]
    return [("retry", flow_file.with_attributes({attribute: str(tries + 1), owner: processor}))]


def distribute(flow_files, weights):
    """DistributeLoad: round robin over relationships, each as often as its weight. `weights`: {name: weight}."""
    turn = [name for name, weight in weights.items() for _ in range(weight)]
    return [(turn[i % len(turn)], f.with_attributes({"distribute.load.relationship": turn[i % len(turn)]})) for i, f in enumerate(flow_files)]


def duplicate(flow_file, copies):
    """DuplicateFlowFile: the copies are 1..n, the original is 0."""
    numbered = [*range(1, int(copies) + 1), 0]
    return [("success", flow_file.with_attributes({"copy.index": str(i)})) for i in numbered]
