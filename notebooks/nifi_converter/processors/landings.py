"""List + fetch, or get, in front of a record reader: Auto Loader where nothing happens to the files, otherwise a read of
what a listing found. Only in the record form of a flow; `planning`'s graph finds the pairs (`Landing`)."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Tuple

from . import ASSISTED, RECORDS, Cell, Refused, handles
from .code import Code, assign, block, call, lit
from .files import credentials_note, filters
from .record_formats import SAME_HEADER, Format, reader_format
from .step import Step

LISTS = ("ListFile", "ListHDFS", "ListS3", "ListGCSBucket", "ListAzureBlobStorage", "ListAzureBlobStorage_v12", "ListAzureDataLakeStorage",
         "ListSFTP", "ListFTP", "ListSmb")
FETCHES = ("FetchFile", "FetchHDFS", "FetchS3Object", "FetchGCSObject", "FetchAzureBlobStorage", "FetchAzureBlobStorage_v12",
           "FetchAzureDataLakeStorage", "FetchSFTP", "FetchFTP", "FetchSmb")
GETS = ("GetFile", "GetHDFS", "GetSFTP", "GetFTP")
READER_PROPERTIES = ("record-reader", "Record Reader", "put-db-record-record-reader", "RECORD_READER")

_OBJECT = ("Object Key", "gcs-key", "blob", "blob-name", "file-name")
_AS_LISTED = {"${filename}", "${azure.blobname}", "${azure.filename}", "${path}/${filename}", "${absolute.path}/${filename}", "${hdfs.path}/${filename}"}
_AUTO_LOADER = ("csv", "avro", "parquet")


@dataclass
class Landing:
    """A file source of the record form. `listing` is the list processor's step (or the get's own), `fetch` the fetch's,
    `reader_step` and `reader` the processor that reads the records and its reader property."""

    listing: Step
    fetch: Optional[Step]
    reader_step: Step
    reader: str
    alone: bool = True  # the part's only source: a run that finds nothing new may end here
    fields: Tuple[str, ...] = ()  # what the part's queries and record paths name: columns of the check's sample

    def format(self) -> Format:
        return reader_format(self.reader_step, self.reader_step.service(self.reader))

    def completion(self) -> str:
        """What happens to a file that was taken: "" (nothing), move, delete."""
        if self.fetch is None:
            if self.listing.type == "GetSFTP" or self.listing.type == "GetFTP":
                return "delete" if self.listing.flag("Delete Original", True) else "keep"
            return "keep" if self.listing.flag("Keep Source File") else "delete"
        strategy = (self.fetch.get("Completion Strategy") or "None").lower()
        return "move" if strategy.startswith("move") else "delete" if strategy.startswith("delete") else ""

    def filters(self) -> Dict[str, object]:
        return filters(self.listing)

    def streams(self) -> bool:
        """Whether Auto Loader does it: its checkpoint is the listing's state, so nothing may happen to the files, every
        file counts once, and only names may choose."""
        filters = self.filters()
        tracked = self.fetch is not None and self.listing.get("listing-strategy", "timestamps") != "none"
        return tracked and not self.completion() and self.format().kind in _AUTO_LOADER and set(filters) <= {"name_pattern", "recurse"}

    def folder(self) -> Code:
        step = self.listing
        names = ("Input Directory", "Directory", "Bucket", "gcs-bucket", "container-name", "filesystem-name", "Remote Path", "smb-client-provider-service")
        base = next((step.get(n) for n in names if step.get(n)), "") or ""
        prefix = next((step.get(n) for n in ("prefix", "gcs-prefix", "blob-name-prefix", "directory-name", "directory") if step.get(n)), "") or ""
        if prefix and step.type in ("ListS3", "ListGCSBucket", "ListAzureBlobStorage", "ListAzureBlobStorage_v12") and not prefix.endswith("/"):
            raise Refused("the prefix is no folder")
        whole = "/".join(p for p in (base.rstrip("/") if prefix else base, prefix.strip("/")) if p) or "."
        if not step.is_literal(whole):
            raise Refused("the folder is an expression")
        return step.path(whole)

    def remote(self) -> bool:
        return bool(re.search(r"SFTP|FTP|Smb", self.listing.type))


def _landing(step: Step) -> Landing:
    if step.landing is None:
        raise Refused("no record reader follows")
    return step.landing


def _notes(landing: Landing) -> List[str]:
    if landing.remote():
        host = landing.listing.get("Hostname") or "the server"
        return [f"**Gap:** Databricks reaches `{host}` only through what an administrator sets up: the same path is read below the Volume (managed ingestion or a mount carries the files)."]
    if landing.listing.type not in ("ListFile", "GetFile"):
        return ["The bucket or container is a folder of the Volume in widget `volume`: mount it there as an external Volume.", *credentials_note(landing.listing)]
    return []


def _level(landing: Landing, cell: Cell) -> Cell:
    if landing.remote():
        cell.level, cell.how = ASSISTED, "the remote folder is a folder of the Volume: something must carry the files (managed ingestion, or a mount)"
    return cell


@handles(*LISTS, carriers=(RECORDS,), source=True, state=True)
def list_records(step: Step) -> Cell:
    landing = _landing(step)
    folder, filters = landing.folder(), landing.filters()
    landing.format()
    if landing.streams():
        notes = _notes(landing) + [f"The folder that Auto Loader watches; its checkpoint stands for the listing's state (strategy {step.get('listing-strategy', 'timestamps')})."]
        return _level(landing, Cell(code=assign(step.frame, folder), how="the folder that Auto Loader watches", notes=notes, passes=("success",), carrier=RECORDS,
                                    reads=f"folder {folder}", outside="files", sample=_sample(landing)))
    listing = call("files.list_files", folder, **filters)
    if landing.completion() or step.get("listing-strategy", "timestamps") == "none":
        words = "The folder is the queue: what was read leaves it at the end of the run." if landing.completion() else "Strategy *No Tracking*: every run takes every file again, as in NiFi."
        return _level(landing, Cell(code=assign(step.frame, listing), how="a listing on the driver", notes=_notes(landing) + [words], passes=("success",), carrier=RECORDS,
                                    reads=f"folder {folder}", outside="files", sample=_sample(landing)))
    state = f"{step.frame}_seen"
    return _level(landing, Cell(
        code=assign(step.frame, f"{state}.new({listing})"), how="a listing on the driver", passes=("success",), carrier=RECORDS, reads=f"folder {folder}", outside="files",
        notes=_notes(landing) + [f"What was listed is kept in the state table `…__{state}`, which is committed at the end of the run."],
        setup=[f'{state} = files.Listing(spark, f"{{tables}}__{state}")'], commit=f"{state}.commit()", sample=_sample(landing)))


@handles(*FETCHES, carriers=(RECORDS,), side_effect=True)
def fetch_records(step: Step) -> Cell:
    landing = _landing(step)
    _as_listed(step)
    if landing.streams():
        return _level(landing, _auto_loader(step, landing))
    return _level(landing, _batch(step, landing, step.input, landing.completion()))


def _as_listed(step: Step) -> None:
    """Refused where a fetch takes something else than the whole file that was listed."""
    key = step.get("File to Fetch") or step.get("HDFS Filename") or step.get("Remote File") or step.get("remote-file") or next((step.get(n) for n in _OBJECT if step.get(n)), "")
    if key and key.replace(" ", "") not in _AS_LISTED:
        raise Refused("it fetches another file than the one that was listed")
    if any(step.get(n) for n in ("range-start", "gcs-object-range-start", "Version")):
        raise Refused("it fetches a part or a version of an object")


def fetch_later(step: Step) -> Cell:
    """A fetch in front of a record processor that opens the files itself: flow files pass on, each naming its file."""
    _as_listed(step)
    landing = Landing(step, step, step, "")
    cell = Cell(how="what follows reads the files with Spark", passes=("success",), carrier="driver", notes=[] if step.type == "FetchFile" else _notes(landing))
    _complete(step, cell, step.input, landing.completion())
    cell.notes.append("The content is read by what follows, straight from the files; one that cannot be read fails there.")
    return _level(landing, cell)


def reading(step: Step) -> Optional[Landing]:
    """How a record processor reads files that its flow files name; None where it has no reader."""
    reader = next((name for name in READER_PROPERTIES if step.service(name) is not None), None)
    return None if reader is None else Landing(step, None, step, reader, alone=True)


def reading_code(step: Step, landing: Landing) -> Tuple[str, Cell]:
    """(body of a function of `files` and `attributes` that returns their records, a cell with all else that it asks for)."""
    form = landing.format()
    options = {k: v for k, v in form.options.items() if k != "enforceSchema" or v}  # files are read in groups of one header each
    schema: Any = form.schema
    lines: List[str] = []
    if form.named is not None:
        lines.append(f"types, required = landings.schema_of_name({form.named.registry}, {form.named.name})")
        schema = "" if form.by_name else Code("landings.text_columns(types)")
    source = call("landings.read_files", Code("spark"), Code("files"), form.kind, **{k: v for k, v in (("options", options), ("schema", schema)) if v})
    lines += _typed(step, form, landing, source)
    if not form.text and "landings.cells(" not in lines[-1]:
        lines[-1] += '.drop("_file")'
    notes = [n for n in form.notes if n != SAME_HEADER]
    return "\n".join([*lines, f"return {step.frame}"]), Cell(
        notes=notes, setup=[form.named.setup] if form.named is not None else [], outside="files", sample=_sample(landing))


@handles(*GETS, carriers=(RECORDS,), source=True, side_effect=True)
def get_records(step: Step) -> Cell:
    landing = _landing(step)
    folder, listed = landing.folder(), f"{step.frame}_files"
    cell = _batch(step, landing, Code(listed), landing.completion())
    cell.code = f"{assign(listed, call('files.list_files', folder, **landing.filters()))}\n{cell.code}"
    cell.reads, cell.sample = f"folder {folder}", _sample(landing)
    cell.notes = _notes(landing) + cell.notes
    return _level(landing, cell)


def _auto_loader(step: Step, landing: Landing) -> Cell:
    """What is new, once, into a staged table."""
    name, form = step.frame, landing.format()
    filters = landing.filters()
    checkpoint, table = f'f"{{volume}}/_checkpoints/{name}"', f'f"{{tables}}__{name}_staged"'
    options = dict(form.options)
    if filters.get("recurse") is not False:
        options["recursiveFileLookup"] = True
    lines = [] if form.schema else _end_early(landing, f"landings.has_files({step.input})")
    given: Dict[str, Any] = {"schema": form.schema} if form.schema else {"schema_location": Code(f'f"{{volume}}/_checkpoints/{name}/schema"')}
    if form.options.get("inferSchema"):
        given["infer_types"] = True
    if options:
        given["options"] = options
    chain = []
    if filters.get("recurse") is False:
        chain.append(f".where(landings.directly_in({step.input}))")
    if filters.get("name_pattern"):
        chain.append(f'.where(F.col("_metadata.file_name").rlike({lit("^(?:" + str(filters["name_pattern"]) + ")$")}))')
    if not form.schema and form.kind == "csv":
        chain.append('.drop("_rescued_data")')  # of an inferred schema; text columns have nothing to rescue
    if form.text:
        chain.append('.select("*", F.col("_metadata.file_path").alias("_file"))')
    stream = call("landings.auto_loader", Code("spark"), form.kind, step.input, **given)
    lines.append(f"{name}_new = {stream}" if not chain else f"{name}_new = (\n" + "".join(f"{block(part)}\n" for part in [stream, *chain]) + ")")
    staged = f"landings.staged({name}_new, {table}, checkpoint={checkpoint})"
    lines += _typed(step, form, landing, staged)
    notes = ["Auto Loader takes the files that are new and stops (`availableNow`), into the staged table "
             f"`…__{name}_staged`, which is emptied at the end of the run: a run that breaks off finds its rows again."]
    if not form.schema and form.kind != "csv":
        notes.append("Values that do not fit the schema found first are in the column `_rescued_data` that Auto Loader adds.")
    return Cell(code="\n".join(lines), how=f"Auto Loader ({form.kind}) into a staged table", notes=notes + form.notes, passes=("success",), carrier=RECORDS,
                commit=f"rt.clear(spark, {table})", outside="files")


def _batch(step: Step, landing: Landing, listed: str, completion: str) -> Cell:
    """spark.read of the files that were listed; what happens to them afterwards is the run's last act."""
    form = landing.format()
    if form.options.pop("enforceSchema", None) is False:  # files are read in groups of one header each
        form.notes = [n for n in form.notes if n != SAME_HEADER]
    read = call("landings.read_files", Code("spark"), Code(listed), form.kind,
                **{k: v for k, v in (("options", form.options), ("schema", form.schema)) if v})
    lines = [*([] if form.schema or form.by_name else _end_early(landing, listed)), *_typed(step, form, landing, read)]
    if (not form.text or landing.reader_step.type == "ValidateRecord") and "landings.cells(" not in lines[-1]:
        lines[-1] += '.drop("_file")'
    cell = Cell(code="\n".join(lines), how=f"spark.read ({form.kind}) of the files listed", notes=list(form.notes), passes=("success",), carrier=RECORDS, outside="files")
    _complete(step, cell, listed, completion)
    return cell


