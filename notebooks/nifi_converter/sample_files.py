"""How a rehearsal reads its sample files. On Databricks executors see none of the driver's folders, and a rehearsal writes
nowhere else: there a sample becomes a DataFrame without Spark reading it."""

from __future__ import annotations

import csv
import io
import json
import os
from typing import Any, Dict, List, Optional


def stand_in_for_reading(landings: Any, spark: Any, replaced: List[str], local_files: bool) -> None:
    """Puts itself in place of the readers of the runtime's module `landings`. `replaced` is told what a sample took the
    place of. `local_files`: Spark sees this machine's files, and reads all of them but Avro and Parquet, which are JSON."""
    from pyspark.sql import functions as F

    def told(word: str) -> None:
        if word not in replaced:
            replaced.append(word)

    plain_loader, plain_reader = landings.auto_loader, landings.read_files

    def auto_loader(given: Any, kind: str, folder: str, schema: Optional[str] = None, options: Optional[Dict[str, Any]] = None, **more: Any) -> Any:
        if not local_files:
            told("landings.auto_loader")
            path = sample_in(folder)
            about = {"file_path": F.lit(path), "file_name": F.lit(os.path.basename(path)), "file_size": F.lit(os.path.getsize(path)), "file_modification_time": F.current_timestamp()}
            return frame_of(spark, kind, path, schema, options).withColumn("_metadata", F.struct(*[value.alias(name) for name, value in about.items()]))
        if kind in ("avro", "parquet"):
            told(f"landings.auto_loader ({kind})")
            return spark.read.json(folder)
        return plain_loader(given, kind, folder, schema=schema, options=options, **more)

    def read_files(given: Any, listed: Any, kind: str, options: Optional[Dict[str, Any]] = None, schema: Optional[str] = None) -> Any:
        if not local_files:
            told("landings.read_files")
            path = landings.path_of(listed[0])
            return frame_of(spark, kind, path, schema, options).withColumn("_file", F.lit(path))
        if kind in ("avro", "parquet"):
            told(f"landings.read_files ({kind})")
            return plain_reader(given, listed, "json", options=options, schema=schema)
        return plain_reader(given, listed, kind, options=options, schema=schema)

    landings.auto_loader, landings.read_files = auto_loader, read_files
    if not local_files:
        landings.directly_in = lambda folder: F.lit(True)
        landings.staged = lambda stream, *_, **__: stream.drop("_metadata")  # which a file's own frame hides


def frame_of(spark: Any, kind: str, path: str, schema: Optional[str], options: Optional[Dict[str, Any]] = None) -> Any:
    """The records of one file as `spark.read.format(kind)` would give them; Avro and Parquet samples are JSON. Raises
    ValueError for a format that only Spark reads."""
    options = options or {}
    with open(path, encoding=str(options.get("encoding") or "utf-8-sig"), newline="") as file:
        text = file.read()
    if kind == "csv":
        return _csv(spark, text, schema, options)
    if kind in ("json", "avro", "parquet"):
        return _json(spark, text, schema)
    if kind == "text":
        return spark.createDataFrame([(line,) for line in text.splitlines()], "value STRING")
    raise ValueError(f"a sample of format {kind} can only be read from a folder that Spark sees")


def sample_in(place: str) -> str:
    """The one file in a folder, or the file itself."""
    if os.path.isfile(place):
        return place
    found = sorted(os.path.join(folder, name) for folder, _, names in os.walk(place) for name in names)
    if not found:
        raise FileNotFoundError(f"no sample in {place}")
    return found[0]


def _csv(spark: Any, text: str, schema: Optional[str], options: Dict[str, Any]) -> Any:
    from pyspark.sql import functions as F

    rows = [row for row in csv.reader(io.StringIO(text), delimiter=str(options.get("sep") or ","), quotechar=str(options.get("quote") or '"')) if row]
    header = rows.pop(0) if str(options.get("header", "")).lower() == "true" else None
    fields = list(spark.createDataFrame([], schema).schema) if schema else []
    names = header or [f.name for f in fields] or [f"_c{i}" for i in range(len(rows[0]) if rows else 1)]
    cells: List[Any] = [tuple((row[i] or None) if i < len(row) else None for i in range(len(names))) for row in rows]
    frame = spark.createDataFrame(cells, ", ".join(f"`{n}` STRING" for n in names))
    return frame.select(*[_field(frame, f, F) for f in fields]) if fields else frame


def _field(frame: Any, field: Any, F: Any) -> Any:
    name = f"`{field.name}`"
    return (F.col(name) if field.name in frame.columns else F.lit(None)).cast(field.dataType).alias(field.name)


def _json(spark: Any, text: str, schema: Optional[str]) -> Any:
    from pyspark.sql import functions as F

    try:
        found = json.loads(text)
    except ValueError:
        found = [json.loads(line) for line in text.splitlines() if line.strip()]
    lines = [json.dumps(item) for item in (found if isinstance(found, list) else [found])]
    frame = spark.createDataFrame([(line,) for line in lines], "value STRING")
    return frame.select(F.from_json("value", schema or F.schema_of_json(F.lit(lines[0]))).alias("record")).select("record.*")
