"""What is known of the records on a connection: how they were written, their columns, and the attributes of the flow files
that they would be.

Records carry no attributes. One that is known is a constant text, or follows from the record's own columns as
PartitionRecord sets it; an expression over such attributes becomes a constant or a column where it is read. What reads
any other attribute is Refused, and the chain is converted in its flow-file form.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Dict, FrozenSet, Iterable, Optional, Sequence

from .. import expression_language as expressions
from .code import Code, call, lit

if TYPE_CHECKING:
    from .step import Cell, Step

ALL = "*"  # of a cell's `changes`: every column may be another one afterwards
_NAME = r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
_READ = re.compile(rf"rt\.attr\({_NAME}\)")
_READ_OR_EMPTY = re.compile(rf'F\.coalesce\(rt\.attr\({_NAME}\), F\.lit\(""\)\)')


@dataclass(frozen=True)
class Known:
    """An attribute: `source` is a column expression of its text (null: the flow file would not have it; `sure`: it never
    is), made of the record's `columns`; a constant has `text`."""

    source: str
    columns: FrozenSet[str] = frozenset()
    text: Optional[str] = None
    sure: bool = False


def constant(text: str) -> Known:
    return Known(str(call("F.lit", text)), text=text, sure=True)


@dataclass(frozen=True)
class RecordState:
    """`format`: in which the records were written last (record_formats.Format), `types`: {column: SQL type} where all
    columns are known, `attributes`: the known ones, `pages`: whether they are the pages of a table that what follows fetches."""

    format: Any = None
    types: Optional[Dict[str, str]] = None
    attributes: Dict[str, Known] = field(default_factory=dict)
    pages: bool = False

    def after(self, cell: "Cell", relationships: Sequence[str] = ()) -> "RecordState":
        """What is known behind a cell, on a connection for `relationships`. An attribute made of a column that the cell
        changes is no longer known."""
        known = self.attributes if cell.attributes is None else cell.attributes
        types = [cell.types_by.get(r, cell.types) for r in relationships] or [cell.types]
        return RecordState(cell.format or self.format, types[0] if all(t == types[0] for t in types) else None, without(known, cell.changes), cell.pages)


def without(known: Dict[str, Known], changes: Iterable[str]) -> Dict[str, Known]:
    """The attributes that do not hang on a column that was changed."""
    changed = set(changes)
    return {n: k for n, k in known.items() if not (k.columns and (ALL in changed or k.columns & changed))}


def joined(states: Iterable[RecordState]) -> RecordState:
    """What is known of records that come from several connections: what all of them agree on."""
    found = list(states)
    if not found:
        return RecordState()
    first, others = found[0], found[1:]
    return RecordState(first.format if all(o.format == first.format for o in others) else None,
                       first.types if all(o.types == first.types for o in others) else None,
                       {n: k for n, k in first.attributes.items() if all(o.attributes.get(n) == k for o in others)},
                       any(state.pages for state in found))


def fixed(step: "Step", text: str) -> Optional[str]:
    """The text of an expression that is the same for all records; None where it is not, or reads what is unknown."""
    value = step.parse(text)
    if value.is_literal:
        return value.literal_text
    read = set(value.attributes_read())
    known = {n: step.records.attributes[n].text for n in read if n in step.records.attributes}
    if not value.deterministic or value.timed or value.parameters_used() or not read or len(known) < len(read) or None in known.values():
        return None
    step.attributes_read.update(read)
    try:
        return expressions.evaluate(value, known)
    except expressions.ELError:
        return None


def told(step: "Step", text: str) -> Optional[Code]:
    """An expression that has one value for all records of a frame, as source: a literal, or in frame files an expression
    over the `attributes` of the flow file. None where the value differs from record to record, or reads what is unknown."""
    plain = fixed(step, text)
    if plain is not None:
        return lit(plain)
    return step.python_of_file(text) if step.per_file and not set(step.parse(text).attributes_read()) & set(step.records.attributes) else None


def column(step: "Step", text: str, more: Optional[Dict[str, Known]] = None) -> Code:
    """An expression over known attributes as a column of the records. `more`: what the processor itself adds to them."""
    from .step import Refused

    step = step if not more else _with(step, more)
    plain = fixed(step, text)
    if plain is not None:
        return call("F.lit", plain)
    value = step.parse(text)
    read = set(value.attributes_read())
    unknown = read - set(step.records.attributes)
    step.attributes_read.update(read)
    if unknown and step.per_file:
        if unknown == read:
            return Code(f"F.lit({step.python_of_file(text)})")
        step = _with(step, {name: Known(f"F.lit(attributes.get({lit(name)}))") for name in unknown})
    elif unknown:
        raise Refused(f"it reads attributes: {', '.join(sorted(unknown))}")
    if step.needs_udf(text):
        raise Refused("the expression has no form in columns")

    def known(match: "re.Match[str]") -> Known:
        return step.records.attributes[ast.literal_eval(match[1])]

    written = str(step.column(text))
    rest = _READ.sub("", written)
    if "rt.attr(" in rest or "attributes" in rest:
        raise Refused("the expression reads attributes in a way that columns do not know")
    source = _READ_OR_EMPTY.sub(lambda m: known(m).source if known(m).sure else m[0], written)
    return Code(_READ.sub(lambda m: known(m).source, source))


def _with(step: "Step", more: Dict[str, Known]) -> "Step":
    """The step with more attributes known; all that it notes of the notebook is shared."""
    import copy

    made = copy.copy(step)
    made.records = replace(step.records, attributes={**step.records.attributes, **more})
    return made
