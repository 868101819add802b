"""Databases, brokers and secrets that several processors share."""

from __future__ import annotations

import re

from flows import connection, database_flow, flow_of, processor, source_of
from nifi_converter.convert import convert_flow


def widgets_of(conversion):
    """widget -> its defaults over all notebooks."""
    found = {}
    for name, default in re.findall(r'^dbutils\.widgets\.text\("([^"]+)", ("[^"]*")\)', source_of(conversion), re.M):
        found.setdefault(name, set()).add(default)
    return found


def test_a_pool_that_is_read_stays_the_old_database_for_all():
    url = "jdbc:postgresql://db.example:5432/x"
    statement = processor("w", "PutSQL", {"JDBC Connection Pool": "s", "putsql-sql-statement": "delete from t"})
    query = processor("r", "ExecuteSQL", {"Database Connection Pooling Service": "s", "SQL select query": "select 1 from t"})
    pool = ("s", "Pool", {"Database Connection URL": url})
    assert widgets_of(convert_flow(database_flow([pool], statement, query)))["pool_url"] == {f'"{url}"'}
    assert widgets_of(convert_flow(database_flow([pool], statement)))["pool_url"] == {'""'}


def test_two_pools_of_one_name_are_two_and_one_that_was_copied_is_one():
    def query(key, service):
        return processor(key, "ExecuteSQL", {"Database Connection Pooling Service": service, "SQL select query": "select 1 from t"})

    one, other = {"Database Connection URL": "jdbc:postgresql://one.example/x"}, {"Database Connection URL": "jdbc:postgresql://other.example/x"}
    conversion = convert_flow(database_flow([("s", "Pool", one), ("t", "Pool", other), ("u", "Pool", one)], query("a", "s"), query("b", "t"), query("c", "u"), processor("pool", "ExecuteSQL")))
    assert conversion.problems == []
    urls = {name: default for name, default in widgets_of(conversion).items() if name.endswith("_url")}
    assert urls == {"pool_1_url": {'"jdbc:postgresql://one.example/x"'}, "pool_2_url": {'"jdbc:postgresql://other.example/x"'}}, "and a processor has the plain name"


def test_clusters_of_kafka_have_a_setting_each_and_one_of_the_own_host_is_asked_for():
    def consumer(key, brokers):
        return processor(key, "ConsumeKafka_2_6", {"topic": "t", "bootstrap.servers": brokers, "group.id": "g"})

    flow = database_flow([], consumer("a", "k1:9092,k2:9092"), consumer("b", "k2:9092, k1:9092"), consumer("c", "other:9092"), consumer("d", "localhost:9092"))
    for p in flow.root.processors[:4]:
        p.type = p.type.replace("standard", "kafka.pubsub")
    conversion = convert_flow(flow)
    found = {name: defaults for name, defaults in widgets_of(conversion).items() if name.startswith("kafka")}
    assert found == {"kafka_brokers": {'"k1:9092,k2:9092"'}, "kafka_brokers_2": {'"other:9092"'}, "kafka_brokers_3": {'""'}}
    assert [s["name"] for s in conversion.report["settings"]] == ["kafka_brokers_3"] and "localhost:9092" in conversion.report["settings"][0]["description"]


def test_failures_that_are_only_logged_are_kept():
    flow = flow_of([processor("f", "FetchFile", {"File to Fetch": "/x"}), processor("log"), processor("off", "PutFile", {"Directory": "/y"}, raw_state="DISABLED"),
                    processor("s", "GenerateFlowFile")],
                   [connection("s", "f"), connection("f", "log", "not.found"), connection("f", "off", "failure"), connection("f", "log", "success")])
    conversion = convert_flow(flow)
    assert 'report.keep(f, "f", "permission.denied", "failure", "not.found")' in source_of(conversion)
    assert "Only logged in NiFi" in source_of(conversion)


def test_a_variable_that_holds_a_credential_is_a_secret():
    flow = flow_of([processor("s", "GenerateFlowFile"), processor("u", "UpdateAttribute", {"a": "${out.dir}", "b": "${db.password}"}),
                    processor("p", "PutFile", {"Directory": "${out.dir}/${region}"})], [connection("s", "u"), connection("u", "p")])
    flow.root.variables = {"out.dir": "/data/out", "db.password": "geheim123"}
    flow.root.processors[1].type = "org.apache.nifi.processors.attributes.UpdateAttribute"
    conversion = convert_flow(flow)
    assert conversion.problems == [] and "geheim123" not in "".join(conversion.files.values())
    assert '"db.password": dbutils.secrets.get(secret_scope, "db-password"),' in source_of(conversion)
    assert "{attributes.get('out.dir', variables['out.dir'])}/{attributes.get('region', '')}" in source_of(conversion)
