"""Populating on a cluster: which flows a volume holds, under which ids, and what of the table it changes."""

from __future__ import annotations

import gzip
import json
import os
import stat
from pathlib import Path

import pytest
from nifi_converter.errors import ConverterError
from nifi_converter.populate import FoundFlow, flow_id_of, plan_registration, populate, register, scan_volume

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
TEMPLATE = '<template encoding-version="1.2"><name>A &amp; B</name><snippet><processors><id>1</id><name>p</name></processors></snippet></template>'
INSTANCE = """<flowController encoding-version="1.4"><rootGroup><id>root</id><name>NiFi Flow</name>
<processor><id>p0</id><name>At root</name><class>x.LogMessage</class></processor>
<processGroup><id>a</id><name>A</name></processGroup><processGroup><id>b</id><name>B</name></processGroup>
</rootGroup></flowController>"""


def put(root, name, data):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode("utf-8"))
    return path


def test_ids_are_those_of_the_extension():
    # test/unit/flows/ids.test.ts reads the same file
    vectors = json.loads((FIXTURES / "flow-ids.json").read_text("utf-8"))
    assert vectors
    for vector in vectors:
        assert flow_id_of(vector["path"]) == vector["flow_id"], vector["path"]


def test_a_scan_finds_every_flow_once_with_its_server(tmp_path):
    put(tmp_path, "estate/prod-eu/deep/orders.xml", TEMPLATE)
    put(tmp_path, "estate/prod-us/flow.xml.gz", gzip.compress(INSTANCE.encode()))
    put(tmp_path, "estate/loose.json", json.dumps({"flowContents": {"identifier": "g", "name": "Loose", "processors": []}}))
    put(tmp_path, "estate/prod-eu/pom.xml", "<project/>")
    put(tmp_path, "estate/prod-eu/broken.json", '{"not": "ours",')
    put(tmp_path, "estate/prod-eu/notes.txt", TEMPLATE)
    top = f"{tmp_path}/estate"
    told = []
    scan = scan_volume(f"{top}/", lambda files, flows: told.append((files, flows)))
    assert [(f.flow_name, f.server, f.nifi_xml_path[len(top) :], f.description) for f in scan.flows] == [
        ("loose", "estate", "/loose.json", "NiFi flow definition “Loose”"),
        ("orders", "prod-eu", "/prod-eu/deep/orders.xml", "NiFi template “A & B”"),
        ("A", "prod-us", "/prod-us/flow.xml.gz#a", "NiFi instance (flow.xml), process group"),
        ("B", "prod-us", "/prod-us/flow.xml.gz#b", "NiFi instance (flow.xml), process group"),
        ("NiFi Flow (root)", "prod-us", "/prod-us/flow.xml.gz#root", "NiFi instance (flow.xml), at the root"),
    ]
    assert all(f.flow_id == flow_id_of(f.nifi_xml_path) for f in scan.flows)
    assert scan.problems == [] and told[-1] == (5, 5)


