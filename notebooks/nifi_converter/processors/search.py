"""Elasticsearch, Solr, Splunk: their HTTP interfaces are called from the driver."""

from __future__ import annotations

from typing import Any, Dict

from . import DRIVER, Cell, Refused, Widget, handles
from .code import Code, assign, call, lit
from .readers import reader_function
from .step import Step


def _server(step: Step) -> Dict[str, Any]:
    """url (a widget with the flow's value), user and password, of the processor or of its client service."""
    service = step.service("el-rest-client-service")
    url = step.get("elasticsearch-http-url") or (service.get("el-cs-http-hosts") if service is not None else None) or ""
    if not url and step.get("Network Interface") is None and step.get("Hosts"):
        # The transport client of old versions spoke another port; the HTTP one has to be named.
        url = ",".join(f"http://{h.strip().split(':')[0]}:9200" for h in (step.get("Hosts") or "").split(","))
    name = f"{step.frame}_url"
    options: Dict[str, Any] = {"url": Code(f'dbutils.widgets.get("{name}")')}
    holder = service if service is not None else step
    user = holder.get("el-cs-username") if service is not None else step.get("Username")
    password = step.secret("el-cs-password", service) if service is not None else step.secret("Password")
    if user:
        options.update({"user": step.python(user), "password": password or lit(None)})
    options["_widget"] = Widget(name, url if step.is_literal(url) else "", f"address of Elasticsearch for {step.name}")
    return options


def _first(step: Step, *names: str) -> str:
    return next((step.get(n) for n in names if step.get(n)), "") or ""


def _made(step: Step, function: str, server: Dict[str, Any], how: str, **options: Any) -> Cell:
    widget = server.pop("_widget")
    cell = step.for_each(function, outside="Elasticsearch", how=how, **server, **{k: v for k, v in options.items() if v not in (None, "")})
    step.needs(cell, widget, "the server")
    cell.notes.append("One call per flow file, from the driver; the server must be reachable from the cluster.")
    return cell


@handles("PutElasticsearch", "PutElasticsearch5", "PutElasticsearchHttp", "PutElasticsearchJson", "PutElasticsearchHttpRecord", "PutElasticsearchRecord", side_effect=True)
def put_elasticsearch(step: Step) -> Cell:
    """Each document by `_bulk`, with the operation's real conflict behaviour."""
    server = _server(step)
    index = _first(step, "el-rest-fetch-index", "put-es-index", "put-es-record-index", "Index", "el5-index", "es-index")
    kind = _first(step, "el-rest-type", "put-es-type", "put-es-record-type", "Type", "el5-type")
    operation = _first(step, "put-es-record-index-op", "put-es-index-op", "Index Operation") or "index"
    operation = operation.lower() if step.is_literal(operation) else operation
    options: Dict[str, Any] = {"index": step.python(index)}
    if kind:
        options["kind"] = step.python(kind)
    if operation != "index":
        options["operation"] = step.python(operation)
    attribute = _first(step, "put-es-json-id-attr", "put-es-id-attr", "Identifier Attribute", "el5-id-attr")
    if step.type.endswith("Record"):
        reader = "put-es-record-record-reader" if step.service("put-es-record-record-reader") is not None else "put-es-record-reader"
        options["documents"] = reader_function(step, reader)
        if step.get("put-es-record-id-path"):
            raise Refused("the documents' identifiers come from a record path")
    elif attribute:
        options["identifier"] = Code(f"lambda attributes: attributes.get({lit(attribute)})") if step.is_literal(attribute) else \
            Code(f"lambda attributes: attributes.get({step.python_source(attribute)})")
    cell = _made(step, "search.put_documents", server, "documents to Elasticsearch, by its bulk interface", **options)
    cell.notes.append("*Batch Size* joined flow files into one request; here each has its own.")
    return cell


@handles("FetchElasticsearch", "FetchElasticsearch5", "FetchElasticsearchHttp", "GetElasticsearch", source=True, side_effect=True, deterministic=False)
def fetch_elasticsearch(step: Step) -> Cell:
    server = _server(step)
    index = _first(step, "el-rest-fetch-index", "fetch-es-index", "Index", "el5-index")
    kind = _first(step, "el-rest-type", "fetch-es-type", "Type", "el5-type")
    identifier_text = _first(step, "get-es-id", "fetch-es-doc-id", "Document Identifier", "el5-doc-id")
    options: Dict[str, Any] = {"index": step.python(index), "identifier": step.python(identifier_text)}
    if kind:
        options["kind"] = step.python(kind)
    if step.type == "GetElasticsearch":
        options.update({"good": "document", "missing": "not_found"})
        if step.get("get-es-destination") == "flowfile-attribute":
            options["into_attribute"] = step.get("get-es-attribute-name")
    if not step.has_input:
        step.input = Code("[rt.fresh()]")
    return _made(step, "search.get_document", server, "a document of Elasticsearch", **options)


@handles("QueryElasticsearchHttp", "ScrollElasticsearchHttp", "JsonQueryElasticsearch", "PaginatedJsonQueryElasticsearch", "SearchElasticsearch",
         source=True, side_effect=True, deterministic=False, fan_out=True)
