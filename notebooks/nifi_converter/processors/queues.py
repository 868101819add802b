"""Message queues and services that Databricks has no client for: the client is a function in gaps.py with a fixed
contract; all around it runs. AWS's own come with boto3, which Databricks ships."""

from __future__ import annotations

from typing import Any, Dict, List

from . import ASSISTED, DRIVER, Cell, Widget, handles
from .code import Code, arrivals, assign, call
from .step import Step

# type -> (what it is, properties that say where)
SINKS = {
    "PublishJMS": ("JMS", ("Destination Name", "Destination Type")), "PutJMS": ("JMS", ("URL", "Destination Name", "Destination Type")),
    "PublishAMQP": ("AMQP 0.9.1", ("Brokers", "Host Name", "Port", "Virtual Host", "Exchange Name", "Routing Key")),
    "PublishMQTT": ("MQTT", ("Broker URI", "Topic", "Quality of Service(QoS)", "Retain Message")),
    "PublishPulsar": ("Pulsar", ("TOPIC",)), "PublishPulsarRecord": ("Pulsar", ("TOPIC",)),
    "PublishGCPubSub": ("Google Pub/Sub", ("gcp-project-id", "gcp-pubsub-topic")), "PutAzureEventHub": ("Azure Event Hubs", ("Event Hub Namespace", "Event Hub Name")),
    "PutAzureQueueStorage": ("Azure queue", ("storage-queue-name",)), "PutAzureQueueStorage_v12": ("Azure queue", ("Queue Name",)),
    "PutInfluxDB": ("InfluxDB", ("influxdb-url", "influxdb-dbname")), "PutWebSocket": ("WebSocket", ("websocket-session-id",)),
    "PutBigQuery": ("BigQuery", ("bq.dataset", "bq.table.name")), "PutBigQueryBatch": ("BigQuery", ("bq.dataset", "bq.table.name")),
    "PutBigQueryStreaming": ("BigQuery", ("bq.dataset", "bq.table.name")), "PutCassandraQL": ("Cassandra", ("Cassandra Contact Points", "Keyspace")),
    "PutCassandraRecord": ("Cassandra", ("Cassandra Contact Points", "Keyspace", "put-cassandra-record-table")),
    "PutSnowflakeInternalStage": ("Snowflake's stage", ("internal-stage-type", "database", "schema", "table", "internal-stage")),
    "StartSnowflakeIngest": ("Snowpipe", ()), "GetSnowflakeIngestStatus": ("Snowpipe's status", ()),
    "PutAzureCosmosDBRecord": ("Cosmos DB", ("azure-cosmos-db-name", "azure-cosmos-db-container-id")), "PutRedisHashRecord": ("Redis", ()),
    "PutCouchbaseKey": ("Couchbase", ("bucket-name",)), "GetCouchbaseKey": ("Couchbase", ("bucket-name",)),
    "PutRecord": ("a record sink service", ()), "PutSalesforceObject": ("Salesforce", ()), "PutZendeskTicket": ("Zendesk", ()),
    "GeoEnrichIPRecord": ("MaxMind's database", ("Geo Database File",)), "ExecuteGraphQuery": ("a graph database", ()),
    "QueryCassandra": ("Cassandra", ("Cassandra Contact Points", "Keyspace", "CQL select query", "Output Format")),
    "ExecuteInfluxDBQuery": ("InfluxDB", ("influxdb-url", "influxdb-dbname", "influxdb-query")), "InvokeAWSGatewayApi": ("API Gateway", ()),
}
SOURCES = {
    "ConsumeJMS": ("JMS", ("Destination Name", "Destination Type", "Message Selector")), "GetJMSQueue": ("JMS", ("URL", "Destination Name")),
    "GetJMSTopic": ("JMS", ("URL", "Destination Name")), "ConsumeAMQP": ("AMQP 0.9.1", ("Brokers", "Host Name", "Port", "Queue")),
    "ConsumeMQTT": ("MQTT", ("Broker URI", "Topic Filter", "Quality of Service(QoS)")), "ConsumePulsar": ("Pulsar", ("TOPICS", "SUBSCRIPTION_NAME")),
    "ConsumeGCPubSub": ("Google Pub/Sub", ("gcp-project-id", "gcp-pubsub-subscription")), "ConsumeAzureEventHub": ("Azure Event Hubs", ("event-hub-namespace", "event-hub-name")),
    "GetAzureEventHub": ("Azure Event Hubs", ("Event Hub Namespace", "Event Hub Name")), "GetAzureQueueStorage": ("Azure queue", ("storage-queue-name",)),
    "GetAzureQueueStorage_v12": ("Azure queue", ("Queue Name",)), "GetTwitter": ("the social network's stream", ("Twitter Endpoint", "Languages", "Terms to Filter On")),
    "ConsumeTwitter": ("the social network's stream", ("stream-endpoint",)), "ConsumeKinesisStream": ("Kinesis", ("kinesis-stream-name",)),
    "ConsumeKinesis": ("Kinesis", ("Stream Name",)), "ConsumePOP3": ("a mailbox", ("host", "port", "folder")), "ConsumeIMAP": ("a mailbox", ("host", "port", "folder")),
    "ConsumeEWS": ("a mailbox", ()), "CaptureChangeMySQL": ("MySQL's binary log", ("capture-change-mysql-hosts", "capture-change-mysql-db-name-pattern")),
    "QuerySalesforceObject": ("Salesforce", ("salesforce-object-name",)), "ConsumeSlack": ("Slack", ()), "GetHubSpot": ("HubSpot", ()),
    "GetShopify": ("Shopify", ()), "GetZendesk": ("Zendesk", ()), "GetWorkdayReport": ("Workday", ()), "GetSNMP": ("SNMP", ()), "ListenBeats": ("Beats", ("listen-beats-port",)),
}
# What a Databricks engineer would use instead of a client of one's own.
BETTER = {
    "Google Pub/Sub": 'on Databricks `spark.readStream.format("pubsub")` reads it into a table', "Kinesis": 'on Databricks `spark.readStream.format("kinesis")` reads it into a table',
    "Azure Event Hubs": "its Kafka endpoint can be read and written as a topic", "MySQL's binary log": "Lakeflow Connect ingests it into a table",
    "Salesforce": "Lakeflow Connect ingests it into a table", "BigQuery": '`frame.write.format("bigquery")` loads a table', "Snowflake's stage": '`frame.write.format("snowflake")` loads a table',
    "Cassandra": "the Spark connector (a library of the cluster) reads and writes its tables", "Pulsar": 'on Databricks `spark.readStream.format("pulsar")` reads it',
}


