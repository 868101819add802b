"""The record form of what stands between a source and a sink of records: columns and SQL instead of flow files.

There are no attributes on records: what reads one is Refused, and the chain is converted in its flow-file form.
"""

from __future__ import annotations

import copy
import re
from dataclasses import replace
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from ..patterns import record_path
from ..patterns.translation import PatternError
from ..runtime import java_hash
from . import CONVERTED, NOT_NEEDED, RECORDS, Cell, Refused, handles
from .attributes import table
from .code import WIDTH, Code, assign, block, call, lit, text_block
from .files import credentials_note
from .record_formats import Format, avro_columns, schema_text, writer_format
from .record_state import ALL, Known, column, constant, fixed, without
from .step import Step


def _own_schema(step: Step, property_name: str) -> Dict[str, str]:
    """{column: SQL type} where a reader or writer brings a schema of its own; {} where it takes what comes."""
    service = step.service(property_name)
    if service is None:
        raise Refused("a record service is not part of the flow")
    text = schema_text(step, service)
    return avro_columns(text)[0] if text else {}


def format_of(step: Step, property_name: str) -> Optional[Format]:
    """The writer's format for a sink that writes files; None where Spark has none (a sink then refuses)."""
    try:
        return writer_format(step, step.service(property_name))
    except Refused:
        return None


class Through(NamedTuple):
    """What comes out of a reader and a writer: an expression, the format that was written, the columns' types where all
    are known, and which columns are others than before."""

    source: str
    format: Optional[Format]
    types: Optional[Dict[str, str]]
    changes: Tuple[str, ...]


def through(step: Step, reader: str, writer: str, source: str = "") -> Through:
    """The input (or `source`) read and written anew. Records that have the schema's columns and types stay as they are."""
    source = source or step.input
    types = step.landing.format().types if step.landing is not None and step.landing.reader_step.processor.key == step.processor.key else step.records.types
    # What comes straight from files was read with the reader's schema already.
    given = {} if step.landing is not None else _own_schema(step, reader)
    changes: Tuple[str, ...] = ()
    for wanted in (given, _own_schema(step, writer)):
        if wanted and list(wanted.items()) != list((types or {}).items()):
            source, types, changes = call("landings.fitted", Code(source), wanted), wanted, (ALL,)
    return Through(source, format_of(step, writer), types or None, changes)


def passed_on(step: Step, made: Through, how: str, passes: Tuple[str, ...], notes: Sequence[str] = ()) -> Cell:
    """The cell of what only reads and writes: no code where nothing changes, what comes in then goes on under its name."""
    changed = made.source != step.input
    return Cell(code=assign(step.frame, made.source) if changed else "", level=CONVERTED if changed else NOT_NEEDED, how=how, passes=passes, carrier=RECORDS,
                format=made.format, types=made.types, changes=made.changes, notes=list(notes))


@handles("ConvertRecord", "MergeRecord", carriers=(RECORDS,))
def change_format(step: Step) -> Cell:
    """Formats between processors vanish: a DataFrame stays a DataFrame."""
    made = through(step, "record-reader", "record-writer")
    merges = step.type == "MergeRecord"
    how = "the columns and types of the schema" if made.source != step.input else \
        "flow files are not counted or sized here" if merges else "only the format changes: a DataFrame stays a DataFrame"
    cell = passed_on(step, made, how, ("success", "merged"))
    if merges:
        # What a bin has in common: an attribute that follows from a record only where the bins are made by it.
        by = step.get("correlation-attribute-name")
        cell.attributes = {n: k for n, k in step.records.attributes.items() if not k.columns or n == by}
    return cell


@handles("ConvertAvroToJSON", carriers=(RECORDS,))
def avro_to_json(step: Step) -> Cell:
    made = Through(step.input, Format("json"), step.records.types, ())
    return passed_on(step, made, "only the format changes: a DataFrame stays a DataFrame", ("success",))


@handles("SplitRecord", "SplitAvro", carriers=(RECORDS,))
def split(step: Step) -> Cell:
    made = through(step, "Record Reader", "Record Writer") if step.type == "SplitRecord" else Through(step.input, Format("avro"), step.records.types, ())
    return passed_on(step, made, "pieces only bound NiFi's memory: Spark partitions by itself", ("splits", "split"))


