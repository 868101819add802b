"""Runs emitted notebooks over sample data made from the flow, without touching the world outside.

Each notebook runs in this process with a stand-in for dbutils. Tables are lists in memory, calls of the outside world
answer with their first good relationship, sources give one sample flow file, whose attributes and content are what the
flow's own expressions read. A processor counts as run when its cell ran through and, where its result is a DataFrame,
Spark could compute it.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import re
import shutil
import sys
import tempfile
from dataclasses import replace
from typing import Any, Callable, Dict, Iterator, List, Optional, Set, Tuple

from .convert import Conversion, write_files
from .emit.notebook import CODE
from .emit.records import fields_named
from .processors import CONVERTED, MANUAL, NOT_NEEDED
from .sample_files import stand_in_for_reading

LIMIT_SECONDS = 600.0

# What a cell may call outside of rt.for_each and that would reach the outside world or change it.
OUTSIDE = {
    "http": ("call", "get"),
    "files": ("list_files", "list_objects", "get_files", "delete_files", "move_files", "fetch_objects"),
    "database": ("query_table", "list_tables"),
    "scripts": ("output_of",),
    "search": ("splunk_search",),
    "aws": ("get_sqs", "delete_all"),
}


class _Exit(Exception):
    """dbutils.notebook.exit"""


class _Widgets:
    def __init__(self, values: Dict[str, str]):
        self.values = values

    def text(self, name: str, default: str = "", *_: Any) -> None:
        self.values.setdefault(name, default)

    def dropdown(self, name: str, default: str, *_: Any) -> None:
        self.values.setdefault(name, default)

    def get(self, name: str) -> str:
        return self.values[name]


class _Notebook:
    @staticmethod
    def exit(value: str = "") -> None:
        raise _Exit(value)


class _Secrets:
    @staticmethod
    def get(scope: str, key: str) -> str:
        return "sample"


class _DbUtils:
    def __init__(self, values: Dict[str, str]):
        self.widgets, self.notebook, self.secrets = _Widgets(values), _Notebook(), _Secrets()


def local_session() -> Any:
    """A small Spark session on this machine. Raises ImportError where PySpark is missing."""
    from pyspark.sql import SparkSession

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    return (SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").config("spark.sql.shuffle.partitions", "1")
            .config("spark.ui.showConsoleProgress", "false").config("spark.sql.session.timeZone", "UTC").getOrCreate())


def rehearse(conversion: Conversion, spark: Any, progress: Callable[[int], None] = lambda done: None, local_files: bool = True) -> Dict[str, Any]:
    """The report's `validation`: {ran, percentage, replaced, skipped, failed, summary}. Never raises for a notebook's fault.
    `progress` is told how many processors are done. `local_files`: Spark sees this machine's temporary folder; without it
    sample files become DataFrames here."""
    import time

    folder = tempfile.mkdtemp(prefix="nifi-rehearsal-")
    saved_path, saved_modules = list(sys.path), {n: m for n, m in sys.modules.items() if n == "gaps" or n.split(".")[0] == "nifi_runtime"}
    for name in saved_modules:
        del sys.modules[name]
    started = time.monotonic()
    ran: List[str] = []
    failed: Dict[str, str] = {}
    skipped: Dict[str, str] = {}
    outcomes = conversion.context.outcomes
    try:
        write_files({k: v for k, v in conversion.files.items() if k.startswith("notebooks/")}, folder)
        # All of the runtime: what stands in for the world outside reaches into modules that these notebooks may not need.
        runtime = os.path.join(os.path.dirname(os.path.abspath(__file__)), "runtime")
        shutil.copytree(runtime, os.path.join(folder, "notebooks", "nifi_runtime"), dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
        sys.path.insert(0, os.path.join(folder, "notebooks"))
        rt = importlib.import_module("nifi_runtime")
        replaced = _replace_outside(rt, spark, {name for part in conversion.context.plan.parts for name in fields_named(part)}, local_files)
        for notebook in conversion.notebooks:
            if time.monotonic() - started > LIMIT_SECONDS:
                for cell in notebook.cells:
                    skipped.update({k: "the time for the rehearsal was over" for k in cell.keys if k in outcomes})
                continue
            _run_notebook(conversion, notebook, spark, rt, folder, ran, failed, skipped, replaced, progress)
    finally:
        sys.path[:] = saved_path
        for name in [n for n in sys.modules if n == "gaps" or n.split(".")[0] == "nifi_runtime"]:
            del sys.modules[name]
        sys.modules.update(saved_modules)
        shutil.rmtree(folder, ignore_errors=True)
    return _result(conversion, ran, failed, skipped, replaced)


def _replace_outside(rt: Any, spark: Any, fields: Set[str], local_files: bool) -> List[str]:
    """Puts the rehearsal in place of the outside world; what was replaced is filled while the notebooks run."""
    flow_files = importlib.import_module("nifi_runtime.flow_files")
    tables = importlib.import_module("nifi_runtime.tables")
    tables.memory.clear()
    tables.set_table_format("memory")
    replaced: List[str] = []
    good = {"invoke": "Response", "run_command": "output stream", "fetch": "not-found", "detect_duplicate": "non-duplicate"}
    real = {"retry_flow_file", "update_with_state", "put", "notify", "wait", "fetch", "detect_duplicate"}

    def answer(function: Any, flow_file: Any) -> List[Any]:
        name = getattr(function, "__name__", "function")
        module = getattr(function, "__module__", "")
        word = f"{module.rsplit('.', 1)[-1]}.{name}"
        if word not in replaced:
            replaced.append(word)
        return [rt.send([flow_file], good.get(name, "success"))[0]]

    def for_each(files: Any, function: Any, concurrency: int = 1, **options: Any) -> List[Any]:
        module = getattr(function, "__module__", "") or ""
        inside = module.endswith((".caches", ".attributes", ".control")) and function.__name__ in real
        given = rt.to_list(files)
        if inside:
            return [out for f in given for out in flow_files.apply_function(function, f, options)]
        for f in given:  # the options are expressions of the flow: these must hold
            for option in options.values():
                flow_files.resolved(option, {**f.attributes, "fileSize": str(len(f.content))})
        return [out for f in given for out in answer(function, f)]

    def nothing(module: str, function: str) -> None:
        """A source or an act on the outside world: it gives nothing and does nothing; a sample takes its place."""
        def stand_in(*_: Any, **__: Any) -> List[Any]:
            if f"{module}.{function}" not in replaced:
                replaced.append(f"{module}.{function}")
            return []

        setattr(importlib.import_module(f"nifi_runtime.{module}"), function, stand_in)

    for module, functions in OUTSIDE.items():
        for function in functions:
            nothing(module, function)
    words = importlib.import_module("nifi_runtime.dictionaries")

    def no_words(path: str) -> bytes:
        if "dictionaries.contents" not in replaced:
            replaced.append("dictionaries.contents")
        return b""

    words.contents = no_words  # word lists, mappings and delimiters lie on the Volume
    databases = importlib.import_module("nifi_runtime.database")

    def sample_rows(self: Any, sql: str, pages: Any = None) -> Any:
        if "database.query" not in replaced:
            replaced.append("database.query")
        named = sorted(fields - {"id", "name"})
        return spark.createDataFrame([(1, "sample", *["sample"] * len(named))], ", ".join(["id BIGINT, name STRING", *[f"`{n}` STRING" for n in named]]))

    databases.Database.query = sample_rows
    databases.Database.first_row = lambda self, sql: None
    databases.load = lambda db, frame, *_, **__: frame.collect() and None
    landings, lookups = (importlib.import_module(f"nifi_runtime.{n}") for n in ("landings", "lookups"))

    stand_in_for_reading(landings, spark, replaced, local_files)

    def sample_pairs(*_: Any) -> Any:
        if "lookups.of_csv" not in replaced:
            replaced.append("lookups.of_csv")
        return lookups.of_pairs(spark, {"sample": "sample"})

    lookups.of_csv = sample_pairs  # the file lies on the Volume
    # What a run keeps as failures hangs on every cell before it: writing it would compute all of them once more.
    rt.Report._write_later = lambda self, frame: None
    flow_files.for_each = rt.for_each = for_each
    flow_files.rehearsal = answer
    return replaced


def sample_flow_file(conversion: Conversion, rt: Any) -> Any:
    """A flow file with every attribute that the flow's expressions read; numbers where the name says so."""
    from .expression_language import parse_value

    names = set()
    for processor in conversion.flow.processors():
        for text in processor.properties.values():
            if text and "${" in text:
                try:
                    names.update(parse_value(text, nifi_version=conversion.flow.nifi_version or "1.28.1").attributes_read())
                except Exception:  # an invalid expression is already in the report
                    continue
    numbers = re.compile(r"(?i)count|index|size|number|port|limit|offset|max|min|retries|length|age|seconds|time|status")
    attributes = {n: ("1" if numbers.search(n) else "sample") for n in sorted(names)}
    attributes.update({"filename": "sample.txt", "path": "./", "uuid": "00000000-0000-4000-8000-000000000001", "mime.type": "application/json"})
    return rt.FlowFile(attributes, b'{"id": 1, "name": "sample", "items": [{"id": 1}]}')


