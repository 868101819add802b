"""The record form of what stands between a source and a sink of records: columns and SQL instead of flow files.

There are no attributes on records: what reads one is Refused, and the chain is converted in its flow-file form.
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional, Tuple

from ..patterns import record_path
from ..patterns.translation import PatternError
from ..runtime import java_hash
from . import NOT_NEEDED, RECORDS, Cell, Refused, handles
from .code import Code, assign, call, lit
from .record_formats import Format, avro_columns, schema_text, writer_format
from .step import Step


def _own_schema(step: Step, property_name: str) -> Dict[str, str]:
    """{column: SQL type} where a reader or writer brings a schema of its own; {} where it takes what comes."""
    service = step.service(property_name)
    if service is None:
        raise Refused("a record service is not part of the flow")
    text = schema_text(step, service)
    return avro_columns(text)[0] if text else {}


def _format(step: Step, property_name: str) -> Optional[Format]:
    """The writer's format for a sink that writes files; None where Spark has none (a sink then refuses)."""
    try:
        return writer_format(step, step.service(property_name))
    except Refused:
        return None


def _through(step: Step, source: str, reader: str, writer: str) -> Tuple[str, Optional[Format]]:
    """What comes out of a reader and a writer as an expression, and the format that was written."""
    # What comes straight from files was read with the reader's schema already.
    given = {} if step.landing is not None else _own_schema(step, reader)
    for types in (given, _own_schema(step, writer)):
        if types:
            source = call("landings.fitted", Code(source), types)
    return source, _format(step, writer)


@handles("ConvertRecord", "MergeRecord", carriers=(RECORDS,))
def change_format(step: Step) -> Cell:
    """Formats between processors vanish: a DataFrame stays a DataFrame."""
    source, form = _through(step, step.input, "record-reader", "record-writer")
    how = "only the format changes: a DataFrame stays a DataFrame" if source == step.input else "the columns and types of the schema"
    return Cell(code=assign(step.frame, source), how=how, passes=("success", "merged"), carrier=RECORDS, format=form,
                notes=["Readers and writers between processors vanish; flow files are not counted or sized here."])


@handles("ConvertAvroToJSON", carriers=(RECORDS,))
def avro_to_json(step: Step) -> Cell:
    return Cell(code=assign(step.frame, step.input), how="only the format changes: a DataFrame stays a DataFrame", passes=("success",), carrier=RECORDS, format=Format("json"))


@handles("SplitRecord", "SplitAvro", carriers=(RECORDS,))
def split(step: Step) -> Cell:
    source, form = _through(step, step.input, "Record Reader", "Record Writer") if step.type == "SplitRecord" else (step.input, Format("avro"))
    return Cell(code=assign(step.frame, source), how="pieces only bound NiFi's memory: Spark partitions by itself", passes=("splits", "split"), carrier=RECORDS, format=form)


@handles("UpdateAttribute", carriers=(RECORDS,))
def update_attribute(step: Step) -> Cell:
    """Everything that follows in the record form reads no attribute, otherwise it would not be in it."""
    return Cell(level=NOT_NEEDED, how="it sets attributes, and nothing that follows reads one: records carry none", passes=("success",),
                notes=[f"`{n}` ← `{' '.join(v.split())[:120]}`" for n, v in step.dynamic if "`" not in n + v], carrier=RECORDS)


def _field(path: str) -> str:
    """The one top-level field that a record path names."""
    try:
        steps = record_path.parse(path).steps
    except PatternError as error:
        raise Refused(str(error))
    if len(steps) != 1 or steps[0][0] != "field":
        raise Refused(f"the record path {path} is no single field")
    return str(steps[0][1])


def _value(step: Step, text: str, field: str) -> str:
    """A value of UpdateRecord as a column of records: `${field.value}` is the field itself."""
    value = step.parse(text)
    if value.is_literal:
        return lit_column(value.literal_text)
    others = set(value.attributes_read()) - {"field.value", "field.name"}
    if others:
        raise Refused(f"it reads attributes: {', '.join(sorted(others))}")
    if step.needs_udf(text):
        raise Refused("the expression has no form in columns")
    source = str(step.column(text))
    named = {"field.value": f'F.col({lit(_quoted(field))}).cast("string")', "field.name": f"F.lit({lit(field)})"}
    source = re.sub(r"""rt\.attr\(['"](field\.value|field\.name)['"]\)""", lambda m: named[m[1]], source)
    if "rt.attr(" in source or "attributes" in source:
        raise Refused("the expression reads attributes in a way that columns do not know")
    return source


def lit_column(text: str) -> str:
    return f"F.lit({lit(text)})"


