"""What Spark's JDBC source does besides reading: statements, loads by a staging table, a table's primary key.

Spark has no call for a statement. Its option `sessionInitStatement` runs one in the session of a read, in that session's
transaction; a task that is tried again runs it again, so a statement acts at least once, as in NiFi.
"""

from __future__ import annotations

import re
import uuid

# Databases whose texts know no escape but the doubled quote; the others escape with a backslash as well.
_PLAIN_TEXTS = re.compile(r"jdbc:(h2|postgresql|oracle|sqlserver|db2|derby|hsqldb)\b", re.I)
_BACKSLASHES = re.compile(r"jdbc:(mysql|mariadb|snowflake|databricks|spark|redshift)\b", re.I)


def options(db, **more):
    """The options of Spark's JDBC source for a Database."""
    found = {"url": db.url, "fetchsize": "1000"}
    found.update({name: value for name, value in (("user", db.user), ("password", db.password), ("driver", db.driver)) if value})
    found.update(more)
    return found


def execute(db, sql):
    """Runs a statement. What the database refuses is raised."""
    one = "SELECT 1 AS one FROM dual" if re.match("jdbc:oracle", db.url, re.I) else "SELECT 1 AS one"
    db.spark.read.format("jdbc").options(**options(db, sessionInitStatement=sql, query=one)).load().collect()


def inlined(url, sql, parameters):
    """A statement with its parameters `?` as literals of the database: Spark's JDBC source takes none."""
    parts = _PARTS.findall(sql)
    if parts.count("?") != len(parameters):
        raise ValueError(f"the statement has {parts.count('?')} places for {len(parameters)} parameters")
    values = iter(parameters)
    return "".join(_literal(url, next(values)) if part == "?" else part for part in parts)


_PARTS = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|--[^\n]*|/\*.*?\*/|\?|[^?'\"/-]+|.", re.S)


def _literal(url, value):
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if not isinstance(value, str):
        return str(value)
    if "\\" in value and not _PLAIN_TEXTS.match(url):
        if not _BACKSLASHES.match(url):
            raise ValueError("a text with a backslash: how this database writes it is not known")
        value = value.replace("\\", "\\\\")
    return "'" + value.replace("'", "''") + "'"


def columns(db, table):
    """The columns of a table, as Spark's fields."""
    return db.query(f"SELECT * FROM {table} WHERE 1 = 0").schema.fields


def append(db, typed, table):
    """INSERT of a DataFrame: one partition, so that the rows are in the table or none of them is."""
    typed.coalesce(1).write.format("jdbc").options(**options(db, dbtable=table)).mode("append").save()


def merge(db, typed, table, statement):
    """Another statement: the rows go into a staging table, `statement` (of its name) runs once, the table is dropped."""
    stage = f"nifi_stage_{uuid.uuid4().hex[:12]}"
    typed.coalesce(1).write.format("jdbc").options(**options(db, dbtable=stage)).mode("overwrite").save()
    try:
        execute(db, statement(stage))
    finally:
        execute(db, f"DROP TABLE {stage}")


def primary_key(db, table):
    """The columns of a table's primary key as its database declares it; [] where it has none or does not tell."""
    parts = [p.strip('"`') for p in table.split(".")]
    scope = f" AND upper(c.table_schema) = upper('{_quoted(parts[-2])}')" if len(parts) > 1 else ""
    place = "information_schema" if db.url or not db.schema else db.schema.split(".")[0] + ".information_schema"
    try:
        rows = db.query(
            f"SELECT k.column_name FROM {place}.table_constraints c JOIN {place}.key_column_usage k ON c.constraint_name = k.constraint_name "
            f"AND c.table_schema = k.table_schema AND c.table_name = k.table_name WHERE c.constraint_type = 'PRIMARY KEY' "
            f"AND upper(c.table_name) = upper('{_quoted(parts[-1])}'){scope} ORDER BY k.ordinal_position").collect()
    except Exception:  # no information schema (Oracle), or no right to read it
        return []
    return [row[0] for row in rows]


def _quoted(text):
    return text.replace("'", "''")
