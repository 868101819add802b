"""Plan, emit, check: what stands around the processors' cells."""

from __future__ import annotations

import re
import os
import random

import pytest
from nifi_converter.check import check_notebooks, check_report
from nifi_converter.convert import convert_flow, write_files
from nifi_converter.emit import markdown as md
from nifi_converter.emit.gaps import gaps_source
from nifi_converter.emit.names import imports_for, undefined_names
from nifi_converter.emit.notebook import Notebook
from nifi_converter.model import (Connection, ControllerService, End, Flow, Parameter, ParameterContext, Port, ProcessGroup, Processor, RemoteGroup,
                                  Schedule)
from nifi_converter.plan import Loop, make_plan, trigger_of
from nifi_converter.planning.triggers import period_seconds, quartz_of
from nifi_converter.processors import Gap
from nifi_converter.processors.code import Code, call, identifier, lit, tall, text_block
from nifi_converter.read import read_flow

HERE = os.path.dirname(os.path.abspath(__file__))
PAIRS = os.path.join(os.path.dirname(HERE), "fixtures", "conversions")
STANDARD = "org.apache.nifi.processors.standard."


def processor(key, kind="LogAttribute", properties=None, **more):
    return Processor(id=key, name=more.pop("name", key), group_id="g", type=STANDARD + kind, properties=properties or {}, **more)


def connection(source, destination, *relationships, number=[0]):
    number[0] += 1
    return Connection(id=f"c{number[0]}", name="", group_id="g", source=End(source, "g", "PROCESSOR"),
                      destination=End(destination, "g", "PROCESSOR"), relationships=relationships or ("success",))


def flow_of(processors, connections, **more):
    return Flow(name=more.pop("name", "A flow"), source_name="flow.json", format="flow-definition-json", nifi_version="1.28.1",
                root=ProcessGroup(id="g", name="A flow", processors=processors, connections=connections), **more)


def source_of(conversion):
    return "\n".join(n.source() for n in conversion.notebooks)


# ---- code and markdown that no text of a flow can break out of ----

HOSTILE = ["a\n# COMMAND ----------\nimport os", '"""', "'''", "\\", "\r\n# MAGIC %sh rm", "\u2028x", "\u202egnp", "{volume}", "a\0b", "\ud800", "𝄞", "`|`"]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_literal_is_one_line_and_gives_the_text_back(text):
    source = lit(text)
    assert "\n" not in source and "\r" not in source and "\u2028" not in source and "\u202e" not in source
    assert eval(source) == text


@pytest.mark.parametrize("text", HOSTILE)
def test_a_block_of_text_gives_the_text_back(text):
    assert eval(text_block(f"SELECT 1\n{text}")) == f"SELECT 1\n{text}"
    assert "# COMMAND" not in text_block(f"x\n{text}").split("\n")[1:2]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_markdown_cell_stays_one_cell(text):
    notebook = Notebook("n", "n")
    notebook.markdown([f"## {md.plain(text)}", md.code(text), *md.table(("a", "b"), [(md.cell(text), md.plain(text))])])
    lines = notebook.source().split("\n")
    assert all(line.startswith("# MAGIC") for line in lines[1:-1])
    assert notebook.source().count("# COMMAND") == (1 if "# COMMAND" in text else 0) * 4


def test_a_name_of_a_flow_is_an_identifier_or_gets_one():
    assert [identifier(t) for t in ("Find only Tweets", "2nd step", "żółć", "")] == ["find_only_tweets", "n2nd_step", "unnamed", "unnamed"]


@pytest.mark.parametrize("name, words", [
    ("GenerateFlowFile", "generate_flow_file"), ("ConvertJSONToSQL", "convert_json_to_sql"), ("PutS3Object", "put_s3_object"),
    ("ConsumeKafka_2_6", "consume_kafka_2_6"), ("EvaluateXPath", "evaluate_xpath"), ("PutHBaseJSON", "put_hbase_json"),
    ("CaptureChangeMySQL", "capture_change_mysql"), ("ExtractHL7Attributes", "extract_hl7_attributes"), ("GetAFile", "get_a_file"),
    ("Add Batch IDs", "add_batch_ids"), ("ingestionIDs2Delete", "ingestion_ids2_delete"), ("OAuth token", "oauth_token"),
    ("startTest", "start_test"), ("SHOUTING", "shouting"), ("x", "x"), ("NiFi Monitor", "nifi_monitor"),
    ("IsThisTheVeryLongNameOfAProcessorThatNobodyWouldType", "is_this_the_very_long_name_of_a_processor_that"),
])
def test_words_of_a_name_stand_apart(name, words):
    assert identifier(name) == words


