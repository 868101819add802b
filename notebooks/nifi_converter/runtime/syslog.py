"""ParseSyslog (RFC 3164 and 5424 by sight) and ParseSyslog5424."""

from __future__ import annotations

import re

from .charsets import decode

_PRIORITY = r"(?:<(\d{1,3})>)"
_3164 = re.compile(_PRIORITY + r"([A-Z][a-z]{2}\s{1,2}\d{1,2}\s\d{2}:\d{2}:\d{2})\s+([\w][\w\d.:@-]*)\s(.*)", re.S | re.A)
_STAMP = r"(\d{4}[-]\d{2}[-]\d{2}[T]\d{2}[:]\d{2}[:]\d{2}(?:\.\d{1,6})?(?:[+-]\d{2}[:]\d{2}|Z)?|-)"
_5424_LOOSE = re.compile(_PRIORITY + r"(?:(\d{1,2})?\s?)" + _STAMP + r"\s([\w][\w\d.:@-]*|-)\s(.*)", re.S | re.A)


def parse(flow_file, charset="UTF-8"):
    """ParseSyslog: syslog.priority, severity, facility, version, timestamp, hostname and body as attributes."""
    text = _line(flow_file, charset)
    match = _5424_LOOSE.fullmatch(text)
    if match:
        priority, version, stamp, host, body = match.groups()
    else:
        match = _3164.fullmatch(text)
        if match is None:
            return [("failure", flow_file.failed("not a syslog message"))]
        (priority, stamp, host, body), version = match.groups(), None
    own = {"syslog.priority": priority, **_levels(priority), "syslog.timestamp": stamp, "syslog.hostname": host, "syslog.body": body}
    if version is not None:
        own["syslog.version"] = version
    return [("success", flow_file.with_attributes(own))]


def _line(flow_file, charset):
    text = decode(flow_file.content, charset)
    return text[:-1] if text.endswith("\n") else text


def _levels(priority):
    return {"syslog.severity": str(int(priority) & 7), "syslog.facility": str(int(priority) >> 3)}


_HEADER = re.compile(r"<(\d{1,3})>([1-9]\d{0,2}) " + _STAMP + r" (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32}) ", re.A)
_NAME = r'[^\s="\]]{1,32}'
_ELEMENT = re.compile(rf'\[({_NAME})((?: {_NAME}="(?:[^"\\\]]|\\.)*")*)\]')
_PARAMETER = re.compile(rf' ({_NAME})="((?:[^"\\\]]|\\.)*)"')
_FIELDS = ("priority", "version", "timestamp", "hostname", "appName", "procid", "messageid")


def parse_5424(flow_file, charset="UTF-8", nil="NULL", body=True):
    """ParseSyslog5424: the header, the structured data (`syslog.structuredData.ID.NAME`) and the body as attributes.
    `nil`: what becomes of `-`: OMIT leaves it out, NULL is empty, DASH stays."""
    text = _line(flow_file, charset)
    match = _HEADER.match(text)
    if match is None or int(match[1]) > 191:
        return [("failure", flow_file.failed("not a syslog message of RFC 5424"))]
    found = {f"syslog.{name}": value for name, value in zip(_FIELDS, match.groups())}
    found.update(_levels(match[1]))
    rest = text[match.end():]
    if rest[:1] == "-":
        rest = rest[1:]
    else:
        start = rest
        while rest[:1] == "[":
            element = _ELEMENT.match(rest)
            if element is None:
                return [("failure", flow_file.failed("broken structured data"))]
            for name, value in _PARAMETER.findall(element[2]):
                found[f"syslog.structuredData.{element[1]}.{name}"] = re.sub(r"\\(.)", r"\1", value)
            rest = rest[element.end():]
        if rest == start:
            return [("failure", flow_file.failed("no structured data"))]
    if rest and rest[0] != " ":
        return [("failure", flow_file.failed("broken structured data"))]
    if body and rest[1:]:
        found["syslog.body"] = rest[1:]
    own = {}
    for name, value in found.items():
        if value != "-" or nil == "DASH" or name == "syslog.body":
            own[name] = value
        elif nil == "NULL":
            own[name] = ""
    return [("success", flow_file.with_attributes(own))]
