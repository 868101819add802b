"""Elasticsearch and Solr over their HTTP interfaces, one call per flow file from the driver. No client library is needed."""

from __future__ import annotations

import json
import re
import urllib.parse

from . import http
from .flow_files import FlowFile


def _headers(user, password, content_type="application/json", api_key=None):
    headers = {"Content-Type": content_type, "Accept": "application/json"}
    if api_key:
        headers["Authorization"] = f"ApiKey {api_key}"
    elif user:
        headers["Authorization"] = http.basic(user, password or "")
    return headers


def _path(*parts):
    return "/".join(urllib.parse.quote(str(p), safe="") for p in parts if p not in (None, ""))


def _base(urls):
    return urls.split(",")[0].strip().rstrip("/")


def put_documents(flow_file, url, index, kind="", operation="index", identifier=None, documents=None, user=None, password=None, timeout=30):
    """A flow file's document (or each of `documents`, an rt.Late that reads records) by one `_bulk` call.

    `success`; `retry` where the server is busy or does not answer; `failure` where it refuses a document. The operations are
    Elasticsearch's: index replaces, create fails where the document exists, update and upsert change it, delete removes it.
    """
    try:
        found = documents.function(flow_file) if documents is not None else [json.loads(flow_file.content.decode("utf-8"))]
    except ValueError as error:
        return [("failure", flow_file.failed(f"not JSON: {error}"))]
    if not found:
        return [("success", flow_file)]
    lines = []
    for document in found:
        action = {"_index": index, **({"_type": kind} if kind else {}), **({"_id": identifier} if identifier else {})}
        name = "update" if operation == "upsert" else operation
        lines.append({name: action})
        if operation in ("index", "create"):
            lines.append(document)
        elif operation in ("update", "upsert"):
            lines.append({"doc": document, **({"doc_as_upsert": True} if operation == "upsert" else {})})
    body = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode("utf-8")
    try:
        status, content, _ = http.call("POST", f"{_base(url)}/_bulk", _headers(user, password, "application/x-ndjson"), body, timeout)
    except OSError as error:
        return [("retry", flow_file.failed(error))]
    if status >= 500 or status == 429:
        return [("retry", flow_file.failed(f"status {status}"))]
    if status >= 300:
        return [("failure", flow_file.failed(f"status {status}: {content[:300]!r}"))]
    items = [next(iter(item.values())) for item in json.loads(content).get("items", [])]
    refused = [item for item in items if item.get("status", 200) >= 300]
    if refused:
        busy = all(item["status"] in (429, 503) for item in refused)
        return [("retry" if busy else "failure", flow_file.failed(json.dumps(refused[0].get("error", refused[0]))[:500]))]
    return [("success", flow_file)]


def get_document(flow_file, url, index, identifier, kind="", good="success", missing="not found", into_attribute=None, user=None, password=None, timeout=30):
    """The source of one document as content (or in an attribute); `missing` where there is none."""
    try:
        status, content, _ = http.call("GET", f"{_base(url)}/{_path(index, kind or '_doc', identifier)}", _headers(user, password), None, timeout)
    except OSError as error:
        return [("retry", flow_file.failed(error))]
    if status == 404:
        return [(missing, flow_file)]
    if status >= 300:
        return [("retry" if status >= 500 or status == 429 else "failure", flow_file.failed(f"status {status}"))]
    source = json.dumps(json.loads(content).get("_source", {}), ensure_ascii=False)
    noted = {"filename": identifier, "es.index": index, "es.type": kind, "es.id": identifier}
    if into_attribute:
        return [(good, flow_file.with_attributes({**noted, into_attribute: source}))]
    return [(good, flow_file.with_attributes({**noted, "mime.type": "application/json"}).with_content(source))]


