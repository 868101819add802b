"""AWS services by boto3, which Databricks Runtime ships: SQS, SNS, Lambda, Kinesis, tags of S3 objects."""

from __future__ import annotations

import uuid

from .flow_files import FlowFile


class client:  # noqa: N801  (reads as a call in notebooks)
    """A boto3 client, made at its first use: notebooks without a call need no AWS."""

    def __init__(self, service, region, access_key=None, secret_key=None, endpoint=None):
        self._made = None
        self._service = service
        self._options = {"region_name": region}
        if access_key:
            self._options.update(aws_access_key_id=access_key, aws_secret_access_key=secret_key)
        if endpoint:
            self._options["endpoint_url"] = endpoint

    def __getattr__(self, name):
        if self._made is None:
            import boto3

            self._made = boto3.client(self._service, **self._options)
        return getattr(self._made, name)


def _called(flow_file, action, noted=None):
    """success with attributes from the answer, or failure: a refused call is the flow file's, not the run's."""
    try:
        answer = action()
    except Exception as error:
        return [("failure", flow_file.failed(error))]
    return [("success", flow_file.with_attributes(noted(answer)) if noted else flow_file)]


def _typed(attributes):
    return {name: {"DataType": "String", "StringValue": value} for name, value in (attributes or {}).items() if value}


def put_sqs(flow_file, client, queue, group=None, deduplication=None, message_attributes=None):
    extra = {k: v for k, v in (("MessageGroupId", group), ("MessageDeduplicationId", deduplication), ("MessageAttributes", _typed(message_attributes))) if v}
    return _called(flow_file, lambda: client.function.send_message(QueueUrl=queue, MessageBody=flow_file.content.decode("utf-8"), **extra))


def delete_sqs(flow_file, client, queue, receipt):
    return _called(flow_file, lambda: client.function.delete_message(QueueUrl=queue, ReceiptHandle=receipt))


def put_sns(flow_file, client, arn, subject=None, group=None, deduplication=None, message_attributes=None):
    extra = {k: v for k, v in (("Subject", subject), ("MessageGroupId", group), ("MessageDeduplicationId", deduplication), ("MessageAttributes", _typed(message_attributes))) if v}
    return _called(flow_file, lambda: client.function.publish(TargetArn=arn, Message=flow_file.content.decode("utf-8"), **extra))


def put_lambda(flow_file, client, name, qualifier=None):
    """success, or failure where the function itself failed."""
    try:
        answer = client.function.invoke(FunctionName=name, Payload=flow_file.content, **({"Qualifier": qualifier} if qualifier else {}))
    except Exception as error:
        return [("failure", flow_file.failed(error))]
    noted = {"aws.lambda.result.status.code": str(answer.get("StatusCode", ""))}
    if answer.get("FunctionError"):
        return [("failure", flow_file.with_attributes({**noted, "aws.lambda.result.function.error": answer["FunctionError"]}).failed(answer["FunctionError"]))]
    return [("success", flow_file.with_attributes({**noted, "aws.lambda.result.payload": answer["Payload"].read().decode("utf-8", "replace")}))]


def put_kinesis(flow_file, client, stream, key=None):
    return _called(flow_file, lambda: client.function.put_record(StreamName=stream, Data=flow_file.content, PartitionKey=key or str(uuid.uuid4())),
                   lambda answer: {"aws.kinesis.shard.id": answer.get("ShardId", ""), "aws.kinesis.sequence.number": answer.get("SequenceNumber", "")})


def put_firehose(flow_file, client, stream):
    return _called(flow_file, lambda: client.function.put_record(DeliveryStreamName=stream, Record={"Data": flow_file.content}),
                   lambda answer: {"aws.kinesis.firehose.record.id": answer.get("RecordId", "")})


def tag_s3(flow_file, client, bucket, key, tag, value, append=True):
    """Sets a tag; with `append` the object's other tags stay."""

    def act():
        tags = {t["Key"]: t["Value"] for t in client.function.get_object_tagging(Bucket=bucket, Key=key)["TagSet"]} if append else {}
        tags[tag] = value
        client.function.put_object_tagging(Bucket=bucket, Key=key, Tagging={"TagSet": [{"Key": k, "Value": v} for k, v in sorted(tags.items())]})
        return tags

    return _called(flow_file, act, lambda tags: {f"s3.tag.{k}": v for k, v in tags.items()})


def get_sqs(client, queue, most=10000):
    """All messages that wait, at most `most`. They stay invisible to others until they are deleted or their time is over."""
    found = []
    while len(found) < most:
        answer = client.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, MessageAttributeNames=["All"], AttributeNames=["All"])
        messages = answer.get("Messages", [])
        if not messages:
            break
        for message in messages:
            attributes = {"hash.value": message.get("MD5OfBody", ""), "hash.algorithm": "md5", "sqs.message.id": message["MessageId"],
                          "sqs.receipt.handle": message["ReceiptHandle"], "filename": str(uuid.uuid4()), "path": "./", "uuid": str(uuid.uuid4())}
            attributes.update({f"sqs.{k}": v for k, v in message.get("Attributes", {}).items()})
            attributes.update({k: v.get("StringValue", "") for k, v in message.get("MessageAttributes", {}).items()})
            found.append(FlowFile(attributes, message["Body"].encode("utf-8")))
    return found


def delete_all(client, queue, flow_files):
    """Deletes messages that have reached every sink, ten at a time."""
    handles = [f.attributes["sqs.receipt.handle"] for f in flow_files if f.attributes.get("sqs.receipt.handle")]
    for start in range(0, len(handles), 10):
        client.delete_message_batch(QueueUrl=queue, Entries=[{"Id": str(i), "ReceiptHandle": h} for i, h in enumerate(handles[start:start + 10])])
