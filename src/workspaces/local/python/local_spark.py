"""`spark.sql(text, args)` for the few statements of the agent's contract, over the SQLite file of the local workspace.

    SELECT *|columns FROM <history table> WHERE attempt_id = :id [AND …]
    UPDATE <history table> SET column = value, … WHERE attempt_id = :id [AND …]

A value is a parameter, a plain literal, NULL, `CAST(… AS T)`, `from_json(:p, 'array<string>')` or
`current_timestamp()`; a condition is `=`, `<>`, `IN (…)` or `IS [NOT] NULL`. Everything else raises NeedsSpark: what
is not understood is refused, never guessed. Values reach SQLite as bound parameters only.
"""

from __future__ import annotations

import json
import re
import sqlite3
from datetime import datetime, timezone
from typing import Any, Dict, List, Mapping, Optional, Tuple

_TOKEN = re.compile(
    r"""\s+|--[^\n]*|/\*.*?\*/          # white space and comments
      | (?P<quoted>`(?:[^`]|``)+`)
      | (?P<parameter>:[A-Za-z_]\w*)
      | (?P<number>-?\d+(?:\.\d+)?(?![\w.]))
      | (?P<string>'[^'\\]*'(?!'))
      | (?P<word>[A-Za-z_]\w*)
      | (?P<sign><>|!=|[=,().*;])
    """,
    re.VERBOSE | re.DOTALL,
)
_INTEGERS = {"TINYINT", "SMALLINT", "INT", "INTEGER", "BIGINT", "LONG"}
_TEXT_ARRAYS = {"generated_notebooks"}


class NeedsSpark(AttributeError):
    """What the local run cannot do. An AttributeError, so that `hasattr(spark, "read")` is False here."""


class SqlError(Exception):
    """A statement that is understood and wrong; the text begins with Spark's own condition, as on Databricks."""


class Row(tuple):
    """A row whose fields are reached by attribute, name or position, as PySpark's."""

    __fields__: Tuple[str, ...]

    @classmethod
    def of(cls, names: Tuple[str, ...], values: List[Any]) -> "Row":
        row = cls(values)
        row.__fields__ = names
        return row

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or name not in self.__fields__:
            raise AttributeError(name)
        return tuple.__getitem__(self, self.__fields__.index(name))

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            if key not in self.__fields__:
                raise ValueError(key)
            return tuple.__getitem__(self, self.__fields__.index(key))
        return tuple.__getitem__(self, key)

    def __contains__(self, key: Any) -> bool:
        return key in self.__fields__

    def __repr__(self) -> str:
        return "Row(" + ", ".join(f"{name}={value!r}" for name, value in zip(self.__fields__, self)) + ")"

    def asDict(self, recursive: bool = False) -> Dict[str, Any]:
        return dict(zip(self.__fields__, self))


class DataFrame:
    """The rows of one statement, already read."""

    def __init__(self, columns: Tuple[str, ...], rows: List[Row]):
        self.columns = list(columns)
        self._rows = rows

    def collect(self) -> List[Row]:
        return list(self._rows)

    def first(self) -> Optional[Row]:
        return self._rows[0] if self._rows else None

    def take(self, count: int) -> List[Row]:
        return self._rows[:count]

    def head(self, count: Optional[int] = None) -> Any:
        return self.first() if count is None else self.take(count)

    def count(self) -> int:
        return len(self._rows)

    def isEmpty(self) -> bool:
        return not self._rows

    def __getattr__(self, name: str) -> Any:
        raise NeedsSpark(f"DataFrame.{name} needs Spark; a local run has only collect, first, head, take and count")


