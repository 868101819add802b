"""Flows that are legal and strange: names of every kind, ends that are not there, circles without a way in, unknown types."""

from __future__ import annotations

import json

import pytest
from nifi_converter.convert import convert_flow
from nifi_converter.read import read_flow_bytes

STANDARD = "org.apache.nifi.processors.standard."
UPDATE = "org.apache.nifi.processors.attributes.UpdateAttribute"
NAMES = ["class", "None", "def", "print", "spark", "F", "rt", "gaps", "report", "tables", "", "   ", "🚀 rocket", "数据", 'a"b', "a'b", "line\nbreak", "x\\", "{attributes}", '"""',
         "# COMMAND ----------", "%md", "$", "lambda", "self", "__init__", "nifi_runtime", "F", "F", "json", "a.b/c:d", "None", "dbutils", "İstanbul", "ﬁle", "１２３", "el", "_"]


def processor(key, kind, properties=None, name=None, auto=(), group="g", state="ENABLED"):
    return {"identifier": key, "groupIdentifier": group, "name": key if name is None else name, "type": kind if "." in kind else STANDARD + kind, "properties": properties or {},
            "autoTerminatedRelationships": list(auto), "scheduledState": state, "schedulingPeriod": "0 sec", "schedulingStrategy": "TIMER_DRIVEN",
            "bundle": {"group": "org.apache.nifi", "artifact": "a", "version": "2.0.0"}}


def connection(source, destination, *relationships, kinds="PP", groups="gg"):
    names = {"P": "PROCESSOR", "F": "FUNNEL", "I": "INPUT_PORT", "O": "OUTPUT_PORT", "R": "REMOTE_INPUT_PORT", "S": "REMOTE_OUTPUT_PORT"}
    return {"identifier": f"{source}-{destination}-{'-'.join(relationships)}", "source": {"id": source, "type": names[kinds[0]], "groupId": groups[0]},
            "destination": {"id": destination, "type": names[kinds[1]], "groupId": groups[1]}, "selectedRelationships": list(relationships)}


def group(key, processors=(), connections=(), groups=(), **more):
    return {"identifier": key, "name": more.pop("name", key), "processors": list(processors), "connections": list(connections), "processGroups": list(groups), **more}


def names():
    chain = [processor("s", "GenerateFlowFile")] + [processor(f"p{i}", UPDATE, {f"a{i}": "${filename}", n or "e": "x"}, name=n) for i, n in enumerate(NAMES)]
    return group("g", chain, [connection(a["identifier"], b["identifier"], "success") for a, b in zip(chain, chain[1:])], name='"Names" of\n# COMMAND ----------')


def funnels():
    """Chained in a circle, one without a way in, a processor that leads back to itself without an end, ports without connections."""
    return group("g", [processor("a", "GenerateFlowFile"), processor("b", UPDATE, {"x": "1"}), processor("c", "PutFile", {"Directory": "/x"}, auto=("success",)),
                       processor("d", UPDATE, {"y": "${y:plus(1)}"}), processor("e", "RouteOnAttribute", {"again": "${n:lt(3)}"}, auto=("unmatched",))],
                 [connection("a", "f", "success", kinds="PF"), connection("f", "h", kinds="FF"), connection("h", "f", kinds="FF"), connection("h", "b", kinds="FP"),
                  connection("b", "b", "success"), connection("b", "c", "success"), connection("c", "c", "failure"), connection("a", "d", "success"), connection("d", "e", "success"),
                  connection("e", "d", "again"), connection("k", "k", kinds="FF")],
                 funnels=[{"identifier": k} for k in "fhk"], inputPorts=[{"identifier": "i", "name": "in", "type": "INPUT_PORT"}], outputPorts=[{"identifier": "o", "name": "", "type": "OUTPUT_PORT"}])


def deep():
    """Ports through five groups, equal names, a disabled end, ends that are not in the file."""
    inner = None
    for n in "54321":
        port = {"identifier": f"i{n}", "name": "in", "type": "INPUT_PORT"}
        wires = [connection(f"i{n}", f"x{n}", kinds="IP", groups=n * 2)] + ([connection(f"i{n}", f"i{int(n) + 1}", kinds="II", groups=n + str(int(n) + 1))] if inner else [])
        inner = group(n, [processor(f"x{n}", UPDATE, {"level": n}, name="same", auto=("success",), group=n)], wires, [inner] if inner else [], inputPorts=[port])
    return group("g", [processor("a", "GenerateFlowFile", name="same"), processor("off", "PutFile", {"Directory": "/x"}, name="same", state="DISABLED"),
                       processor("m", "PutFile", {"Directory": "/m"}, auto=("success", "failure"))],
                 [connection("a", "i1", "success", kinds="PI", groups="g1"), connection("a", "off", "success"), connection("a", "nowhere", "success"), connection("gone", "m", "success")], [inner])


def unknown():
    """Types and services that nobody knows, and configurations that NiFi would not accept."""
    return group("g", [processor("a", "ExecuteSQL", {"Database Connection Pooling Service": "no-such", "SQL select query": "select 1"}),
                       processor("b", "com.acme.Magic", {"Magic Level": "11", "api-key": "sk-geheim-123456"}, auto=("failure",)), processor("c", "ChunkDocument", {"Chunk Size": "10"}),
                       processor("d", "ConvertRecord", {"record-reader": "nope"}, auto=("failure",)), processor("j", "JoltTransformJSON", {"jolt-spec": "[{"}, auto=("failure",)),
                       processor("r", "RouteOnAttribute", {"bad": "${a:nope()}"}, auto=("unmatched",))],
                 [connection("a", "b", "success"), connection("b", "c", "success"), connection("c", "d", "success"), connection("d", "in", "success", kinds="PR", groups="gr"),
                  connection("out", "j", kinds="SP", groups="rg"), connection("j", "r", "success")],
                 remoteProcessGroups=[{"identifier": "r", "name": "Other", "targetUris": "https://o:8443/nifi", "inputPorts": [{"identifier": "in", "name": "in", "type": "REMOTE_INPUT_PORT"}],
                                       "outputPorts": [{"identifier": "out", "name": "out", "type": "REMOTE_OUTPUT_PORT"}]}])


@pytest.mark.parametrize("root", [names, funnels, deep, unknown])
def test_a_strange_flow_gives_sound_notebooks(root):
    flow = read_flow_bytes(json.dumps({"flowContents": root()}).encode(), "strange.json")
    conversion = convert_flow(flow)
    assert conversion.problems == []
    assert not [p["converter_fault"] for p in conversion.report["processors"] if "converter_fault" in p]
    assert sorted(p["id"] for p in conversion.report["processors"]) == sorted(p.id for p in flow.processors())
    assert "geheim" not in "".join(conversion.files.values())
    assert convert_flow(flow).files == conversion.files


def test_what_is_not_in_the_file_is_called_so():
    conversion = convert_flow(read_flow_bytes(json.dumps({"flowContents": deep()}).encode(), "strange.json"))
    text = "".join(conversion.files.values())
    assert "An end that is not in the file: what arrives is appended to the table" in text
    assert "An end that is not in the file: what comes in from outside of the flow is read from the table" in text
    assert any("which is disabled" in t for t in conversion.report["look_at"])
