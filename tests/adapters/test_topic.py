"""A notice reaches its subscribers with one text per protocol."""

from __future__ import annotations

import json
from typing import Any

import pytest

from appconfig_rollback.adapters.aws import client
from appconfig_rollback.adapters.topic import publish
from appconfig_rollback.errors import MissingSettingError, ResourceMissingError
from appconfig_rollback.notices.sns import Notice

NOTICE = Notice(
    subject='Flag "a" was turned OFF',
    messages={
        "default": '{"flagName": "ü"}',
        "email": "Hello",
        "https": "{}",
        "sqs": "for a queue",
    },
    attributes={"outcome": "rolled_back", "flagName": ["größe", 'a "b"']},
)


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch, _mocked_aws: None) -> str:
    """The URL of a queue that is subscribed to the topic."""
    topic = client("sns").create_topic(Name="notices")["TopicArn"]
    url: str = client("sqs").create_queue(QueueName="reader")["QueueUrl"]
    arn = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn["Attributes"]["QueueArn"])
    monkeypatch.setenv("SNS_TOPIC_ARN", topic)
    return url


def _received(url: str) -> dict[str, Any]:
    (message,) = client("sqs").receive_message(QueueUrl=url)["Messages"]
    body: dict[str, Any] = json.loads(message["Body"])
    return body


def test_a_notice_arrives_with_subject_text_and_attributes(queue: str) -> None:
    message_id = publish(NOTICE)

    body = _received(queue)
    assert body["MessageId"] == message_id
    assert body["Subject"] == 'Flag "a" was turned OFF'
    assert body["Message"] == "for a queue"
    # SNS reads an array as JSON, so that a filter policy matches each of the names.
    assert body["MessageAttributes"] == {
        "outcome": {"Type": "String", "Value": "rolled_back"},
        "flagName": {"Type": "String.Array", "Value": json.dumps(["größe", 'a "b"'])},
    }


def test_a_protocol_without_a_text_of_its_own_gets_the_default(queue: str) -> None:
    publish(Notice("s", {"default": '{"flagName": "ü"}', "email": "Hello"}, {"outcome": "x"}))

    assert _received(queue)["Message"] == '{"flagName": "ü"}'


@pytest.mark.usefixtures("queue")
def test_a_topic_that_is_gone_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = "arn:aws:sns:eu-west-1:123456789012:gone"
    monkeypatch.setenv("SNS_TOPIC_ARN", gone)

    with pytest.raises(ResourceMissingError, match=rf"notice to {gone} \(sns:Publish\)"):
        publish(NOTICE)


def test_a_topic_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SNS_TOPIC_ARN", raising=False)

    with pytest.raises(MissingSettingError, match="SNS_TOPIC_ARN"):
        publish(NOTICE)