def _complete(step: Step, cell: Cell, listed: str, completion: str) -> None:
    """What happens to the files that were read, as the run's last act."""
    if completion == "delete":
        cell.commit = f"files.delete_files({listed})"
        cell.notes.append("The files are deleted at the end of the run, after the sinks.")
    elif completion == "move":
        target = step.path(step.get("Move Destination Directory") or step.get("move-destination-directory") or ".")
        if target.startswith("lambda"):
            raise Refused("the folder that files move to is an expression")
        conflict = step.get("Move Conflict Strategy", "Rename") if step.type == "FetchFile" else "Replace File"
        cell.commit = str(call("files.move_files", Code(listed), target, **({"conflict": conflict} if conflict != "Rename" else {})))
        cell.notes.append("The files are moved at the end of the run, after the sinks: a run that breaks off finds them again.")
    elif completion == "keep":
        cell.notes.append("The files stay where they are: every run takes them again, as in NiFi.")


def _end_early(landing: Landing, found: str) -> List[str]:
    """Without a file nothing says what the columns are."""
    if not landing.alone:
        raise Refused("the schema comes from the files, and the part has other sources")
    return [f"if not {found}:  # nothing to do, and no file that says what the columns are", "    dbutils.notebook.exit(report.line())"]


def _typed(step: Step, form: Format, landing: Landing, source: str) -> List[str]:
    """The lines that assign the step's frame; text columns are cast, what does not fit fails its whole file."""
    if form.kind == "csv" and not form.types and not form.named and not form.options.get("inferSchema"):
        return [f"{step.frame} = landings.cells({source})"]
    if not form.text or landing.reader_step.type == "ValidateRecord":  # which judges the texts itself
        return [f"{step.frame} = {source}"]
    options: Dict[str, Any] = {"required": form.required} if form.required else {"required": Code("required")} if form.named else {}
    reader = " ".join(landing.reader_step.name.split())
    return [f"{step.frame}_cells = {source}",
            f"{step.frame}, {step.frame}_unfit = " + call("landings.typed", Code(f"{step.frame}_cells"), Code("types") if form.named else form.types, **options),
            call("report.keep_records", Code(f"{step.frame}_unfit"), reader, "failure", **({"attributes": Code("attributes")} if step.per_file else {}))]