def test_a_long_call_has_one_option_a_line():
    source = call("f", "x" * 60, first="y" * 60, second={"k": "z" * 90})
    assert source.count("\n") >= 4 and eval(source, {"f": lambda a, first, second: second["k"]}) == "z" * 90


@pytest.mark.parametrize("source", [
    "lambda attributes: f'{attributes.get(\"first\", \"\")}/{{x}}\\n" + "words and " * 12 + "{attributes.get(\"second\", \"\")}'",
    "lambda attributes: (attributes.get('first') if attributes.get('second') else attributes.get('third')) + '" + "x" * 60 + "'",
    "dict(a=(lambda attributes: attributes.get('first', '') + attributes.get('second', '') + attributes.get('third', ''))({}), b='y')",
    "[1, 2].index(1) | len('" + "z" * 50 + "') & ~len(str(max(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)))",
    "str('" + "a" * 60 + "').replace('a', 'b', len('" + "c" * 50 + "')).upper()",
])
def test_a_long_expression_means_the_same_over_several_lines(source):
    short, long = eval(source), eval(f"dict(x={tall(Code(source))})")["x"]
    given = {"first": "1", "third": "3"}
    assert len(source) > 90 and (short(given) if callable(short) else short) == (long(given) if callable(long) else long)


# ---- names ----

def test_an_undefined_name_is_found_where_it_is_read():
    cells = ["a = 1", "b = [x for x in range(a)]\nf = lambda y: y + later", "later = 2\nprint(b, f, missing)"]
    assert undefined_names(cells) == [(1, "later"), (2, "missing")]


def test_a_name_read_before_the_statement_that_sets_it_is_found():
    assert undefined_names(["a = b\nb = 1"]) == [(0, "b")]


def test_imports_follow_from_the_names_a_cell_reads():
    assert imports_for(["x = rt.union(F.lit(1), gaps.f(), files.under(a, b), json.dumps(1))"]) == [
        "import json", "", "from pyspark.sql import functions as F", "", "import gaps", "import nifi_runtime as rt", "from nifi_runtime import files"]


# ---- registry ----


def test_no_type_has_two_handlers():
    from nifi_converter import processors

    processors.load()
    assert processors.duplicates == []


# ---- plan ----

def test_ports_and_funnels_are_wires():
    inner = ProcessGroup(id="i", name="Inner", processors=[Processor(id="b", name="b", group_id="i", type=STANDARD + "LogAttribute")],
                         input_ports=[Port(id="in", name="in", group_id="i")],
                         connections=[Connection(id="x", name="", group_id="i", source=End("in", "i", "INPUT_PORT"), destination=End("b", "i", "PROCESSOR"))])
    outer = Connection(id="y", name="", group_id="g", source=End("a", "g", "PROCESSOR"), destination=End("in", "i", "INPUT_PORT"), relationships=("success",))
    flow = flow_of([processor("a", "GenerateFlowFile")], [outer])
    flow.root.groups.append(inner)
    plan = make_plan(flow)
    wires = [(w.source, w.relationships, w.destination, len(w.connections)) for w in plan.graph.wires]
    assert wires == [("g/a", ("success",), "i/b", 2)] and len(plan.parts) == 1


def test_parts_are_the_connected_parts_and_what_has_no_connection_stands_alone():
    plan = make_plan(flow_of([processor(k) for k in "abcde"], [connection("a", "b"), connection("c", "d")]))
    assert [len(p.nodes()) for p in plan.parts] == [2, 2] and [n.name for n in plan.alone] == ["e"]


def test_a_circle_is_a_loop_and_a_large_one_goes_through_a_table():
    small = make_plan(flow_of([processor(k) for k in "abc"], [connection("a", "b"), connection("b", "c"), connection("c", "b", "failure")]))
    loops = [s for s in small.parts[0].steps if isinstance(s, Loop)]
    assert [[n.name for n in s.nodes] for s in loops] == [["b", "c"]] and [w.relationships for w in loops[0].back] == [("failure",)]
    names = [f"p{i:02d}" for i in range(20)]
    ring = make_plan(flow_of([processor(k, "UpdateAttribute") for k in names], [connection(a, b) for a, b in zip(names, names[1:] + names[:1])]))
    assert not any(isinstance(s, Loop) for s in ring.parts[0].steps) and len(ring.parts[0].feedback) == 1