def _places(step: Step, names) -> str:
    """Where it goes, out of properties that hold no secret."""
    found = [f"{n}: {' '.join((step.get(n) or '').split())[:200]}" for n in names if step.get(n)]
    return "\n".join(found)


@handles(*SINKS, source=True, side_effect=True, deterministic=False, level=ASSISTED)
def through_client(step: Step) -> Cell:
    what, names = SINKS[step.type]
    if not step.has_input:
        step.input = Code("[rt.fresh()]")
    places = _places(step, names)
    gap = step.gap("", ("flow_file",), f"Takes one flow file to {what} (or asks it).\n\n{places}\n\nflow_file  attributes (dict) and content (bytes)\n"
                   f"returns    list of (relationship, flow file): {', '.join(step.connected) or 'success, failure'}\n"
                   "The client library is added by `%pip install` in the first cell, its password comes from `dbutils.secrets`.")
    cell = step.for_each(f"gaps.{gap.function}", outside=what, how=f"the client of {what} is a function in gaps.py")
    cell.level, cell.gaps = ASSISTED, [gap]
    cell.notes.append(f"**Gap:** write `{gap.function}` in `gaps.py`. Until then this cell keeps its input as *rolled back* in the failure table."
                      + (f" Better, where it fits: {BETTER[what]}." if what in BETTER else ""))
    return cell


