"""The assessment of an estate, through its command line where that is what others call."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest
from conftest import ROOT

from nifi_converter.assess import Cancelled, assess, expand
from nifi_converter.assess.fingerprint import neutral
from nifi_converter.assess.flow_row import effort, flow_row
from nifi_converter.assess.systems import system_of
from nifi_converter.read import read_flow_bytes

FLOWS = ROOT / "test" / "fixtures" / "flows-read"
CORPUS = ROOT.parent / "shared" / "corpus"


def run(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "nifi_converter", "assess", *map(str, arguments)],
        cwd=ROOT / "notebooks", capture_output=True, text=True, timeout=120, **options,
    )


def codes(row, name=None):
    return [f["code"] for f in row["findings"] if name in (None, f["name"])]


# ---- command line ------------------------------------------------------------------------------------------


def test_folder_as_json_with_progress():
    done = run(FLOWS, "--json", "--progress")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert result["total"]["flows"] == 7 and result["total"]["errors"] == 0  # flow.xml has 3, flow.json 2
    assert result["total"]["formats"] == {
        "flow-definition-json": 1, "flow-json": 2, "flow-xml": 3, "template-xml": 1}
    assert sum(row["processors"] for row in result["flows"]) == result["total"]["processors"] == 7
    assert sorted(result["total"]["order"]) == sorted(row["source"] for row in result["flows"])
    events = [json.loads(line) for line in done.stderr.splitlines()]
    assert [e["event"] for e in events] == ["start"] + ["file"] * 4 + ["end"]
    assert [e["done"] for e in events if e["event"] == "file"] == [1, 2, 3, 4] and events[0]["total"] == 4
    assert run(FLOWS, "--json").stdout == done.stdout, "the same files give the same bytes"


def test_one_bad_file_is_a_row_and_the_others_go_on(tmp_path):
    good, bad = tmp_path / "good.xml", tmp_path / "bad.xml"
    good.write_bytes((FLOWS / "template.xml").read_bytes())
    bad.write_bytes((FLOWS / "template.xml").read_bytes()[:900])
    done = run(bad, good, tmp_path / "missing.json", "--json")
    result = json.loads(done.stdout)
    assert done.returncode == 1 and result["total"]["flows"] == 1 and result["total"]["errors"] == 2
    reasons = [row["error"] and row["error"]["reason"] for row in result["flows"]]
    assert reasons == ["malformed", None, "not_found"]
    assert result["flows"][0]["error"]["line"] > 1
    text = run(bad, good)
    assert text.returncode == 1 and "1 could not be read" in text.stdout and "bad.xml: line" in text.stdout


def test_exit_codes(tmp_path):
    assert run().returncode == 2
    assert run(tmp_path).returncode == 3
    (tmp_path / "package.json").write_text('{"name": "x"}')
    (tmp_path / "broken.json").write_text('{"name": ')
    assert run(tmp_path).returncode == 3, "what is no NiFi flow in a folder is not an error"
    assert run(tmp_path / "package.json").returncode == 1, "but it is one where it was named"


def test_a_group_of_an_instance():
    result = json.loads(run(f"{FLOWS / 'flow.xml'}#g1", "--json").stdout)
    assert [(r["name"], r["group_id"], r["processors"]) for r in result["flows"]] == [("Load", "g1", 1)]


@pytest.mark.skipif(os.name == "nt", reason="Windows ends a process at once")
def test_sigterm_ends_it_with_what_was_read(tmp_path):
    for number in range(400):
        (tmp_path / f"f{number:03}.xml").write_bytes((FLOWS / "template.xml").read_bytes())
    process = subprocess.Popen(
        [sys.executable, "-m", "nifi_converter", "assess", str(tmp_path), "--json", "--progress"],
        cwd=ROOT / "notebooks", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )
    for line in process.stderr:
        if json.loads(line).get("done") == 3:
            process.send_signal(signal.SIGTERM)
            break
    started = time.perf_counter()
    out, _ = process.communicate(timeout=30)
    result = json.loads(out)
    assert process.returncode == 130 and result["cancelled"] and 3 <= result["total"]["flows"] < 400
    assert time.perf_counter() - started < 10


def test_cancel_from_a_progress_function():
    def stop(event):
        if event.get("done") == 2:
            raise Cancelled

    result = assess([str(FLOWS)], stop)
    assert result["cancelled"] and 0 < result["total"]["flows"] < 7


def test_sources_of_a_folder(tmp_path):
    (tmp_path / ".git").mkdir()
    (tmp_path / "sub").mkdir()
    for place in (".git/a.xml", "sub/b.XML", "c.txt"):
        (tmp_path / place).write_bytes((FLOWS / "template.xml").read_bytes())
    (tmp_path / "d.json.gz").write_bytes(gzip.compress((FLOWS / "flow.json").read_bytes()))
    (tmp_path / "e.xml").write_bytes((FLOWS / "template.xml").read_text("utf-8").encode("utf-16"))
    (tmp_path / "f.xml").write_text("<project/>")
    found = [os.path.relpath(s.path, tmp_path).replace(os.sep, "/") for s in expand([str(tmp_path)])]
    assert found == ["d.json.gz", "e.xml", "sub/b.XML"]


# ---- what it says ------------------------------------------------------------------------------------------


def one(data: str, tmp_path, name="x.xml"):
    path = tmp_path / name
    path.write_text(data, encoding="utf-8")
    return assess([str(path)])["flows"][0]


def test_row_of_a_template():
    row = assess([str(FLOWS / "template.xml")])["flows"][0]
    assert (row["processors"], row["disabled"], row["connections"], row["groups"], row["remote_groups"]) == (2, 1, 5, 1, 1)
    assert row["services"] == [{"type": "org.apache.nifi.csv.CSVReader", "count": 1}]
    assert row["schedules"]["strategies"] == {"CRON_DRIVEN": 1, "TIMER_DRIVEN": 1}
    assert [s["period"] for s in row["schedules"]["sources"]] == ["10 sec"]
    assert [s["system"] for s in row["systems"]] == ["file system"]
    # The disabled one is only said to be disabled.
    assert codes(row, "Convert") == ["disabled"]


def test_findings_name_place_and_reason(tmp_path):
    text = (FLOWS / "template.xml").read_text("utf-8")
    text = text.replace("<state>DISABLED</state>", "<state>STOPPED</state>").replace("<value>s1</value>", "<value>gone</value>")
    text = text.replace("<value>${folder}</value>", "<value>${count:bad}</value>")
    text = text.replace("<id>f1</id><type>FUNNEL</type></destination>", "<id>zz</id><type>FUNNEL</type></destination>")
    row = one(text, tmp_path)
    by_code = {f["code"]: f for f in row["findings"]}
    missing = by_code["missing_service"]
    assert (missing["severity"], missing["property"], missing["group"]) == ("error", "record-reader", "Orders / Clean")
    assert "<processors>" in text.split("\n")[missing["line"] - 1]
    assert by_code["required"]["property"] == "record-writer"
    assert by_code["expression"]["name"] == "Get żółty" and "Input Directory" in by_code["expression"]["message"]
    assert by_code["missing_end"]["type"] == "connection" and "zz" in by_code["missing_end"]["message"]


def test_secrets_are_found_and_never_shown(tmp_path):
    text = (FLOWS / "template.xml").read_text("utf-8")
    text = text.replace("<entry><key>Password</key></entry>", "<entry><key>Password</key><value>hunter2</value></entry>")
    text = text.replace("<value>${folder}</value>", "<value>sftp://me:hunter2@host/x</value>")
    path = tmp_path / "s.xml"
    path.write_text(text, encoding="utf-8")
    for arguments in ((path, "--json"), (path,)):
        done = run(*arguments)
        assert "hunter2" not in done.stdout + done.stderr
    row = assess([str(path)])["flows"][0]
    assert sorted(f["property"] for f in row["findings"] if f["code"] == "clear_secret") == ["Input Directory", "Password"]


def test_connection_faults(tmp_path):
    text = (FLOWS / "template.xml").read_text("utf-8").replace("<state>DISABLED</state>", "<state>STOPPED</state>")
    cut = re.sub(r"<connections>\s*<id>c4</id>.*?</connections>", "", text, flags=re.S)
    assert "no_input" in codes(one(cut, tmp_path), "Convert") and "no_input" not in codes(one(text, tmp_path), "Convert")
    cut = re.sub(r"<connections>\s*<id>c5</id>.*?</connections>", "", text, flags=re.S)
    row = one(cut, tmp_path)
    assert [f["message"] for f in row["findings"] if f["code"] == "open_relationship"] == [
        "relationship success leads nowhere and is not terminated; NiFi calls it invalid"]
    assert "open_relationship" not in codes(one(text, tmp_path))


def test_scripts_are_counted_and_not_quoted(tmp_path):
    text = (FLOWS / "template.xml").read_text("utf-8").replace("standard.GetFile", "script.ExecuteScript")
    text = text.replace("<key>Input Directory</key><value>${folder}</value>", "<key>Script Engine</key><value>python</value>"
                        "</entry><entry><key>Script Body</key><value>a = 1\nb = 2\n</value>")
    row = one(text, tmp_path)
    assert [(s["engine"], s["lines"], len(s["sha256"])) for s in row["scripts"]] == [("python", 2, 64)]
    assert "a = 1" not in json.dumps(row)


def test_effort_orders_flows():
    assert effort({"converted": 10}, 1, 0) == 13
    assert effort({"converted": 1}, 0, 45) == 3
    assert effort({"manual": 1}, 0, 0) > effort({"assisted": 1}, 0, 0) > effort({"converted": 1}, 0, 0)
    assert effort({"not_needed": 50}, 0, 0) == 0
    result = assess([str(FLOWS)])
    points = {row["source"]: row["effort"] for row in result["flows"]}
    ordered = [points[source] for source in result["total"]["order"]]
    assert ordered == sorted(ordered) and ordered[0] < ordered[-1]


@pytest.mark.parametrize("short, expected", [
    ("ConsumeKafkaRecord_2_6", ("Kafka", "reads")),
    ("PublishKafka_2_6", ("Kafka", "writes")),
    ("PutDatabaseRecord", ("database", "writes")),
    ("ExecuteSQL", ("database", "reads")),
    ("InvokeHTTP", ("HTTP service", "reads and writes")),
    ("HandleHttpRequest", ("HTTP endpoint", "reads")),
    ("ListSFTP", ("SFTP server", "reads")),
    ("FetchS3Object", ("Amazon S3", "reads")),
    ("UpdateAttribute", None),
    ("ConvertJSONToSQL", None),
    ("ParseSyslog", None),
    ("SplitText", None),
])
def test_external_systems(short, expected):
    assert system_of(short) == expected


# ---- the same flow in several places -----------------------------------------------------------------------


def promoted(text: str) -> str:
    """As the same template looks in another environment."""
    for identifier in ("g-root", "g-clean", "p1", "in1", "out1", "f1", "s1", "c1", "c2", "c3", "c4", "c5", "rg1", "rp1"):
        text = re.sub(rf">{identifier}<", f">9{identifier}f<", text)
    text = text.replace("<name>Orders</name>", "<name>Orders PROD</name>").replace("10.5", "99.0")
    text = text.replace("10 sec", "1 min").replace("central.example:8443", "central.prod.example")
    return text.replace("1.13.2", "1.19.0").replace("<state>STOPPED</state>", "<state>RUNNING</state>")


def test_the_same_flow_in_two_environments(tmp_path):
    text = (FLOWS / "template.xml").read_text("utf-8")
    first, second = tmp_path / "dev.xml", tmp_path / "prod.xml"
    first.write_text(text.replace("${folder}", "http://dev.example:8080/data/dev/in"), encoding="utf-8")
    second.write_text(promoted(text).replace("${folder}", "http://10.0.0.7/data/prod/in"), encoding="utf-8")
    result = assess([str(first), str(second)])
    assert [e["sources"] for e in result["total"]["same_flow"]] == [[str(first), str(second)]]


@pytest.mark.parametrize("before, after", [
    ("csv-header-derived", "infer-schema"),
    ("<selectedRelationships>success</selectedRelationships>", "<selectedRelationships>failure</selectedRelationships>"),
    ("standard.GetFile", "standard.ListFile"),
    ("${folder}", "${folder}/other"),
    ("<id>p1</id><type>PROCESSOR</type></destination>", "<id>out1</id><type>OUTPUT_PORT</type></destination>"),
    ("&lt;criteria/&gt;", "&lt;criteria&gt;1&lt;/criteria&gt;"),
])
def test_a_real_change_changes_the_hash(before, after, tmp_path):
    text = (FLOWS / "template.xml").read_text("utf-8")
    assert before in text
    hashes = {one(t, tmp_path, "a.xml")["canonical_hash"] for t in (text, text.replace(before, after))}
    assert len(hashes) == 2 and all(len(h) == 32 for h in hashes)


def test_values_without_their_environment():
    assert neutral("jdbc:postgresql://u:p@db-dev.corp:5432/sales") == neutral("jdbc:postgresql://10.1.2.3/sales")
    assert neutral("k1.dev:9092,k2.dev:9092") == neutral("a:9092,b:9093")
    assert neutral("/data/uat/in") == neutral("/data/prod/in") != neutral("/data/devices/in")


@pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real flows is not beside the repository")
def test_the_corpus_is_assessed_whole():
    result = assess([str(CORPUS)])
    total = result["total"]
    print(f"\n{total['flows']} flows, {total['processors']} processors, levels {total['levels']}, "
          f"{len(total['same_flow'])} flows in several places, findings {total['findings']}")
    assert total["errors"] == 0 and total["flows"] >= 94 and total["processors"] >= 1674
    assert all(entry["known"] for entry in total["types"] if not entry["type"].startswith("com."))
    # A registry snapshot and the definition made of it are the same flow.
    stems = [{s.rsplit("__", 1)[-1].split(".")[0] for s in e["sources"]} for e in total["same_flow"]]
    assert {"NiFi_Monitor"} in stems and {"Initialize_TPCC_Tables"} in stems


def test_parameters_in_clear_text(tmp_path):
    text = (FLOWS / "definition.json").read_text("utf-8")
    text = text.replace('"name": "only base", "value": "x"', '"name": "db password", "value": "hunter2"')
    text = text.replace('"name": "pw", "value": null', '"name": "pw", "value": "hunter3"')
    path = tmp_path / "d.json"
    path.write_text(text, encoding="utf-8")
    row = assess([str(path)])["flows"][0]
    secrets = [f for f in row["findings"] if f["code"] == "clear_secret"]
    assert [(f["name"], f["property"], f["type"]) for f in secrets] == [
        ("main", "pw", "parameter context"), ("base", "db password", "parameter context")]
    assert "hunter" not in json.dumps(row)


# ---- hostile sizes: the time grows with the file, not with its square ----------------------------------------


def _seconds(document) -> float:
    path_data = json.dumps(document).encode("utf-8")
    start = time.process_time()
    flow = read_flow_bytes(path_data, "hostile.json")
    flow_row(flow, "hostile.json")
    return time.process_time() - start


def _processor(number, **more):
    return {"identifier": f"p{number}", "name": "x", "type": "org.apache.nifi.processors.standard.UpdateAttribute", **more}


@pytest.mark.parametrize("value", [
    "#{" + " " * 200_000, "#" * 200_000, "#{'" * 60_000, "a." * 100_000, "a.b-" * 50_000 + ":", "${" * 60_000, "://" * 60_000,
    "password=" * 20_000, "x:" * 100_000 + "@", "\\" * 200_000, "'" * 200_000,
])
def test_long_hostile_values(value):
    assert _seconds({"flowContents": {"processors": [_processor(1, properties={"a": value})]}}) < 20


def test_many_components_of_one_id_and_ends_elsewhere():
    count = 4000
    groups = [{"identifier": f"g{n}", "processors": [_processor(1)]} for n in range(count)]
    connections = [
        {"identifier": f"c{n}", "source": {"id": "p1", "groupId": "nowhere"}, "destination": {"id": f"o{n}", "type": "INPUT_PORT", "groupId": "out"}}
        for n in range(count)
    ]
    groups.append({"identifier": "out", "name": "o", "versionedFlowCoordinates": {"flowId": "f"}})
    assert _seconds({"flowContents": {"processGroups": groups, "connections": connections}}) < 20


def test_deep_groups_with_variables_and_long_names():
    inner = {"identifier": "last", "processors": [_processor(1)]}
    for level in range(900):  # json.dumps recurses; the reader does not
        inner = {"identifier": f"g{level}", "name": "n" * 200, "variables": {f"v{level}": "x"}, "processors": [_processor(2)],
                 "processGroups": [inner]}
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(20_000)
    try:
        seconds = _seconds({"flowContents": inner})
    finally:
        sys.setrecursionlimit(before)
    assert seconds < 20


RULES = (
    "<criteria><flowFilePolicy>USE_CLONE</flowFilePolicy><rules><name>late</name>"
    "<conditions><expression>${a:equals('1')}</expression></conditions>"
    "<conditions><expression>${a:nosuch()}</expression></conditions>"
    "<actions><attribute>x</attribute><value>${b:toUpper(}</value></actions></rules></criteria>"
)


def updated(annotation, version="1.28.1", properties=None):
    """The findings of an UpdateAttribute with this annotation data, in a flow of this NiFi."""
    processor = {
        "identifier": "u", "name": "Update", "type": "org.apache.nifi.processors.attributes.UpdateAttribute",
        "bundle": {"group": "org.apache.nifi", "artifact": "nifi-update-attribute-nar", "version": version},
        "annotationData": annotation, "properties": properties or {}, "autoTerminatedRelationships": ["success"],
    }
    flow = read_flow_bytes(json.dumps({"flowContents": {"identifier": "g", "processors": [processor]}}).encode(), "f.json")
    return [f for f in flow_row(flow, "f.json")["findings"] if f["code"] in ("expression", "advanced_rules")]


def test_expressions_of_advanced_rules_are_checked():
    found = updated(RULES)
    assert [f["code"] for f in found] == ["expression", "expression"] and {f["name"] for f in found} == {"Update"}
    assert "'late', condition" in found[0]["message"] and "value of 'x'" in found[1]["message"]
    assert updated(RULES.replace(":nosuch()", ":isNull()").replace("toUpper(", "toUpper()")) == []


@pytest.mark.parametrize("text", ["<criteria>", "rules", "<!DOCTYPE a><criteria/>"])
def test_unreadable_advanced_rules_are_an_error(text):
    assert [(f["code"], f["severity"]) for f in updated(text)] == [("advanced_rules", "error")]


def test_the_flows_own_version_decides_which_functions_there_are():
    properties = {"x": "${a:replaceByPattern('a:b')}", "y": "${a:unique(',')}"}
    assert [len(updated("", version, properties)) for version in ("1.28.1", "2.8.0", "2.11.0")] == [2, 1, 0]
