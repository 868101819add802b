"""ConvertJSONToSQL by the columns of a table, against what NiFi made of a database's."""

from __future__ import annotations

import os
from types import SimpleNamespace

import golden_processors as goldens
import pytest
from cells import SHARED
from nifi_converter.runtime import sql_statements
from nifi_converter.runtime.flow_files import FlowFile

VECTORS = os.path.join(SHARED, "goldens", "processors.jsonl")
COLUMNS = (("ID", "int"), ("NAME", "string"), ("CODE", "int"), ("AMT", "decimal(10,2)"), ("D", "date"), ("TS", "timestamp"), ("OK", "boolean"))


class Persons:
    """The one table of the vectors' database."""

    def query(self, sql):
        assert "PERSONS" in sql
        return SimpleNamespace(schema=[SimpleNamespace(name=n, dataType=SimpleNamespace(simpleString=lambda t=t: t)) for n, t in COLUMNS])


def test_as_nifi_did():
    if not os.path.exists(VECTORS):
        pytest.skip("the golden vectors are not at ../shared/goldens")
    vectors = [v for v in goldens.read_vectors(VECTORS) if v["type"].endswith(".ConvertJSONToSQL")]
    equal = 0
    for vector in vectors:
        p = vector["properties"]
        (attributes, content), = goldens.inputs_of(vector)
        kind = p["Statement Type"]
        out = sql_statements.convert(
            FlowFile(attributes, content), Persons(), table=p["Table Name"].replace("${t}", "PERSONS"),
            statement=attributes["statement.type"] if kind.startswith("Use") else kind, keys=p.get("Update Keys", "ID").split(","), schema=p.get("Schema Name"),
            translate=p.get("Translate Field Names") != "false", fail_on_field=p.get("Unmatched Field Behavior") == "Fail", fail_on_column=False,
            quote_columns=p.get("jts-quoted-identifiers") == "true", quote_table=p.get("jts-quoted-table-identifiers") == "true",
            prefix=p.get("jts-sql-param-attr-prefix", "sql"))
        equal += goldens.compare(vector, [(name, f.attributes, f.content, f.error) for name, f in out]) is None
    assert equal == len(vectors) == 21


def test_a_column_that_must_have_a_value_fails_an_insert():
    (name, failed), = sql_statements.convert(FlowFile({}, b'{"id": 1}'), Persons(), "PERSONS", "INSERT")
    assert name == "failure" and "does not have a value for the column 'NAME'" in failed.error


def test_an_update_without_keys_is_an_error():
    (name, failed), = sql_statements.convert(FlowFile({}, b'{"id": 1}'), Persons(), "PERSONS", "UPDATE")
    assert name == "failure" and "Primary Key" in failed.error