def _run_notebook(conversion: Conversion, notebook: Any, spark: Any, rt: Any, folder: str, ran: List[str], failed: Dict[str, str], skipped: Dict[str, str],
                  replaced: List[str], progress: Callable[[int], None]) -> None:
    outcomes, names = conversion.context.outcomes, conversion.context.names
    values = {"on_manual": "keep", "max_rounds": "3", "max_attempts": "1", "volume": os.path.join(folder, "volume")}
    dbutils = _DbUtils(values)
    # The name is a notebook's: without one pickling would look for each function in all modules.
    space: Dict[str, Any] = {"__name__": "__main__", "spark": spark, "dbutils": dbutils, "display": lambda *_: None}
    sample = sample_flow_file(conversion, rt)
    _sample_inboxes(rt, sample)
    broken: Optional[str] = None
    for cell in notebook.cells:
        keys = [k for k in cell.keys if k in outcomes]
        if cell.kind != CODE:
            continue
        try:
            with _sample_listing(conversion, keys, values["volume"]):
                exec(compile(cell.text, notebook.name, "exec"), space)
            _put_samples(conversion, keys, space)
            for key in keys:
                for variable in _made(space, conversion, key):
                    made = space[variable]
                    if not isinstance(made, (list, str)):
                        _settle(space, conversion, key, variable, spark, rt)
                    elif isinstance(made, list) and any(getattr(f, "records", None) is not None for f in made):
                        _settle_frames(space, conversion, key, made, spark, rt)
                    elif made == [] and not conversion.context.plan.graph.into(key):
                        # A source of the real world has nothing here: a sample stands in its place.
                        space[variable] = rt.send([sample], "success") if variable == names[key] else [sample]
                        _bind_again(space, names[key], rt)
                ran.append(key)
        except _Exit:
            break
        except Exception as error:
            told = f"{type(error).__name__}: {str(error).splitlines()[0][:300] if str(error) else ''}"
            gap = re.search(r"NotImplementedError: (gaps\.\w+)", f"{type(error).__name__}: {error}")
            for key in keys:
                if gap is not None:  # the cell came as far as what a person fills in: what it would give is a sample
                    ran.append(key)
                    replaced += [gap[1]] if gap[1] not in replaced else []
                else:
                    failed[key] = told
                _stand_in(space, conversion, key, rt, sample)
            if not keys and broken is None:
                broken = told
        if keys:
            progress(len(set(ran) | set(failed)))
    with_code = {k for cell in notebook.cells if cell.kind == CODE for k in cell.keys}
    for key in dict.fromkeys(k for cell in notebook.cells for k in cell.keys if k in outcomes and k not in with_code):
        if outcomes[key].level == CONVERTED and broken is None:  # nothing to run: what comes in passes on as it is
            ran.append(key)
    done = set(ran) | set(failed)
    for node in {k for c in notebook.cells for k in c.keys if k in outcomes} - done:
        outcome = outcomes[node]
        if outcome.level != NOT_NEEDED:
            skipped[node] = broken or "no code"


