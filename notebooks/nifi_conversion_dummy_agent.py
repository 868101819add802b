# Databricks notebook source
# MAGIC %md
# MAGIC # NiFi conversion: dummy agent
# MAGIC
# MAGIC The agent's contract in its smallest honest form, to try out a workspace: it reads the flow, reports progress and
# MAGIC writes **one placeholder notebook** that names the flow's components. It converts nothing. The same file runs on
# MAGIC Databricks and on this computer.

# COMMAND ----------

dbutils.widgets.text("flow_id", "")
dbutils.widgets.text("nifi_xml_path", "")
dbutils.widgets.text("output_path", "")
dbutils.widgets.text("attempt_id", "")
dbutils.widgets.text("delta_table", "")

# COMMAND ----------

# MAGIC %md
# MAGIC ## Reporting: the attempt's own row, and `_progress.json` beside the output

# COMMAND ----------

import gzip
import json
import os
import random
import re
import time
from datetime import datetime, timezone
from xml.parsers import expat

FLOW_ID = dbutils.widgets.get("flow_id")
SOURCE = dbutils.widgets.get("nifi_xml_path")
OUTPUT = dbutils.widgets.get("output_path")
ATTEMPT_ID = dbutils.widgets.get("attempt_id")
TABLE = dbutils.widgets.get("delta_table")
if "`" not in TABLE:
    TABLE = ".".join(f"`{part}`" for part in TABLE.split("."))

SECONDS_BETWEEN_ROW_UPDATES = 30
TRIES = 8  # of an update that conflicts with another writer of the table
CONFLICTS = re.compile(
    r"DELTA_(CONCURRENT_(APPEND|DELETE_READ|DELETE_DELETE|WRITE|TRANSACTION)|METADATA_CHANGED|PROTOCOL_CHANGED"
    r"|MAX_COMMIT_RETRIES_EXCEEDED)"
    r"|Concurrent(Append|DeleteRead|DeleteDelete|Write|Transaction)Exception|(Metadata|Protocol)ChangedException"
)
VALUES = {
    "status": ":status",
    "progress_percentage": "CAST(:progress_percentage AS INT)",
    "iterations": "CAST(:iterations AS INT)",
    "status_message": "CAST(:status_message AS STRING)",
    "error_message": "CAST(:error_message AS STRING)",
    "duration_seconds": "CAST(:duration_seconds AS INT)",
    "generated_notebooks": "from_json(:generated_notebooks, 'array<string>')",
}


def with_retries(action):
    """The result of `action`, which is repeated with growing random pauses while other writers get in its way."""
    for attempt in range(TRIES):
        try:
            return action()
        except Exception as error:
            if attempt == TRIES - 1 or not CONFLICTS.search(str(error)):
                raise
            time.sleep(random.uniform(0.2, 1.0) * 2**attempt)


def own_row():
    text = f"SELECT status, started_at FROM {TABLE} WHERE attempt_id = :attempt_id"
    return with_retries(lambda: spark.sql(text, args={"attempt_id": ATTEMPT_ID}).first())


def update_row(ended=False, **values):
    """Writes to the own row while the attempt is active. False where it was ended meanwhile."""
    settings = [f"{column} = {VALUES[column]}" for column in values]
    if ended:
        settings.append("completed_at = current_timestamp()")
    text = (
        f"UPDATE {TABLE} SET {', '.join(settings)} "
        "WHERE attempt_id = :attempt_id AND status IN ('CREATING', 'RUNNING')"
    )
    arguments = {"attempt_id": ATTEMPT_ID, **values}
    changed = with_retries(lambda: spark.sql(text, args=arguments).first())
    return changed is None or changed["num_affected_rows"] > 0