def query_elasticsearch(step: Step) -> Cell:
    server = _server(step)
    query = _first(step, "query-es-query", "scroll-es-query", "el-rest-query")
    index = _first(step, "query-es-index", "scroll-es-index", "el-rest-fetch-index")
    if not query:
        raise Refused("the query is the flow file's content or made of clauses")
    if step.get("el-rest-query-aggs"):
        raise Refused("it asks for aggregations")
    options: Dict[str, Any] = {"index": step.python(index), "query": step.python(query)}
    if step.number("query-es-limit"):
        options["limit"] = step.number("query-es-limit")
    if not step.has_input:
        step.input = Code("[rt.fresh()]")
    cell = _made(step, "search.query_documents", server, "a query of Elasticsearch, page by page", **options)
    cell.notes.append("A flow file for each hit, 10 000 at most.")
    return cell


@handles("PutSolrContentStream", side_effect=True)
def put_solr(step: Step) -> Cell:
    location = step.get("Solr Location") or ""
    cloud = (step.get("Solr Type") or "Standard") == "Cloud"
    name = f"{step.frame}_url"
    url = "" if cloud or not step.is_literal(location) else location
    options: Dict[str, Any] = {"url": Code(f'dbutils.widgets.get("{name}")')}
    if cloud and step.get("Collection"):
        options["collection"] = step.option("Collection")
    for prop, key, default in (("Content Stream Path", "path", "/update/json/docs"), ("Content-Type", "content_type", "application/json")):
        if step.get(prop) and step.get(prop) != default:
            options[key] = step.option(prop)
    if step.is_literal(step.get("Commit Within") or "5000") and (step.get("Commit Within") or "5000") != "5000":
        options["commit_within"] = step.number("Commit Within")
    parameters = {n: step.python(v) for n, v in step.dynamic}
    if parameters:
        options["parameters"] = parameters
    if step.get("Username"):
        options.update({"user": step.option("Username"), "password": step.secret("Password") or lit(None)})
    cell = step.for_each("search.put_solr", outside="Solr", how="updates of Solr over HTTP", **options)
    step.needs(cell, Widget(name, url, f"address of Solr for {step.name}, such as http://host:8983/solr" + ("" if cloud else "/core")), "one of Solr's nodes")
    if cloud:
        cell.notes.append(f"SolrCloud's address in ZooKeeper (`{location}`) is not asked: widget `{name}` names one of its nodes.")
    return cell


@handles("PutSplunkHTTP", side_effect=True)
def put_splunk_http(step: Step) -> Cell:
    scheme, host, port = (step.get("Scheme") or "https"), step.get("Hostname") or "", step.get("HTTP Event Collector Port") or "8088"
    name = f"{step.frame}_url"
    parameters = {k: step.python(step.get(n) or "") for n, k in (("source", "source"), ("source-type", "sourcetype"), ("index", "index"), ("host", "host")) if step.get(n)}
    options: Dict[str, Any] = {"url": Code(f'dbutils.widgets.get("{name}")'), "token": step.secret("Token") or step.hidden("token", "")}
    if parameters:
        options["parameters"] = parameters
    cell = step.for_each("search.splunk_event", outside="Splunk", how="events to Splunk's HTTP collector", **options)
    return step.needs(cell, Widget(name, f"{scheme}://{host}:{port}" if host and step.is_literal(host + port) else "", f"Splunk's HTTP event collector for {step.name}"),
                      "the collector")


@handles("GetSplunk", carriers=(DRIVER,), source=True, side_effect=True, deterministic=False)
def get_splunk(step: Step) -> Cell:
    scheme, host, port = (step.get("Scheme") or "https"), step.get("Hostname") or "", step.get("Port") or "8089"
    name = f"{step.frame}_url"
    options: Dict[str, Any] = {"output": (step.get("Output Mode") or "JSON").lower()}
    if step.get("Username"):
        options.update({"user": step.python(step.get("Username") or ""), "password": step.secret("Password") or lit(None)})
    for prop, key in (("Earliest Time", "earliest"), ("Latest Time", "latest")):
        if step.get(prop):
            options[key] = step.python(step.get(prop) or "")
    query = step.get("Query") or ""
    if not step.is_literal(query):
        raise Refused("the query is an expression")
    listing = call("search.splunk_search", Code(f'dbutils.widgets.get("{name}")'), step.parse(query).literal_text, **options)
    strategy = step.get("Time Range Strategy") or "Provided"
    notes = [] if strategy == "Provided" else [f"Strategy *{strategy}*: times are not remembered between runs; set *Earliest Time* to the job's schedule, such as `-1h@h`."]
    return Cell(code=assign(step.frame, f'rt.send({listing}, "success")'), how="a search of Splunk over its REST interface", carrier=DRIVER, outside="Splunk", notes=notes,
                widgets=[Widget(name, f"{scheme}://{host}:{port}" if host and step.is_literal(host + port) else "", f"Splunk's management interface for {step.name}")])
