"""Each format's small fixture, and the same documents in other wrappings: gzip, encodings, namespaces."""

from __future__ import annotations

import gzip
import json
import re

import pytest
from conftest import ROOT

from nifi_converter.errors import ReadError
from nifi_converter.read import ends_missing, list_top_level_groups, read_flow, read_flow_bytes, split_source

FLOWS = ROOT / "test" / "fixtures" / "flows-read"


def fixture(name: str) -> bytes:
    return (FLOWS / name).read_bytes()


def outline(flow):
    """What a flow says, without where it came from: two wrappings of one document have the same."""
    return [
        (
            group.id,
            group.name,
            [(p.key, p.name, p.type, p.properties, p.auto_terminated, p.schedule, p.raw_state) for p in group.processors],
            [(c.source, c.destination, c.relationships) for c in group.connections],
            [(s.key, s.name, s.properties) for s in group.services],
        )
        for group in flow.groups()
    ]


# ---- template ----------------------------------------------------------------------------------------------


def test_template_has_all_parts():
    flow = read_flow(str(FLOWS / "template.xml"))
    assert (flow.format, flow.name, flow.nifi_version, flow.encoding_version) == ("template-xml", "Orders", "1.13.2", "1.3")
    assert flow.source_name == "template.xml" and len(flow.sha256) == 64 and flow.size == len(fixture("template.xml"))
    root, clean = list(flow.groups())
    assert (root.id, clean.id, clean.group_id, clean.variables) == ("g-root", "g-clean", "g-root", {"folder": "/in"})
    get = root.processors[0]
    assert (get.name, get.position, get.short_type, get.bundle.version) == ("Get żółty", (10.5, -3.0), "GetFile", "1.13.2")
    assert get.properties == {"Input Directory": "${folder}", "Password": None}
    assert get.sensitive == ("Password",)
    assert get.schedule.period == "10 sec" and get.relationships == ("success",) and get.auto_terminated == ()
    source = fixture("template.xml").decode("utf-8").split("\n")
    assert source[get.line - 1][get.column - 1 :] == "<processors>"
    assert root.labels[0].name == "A note\nover two lines"
    assert root.remote_groups[0].target_uris == "https://central.example:8443/nifi"
    assert [p.key for p in root.remote_groups[0].ports] == ["rg1/rp1"]
    convert = clean.processors[0]
    assert convert.disabled and convert.annotation_data == "<criteria/>" and convert.comments == "twice"
    assert convert.schedule.strategy == "CRON_DRIVEN" and convert.schedule.period == "0 0 6 * * ?"
    assert (convert.schedule.concurrent_tasks, convert.schedule.run_duration_ms) == (4, 25)
    assert convert.auto_terminated == ("failure",) and convert.retry.relationships == ("failure",)
    # The same id in two groups is two components.
    assert (get.id, convert.id) == ("p1", "p1") and get.key != convert.key


def test_template_connections_find_their_ends():
    flow = read_flow(str(FLOWS / "template.xml"))
    assert ends_missing(flow) == []
    first = flow.root.connections[0]
    assert (first.name, first.relationships, first.expiration) == ("good", ("success",), "60 sec")
    assert (first.back_pressure_objects, first.back_pressure_size) == (10000, "1 GB")
    assert first.prioritizers == ("org.apache.nifi.prioritizer.FirstInFirstOutPrioritizer",)
    assert (first.source.key, first.destination.key) == ("g-root/p1", "g-clean/in1")
    inside = list(flow.groups())[1].connections
    assert [c.source.key for c in inside] == ["g-clean/in1", "g-clean/p1"]


def test_template_of_nifi_0_without_bundle_or_version():
    text = fixture("template.xml").decode("utf-8")
    text = re.sub(r"<bundle>.*?</bundle>", "", text).replace(' encoding-version="1.3"', "").replace("<groupId>g-root</groupId>", "", 1)
    flow = read_flow_bytes(text.encode("utf-8"), "old.xml")
    assert (flow.nifi_version, flow.encoding_version, flow.root.id) == ("", "", "g-root")
    assert ends_missing(flow) == []


def test_several_snippets_stay_apart_with_the_same_ids():
    text = fixture("template.xml").decode("utf-8")
    snippet = text[text.index("<snippet>") : text.index("</snippet>") + len("</snippet>")]
    flow = read_flow_bytes(text.replace("</snippet>", "</snippet>" + snippet).encode("utf-8"), "two.xml")
    keys = [p.key for p in flow.processors()]
    assert len(keys) == 4 and len(set(keys)) == 4
    assert ends_missing(flow) == []
    for group in flow.groups():
        for connection in group.connections:
            ids = {group.id} | {g.id for g in group.groups} | {r.id for r in group.remote_groups}
            assert connection.source.group_id in ids and connection.destination.group_id in ids


def test_prefixed_namespace_means_the_same():
    text = fixture("template.xml").decode("utf-8")
    prefixed = re.sub(r"<(/?)([A-Za-z])", r"<\1n:\2", text.split("?>", 1)[1])
    prefixed = prefixed.replace("<n:template ", '<n:template xmlns:n="urn:nifi" ', 1)
    assert outline(read_flow_bytes(prefixed.encode("utf-8"), "x")) == outline(read_flow_bytes(text.encode("utf-8"), "x"))


