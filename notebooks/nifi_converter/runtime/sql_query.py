"""Runs QueryRecord's SQL over records, as Calcite does: names in any case, null logic, texts of a CASE padded to one length,
nulls high in an order, `EXPR$0` for a column without a name."""

from __future__ import annotations

import functools
import itertools
import math
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Callable, Dict, List, Optional, Set, Tuple

from . import java_hash
from .record_schema import STRING, Field, Schema, merge_types
from .record_values import Record, text, type_of
from .sql_functions import CASTS, FUNCTIONS, arithmetic, cast, compare, like, number
from .sql_parse import Query, SqlError, Table, parse
from .sql_sources import Source, read

_AGGREGATES = ("COUNT", "SUM", "AVG", "MIN", "MAX")
_RANKS = ("ROW_NUMBER", "RANK", "DENSE_RANK")


Tables = Dict[str, Tuple[Schema, List[Record]]]


def run(sql: str, records: List[Record], schema: Schema) -> Tuple[Schema, List[Record]]:
    """(schema, rows) of a query over FLOWFILE. SqlError where it names what is not there, RecordError where a value does not
    fit."""
    return run_over(sql, {"FLOWFILE": (schema, records)})


def run_over(sql: str, tables: Tables) -> Tuple[Schema, List[Record]]:
    """As `run`, over tables by their names in upper case."""
    return _all(parse(sql, tuple(tables)), tables)


def check(sql: str, tables: Tuple[str, ...] = ("FLOWFILE",)) -> None:
    """SqlError where a function or construct of the query is not known here."""
    stack: List[Any] = [parse(sql, tables)]
    while stack:
        at = stack.pop()
        if isinstance(at, Query):
            stack += [n for n, _ in at.columns] + at.group + [n for n, *_ in at.order] + [at.where, at.having]
            stack += [q for _, q in at.unions] + [x for t in at.tables for x in (t.query, t.on)]
        elif isinstance(at, (tuple, list)):
            if at and at[0] == "call" and isinstance(at[1], str) and at[1] not in FUNCTIONS and at[1] not in _AGGREGATES + _RANKS:
                raise SqlError(f"the function {at[1]} is not translated")
            if at and at[0] == "cast" and at[2].split()[0] not in CASTS:
                raise SqlError(f"CAST to {at[2]} is not translated")
            stack += [x for x in at if isinstance(x, (tuple, list, Query))]


def _all(query: Query, tables: Tables, outer: Optional["_Outer"] = None) -> Tuple[Schema, List[Record]]:
    """A query with its unions, which its order and limit are of."""
    if not query.unions:
        return _one(query, tables, outer)
    schema, rows = _one(replace(query, order=[], limit=None, offset=0), tables, outer)
    for everything, other in query.unions:
        _, more = _one(other, tables, outer)
        names = schema.names()
        rows = rows + [Record(dict(zip(names, r.values())), schema) for r in more]
        if not everything:
            rows = _unique(rows)
    whole = Query([(("star",), None)], [Table("", "")], order=query.order, limit=query.limit, offset=query.offset)
    return _one(whole, {"": (schema, rows)}, None)


