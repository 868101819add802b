"""Lines of text as records: GrokReader, SyslogReader, Syslog5424Reader; FreeFormTextRecordSetWriter."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Optional, Tuple

from .record_inference import header_schema
from .record_schema import STRING, Field, RecordError, Schema, SIMPLE, Type
from .record_service import SCHEMA, Options, Reader, RecordSet, Settings, Writer, access
from .record_values import Record, convert, field_value, text


class FreeFormTextRecordSetWriter(Writer):
    """A text with expressions over the record's fields (and the flow file's attributes) for each record. `text` is a
    function of both; a field hides an attribute of its name. Each record ends with a line feed."""

    def __init__(self, text: Callable[[Dict[str, str]], str], charset: str = "utf-8"):
        super().__init__()
        self.text, self.charset = text, charset

    def content(self, settings: Settings, attributes: Dict[str, str], records: List[Record], schema: Schema) -> Tuple[bytes, str]:
        out = []
        for record in records:
            fields = {f.name: text(field_value(record, f)) or "" for f in schema.fields}
            made = self.text({**attributes, **fields}) if callable(self.text) else self.text
            out.append((made or "") + "\n")
        return "".join(out).encode(self.charset, "replace"), "text/plain"


class LineReader(Reader):
    """Records out of lines by a function: `parse(line)` gives a dict, or None for a line that is none.

    `unmatched`: append (to the last record's stack trace), skip, raw (a record of `_raw` alone).
    """

    def __init__(self, parse: Callable[[str], Optional[Dict[str, Any]]], names: List[str], unmatched: str = "append", raw: str = "_raw",
                 stack: str = "stackTrace", schema: Optional[Schema] = None):
        self.parse, self.names, self.unmatched, self.raw, self.stack, self.fixed = parse, names, unmatched, raw, stack, schema

    def read(self, flow_file) -> RecordSet:
        extra = [self.stack, self.raw] if self.unmatched is not None else []
        schema = self.fixed or header_schema(self.names + [n for n in extra if n not in self.names])
        records: List[Record] = []
        trace: List[str] = []
        for line in flow_file.content.decode("utf-8", "replace").splitlines():
            values = self.parse(line)
            if values is None:
                if self.unmatched is None:
                    raise RecordError(f"cannot be read: {line[:200]!r}")
                if self.unmatched == "raw":
                    records.append(self._made({self.raw: line}, schema))
                elif self.unmatched == "append" and records:
                    trace.append(line)
                    dict.__setitem__(records[-1], self.stack, "\n".join(trace))
                    dict.__setitem__(records[-1], self.raw, (records[-1].get(self.raw) or "") + "\n" + line)
                continue
            trace = []
            records.append(self._made({**values, **({self.raw: line} if extra else {})}, schema))
        return RecordSet(schema, records)

    @staticmethod
    def _made(values: Dict[str, Any], schema: Schema) -> Record:
        return Record({f.name: convert(values.get(f.name), f.type, name=f.name) for f in schema.fields if f.name in values}, schema)
