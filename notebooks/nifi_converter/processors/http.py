"""HTTP: InvokeHTTP, GetHTTP, PostHTTP; what listens for HTTP; e-mail and chat."""

from __future__ import annotations

import re

from ..planning.triggers import period_seconds
from . import ASSISTED, DRIVER, Cell, handles
from .code import Code, arrivals, assign, call, lit
from .step import Step

_SECRET_HEADER = re.compile(r"authorization|api[-_]?key|token|secret|password|cookie", re.I)


def _timeout(step: Step, *names: str) -> float:
    return max((period_seconds(step.get(n) or "") or 0 for n in names), default=0) or 30


def _headers(step: Step, pairs) -> dict:
    """Headers; one that looks like a credential in clear text becomes a secret."""
    headers = {}
    for name, text in pairs:
        if _SECRET_HEADER.search(name) and step.is_literal(text) and text.strip():
            headers[name] = step.hidden(name, text)
        else:
            headers[name] = step.python(text)
    return headers


def _credentials(step: Step, user: str, password: str) -> dict:
    if not step.get(user):
        return {}
    return {"user": step.option(user), "password": step.secret(password, wanted=True) or lit(None)}


@handles("InvokeHTTP", side_effect=True, deterministic=False, source=True, carriers=(DRIVER, "flow_files"))
def invoke_http(step: Step) -> Cell:
    method = step.get("HTTP Method", "GET")
    options = {"method": step.python(method.upper() if step.is_literal(method) else method), "url": step.option("Remote URL", "")}
    headers = _headers(step, step.dynamic)
    agent = step.get("Useragent")
    if agent:
        headers["User-Agent"] = step.python(agent)
    if headers:
        options["headers"] = headers
    if method.upper() in ("POST", "PUT", "PATCH") or not step.is_literal(method):
        if not step.flag("send-message-body", True):
            options["send_body"] = False
        options["content_type"] = step.option("Content-Type")
    options.update(_credentials(step, "Basic Authentication Username", "Basic Authentication Password"))
    options["timeout"] = _timeout(step, "Read Timeout", "Connection Timeout")
    if not step.flag("Follow Redirects", True):
        options["follow"] = False
    for name, key in (("Attributes to Send", "attributes_to_send"), ("Put Response Body In Attribute", "into_attribute")):
        if step.get(name):
            options[key] = step.option(name)
    if step.get("Put Response Body In Attribute"):
        options["max_attribute"] = step.number("Max Length To Put In Attribute", 256)
    if step.flag("Always Output Response"):
        options["always_response"] = True
    if step.flag("ignore-response-content"):
        options["ignore_response"] = True
    tasks = step.processor.schedule.concurrent_tasks
    if tasks > 1:
        options["concurrency"] = tasks
    notes = []
    if not step.has_input:
        options["has_input"] = False
        step.input = Code("[rt.fresh()]")
        notes.append("No connection leads into it: one call per run.")
    cell = step.for_each("http.invoke", outside="HTTP", how="HTTP calls from the driver", notes=notes, **options)
    if step.flag("Digest Authentication"):
        cell.level, cell.how = ASSISTED, "digest authentication is not part of the helper: put the call into gaps.py or change the server to basic or a token"
    if step.get("SSL Context Service"):
        cell.notes.append("SSL context: the cluster's certificates are used; a private authority is added to the cluster, a client certificate is not sent.")
    if step.get("oauth2-access-token-provider"):
        gap = step.gap("access_token", (), "Returns the OAuth 2 access token as text.")
        headers["Authorization"] = Code(f'lambda attributes: "Bearer " + gaps.{gap.function}()')
        options["headers"] = headers
        cell = step.for_each("http.invoke", outside="HTTP", how="the OAuth 2 token comes from gaps.py", notes=notes, **options)
        cell.level, cell.gaps = ASSISTED, [gap]
    return cell


@handles("GetHTTP", source=True, side_effect=True, deterministic=False, carriers=(DRIVER,))
def get_http(step: Step) -> Cell:
    headers = {k: v for k, v in (("User-Agent", step.get("User Agent")), ("Accept", step.get("Accept Content-Type"))) if v}
    options = {"timeout": _timeout(step, "Data Timeout", "Connection Timeout")}
    all_headers = _headers(step, list(headers.items()) + step.dynamic)
    if all_headers:
        options["headers"] = all_headers
    if step.flag("Follow Redirects"):
        options["follow"] = True
    options.update(_credentials(step, "Username", "Password"))
    url, name = step.once(step.get("URL") or ""), step.once(step.get("Filename") or "download")
    options = {k: _now(v) for k, v in options.items()}
    code = assign(step.frame, f'rt.send({call("http.get", url, name, **options)}, "success")')
    return Cell(code=code, how="an HTTP call from the driver", carrier=DRIVER, outside="HTTP",
                notes=["ETag and Last-Modified are not remembered between runs: every run takes the answer. No answer, or one that is not 2xx, fails the run."])


