"""Expression Language on Spark: column forms of functions that are longer than a plain Spark line, and the bridge to
the Python ones. Spark Connect API only, Spark 3.5 and 4.x, ANSI on or off.
"""

from __future__ import annotations

from typing import Any, Callable, Mapping

from . import el_environment, shipping
from .el_errors import ELError

ERROR = "\x00expression error: "


def per_row(function: Callable[[Mapping[str, str]], str], attributes: Any = None, *, deterministic: bool = True, errors: str = "raise"):
    """A text column: `function(attributes)` for each row. `attributes`: the map column, `attributes` if left out.

    The clock stands still at the time of this call, so that all rows of a query see one `now()`. With
    `errors="mark"` a row that NiFi could not evaluate holds ERROR and the message instead of ending the query.
    """
    return _udf(function, attributes, "string", deterministic, errors)


def test_row(function: Callable[[Mapping[str, str]], bool], attributes: Any = None, *, deterministic: bool = True):
    """As `per_row`, for a test: a boolean column, never null."""
    return _udf(function, attributes, "boolean", deterministic, "raise")


def _udf(function: Callable[[Mapping[str, str]], Any], attributes: Any, result: str, deterministic: bool, errors: str):
    from pyspark.sql import functions as F

    settings = el_environment.settings()
    settings["now"] = el_environment.now().milliseconds
    restore, failure, mark = el_environment.restore, ELError, ERROR if errors == "mark" else None

    def call(values):
        restore(settings)
        try:
            value = function(values or {})
            # Spark's texts are UTF-8: half of a surrogate pair becomes "?", as where NiFi writes it out.
            return value if not isinstance(value, str) or value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
        except failure as error:
            if mark is None:
                raise
            return mark + str(error)

    udf = shipping.udf(call, result)
    if not deterministic:
        udf = udf.asNondeterministic()
    return udf(F.col("attributes") if attributes is None else attributes)


def substring_after(column, text: str):
    """substringAfter: behind the first occurrence, all of it where there is none."""
    from pyspark.sql import functions as F

    at = F.instr(column, text)
    return F.when(at > 0, column.substr(at + F.lit(len(text)), F.length(column))).otherwise(column)


def substring_before_last(column, text: str):
    """substringBeforeLast: in front of the last occurrence, all of it where there is none."""
    from pyspark.sql import functions as F

    behind = F.length(F.substring_index(column, text, -1))
    kept = F.length(column) - behind - F.lit(len(text))
    return F.when(F.instr(column, text) > 0, column.substr(F.lit(1), kept)).otherwise(column)


def equals_ignore_case(column, text: str):
    """equalsIgnoreCase with an ASCII text. Java compares letter by letter, so a few letters of other scripts are equal
    to an ASCII one: dotted and dotless i, long s, the Kelvin sign."""
    from pyspark.sql import functions as F

    folded = F.lower(F.translate(column, "\u0130\u0131\u017f\u212a", "iisk"))
    return F.coalesce(folded == text.lower(), F.lit(False))


def is_empty(column):
    """isEmpty: missing, empty or only characters up to U+0020."""
    from pyspark.sql import functions as F

    return F.coalesce(~F.rlike(column, F.lit(r"[^\x00-\x20]")), F.lit(True))


def full_match(column, pattern: str):
    """matches: the whole text matches Java's regular expression, which is Spark's."""
    from pyspark.sql import functions as F

    return F.coalesce(F.rlike(column, F.lit(rf"\A(?:{pattern})\z")), F.lit(False))
