"""What a query of QueryRecord's SQL reads: the columns that it can name, and its rows, joined where there are several tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Optional, Set, Tuple

from .record_schema import Schema, Type
from .record_values import Record
from .sql_parse import SqlError, Table


@dataclass(frozen=True)
class Column:
    key: str  # its key in a row
    name: str
    type: Type
    table: str  # the alias of its table


@dataclass
class Source:
    """Columns and rows, and how a query's names find the columns: in any case, with or without their table."""

    columns: List[Column]
    rows: List[Record]
    names: Dict[str, str] = field(default_factory=dict)
    of_table: Dict[Tuple[str, str], str] = field(default_factory=dict)
    ambiguous: Set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        tables: Dict[str, str] = {}
        for column in reversed(self.columns):
            name, table = column.name.lower(), column.table.lower()
            if tables.setdefault(name, table) != table:
                self.ambiguous.add(name)
            self.names[name] = self.of_table[table, name] = column.key

    def key(self, node: Any) -> Optional[str]:
        """The key of a column node; None where it is not here."""
        name = node[1].lower()
        if len(node) > 2:
            return self.of_table.get((node[2].lower(), name))
        if name in self.ambiguous:
            raise SqlError(f"Column '{node[1]}' is ambiguous")
        return self.names.get(name)

    def all_of(self, table: Optional[str]) -> List[Column]:
        """The columns of `*`, or of a table's."""
        found = [c for c in self.columns if table is None or c.table.lower() == table.lower()]
        if not found and table is not None and self.columns:
            raise SqlError(f"Unknown identifier '{table}'")
        return found


Test = Callable[[Source, Any], Callable[[Record], bool]]  # a condition over a source -> whether it is true of a row


def read(tables: List[Table], content: Callable[[Table], Tuple[Schema, List[Record]]], test_of: Test) -> Source:
    """The tables of a query, joined from left to right."""
    made: Optional[Source] = None
    for number, table in enumerate(tables):
        schema, rows = content(table)
        if len(tables) == 1:
            return Source([Column(f.name, f.name, f.type, table.alias) for f in schema.fields], rows)
        columns = [Column(f"{number}.{f.name}", f.name, f.type, table.alias) for f in schema.fields]
        keyed = [Record({f"{number}.{name}": value for name, value in row.items()}) for row in rows]
        made = Source(columns, keyed) if made is None else _joined(made, Source(columns, keyed), table, test_of)
    assert made is not None
    return made


def _joined(left: Source, right: Source, table: Table, test_of: Test) -> Source:
    """In the order of the left rows; right rows without a partner at the end."""
    both = Source(left.columns + right.columns, [])
    near = _partners(left, right, table.on)
    holds = test_of(both, table.on) if table.on is not None else lambda row: True
    matched: Set[int] = set()
    for row in left.rows:
        alone = True
        for index in near(row):
            pair = Record({**row, **right.rows[index]})
            if holds(pair):
                both.rows.append(pair)
                matched.add(index)
                alone = False
        if alone and table.join in ("LEFT", "FULL"):
            both.rows.append(Record(row))
    if table.join in ("RIGHT", "FULL"):
        both.rows += [Record(row) for index, row in enumerate(right.rows) if index not in matched]
    return both


def _partners(left: Source, right: Source, on: Any) -> Callable[[Record], Any]:
    """The indexes of the right rows that may go with a left row: by the values of an equality in the condition, so that
    joining two long tables does not try every pair."""
    everything = range(len(right.rows))
    for a, b in _equalities(on):
        ours, theirs = left.key(a), right.key(b)
        if ours is None or theirs is None:
            ours, theirs = left.key(b), right.key(a)
        if ours is None or theirs is None:
            continue
        values = [row.get(theirs) for row in right.rows]
        if not (_of_one_kind([*values, *(row.get(ours) for row in left.rows)])):
            continue
        index: Dict[Any, List[int]] = {}
        for number, value in enumerate(values):
            index.setdefault(value, []).append(number)
        return lambda row: index.get(row.get(ours), ()) if row.get(ours) is not None else ()
    return lambda row: everything


def _equalities(node: Any) -> List[Tuple[Any, Any]]:
    if not isinstance(node, tuple) or node[0] != "binary":
        return []
    if node[1] == "AND":
        return _equalities(node[2]) + _equalities(node[3])
    return [(node[2], node[3])] if node[1] == "=" and node[2][0] == node[3][0] == "column" else []


def _of_one_kind(values: List[Any]) -> bool:
    """All texts or all numbers: then equal values are equal keys."""
    kinds = {"text" if isinstance(v, str) else "number" if isinstance(v, (int, float)) and not isinstance(v, bool) else "other" for v in values if v is not None}
    return len(kinds) <= 1 and "other" not in kinds
