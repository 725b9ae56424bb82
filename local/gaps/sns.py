"""SNS: e-mail subscriptions, and who may publish to a topic."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ministack.core.responses import get_account_id  # type: ignore[import-untyped]
from ministack.services import ses, sns  # type: ignore[import-untyped]

from local.gaps.replacing import replace, replace_provisioning

if TYPE_CHECKING:
    from collections.abc import Callable


def deliver_to_email_subscriptions() -> None:
    """A notice reaches its e-mail subscribers, as the text for the protocol `email`.

    Amazon SNS API reference, Publish (MessageStructure). MiniStack only logs that it would send
    one, so it goes to where MiniStack keeps the mail of SES: GET /_ministack/ses/messages. The
    confirmation that AWS asks of a subscriber is left out, as MiniStack leaves it out.
    """

    @replace(sns, "_fanout")
    def fan_out(
        original: Callable[..., None],
        topic_arn: str,
        message_id: str,
        message: str,
        subject: str,
        message_structure: str = "",
        message_attributes: dict[str, Any] | None = None,
        **fifo: str,
    ) -> None:
        original(
            topic_arn, message_id, message, subject, message_structure, message_attributes, **fifo
        )
        text = sns._resolve_message_for_protocol(message, message_structure, "email")
        for subscription in sns._topic_by_arn_any_scope(topic_arn)["subscriptions"]:
            wanted = sns._matches_filter_policy(subscription, message_attributes or {}, text)
            if subscription["protocol"] == "email" and wanted:
                ses._record_send(
                    "no-reply@sns.amazonaws.com",
                    [subscription["endpoint"]],
                    subject=subject,
                    body_text=text,
                    type_name="SNS",
                )


def keep_topics_of_stacks_for_their_owner() -> None:
    """A topic that a stack makes is its owner's, as one that CreateTopic makes.

    SNS developer guide, "Give users permissions to publish to the Amazon SNS topic": at first only
    the owner may publish; everybody else, a role of the same account included, needs
    sns:Publish. The default policy says so by the condition AWS:SourceOwner, which MiniStack
    writes for CreateTopic and leaves out for stacks.
    """

    @replace_provisioning("AWS::SNS::Topic", "create")
    def create(
        original: Callable[..., tuple[str, Any]],
        logical_id: str,
        properties: dict[str, Any],
        stack: str,
    ) -> tuple[str, Any]:
        arn, attributes = original(logical_id, properties, stack)
        topic = sns._topics[arn]["attributes"]
        policy = json.loads(topic["Policy"])
        if policy.get("Id") == "__default_policy_ID":
            for statement in policy["Statement"]:
                statement["Condition"] = {"StringEquals": {"AWS:SourceOwner": get_account_id()}}
            topic["Policy"] = json.dumps(policy)
        return arn, attributes


GAPS = [deliver_to_email_subscriptions, keep_topics_of_stacks_for_their_owner]
