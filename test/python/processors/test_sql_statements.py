"""ConvertJSONToSQL's own errors; what it makes of a real table is in test_golden_databases.py."""

from __future__ import annotations

from types import SimpleNamespace

from nifi_converter.runtime import sql_statements
from nifi_converter.runtime.flow_files import FlowFile

COLUMNS = (("ID", "int"), ("NAME", "string"))


class Persons:
    """A table without a primary key, in a database behind JDBC."""

    url = "jdbc:h2:mem:x"

    def query(self, sql):
        fields = [SimpleNamespace(name=n, dataType=SimpleNamespace(simpleString=lambda t=t: t)) for n, t in COLUMNS]
        return SimpleNamespace(schema=SimpleNamespace(fields=fields))

    def table(self, name):
        return name

    def primary_key(self, table):
        return []


def test_a_column_that_must_have_a_value_fails_an_insert():
    (name, failed), = sql_statements.convert(FlowFile({}, b'{"id": 1}'), Persons(), "PERSONS", "INSERT")
    assert name == "failure" and "does not have a value for the column 'NAME'" in failed.error


def test_an_update_without_keys_is_an_error():
    (name, failed), = sql_statements.convert(FlowFile({}, b'{"id": 1}'), Persons(), "PERSONS", "UPDATE")
    assert name == "failure" and "Primary Key" in failed.error
