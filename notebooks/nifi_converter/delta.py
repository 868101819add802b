"""What Delta says when two write at once."""

from __future__ import annotations

import re

# The condition's name, or the exception's in older runtimes; the local stand-in is SQLite.
_CONFLICT = re.compile(
    r"DELTA_(CONCURRENT|METADATA_CHANGED|PROTOCOL_CHANGED|MAX_COMMIT)|Concurrent\w*Exception|(Metadata|Protocol)ChangedException"
    r"|database is locked",
    re.I,
)


def is_conflict(error: BaseException) -> bool:
    """Whether somebody else's write came between, so that the same statement may work the next time."""
    return _CONFLICT.search(str(error)) is not None
