"""What stands around the processors’ cells: branches, loops, ends, gaps; and whole conversions as pairs."""

from __future__ import annotations

import re
import os
import random

import pytest
from flows import HOSTILE, connection, flow_of, processor, source_of
from nifi_converter.check import check_notebooks, check_report
from nifi_converter.convert import convert_flow, write_files
from nifi_converter.emit.gaps import gaps_source
from nifi_converter.emit.notebook import Notebook
from nifi_converter.model import Parameter, ParameterContext
from nifi_converter.processors import Gap
from nifi_converter.read import read_flow


HERE = os.path.dirname(os.path.abspath(__file__))
PAIRS = os.path.join(os.path.dirname(HERE), "fixtures", "conversions")


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
