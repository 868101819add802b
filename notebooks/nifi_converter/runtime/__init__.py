"""What converted notebooks share: flow files, relationships, failures, tables, the world outside.

Shipped beside the notebooks as `nifi_runtime` (`import nifi_runtime as rt`). It needs nothing but Python and Spark; on
Spark only what Spark Connect has (serverless and shared clusters), 3.5 and 4.x. Importing it needs no Spark at all.

Flow files are a DataFrame of `attributes MAP<STRING,STRING>, content BINARY`, or on the driver a list of `FlowFile`.
Functions here take either and give the same kind back; a processor's result has `relationship` and `error` as well.
"""

from .columns import attr, format_date, in_replacement, text, trim  # noqa: F401
from .flow_files import (  # noqa: F401
    FLOW_FILES, ROLLED_BACK, FlowFile, Late, apply_function, distinct_count, for_each, fresh, is_empty, relationship,
     route_on_attribute, send, set_attributes,
    to_frame, to_list, transform, transform_all, union, union_records)
from .report import Report  # noqa: F401
from .schedules import Due  # noqa: F401
from .tables import append, arrivals, clear, inbox, keep_waiting, materialise, pause, retried, set_table_format, table_format, taken, turn_over, with_retries  # noqa: F401