def _now(value):
    if isinstance(value, dict):
        return {k: _now(v) for k, v in value.items()}
    return Code(f"({value})({{}})") if isinstance(value, str) and value.startswith("lambda attributes:") else value


@handles("PostHTTP", side_effect=True)
def post_http(step: Step) -> Cell:
    options = {"url": step.option("URL", ""), "content_type": step.option("Content-Type"), "timeout": _timeout(step, "Data Timeout")}
    options.update(_credentials(step, "Username", "Password"))
    if step.get("Attributes to Send as HTTP Headers (Regex)"):
        options["attributes_to_send"] = step.get("Attributes to Send as HTTP Headers (Regex)")
    cell = step.for_each("http.post", outside="HTTP", how="HTTP calls from the driver", **options)
    if step.flag("Send as FlowFile"):
        cell.level, cell.how = ASSISTED, "it sends flow files to another NiFi: send to that flow's converted counterpart, or to a table"
    return cell


@handles("HandleHttpRequest", "ListenHTTP", "ListenTCP", "ListenUDP", "ListenSyslog", "ListenRELP", "ListenWebSocket", "ListenSMTP", "ListenTCPRecord",
         "ListenUDPRecord", source=True, stream=True, level=ASSISTED)
def listen(step: Step) -> Cell:
    """A job does not listen: whoever calls writes into an inbox table (a model serving or SQL endpoint, an app, Kafka)."""
    port = step.get("Listening Port") or step.get("Port") or ""
    where = step.get("Base Path") or step.get("Allowed Paths") or ""
    source, commit = arrivals(step.frame)
    code = assign(step.frame, f'rt.send({source}, "success")')
    return Cell(code=code, level=ASSISTED, how="requests arrive in an inbox table: something must write them there (an app, a SQL statement, Kafka)",
                notes=[f"NiFi listened on port `{port}`{f' under `{where}`' if where else ''}. **Gap:** a job cannot listen. Callers write one row per request "
                       f"(`attributes`, `content`) into `…__{step.frame}`; each run takes what is new."],
                commit=commit, outside="requests")


@handles("HandleHttpResponse", side_effect=True, level=ASSISTED)
def handle_http_response(step: Step) -> Cell:
    status = step.value(step.get("HTTP Status Code") or "200")
    answered = call("rt.set_attributes", step.input, {"http.status.code": status})
    code = "\n".join([f"{step.frame}_answers = {answered}",
                      f'rt.keep_waiting(spark, {step.frame}_answers, f"{{tables}}__{step.frame}")',
                      assign(step.frame, f'rt.send({step.frame}_answers, "success")')])
    return Cell(code=code, level=ASSISTED, how="answers go to a table, by http.context.identifier: whoever took the request reads them there", outside="answers",
                notes=[f"**Gap:** the answer is a row in `…__{step.frame}` (attribute `http.context.identifier` tells whose)."])


@handles("PutSlack", "PostSlack", side_effect=True)
def put_slack(step: Step) -> Cell:
    hook = step.secret("webhook-url") or step.hidden("webhook-url", step.get("webhook-url") or "")
    options = {"webhook": hook, "text": step.option("webhook-text", ""), "channel": step.option("channel"), "username": step.option("username")}
    options = {k: v for k, v in options.items() if v != "None"}
    cell = step.for_each("http.slack", outside="Slack", how="messages to Slack's incoming webhook", **options)
    if step.dynamic:
        cell.notes.append("Attachments are left out: " + ", ".join(f"`{name}`" for name, _ in step.dynamic) + ".")
    return cell


@handles("PutEmail", side_effect=True)
def put_email(step: Step) -> Cell:
    options = {"host": step.option("SMTP Hostname", ""), "sender": step.option("From", ""), "to": step.option("To", ""), "subject": step.option("Subject", ""),
               "message": step.option("Message", ""), "port": step.option("SMTP Port", "25")}
    if step.get("SMTP Username"):
        options.update(_credentials(step, "SMTP Username", "SMTP Password"))
    if step.get("SMTP TLS", "false") == "true":
        options["tls"] = True
    for name, key in (("CC", "cc"), ("BCC", "bcc")):
        if step.get(name):
            options[key] = step.option(name)
    for name, key in (("Attach File", "attach"), ("email-ff-content-as-message", "content_as_message")):
        if step.get(name) == "true":
            options[key] = True
    if "html" in (step.get("Content Type") or ""):
        options["content_type"] = step.option("Content Type")
    return step.for_each("http.email", outside="SMTP", how="mails from the driver", notes=["The SMTP server must be reachable from the cluster."], **options)
