"""ConvertJSONToSQL: a parameterised statement for each JSON object, by the columns of the table it is for."""

from __future__ import annotations

import re
import uuid
from typing import Any, Dict, List, Optional, Sequence, Tuple

from . import database, json_documents, json_text

# Spark's types as java.sql.Types, which PutSQL reads back.
_TYPES = {"boolean": 16, "tinyint": -6, "smallint": 5, "int": 4, "bigint": -5, "float": 7, "double": 8, "string": 12, "date": 91, "timestamp": 93,
          "timestamp_ntz": 93, "binary": -2}


class StatementError(ValueError):
    """JSON that does not fit the table."""


def columns_of(db, table: str) -> List[Tuple[str, int]]:
    """(name, java.sql.Types code) of a table's columns."""
    return [(f.name, _code(f.dataType.simpleString())) for f in database.columns_of(db, db.table(table))]


def _code(spark_type: str) -> int:
    return 3 if spark_type.startswith("decimal") else _TYPES.get(re.split(r"[(<]", spark_type)[0], 12)


def convert(flow_file, db, table, statement, keys=(), schema=None, catalog=None, translate=True, fail_on_field=False, fail_on_column=True,
            quote_columns=False, quote_table=False, prefix="sql"):
    """`sql` for each object, `original`. `keys`: the columns that say which row an UPDATE is for, else the primary key. A column without a field fails an INSERT where `fail_on_column` (all of them count as required)."""
    try:
        tree = json_documents.document(flow_file)
        objects = tree if isinstance(tree, list) else [tree]
        if not all(isinstance(o, dict) for o in objects):
            raise StatementError("there is JSON that is no object")
        columns = columns_of(db, table)
        keys = [k.strip() for k in keys if k.strip()] or (db.primary_key(table) if statement.upper() == "UPDATE" else [])
        made = [_statement(o, columns, statement.upper(), table, list(keys), schema, catalog, translate, fail_on_field, fail_on_column,
                           quote_columns, quote_table) for o in objects]
    except (json_text.JsonError, StatementError) as error:
        return [("failure", flow_file.failed(error))]
    together = {"fragment.identifier": str(uuid.uuid4()), "fragment.count": str(len(made))}
    out = []
    for index, (sql, arguments) in enumerate(made):
        attributes: Dict[str, str] = {**together, "fragment.index": str(index), "mime.type": "text/plain", f"{prefix}.table": table}
        if catalog:
            attributes[f"{prefix}.catalog"] = catalog
        for number, (code, value) in enumerate(arguments, 1):
            attributes[f"{prefix}.args.{number}.type"] = str(code)
            if value is not None:
                attributes[f"{prefix}.args.{number}.value"] = value
        out.append(("sql", flow_file.with_content(sql).with_attributes(attributes)))
    return out + [("original", flow_file.with_attributes(together))]


def _plain(name: str, translate: bool) -> str:
    return name.upper().replace("_", "") if translate else name


def _statement(values: Dict[str, Any], columns: Sequence[Tuple[str, int]], kind: str, table: str, keys: List[str], schema: Optional[str], catalog: Optional[str],
               translate: bool, fail_on_field: bool, fail_on_column: bool, quote_columns: bool, quote_table: bool) -> Tuple[str, List[Tuple[int, Optional[str]]]]:
    known = {_plain(name, translate): (name, code) for name, code in columns}
    found: List[Tuple[str, int, Optional[str]]] = []
    for field, value in values.items():
        column = known.get(_plain(field, translate))
        if column is None:
            if fail_on_field:
                raise StatementError(f"Cannot map JSON field '{field}' to any column in the database")
            continue
        found.append((*column, _shown(value, column[1])))
    if not found:
        raise StatementError("None of the fields in the JSON map to the columns defined by the table")
    present = {name for name, _, _ in found}
    if kind == "INSERT" and fail_on_column and any(name not in present for name, _ in columns):
        missing = next(name for name, _ in columns if name not in present)
        raise StatementError(f"JSON does not have a value for the column '{missing}'")
    target = ".".join(f'"{p}"' if quote_table else p for p in (catalog, schema, table) if p)
    named = [(f'"{name}"' if quote_columns else name, code, value) for name, code, value in found]
    if kind == "INSERT":
        sql = f"INSERT INTO {target} ({', '.join(n for n, _, _ in named)}) VALUES ({', '.join('?' for _ in named)})"
        return sql, [(code, value) for _, code, value in named]
    if kind == "DELETE":
        return f"DELETE FROM {target} WHERE {' AND '.join(f'{n} = ?' for n, _, _ in named)}", [(code, value) for _, code, value in named]
    if kind != "UPDATE":
        raise StatementError(f"the statement type {kind!r} is not known")
    wanted = {_plain(k, translate) for k in keys}
    if not wanted:
        raise StatementError(f"Table '{table}' does not have a Primary Key and no Update Keys were specified")
    where = [(n, c, v) for (n, c, v), (name, _, _) in zip(named, found) if _plain(name, translate) in wanted]
    rest = [(n, c, v) for (n, c, v), (name, _, _) in zip(named, found) if _plain(name, translate) not in wanted]
    sql = f"UPDATE {target} SET {', '.join(f'{n} = ?' for n, _, _ in rest)} WHERE {' AND '.join(f'{n} = ?' for n, _, _ in where)}"
    return sql, [(c, v) for _, c, v in rest + where]


def _shown(value: Any, code: int) -> Optional[str]:
    if value is None:
        return None
    text = value if isinstance(value, str) else json_text.compact(value)
    if code == 16 and text.strip() in ("0", "1"):
        return "true" if text.strip() == "1" else "false"
    return text