@handles("UpdateAttribute", carriers=(RECORDS,))
def update_attribute(step: Step) -> Cell:
    """Values are put in where a processor further down reads them, as constants or columns; the rest is not needed."""
    known = dict(step.records.attributes)
    rows = [(n, v) for n, v in step.dynamic if "`" not in n + v and "|" not in n + v]
    for name, text in step.dynamic:
        known.pop(name, None)
        if step.is_secret(text):
            continue
        try:
            plain = fixed(step, text)
            if plain is not None:
                known[name] = constant(plain)
            elif name in step.attributes_wanted or not step.attributes_wanted:
                source = column(step, text)
                known[name] = Known(str(source), sure=True, columns=frozenset(c for n in step.parse(text).attributes_read() for c in step.records.attributes[n].columns))
        except Refused:
            pass  # not known: whoever reads it is not in the record form
    if step.get("Delete Attributes Expression") or step.processor.annotation_data.strip() or step.get("Store State", "Do not store state") != "Do not store state":
        known = {}
    used = sorted({n for n, _ in step.dynamic} & step.attributes_wanted)
    cell = Cell(passes=("success",), carrier=RECORDS, attributes=known, types=step.records.types, notes=table(rows) if rows else [])
    if used:
        cell.how = "values of attributes, put in where they are read"
        cell.notes += ["", "Records carry no attributes: the values stand where they are read further down."]
    else:
        cell.level, cell.how = NOT_NEEDED, "it sets attributes, and nothing that follows reads one: records carry none"
    return cell


def field_of(path: str) -> str:
    """The one top-level field that a record path names."""
    try:
        steps = record_path.parse(path).steps
    except PatternError as error:
        raise Refused(str(error))
    if len(steps) != 1 or steps[0][0] != "field":
        raise Refused(f"the record path {path} is no single field")
    return str(steps[0][1])


def quoted(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) else "`" + name.replace("`", "``") + "`"


@handles("UpdateRecord", carriers=(RECORDS,))
def update_record(step: Step) -> Cell:
    """One withColumn for each path, in NiFi's order (that of its hash map): they see each other's results."""
    given = dict(step.dynamic)
    if not given:
        raise Refused("it has no record path; NiFi calls it invalid")
    by_path = step.get("replacement-value-strategy", "literal-value") == "record-path-value"
    order = java_hash.property_order(given, 3 if step.resolved.is_set("replacement-value-strategy") else 2)
    reader, writer = ({} if step.landing is not None else _own_schema(step, "record-reader")), _own_schema(step, "record-writer")
    if reader and reader == step.records.types:
        reader = {}
    source: str = call("landings.fitted", step.input, reader) if reader else step.input
    lines: List[str] = []
    doubts: List[str] = []
    changed: List[str] = [ALL] if reader else []
    for path in order:
        field = field_of(path)
        if by_path:
            if not step.is_literal(given[path]):
                raise Refused("the record path is an expression")
            made = record_path.to_spark(given[path])
            if not made.text:
                raise Refused(f"the record path {given[path]} has no form in columns")
            value = made.text
            doubts += [made.reason] if made.reason not in ("", *doubts) else []
        else:
            own = {"field.value": Known(f'F.col({lit(quoted(field))}).cast("string")', frozenset([field])), "field.name": constant(field)}
            # An attribute that was made of a column which an earlier path has changed is not what it was.
            value = column(_knowing(step, without(step.records.attributes, changed)), given[path], own)
        changed.append(field)
        lines.append(f".withColumn({lit(field)}, {value})")
    code = f"{step.frame} = {source}{lines[0]}"
    if len(lines) > 1 or len(code) > WIDTH:
        code = f"{step.frame} = (\n" + "".join(f"    {line}\n" for line in (source, *lines)) + ")"
    if writer:
        code += f"\n{step.frame} = {call('landings.fitted', Code(step.frame), writer)}"
    rows = [(p, given[p]) for p in order]
    return Cell(code=code, how="a column for each record path", passes=("success",), carrier=RECORDS, format=format_of(step, "record-writer"), types=writer or None,
                changes=(ALL,) if writer else tuple(changed), notes=[*table(rows, ("Field", "Record path" if by_path else "Value")), *(line for doubt in doubts for line in ("", doubt))])


def _knowing(step: Step, attributes: Dict[str, Known]) -> Step:
    made = copy.copy(step)
    made.records = replace(step.records, attributes=attributes)
    return made


@handles("RemoveRecordField", carriers=(RECORDS,))
def remove_field(step: Step) -> Cell:
    fields = [field_of(path) for _, path in step.dynamic]
    made = through(step, "record-reader", "record-writer")
    return Cell(code=assign(step.frame, f"{made.source}.drop({', '.join(lit(quoted(f)) for f in fields)})"), how="columns dropped", passes=("success",), carrier=RECORDS,
                format=made.format, changes=(*made.changes, *fields),
                types={n: t for n, t in made.types.items() if n not in fields} if made.types else None)


_TOKENS = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|[A-Za-z_][A-Za-z0-9_]*|.", re.S)