def test_a_deep_chain_does_not_overflow():
    names = [f"p{i}" for i in range(3000)]
    plan = make_plan(flow_of([processor(k) for k in names], [connection(a, b) for a, b in zip(names, names[1:])]))
    assert len(plan.parts[0].steps) == 3000


@pytest.mark.parametrize("text, seconds", [("5 mins", 300), ("1 sec", 1), ("1.5 hours", 5400), ("0 sec", 0), ("100 millis", 0.1), ("2 days", 172800), ("soon", None)])
def test_periods(text, seconds):
    assert period_seconds(text) == (pytest.approx(seconds) if seconds is not None else None)


def test_triggers():
    cron = trigger_of([processor("a", schedule=Schedule("CRON_DRIVEN", " 0 0  6 * * ? "))])
    quick = trigger_of([processor("a", schedule=Schedule("TIMER_DRIVEN", "1 sec")), processor("b", schedule=Schedule("TIMER_DRIVEN", "1 hour"))])
    hourly = trigger_of([processor("b", schedule=Schedule("TIMER_DRIVEN", "1 hour"))])
    assert quartz_of(cron) == "0 0 6 * * ?"
    assert quartz_of(quick) == "0 0/5 * * * ?" and "every 1 sec" in quick.slowed
    assert quartz_of(hourly) == "0 0 0/1 * * ?"


@pytest.mark.parametrize("text, version, quartz, note", [
    ("0 0 0 * * 1", "2.4.0", "0 0 0 ? * MON", ""),
    ("0 0 0 ? * 1", "1.28.1", "0 0 0 ? * 1", ""),
    ("0 0 0 1 * MON", "2.4.0", "", "no Quartz cron"),
    ("0 0 0 * * *", "1.28.1", "", "must be ?"),
    ("#{when}", "1.28.1", "", "no schedule"),
])
def test_cron_schedules_go_by_the_flows_own_nifi(text, version, quartz, note):
    trigger = trigger_of([processor("a", schedule=Schedule("CRON_DRIVEN", text))], nifi_version=version)
    assert quartz_of(trigger) == quartz and (note in trigger.notes[0] if note else not trigger.notes)


def test_what_only_the_run_could_parse_is_not_converted():
    update = Processor(id="u", name="u", group_id="g", type="org.apache.nifi.processors.attributes.UpdateAttribute",
                       properties={"x": "${a:evaluateELString()}"})
    report = convert_flow(flow_of([processor("in", "GenerateFlowFile"), update], [connection("in", "u")])).report
    entry = next(p for p in report["processors"] if p["name"] == "u")
    assert entry["level"] == "manual" and "evaluateELString" in entry["reason"]


# ---- emit ----

def test_a_branch_beside_a_loop_still_gets_its_flow_files():
    flow = flow_of([processor("make", "GenerateFlowFile"), processor("put", "PutFile", {"Directory": "/out"}), processor("tell", "PutSolr")],
                   [connection("make", "put"), connection("make", "tell"), connection("put", "put", "failure")])
    text = source_of(convert_flow(flow))
    assert "rt.keep_waiting(spark, make_success, " in text and "put = rt.retried(\n    make_success," in text
    flow = flow_of([processor("make", "GenerateFlowFile"), processor("ask", "InvokeHTTP", {"Remote URL": "http://x.example.org"}),
                    processor("more", "RouteOnAttribute", {"done": "${n:isEmpty()}"}), processor("tell", "PutSolr")],
                   [connection("make", "ask"), connection("make", "tell"), connection("ask", "more", "Response"), connection("more", "ask", "unmatched")])
    text = source_of(convert_flow(flow))
    assert "rt.keep_waiting(spark, make_success, " in text and "make_success_queued = []" in text
    assert "raise RuntimeError" in text.split("else:")[1], "pages that are left would be lost: the run fails at the bound"