class LocalSpark:
    """Stands where a notebook expects `spark`. One connection; a busy file is waited for, up to 30 s."""

    def __init__(self, database: str, history_table: str, sqlite_table: str):
        self._name = _plain_name(history_table)
        self._table = sqlite_table
        self._connection = sqlite3.connect(database, timeout=30, isolation_level=None)
        self._columns = {row[1]: row[2].upper() for row in self._connection.execute(f"PRAGMA table_info({_quote(sqlite_table)})")}
        if not self._columns:
            raise SqlError(f"[TABLE_OR_VIEW_NOT_FOUND] {history_table} is not in {database}")

    def sql(self, sqlQuery: str, args: Any = None, **kwargs: Any) -> DataFrame:
        """Runs one statement. Raises NeedsSpark, SqlError or sqlite3.Error."""
        if kwargs:
            raise NeedsSpark("spark.sql with formatted arguments needs Spark; pass values in args={…}")
        if args is not None and not isinstance(args, Mapping):
            raise NeedsSpark("spark.sql with positional arguments needs Spark; name them and pass args={…}")
        statement = _Statement(sqlQuery, dict(args or {}), self._name, self._columns)
        if statement.head == "SELECT":
            return self._select(statement)
        if statement.head == "UPDATE":
            return self._update(statement)
        raise statement.needs_spark()

    def _select(self, statement: "_Statement") -> DataFrame:
        columns = statement.selected()
        statement.expect("FROM")
        statement.table()
        where, values = statement.where()
        listed = ", ".join(_quote(column) for column, _ in columns)
        cursor = self._connection.execute(f"SELECT {listed} FROM {_quote(self._table)} WHERE {where}", values)
        names = tuple(alias for _, alias in columns)
        rows = [
            Row.of(names, [_from_sqlite(column, value) for (column, _), value in zip(columns, found)])
            for found in cursor.fetchall()
        ]
        return DataFrame(names, rows)

    def _update(self, statement: "_Statement") -> DataFrame:
        statement.table()
        statement.expect("SET")
        settings, values = statement.assignments()
        where, more = statement.where()
        cursor = self._connection.execute(f"UPDATE {_quote(self._table)} SET {settings} WHERE {where}", values + more)
        return DataFrame(("num_affected_rows",), [Row.of(("num_affected_rows",), [cursor.rowcount])])

    def close(self) -> None:
        self._connection.close()

    def __getattr__(self, name: str) -> Any:
        raise NeedsSpark(
            f"spark.{name} needs Spark. A local run has only spark.sql for the agent's own row in the history table"
        )


class _Statement:
    """One statement, read from left to right."""

    def __init__(self, text: str, arguments: Dict[str, Any], table: str, columns: Dict[str, str]):
        self.text = text
        self.arguments = arguments
        self.wanted_table = table
        self.columns = columns
        self.tokens: List[Tuple[str, str]] = []
        position = 0
        while position < len(text):
            match = _TOKEN.match(text, position)
            if match is None:
                raise self.needs_spark()
            position = match.end()
            if match.lastgroup:
                self.tokens.append((match.lastgroup, match.group()))
        while self.tokens and self.tokens[-1] == ("sign", ";"):
            self.tokens.pop()
        self.at = 0
        self.head = self._keyword()

    def needs_spark(self) -> NeedsSpark:
        shown = " ".join(self.text.split())
        return NeedsSpark(
            "This statement needs Spark; a local run knows only SELECT and UPDATE of the agent's own row in "
            f"{self.wanted_table}: {shown[:200]}"
        )

    def peek(self) -> str:
        """The next token, words in capitals; empty at the end."""
        if self.at >= len(self.tokens):
            return ""
        kind, text = self.tokens[self.at]
        return text.upper() if kind == "word" else text

    def _keyword(self) -> str:
        word = self.peek()
        self.at += 1
        return word

    def expect(self, text: str) -> None:
        if self._keyword() != text:
            raise self.needs_spark()

    def accept(self, text: str) -> bool:
        if self.peek() != text:
            return False
        self.at += 1
        return True

    def name(self) -> str:
        if self.at >= len(self.tokens):
            raise self.needs_spark()
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "quoted":
            return text[1:-1].replace("``", "`")
        if kind != "word":
            raise self.needs_spark()
        return text

    def table(self) -> None:
        parts = [self.name()]
        while self.accept("."):
            parts.append(self.name())
        if ".".join(parts).lower() != self.wanted_table:
            raise self.needs_spark()

    def column(self) -> str:
        name = self.name()
        if self.peek() == "(":
            raise self.needs_spark()
        for column in self.columns:
            if column.lower() == name.lower():
                return column
        raise SqlError(f"[UNRESOLVED_COLUMN.WITH_SUGGESTION] {name} is not a column of {self.wanted_table}")

    def selected(self) -> List[Tuple[str, str]]:
        """(column, name in the result) of each."""
        if self.accept("*"):
            return [(column, column) for column in self.columns]
        found = []
        while True:
            column = self.column()
            found.append((column, self.name() if self.accept("AS") else column))
            if not self.accept(","):
                return found

    def assignments(self) -> Tuple[str, List[Any]]:
        settings, values = [], []
        while True:
            column = self.column()
            self.expect("=")
            settings.append(f"{_quote(column)} = ?")
            values.append(self.stored(column, self.value()))
            if not self.accept(","):
                return ", ".join(settings), values

    def where(self) -> Tuple[str, List[Any]]:
        """The condition and its values. Only the own row: `attempt_id = …` must be one of its parts."""
        self.expect("WHERE")
        parts: List[str] = []
        values: List[Any] = []
        own_row = False
        while True:
            column = self.column()
            sign = self._keyword()
            if sign in ("=", "<>", "!="):
                own_row = own_row or (column == "attempt_id" and sign == "=")
                parts.append(f"{_quote(column)} {sign} ?")
                values.append(self.stored(column, self.value()))
            elif sign == "IN":
                listed = self.listed(column)
                parts.append(f"{_quote(column)} IN ({', '.join('?' for _ in listed)})")
                values.extend(listed)
            elif sign == "IS":
                parts.append(f"{_quote(column)} IS {'NOT ' if self.accept('NOT') else ''}NULL")
                self.expect("NULL")
            else:
                raise self.needs_spark()
            if not self.accept("AND"):
                break
        if self.at != len(self.tokens) or not own_row:
            raise self.needs_spark()
        return " AND ".join(parts), values

    def listed(self, column: str) -> List[Any]:
        self.expect("(")
        found = [self.stored(column, self.value())]
        while self.accept(","):
            found.append(self.stored(column, self.value()))
        self.expect(")")
        return found

    def value(self) -> Any:
        """The Python value of a literal, a parameter or one of the three functions."""
        kind, text = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        self.at += 1
        if kind == "parameter":
            if text[1:] not in self.arguments:
                raise SqlError(f"[UNBOUND_SQL_PARAMETER] no value for {text}")
            return self.arguments[text[1:]]
        if kind == "string":
            return text[1:-1]
        if kind == "number":
            return float(text) if "." in text else int(text)
        word = text.upper() if kind == "word" else ""
        if word == "NULL":
            return None
        if word in ("CAST", "FROM_JSON", "CURRENT_TIMESTAMP"):
            return self.call(word)
        raise self.needs_spark()

    def call(self, function: str) -> Any:
        if function == "CURRENT_TIMESTAMP":
            if self.accept("("):
                self.expect(")")
            return datetime.now(timezone.utc)
        self.expect("(")
        value = self.value()
        if function == "CAST":
            self.expect("AS")
            value = _cast(value, self.name().upper(), self)
        else:
            self.expect(",")
            if self.value() != "array<string>":
                raise self.needs_spark()
            value = _text_array(value)
        self.expect(")")
        return value

    def stored(self, column: str, value: Any) -> Any:
        """`value` as the column holds it in SQLite. Raises SqlError where the types do not fit."""
        if value is None:
            return None
        if column in _TEXT_ARRAYS:
            if isinstance(value, list):
                return json.dumps(value, ensure_ascii=False)
        elif column.endswith("_at"):
            if isinstance(value, (str, datetime)):
                return _instant(value)
        elif self.columns[column].startswith("INT"):
            return _whole_number(value)
        elif isinstance(value, (str, int, float)):
            return str(value)
        raise SqlError(f"[DATATYPE_MISMATCH] {column} cannot hold a {type(value).__name__}")


