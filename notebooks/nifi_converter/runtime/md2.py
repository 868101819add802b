"""The MD2 digest (RFC 1319), which Java offers and Python's hashlib does not."""

from __future__ import annotations

from typing import Iterator, List


def _pi_digits() -> Iterator[int]:
    """The decimal digits of pi, by a spigot of whole numbers."""
    q, r, t, k, n, m = 1, 0, 1, 1, 3, 3
    while True:
        if 4 * q + r - t < n * t:
            yield n
            q, r, n = 10 * q, 10 * (r - n * t), (10 * (3 * q + r)) // t - 10 * n
        else:
            q, r, t, k, n, m = q * k, (2 * q + r) * m, t * m, k + 1, (q * (7 * k + 2) + r * m) // (t * m), m + 2


def _table() -> List[int]:
    """The substitution of MD2: 0..255 shuffled by the digits of pi (the RFC's table is made that way)."""
    table = list(range(256))
    digits = _pi_digits()

    def draw(limit: int) -> int:
        # As many digits as the limit has; values that would favour small remainders are thrown away.
        while True:
            value, span = next(digits), 10
            if limit > 10:
                value, span = value * 10 + next(digits), 100
            if limit > 100:
                value, span = value * 10 + next(digits), 1000
            if value < limit * (span // limit):
                return value % limit

    for i in range(2, 257):
        j = draw(i)
        table[j], table[i - 1] = table[i - 1], table[j]
    return table


_S: List[int] = []


def md2(data: bytes) -> bytes:
    """The 16 bytes of the digest."""
    if not _S:
        _S.extend(_table())
    pad = 16 - len(data) % 16
    data += bytes([pad]) * pad
    checksum, last = [0] * 16, 0
    for start in range(0, len(data), 16):
        for i in range(16):
            checksum[i] ^= _S[data[start + i] ^ last]
            last = checksum[i]
    data += bytes(checksum)
    state = [0] * 48
    for start in range(0, len(data), 16):
        for i in range(16):
            state[16 + i] = data[start + i]
            state[32 + i] = state[16 + i] ^ state[i]
        t = 0
        for round_number in range(18):
            for i in range(48):
                state[i] ^= _S[t]
                t = state[i]
            t = (t + round_number) % 256
    return bytes(state[:16])
