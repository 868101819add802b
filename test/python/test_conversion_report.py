"""The report and the jobs: what to do, in order, and what starts when."""

from __future__ import annotations

import re

import pytest
from flows import connection, database_flow, flow_of, processor, source_of
from nifi_converter.convert import convert_flow
from nifi_converter.model import Connection, End, Parameter, ParameterContext, Port, RemoteGroup, Schedule


def test_the_report_says_what_to_do_in_order():
    pool = ("s", "Old database", {"Database Connection URL": "jdbc:postgresql://localhost/x", "Database User": "me"})
    flow = database_flow([pool], processor("r", "ExecuteSQL", {"Database Connection Pooling Service": "s", "SQL select query": "select 1 from t"}),
                         processor("script", "ExecuteScript", {"Script Engine": "Groovy", "Script Body": "x"}), processor("strange", "TellOldSystem"))
    flow.root.processors.append(processor("again", "TellOldSystem"))
    flow.root.connections.append(connection("r", "again"))
    conversion = convert_flow(flow)
    report = conversion.files["conversion_report.md"]
    assert re.findall(r"^### (.*)", report, re.M) == [
        "1. Make a place for tables and files", "2. Put 1 secret into the scope", "3. Give 1 variable of `databricks.yml` a value", "4. Write 1 function in `gaps.py`",
        "5. Replace 2 processors", "6. Judge 2 places of the flow itself", "7. Run it once by hand"]
    assert "CREATE VOLUME IF NOT EXISTS main.databases.files;" in report
    assert "| `databricks secrets put-secret databases old-database-password` | Password of Old database |" in report
    assert "`old_database_url`: JDBC URL of Old database; empty: tables of catalog.schema (in NiFi jdbc:postgresql://localhost/x, its own host)" in report
    assert len(re.findall(r"^\| again, strange|^\| strange, again", report, re.M)) == 1, "what needs the same is one row"
    cells = [(p["notebook"], p["cell"]) for p in conversion.report["processors"] if p["notebook"]]
    assert cells == sorted(cells)


def test_what_was_stopped_does_not_start_with_the_rest():
    flow = flow_of([processor("on", "GenerateFlowFile", raw_state="RUNNING"), processor("off", "GenerateFlowFile", raw_state="STOPPED"),
                    processor("a", "PutFile", {"Directory": "/a"}), processor("b", "PutFile", {"Directory": "/b"})], [connection("on", "a"), connection("off", "b")])
    bundle = convert_flow(flow).files["databricks.yml"]
    first, second = bundle.split("    a_flow_2:\n")
    assert "01_on" in first and "UNPAUSED" in first and "02_off" in second and "pause_status: PAUSED" in second and "02_off" not in first


def test_what_nothing_leads_into_starts_no_job():
    flow = flow_of([processor("log", "PutFile", {"Directory": "/x"}), processor("next", "PutFile", {"Directory": "/y"})], [connection("log", "next")])
    conversion = convert_flow(flow)
    assert "schedule" not in conversion.files["databricks.yml"]
    assert "log: nothing flows into it, so it never runs in NiFi" in conversion.report["look_at"]


def test_a_file_that_leaves_secrets_out_still_has_the_password_of_a_user():
    pool = {"Database Connection URL": "jdbc:postgresql://db.example/x", "Database User": "me"}
    query = processor("r", "ExecuteSQL", {"Database Connection Pooling Service": "s", "SQL select query": "select 1 from t"})
    flow = database_flow([("s", "Pool", pool)], query)
    assert convert_flow(flow).report["secrets"] == ["pool-password"]
    flow.format = "flow-json"
    assert convert_flow(flow).report["secrets"] == [], "an instance's own file would hold it"


def test_secrets_of_two_components_of_one_name_are_two():
    def call(key, user):
        return processor(key, "InvokeHTTP", {"Remote URL": "https://x.example", "Basic Authentication Username": user, "Basic Authentication Password": "****"}, name="InvokeHTTP")

    flow = flow_of([call("aaaa1", "me"), call("bbbb2", "you"), processor("c", "PutFile", {"Directory": "/x"})], [connection("aaaa1", "c", "Response"), connection("bbbb2", "c", "Response")])
    assert convert_flow(flow).report["secrets"] == ["invoke-http-basic-authentication-password-aaaa", "invoke-http-basic-authentication-password-bbbb"]


def test_a_long_text_of_several_lines_stands_as_it_is():
    query = "SELECT a,\n       b\nFROM t\nWHERE x = 'it is a rather long condition' AND y = 'so that the statement needs more than one line'"
    flow = flow_of([processor("g", "GenerateFlowFile"), processor("u", "PutSQL", {"putsql-sql-statement": query})], [connection("g", "u"), connection("u", "u", "retry", "failure")])
    source = source_of(convert_flow(flow))
    assert f'sql="""{query}""",' in source and source.count("rt.retried(") == 1


def test_a_source_that_ran_less_often_than_its_job_waits_for_its_time():
    def source(key, period):
        return processor(key, "GetHTTP", {"URL": f"https://x.example/{key}", "Filename": key}, schedule=Schedule("TIMER_DRIVEN", period, 1))

    flow = flow_of([source("often", "10 sec"), source("daily", "1 day"), processor("p", "PutFile", {"Directory": "/x"})], [connection("often", "p"), connection("daily", "p")])
    conversion = convert_flow(flow)
    source_text = source_of(conversion)
    assert conversion.problems == []
    assert 'daily_due = rt.Due(spark, f"{tables}__daily_due", seconds=86400)' in source_text and "daily_due.commit()" in source_text and "often_due" not in source_text
    assert re.search(r"daily_success = http\.get\([^\n]*\) if daily_due\.now\(\) else \[\]", source_text)
    assert "daily runs every 1 day in NiFi, less often than the job, which goes by often" in conversion.files["databricks.yml"]