def test_what_cannot_be_read_is_listed_and_keeps_nobody_from_the_rest(tmp_path):
    put(tmp_path, "good.xml", TEMPLATE)
    put(tmp_path, "cut.xml", TEMPLATE[:-20])
    put(tmp_path, "packed.json.gz", gzip.compress(b"{}" * 9000)[:-30])
    put(tmp_path, "empty.xml", b"")
    put(tmp_path, "flow.json", '{"nothing": 1}')
    scan = scan_volume(str(tmp_path))
    assert [f.flow_name for f in scan.flows] == ["cut", "good"], "a damaged flow stays in sight"
    assert [(Path(path).name, problem.split(":")[0]) for path, problem in scan.problems] == [
        ("cut.xml", "is not well-formed XML"),
        ("empty.xml", "is empty"),
        ("flow.json", "is not a NiFi flow, in spite of its name"),
        ("packed.json.gz", "the gzip data end too early"),
    ]
    with pytest.raises(OSError):
        scan_volume(str(tmp_path / "nowhere"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_without_rights_is_listed(tmp_path):
    put(tmp_path, "good.xml", TEMPLATE)
    closed = put(tmp_path, "closed/other.xml", TEMPLATE).parent
    closed.chmod(0)
    try:
        scan = scan_volume(str(tmp_path))
    finally:
        closed.chmod(stat.S_IRWXU)
    assert len(scan.flows) == 1 and scan.problems == [(str(closed), "cannot be listed: Permission denied")]


def found(path, name="Orders", server="prod"):
    return FoundFlow(flow_id_of(path), name, server, path, "NiFi template")


def known(flow, **changes):
    return {"flow_id": flow.flow_id, "flow_name": flow.flow_name, "server": flow.server, "nifi_xml_path": flow.nifi_xml_path,
            "description": "NiFi template", **changes}


def test_a_plan_writes_only_what_is_new_or_changed():
    old, renamed, bare, new = (found(f"/v/{name}.xml") for name in ("old", "renamed", "bare", "new"))
    taken = found("/v/taken.xml")
    plan = plan_registration(
        [old, renamed, bare, new, new, taken],
        [
            known(old, flow_id="id-of-an-earlier-system"),
            known(renamed, server="elsewhere", description="by a person"),
            known(bare, description=None),
            known(found("/v/other.xml"), flow_id=taken.flow_id),
        ],
    )
    assert (plan.unchanged, plan.added, plan.refused) == (["id-of-an-earlier-system"], [new.flow_id], [taken.flow_id])
    assert plan.updated == [renamed.flow_id, bare.flow_id]
    assert [row["flow_id"] for row in plan.rows] == [renamed.flow_id, bare.flow_id, new.flow_id]


class Table:
    """The flows' table as far as a registration uses it."""

    def __init__(self, rows=(), conflicts=0, columns=None):
        self.rows, self.conflicts, self.statements = list(rows), conflicts, []
        self.columns = columns or ["flow_id", "flow_name", "server", "nifi_xml_path", "description", "status", "total_attempts"]

    def table(self, name):
        self.name = name
        return self

    def sql(self, text, args=None):
        self.statements.append((text, args))
        if self.conflicts and text.startswith("MERGE"):
            self.conflicts -= 1
            raise RuntimeError("[DELTA_CONCURRENT_APPEND.ROW_LEVEL_CHANGES] try again")
        return self

    def collect(self):
        return self.rows


def test_a_conflict_is_met_by_reading_again():
    table, flow, pauses = Table(conflicts=2), found("/v/a.xml"), []
    assert register(table, "t", [flow], pauses.append).added == [flow.flow_id]
    assert [text.split(" ")[0] for text, _ in table.statements] == ["SELECT", "MERGE"] * 3 and len(pauses) == 2
    assert json.loads(table.statements[-1][1]["rows"])[0]["nifi_xml_path"] == "/v/a.xml"
    with pytest.raises(RuntimeError, match="DELTA_CONCURRENT"):
        register(Table(conflicts=99), "t", [flow], pauses.append)


def test_nothing_is_written_where_nothing_is_new():
    flow = found("/v/a.xml")
    table = Table([known(flow)])
    assert register(table, "t", [flow]).unchanged == [flow.flow_id]
    assert [text.split(" ")[0] for text, _ in table.statements] == ["SELECT"]


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"catalog": "a`b"}, "catalog is no name"),
        ({"flows_table": ""}, "flows_table is no name"),
        ({"volume_path": "/tmp/flows"}, "volume_path is no path of a volume"),
        ({"volume_path": ""}, "volume_path is no path of a volume"),
        ({"volume_path": "/Volumes/no/such/volume"}, "cannot be listed.*READ VOLUME"),
    ],
)
def test_a_wrong_parameter_is_named(changes, words):
    widgets = {"catalog": "main", "schema": "default", "flows_table": "nifi_flows", "volume_path": "/Volumes/a/b/c", **changes}
    with pytest.raises(ConverterError, match=words):
        populate(Table(), widgets)


def test_a_table_without_the_columns_of_the_history_is_refused():
    widgets = {"catalog": "main", "schema": "default", "flows_table": "nifi_flows", "volume_path": "/Volumes/a/b/c"}
    with pytest.raises(ConverterError, match="lacks total_attempts: run update_flows_table_schema.sql"):
        populate(Table(columns=["FLOW_ID", "flow_name", "server", "nifi_xml_path", "description", "status"]), widgets)
