"""What EventBridge delivers, read from a queue that a rule feeds."""

from __future__ import annotations

import json
import uuid
from typing import TYPE_CHECKING, Any

from flag_rollback.waiting import wait_for
from tests.local.gaps import patience

if TYPE_CHECKING:
    from collections.abc import Callable

    from local.cloud import EmbeddedCloud


def create_queue(cloud: EmbeddedCloud) -> tuple[str, str]:
    """The URL and the ARN of a new queue."""
    sqs = cloud.client("sqs")
    url = sqs.create_queue(QueueName=f"queue-{uuid.uuid4().hex[:8]}")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    return url, attributes["QueueArn"]


def listen(cloud: EmbeddedCloud, source: str) -> Callable[[], dict[str, Any]]:
    """Begin to hear the events of ``source``; the function returned answers the next one."""
    url, arn = create_queue(cloud)
    rule = f"rule-{uuid.uuid4().hex[:8]}"
    events = cloud.client("events")
    events.put_rule(Name=rule, EventPattern=json.dumps({"source": [source]}))
    events.put_targets(Rule=rule, Targets=[{"Id": "queue", "Arn": arn}])

    def next_event() -> dict[str, Any]:
        event: dict[str, Any] = json.loads(next_message(cloud, url)["Body"])
        return event

    return next_event


def next_message(cloud: EmbeddedCloud, url: str, *, seconds: float | None = None) -> dict[str, Any]:
    """The next message of a queue, taken off it."""
    sqs = cloud.client("sqs")

    def probe() -> list[Any]:
        received = sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"])
        return list(received.get("Messages", []))

    [message] = wait_for(probe, f"message in {url}", seconds=seconds or patience(cloud))
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return dict(message)
