"""The shape of a notice: one text for each of SNS's protocols.

`default` is JSON for programs, `email` is for a person at three in the morning, `sms` is for the
lock screen of a phone, `https` is the custom notification of Amazon Q Developer in chat
applications, which shows it in Slack and Teams.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from appconfig_rollback.plain_text import ascii_line, one_line, shortened

_SUBJECT_LIMIT = 99  # SNS: ASCII, no control characters, less than 100 characters
_SMS_LIMIT = 140  # SNS: a message holds 140 bytes, which is as many characters in ASCII
# https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html
_CARD_TITLE_LIMIT = 250
_CARD_TEXT_LIMIT = 8000
_CARD_STEP_LIMIT = 350
_CARD_KEYWORD_LIMIT = 75


@dataclass(frozen=True)
class Notice:
    """What to publish: SNS subject, one message per protocol, attributes for filter policies.

    An attribute that is a list matches a filter policy by any of its texts.
    """

    subject: str
    messages: dict[str, str]
    attributes: dict[str, str | list[str]]


@dataclass(frozen=True)
class Step:
    """Something to do next: a sentence, or what `command` does."""

    text: str
    command: str = ""

    def __str__(self) -> str:
        return f"{self.text}: {self.command}" if self.command else self.text


def in_all_forms(
    title: str,
    document: dict[str, Any],
    sections: Mapping[str, str | list[str]],
    next_steps: Sequence[Step],
    look: Step,
    attributes: dict[str, str | list[str]],
) -> Notice:
    """Write a notice once for each kind of subscriber.

    `document` is for programs, `sections` by their headings and `next_steps` for people; a section
    has a line, or several. `look` replaces a step whose command does not fit a form. Much of it was
    written by others, so nothing in a line can begin another one.
    """
    title = one_line(title)
    attributes = {
        name: one_line(value) if isinstance(value, str) else _lines(value)
        for name, value in attributes.items()
    }
    words = {name: _joined(value) for name, value in attributes.items()}
    told = {name: "\n  ".join(_lines(text)) for name, text in sections.items()}
    lines = [title, ""]
    lines += [f"{name}:\n  {text}\n" for name, text in told.items()]
    lines += ["What to do next:"]
    lines += [f"  {number}. {_in_mail(step, look)}" for number, step in enumerate(next_steps, 1)]
    chat = {
        "version": "1.0",
        "source": "custom",
        "content": {
            "textType": "client-markdown",
            "title": shortened(_harmless(title), _CARD_TITLE_LIMIT),
            "description": shortened(
                "\n".join(f"*{name}:* {_harmless(text)}" for name, text in told.items()),
                _CARD_TEXT_LIMIT,
            ),
            "nextSteps": [_on_card(step, look) for step in next_steps],
            "keywords": [
                shortened(_harmless(each), _CARD_KEYWORD_LIMIT) for each in words.values()
            ],
        },
        "metadata": {
            "threadId": document["executionArn"],
            "summary": _harmless(title),
            "eventType": document["action"],
            "relatedResources": [document["executionArn"]],
            "additionalContext": {name: _harmless(value) for name, value in words.items()},
        },
    }
    return Notice(
        subject=ascii_line(title, _SUBJECT_LIMIT),
        messages={
            "default": json.dumps(document),
            "email": "\n".join(lines),
            "sms": _on_phone(title, next_steps, look),
            "https": json.dumps(chat),
        },
        attributes=attributes,
    )


def _lines(text: str | list[str]) -> list[str]:
    return [one_line(line) for line in ([text] if isinstance(text, str) else text)]


def _in_mail(step: Step, look: Step) -> str:
    """Write a step for a mail; a command that is not one line is replaced, never changed."""
    if one_line(step.command) == step.command:
        return f"{one_line(step.text)}: {step.command}" if step.command else one_line(step.text)
    return f"{one_line(step.text)} (a name has characters that cannot be shown; see {look.command})"


def _on_card(step: Step, look: Step) -> str:
    """Write a step for a card; a command that does not fit into it is replaced, never changed."""
    text = _harmless(one_line(step.text))
    if not step.command:
        return shortened(text, _CARD_STEP_LIMIT)
    as_it_is = _harmless(one_line(step.command)) == step.command
    if as_it_is and len(str(step)) <= _CARD_STEP_LIMIT:
        return f"{text}: {step.command}"
    pointer = f"{shortened(text, 120)} (by mail, or see {look.command})"
    if len(pointer) <= _CARD_STEP_LIMIT and _harmless(pointer) == pointer:
        return pointer
    return f"{shortened(text, _CARD_STEP_LIMIT - 22)} (the mail has how to)"


def _harmless(text: str) -> str:
    """Take out of others' text what a chat makes mentions and links with other words of.

    Slack's are in angle brackets (its guide, "Formatting text for app surfaces"), and Markdown's
    links in square ones followed by round ones. That Amazon Q Developer escapes neither is
    believed, so a name or a reason must not be able to call a whole channel.
    """
    return text.replace("<", "\u2039").replace("](", "] (")


def _on_phone(title: str, next_steps: Sequence[Step], look: Step) -> str:
    """Write a line for a phone: with the first step, or where to look, if there is room.

    A command that is not written in printable ASCII would be another one there.
    """
    for step in [*next_steps[:1], look]:
        text = f"{ascii_line(title, _SMS_LIMIT)}. {step}"
        if len(text) <= _SMS_LIMIT and ascii_line(text, _SMS_LIMIT) == text:
            return text
    return ascii_line(title, _SMS_LIMIT)


def _joined(value: str | list[str]) -> str:
    return value if isinstance(value, str) else ", ".join(value)