def _cast(value: Any, kind: str, statement: _Statement) -> Any:
    if value is None:
        return None
    if kind == "STRING":
        return str(value)
    if kind in _INTEGERS:
        return _whole_number(value)
    if kind in ("DOUBLE", "FLOAT"):
        try:
            return float(value)
        except (TypeError, ValueError):
            raise SqlError(f"[CAST_INVALID_INPUT] {value!r} is not a number") from None
    if kind == "TIMESTAMP":
        return _instant(value)
    raise statement.needs_spark()


def _whole_number(value: Any) -> int:
    """As Spark casts under ANSI: fractions of numbers are cut off, texts must be whole numbers."""
    try:
        return int(value.strip()) if isinstance(value, str) else int(value)
    except (TypeError, ValueError, OverflowError):
        raise SqlError(f"[CAST_INVALID_INPUT] {value!r} is not a whole number") from None


def _instant(value: Any) -> str:
    """ISO 8601 in UTC with milliseconds, as the extension writes it. An instant without a zone is local time."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", value.strip()))
        except ValueError:
            raise SqlError(f"[CAST_INVALID_INPUT] {value!r} is not a timestamp") from None
    if not isinstance(value, datetime):
        raise SqlError(f"[CAST_INVALID_INPUT] {value!r} is not a timestamp")
    return value.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _text_array(value: Any) -> Optional[List[Optional[str]]]:
    """As `from_json` under its default mode: null where the text is not a JSON list."""
    if value is None:
        return None
    try:
        found = json.loads(value)
    except (TypeError, ValueError):
        return None
    if not isinstance(found, list):
        return None
    return [item if item is None or isinstance(item, str) else json.dumps(item) for item in found]


def _from_sqlite(column: str, value: Any) -> Any:
    """A stored value as `collect()` gives it: instants in local time without a zone, as PySpark's."""
    if value is None:
        return None
    if column in _TEXT_ARRAYS:
        return _text_array(value)
    if column.endswith("_at"):
        moment = datetime.fromisoformat(re.sub(r"Z$", "+00:00", value))
        return moment.astimezone().replace(tzinfo=None) if moment.tzinfo else moment
    return value


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _plain_name(table: str) -> str:
    """A three-part name without quotes and in small letters, to compare with what a statement says."""
    parts = re.findall(r"`(?:[^`]|``)+`|[^.`]+", table)
    return ".".join(part[1:-1].replace("``", "`") if part.startswith("`") else part for part in parts).lower()