def _sample(landing: Landing) -> Tuple[str, bytes]:
    """A file that the check puts into the folder."""
    values = {"INT": "1", "BIGINT": "1", "FLOAT": "1.5", "DOUBLE": "1.5", "BOOLEAN": "true", "DATE": "2024-01-02", "TIMESTAMP": "2024-01-02 03:04:05"}
    form = landing.format()
    named = next(iter(form.named.schemas.values()), {}) if form.named is not None else {}
    types = form.types or {n: t.replace(" NOT NULL", "") for n, t in named.items()} or {name: "STRING" for name in landing.fields} or {"id": "BIGINT", "name": "STRING"}
    if form.kind == "csv":
        separator = form.options.get("sep", ",")
        row = separator.join(values.get(t, "1" if t.startswith("DECIMAL") else "sample") for t in types.values())
        head = separator.join(types) + "\n" if form.options.get("header") else ""
        return "sample.csv", f"{head}{row}\n".encode()
    # Avro and Parquet files are made of JSON as well: the check reads them so.
    return "sample.json", json.dumps([{n: 1 if t in ("INT", "BIGINT") else 1.5 if t in ("FLOAT", "DOUBLE") else "sample" for n, t in types.items()
                                       if not t.startswith(("ARRAY", "MAP", "STRUCT"))}]).encode()
