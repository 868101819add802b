"""What NiFi sends over plain sockets."""

from __future__ import annotations

from typing import Any, Dict

from . import Cell, handles
from .step import Step


@handles("PutTCP", "PutUDP", "PutSplunk", side_effect=True)
def put_socket(step: Step) -> Cell:
    options: Dict[str, Any] = {"host": step.option("Hostname", "localhost"), "port": step.option("Port", "0")}
    protocol = "UDP" if step.type == "PutUDP" else (step.get("Protocol") or "TCP").upper() if step.type == "PutSplunk" else "TCP"
    if protocol != "TCP":
        options["protocol"] = protocol
    delimiter = step.get("Outgoing Message Delimiter")
    if delimiter:
        options["delimiter"] = step.python(delimiter.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t"))
    elif step.type == "PutSplunk":
        options["delimiter"] = "\n"
    split = step.get("Message Delimiter")
    if split:
        options["split"] = step.python(split.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t"))
    if step.service("SSL Context Service") is not None:
        options["tls"] = True
    return step.for_each("sockets.put", outside="sockets", how=f"messages over {protocol} from the driver", notes=["The server must be reachable from the cluster."], **options)


@handles("PutSyslog", side_effect=True)
def put_syslog(step: Step) -> Cell:
    options: Dict[str, Any] = {"host": step.option("Hostname", "localhost"), "port": step.option("Port", "514"), "priority": step.option("Message Priority", ""),
                               "body": step.option("Message Body", ""), "timestamp": step.option("Message Timestamp", ""), "hostname": step.option("Message Hostname", "")}
    if step.get("Message Version"):
        options["version"] = step.option("Message Version")
    if (step.get("Protocol") or "UDP").upper() != "UDP":
        options["protocol"] = "TCP"
    if step.service("SSL Context Service") is not None:
        options["tls"] = True
    return step.for_each("sockets.put_syslog", outside="syslog", how="syslog messages from the driver", notes=["The server must be reachable from the cluster."], **options)
