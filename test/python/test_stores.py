"""Search servers, sockets, queues, logs: the runtime's functions against servers that this test runs, or stand-ins of a
client's interface."""

from __future__ import annotations

import json
import os
import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from cells import install_runtime
from nifi_converter.processors import ASSISTED, CONVERTED, MANUAL  # noqa: F401


@pytest.fixture
def rt(monkeypatch):
    runtime = install_runtime()
    from nifi_runtime import tables

    tables.memory.clear()
    monkeypatch.setattr(tables, "_format", "memory")
    return runtime


@pytest.fixture
def server():
    """A server that answers from `answers` (path -> (status, body)) and keeps what it was sent."""
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            made.seen.append((self.command, self.path, dict(self.headers), body))
            status, answer = made.answers.get(self.path.split("?")[0], (404, b"{}"))
            answer = answer(body) if callable(answer) else answer
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST

        def log_message(self, *_):
            pass

    made = HTTPServer(("127.0.0.1", 0), Handler)
    made.answers, made.seen = {}, []
    made.url = f"http://127.0.0.1:{made.server_port}"
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()


def names(results):
    return [name for name, _ in results]


def test_documents_by_bulk(rt, server):
    from nifi_runtime import search

    server.answers["/_bulk"] = (200, json.dumps({"items": [{"index": {"status": 201}}]}).encode())
    f = rt.FlowFile({}, b'{"a": "\xc3\xa9"}')
    assert names(search.put_documents(f, server.url, "i", kind="t", identifier="7", user="u", password="p")) == ["success"]
    _, _, headers, body = server.seen[-1]
    assert [json.loads(line) for line in body.decode().splitlines()] == [{"index": {"_index": "i", "_type": "t", "_id": "7"}}, {"a": "é"}]
    assert headers["Authorization"].startswith("Basic ") and headers["Content-Type"] == "application/x-ndjson"
    search.put_documents(f, server.url, "i", operation="upsert", identifier="7")
    assert json.loads(server.seen[-1][3].splitlines()[1]) == {"doc": {"a": "é"}, "doc_as_upsert": True}
    search.put_documents(f, server.url, "i", operation="delete", identifier="7")
    assert len(server.seen[-1][3].splitlines()) == 1
    server.answers["/_bulk"] = (200, json.dumps({"items": [{"create": {"status": 409, "error": {"reason": "exists"}}}]}).encode())
    (name, out), = search.put_documents(f, server.url, "i", operation="create", identifier="7")
    assert name == "failure" and "exists" in out.error
    server.answers["/_bulk"] = (429, b"")
    assert names(search.put_documents(f, server.url, "i")) == ["retry"]
    assert names(search.put_documents(rt.FlowFile({}, b"no"), server.url, "i")) == ["failure"]
    assert names(search.put_documents(f, "http://127.0.0.1:9", "i")) == ["retry"], "no answer"


def test_documents_read(rt, server):
    from nifi_runtime import search

    server.answers["/i/_doc/7%2F8"] = (200, b'{"_source": {"a": 1}}')
    (name, out), = search.get_document(rt.FlowFile({"k": "v"}), server.url, "i", "7/8")
    assert (name, out.content, out.attributes["k"], out.attributes["es.id"]) == ("success", b'{"a": 1}', "v", "7/8")
    assert names(search.get_document(rt.FlowFile(), server.url, "i", "9")) == ["not found"]

    def page(body):
        asked = json.loads(body)
        return json.dumps({"hits": {"hits": [{"_id": str(i), "_source": {"n": i}} for i in range(asked["from"], min(asked["from"] + asked["size"], 5))]}}).encode()

    server.answers["/i/_search"] = (200, page)
    found = search.query_documents(rt.FlowFile(), server.url, "i", "a:b", size=2)
    assert [json.loads(f.content)["n"] for name, f in found if name == "success"] == [0, 1, 2, 3, 4] and found[-1][0] == "original"
    assert len(search.query_documents(rt.FlowFile(), server.url, "i", "a:b", size=2, limit=3)) == 7
    assert json.loads(server.seen[0 - 1][3])["query"] == {"query_string": {"query": "a:b"}}


