"""Messages over TCP and UDP: PutTCP, PutUDP, PutSyslog, PutSplunk."""

from __future__ import annotations

import re
import socket
import ssl

_TIMEOUT = 30


def _send(host, port, data, protocol="TCP", tls=False):
    if protocol == "UDP":
        family = socket.getaddrinfo(host, int(port), type=socket.SOCK_DGRAM)[0]
        with socket.socket(family[0], socket.SOCK_DGRAM) as sender:
            for piece in data:
                sender.sendto(piece, family[4])
        return
    with socket.create_connection((host, int(port)), timeout=_TIMEOUT) as plain:
        with (ssl.create_default_context().wrap_socket(plain, server_hostname=host) if tls else plain) as sender:
            for piece in data:
                sender.sendall(piece)


def put(flow_file, host, port, protocol="TCP", delimiter="", split="", tls=False):
    """The content as one message, or, with `split`, each of its pieces; TCP messages end with `delimiter`."""
    pieces = flow_file.content.split(split.encode()) if split else [flow_file.content]
    end = (delimiter or split).encode() if protocol == "TCP" else b""
    try:
        _send(host, port, [p + (end if not p.endswith(end) or not end else b"") for p in pieces if p or not split], protocol, tls)
    except (OSError, ValueError) as error:
        return [("failure", flow_file.failed(error))]
    return [("success", flow_file)]


_TIME_3164 = re.compile(r"^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d$")
_TIME_5424 = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$|^-$")


def put_syslog(flow_file, host, port, priority, body, timestamp, hostname, version="", protocol="UDP", tls=False):
    """PutSyslog: `<priority>version timestamp hostname body`. What is no syslog message goes to `invalid`."""
    times = _TIME_5424 if version else _TIME_3164
    if not re.fullmatch(r"\d{1,3}", priority or "") or int(priority) > 191 or not times.match(timestamp or "") or not hostname or not body:
        return [("invalid", flow_file)]
    message = f"<{priority}>{version + ' ' if version else ''}{timestamp} {hostname} {body}"
    data = message.encode("utf-8") + (b"\n" if protocol == "TCP" and not message.endswith("\n") else b"")
    try:
        _send(host, port, [data], protocol, tls)
    except (OSError, ValueError) as error:
        return [("failure", flow_file.failed(error))]
    return [("success", flow_file)]
