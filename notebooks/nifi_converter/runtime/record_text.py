"""Records as free text: FreeFormTextRecordSetWriter."""

from __future__ import annotations

from typing import Callable, Dict, List, Tuple

from .record_schema import Schema
from .record_service import Settings, Writer
from .record_values import Record, field_value, text


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