def _outgoing(conversion: Conversion, key: str) -> Dict[str, Tuple[str, ...]]:
    """variable -> relationships of what a processor sends on."""
    from .processors.code import identifier

    name = conversion.context.names[key]
    return {f"{name}_{identifier('_'.join(w.relationships), 'out')}": w.relationships for w in conversion.context.plan.graph.out_of(key)}


def _made(space: Dict[str, Any], conversion: Conversion, key: str) -> List[str]:
    """The variables that hold what a processor made: its frame, or what it sends on where there is no such frame."""
    name = conversion.context.names[key]
    return [name] if space.get(name) is not None else [v for v in _outgoing(conversion, key) if space.get(v) is not None]


def _settle(space: Dict[str, Any], conversion: Conversion, key: str, name: str, spark: Any, rt: Any) -> None:
    """Computes a frame and puts its rows in its place, so that a chain of cells is computed once and not once per cell."""
    made = space[name]
    fixed = spark.createDataFrame([tuple(row) for row in made.limit(20).collect()], made.schema)
    space[name] = fixed
    if "relationship" not in fixed.columns:
        return
    for variable, relationships in _outgoing(conversion, key).items():
        if variable in space and not isinstance(space[variable], list):
            space[variable] = rt.relationship(fixed, *relationships)