def write_progress(status, percentage, message, error=None, notebooks=()):
    """For readers who must not wake a warehouse. Renamed into place, so that nobody reads half a file."""
    progress = {
        "version": 1,
        "attempt_id": ATTEMPT_ID,
        "status": status,
        "progress_percentage": percentage,
        "iterations": 1,
        "validation_percentage": None,
        "status_message": message,
        "error_message": error,
        "generated_notebooks": list(notebooks),
        "updated_at": datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    path = os.path.join(OUTPUT, "_progress.json")
    with open(path + ".tmp", "w", encoding="utf-8") as target:
        json.dump(progress, target)
    os.replace(path + ".tmp", path)


class EndedElsewhere(Exception):
    """Someone cancelled or closed the attempt; its row does not take updates any more."""


class Reporter:
    """Progress in steps: each goes to the file, to the row at the start and then at most every 30 seconds."""

    def __init__(self, started_at):
        self.started_at = started_at
        self.row_updated = None
        self.percentage = 0

    def step(self, percentage, message):
        print(f"{percentage:3d}% {message}")
        self.percentage = percentage
        write_progress("RUNNING", percentage, message)
        if self.row_updated is None or time.monotonic() - self.row_updated >= SECONDS_BETWEEN_ROW_UPDATES:
            self.row_updated = time.monotonic()
            if not update_row(progress_percentage=percentage, iterations=1, status_message=message):
                raise EndedElsewhere()

    def end(self, status, percentage, message, error=None, notebooks=()):
        """The row first: it is the record, the file only tells of it."""
        seconds = 0 if self.started_at is None else round(time.time() - self.started_at.timestamp())
        written = update_row(
            ended=True,
            status=status,
            progress_percentage=percentage,
            iterations=1,
            status_message=message,
            error_message=error,
            duration_seconds=max(0, seconds),
            generated_notebooks=json.dumps(list(notebooks)),
        )
        print(f"{status}: {error or message}" if written else "The attempt was ended by someone else.")
        if written:
            try:
                write_progress(status, percentage, message, error, notebooks)
            except OSError as problem:  # the row is what counts
                print(f"_progress.json could not be written: {problem}")


# COMMAND ----------

# MAGIC %md
# MAGIC ## Reading: names and types of components, from XML or JSON, plain or gzip

# COMMAND ----------

MAX_BYTES = 256 * 1024 * 1024
KINDS = {
    "processGroup": "process groups",
    "processor": "processors",
    "controllerService": "controller services",
    "inputPort": "input ports",
    "outputPort": "output ports",
    "remoteProcessGroup": "remote process groups",
    "funnel": "funnels",
    "connection": "connections",
}
KIND_OF = {**{kind: kind for kind in KINDS}, **{kind + "s": kind for kind in KINDS}, "controllerServices": "controllerService"}
XML_ROOTS = ("template", "templates", "flowController", "snippet")
JSON_ROOTS = ("flowContents", "rootGroup", "flowSnapshot", "versionedFlowSnapshot", "content")


def split_source(source):
    """`FILE#GROUP_ID` as (file, group id). A `#` in the name of a file that exists is no separator."""
    if "#" not in source or os.path.exists(source):
        return source, ""
    path, _, group_id = source.rpartition("#")
    return path, group_id


def read_bytes(path):
    with open(path, "rb") as source:
        data = source.read(MAX_BYTES + 1)
    if data[:2] == b"\x1f\x8b":
        with gzip.open(path, "rb") as source:
            data = source.read(MAX_BYTES + 1)
    if len(data) > MAX_BYTES:
        raise ValueError(f"larger than {MAX_BYTES // (1024 * 1024)} MiB")
    return data


class XmlComponents:
    """One pass over the document. A component is (kind, name, type, ids of the groups around it, nearest last)."""

    def __init__(self):
        self.found = []
        self.open = []  # elements from the root on: [tag, own fields, text pieces]
        self.parser = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.text
        self.parser.StartDoctypeDeclHandler = self.refuse

    def refuse(self, *_):
        raise ValueError(f"holds a DTD, which NiFi never writes: line {self.parser.CurrentLineNumber}")

    def start(self, tag, _attributes):
        tag = tag.rpartition(":")[2]
        if not self.open and tag not in XML_ROOTS:
            raise ValueError(f"not a NiFi flow: its root element is <{tag}>")
        self.open.append([tag, {}, []])

    def text(self, text):
        self.open[-1][2].append(text)

    def end(self, _tag):
        tag, fields, pieces = self.open.pop()
        if tag in ("id", "name", "type", "class") and self.open:
            self.open[-1][1].setdefault("type" if tag == "class" else tag, "".join(pieces).strip())
        elif tag in KIND_OF and "id" in fields:
            groups = [one[1] for one in self.open if KIND_OF.get(one[0]) == "processGroup" or one[0] == "rootGroup"]
            self.found.append((KIND_OF[tag], fields, groups))

    def read(self, data):
        self.parser.Parse(data, True)
        return [
            (kind, own.get("name", ""), own.get("type", ""), own["id"], [group.get("id", "") for group in groups])
            for kind, own, groups in self.found
        ]


def json_components(data):
    document = json.loads(data)
    if not isinstance(document, dict) or not any(isinstance(document.get(key), dict) for key in JSON_ROOTS):
        raise ValueError("not a NiFi flow: the JSON has neither flowContents nor rootGroup")
    found = []
    waiting = [(document, [])]
    while waiting:
        node, groups = waiting.pop()
        for key, value in node.items():
            if key in JSON_ROOTS and isinstance(value, dict):
                waiting.append((value, groups + [value["identifier"]] if "identifier" in value else groups))
            elif key in KIND_OF and isinstance(value, list):
                for child in (one for one in value if isinstance(one, dict)):
                    found.append(
                        (KIND_OF[key], child.get("name"), child.get("type"), child.get("identifier"), groups)
                    )
                    if key == "processGroups":
                        waiting.append((child, groups + [child.get("identifier", "")]))
    return [(kind, name or "", type or "", own or "", around) for kind, name, type, own, around in found]


def read_components(source):
    """(kind, name, type) of each component of the flow, in the file's order.

    Raises what the parser raises: its message names line and column.
    """
    path, group_id = split_source(source)
    data = read_bytes(path)
    first = data.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0")[:1]
    if first not in (b"", b"<", b"{", b"["):
        raise ValueError("neither XML nor JSON, so not a NiFi flow")
    components = json_components(data) if first in (b"{", b"[") else XmlComponents().read(data)
    if group_id:
        roots = {around[0] for *_, around in components if around}
        if group_id in roots:  # the root's id stands for what is at the root itself
            components = [one for one in components if one[4] == [group_id] and one[0] != "processGroup"]
        else:
            components = [one for one in components if group_id in one[4] or one[3] == group_id]
        if not components:
            raise ValueError(f"holds no process group {group_id}")
    return [(kind, name, type) for kind, name, type, _, _ in components]


# COMMAND ----------

# MAGIC %md
# MAGIC ## Writing: one notebook

# COMMAND ----------

NOTEBOOK = "placeholder.py"


def markdown(text):
    """Text of the flow in one line of Markdown, whatever it holds."""
    return re.sub(r"([\\`*_{}\[\]<>#|!])", r"\\\1", " ".join(text.split()))


def placeholder(source, components):
    lines = [
        f"# Placeholder for {markdown(FLOW_ID)}",
        "",
        f"Made from `{' '.join(source.replace('`', '').split())}` by the dummy agent. **Nothing was converted**: this notebook only names the",
        "components of the flow.",
    ]
    for kind, title in KINDS.items():
        listed = [(name, type) for one, name, type in components if one == kind]
        if not listed:
            continue
        lines += ["", f"## {len(listed)} {title}", ""]
        if kind != "connection":
            for name, type in listed:
                lines.append(f"- {markdown(name) or '(no name)'}" + (f": {markdown(type.rpartition('.')[2])}" if type else ""))
    if not components:
        lines += ["", "The flow has no components."]
    cell = "\n".join(f"# MAGIC {line}".rstrip() for line in ["%md", *lines])
    code = 'raise NotImplementedError("This is a placeholder: the dummy agent converts nothing.")'
    return f"# Databricks notebook source\n{cell}\n\n# COMMAND ----------\n\n{code}\n"


def write_notebook(text):
    path = os.path.join(OUTPUT, NOTEBOOK)
    with open(path, "w", encoding="utf-8") as target:
        target.write(text)
    return path


# COMMAND ----------

# MAGIC %md
# MAGIC ## The attempt

# COMMAND ----------

row = own_row()
if row is None:
    raise RuntimeError(f"The history table {TABLE} has no attempt {ATTEMPT_ID}.")
if row["status"] not in ("CREATING", "RUNNING"):
    dbutils.notebook.exit(f"The attempt is {row['status']} already.")

# COMMAND ----------

reporter = Reporter(row["started_at"])
file_name = re.split(r"[\\/]", split_source(SOURCE)[0])[-1]
outcome = "SUCCESS"
try:
    os.makedirs(OUTPUT, exist_ok=True)
    reporter.step(5, "Reading the flow")
    try:
        components = read_components(SOURCE)
    except OSError as error:
        raise RuntimeError(f"{file_name}: {error.strerror or error}") from error
    except Exception as error:  # the parser's own words: they name line and column
        raise RuntimeError(f"{file_name}: {error or type(error).__name__}") from error
    reporter.step(60, f"Writing a placeholder for {len(components)} components")
    notebook = write_notebook(placeholder(SOURCE, components))
    reporter.end("SUCCESS", 100, f"Placeholder written for {len(components)} components", notebooks=[notebook])
except EndedElsewhere:
    outcome = "ended elsewhere"
except Exception as error:
    reporter.end("FAILED", reporter.percentage, "The conversion failed", error=str(error))
    raise

# COMMAND ----------

dbutils.notebook.exit(json.dumps({"attempt_id": ATTEMPT_ID, "outcome": outcome}))