def test_solr_and_splunk(rt, server):
    from nifi_runtime import search

    server.answers["/solr/c%20d/update/json/docs"] = (200, b"{}")
    f = rt.FlowFile({}, b"[]")
    assert names(search.put_solr(f, server.url + "/solr", "c d", parameters={"split": "/a", "f.1": "x:/y", "f.2": "z:/w"})) == ["success"]
    assert server.seen[-1][1].endswith("?commitWithin=5000&split=%2Fa&f=x%3A%2Fy&f=z%3A%2Fw")
    assert names(search.put_solr(f, server.url + "/solr/none")) == ["failure"]
    assert names(search.put_solr(f, "http://127.0.0.1:9")) == ["connection_failure"]
    server.answers["/services/collector/raw"] = (200, b"{}")
    assert names(search.splunk_event(f, server.url, "T", {"index": "main"})) == ["success"] and server.seen[-1][2]["Authorization"] == "Splunk T"
    server.answers["/services/search/jobs/export"] = (200, b'{"result": 1}')
    assert search.splunk_search(server.url, "index=main", earliest="-1h")[0].content == b'{"result": 1}'
    assert b"search=search+index%3Dmain" in server.seen[-1][3]
    server.answers["/services/search/jobs/export"] = (401, b"")
    with pytest.raises(RuntimeError):
        search.splunk_search(server.url, "x")


def test_sockets(rt):
    from nifi_runtime import sockets

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        listener.settimeout(10)
        port = str(listener.getsockname()[1])
        assert names(sockets.put(rt.FlowFile({}, b"a,b"), "127.0.0.1", port, protocol="UDP", split=",")) == ["success"]
        assert [listener.recv(100), listener.recv(100)] == [b"a", b"b"]
        options = dict(host="127.0.0.1", port=port, priority="34", body="it's on fire", timestamp="Oct 11 22:14:15", hostname="mymachine")
        assert names(sockets.put_syslog(rt.FlowFile(), **options)) == ["success"]
        assert listener.recv(200) == b"<34>Oct 11 22:14:15 mymachine it's on fire"
        assert names(sockets.put_syslog(rt.FlowFile(), **{**options, "priority": "192"})) == ["invalid"]
        assert names(sockets.put_syslog(rt.FlowFile(), **{**options, "timestamp": "yesterday"})) == ["invalid"]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        got = []

        def take():
            connection, _ = listener.accept()
            with connection:
                while True:
                    piece = connection.recv(100)
                    if not piece:
                        return
                    got.append(piece)

        thread = threading.Thread(target=take)
        thread.start()
        assert names(sockets.put(rt.FlowFile({}, b"line"), "127.0.0.1", port, delimiter="\n")) == ["success"]
        thread.join(10)
        assert b"".join(got) == b"line\n"
    assert names(sockets.put(rt.FlowFile({}, b"x"), "127.0.0.1", port)) == ["failure"]


def test_a_log_is_followed_over_runs_and_rotation(rt, tmp_path):
    from nifi_runtime import tail

    log = tmp_path / "app.log"

    def run(**options):
        follower = tail.Tail(None, "state")
        found = follower.new(str(log), **options)
        follower.commit()
        return b"".join(f.content for f in found)

    assert run() == b""
    log.write_bytes(b"one\ntwo\nthr")
    assert run() == b"one\ntwo\n", "a line that is still being written waits"
    log.write_bytes(b"one\ntwo\nthree\n")
    assert run() == b"three\n" and run() == b""
    with open(log, "ab") as file:
        file.write(b"four\n")
    os.rename(log, tmp_path / "app.1.log")
    log.write_bytes(b"five\n")
    assert run(rolled="app.*.log") == b"four\nfive\n"
    follower = tail.Tail(None, "other")
    assert follower.new(str(log), start="Current Time") == []
    with open(log, "ab") as file:
        file.write(b"six\n")
    broken_off = tail.Tail(None, "state").new(str(log))
    assert broken_off[0].content == b"six\n" and run() == b"six\n", "what was not committed comes again"