def _one(query: Query, tables: Tables, outer: Optional["_Outer"]) -> Tuple[Schema, List[Record]]:
    def content(table: Table) -> Tuple[Schema, List[Record]]:
        return _all(table.query, tables, outer) if table.query is not None else tables[table.name]

    def test_of(both: Source, condition: Any) -> Callable[[Record], bool]:
        scope = _Scope(both, tables, outer).known(condition)
        return lambda row: scope.value(condition, row) is True

    source = read(query.tables, content, test_of)
    columns = _columns(query, source)
    scope = _Scope(source, tables, outer)
    for node, _ in columns:
        scope.known(node)
    for node in [query.where, query.having, *query.group]:
        scope.known(node)
    rows: List[Any] = [r for r in source.rows if query.where is None or scope.value(query.where, r) is True]
    aliases = {alias.lower(): node for node, alias in columns}
    grouped = bool(query.group) or any(_has_aggregate(n) for n, _ in columns) or query.having is not None
    if grouped:
        keys = [aliases.get(n[1].lower(), n) if n[0] == "column" and source.key(n) is None else columns[n[1] - 1][0] if n[0] == "literal" and isinstance(n[1], int) else n
                for n in query.group]
        groups: Dict[Any, List[Record]] = {}
        for row in rows:
            groups.setdefault(_key([scope.value(k, row) for k in keys]), []).append(row)
        if not keys and not groups:
            groups[()] = []
        shapes = list(groups)
        ordered = [shapes[i] for i in java_hash.map_order([s[0] if len(s) == 1 else s for s in shapes])]
        rows = [_Group(groups[s]) for s in ordered]
        if query.having is not None:
            rows = [g for g in rows if scope.value(query.having, g) is True]
    windows = [n for n, _ in columns if _window(n)]
    for node in windows:
        rows = scope.window(_window(node), rows)
    made = [[scope.value(node, row) for node, _ in columns] for row in rows]
    if query.order:
        def sort_value(node: Any, index: int) -> Any:
            if node[0] == "literal" and isinstance(node[1], int):
                return made[index][node[1] - 1]
            if node[0] == "column" and len(node) == 2 and node[1].lower() in aliases:
                at = [a.lower() for _, a in columns].index(node[1].lower())
                return made[index][at]
            return scope.value(node, rows[index])

        order = list(range(len(made)))
        for node, descending, nulls in reversed(query.order):
            first = nulls if nulls is not None else descending  # nulls are high
            values = [sort_value(node, i) for i in range(len(made))]
            order.sort(key=functools.cmp_to_key(lambda a, b: _compare_rows(values[a], values[b], descending, first)))
        made = [made[i] for i in order]
    types = {c.key: c.type for c in source.columns}
    kinds = []
    for index, (node, _) in enumerate(columns):
        kind = types.get(source.key(node) or "") if node[0] == "column" else None
        if kind is None:
            for row in made:
                own = type_of(row[index])
                kind = own if kind is None else kind if own is None or own == kind else merge_types(kind, own)
        kinds.append(kind or STRING)
    out_schema = Schema(tuple(Field(alias, kind) for (_, alias), kind in zip(columns, kinds)))
    out = [Record({alias: v for (_, alias), v in zip(columns, row)}, out_schema) for row in made]
    if query.distinct:
        out = _unique(out)
    end = None if query.limit is None else query.offset + query.limit
    return out_schema, out[query.offset : end]


def _columns(query: Query, source: Source) -> List[Tuple[Any, str]]:
    """(node, name) of what is selected. A name that is taken gets a number."""
    made: List[Tuple[Any, str]] = []
    taken: Set[str] = set()

    def add(node: Any, name: str) -> None:
        free = next(n for n in itertools.chain([name], (f"{name}{i}" for i in itertools.count())) if n.lower() not in taken)
        taken.add(free.lower())
        made.append((node, free))

    for node, alias in query.columns:
        if node[0] == "star":
            for column in source.all_of(node[1] if len(node) > 1 else None):
                add(("column", column.name, column.table), column.name)
        else:
            add(node, alias or (node[1] if node[0] == "column" else f"EXPR${len(made)}"))
    return made


def _unique(rows: List[Record]) -> List[Record]:
    found: Dict[Any, Record] = {}
    for row in rows:
        found.setdefault(_key(list(row.values())), row)
    shapes = list(found)
    return [found[shapes[i]] for i in java_hash.map_order([s[0] if len(s) == 1 else s for s in shapes])]


def _key(values: List[Any]) -> Tuple[Any, ...]:
    return tuple(v if isinstance(v, (str, int, float, bool, type(None), Decimal)) else text(v) for v in values)


def _compare_rows(a: Any, b: Any, descending: bool, nulls_first: bool) -> int:
    if a is None or b is None:
        return 0 if a is b else (-1 if (a is None) == nulls_first else 1)
    made = compare(a, b)
    return -made if descending else made


def _has_aggregate(node: Any) -> bool:
    if not isinstance(node, (tuple, list)) or not node or node[0] == "over":
        return False
    if node[0] == "call" and node[1] in _AGGREGATES:
        return True
    return any(_has_aggregate(n) for n in node if isinstance(n, (tuple, list)))


def _window(node: Any) -> Any:
    if isinstance(node, (tuple, list)) and node:
        if node[0] == "over":
            return node
        for inner in node:
            found = _window(inner) if isinstance(inner, (tuple, list)) else None
            if found:
                return found
    return None


class _Group:
    """The rows of one group; a column is that of its first row."""

    def __init__(self, rows: List[Record]):
        self.rows = rows
        self.windows: Dict[int, Any] = {}


class _Windowed:
    """A row with the values of its window functions."""

    def __init__(self, row: Any):
        self.row = row
        self.windows: Dict[int, Any] = {}


