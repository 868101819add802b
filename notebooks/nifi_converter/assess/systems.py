"""What a flow talks to: external systems by processor and service type, and the addresses it names."""

from __future__ import annotations

import re
from typing import Dict, List, Optional, Tuple

from ..resolve import ResolvedFlow, ResolvedProcessor

_READ, _WRITE, _BOTH = "reads", "writes", "reads and writes"
# By short type name; the first pattern that matches counts.
_TYPES: Tuple[Tuple[str, str], ...] = (
    (r"Kafka", "Kafka"),
    (r"Kinesis", "Amazon Kinesis"),
    (r"S3", "Amazon S3"),
    (r"DynamoDB|SQS|SNS|Lambda|CloudWatch|Aws|AWS", "Amazon Web Services"),
    (r"EventHub", "Azure Event Hubs"),
    (r"AzureBlob|AzureDataLake", "Azure Storage"),
    (r"Azure", "Azure"),
    (r"GCS", "Google Cloud Storage"),
    (r"BigQuery", "BigQuery"),
    (r"GCPPubSub", "Google Pub/Sub"),
    (r"Gcp|GoogleDrive", "Google Cloud"),
    (r"Snowflake", "Snowflake"),
    (r"Iceberg", "Iceberg tables"),
    (r"Hive", "Hive"),
    (r"HBase", "HBase"),
    (r"Kudu", "Kudu"),
    (r"HDFS|SequenceFile|Parquet$|PutORC", "HDFS"),
    (r"Cassandra", "Cassandra"),
    (r"Mongo|GridFS", "MongoDB"),
    (r"Elasticsearch", "Elasticsearch"),
    (r"Solr", "Solr"),
    (r"Splunk", "Splunk"),
    (r"Redis", "Redis"),
    (r"Couchbase", "Couchbase"),
    (r"ExecuteSQL|QueryDatabaseTable|GenerateTableFetch|ListDatabaseTables|PutDatabaseRecord|PutSQL|UpdateDatabaseTable"
     r"|CaptureChangeMySQL", "database"),
    (r"SFTP", "SFTP server"),
    (r"FTP", "FTP server"),
    (r"Smb", "file share"),
    (r"^(Get|List|Fetch|Put|Delete|Tail)File", "file system"),
    (r"InvokeHTTP|GetHTTP|PostHTTP", "HTTP service"),
    (r"HandleHttp|ListenHTTP", "HTTP endpoint"),
    (r"WebSocket", "WebSocket"),
    (r"JMS", "JMS broker"),
    (r"AMQP", "AMQP broker"),
    (r"MQTT", "MQTT broker"),
    (r"Email|IMAP|POP3|EWS|SMTP", "mail"),
    (r"Slack", "Slack"),
    (r"Twitter", "Twitter"),
    (r"Salesforce", "Salesforce"),
    (r"TCP|UDP|Syslog|RELP|SNMP|Beats|OTLP|GRPC", "network"),
    (r"ExecuteProcess|ExecuteStreamCommand", "program on the host"),
)
_PATTERNS = tuple((re.compile(pattern), system) for pattern, system in _TYPES)
_READERS = re.compile(r"^(Get|List|Fetch|Consume|Query|Scan|Select|Listen|Capture|Tail|ExecuteSQL|Generate|Handle|Search)")
_INVOKERS = re.compile(r"^(Invoke|ExecuteProcess|ExecuteStreamCommand)")
# Not an outside system although the name matches.
_INNER = re.compile(r"^(Convert|Extract|Parse|Calculate|Split|Route|Create)")
_URL = re.compile(r"\b((?:jdbc:)?[a-z][a-z0-9+.-]{1,30}(?::[a-z0-9]{1,20})?)://(?:[^/@\s]*@)?([A-Za-z0-9.$#{}_-]+(?::\d+)?)")
_HOSTS = re.compile(r"^[A-Za-z0-9._-]+:\d{2,5}(,\s*[A-Za-z0-9._-]+:\d{2,5})*$")
_MAX_ADDRESSES = 10


def system_of(short_type: str) -> Optional[Tuple[str, str]]:
    """(system, direction) of a processor type, None where it works inside of NiFi only."""
    if _INNER.match(short_type):
        return None
    for pattern, system in _PATTERNS:
        if pattern.search(short_type):
            if _INVOKERS.match(short_type):
                return system, _BOTH
            return system, _READ if _READERS.match(short_type) else _WRITE
    return None


def external_systems(flow: ResolvedFlow) -> List[Dict]:
    """`[{system, directions, processors, addresses}]`, sorted by name. Addresses are hosts without credentials."""
    found: Dict[str, Dict] = {}
    for processor in flow.processors():
        pair = system_of(processor.short_type)
        if pair is None:
            continue
        entry = found.setdefault(pair[0], {"directions": set(), "processors": 0, "addresses": set()})
        entry["directions"].add(pair[1])
        entry["processors"] += 1
        entry["addresses"].update(_addresses(processor))
    return [
        {
            "system": name,
            "directions": sorted(entry["directions"]),
            "processors": entry["processors"],
            "addresses": sorted(entry["addresses"])[:_MAX_ADDRESSES],
        }
        for name, entry in sorted(found.items())
    ]


def _addresses(processor: ResolvedProcessor) -> List[str]:
    texts = []
    for name in processor.property_names():
        if not processor.is_set(name):
            continue
        texts.append(processor.get(name))
        entry = processor.names.properties.get(name)
        service = processor.service(name) if entry is not None and entry.service else None
        if service is not None and ("DBCP" in service.short_type or "Connection" in service.short_type):
            texts.extend(service.get(key) for key in service.property_names() if service.is_set(key))
    found = []
    for text in texts:
        if not text or len(text) > 2000:
            continue
        found.extend(match.group(2) for match in _URL.finditer(text))
        if _HOSTS.match(text.strip()):
            found.append(text.strip())
    return found