def test_queues_of_aws(rt):
    from nifi_runtime import aws

    class Client:
        sent, deleted = [], []
        waiting = [{"MessageId": str(i), "ReceiptHandle": f"r{i}", "Body": f"b{i}", "MessageAttributes": {"k": {"StringValue": "v"}}} for i in range(12)]

        def receive_message(self, **options):
            taken, self.waiting = self.waiting[:10], self.waiting[10:]
            return {"Messages": taken}

        def delete_message_batch(self, QueueUrl, Entries):
            self.deleted.extend(e["ReceiptHandle"] for e in Entries)

        def send_message(self, **options):
            if options["QueueUrl"] == "bad":
                raise ValueError("no such queue")
            self.sent.append(options)

        def get_object_tagging(self, **_):
            return {"TagSet": [{"Key": "a", "Value": "1"}]}

        def put_object_tagging(self, **options):
            self.sent.append(options["Tagging"])

    client = Client()
    found = aws.get_sqs(client, "q")
    assert len(found) == 12 and found[11].content == b"b11" and found[0].attributes["k"] == "v"
    aws.delete_all(client, "q", found)
    assert client.deleted == [f"r{i}" for i in range(12)]
    late = rt.Late(client)
    assert names(aws.put_sqs(rt.FlowFile({}, b"x"), late, "q", group="g", message_attributes={"k": "v", "empty": ""})) == ["success"]
    assert client.sent[-1] == {"QueueUrl": "q", "MessageBody": "x", "MessageGroupId": "g", "MessageAttributes": {"k": {"DataType": "String", "StringValue": "v"}}}
    assert names(aws.put_sqs(rt.FlowFile({}, b"x"), late, "bad")) == ["failure"]
    aws.tag_s3(rt.FlowFile(), late, "b", "k", "new", "2")
    assert client.sent[-1] == {"TagSet": [{"Key": "a", "Value": "1"}, {"Key": "new", "Value": "2"}]}


def test_cells_of_hbase_are_rows(rt):
    from nifi_runtime import hbase

    cells = hbase.Cells(None, "t")
    late = rt.Late(cells)
    f = rt.FlowFile({}, b'{"id": 5, "name": "a", "nothing": null, "deep": {"x": 1}}')
    assert names(hbase.put_json(f, late, "users", "f", row_field="id")) == ["success"]
    assert [(r[1], r[3], bytes(r[4])) for r in cells.rows] == [("5", "name", b"a"), ("5", "deep", b'{"x":1}')]
    assert names(hbase.put_json(f, late, "users", "f", row="r", complex_fields="Fail")) == ["failure"] and len(cells.rows) == 2, "all or nothing"
    assert names(hbase.put_json(rt.FlowFile({}, b"[]"), late, "users", "f", row="r")) == ["failure"]
    assert names(hbase.put_cell(f, late, "users", "r", "f", "")) == ["failure"]


def test_mongo_by_its_client(rt):
    from nifi_runtime import mongo

    class Target:
        def __init__(self):
            self.calls = []

        def __getattr__(self, name):
            return lambda *arguments, **options: self.calls.append((name, arguments, options)) or type("R", (), {"deleted_count": 0})

    target = Target()
    late = rt.Late(type("C", (), {"of": staticmethod(lambda database, name: target)}))
    f = rt.FlowFile({}, b'{"_id": 1, "a": 2}')
    assert names(mongo.put(f, late, "d", "c")) == ["success"] and target.calls[-1][0] == "insert_one"
    mongo.put(f, late, "d", "c", update=True, upsert=True)
    assert target.calls[-1] == ("replace_one", ({"_id": 1}, {"_id": 1, "a": 2}), {"upsert": True})
    assert names(mongo.delete(f, late, "d", "c")) == ["failure"] and names(mongo.delete(f, late, "d", "c", fail_on_none=False)) == ["success"]
    assert names(mongo.put(rt.FlowFile({}, b"no"), late, "d", "c")) == ["failure"]