def test_due_is_what_was_not_taken_for_so_long(monkeypatch):
    from cells import install_runtime

    install_runtime()
    from nifi_runtime import schedules

    state, clock = {}, [1000.0]
    monkeypatch.setattr(schedules, "remembered", lambda spark, table: dict(state))
    monkeypatch.setattr(schedules, "remember", lambda spark, table, values: state.update(values))
    monkeypatch.setattr(schedules.time, "time", lambda: clock[0])
    due = schedules.Due(None, "t", 600)
    assert due.now() and due.now(), "a run that breaks off has not taken it"
    due.commit()
    clock[0] += 300
    assert not due.now()
    due.commit()
    clock[0] += 275
    assert due.now(), "runs do not start to the second"


def test_ends_outside_of_the_flow_have_their_own_names():
    flow = flow_of([processor("p", "PutFile", {"Directory": "/x"}), processor("s", "GenerateFlowFile")], [])
    flow.root.remote_groups = [RemoteGroup(id="r", name="Other site", group_id="g", target_uris="https://o.example", ports=[Port(id="i", name="in", group_id="r"), Port(id="o", name="out", group_id="r")])]
    flow.root.connections = [
        Connection(id="c1", name="", group_id="g", source=End("o", "r", "REMOTE_OUTPUT_PORT"), destination=End("p", "g", "PROCESSOR"), relationships=()),
        Connection(id="c2", name="", group_id="g", source=End("s", "g", "PROCESSOR"), destination=End("i", "r", "REMOTE_INPUT_PORT"), relationships=("success",))]
    conversion = convert_flow(flow)
    assert conversion.problems == []
    assert "__out_of_other_site" in source_of(conversion) and "__in_of_other_site" in source_of(conversion)


def test_an_escaped_parameter_stands_for_itself():
    flow = flow_of([processor("s", "GenerateFlowFile"), processor("u", "UpdateAttribute", {"a": "##{no}", "b": "#{yes}##{no}"}), processor("p", "PutFile", {"Directory": "/x"})],
                   [connection("s", "u"), connection("u", "p")], parameter_contexts={"c": ParameterContext("c", parameters={"yes": Parameter("yes", "1", False)})})
    flow.root.parameter_context = "c"
    flow.root.processors[1].type = "org.apache.nifi.processors.attributes.UpdateAttribute"
    source = source_of(convert_flow(flow))
    assert '"a": "#{no}"' in source and "f\"{parameters['yes']}#{{no}}\"" in source and 'widgets.text("no"' not in source


def test_a_query_whose_pool_is_not_in_the_file_is_open():
    flow = database_flow([], processor("r", "ExecuteSQL", {"Database Connection Pooling Service": "gone", "SQL select query": "select 1 from t"}))
    conversion = convert_flow(flow)
    assert conversion.report["processors"][0]["level"] == "assisted" and [s["name"] for s in conversion.report["settings"]] == ["database_1_url"]


@pytest.mark.parametrize("pattern, told", [
    ("yyyy-mm-dd", "mm, minutes"), ("ddmmyyyy", "mm, minutes"), ("YYYY-MM-dd", "YYYY, the year that a week"), ("yyyy/MM/DD", "DD, the day of the year"),
    ("yyyy-MM-dd'T'HH:mm:ss", ""), ("HH:mm", ""), ("YYYY-'W'ww", ""), ("yyyy DDD", "")])
def test_letters_of_a_date_pattern_that_mean_something_else_are_told(pattern, told):
    flow = flow_of([processor("s", "GenerateFlowFile"), processor("p", "PutFile", {"Directory": f'/x/${{now():format("{pattern}")}}'})], [connection("s", "p")])
    look_at = [text for text in convert_flow(flow).report["look_at"] if "date pattern" in text]
    assert len(look_at) == bool(told) and told in "".join(look_at)


def test_what_only_logs_and_leads_back_to_itself_passes_once():
    flow = flow_of([processor("s", "GenerateFlowFile"), processor("log"), processor("p", "PutFile", {"Directory": "/x"})],
                   [connection("s", "log"), connection("log", "log"), connection("log", "p")])
    conversion = convert_flow(flow)
    assert conversion.problems == [] and "for _ in range" not in source_of(conversion) and re.search(r"rt\.for_each\(\s*s_success,\s*files\.put_file", source_of(conversion))
    assert [t for t in conversion.report["look_at"] if "round without an end" in t]
    assert sorted(c["carrier"] for c in conversion.report["connections"]) == ["driver", "driver", "none: it leads back to what only looks at it"]


def test_names_that_nobody_reads_are_left_out():
    kinds = [("a", "FetchFile", {"File to Fetch": "/x"}), ("b", "FetchFile", {"File to Fetch": "/y"})]
    flow = flow_of([processor("s", "GenerateFlowFile"), *(processor(*k) for k in kinds), processor("log"), processor("log2")],
                   [connection("s", "a"), connection("a", "b"), connection("a", "log", "failure", "not.found"), connection("b", "log", "failure"), connection("log", "log2")])
    source = source_of(convert_flow(flow))
    assert "log_incoming" not in source and "a_failure" not in source and 'report.keep(a, "a", "permission.denied", "failure", "not.found")' in source
