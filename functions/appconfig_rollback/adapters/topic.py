"""Publishes notices to the stack's SNS topic."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from appconfig_rollback.adapters.aws import client, named_errors
from appconfig_rollback.adapters.settings import settings
from appconfig_rollback.notices.sns import Notice

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sns.type_defs import MessageAttributeValueTypeDef


def publish(notice: Notice) -> str:
    """Publish a notice, one text per protocol; returns the message's id."""
    sns: SNSClient = client("sns")
    topic = settings().topic
    with named_errors(f"publishing a notice to {topic} (sns:Publish)"):
        answer = sns.publish(
            TopicArn=topic,
            Subject=notice.subject,
            MessageStructure="json",
            Message=json.dumps(notice.messages),
            MessageAttributes={
                name: _attribute(value) for name, value in notice.attributes.items()
            },
        )
        return answer["MessageId"]


def _attribute(value: str | list[str]) -> MessageAttributeValueTypeDef:
    if isinstance(value, str):
        return {"DataType": "String", "StringValue": value}
    return {"DataType": "String.Array", "StringValue": json.dumps(value)}