def test_what_fails_the_same_way_each_time_is_tried_once():
    flow = flow_of([processor("make", "GenerateFlowFile"), processor("pack", "CompressContent", {"Mode": "compress", "Compression Format": "gzip"}), processor("log")],
                   [connection("make", "pack"), connection("pack", "pack", "failure"), connection("pack", "log")])
    text = source_of(convert_flow(flow))
    assert "for _ in range" not in text and "rt.retried" not in text and 'report.keep(pack, "pack", "failure")' in text


def test_attempts_within_a_page_loop_are_no_rounds_of_it():
    flow = flow_of([processor("make", "GenerateFlowFile"), processor("ask", "InvokeHTTP", {"Remote URL": "http://x.example.org"}),
                    processor("more", "RouteOnAttribute", {"done": "${n:isEmpty()}"})],
                   [connection("make", "ask"), connection("ask", "ask", "Retry"), connection("ask", "more", "Response"), connection("more", "ask", "unmatched")])
    conversion = convert_flow(flow)
    text = source_of(conversion)
    assert "    ask = rt.retried(\n" in text and "ask_retry_again" not in text and not conversion.problems
    assert {"max_attempts", "max_rounds"} <= set(conversion.context.widgets)


def test_a_loop_waits_where_failures_go_round_and_not_for_pages():
    flow = flow_of([processor("make", "GenerateFlowFile"), processor("ask", "InvokeHTTP", {"Remote URL": "http://x.example.org"}),
                    processor("note", "UpdateAttribute", {"failed": "yes"}), processor("more", "RouteOnAttribute", {"done": "${n:isEmpty()}"})],
                   [connection("make", "ask"), connection("ask", "note", "Failure"), connection("note", "ask"), connection("ask", "more", "Response"),
                    connection("more", "ask", "unmatched")])
    text = source_of(convert_flow(flow))
    assert "    if note_success_again:\n        rt.pause(turn)\n" in text and "for turn in range(" in text
    flow = flow_of([processor("make", "GenerateFlowFile"), processor("ask", "InvokeHTTP", {"Remote URL": "http://x.example.org"}),
                    processor("more", "RouteOnAttribute", {"done": "${n:isEmpty()}"})],
                   [connection("make", "ask"), connection("ask", "more", "Response"), connection("more", "ask", "unmatched")])
    assert "rt.pause" not in source_of(convert_flow(flow))


def test_branches_that_meet_again_and_again_are_written_down():
    names = [f"r{i}" for i in range(8)]
    flow = flow_of([processor("in", "ConsumeJMS"), *(processor(n, "RouteOnAttribute", {"x": "${a:equals('1')}"}) for n in names), processor("out", "PutFile", {"Directory": "/o"})],
                   [connection("in", names[0]), *(connection(a, b, r) for a, b in zip(names, [*names[1:], "out"]) for r in ("x", "unmatched"))])
    text = source_of(convert_flow(flow))
    written = re.findall(r"(r\d) = rt\.materialise\(", text)
    assert written == ["r0", "r2", "r4", "r6"], "what came in is read once, and after two meetings there are four copies of it"


def test_what_waits_for_a_signal_is_asked_again_in_the_next_run():
    flow = flow_of([processor("make", "GenerateFlowFile"), processor("hold", "Wait", {"release-signal-id": "${id}"}), processor("log")],
                   [connection("make", "hold"), connection("hold", "hold", "wait"), connection("hold", "log")])
    conversion = convert_flow(flow)
    text = source_of(conversion)
    assert "for _ in range" not in text and 'rt.turn_over(spark, f"{tables}__hold_wait_again")' in text and not conversion.problems


def test_a_sink_without_an_address_holds_back_what_comes_in():
    flow = flow_of([processor("make", "GenerateFlowFile"), processor("index", "PutSolrContentStream", {"Solr Type": "Cloud", "Solr Location": "zk:2181", "Collection": "c"})],
                   [connection("make", "index")])
    conversion = convert_flow(flow)
    text = source_of(conversion)
    assert 'report.held_back(' in text and text.index("report.release()") < text.index("report.open_gaps")
    assert [p["level"] for p in conversion.report["processors"] if p["name"] == "index"] == ["assisted"]


def test_an_act_that_knows_only_one_relationship_is_assigned_to_it():
    flow = flow_of([processor("make", "GenerateFlowFile"), processor("put", "PutFile", {"Directory": "/out"})], [connection("make", "put")])
    assert "make_success = control.generate(" in source_of(convert_flow(flow)) and "rt.send" not in source_of(convert_flow(flow))