def _quoted(name: str) -> str:
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
    source: str = call("landings.fitted", step.input, reader) if reader else step.input
    lines: List[str] = []
    for path in order:
        field = _field(path)
        if by_path:
            if not step.is_literal(given[path]):
                raise Refused("the record path is an expression")
            made = record_path.to_spark(given[path])
            if not made.text:
                raise Refused(f"the record path {given[path]} has no form in columns")
            column = made.text
        else:
            column = _value(step, given[path], field)
        lines.append(f"    .withColumn({lit(field)}, {column})")
    code = f"{step.frame} = (\n    {source}\n" + "\n".join(lines) + "\n)"
    if writer:
        code += f"\n{step.frame} = {call('landings.fitted', Code(step.frame), writer)}"
    rows = [f"| `{p}` | `{' '.join(given[p].split())}` |" for p in order if "`" not in p + given[p] and "|" not in p + given[p]]
    return Cell(code=code, how="a column for each record path", passes=("success",), carrier=RECORDS, format=_format(step, "record-writer"),
                notes=["| Field | Value |", "| --- | --- |", *rows] if len(rows) == len(order) else [])


@handles("RemoveRecordField", carriers=(RECORDS,))
def remove_field(step: Step) -> Cell:
    fields = [_field(path) for _, path in step.dynamic]
    source, form = _through(step, step.input, "record-reader", "record-writer")
    return Cell(code=assign(step.frame, f"{source}.drop({', '.join(lit(f) for f in fields)})"), how="columns dropped", passes=("success",), carrier=RECORDS, format=form)


_TOKENS = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|[A-Za-z_][A-Za-z0-9_]*|.", re.S)


def spark_sql(text: str) -> str:
    """Calcite's SQL of QueryRecord as Spark's, as a template for `spark.sql(..., FLOWFILE=frame)`. Refused where the two
    dialects would give other rows."""
    made, division = [], False
    for token in _TOKENS.findall(text):
        if token.startswith('"') and len(token) > 1:
            made.append("`" + token[1:-1].replace('""', '"').replace("`", "``") + "`")
        elif token.startswith(("--", "/*")) and len(token) > 1:
            continue
        elif token.startswith("'"):
            if "\\" in token:
                raise Refused("a text of the query holds a backslash")
            made.append("'" + token[1:-1].replace("''", "\\'").replace("{", "{{").replace("}", "}}") + "'")
        elif token.upper() == "FLOWFILE":
            made.append("{FLOWFILE}")
        elif token.upper() == "VARCHAR":
            made.append("STRING")
        elif token.upper().startswith("RPATH"):
            raise Refused("the query uses NiFi's record path functions")
        else:
            division = division or token == "/"
            made.append(token.replace("{", "{{").replace("}", "}}"))
    query = "".join(made)
    if division:
        raise Refused("integer division means something else in Spark's SQL")
    return re.sub(r"STRING\s*\(\s*\d+\s*\)", "STRING", query.strip().rstrip(";"))


@handles("QueryRecord", carriers=(RECORDS,))
def query_record(step: Step) -> Cell:
    """Each user-added property is a query and a relationship of its own."""
    queries: Dict[str, str] = {}
    for name, text in step.dynamic:
        if not step.is_literal(text):
            raise Refused("a query is an expression")
        queries[name] = spark_sql(step.parse(text).literal_text)
    if not queries:
        raise Refused("it has no query")
    source, form = _through(step, step.input, "record-reader", "record-writer")
    lines = [assign(step.frame, source)]
    outputs = {}
    for name, query in queries.items():
        outputs[name] = f'spark.sql(\n    """{query}""",\n    FLOWFILE={step.frame},\n)' if '"""' not in query and "\\" not in query else \
            f"spark.sql({lit(query)}, FLOWFILE={step.frame})"
    outputs["original"] = step.frame
    return Cell(code="\n".join(lines), how="Spark SQL over the records", outputs=outputs, passes=tuple(queries) + ("original",), carrier=RECORDS, format=form,
                notes=["Names are matched without case here, in NiFi with case."])


FILE_SINKS = ("PutFile", "PutHDFS", "PutS3Object", "PutGCSObject", "PutAzureBlobStorage", "PutAzureBlobStorage_v12", "PutAzureDataLakeStorage")


@handles(*FILE_SINKS, carriers=(RECORDS,), side_effect=True)
def put_files(step: Step) -> Cell:
    """Records into a folder that others read, in the format of the last writer."""
    form = step.format
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
    if not step.is_literal(whole):
        raise Refused("the folder is an expression")
    path = step.path(whole)
    options: Dict[str, Any] = {"options": form.options} if form.options else {}
    return Cell(code=call("landings.write_files", step.input, path, form.kind, **options), how=f"files ({form.kind}) in a folder of the Volume", passes=("success",),
                carrier=RECORDS, outside="files", writes=f"folder {path}",
                notes=[*form.notes, "Spark names the files, and their number follows its partitions; a conflict of names cannot come up."])