def query_documents(flow_file, url, index, query, size=20, limit=None, user=None, password=None, timeout=30):
    """A flow file for each hit of a query (Lucene's syntax, or a JSON body), page by page through `search_after`'s
    predecessor `from`, at most `limit` hits and 10 000, as the server allows."""
    hits, start = [], 0
    most = min(limit or 10000, 10000)
    body = json.loads(query) if query.lstrip().startswith("{") else {"query": {"query_string": {"query": query}}}
    while start < most:
        page = {**body, "from": start, "size": min(size, most - start)}
        try:
            status, content, _ = http.call("POST", f"{_base(url)}/{_path(index or '_all')}/_search", _headers(user, password), json.dumps(page).encode(), timeout)
        except OSError as error:
            return [("retry", flow_file.failed(error))]
        if status >= 300:
            return [("retry" if status >= 500 or status == 429 else "failure", flow_file.failed(f"status {status}: {content[:300]!r}"))]
        found = json.loads(content)["hits"]["hits"]
        hits += found
        start += len(found)
        if len(found) < page["size"]:
            break
    return [(name, flow_file.with_attributes({"es.id": h.get("_id", ""), "es.index": h.get("_index", ""), "mime.type": "application/json"})
             .with_content(json.dumps(h.get("_source", {}), ensure_ascii=False))) for h in hits for name in ("success", "hits")] + [("original", flow_file)]


def put_solr(flow_file, url, collection="", path="/update/json/docs", content_type="application/json", commit_within=5000, parameters=None,
             user=None, password=None, timeout=30):
    """The content to a Solr update handler. `success`, `failure` (refused), `connection_failure` (no answer, or busy)."""
    query = {"commitWithin": str(commit_within)} if commit_within else {}
    # A parameter that is given several times has a number behind its name in NiFi: f.1, f.2.
    pairs = [*query.items(), *((re.sub(r"\.\d+$", "", name), value) for name, value in (parameters or {}).items())]
    target = "/".join(p for p in (url.rstrip("/"), _path(collection)) if p) + path + ("?" + urllib.parse.urlencode(pairs) if pairs else "")
    try:
        status, content, _ = http.call("POST", target, _headers(user, password, content_type), flow_file.content, timeout)
    except OSError as error:
        return [("connection_failure", flow_file.failed(error))]
    if status >= 500:
        return [("connection_failure", flow_file.failed(f"status {status}"))]
    return [("success", flow_file)] if status < 300 else [("failure", flow_file.failed(f"status {status}: {content[:300]!r}"))]


def splunk_event(flow_file, url, token, parameters=None, content_type="text/plain", timeout=30):
    """PutSplunkHTTP: the content to the HTTP Event Collector."""
    query = "?" + urllib.parse.urlencode(parameters) if parameters else ""
    headers = {"Authorization": token if token.startswith("Splunk ") else f"Splunk {token}", "Content-Type": content_type}
    try:
        status, content, _ = http.call("POST", f"{url.rstrip('/')}/services/collector/raw{query}", headers, flow_file.content, timeout)
    except OSError as error:
        return [("failure", flow_file.failed(error))]
    return [("success", flow_file.with_attributes({"splunk.status.code": str(status)}))] if status < 300 else [("failure", flow_file.failed(f"status {status}: {content[:300]!r}"))]


def splunk_search(url, query, user=None, password=None, output="json", earliest=None, latest=None, timeout=300):
    """GetSplunk: the answer of one export search as one flow file; none where nothing was found."""
    sent = {"search": query if query.lstrip().startswith(("search", "|")) else f"search {query}", "output_mode": output}
    sent.update({k: v for k, v in (("earliest_time", earliest), ("latest_time", latest)) if v})
    headers = _headers(user, password, "application/x-www-form-urlencoded")
    status, content, _ = http.call("POST", f"{url.rstrip('/')}/services/search/jobs/export", headers, urllib.parse.urlencode(sent).encode(), timeout)
    if status >= 300:
        raise RuntimeError(f"Splunk answered {status}")
    return [FlowFile({"filename": "splunk", "path": "./", "splunk.query": query, "mime.type": f"application/{output}"}, content)] if content.strip() else []