@dataclass
class _Outer:
    """The row around a query within a query. `used`: the query reads it."""

    scope: "_Scope"
    row: Any
    used: bool = False


class _Scope:
    def __init__(self, source: Source, tables: Tables, outer: Optional[_Outer]):
        self.source, self.tables, self.outer = source, tables, outer
        self.once: Dict[int, List[Record]] = {}  # rows of inner queries that do not depend on the row

    def known(self, node: Any) -> "_Scope":
        """Itself; SqlError for a column that is not there."""
        stack = [node]
        while stack:
            at = stack.pop()
            if isinstance(at, tuple) and at and at[0] == "column":
                if self.source.key(at) is None:
                    if self.outer is None:
                        raise SqlError(f"Column '{at[1]}' not found in any table")
                    self.outer.scope.known(at)
            elif isinstance(at, (tuple, list)):
                stack.extend(x for x in at if isinstance(x, (tuple, list)))
        return self

    def inner(self, query: Query, row: Any) -> List[Record]:
        """The rows of a query within an expression."""
        if id(query) in self.once:
            return self.once[id(query)]
        outer = _Outer(self, row)
        rows = _all(query, self.tables, outer)[1]
        if not outer.used:
            self.once[id(query)] = rows
        elif self.outer is not None:
            self.outer.used = True
        return rows

    def window(self, node: Any, rows: List[Any]) -> List[Any]:
        """The rows in the order of a window, with the values of its function."""
        _, call, partition, order = node
        wrapped = [r if isinstance(r, _Windowed) else _Windowed(r) for r in rows]
        groups: Dict[Any, List[_Windowed]] = {}
        for row in wrapped:
            groups.setdefault(_key([self.value(p, row) for p in partition]), []).append(row)
        out: List[Any] = []
        for members in groups.values():
            for expression, descending, nulls in reversed(order):
                first = nulls if nulls is not None else descending
                values = {id(m): self.value(expression, m) for m in members}
                members = sorted(members, key=functools.cmp_to_key(lambda a, b: _compare_rows(values[id(a)], values[id(b)], descending, first)))
            rank = dense = 0
            before: Any = object()
            for index, member in enumerate(members):
                key = _key([self.value(e, member) for e, *_ in order])
                if key != before:
                    rank, dense, before = index + 1, dense + 1, key
                    peers = [m for m in members[index:] if _key([self.value(e, m) for e, *_ in order]) == key]
                    upto = members[: index + len(peers)] if order else members
                name = call[1]
                if name in _RANKS:
                    made: Any = {"ROW_NUMBER": index + 1, "RANK": rank, "DENSE_RANK": dense}[name]
                elif name in _AGGREGATES:
                    made = self.aggregate(call, [m.row for m in upto])
                else:
                    raise SqlError(f"the window function {name} is not translated")
                member.windows[id(node)] = made
            out += members
        return out

    def aggregate(self, call: Any, rows: List[Any]) -> Any:
        _, name, arguments, distinct = call
        if name == "COUNT" and arguments and arguments[0] == ("row",):
            return len(rows)
        values = [v for v in (self.value(arguments[0], r) for r in rows) if v is not None]
        if distinct:
            values = list({_key([v]): v for v in values}.values())
        if name == "COUNT":
            return len(values)
        if not values:
            return None
        if name in ("MIN", "MAX"):
            return functools.reduce(lambda a, b: a if (compare(a, b) <= 0) == (name == "MIN") else b, values)
        if any(isinstance(v, (str, bool, list, dict)) for v in values):
            raise SqlError(f"Cannot apply '{name}' to arguments of type '{name}(<{type_of(values[0])}>)'")
        total = math.fsum(values) if any(isinstance(v, float) for v in values) else sum(values)
        if name == "SUM":
            return total
        return int(total / len(values)) if isinstance(total, int) else total / len(values)

    def value(self, node: Any, row: Any) -> Any:
        kind = node[0]
        if kind == "literal":
            return node[1]
        if isinstance(row, _Windowed):
            if kind == "over":
                return row.windows[id(node)]
            if kind == "column":
                return self.value(node, row.row)
        if kind == "column":
            key = self.source.key(node)
            if key is None and self.outer is not None:
                self.outer.used = True
                return self.outer.scope.value(node, self.outer.row)
            inner = row.rows[0] if isinstance(row, _Group) and row.rows else row
            return None if isinstance(inner, _Group) else inner.get(key or node[1])
        if kind == "row":
            return row
        if kind == "call":
            if node[1] in _AGGREGATES:
                inner = row.row if isinstance(row, _Windowed) else row
                if not isinstance(inner, _Group):
                    raise SqlError(f"{node[1]} stands where no aggregate is allowed")
                return self.aggregate(node, inner.rows)
            if node[1] not in FUNCTIONS:
                raise SqlError(f"No match found for function signature {node[1]}")
            return FUNCTIONS[node[1]](*[self.value(a, row) for a in node[2]])
        if kind == "case":
            return self.case(node, row)
        if kind == "cast":
            return cast(self.value(node[1], row), node[2])
        if kind == "unary":
            value = self.value(node[2], row)
            return None if value is None else (not value) if node[1] == "NOT" else -value
        if kind == "is":
            value = self.value(node[1], row)
            return value is None if node[2] == "NULL" else value is (node[2] == "TRUE")
        if kind == "in":
            return self.within(self.value(node[1], row), [self.value(n, row) for n in node[2]])
        if kind == "in query":
            return self.within(self.value(node[1], row), [next(iter(r.values())) for r in self.inner(node[2], row)])
        if kind == "exists":
            return bool(self.inner(node[1], row))
        if kind == "query":
            found = self.inner(node[1], row)
            if len(found) > 1:
                raise SqlError("more than one value in agg SINGLE_VALUE")
            return next(iter(found[0].values())) if found else None
        if kind == "between":
            value, low, high = (self.value(n, row) for n in node[1:])
            return None if None in (value, low, high) else compare(value, low) >= 0 and compare(value, high) <= 0
        if kind == "like":
            value, pattern = self.value(node[1], row), self.value(node[2], row)
            escape = self.value(node[3], row) if node[3] is not None else None
            return None if value is None or pattern is None else like(pattern, escape).fullmatch(text(value) or "") is not None
        if kind == "binary":
            return self.binary(node, row)
        raise SqlError(f"{kind} stands where it is not allowed")

    def case(self, node: Any, row: Any) -> Any:
        _, subject, whens, otherwise = node
        base = self.value(subject, row) if subject is not None else None
        made = None
        for test, result in whens:
            value = self.value(test, row)
            if (value is True) if subject is None else (base is not None and value is not None and compare(base, value) == 0):
                made = self.value(result, row)
                break
        else:
            made = self.value(otherwise, row)
        results = [r for _, r in whens] + ([otherwise] if otherwise != ("literal", None) else [])
        if isinstance(made, str) and results and all(r[0] == "literal" and isinstance(r[1], str) for r in results):
            made = made.ljust(max(len(r[1]) for r in results))  # all of type CHAR: the longest says the length
        return made

    def within(self, value: Any, others: List[Any]) -> Optional[bool]:
        if not others:
            return False
        if value is None:
            return None
        if any(o is not None and compare(value, o) == 0 for o in others):
            return True
        return None if None in others else False

    def binary(self, node: Any, row: Any) -> Any:
        _, sign, left, right = node
        a = self.value(left, row)
        if sign in ("AND", "OR"):
            stop = sign == "OR"
            if a is stop:
                return stop
            b = self.value(right, row)
            return stop if b is stop else None if a is None or b is None else not stop
        b = self.value(right, row)
        if a is None or b is None:
            return None
        if sign == "||":
            return (text(a) or "") + (text(b) or "")
        if sign in ("=", "<>", "<", "<=", ">", ">="):
            order = compare(a, b)
            return {"=": order == 0, "<>": order != 0, "<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}[sign]
        return arithmetic(sign, number(a), number(b))


# ---- the processor -----------------------------------------------------------------------------------------


def query_record(flow_file, reader, writer, queries, include_empty=True):
    """QueryRecord: one flow file for each query, named by its relationship; a fault in one sends all to `failure`."""
    from . import records

    try:
        found = records.read(reader, flow_file)
        out = []
        for name, sql in queries.items():
            schema, rows = run(sql, found.records, found.schema)
            if not rows and not include_empty:
                continue
            target = writer.schema_for(flow_file.attributes, schema)
            out.append((name, records.write(writer, flow_file, rows, target).with_attributes({"QueryRecord.Route": name})))
        return out + [("original", flow_file.with_attributes({"QueryRecord.Route": "original"}))]
    except records.FAULTS + (SqlError, TypeError) as error:
        return [("failure", flow_file.with_attributes({"QueryRecord.Route": "failure"}).failed(error))]
