"""Column expressions that are longer or riskier than the plain Spark line. Spark is imported where it is used, so that
the converter can read this package on a machine without it."""

from __future__ import annotations


def attr(name):
    """${name} as a column. NULL where the flow file has no such attribute."""
    from pyspark.sql import functions as F

    if name == "fileSize":
        return F.octet_length("content").cast("string")  # Expression Language's own, whatever the attributes say
    return F.col("attributes")[name]


def text(charset="UTF-8"):
    """The content as text. Content in another character set must be decoded, content that is no text stays BINARY."""
    from pyspark.sql import functions as F

    return F.col("content").cast("string") if charset.upper() in ("UTF-8", "UTF8") else F.decode("content", charset)


def trim(column):
    """Java's trim: every character up to U+0020 at both ends. Spark's own trim takes away spaces only."""
    from pyspark.sql import functions as F

    return F.regexp_replace(column, r"\A[\x00-\x20]+|[\x00-\x20]+\z", "")


def in_replacement(column):
    """A value that Expression Language puts into a regular expression's replacement: a backslash eats itself."""
    from pyspark.sql import functions as F

    return F.regexp_replace(F.coalesce(column, F.lit("")), r"\\(.)", "$1")


def format_date(column, pattern, printed, zone=None):
    """A text date of one pattern in another one, in `zone` or that of the session. A text that is no such date stays as it
    is, 31/02 too."""
    from pyspark.sql import functions as F

    text = column.cast("string")
    at = F.try_to_timestamp(text, F.lit(pattern))
    if zone is not None:
        at = F.from_utc_timestamp(F.to_utc_timestamp(at, F.current_timezone()), zone)
    return F.coalesce(F.date_format(at, printed), text)
