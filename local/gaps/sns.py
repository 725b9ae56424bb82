"""SNS: e-mail subscriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ministack.services import ses, sns  # type: ignore[import-untyped]

from local.gaps.replacing import replace

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


GAPS = [deliver_to_email_subscriptions]