def test_what_is_random_is_written_down_before_a_branch():
    flow = flow_of([processor("in", "PutUnknown"), processor("id", "UpdateAttribute", {"id": "${UUID()}"}), processor("r", "RouteOnAttribute", {"a": "${id:isEmpty()}"}),
                    processor("x", "PutUnknown"), processor("y", "PutUnknown")],
                   [connection("in", "id"), connection("id", "r"), connection("r", "x", "a"), connection("r", "y", "unmatched")])
    text = source_of(convert_flow(flow))
    assert text.count("rt.materialise(") == 1 and 'r = rt.materialise(r, f"{tables}__r")' in text


def test_parts_that_meet_in_a_folder_depend_on_each_other():
    flow = flow_of([processor("list", "ListFile", {"Input Directory": "/data"}, position=(0, 0)), processor("log", position=(0, 1)),
                    processor("make", "GenerateFlowFile", position=(0, 2)), processor("put", "PutFile", {"Directory": "/data"}, position=(0, 3))],
                   [connection("list", "log"), connection("make", "put")])
    conversion = convert_flow(flow)
    assert [n["depends_on"] for n in conversion.report["notebooks"]] == [[conversion.report["notebooks"][1]["name"]], []]
    bundle = conversion.files["databricks.yml"]
    assert bundle.index("depends_on") > bundle.index("notebook_path") and bundle.count("max_concurrent_runs") == 1


def test_failures_are_kept_and_other_ends_are_named():
    flow = flow_of([processor("make", "GenerateFlowFile"), processor("put", "PutFile", {"Directory": "/out"}, auto_terminated=("success", "failure"))], [connection("make", "put")])
    text = source_of(convert_flow(flow))
    assert 'report.keep(put, "put", "failure")' in text and "`failure` is kept in the failure table; `success` is dropped, as in NiFi" in text


def test_a_relationship_that_nobody_reads_gets_no_name():
    flow = flow_of([processor("make", "GenerateFlowFile"), processor("put", "PutFile", {"Directory": "/out"}), processor("log"), processor("end", "PutFile", {"Directory": "/end"})],
                   [connection("make", "put"), connection("put", "log"), connection("put", "end", "failure")])
    text = source_of(convert_flow(flow))
    assert "put_failure = rt.relationship(put, " in text and "put_success" not in text


def test_a_disabled_processor_does_nothing():
    flow = flow_of([processor("make", "GenerateFlowFile"), processor("put", "PutFile", {"Directory": "/out"}, raw_state="DISABLED"), processor("log")],
                   [connection("make", "put"), connection("put", "log")])
    conversion = convert_flow(flow)
    assert "files.put_file" not in source_of(conversion) and not conversion.problems
    assert [p["level"] for p in conversion.report["processors"] if p["name"] == "put"] == ["not_needed"]


def test_no_secret_comes_out():
    secret, plain = "hunter2-hunter2", "S3cr3tParam!"
    flow = flow_of([processor("call", "InvokeHTTP", {"Remote URL": "https://example.org", "Basic Authentication Username": "me", "Basic Authentication Password": secret,
                                                     "X-Api-Key": "abcd-1234-efgh", "HTTP Method": "GET"}, comments=f"the password is {secret}"),
                    processor("log", properties={"Log prefix": f"{plain}"})], [connection("call", "log", "Response")],
                   parameter_contexts={"c": ParameterContext("c", parameters={"p": Parameter("p", plain, True)})})
    flow.root.parameter_context = "c"
    everything = "\n".join(convert_flow(flow).files.values())
    assert secret not in everything and plain not in everything and "abcd-1234-efgh" not in everything
    assert 'dbutils.secrets.get(secret_scope, "call-basic-authentication-password")' in everything


def test_gaps_are_written_once():
    first, added = gaps_source([Gap("one", ("a",), "Doc\n\nmore \"\"\" and \\ text")])
    mine = first.replace("raise NotImplementedError", "return 42  #")
    second, more = gaps_source([Gap("one", ("a",), "other"), Gap("two", (), "Doc")], mine)
    assert added == ["one"] and more == ["two"] and second.startswith(mine.rstrip("\n"))
    space = {}
    exec(second, space)
    assert space["one"](1) == 42
    with pytest.raises(NotImplementedError, match="gaps.two"):
        space["two"]()


