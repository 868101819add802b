"""Small languages inside a flow's properties, each translated where the target says the same, else reported.

    cron, periods            schedules to Databricks' Quartz cron
    java_regex               Java's regular expressions to Python's (Spark's are Java's)
    java_dates               SimpleDateFormat and DateTimeFormatter patterns to Spark's
    decimal_format           DecimalFormat patterns: formatting, and Spark's format_number
    record_path              RecordPath: parsing, evaluation (runtime/record_path.py), Spark columns

Every translation gives a `Translation`; one whose `equal` is false says in `reason` what differs.
"""

from .translation import PatternError, Translation  # noqa: F401
