"""HTTP calls from the driver: one per flow file, as InvokeHTTP, GetHTTP and PostHTTP make them."""

from __future__ import annotations

import base64
import json
import re
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

from .flow_files import FlowFile

MAX_BODY = 100 * 1024 * 1024  # bytes of an answer that are kept; more is a failure, not a full driver


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments, **named):
        return None


class _SafeRedirect(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but takes no credentials to another host."""

    def redirect_request(self, request, *arguments, **named):
        following = super().redirect_request(request, *arguments, **named)
        if following is not None and following.host != request.host:
            for name in [h for h in following.headers if h.lower() in ("authorization", "cookie")]:
                del following.headers[name]
        return following


def call(method, url, headers=None, body=None, timeout=30, follow=True):
    """(status, content, headers with their names as sent). Raises where there is no answer. Only http and https."""
    if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
        raise ValueError(f"not an http URL: {url[:200]!r}")
    request = urllib.request.Request(url, data=body, method=method, headers={k: v for k, v in (headers or {}).items() if v is not None})
    opener = urllib.request.build_opener(_SafeRedirect() if follow else _NoRedirect())
    try:
        with opener.open(request, timeout=timeout) as answer:
            content = answer.read(MAX_BODY + 1)
            status, answered = answer.status, dict(answer.headers)
    except urllib.error.HTTPError as error:
        status, content, answered = error.code, error.read(MAX_BODY + 1), dict(error.headers)
    if len(content) > MAX_BODY:
        raise ValueError(f"the answer is larger than {MAX_BODY} bytes")
    return status, content, answered


def basic(user, password):
    """The Authorization header of a user and password."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode("ascii")


def invoke(flow_file, method, url, headers=None, send_body=True, content_type=None, user=None, password=None, timeout=30, follow=True,
           attributes_to_send=None, always_response=False, into_attribute=None, max_attribute=256, has_input=True, ignore_response=False):
    """InvokeHTTP. Response (2xx), Original (its request), Retry (5xx), No Retry (other), Failure (no answer)."""
    sent = dict(headers or {})
    if attributes_to_send:
        sent.update({k: v for k, v in flow_file.attributes.items() if re.fullmatch(attributes_to_send, k)})
    if user:
        sent["Authorization"] = basic(user, password or "")
    body = None
    if method in ("POST", "PUT", "PATCH") and send_body:
        body = flow_file.content
        sent.setdefault("Content-Type", content_type or "application/octet-stream")
    transaction = str(uuid.uuid4())
    started = time.time()
    try:
        status, content, answered = call(method, url, sent, body, timeout, follow)
    except Exception as error:
        noted = {"invokehttp.request.url": url, "invokehttp.tx.id": transaction, "invokehttp.java.exception.class": type(error).__name__,
                 "invokehttp.java.exception.message": str(error)}
        return [("Failure", flow_file.with_attributes(noted).failed(error))]
    noted = {"invokehttp.status.code": str(status), "invokehttp.status.message": "", "invokehttp.request.url": url, "invokehttp.response.url": url,
             "invokehttp.tx.id": transaction, "invokehttp.request.duration": str(int((time.time() - started) * 1000))}
    out = []
    good = 200 <= status < 300
    response = {**answered, **noted}
    if "Content-Type" in answered:
        response["mime.type"] = answered["Content-Type"]
    original = flow_file.with_attributes(noted)
    if into_attribute:
        original = original.with_attributes({into_attribute: content.decode("utf-8", "replace")[:max_attribute]})
    elif good or always_response:
        answer = flow_file.with_attributes(response).with_content(b"" if ignore_response else content)
        out.append(("Response", answer))
    if good:
        return out + ([("Original", original)] if has_input else [])
    original = original.with_attributes({"invokehttp.response.body": content[:256].decode("utf-8", "replace")}).failed(f"HTTP {status} from {url}")
    return out + [("Retry" if status >= 500 else "No Retry", original)]


def get(url, filename, headers=None, user=None, password=None, timeout=30, follow=False):
    """GetHTTP: one flow file with the answer. No answer, or one that is not 2xx, raises: the run fails and is tried again."""
    sent = dict(headers or {})
    if user:
        sent["Authorization"] = basic(user, password or "")
    status, content, answered = call("GET", url, sent, None, timeout, follow)
    if status in (304, 204):
        return []
    if not 200 <= status < 300:
        raise RuntimeError(f"HTTP {status} from {url}")
    attributes = {"filename": filename, "path": "./", "uuid": str(uuid.uuid4()), "gethttp.remote.source": urllib.parse.urlsplit(url).hostname or ""}
    if answered.get("Content-Type"):
        attributes["mime.type"] = answered["Content-Type"]
    return [FlowFile(attributes, content)]


def post(flow_file, url, content_type=None, user=None, password=None, timeout=30, attributes_to_send=None):
    """PostHTTP: `success` on 2xx, otherwise `failure`."""
    results = invoke(flow_file, "POST", url, content_type=content_type, user=user, password=password, timeout=timeout, attributes_to_send=attributes_to_send)
    good = any(name == "Original" for name, _ in results)
    error = next((f.error for _, f in results if f.error), None)
    return [("success", flow_file)] if good else [("failure", flow_file.failed(error))]


def slack(flow_file, webhook, text, channel=None, username=None, icon=None):
    """PutSlack: a message to an incoming webhook."""
    message = {k: v for k, v in {"text": text, "channel": channel, "username": username, "icon_emoji": icon}.items() if v}
    try:
        status, content, _ = call("POST", webhook, {"Content-Type": "application/json"}, json.dumps(message).encode("utf-8"))
    except Exception as error:
        # The webhook's URL is a secret: it does not go into the failure table.
        return [("failure", flow_file.failed(f"{type(error).__name__}: Slack did not answer"))]
    return [("success", flow_file)] if status < 300 else [("failure", flow_file.failed(f"Slack: HTTP {status} {content[:200]!r}"))]


def email(flow_file, host, sender, to, subject, message="", port=25, user=None, password=None, tls=False, cc=None, bcc=None, attach=False,
          content_as_message=False, content_type="text/plain"):
    """PutEmail through an SMTP server that the driver can reach."""
    import smtplib
    from email.message import EmailMessage

    mail = EmailMessage()
    for name, value in (("From", sender), ("To", to), ("Cc", cc), ("Bcc", bcc), ("Subject", subject)):
        if value:
            mail[name] = " ".join(str(value).splitlines())
    text = flow_file.content.decode("utf-8", "replace") if content_as_message else message or ""
    mail.set_content(text, subtype="html" if "html" in content_type else "plain")
    if attach:
        mail.add_attachment(flow_file.content, maintype="application", subtype="octet-stream", filename=flow_file.attributes.get("filename", "attachment"))
    try:
        with smtplib.SMTP(host, int(port), timeout=30) as server:
            if tls:
                server.starttls()
            if user:
                server.login(user, password or "")
            server.send_message(mail)
    except (OSError, smtplib.SMTPException) as error:
        return [("failure", flow_file.failed(error))]
    return [("success", flow_file)]
