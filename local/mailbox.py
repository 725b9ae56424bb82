"""The mailbox of whoever subscribed to notices by e-mail."""

from __future__ import annotations

import json
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from local.cloud import EmbeddedCloud


@dataclass(frozen=True)
class Mail:
    """A notice as its reader gets it."""

    to: str
    subject: str
    text: str


def mails(cloud: EmbeddedCloud) -> list[Mail]:
    """Read all mail that SNS has delivered so far, the oldest first."""
    with urllib.request.urlopen(  # noqa: S310 - our own server
        f"{cloud.endpoint_url}/_ministack/ses/messages", timeout=10
    ) as answer:
        messages = json.load(answer)["messages"].get(cloud.account_id, [])
    return [Mail(m["To"][0], m["Subject"], m["BodyText"]) for m in messages]