def test_everything_is_in_the_report_exactly_once_or_the_check_says_so():
    flow = flow_of([processor(k) for k in "abc"], [connection("a", "b")])
    report = convert_flow(flow).report
    assert check_report(flow, report) == []
    report["processors"].append(report["processors"][0])
    del report["connections"][0]
    assert [p.split(":")[0] for p in check_report(flow, report)] == ["processors", "connections"]


def test_a_broken_cell_is_found():
    notebook = Notebook("n", "n")
    notebook.code("x = (")
    notebook.code("print(y)")
    assert len(check_notebooks([notebook]).problems) == 2


@pytest.mark.parametrize("name", sorted(os.listdir(PAIRS)) if os.path.isdir(PAIRS) else [])
def test_pairs(name, tmp_path):
    """The output of a flow, as it was reviewed. `UPDATE_PAIRS=1` writes it anew."""
    flow = read_flow(os.path.join(PAIRS, name, "flow.json"))
    conversion = convert_flow(flow)
    assert conversion.problems == []
    assert convert_flow(flow).files == conversion.files, "the same flow gives the same bytes"
    write_files(conversion.files, str(tmp_path))
    expected = os.path.join(PAIRS, name, "expected")
    for file in sorted(os.listdir(expected)):
        made = next(text for path, text in conversion.files.items() if os.path.basename(path) == file)
        if os.environ.get("UPDATE_PAIRS"):
            with open(os.path.join(expected, file), "w", encoding="utf-8") as target:
                target.write(made)
        with open(os.path.join(expected, file), encoding="utf-8") as source:
            assert made == source.read(), file


def test_hostile_names_everywhere_give_sound_notebooks():
    generator = random.Random(7)
    for _ in range(20):
        processors = [processor(f"k{i}", generator.choice(["UpdateAttribute", "RouteOnAttribute", "PutFile", "Nope", "ExecuteScript", "InvokeHTTP"]),
                                {"Directory": generator.choice(HOSTILE), "x": generator.choice(HOSTILE), "Script Body": "".join(generator.sample(HOSTILE, 5)),
                                 "Remote URL": generator.choice(HOSTILE)},
                                name=generator.choice(HOSTILE), comments=generator.choice(HOSTILE)) for i in range(8)]
        wires = [connection(f"k{generator.randrange(8)}", f"k{generator.randrange(8)}", generator.choice(["success", "failure", "a\nb"])) for _ in range(10)]
        conversion = convert_flow(flow_of(processors, wires, name=generator.choice(HOSTILE)))
        assert conversion.problems == []
        for notebook in conversion.notebooks:
            cells = notebook.source().split("\n\n# COMMAND ----------\n\n")
            assert len(cells) == len(notebook.cells)


def test_only_what_the_notebooks_need_of_the_runtime_lies_beside_them():
    from nifi_converter.convert import runtime_files

    few = runtime_files(["import nifi_runtime as rt\nfrom nifi_runtime import splitting\n"])
    many = runtime_files(["from nifi_runtime import records\nfrom nifi_runtime import el\n"])
    assert "notebooks/nifi_runtime/splitting.py" in few and "notebooks/nifi_runtime/el_dates.py" in many
    assert "notebooks/nifi_runtime/xpath.py" not in few
    for files in (few, many):  # nothing that is there imports what is not
        for source in files.values():
            for name in re.findall(r"^\s*from \.(\w+) import", source, re.M):
                assert f"notebooks/nifi_runtime/{name}.py" in files


# ---- servers that several share ----

def widgets_of(conversion):
    """widget -> its defaults over all notebooks."""
    found = {}
    for name, default in re.findall(r'^dbutils\.widgets\.text\("([^"]+)", ("[^"]*")\)', source_of(conversion), re.M):
        found.setdefault(name, set()).add(default)
    return found


DBCP = "org.apache.nifi.dbcp.DBCPConnectionPool"


def database_flow(services, *processors):
    """One notebook for each processor."""
    made = flow_of(list(processors), [], name="Databases")
    made.root.services = [ControllerService(id=key, name=name, group_id="g", type=DBCP, properties=properties) for key, name, properties in services]
    ends = [processor(f"log{p.id}", "PutFile", {"Directory": f"/{p.id}"}) for p in processors]
    made.root.processors += ends
    made.root.connections = [connection(p.id, e.id) for p, e in zip(processors, ends)]
    return made


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


# ---- the report and the jobs ----

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
