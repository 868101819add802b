"""Flow files, on Spark and on the driver, and the one mechanism for what no Spark expression can state.

A processor's rule is a plain function `(FlowFile, **options) -> [(relationship, FlowFile), ...]`. `transform` applies it
to each flow file (in a UDF where they are a DataFrame), `transform_all` to groups of them, `for_each` on the driver,
exactly once each. So a rule is tested in plain Python and runs the same everywhere.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field, replace
from typing import Optional

from . import el_environment
from .plans import shortened, united
from .shipping import udf

FLOW_FILES = "attributes MAP<STRING,STRING>, content BINARY"
ROUTED = "array<struct<relationship:string,error:string,attributes:map<string,string>,content:binary>>"

# Where NiFi would throw: the session is rolled back and the flow file stays queued. Here the row goes to the failure table.
ROLLED_BACK = "rolled back"


@dataclass(frozen=True)
class FlowFile:
    """One flow file on the driver. `relationship` and `error` are set once a processor has dealt with it."""

    attributes: dict = field(default_factory=dict)
    content: bytes = b""
    relationship: Optional[str] = None
    error: Optional[str] = None

    def with_attributes(self, *given, **named) -> "FlowFile":
        """A copy with these attributes set. NiFi stores no nulls: None becomes ""."""
        values = {**(given[0] if given else {}), **named}
        return replace(self, attributes={**self.attributes, **{k: "" if v is None else str(v) for k, v in values.items()}})

    def without_attributes(self, names) -> "FlowFile":
        gone = set(names)
        return replace(self, attributes={k: v for k, v in self.attributes.items() if k not in gone})

    def with_content(self, content) -> "FlowFile":
        return replace(self, content=content.encode("utf-8") if isinstance(content, str) else bytes(content))

    def failed(self, error) -> "FlowFile":
        """A copy that carries the reason of a failure into the failure table."""
        return replace(self, error=str(error)[:2000])

    def text(self, charset="utf-8") -> str:
        return self.content.decode(charset)


def fresh():
    """A new flow file, as a processor without input makes one for each trigger."""
    name = str(uuid.uuid4())
    return FlowFile({"filename": name, "path": "./", "uuid": name})


class Late:
    """An option that the function itself evaluates, as `option(attributes)`, instead of getting the text."""

    def __init__(self, function):
        self.function = function

    def __call__(self, attributes):
        return self.function(attributes) if callable(self.function) else self.function


def resolved(option, attributes):
    """An option for one flow file: functions of the attributes become what they give, also within dicts and lists."""
    if isinstance(option, Late) or isinstance(option, type):
        return option
    if isinstance(option, dict):
        return {k: resolved(v, attributes) for k, v in option.items()}
    if isinstance(option, (list, tuple)):
        return [resolved(v, attributes) for v in option]
    return option(attributes) if callable(option) else option


def apply_function(function, flow_file, options):
    """All results of one flow file as FlowFiles with `relationship`; what the function raises becomes ROLLED_BACK."""
    try:
        seen = {**flow_file.attributes, "fileSize": str(len(flow_file.content))}  # as Expression Language sees it
        values = {k: resolved(v, seen) for k, v in options.items()}
        return [replace(out, relationship=name) for name, out in function(flow_file, **values)]
    except NotImplementedError:  # an open gap is no fault of a flow file: the run ends here and names it
        raise
    except Exception as error:
        return [replace(flow_file, relationship=ROLLED_BACK, error=f"{type(error).__name__}: {error}"[:2000])]


def apply_to_all(function, flow_files, options):
    try:
        return [replace(out, relationship=name) for name, out in function(list(flow_files), **options)]
    except NotImplementedError:
        raise
    except Exception as error:
        told = f"{type(error).__name__}: {error}"[:2000]
        return [replace(f, relationship=ROLLED_BACK, error=told) for f in flow_files]


def _clock():
    """The clock and host as the driver sees them now: one instant for all rows of a query, as one run has."""
    settings = el_environment.settings()
    settings["now"] = el_environment.now().milliseconds
    return settings


def _rows(results):
    return [(f.relationship, f.error, dict(f.attributes), bytearray(f.content)) for f in results]


def transform(flow_files, function, **options):
    """Applies a rule to each flow file. Options that are functions of the attributes are called first (see `resolved`)."""
    if isinstance(flow_files, list):
        return [out for f in flow_files for out in apply_function(function, f, options)]
    from pyspark.sql import functions as F

    settings = _clock()

    def per_row(attributes, content):
        el_environment.restore(settings)
        return _rows(apply_function(function, FlowFile(dict(attributes or {}), bytes(content or b"")), options))

    return flow_files.select(F.inline(udf(per_row, ROUTED)("attributes", "content")))


def transform_all(flow_files, function, key=None, **options):
    """Applies a rule to all flow files that are there in this run, or to each group of equal `key` (a column, or on the
    driver a function of the attributes). They come in the order of `_arrived` if the frame has it, otherwise of
    fragment.index and filename. A group must fit into one worker's memory, as in NiFi's bins."""
    if isinstance(flow_files, list):
        groups = {}
        for f in flow_files:
            groups.setdefault(resolved(key, f.attributes) if key is not None else None, []).append(f)
        return [out for group in groups.values() for out in apply_to_all(function, group, options)]
    from pyspark.sql import functions as F

    arrived = F.col("_arrived") if "_arrived" in flow_files.columns else F.lit(None).cast("bigint")

    settings = _clock()

    def per_group(members):
        if not members:
            return []
        el_environment.restore(settings)
        files = in_order([(m[0], FlowFile(dict(m[1] or {}), bytes(m[2] or b""))) for m in members])
        return _rows(apply_to_all(function, files, options))

    grouped = (flow_files.groupBy(F.coalesce(key, F.lit(""))) if key is not None else flow_files.groupBy()).agg(
        F.collect_list(F.struct(arrived.alias("at"), F.col("attributes").alias("attributes"), F.col("content").alias("content"))).alias("members"))
    return grouped.select(F.inline(udf(per_group, ROUTED)("members")))


def in_order(members):
    """[(arrived or None, FlowFile)] -> the flow files in a stable order."""
    def rank(member):
        at, flow_file = member
        index = flow_file.attributes.get("fragment.index", "")
        return (at if at is not None else -1, int(index) if index.isdigit() else -1, flow_file.attributes.get("filename", ""))
    return [flow_file for _, flow_file in sorted(members, key=rank)]


# What the check puts in place of the outside world: None, or a function (function, flow_file) -> results.
rehearsal = None


def rehearsing():
    """Whether this is a run over sample data, in which nothing of the world outside is there."""
    return rehearsal is not None


def for_each(flow_files, function, concurrency=1, **options):
    """Applies a rule that acts on the outside world, on the driver, once per flow file, in order. Gives a list.

    `concurrency` is NiFi's number of concurrent tasks: that many calls at a time.
    """
    def act(flow_file):
        if rehearsal is not None:
            return rehearsal(function, flow_file)
        return apply_function(function, flow_file, options)

    files = flow_files if isinstance(flow_files, list) else (_flow_file(row) for row in flow_files.toLocalIterator())
    if concurrency <= 1:
        return [out for f in files for out in act(f)]
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=min(concurrency, 32)) as pool:
        return [out for outs in pool.map(act, files) for out in outs]


def _flow_file(row):
    return FlowFile(dict(row["attributes"] or {}), bytes(row["content"] or b""))


def to_list(flow_files):
    """Flow files on the driver."""
    if isinstance(flow_files, list):
        return [replace(f, relationship=None, error=None) for f in flow_files]
    return [_flow_file(row) for row in flow_files.select("attributes", "content").toLocalIterator()]


def to_frame(spark, flow_files):
    """Flow files as a DataFrame."""
    if not isinstance(flow_files, list):
        return flow_files
    rows = [(dict(f.attributes), bytearray(f.content)) for f in flow_files]
    return spark.createDataFrame(rows, FLOW_FILES)


def union(*parts):
    """Several connections into one processor. Lists stay a list; a list beside a DataFrame becomes one."""
    parts = [p for p in parts if p is not None]
    frames = [p for p in parts if not isinstance(p, list)]
    if not frames:
        return [f for p in parts for f in p]
    spark = frames[0].sparkSession
    return united(to_frame(spark, p).select("attributes", "content") for p in parts if not isinstance(p, list) or p)


def union_records(*frames):
    """Several connections of records into one processor; a field that one of them lacks is null."""
    whole = frames[0]
    for frame in frames[1:]:
        whole = whole.unionByName(frame, allowMissingColumns=True)
    return whole


def is_empty(flow_files):
    return not flow_files if isinstance(flow_files, list) or flow_files is None else flow_files.isEmpty()


def distinct_count(flow_files):
    return len(flow_files) if isinstance(flow_files, list) else flow_files.count()


def relationship(flow_files, *names):
    """The flow files that a processor sent to a relationship (or to any of several, for one connection)."""
    if isinstance(flow_files, list):
        return [replace(f, relationship=None) for f in flow_files if f.relationship in names]  # the last error stays with it
    from pyspark.sql import functions as F

    return shortened(flow_files.where(F.col("relationship").isin(*names)).select("attributes", "content"))


def send(flow_files, name):
    """All flow files to one relationship."""
    if isinstance(flow_files, list):
        return [replace(f, relationship=name, error=None) for f in flow_files]
    from pyspark.sql import functions as F

    return flow_files.select(F.lit(name).alias("relationship"), F.lit(None).cast("string").alias("error"), "attributes", "content")


def set_attributes(flow_files, values):
    """UpdateAttribute's plain part: all values see the incoming attributes; null is stored as "".

    A function of its own because Spark's map_concat refuses double keys.
    """
    if not values:
        return flow_files
    if isinstance(flow_files, list):
        return [f.with_attributes({k: resolved(v, f.attributes) for k, v in values.items()}) for f in flow_files]
    from pyspark.sql import functions as F

    names = F.array(*[F.lit(n) for n in values])
    kept = F.map_filter("attributes", lambda k, v: ~F.array_contains(names, k))
    added = F.map_from_arrays(names, F.array(*[F.coalesce(c.cast("string"), F.lit("")) for c in values.values()]))
    return flow_files.withColumn("attributes", F.map_concat(kept, added))


def route_on_attribute(flow_files, conditions, matched=None):
    """RouteOnAttribute. `conditions`: name -> boolean column, or on the driver a function of the attributes.

    matched None: "Route to Property name", a flow file goes to every name that is true (clones), to `unmatched` if none
    is. "all"/"any": to `matched` where all/any are true. `RouteOnAttribute.Route` is set, also on `unmatched`.
    """
    if isinstance(flow_files, list):
        routed = []
        for f in flow_files:
            hits = [name for name, test in conditions.items() if _true(resolved(test, f.attributes))]
            for name in _routes(hits, len(conditions), matched):
                routed.append(replace(f.with_attributes({"RouteOnAttribute.Route": name}), relationship=name, error=None))
        return routed
    from pyspark.sql import functions as F

    tests = {name: F.coalesce(F.lower(test.cast("string")) == "true", F.lit(False)) for name, test in conditions.items()}
    if matched is None:
        hits = F.filter(F.array(*[F.when(test, F.lit(name)) for name, test in tests.items()]), lambda name: name.isNotNull()) \
            if tests else F.array().cast("array<string>")
        routes = F.when(F.size(hits) > 0, hits).otherwise(F.array(F.lit("unmatched")))
        routed = flow_files.withColumn("relationship", F.explode(routes))
    else:
        all_of = F.lit(matched == "all")
        for test in tests.values():
            all_of = (all_of & test) if matched == "all" else (all_of | test)
        routed = flow_files.withColumn("relationship", F.when(all_of, F.lit("matched")).otherwise(F.lit("unmatched")))
    return set_attributes(routed, {"RouteOnAttribute.Route": F.col("relationship")}).select(
        "relationship", F.lit(None).cast("string").alias("error"), "attributes", "content")


def _true(value):
    return value is True or str(value).lower() == "true"


def _routes(hits, count, matched):
    if matched is None:
        return hits or ["unmatched"]
    hit = len(hits) == count if matched == "all" else bool(hits)
    return ["matched" if hit else "unmatched"]
