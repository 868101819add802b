"""Sources that NiFi runs less often than their job runs."""

from __future__ import annotations

import time

from .tables import remember, remembered

_EARLY = 30.0  # a job's runs do not start to the second


class Due:
    """Whether a source's period has passed since the run that last took it, which a state table knows. A run that breaks
    off before its end has not taken it."""

    def __init__(self, spark, table, seconds):
        self.spark, self.table, self.seconds, self._at = spark, table, seconds, None

    def now(self):
        last, at = remembered(self.spark, self.table).get("last"), time.time()
        due = last is None or at - float(last) >= self.seconds - _EARLY
        self._at = at if due else None
        return due

    def commit(self):
        if self._at is not None:
            remember(self.spark, self.table, {"last": repr(self._at)})