def _settle_frames(space: Dict[str, Any], conversion: Conversion, key: str, made: List[Any], spark: Any, rt: Any) -> None:
    """The same for flow files that have a frame each. Where a route sends the sample elsewhere, it is taken all the same."""
    name = conversion.context.names[key]
    fixed = [replace(f, records=spark.createDataFrame([tuple(row) for row in f.records.limit(20).collect()], f.records.schema)) for f in made
             if getattr(f, "records", None) is not None]
    space[name] = fixed
    for variable, relationships in _outgoing(conversion, key).items():
        if isinstance(space.get(variable), list):
            space[variable] = rt.relationship(fixed, *relationships) or rt.to_list(fixed)


@contextlib.contextmanager
def _sample_listing(conversion: Conversion, keys: List[str], volume: str) -> Iterator[None]:
    """While a file source's cell runs, its listing finds one sample file."""
    files = importlib.import_module("nifi_runtime.files")
    samples = [conversion.context.samples[k] for k in keys if k in conversion.context.samples]
    stand_in = files.list_files

    def listing(directory: str, **_: Any) -> List[Any]:
        name, content = samples[0]
        os.makedirs(directory, exist_ok=True)
        with open(os.path.join(directory, name), "wb") as file:
            file.write(content)
        return [importlib.import_module("nifi_runtime").FlowFile({"absolute.path": directory, "filename": name})]

    landings = importlib.import_module("nifi_runtime.landings")
    path_of = landings.path_of
    if samples:
        files.list_files = listing
        # A file that a flow file names is not there: the sample is read in its place.
        landings.path_of = lambda flow_file: path_of(flow_file) if os.path.exists(path_of(flow_file)) else path_of(listing(volume)[0])
    try:
        yield
    finally:
        files.list_files, landings.path_of = stand_in, path_of


def _put_samples(conversion: Conversion, keys: List[str], space: Dict[str, Any]) -> None:
    """A sample file into the folder that a file source has just named."""
    for key in keys:
        folder = space.get(conversion.context.names[key])
        if key in conversion.context.samples and isinstance(folder, str) and folder.startswith(space["volume"]):
            name, content = conversion.context.samples[key]
            os.makedirs(folder, exist_ok=True)
            with open(os.path.join(folder, name), "wb") as file:
                file.write(content)


def _bind_again(space: Dict[str, Any], name: str, rt: Any) -> None:
    """The outgoing variables of a source that got a sample: every one of them carries it."""
    for variable in [v for v in space if v.startswith(f"{name}_") and isinstance(space[v], list) and not space[v]]:
        space[variable] = rt.to_list(space[name])


def _stand_in(space: Dict[str, Any], conversion: Conversion, key: str, rt: Any, sample: Any) -> None:
    """After a failed cell: its outgoing variables, so that what follows can still be tried."""
    for variable in _outgoing(conversion, key):
        space.setdefault(variable, [sample])


def _sample_inboxes(rt: Any, sample: Any) -> None:
    """Every inbox holds one sample."""
    tables = importlib.import_module("nifi_runtime.tables")
    tables.inbox = rt.inbox = lambda spark, table: list(tables.memory.get(table, [])) or [sample]
    tables.arrivals = rt.arrivals = lambda spark, table, checkpoint: tables.inbox(spark, table)


def _result(conversion: Conversion, ran: List[str], failed: Dict[str, str], skipped: Dict[str, str], replaced: List[str]) -> Dict[str, Any]:
    outcomes = conversion.context.outcomes
    total = sum(1 for o in outcomes.values() if o.level != NOT_NEEDED)
    # A manual step's cell ran, but it does not do the processor's work: it is not counted as run.
    good = [k for k in dict.fromkeys(ran) if k not in failed and outcomes[k].level not in (MANUAL, NOT_NEEDED)]
    percentage = 100 * len(good) // total if total else 100

    def named(items: Dict[str, str]) -> List[Dict[str, str]]:
        return [{"name": outcomes[k].node.name, "id": outcomes[k].node.processor.id, "why": why} for k, why in sorted(items.items())]

    summary = f"Ran on sample data: {len(good)} of {total} processors ({percentage} %)."
    if replaced:
        summary += f" Replaced for it: {', '.join(sorted(replaced))}."
    return {"ran": True, "percentage": percentage, "replaced": sorted(replaced), "skipped": named(skipped), "failed": named(failed), "summary": summary}
