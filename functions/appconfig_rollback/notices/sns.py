"""The shape of a notice: one text for each of SNS's protocols.

`default` is JSON for programs, `email` is for a person at three in the morning, `sms` is for the
lock screen of a phone, `https` is the custom notification of Amazon Q Developer in chat
applications, which shows it in Slack and Teams.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from appconfig_rollback.plain_text import ascii_line, shortened

_SUBJECT_LIMIT = 99  # SNS: ASCII, no control characters, less than 100 characters
_SMS_LIMIT = 140  # SNS: a message holds 140 bytes, which is as many characters in ASCII


@dataclass(frozen=True)
class Notice:
    """What to publish: SNS subject, one message per protocol, attributes for filter policies.

    An attribute that is a list matches a filter policy by any of its texts.
    """

    subject: str
    messages: dict[str, str]
    attributes: dict[str, str | list[str]]


def in_all_forms(
    title: str,
    document: dict[str, Any],
    sections: dict[str, str],
    next_steps: list[str],
    attributes: dict[str, str | list[str]],
) -> Notice:
    """Write a notice once for each kind of subscriber.

    `document` is for programs, `sections` by their headings and `next_steps` for people.
    """
    words = {name: _joined(value) for name, value in attributes.items()}
    lines = [f"{title}.", ""]
    lines += [f"{name}:\n  {text}\n" for name, text in sections.items()]
    lines += ["What to do next:"]
    lines += [f"  {number}. {step}" for number, step in enumerate(next_steps, 1)]
    # https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html: title <= 250,
    # description <= 8000, each next step <= 350, each keyword <= 75 characters.
    chat = {
        "version": "1.0",
        "source": "custom",
        "content": {
            "textType": "client-markdown",
            "title": shortened(title, 250),
            "description": shortened(
                "\n".join(f"*{name}:* {text}" for name, text in sections.items()), 8000
            ),
            "nextSteps": [shortened(step, 350) for step in next_steps],
            "keywords": [shortened(value, 75) for value in words.values()],
        },
        "metadata": {
            "threadId": document["executionArn"],
            "summary": title,
            "eventType": document["action"],
            "relatedResources": [document["executionArn"]],
            "additionalContext": words,
        },
    }
    return Notice(
        subject=ascii_line(title, _SUBJECT_LIMIT),
        messages={
            "default": json.dumps(document),
            "email": "\n".join(lines),
            "sms": ascii_line(f"{title}. {next_steps[0]}", _SMS_LIMIT),
            "https": json.dumps(chat),
        },
        attributes=attributes,
    )


def _joined(value: str | list[str]) -> str:
    return value if isinstance(value, str) else ", ".join(value)