@handles(*SOURCES, source=True, stream=True, side_effect=True, deterministic=False, level=ASSISTED)
def inbox_of_client(step: Step) -> Cell:
    """Messages arrive in an inbox table; who fills it is the gap."""
    what, names = SOURCES[step.type]
    places = _places(step, names).replace("\n", "; ").replace("`", "'")
    source, commit = arrivals(step.frame)
    code = assign(step.frame, f'rt.send({source}, "success")')
    return Cell(code=code, level=ASSISTED, how=f"messages of {what} arrive in an inbox table: something must write them there", commit=commit,
                outside=what, notes=[f"**Gap:** a job has no client that waits for {what}" + (f" (`{places}`)" if places else "") +
                                     f". Messages are rows (`attributes`, `content`) of `…__{step.frame}`; each run takes what is new."
                                     + (f" Better, where it fits: {BETTER[what]}." if what in BETTER else "")])


def _aws(step: Step, service: str) -> Dict[str, Any]:
    """A boto3 client, made once in the services cell. Credentials: the cluster's instance profile or the secret scope."""
    region = step.get("Region") or "us-west-2"
    options: Dict[str, Any] = {"region": region if step.is_literal(region) else "us-west-2"}
    access, secret = step.secret("Access Key"), step.secret("Secret Key")
    if access and secret:
        options.update({"access_key": access, "secret_key": secret})
    if step.get("Endpoint Override URL") and step.is_literal(step.get("Endpoint Override URL") or ""):
        options["endpoint"] = step.get("Endpoint Override URL")
    name = f"{step.frame}_client"
    return {"name": name, "setup": f"{name} = {call('aws.client', service, **options)}"}


_CREDENTIALS = "Credentials are the cluster's (instance profile or service credential) unless the flow holds keys; boto3 comes with Databricks."


@handles("PutSQS", "PutSNS", "DeleteSQS", "PutLambda", "PutKinesisStream", "PutKinesisFirehose", "TagS3Object", side_effect=True)
def put_aws(step: Step) -> Cell:
    service = {"PutSQS": "sqs", "DeleteSQS": "sqs", "PutSNS": "sns", "PutLambda": "lambda", "PutKinesisStream": "kinesis", "PutKinesisFirehose": "firehose", "TagS3Object": "s3"}[step.type]
    client = _aws(step, service)
    options: Dict[str, Any] = {"client": Code(f"rt.Late({client['name']})")}
    wanted: List = {
        "PutSQS": [("queue", "Queue URL"), ("group", "message-group-id"), ("deduplication", "deduplication-message-id")],
        "DeleteSQS": [("queue", "Queue URL"), ("receipt", "Receipt Handle")],
        "PutSNS": [("arn", "Amazon Resource Name (ARN)"), ("subject", "E-mail Subject"), ("group", "Message Group ID"), ("deduplication", "Deduplication Message ID")],
        "PutLambda": [("name", "Amazon Lambda Name"), ("qualifier", "Amazon Lambda Qualifier (version)")],
        "PutKinesisStream": [("stream", "kinesis-stream-name"), ("key", "amazon-kinesis-stream-partition-key")],
        "PutKinesisFirehose": [("stream", "Amazon Kinesis Firehose Delivery Stream Name")],
        "TagS3Object": [("bucket", "Bucket"), ("key", "Object Key"), ("tag", "tag-key"), ("value", "tag-value")],
    }[step.type]
    for key, prop in wanted:
        if step.get(prop):
            options[key] = step.option(prop)
    if step.type in ("PutSQS", "PutSNS") and step.dynamic:
        options["message_attributes"] = {n: step.python(v) for n, v in step.dynamic}
    if step.type == "TagS3Object" and not step.flag("append-tag", True):
        options["append"] = False
    function = {"PutSQS": "put_sqs", "DeleteSQS": "delete_sqs", "PutSNS": "put_sns", "PutLambda": "put_lambda", "PutKinesisStream": "put_kinesis",
                "PutKinesisFirehose": "put_firehose", "TagS3Object": "tag_s3"}[step.type]
    cell = step.for_each(f"aws.{function}", outside="AWS", how="calls of AWS from the driver (boto3)", notes=[_CREDENTIALS], **options)
    cell.setup.append(client["setup"])
    return cell


