"""Seeded mutations of every format: a flow or one ReadError, nothing else, and quickly."""

from __future__ import annotations

import copy
import gzip
import json
import random
import time
import xml.etree.ElementTree as ElementTree
from encodings.aliases import aliases

from conftest import ROOT

from nifi_converter.errors import ReadError
from nifi_converter.read import ends_missing, read_flow_bytes
from nifi_converter.resolve import resolve

FLOWS = ROOT / "test" / "fixtures" / "flows-read"
MUTATIONS = 6000
SLOWEST_SECONDS = 5.0  # a runaway takes minutes; the usual is a few milliseconds
_TOKENS = [
    b"<", b">", b"</", b"/>", b"&", b"&#0;", b"&#x41;", b"]]>", b"<![CDATA[", b"<!--", b"<!DOCTYPE a>", b"<?x?>", b'"', b"\\",
    b"\\u0000", b"\\ud83d", b"{", b"}", b"[", b"]", b":", b",", b"null", b"true", b"-1", b"1e400", b"NaN", b"0" * 50, b"\0",
    b"\xff\xfe", b"\xef\xbb\xbf", b"\xc3", b"\xf0\x9f\x98\x80", b"#{", b"${", b"'", b"enc{", b"id", b"identifier", b"p1", b"~1",
]


def _mutated(data: bytes, chance: random.Random) -> bytes:
    data = bytearray(data)
    for _ in range(chance.choice((1, 1, 1, 2, 4, 12))):
        kind = chance.randrange(8)
        at = chance.randrange(len(data) + 1)
        end = min(len(data), at + chance.choice((1, 2, 8, 64, 600)))
        if kind == 0:
            data[at:end] = b""
        elif kind == 1:
            data[at:at] = chance.choice(_TOKENS)
        elif kind == 2:
            data[at:end] = chance.choice(_TOKENS)
        elif kind == 3 and at < len(data):
            data[at] ^= 1 << chance.randrange(8)
        elif kind == 4:
            data[at:at] = data[at:end] * chance.choice((1, 2, 20))
        elif kind == 5:
            del data[at:]
        elif kind == 6:
            other = chance.randrange(len(data) + 1)
            data[at:at] = data[other : other + 200]
        else:
            data[at:at] = bytes(chance.randrange(256) for _ in range(4))
        if not data:
            break
    return bytes(data)


_CODECS = sorted(set(aliases.values()))


def _transcoded(data: bytes, chance: random.Random) -> bytes:
    """Now and then in another encoding, or with a declaration of any encoding that Python knows."""
    kind = chance.randrange(10)
    if kind == 0:
        return data.decode("utf-8").encode(chance.choice(("utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig")))
    if kind == 1 and data[:1] == b"<":
        body = data.partition(b"?>")[2] if data[:2] == b"<?" else data
        return f'<?xml version="1.0" encoding="{chance.choice(_CODECS)}"?>'.encode() + body
    return data


_VALUES = [None, True, 0, -1, 1.5, "", "x", "p1", "#{who}", "${a", [], {}, [1], [None], {"a": 1}, [{}], "9" * 30]


def _restructured(data: bytes, chance: random.Random) -> bytes:
    """A change that leaves the document well-formed: values of other types, parts left out, doubled or moved."""
    if data[:1] == b"{":
        document = json.loads(data)
        for _ in range(chance.choice((1, 1, 2, 5))):
            holders = [document]
            for holder in holders:
                inner = holder.values() if isinstance(holder, dict) else holder
                holders.extend(v for v in inner if isinstance(v, (dict, list)))
            holder = chance.choice([h for h in holders if h] or [{"": 0}])
            key = chance.choice(list(holder)) if isinstance(holder, dict) else chance.randrange(len(holder))
            if chance.random() < 0.3:
                del holder[key]
            elif chance.random() < 0.4:
                holder[key] = copy.deepcopy(chance.choice(holders))
            else:
                holder[key] = chance.choice(_VALUES)
        return json.dumps(document).encode("utf-8")
    root = ElementTree.fromstring(data)
    for _ in range(chance.choice((1, 1, 2, 5))):
        parent = chance.choice([e for e in root.iter() if len(e)] or [root])
        if not len(parent):
            break
        child = chance.choice(list(parent))
        kind = chance.randrange(4)
        if kind == 0:
            parent.remove(child)
        elif kind == 1:
            chance.choice(list(root.iter())).append(copy.deepcopy(child))
        elif kind == 2:
            child.text = str(chance.choice(_VALUES))
        else:
            child.tag = chance.choice(list(root.iter())).tag
    return ElementTree.tostring(root)


def test_mutations_end_in_a_flow_or_one_error():
    chance = random.Random(20240307)
    seeds = [path.read_bytes() for path in sorted(FLOWS.iterdir())]
    assert len(seeds) >= 4
    outcomes = {"flow": 0}
    slowest = 0.0
    for number in range(MUTATIONS):
        data = chance.choice(seeds)
        data = _restructured(data, chance) if number % 2 else _mutated(_transcoded(data, chance), chance)
        if number % 10 == 0:
            data = gzip.compress(data, 1)
            if number % 20 == 0:
                data = _mutated(data, chance)
        start = time.perf_counter()
        try:
            flow = read_flow_bytes(data, "fuzz", chance.choice(("",) * 9 + ("g1", "a")))
        except ReadError as error:
            outcomes[error.reason] = outcomes.get(error.reason, 0) + 1
            assert error.message and error.place.file == "fuzz"
        else:
            # What was read holds together: unique keys, every end found or counted, all of it resolvable.
            outcomes["flow"] += 1
            keys = [p.key for p in flow.processors()]
            assert len(keys) == len(set(keys))
            ends_missing(flow)
            for item in resolve(flow).processors():
                assert isinstance(item.faults, list)
        slowest = max(slowest, time.perf_counter() - start)
    print(f"\n{MUTATIONS} mutations: {dict(sorted(outcomes.items()))}, slowest {slowest * 1000:.0f} ms")
    assert outcomes["flow"] > MUTATIONS * 0.2 and sum(outcomes.values()) == MUTATIONS
    assert slowest < SLOWEST_SECONDS
