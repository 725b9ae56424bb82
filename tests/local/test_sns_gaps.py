"""SNS: notices by e-mail, which MiniStack only logs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from local.mailbox import Mail, mails
from tests.local.gaps import on_both_clouds

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud

pytestmark = [pytest.mark.cloud, on_both_clouds]


def test_an_email_subscriber_gets_the_text_for_that_protocol(cloud: EmbeddedCloud) -> None:
    sns = cloud.client("sns")
    topic = sns.create_topic(Name="notices")["TopicArn"]
    reader = "reader@example.com"
    wanted = {"FilterPolicy": json.dumps({"outcome": ["rolled_back"]})}
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=reader, Attributes=wanted)
    for outcome in ("rolled_back", "already_off"):
        sns.publish(
            TopicArn=topic,
            Subject=outcome,
            MessageStructure="json",
            Message=json.dumps({"default": "for programs", "email": "for people"}),
            MessageAttributes={"outcome": {"DataType": "String", "StringValue": outcome}},
        )

    got = [mail for mail in mails(cloud) if mail.to == reader]

    assert got == [Mail(reader, "rolled_back", "for people")]