@handles("GetSQS", source=True, side_effect=True, carriers=(DRIVER,), deterministic=False)
def get_sqs(step: Step) -> Cell:
    client = _aws(step, "sqs")
    queue = step.get("Queue URL") or ""
    url = step.python(queue) if step.is_literal(queue) else Code(f"({step.python(queue)})({{}})")
    keep = not step.flag("Auto Delete Messages", True)
    code = assign(step.frame, f'rt.send({call("aws.get_sqs", Code(client["name"]), url)}, "success")')
    return Cell(code=code, how="messages of an SQS queue, taken by the driver", carrier=DRIVER, outside="AWS", setup=[client["setup"]],
                commit="" if keep else f"aws.delete_all({client['name']}, {url}, {step.frame})",
                notes=[_CREDENTIALS, "Messages stay in the queue, as the flow says." if keep else "Messages are deleted at the end of the run, after the sinks."],
                widgets=[], reads=f"queue {url}")


@handles("PutMongo", "PutMongoRecord", "GetMongo", "GetMongoRecord", "DeleteMongo", "RunMongoAggregation", source=True, side_effect=True, deterministic=False)
def mongo(step: Step) -> Cell:
    """pymongo from the driver, installed by the notebook's first cell."""
    from .readers import reader_function

    service = step.service("mongo-client-service")
    uri = step.get("Mongo URI") or (service.get("mongo-uri") if service is not None else None) or ""
    name, secret = f"{step.frame}_collection", f"{step.frame}_uri"
    plain = uri if step.is_literal(uri) and "@" not in uri else ""
    address = Code(f'dbutils.widgets.get("{secret}")') if plain or not uri else step.hidden("mongo-uri", uri if step.is_literal(uri) else "")
    database, collection = (step.get(n) or "" for n in ("Mongo Database Name", "Mongo Collection Name"))
    options: Dict[str, Any] = {"collection": Code(f"rt.Late({name})"), "database": step.python(database), "name": step.python(collection)}
    widgets = [Widget(secret, plain, f"MongoDB's address for {step.name}")] if plain or not uri else []
    if step.type in ("PutMongo", "PutMongoRecord"):
        function = "mongo.put"
        if step.type == "PutMongoRecord":
            options["documents"] = reader_function(step, "record-reader")
            if step.get("update-key-fields"):
                options["keys"] = [k.strip() for k in (step.get("update-key-fields") or "").split(",")]
        elif (step.get("Mode") or "insert") == "update":
            options.update({"update": True, "upsert": step.flag("Upsert"), "keys": [k.strip() for k in (step.get("Update Query Key") or "_id").split(",")]})
            if step.get("putmongo-update-query"):
                options["query"] = step.option("putmongo-update-query")
            if step.get("put-mongo-update-mode") == "operators":
                options["operators"] = True
    elif step.type == "DeleteMongo":
        function = "mongo.delete"
        if step.get("delete-mongo-delete-mode") == "many":
            options["many"] = True
        if not step.flag("delete-mongo-fail-on-no-delete", True):
            options["fail_on_none"] = False
    else:
        function = "mongo.aggregate" if step.type == "RunMongoAggregation" else "mongo.find"
        wanted = (("query", "mongo-agg-query"),) if step.type == "RunMongoAggregation" else (("query", "Query"), ("projection", "Projection"), ("sort", "Sort"), ("limit", "Limit"))
        for key, prop in wanted:
            if step.get(prop):
                options[key] = step.option(prop)
    if not step.has_input:
        step.input = Code("[rt.fresh()]")
    cell = step.for_each(function, outside="MongoDB", how="calls of MongoDB from the driver, by pymongo", **options)
    cell.widgets, cell.libraries = widgets, ("pymongo",)
    cell.setup.append(f"{name} = {call('mongo.Collections', address)}")
    cell.notes.append("The server must be reachable from the cluster; the first cell installs `pymongo`.")
    return cell