# ---- flow.xml ----------------------------------------------------------------------------------------------


def test_flow_xml():
    flow = read_flow(str(FLOWS / "flow.xml"))
    assert (flow.format, flow.nifi_version, flow.encoding_version) == ("flow-xml", "1.19.1", "1.4")
    make = flow.root.processors[0]
    assert make.properties == {"File Size": "1 KB", "generate-ff-custom-text": None}
    assert make.schedule.run_duration_ms == 25 and make.schedule.execution_node == "PRIMARY"
    assert make.schedule.concurrent_tasks == 2 and make.bulletin_level == "ERROR" and make.comments == "note"
    assert make.retry.count == 3 and make.retry.relationships == ("success",)
    assert make.auto_terminated == ("nothing",)
    pool = flow.root.services[0]
    assert pool.sensitive == ("Password",) and pool.raw_state == "ENABLED"
    assert flow.root.variables == {"dbhost": "db.example", "folder": "/data"}
    load = flow.root.groups[0]
    assert load.parameter_context == "main"
    # A port's connection has no relationship, although the file has an empty element for it.
    assert load.connections[0].relationships == ()
    assert flow.parameter_contexts["main"].inherits == ("base",)
    assert flow.parameter_contexts["main"].parameters["db password"].sensitive
    assert any("Draft" in note for note in flow.notes) and any("reporting" in note for note in flow.notes)
    assert ends_missing(flow) == []


def test_flow_xml_groups_are_flows_and_inherit():
    path = str(FLOWS / "flow.xml")
    entries = list_top_level_groups(path)
    assert [(e.group_id, e.name, e.processors) for e in entries] == [
        ("root", "NiFi Flow (root)", 1),
        ("g1", "Load", 1),
        ("g2", "Empty", 0),
    ]
    flow = read_flow(entries[1].source)
    assert (flow.name, flow.group_id, [g.id for g in flow.groups()]) == ("Load", "g1", ["root", "g1"])
    assert [p.id for p in flow.processors()] == ["x1"] and flow.root.connections == []
    assert [s.id for s in flow.inherited_services] == ["db1"]
    assert flow.inherited_variables == {"dbhost": "db.example", "folder": "/data"}
    assert sorted(flow.parameter_contexts) == ["base", "main"]
    assert any("1 connection" in note for note in flow.notes)


def test_flow_xml_root_keeps_the_ports_that_it_feeds():
    flow = read_flow(f"{FLOWS / 'flow.xml'}#root")
    assert [p.id for p in flow.processors()] == ["r1"]
    shells = [g for g in flow.groups() if g.outside]
    assert [(g.id, [p.id for p in g.input_ports], g.connections) for g in shells] == [("g1", ["i1"], [])]
    assert ends_missing(flow) == []


def test_embedded_template_by_its_id():
    flow = read_flow(f"{FLOWS / 'flow.xml'}#t1")
    assert (flow.format, flow.name, [p.id for p in flow.processors()]) == ("template-xml", "Draft", ["tp"])


# ---- JSON --------------------------------------------------------------------------------------------------


def test_flow_definition():
    flow = read_flow(str(FLOWS / "definition.json"))
    assert (flow.format, flow.name, flow.nifi_version) == ("flow-definition-json", "Definition", "2.4.0")
    update, off = flow.processors()
    assert update.properties["Replacement Value Strategy"] is None and update.instance_id == "ui-1"
    assert (update.retry.count, update.retry.relationships, update.retry.backoff) == (7, ("failure",), "YIELD_PROCESSOR")
    assert off.disabled and off.sensitive == ("Request Password",)
    lines = fixture("definition.json").decode("utf-8").split("\n")
    assert '"identifier": "d1"' in lines[update.line - 1] and lines[update.line - 1][update.column - 1] == "{"
    assert flow.inherited_services[0].external and flow.inherited_services[0].name == "Shared reader"
    assert flow.parameter_contexts["main"].inherits == ("base",)
    assert flow.parameter_contexts["main"].parameters["pw"].value is None
    assert flow.root.position == (1.5, 2.0) and flow.root.variables == {"v": "1"}
    assert flow.root.connections[0].load_balance == "ROUND_ROBIN"


def test_group_kept_in_a_registry_of_its_own_gets_its_ports():
    flow = read_flow(str(FLOWS / "definition.json"))
    nested = flow.root.groups[0]
    assert nested.outside and [(p.id, p.name) for p in nested.input_ports] == [("p-in", "orders")]
    assert nested.version_control["version"] == "3" and ends_missing(flow) == []
    assert any("'Elsewhere'" in note for note in flow.notes)


