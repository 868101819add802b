"""The SQL of QueryRecord and JoinEnrichment (Calcite's, in NiFi's setting) as a tree: one SELECT, or several joined by UNION.

Nodes are tuples: ("column", name) or ("column", name, table), ("literal", value), ("call", NAME, arguments, distinct), ("case", subject, whens, else),
("cast", node, type), ("binary", operator, a, b), ("unary", operator, a), ("in", a, list), ("between", a, low, high),
("like", a, pattern, escape), ("is", a, what), ("over", call, partition, order), ("star",) or ("star", table), ("row",),
("query", Query) for its one value, ("exists", Query), ("in query", a, Query).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, List, Optional, Tuple


class SqlError(ValueError):
    """A statement that is no query, or one with what is not understood here."""


@dataclass
class Table:
    """What a query reads, a table or a query, and how it is joined to what stands before it."""

    name: str  # in upper case; "" for a query
    alias: str
    query: Optional["Query"] = None
    join: str = ""  # INNER, LEFT, RIGHT, FULL, CROSS
    on: Any = None


@dataclass
class Query:
    columns: List[Tuple[Any, Optional[str]]]  # (node, alias)
    tables: List[Table] = field(default_factory=list)
    where: Any = None
    group: List[Any] = field(default_factory=list)
    having: Any = None
    order: List[Tuple[Any, bool, Optional[bool]]] = field(default_factory=list)  # (node, descending, nulls first)
    limit: Optional[int] = None
    offset: int = 0
    distinct: bool = False
    unions: List[Tuple[bool, "Query"]] = field(default_factory=list)  # (all, query)


_TOKEN = re.compile(
    r"\s+|--[^\n]*|/\*.*?\*/"
    r"|(?P<number>\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)"
    r"|(?P<text>'(?:[^']|'')*')"
    r"|(?P<quoted>\"(?:[^\"]|\"\")*\"|`[^`]*`)"
    r"|(?P<name>[^\W\d]\w*)"
    r"|(?P<sign><>|!=|<=|>=|\|\||[-+*/%(),.<>=\[\]?])", re.S)

_RESERVED = frozenset("SELECT FROM WHERE GROUP BY HAVING ORDER LIMIT OFFSET FETCH UNION INTERSECT EXCEPT JOIN ON AND OR NOT IN IS NULL LIKE BETWEEN CASE WHEN "
                      "THEN ELSE END AS DISTINCT ASC DESC NULLS WITH INNER OUTER LEFT RIGHT FULL CROSS NATURAL USING ALL EXISTS".split())
_JOINS = ("INNER", "LEFT", "RIGHT", "FULL", "CROSS")


class _Parser:
    def __init__(self, text: str, tables: Tuple[str, ...]):
        self.known = tables
        self.tokens: List[Tuple[str, str]] = []
        self.at = self.depth = 0
        at = 0
        text = text.rstrip().rstrip(";")
        while at < len(text):
            match = _TOKEN.match(text, at)
            if not match:
                raise SqlError(f"the SQL has an unexpected {text[at]!r}")
            if match.lastgroup:
                self.tokens.append((match.lastgroup, match.group()))
            at = match.end()
        if len(self.tokens) > 5000:
            raise SqlError("the SQL is too long")

    def word(self, ahead: int = 0) -> str:
        if self.at + ahead >= len(self.tokens):
            return ""
        kind, text = self.tokens[self.at + ahead]
        return text.upper() if kind == "name" else text if kind == "sign" else ""

    def take(self, *words: str) -> bool:
        if all(self.word(i) == w for i, w in enumerate(words)):
            self.at += len(words)
            return True
        return False

    def need(self, word: str) -> None:
        if not self.take(word):
            found = self.tokens[self.at][1] if self.at < len(self.tokens) else "the end"
            raise SqlError(f"the SQL has {found!r} where {word} is expected")

    # -- statements --------------------------------------------------------------------------------------

    def statement(self) -> Query:
        made = self.query()
        if self.at < len(self.tokens):
            raise SqlError(f"the SQL has {self.tokens[self.at][1]!r} where it should end")
        return made

    def query(self) -> Query:
        made = self.select()
        while self.take("UNION"):
            everything = self.take("ALL")
            made.unions.append((everything, self.select()))
        if self.take("ORDER", "BY"):
            made.order = self.ordering()
        while True:
            if self.take("LIMIT"):
                made.limit = None if self.take("ALL") else self.whole()
                if self.take(","):
                    made.offset, made.limit = made.limit or 0, self.whole()
            elif self.take("OFFSET"):
                made.offset = self.whole()
                self.take("ROWS") or self.take("ROW")
            elif self.take("FETCH"):
                self.take("FIRST") or self.take("NEXT")
                made.limit = self.whole()
                self.take("ROWS") or self.take("ROW")
                self.need("ONLY")
            else:
                return made

    def select(self) -> Query:
        if self.take("WITH"):
            raise SqlError("WITH is not translated")
        self.need("SELECT")
        distinct = self.take("DISTINCT")
        self.take("ALL")
        columns = []
        while True:
            if self.word() == "*":
                self.at += 1
                columns.append((("star",), None))
            elif self.word(1) == "." and self.word(2) == "*":
                columns.append((("star", self.name()), None))
                self.at += 2
            else:
                node = self.expression()
                alias = self.name() if self.take("AS") else self.name() if self.is_name() else None
                columns.append((node, alias))
            if not self.take(","):
                break
        made = Query(columns, distinct=distinct)
        self.need("FROM")
        made.tables = self.tables()
        if self.take("WHERE"):
            made.where = self.expression()
        if self.take("GROUP", "BY"):
            made.group = self.listed()
        if self.take("HAVING"):
            made.having = self.expression()
        return made

    def tables(self) -> List[Table]:
        made = [self.table()]
        while True:
            join = "CROSS" if self.take(",") else self.join()
            if not join:
                return made
            table = self.table()
            table.join = join
            if join != "CROSS":
                self.need("ON")
                table.on = self.expression()
            made.append(table)

    def join(self) -> str:
        if self.take("JOIN"):
            return "INNER"
        if self.word() == "NATURAL":
            raise SqlError("natural joins are not translated")
        return next((kind for kind in _JOINS if self.take(kind, "JOIN") or self.take(kind, "OUTER", "JOIN")), "")

    def table(self) -> Table:
        nested, name = None, ""
        if self.take("("):
            nested = self.query()
            self.need(")")
        else:
            name = self.name().upper()
            if name not in self.known:
                raise SqlError(f"only {' and '.join(self.known)} can be queried")
        self.take("AS")
        return Table(name, self.name() if self.is_name() else name, nested)

    def ordering(self) -> List[Tuple[Any, bool, Optional[bool]]]:
        out = []
        while True:
            node = self.expression()
            descending = self.take("DESC")
            if not descending:
                self.take("ASC")
            nulls: Optional[bool] = None
            if self.take("NULLS"):
                nulls = self.take("FIRST")
                if not nulls:
                    self.need("LAST")
            out.append((node, descending, nulls))
            if not self.take(","):
                return out

    def whole(self) -> int:
        kind, text = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        if kind != "number" or not text.isdigit():
            raise SqlError("LIMIT and OFFSET take a whole number")
        self.at += 1
        return int(text)

    def is_name(self) -> bool:
        return self.at < len(self.tokens) and (self.tokens[self.at][0] == "quoted" or (self.tokens[self.at][0] == "name" and self.word() not in _RESERVED))

    def name(self) -> str:
        if not self.is_name():
            raise SqlError(f"the SQL has {self.tokens[self.at][1] if self.at < len(self.tokens) else 'its end'!r} where a name is expected")
        kind, text = self.tokens[self.at]
        self.at += 1
        return text[1:-1].replace('""', '"') if kind == "quoted" else text

    def listed(self) -> List[Any]:
        out = [self.expression()]
        while self.take(","):
            out.append(self.expression())
        return out

    # -- expressions -------------------------------------------------------------------------------------

    def expression(self) -> Any:
        self.depth += 1
        if self.depth > 100:
            raise SqlError("the SQL is nested too deep")
        node = self.both()
        while self.take("OR"):
            node = ("binary", "OR", node, self.both())
        self.depth -= 1
        return node

    def both(self) -> Any:
        node = self.negated()
        while self.take("AND"):
            node = ("binary", "AND", node, self.negated())
        return node

    def negated(self) -> Any:
        return ("unary", "NOT", self.negated()) if self.take("NOT") else self.comparison()

    def comparison(self) -> Any:
        node = self.sum()
        while True:
            sign = self.word()
            if sign in ("=", "<>", "!=", "<", "<=", ">", ">="):
                self.at += 1
                node = ("binary", "<>" if sign == "!=" else sign, node, self.sum())
                continue
            if self.take("IS"):
                inverse = self.take("NOT")
                what = self.word()
                if what not in ("NULL", "TRUE", "FALSE"):
                    raise SqlError(f"IS {what} is not translated")
                self.at += 1
                made: Any = ("is", node, what)
                node = ("unary", "NOT", made) if inverse else made
                continue
            inverse = self.word() == "NOT" and self.word(1) in ("IN", "LIKE", "BETWEEN")
            self.at += inverse
            if self.take("IN"):
                self.need("(")
                made = ("in query", node, self.query()) if self.word() == "SELECT" else ("in", node, self.listed())
                self.need(")")
            elif self.take("LIKE"):
                pattern = self.sum()
                made = ("like", node, pattern, self.sum() if self.take("ESCAPE") else None)
            elif self.take("BETWEEN"):
                low = self.sum()
                self.need("AND")
                made = ("between", node, low, self.sum())
            else:
                return node
            node = ("unary", "NOT", made) if inverse else made

    def sum(self) -> Any:
        node = self.product()
        while self.word() in ("+", "-", "||"):
            sign = self.word()
            self.at += 1
            node = ("binary", sign, node, self.product())
        return node

    def product(self) -> Any:
        node = self.signed()
        while self.word() in ("*", "/", "%"):
            sign = self.word()
            self.at += 1
            node = ("binary", sign, node, self.signed())
        return node

    def signed(self) -> Any:
        if self.take("-"):
            return ("unary", "-", self.signed())
        self.take("+")
        node = self.primary()
        while self.word() == "[":
            raise SqlError("indexes of arrays and maps are not translated")
        return node

    def primary(self) -> Any:
        if self.at >= len(self.tokens):
            raise SqlError("the SQL ends too early")
        kind, text = self.tokens[self.at]
        if kind == "number":
            self.at += 1
            return ("literal", int(text) if text.isdigit() else float(text) if "e" in text.lower() else Decimal(text))
        if kind == "text":
            self.at += 1
            return ("literal", text[1:-1].replace("''", "'"))
        if self.take("("):
            node = ("query", self.query()) if self.word() == "SELECT" else self.expression()
            self.need(")")
            return node
        if self.take("EXISTS", "("):
            node = ("exists", self.query())
            self.need(")")
            return node
        if self.take("CASE"):
            return self.case()
        word = self.word()
        if kind == "name" and word in ("NULL", "TRUE", "FALSE"):
            self.at += 1
            return ("literal", {"NULL": None, "TRUE": True, "FALSE": False}[word])
        if kind == "name" and word in ("DATE", "TIME", "TIMESTAMP", "INTERVAL") and self.at + 1 < len(self.tokens) and self.tokens[self.at + 1][0] == "text":
            raise SqlError(f"{word} literals are not translated")
        if kind == "name" and word in ("CAST", "TRY_CAST") and self.word(1) == "(":
            self.at += 2
            node = self.expression()
            self.need("AS")
            words = [self.name().upper()]
            while self.is_name():
                words.append(self.name().upper())
            if self.take("("):
                while not self.take(")"):
                    self.at += 1
                    if self.at > len(self.tokens):
                        raise SqlError("the SQL ends too early")
            self.need(")")
            return ("cast", node, " ".join(words))
        if kind == "name" and self.word(1) == "(" and word not in _RESERVED - {"LEFT", "RIGHT"}:
            self.at += 2
            return self.call(word)
        name = self.name()
        return ("column", self.name(), name) if self.take(".") else ("column", name)

    def case(self) -> Any:
        subject = None if self.word() == "WHEN" else self.expression()
        whens = []
        while self.take("WHEN"):
            test = self.expression()
            self.need("THEN")
            whens.append((test, self.expression()))
        otherwise = self.expression() if self.take("ELSE") else ("literal", None)
        self.need("END")
        return ("case", subject, whens, otherwise)

    def call(self, name: str) -> Any:
        distinct = self.take("DISTINCT")
        arguments: List[Any] = []
        if self.take("*"):
            arguments = [("row",)]
        elif self.word() != ")":
            if name == "EXTRACT":
                arguments = [("literal", self.name().upper())]
                self.need("FROM")
            elif name == "TRIM" and self.word() in ("BOTH", "LEADING", "TRAILING"):
                where = self.name().upper()
                what = ("literal", " ") if self.word() == "FROM" else self.expression()
                self.need("FROM")
                arguments = [("literal", where), what]
            arguments.append(self.sum() if name == "POSITION" else self.expression())
            while self.take(",") or (name in ("POSITION", "SUBSTRING") and (self.take("IN") or self.take("FROM") or self.take("FOR"))):
                arguments.append(self.expression())
        self.need(")")
        node: Any = ("call", name, arguments, distinct)
        if self.take("OVER"):
            self.need("(")
            partition = self.listed() if self.take("PARTITION", "BY") else []
            order = self.ordering() if self.take("ORDER", "BY") else []
            if self.word() in ("ROWS", "RANGE"):
                raise SqlError("frames of windows are not translated")
            self.need(")")
            node = ("over", node, partition, order)
        return node


def parse(text: str, tables: Tuple[str, ...] = ("FLOWFILE",)) -> Query:
    """The query over tables of these names. SqlError says what is not understood."""
    return _Parser(text, tables).statement()