def spark_sql(text: str, view: str) -> str:
    """Calcite's SQL of QueryRecord as Spark's; FLOWFILE is the temporary view. (`spark.sql(..., FLOWFILE=frame)` would read
    better, but over Connect it came with Spark 4.) Refused where the two dialects would give other rows."""
    made, division = [], False
    for token in _TOKENS.findall(text):
        if token.startswith('"') and len(token) > 1:
            made.append("`" + token[1:-1].replace('""', '"').replace("`", "``") + "`")
        elif token.startswith(("--", "/*")) and len(token) > 1:
            continue
        elif token.startswith("'"):
            if "\\" in token:
                raise Refused("a text of the query holds a backslash")
            made.append("'" + token[1:-1].replace("''", "\\'") + "'")
        elif token.upper() == "FLOWFILE":
            made.append(view)
        elif token.upper() == "VARCHAR":
            made.append("STRING")
        elif token.upper().startswith("RPATH"):
            raise Refused("the query uses NiFi's record path functions")
        else:
            division = division or token == "/"
            made.append(token)
    query = "".join(made)
    if division:
        raise Refused("integer division means something else in Spark's SQL")
    return re.sub(r"STRING\s*\(\s*\d+\s*\)", "STRING", query.strip().rstrip(";"))


@handles("QueryRecord", carriers=(RECORDS,))
def query_record(step: Step) -> Cell:
    """Each user-added property is a query and a relationship of its own."""
    queries: Dict[str, str] = {}
    view = f"{step.frame}_flowfile"  # never the name of a table that another cell reads
    for name, text in step.dynamic:
        if not step.is_literal(text):
            raise Refused("a query is an expression")
        queries[name] = spark_sql(step.parse(text).literal_text, view)
    if not queries:
        raise Refused("it has no query")
    made = through(step, "record-reader", "record-writer")
    plain = made.source == step.input
    frame = step.input if plain else step.frame
    code = "" if plain else assign(step.frame, made.source) + "\n"
    outputs = {}
    for name, query in queries.items():
        text = text_block(f"\n{query}\n") if "\n" in query else lit(query)
        outputs[name] = f"spark.sql(\n    {text},\n)" if "\n" in query else f"spark.sql({text})"
    outputs["original"] = frame
    return Cell(code=f"{code}{frame}.createOrReplaceTempView({lit(view)})", how="Spark SQL over the records", outputs=outputs, passes=tuple(queries) + ("original",), carrier=RECORDS,
                format=made.format, changes=(ALL,), notes=["Names are matched without case here, in NiFi with case."])


FILE_SINKS = ("PutFile", "PutHDFS", "PutS3Object", "PutGCSObject", "PutAzureBlobStorage", "PutAzureBlobStorage_v12", "PutAzureDataLakeStorage")


@handles(*FILE_SINKS, carriers=(RECORDS,), side_effect=True)
def put_files(step: Step) -> Cell:
    """Records into a folder that others read, in the format of the last writer."""
    form = step.records.format
    if form is None:
        raise Refused("no record writer says in which format the files are")
    base = next((step.get(n) for n in ("Directory", "Bucket", "gcs-bucket", "container-name", "filesystem-name") if step.get(n)), "") or "."
    folder = step.get("directory-name") or ""
    key = next((step.get(n) for n in ("Object Key", "gcs-key", "blob", "blob-name", "file-name") if step.get(n)), "") or ""
    if key and key.replace(" ", "") not in ("${filename}", "${azure.blobname}", "${azure.filename}"):
        inside, _, name = key.rpartition("/")
        if name.replace(" ", "") != "${filename}":
            raise Refused("the object's key is an expression")
        folder = "/".join(p for p in (folder, inside) if p)
    whole = "/".join(p for p in (base, folder.strip("/")) if p)
    options: Dict[str, Any] = {"options": form.options} if form.options else {}
    notes = [*credentials_note(step), *form.notes, "Spark names the files, and their number follows its partitions; a conflict of names cannot come up."]
    known = fixed(step, whole)
    if known is not None:
        path = step.path(known)
        return Cell(code=call("landings.write_files", step.input, path, form.kind, **options), how=f"files ({form.kind}) in a folder of the Volume", passes=("success",),
                    carrier=RECORDS, outside="files", writes=f"folder {path}", notes=notes)
    rows = f"{step.frame}_rows"
    write = call("landings.write_files", Code(rows), Code("files.under(volume, folder)"), form.kind, **options)
    values = call("landings.by_value", step.input, column(step, whole))
    return Cell(code=f"for folder, {rows} in {values}:\n{block(write)}", how=f"files ({form.kind}) in a folder for each value",
                passes=("success",), carrier=RECORDS, outside="files", notes=[f"Folder `{' '.join(whole.replace('`', chr(39)).split())}`: one write per value.", *notes])