@pytest.mark.parametrize(
    "wrap, name",
    [
        (lambda d: {"header": {"dataModelVersion": "3"}, "content": {"flowSnapshot": d}}, "Definition"),
        (lambda d: {"snapshotMetadata": {"version": 1}, "flow": {"name": "Registered"}, "bucket": None, **d}, "Registered"),
        (lambda d: {"header": {"dataModelVersion": "2"}, "content": d["flowContents"]}, "Definition"),
        (lambda d: {"versionedFlowSnapshot": d}, "Definition"),
    ],
)
def test_registry_snapshots(wrap, name):
    document = json.loads(fixture("definition.json"))
    flow = read_flow_bytes(json.dumps(wrap(document)).encode("utf-8"), "x.snapshot")
    assert (flow.format, flow.name) == ("registry-snapshot-json", name)
    assert [p.id for p in flow.processors()] == ["d1", "d2"]


def test_flow_json_by_both_kinds_of_id():
    path = str(FLOWS / "flow.json")
    assert [(e.source, e.processors) for e in list_top_level_groups(path)] == [(f"{path}#a", 1), (f"{path}#b", 0)]
    for group_id in ("a", "a-ui"):
        flow = read_flow(f"{path}#{group_id}")
        assert (flow.format, flow.name, flow.encoding_version) == ("flow-json", "First", "2.0")
        assert list(flow.parameter_contexts) == ["ctx"] and flow.parameter_contexts["ctx"].parameters["p"].provided
        assert [s.name for s in flow.inherited_services] == ["Pool"]


def test_positions_of_one_line_json():
    packed = json.dumps(json.loads(fixture("definition.json"))).encode("utf-8")
    for processor in read_flow_bytes(packed, "x").processors():
        assert processor.line == 1 and packed[processor.column - 1 :].startswith(b'{"identifier": "' + processor.id.encode())


# ---- wrappings ---------------------------------------------------------------------------------------------


def _declared(text: str, encoding: str) -> str:
    return text.replace('encoding="UTF-8"', f'encoding="{encoding}"')


@pytest.mark.parametrize("name", ["template.xml", "flow.xml", "definition.json", "flow.json"])
@pytest.mark.parametrize(
    "encode",
    [
        lambda t: t.encode("utf-8-sig"),
        lambda t: _declared(t, "UTF-16").encode("utf-16"),
        lambda t: _declared(t, "UTF-16").encode("utf-16-be"),
        lambda t: _declared(t, "UTF-16").encode("utf-16-le"),
        lambda t: _declared(t, "UTF-32").encode("utf-32"),
        lambda t: _declared(t, "utf-16").encode("utf-8"),  # a tool's slip that XML editors accept
        lambda t: gzip.compress(t.encode("utf-8")),
        lambda t: gzip.compress(t[:500].encode("utf-8")) + gzip.compress(t[500:].encode("utf-8")),
        lambda t: t.replace("\n", "\r\n").encode("utf-8"),
        lambda t: (t if t.startswith("<?") else "\n\n  " + t).encode("utf-8"),
    ],
)
def test_encodings_and_gzip_change_nothing(name, encode):
    text = fixture(name).decode("utf-8")
    assert outline(read_flow_bytes(encode(text), "x")) == outline(read_flow_bytes(text.encode("utf-8"), "x"))


def test_declared_eight_bit_encoding():
    text = _declared(fixture("template.xml").decode("utf-8"), "ISO-8859-2")
    assert read_flow_bytes(text.encode("iso-8859-2"), "x").root.processors[0].name == "Get żółty"


def test_content_decides_and_not_the_name(tmp_path):
    odd = tmp_path / "flow.json#draft.txt"
    odd.write_bytes(fixture("template.xml"))
    assert split_source(str(odd)) == (str(odd), "")
    assert read_flow(str(odd)).format == "template-xml"
    assert split_source("flow.json#g") == ("flow.json", "g")


def test_deeply_nested_groups_are_read():
    depth = 3000
    text = "<template><name>deep</name>" + "<snippet>"
    for level in range(depth):
        text += f"<processGroups><id>g{level}</id><name>n</name><contents>"
    text += "<processors><id>p</id><type>a.B</type></processors>" + "</contents></processGroups>" * depth + "</snippet></template>"
    flow = read_flow_bytes(text.encode("utf-8"), "deep.xml")
    assert sum(1 for _ in flow.groups()) == depth + 1 and [p.group_id for p in flow.processors()] == [f"g{depth - 1}"]
    inner = '{"identifier":"p","name":"x"}'
    for level in range(depth):
        inner = '{"identifier":"g%d","processors":[],"processGroups":[%s]}' % (level, inner)
    flow = read_flow_bytes(('{"flowContents":%s}' % inner).encode("utf-8"), "deep.json")
    assert sum(1 for _ in flow.groups()) == depth + 1


def test_broken_ends_are_kept_and_named():
    text = fixture("template.xml").decode("utf-8").replace("<id>f1</id><type>FUNNEL</type></destination>", "<id>gone</id><type>FUNNEL</type></destination>")
    flow = read_flow_bytes(text.encode("utf-8"), "x")
    assert [(c.id, e.id) for c, e in ends_missing(flow)] == [("c2", "gone")]
    assert any("1 end" in note for note in flow.notes)


def test_a_group_that_is_not_there():
    with pytest.raises(ReadError) as caught:
        read_flow(f"{FLOWS / 'flow.json'}#nope")
    assert caught.value.reason == "no_such_group"
