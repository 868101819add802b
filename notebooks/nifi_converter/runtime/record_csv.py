"""CSV records: CSVReader, CSVRecordSetWriter."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Dict, List, Optional, Tuple

from . import csv_text
from .csv_text import CsvError
from .record_inference import header_schema, infer_records, of_text
from .record_schema import STRING, Field, RecordError, Schema
from .record_service import DATES, SCHEMA, Options, Reader, RecordSet, Settings, Writer, access
from .record_values import Formats, Record, compatible, convert, field_value, text

_NUMBERS = ("BYTE", "SHORT", "INT", "LONG", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL")


class CSVReader(Reader):
    """Rows by the header's names or the schema's order. `schema`: infer, header, text, name, attribute.

    Cells are trimmed, an empty cell is null. One cell that does not fit its type fails the flow file.
    """

    def __init__(self, **options: Any):
        self.options = Options(options, **{**SCHEMA, **DATES, "schema": "infer", "format": "custom", "separator": None, "quote": None,
                                           "escape": None, "comment": None, "null_text": None, "trim": None, "header": False,
                                           "ignore_header": False, "unquote": True, "charset": "utf-8"})

    def read(self, flow_file, coerce: bool = True) -> RecordSet:
        """`coerce=False`: a cell that does not fit its type stays text, for who judges the records."""
        settings = self.options.of(flow_file.attributes)
        dialect = csv_text.changed(csv_text.FORMATS.get(settings.format, csv_text.FORMATS["custom"]), **{
            k: getattr(settings, k) for k in ("separator", "quote", "escape", "comment", "null_text", "trim")})
        content = flow_file.content.decode(settings.charset, "replace")
        has_header = settings.header or settings.schema in ("infer", "header")
        if settings.schema == "infer":
            names, rows = self._all(content, dialect)
            schema = self._inferred(names, rows, settings)
        elif settings.schema == "header":
            names, rows = self._all(content, dialect, lazy=True)
            schema = header_schema(names)
        else:
            schema = access(settings, flow_file.attributes)
            names, rows = self._all(content, dialect, lazy=True) if has_header else ([], self._lazily(content, dialect))
        fields = list(schema.fields)
        if has_header and not settings.ignore_header:
            fields = [schema.get(name) or Field(name, STRING) for name in names]
        records = []
        try:
            for row in rows:
                if isinstance(row, CsvError):
                    raise row
                made = Record(schema=schema)
                for field, cell in zip(fields, row):
                    if field.name not in made:
                        dict.__setitem__(made, field.name, self._convert(cell, field, settings, coerce))
                records.append(made)
        except (CsvError, RecordError) as error:
            raise RecordError("Error while getting next record") from error
        return RecordSet(schema, records)

    @staticmethod
    def _all(content: str, dialect: csv_text.Dialect, lazy: bool = False) -> Tuple[List[str], List[Any]]:
        """(header, rows). `lazy`: a fault stands in place of the row that has it, as NiFi meets it only there."""
        made: List[Any] = CSVReader._lazily(content, dialect)
        for row in made[:1] if lazy else made:
            if isinstance(row, CsvError):
                raise RecordError(str(row))
        if not made:
            return [], []
        names = list(dict.fromkeys(name or "" for name in made[0]))
        return names, made[1:]

    @staticmethod
    def _lazily(content: str, dialect: csv_text.Dialect) -> List[Any]:
        made: List[Any] = []
        try:
            for row in csv_text.rows(content, dialect):
                made.append(row)
        except CsvError as error:
            made.append(error)
        return made

    @staticmethod
    def _inferred(names: List[str], rows: List[Any], settings: Settings) -> Schema:
        kind = of_text(settings.formats)
        for row in rows:
            if len(row) < len(names):
                raise RecordError("java.lang.IllegalArgumentException Thrown")
        made = infer_records((dict(zip(names, row)) for row in rows), kind)
        missing = [Field(n, STRING) for n in names if made.get(n) is None]
        return Schema(made.fields + tuple(missing)) if missing else made

    @staticmethod
    def _convert(cell: Optional[str], field: Field, settings: Settings, coerce: bool) -> Any:
        if cell is None:
            return None
        if settings.unquote and len(cell) > 1 and cell[0] == cell[-1] == '"':
            cell = cell[1:-1]
        if not coerce and not compatible(cell, field.type, settings.formats):
            return cell or None
        return None if cell == "" else convert(cell, field.type, settings.formats, field.name)


class CSVRecordSetWriter(Writer):
    """A header and a row for each record; nested values as Java's toString writes them."""

    DEFAULTS = {"format": "custom", "separator": None, "quote": None, "escape": None, "newline": None, "mode": None, "trim": None,
                "null_text": None, "trailing": None, "header": True, "charset": "utf-8"}

    def content(self, settings: Settings, attributes: Dict[str, str], records: List[Record], schema: Schema) -> Tuple[bytes, str]:
        style = csv_text.changed(csv_text.STYLES.get(settings.format, csv_text.STYLES["custom"]), **{
            k: getattr(settings, k) for k in ("separator", "quote", "escape", "newline", "mode", "trim", "null_text", "trailing")})
        out: List[str] = []
        if settings.header:
            out.append(csv_text.write_row([f.name for f in schema.fields], style))
        formats: Formats = settings.formats
        for record in records:
            values = [field_value(record, f) for f in schema.fields]
            shown = [text(v, formats) for v in values]
            out.append(csv_text.write_row(shown, style, [_is_number(v, f) for v, f in zip(values, schema.fields)]))
        return "".join(out).encode(settings.charset, "replace"), "text/csv"


def _is_number(value: Any, field: Field) -> bool:
    """Whether a cell is written as a number: booleans and numbers in columns of text are texts."""
    return field.type.kind in _NUMBERS and isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
